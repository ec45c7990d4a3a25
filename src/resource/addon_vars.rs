//! Which config vars a new add-on or attachment will set, and which of them somebody has set by hand already.
//!
//! Heroku asks for a confirmation before it overwrites such a var. Nobody gives it in advance: what a plan calls left
//! alone has to survive the apply. What must not live here: what to do about one, which the kinds decide.

use super::{World, config};
use crate::spec::AttachmentName;

/// What follows the name of an attachment in the vars of its add-on, where the service is known.
const ENDINGS: [(&str, &[&str]); 6] = [
    ("heroku-postgresql", &["URL"]),
    ("heroku-redis", &["URL"]),
    ("heroku-kafka", &["URL", "TRUSTED_CERT", "CLIENT_CERT", "CLIENT_CERT_KEY", "PREFIX"]),
    ("memcachier", &["SERVERS", "USERNAME", "PASSWORD"]),
    ("papertrail", &["API_TOKEN"]),
    ("scheduler", &[]),
];

/// Vars of the app that stand where a new add-on's would.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct InTheWay<'a> {
    /// Those that it will set: an order would overwrite them.
    pub(super) taken: Vec<&'a str>,
    /// Those that it may set: they begin with its name, and its service is not known here.
    pub(super) doubtful: Vec<&'a str>,
}

/// The vars set by hand that an add-on would overwrite under this name. `None` is a service that is not known.
pub(super) fn in_the_way<'a>(name: &AttachmentName, service: Option<&str>, world: &'a World) -> InTheWay<'a> {
    let owned = config::owned(world);
    let known = ENDINGS.iter().find(|(known, _)| Some(*known) == service);
    let endings = known.map_or(&["URL"][..], |(_, endings)| endings);
    let mut found = InTheWay::default();
    for var in world.config.vars().keys().map(String::as_str).filter(|var| !owned.contains_key(var)) {
        let rest = var.strip_prefix(name.as_str()).and_then(|rest| rest.strip_prefix('_'));
        match rest {
            Some(ending) if endings.contains(&ending) => found.taken.push(var),
            Some(_) if known.is_none() => found.doubtful.push(var),
            Some(_) | None => {}
        }
    }
    found
}

impl InTheWay<'_> {
    /// Why the add-on is not ordered.
    pub(super) fn reason(&self) -> String {
        let (vars, verb, them) = match self.taken.as_slice() {
            [var] => (format!("`{var}`"), "is", "it"),
            vars => (format!("`{}`", vars.join("`, `")), "are", "them"),
        };
        format!("{vars} {verb} set by hand on the app, and the add-on would overwrite {them}")
    }

    /// How to keep the old value and make room.
    pub(super) fn advice(&self, app: &str) -> String {
        let kept = self.taken.iter().map(|var| format!("OLD_{var}=\"$(heroku config:get {var} -a {app})\""));
        let kept: Vec<String> = kept.collect();
        format!(
            "give the add-on another name, or keep the old value under another name and make room: \
             heroku config:set {} -a {app} && heroku config:unset {} -a {app}",
            kept.join(" "),
            self.taken.join(" "),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::testing::world;

    /// What is in the way of an add-on `CACHE` of this service when these vars are set by hand.
    fn found(service: Option<&str>, vars: &[&str]) -> (Vec<String>, Vec<String>) {
        let vars: Vec<(&str, &str)> = vars.iter().map(|var| (*var, "by hand")).collect();
        let world = world().with_config(&vars);
        let name = AttachmentName::parse("CACHE").unwrap();
        let found = in_the_way(&name, service, &world);
        let owned = |vars: &[&str]| vars.iter().map(|var| (*var).to_owned()).collect();
        (owned(&found.taken), owned(&found.doubtful))
    }

    #[test]
    fn what_a_known_service_sets_is_in_the_way_and_nothing_else_is() {
        let table: [(&str, &[&str]); 5] = [
            ("heroku-redis", &["CACHE_URL"]),
            ("memcachier", &["CACHE_PASSWORD", "CACHE_SERVERS", "CACHE_USERNAME"]),
            ("heroku-kafka", &["CACHE_CLIENT_CERT", "CACHE_URL"]),
            ("papertrail", &["CACHE_API_TOKEN"]),
            ("scheduler", &[]),
        ];
        let live = [
            "CACHE",
            "CACHED_URL",
            "CACHE_API_TOKEN",
            "CACHE_CLIENT_CERT",
            "CACHE_PASSWORD",
            "CACHE_SERVERS",
            "CACHE_TTL",
            "CACHE_URL",
            "CACHE_USERNAME",
            "URL",
        ];
        for (service, taken) in table {
            let (found, doubtful) = found(Some(service), &live);
            assert_eq!(found, taken, "{service}");
            assert!(doubtful.is_empty(), "{service}");
        }
    }

    #[test]
    fn of_an_unknown_service_the_url_is_set_and_the_rest_may_be() {
        let (taken, doubtful) = found(Some("bucketeer"), &["CACHE_URL", "CACHE_REGION", "OTHER"]);
        assert_eq!((taken, doubtful), (vec!["CACHE_URL".to_owned()], vec!["CACHE_REGION".to_owned()]));
    }

    #[test]
    fn the_vars_of_another_addon_are_not_set_by_hand() {
        let world = world().with_addon("CACHE", "ledger", "heroku-redis:mini");
        let name = AttachmentName::parse("CACHE").unwrap();
        assert_eq!(in_the_way(&name, Some("heroku-redis"), &world), InTheWay::default());
    }
}
