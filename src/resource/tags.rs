//! The tags by which trueup knows what is whose, `trueup:environment` and `trueup:app`, and until when: `trueup:expires`.

use std::collections::BTreeMap;

use super::{Desired, Field};
use crate::spec::{Environment, Expiry, Spec};

const ENVIRONMENT: &str = "trueup:environment";
const APP: &str = "trueup:app";
const EXPIRES: &str = "trueup:expires";

/// Tags by key.
pub type Tags = BTreeMap<String, String>;

/// What a thing of this environment carries: trueup's own tags and those of the spec.
#[must_use]
pub fn wanted(desired: &Desired<'_>, tags: &Tags) -> Tags {
    let own = [
        (ENVIRONMENT.to_owned(), desired.environment.name.to_string()),
        (APP.to_owned(), desired.spec().app.name.to_string()),
    ];
    let expires = desired.spec().expires.map(|expiry| (EXPIRES.to_owned(), expiry.to_string()));
    tags.clone().into_iter().chain(own).chain(expires).collect()
}

/// Whether trueup tagged a thing, for whatever environment.
#[must_use]
pub fn is_claimed(live: &Tags) -> bool {
    live.contains_key(ENVIRONMENT) || live.contains_key(APP)
}

/// The tags that are neither trueup's nor AWS's own, which nobody else can set.
pub fn of_people(live: &Tags) -> impl Iterator<Item = (&str, &str)> {
    let is_reserved = |key: &str| ["trueup:", "aws:"].iter().any(|prefix| key.starts_with(prefix));
    live.iter().map(|(key, value)| (key.as_str(), value.as_str())).filter(move |(key, _)| !is_reserved(key))
}

/// Whether a thing's tags name the app of a spec, under its name or the one before.
#[must_use]
pub fn is_of_app(spec: &Spec, live: &Tags) -> bool {
    let app = &spec.app;
    live.get(APP).is_some_and(|name| {
        name == app.name.as_str() || app.renamed_from.as_ref().is_some_and(|old| name == old.as_str())
    })
}

/// What a live thing is to this environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Its tags say that it is this environment's.
    Ours,
    /// It has none of trueup's tags, and the spec says `adopt: true`.
    Adopted,
    /// It has none of trueup's tags, and nobody agreed to have it managed.
    Unclaimed,
    /// Its tags say whose it is.
    Others(String),
}

impl Claim {
    /// What the tags of a thing say, with the spec's `adopt`.
    #[must_use]
    pub fn of(desired: &Desired<'_>, live: &Tags, adopt: bool) -> Self {
        match other_owner(desired, live) {
            Some(owner) => Self::Others(owner),
            None if is_claimed(live) => Self::Ours,
            None if adopt => Self::Adopted,
            None => Self::Unclaimed,
        }
    }

    /// Whether trueup may change the thing.
    #[must_use]
    pub fn is_managed(&self) -> bool {
        matches!(self, Self::Ours | Self::Adopted)
    }
}

/// Whose a thing is when it is someone else's: `environment staging of app ledger-staging`.
#[must_use]
pub fn other_owner(desired: &Desired<'_>, live: &Tags) -> Option<String> {
    owner_besides(desired.environment, live)
}

/// The same where nothing is desired yet: the lock is taken before anything is read.
#[must_use]
pub fn owner_besides(environment: &Environment, live: &Tags) -> Option<String> {
    let app = &environment.spec.app;
    let is_other_environment = live.get(ENVIRONMENT).is_some_and(|name| name != environment.name.as_str());
    let is_known_app = |name: &String| {
        name == app.name.as_str() || app.renamed_from.as_ref().is_some_and(|old| name == old.as_str())
    };
    let is_other_app = live.get(APP).is_some_and(|name| !is_known_app(name));
    (is_other_environment || is_other_app).then(|| {
        let part = |tag: &str| live.get(tag).map_or("unknown", String::as_str);
        format!("environment {} of app {}", part(ENVIRONMENT), part(APP))
    })
}

