//! The live facts that a plan rests on, each under a name that people understand: `app`,
//! `config.RAILS_ENV`, `bucket.uploads`. Only keyed digests leave this file.
//!
//! The names come from the serialised [`World`], so a new kind of resource has its facts here by itself.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::resource::World;
use crate::secret::FingerprintKey;

/// One digest a fact, by name.
pub(super) type Facts = BTreeMap<String, String>;

/// Kinds of which there is one: their parts are no things of their own.
const SINGLE: [&str; 3] = ["account", "app", "buildpacks"];

/// The facts of a world under a key. `reached` says which services were asked, so that what one cloud shows
/// is not taken for what another does.
pub(super) fn of_world(world: &World, reached: &str, key: &FingerprintKey) -> Facts {
    let Value::Object(kinds) = serde_json::to_value(world).expect("the world is plain data with text keys")
    else {
        unreachable!("the world is a struct");
    };
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    found.insert("endpoints".to_owned(), vec![reached.to_owned()]);
    // Serialised are the vars' names alone; their values are facts too.
    for (kind, value) in kinds.into_iter().filter(|(kind, _)| kind != "config") {
        for (name, value) in named(&kind, value) {
            found.entry(name).or_default().push(value.to_string());
        }
    }
    for (name, value) in world.config.vars() {
        found.insert(format!("config.{name}"), vec![key.secret_digest("config", value)]);
    }
    let digests = found.into_iter().map(|(name, mut parts)| {
        // What shares a name counts in any order.
        parts.sort();
        let digest = key.digest("fact", &serde_json::json!([name, parts]).to_string());
        (name, digest)
    });
    digests.collect()
}

/// The facts of one kind: maps by key, lists by the names of their members, all else as one.
fn named(kind: &str, value: Value) -> Vec<(String, Value)> {
    let part = |name: &str| format!("{kind}.{name}");
    match value {
        Value::Null => Vec::new(),
        Value::Object(map) if !SINGLE.contains(&kind) => {
            map.into_iter().map(|(name, value)| (part(&name), value)).collect()
        }
        Value::Array(list) if !SINGLE.contains(&kind) => {
            list.into_iter().map(|member| (name_of(&member).map_or(kind.to_owned(), part), member)).collect()
        }
        single => vec![(kind.to_owned(), single)],
    }
}

fn name_of(member: &Value) -> Option<&str> {
    ["name", "process_type"].iter().find_map(|key| member.get(key)?.as_str())
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
        world()
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
                "access_key.app",
                "addon.postgresql-database",
                "app",
                "attachment.DATABASE",
                "buildpacks",
                "catalog.alternatives",
                "catalog.dyno_sizes",
                "catalog.plans",
                "catalog.regions",
                "catalog.stacks",
                "config.DATABASE_URL",
                "config.RAILS_ENV",
                "config.TOKEN",
                "endpoints",
                "formation.web",
                "iam_user.app",
            ]
        );
    }

    #[test]
    fn what_differs_is_named_and_nothing_else() {
        for (name, other) in [
            ("config.TOKEN", full().with_config(&[("TOKEN", "another")])),
            ("config.NEW", full().with_config(&[("NEW", "")])),
            ("formation.worker", full().with_dynos("worker", 0, "basic")),
            ("access_key.app", full().with_user(&[access_key("AKIATWO", 1)])),
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
