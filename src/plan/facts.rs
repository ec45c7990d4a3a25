//! Digests of the live facts that a plan rests on: equal for equal facts, and telling nothing without the key.
//!
//! What must not live here: what the facts are, which the kinds state (`resource::facts`).

use std::collections::BTreeMap;

use crate::resource::{self, Fact, World};
use crate::secret::FingerprintKey;

/// One digest a fact, by name.
pub(super) type Facts = BTreeMap<String, String>;

/// The facts of a world under a key. `reached` says which services were asked, so that what one cloud shows
/// is not taken for what another does.
pub(super) fn of_world(world: &World, reached: &str, key: &FingerprintKey) -> Facts {
    let digest = |name: &str, mut parts: Vec<String>| {
        // What stands at one address counts in any order.
        parts.sort();
        (name.to_owned(), key.digest("fact", &serde_json::json!([name, parts]).to_string()))
    };
    let part = |name: &str, fact: &Fact| match fact {
        Fact::Plain(text) => text.clone(),
        // Under the name, so that not even two equal values can be told.
        Fact::Secret(value) => key.secret_digest(name, value),
    };
    let facts = resource::facts(world);
    facts
        .iter()
        .map(|(name, facts)| digest(name, facts.iter().map(|fact| part(name, fact)).collect()))
        .chain([digest("endpoints", vec![reached.to_owned()])])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::testing::{CANARY, key as access_key, world};
    use crate::secret::Secret;

    fn key(text: &str) -> FingerprintKey {
        FingerprintKey::stable(Secret::new(text))
    }

    fn full() -> World {
        World { acm: Some(false), ..world() }
            .with_config(&[("RAILS_ENV", "production"), ("TOKEN", CANARY)])
            .with_addon("DATABASE", "ledger", "heroku-postgresql:standard-0")
            .with_dynos("web", 1, "basic")
            .with_user(&[access_key("AKIAONE", 1)])
    }

    fn differing(one: &World, other: &World) -> Vec<String> {
        let [one, other] = [one, other].map(|world| of_world(world, "here", &key("pepper")));
        let names: std::collections::BTreeSet<&String> = one.keys().chain(other.keys()).collect();
        names.into_iter().filter(|name| one.get(*name) != other.get(*name)).cloned().collect()
    }

    #[test]
    fn every_live_thing_is_a_fact_of_its_name() {
        let facts = of_world(&full(), "here", &key("pepper"));
        let names: Vec<&str> = facts.keys().map(String::as_str).collect();
        assert_eq!(
            names,
            [
                "addons.DATABASE",
                "app",
                "app.acm",
                "buildpacks",
                "config.DATABASE_URL",
                "config.RAILS_ENV",
                "config.TOKEN",
                "endpoints",
                "formation.web",
                "iam_users.app",
                "iam_users.app.access_key",
            ]
        );
    }

    #[test]
    fn what_differs_is_named_and_nothing_else() {
        for (name, other) in [
            ("config.TOKEN", full().with_config(&[("TOKEN", "another")])),
            ("config.NEW", full().with_config(&[("NEW", "")])),
            ("formation.worker", full().with_dynos("worker", 0, "basic")),
            ("iam_users.app.access_key", full().with_user(&[access_key("AKIATWO", 1)])),
        ] {
            assert_eq!(differing(&full(), &other), [name]);
        }
        assert_eq!(differing(&full(), &full()), [""; 0]);
    }

    #[test]
    fn the_same_things_elsewhere_are_other_facts() {
        let [here, there] = ["here", "there"].map(|reached| of_world(&full(), reached, &key("pepper")));
        assert_ne!(here["endpoints"], there["endpoints"]);
    }

    #[test]
    fn a_digest_tells_nothing_without_the_key_and_not_even_that_two_vars_are_equal() {
        let twins = world().with_config(&[("A", CANARY), ("B", CANARY)]);
        let facts = of_world(&twins, "here", &key("pepper"));
        assert_ne!(facts["config.A"], facts["config.B"]);
        assert_ne!(facts["config.A"], of_world(&twins, "here", &key("salt"))["config.A"]);
    }
}