/// When the tags say that a thing is to go.
#[must_use]
pub fn expiry(live: &Tags) -> Option<Expiry> {
    live.get(EXPIRES).and_then(|text| Expiry::parse(text))
}

/// The tags that are missing or differ. Foreign tags are left alone, so nothing is ever removed; and whoever gave a thing
/// more time by its tag has done so.
#[must_use]
pub fn missing(live: &Tags, wanted: &Tags) -> Tags {
    let has_more_time = |key: &str| key == EXPIRES && expiry(live) > expiry(wanted);
    wanted
        .iter()
        .filter(|(key, value)| live.get(*key) != Some(value) && !has_more_time(key))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

/// One field a tag.
#[must_use]
pub fn fields(live: &Tags, set: &Tags) -> Vec<Field> {
    let field = |(key, value): (&String, &String)| {
        let before = live.get(key);
        Field::plain(
            &format!("tags.{key}"),
            before.map(|before| before as &dyn std::fmt::Display),
            Some(value),
        )
    };
    set.iter().map(field).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::testing::{own_tags, tags, want, want_app};

    #[test]
    fn trueups_own_tags_win_over_those_of_the_spec() {
        let want = want("");
        let wanted = wanted(&want.desired(), &tags(&[("team", "ledger"), ("trueup:app", "fake")]));
        assert_eq!(wanted["trueup:app"], "ledger");
        assert_eq!(wanted["trueup:environment"], "production");
        assert_eq!(wanted["team"], "ledger");
    }

    #[test]
    fn a_thing_is_someone_elses_when_its_environment_or_app_is_another() {
        let want = want("");
        let owner = |pairs: &[(&str, &str)]| other_owner(&want.desired(), &tags(pairs));
        assert_eq!(other_owner(&want.desired(), &own_tags()), None);
        assert_eq!(owner(&[("team", "ledger")]), None, "no one's");
        assert_eq!(
            owner(&[("trueup:environment", "staging"), ("trueup:app", "ledger")]).as_deref(),
            Some("environment staging of app ledger")
        );
        assert!(owner(&[("trueup:app", "another")]).is_some());
    }

    #[test]
    fn a_thing_without_our_tags_is_managed_only_by_consent() {
        let want = want("");
        let claim = |pairs: &[(&str, &str)], adopt| Claim::of(&want.desired(), &tags(pairs), adopt);
        assert_eq!(claim(&[("trueup:environment", "production")], false), Claim::Ours);
        assert_eq!(claim(&[("team", "ledger")], true), Claim::Adopted);
        assert_eq!(claim(&[("team", "ledger")], false), Claim::Unclaimed);
        assert!(
            matches!(claim(&[("trueup:app", "another")], true), Claim::Others(_)),
            "consent is not enough"
        );
    }

    #[test]
    fn a_thing_carries_when_it_is_to_go_and_a_later_moment_stays() {
        let want = want("expires: 2026-12-01T00:00:00Z");
        let wanted = wanted(&want.desired(), &Tags::new());
        assert_eq!(wanted["trueup:expires"], "2026-12-01T00:00:00Z");
        let is_set = |live: &str| missing(&tags(&[("trueup:expires", live)]), &wanted).contains_key(EXPIRES);
        assert!(is_set("2026-11-30T00:00:00Z"), "earlier");
        assert!(is_set("soon"), "no moment");
        assert!(!is_set("2026-12-02T00:00:00Z"), "later");
    }

    #[test]
    fn what_carries_the_apps_old_name_is_still_ours() {
        let want = want_app("app: { name: ledger, renamed_from: ledger-old }", "");
        let live = tags(&[("trueup:environment", "production"), ("trueup:app", "ledger-old")]);
        assert_eq!(other_owner(&want.desired(), &live), None);
    }

    #[test]
    fn only_what_is_missing_or_differs_is_set_and_foreign_tags_are_left_alone() {
        let live = tags(&[("same", "1"), ("different", "1"), ("foreign", "1")]);
        let missing = missing(&live, &tags(&[("same", "1"), ("different", "2"), ("new", "3")]));
        assert_eq!(missing, tags(&[("different", "2"), ("new", "3")]));
    }
}
