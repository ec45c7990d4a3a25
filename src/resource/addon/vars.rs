//! Which config vars a new add-on or attachment will set, and which of them somebody has set by hand already.
//!
//! Heroku asks for a confirmation before it overwrites such a var. Nobody gives it in advance: what a plan calls left
//! alone has to survive the apply. What must not live here: what to do about one, which the kinds decide.

use std::collections::{BTreeMap, BTreeSet};

use crate::cloud::heroku::{AddonState, Attachment};
use crate::resource::{World, config};
use crate::spec::{self, AttachmentName, Spec, ending_after, other_endings, var_endings};

/// Vars of the app that stand where a new add-on's would.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::resource) struct InTheWay<'a> {
    /// Those that it will set, or that some plans of its service do: an order would overwrite them.
    pub(in crate::resource) taken: Vec<&'a str>,
    /// Those that it may set: they begin with its name, and its service is not known here.
    pub(in crate::resource) doubtful: Vec<&'a str>,
}

/// The vars set by hand that an add-on would overwrite under this name. `None` is a service that is not known.
pub(in crate::resource) fn in_the_way<'a>(
    name: &AttachmentName,
    service: Option<&str>,
    world: &'a World,
) -> InTheWay<'a> {
    let known = service.and_then(var_endings);
    let endings = known.unwrap_or(&["URL"]);
    let others = service.map_or(&[][..], other_endings);
    let mut found = InTheWay::default();
    for var in by_hand(world) {
        match ending_after(name, var) {
            Some(ending) if endings.contains(&ending) || others.contains(&ending) => found.taken.push(var),
            Some(_) if known.is_none() => found.doubtful.push(var),
            Some(_) | None => {}
        }
    }
    found
}

/// The vars set by hand on account of which Heroku wants a call confirmed: those that its words name; in doubt, those
/// that begin with the name that the call is about.
pub(in crate::resource) fn behind_refusal<'a>(
    name: &AttachmentName,
    words: &str,
    world: &'a World,
) -> InTheWay<'a> {
    let words: BTreeSet<&str> = words.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect();
    InTheWay {
        taken: by_hand(world).filter(|var| words.contains(var)).collect(),
        doubtful: by_hand(world).filter(|var| ending_after(name, var).is_some()).collect(),
    }
}

/// The vars of the app that no add-on owns.
fn by_hand(world: &World) -> impl Iterator<Item = &str> {
    let owned = config::owned(world);
    world.config.vars().keys().map(String::as_str).filter(move |var| !owned.contains_key(var))
}

/// The vars that the add-ons of a spec will set which are not live yet.
#[derive(Debug, Default)]
pub(in crate::resource) struct Coming<'a> {
    /// Of services that are known: each var with the add-on that it will belong to.
    certain: BTreeMap<String, &'a AttachmentName>,
    /// Of services that are known: each var that some of its plans set.
    possible: BTreeMap<String, &'a AttachmentName>,
    /// Of services that are not: what begins with such a name may belong to the add-on.
    open: Vec<&'a AttachmentName>,
}

impl<'a> Coming<'a> {
    /// What is known before anything is written.
    pub(in crate::resource) fn of(spec: &'a Spec, world: &World) -> Self {
        let mut coming = Self::default();
        for (name, addon) in spec.addons.iter().filter(|(name, _)| !is_complete(name, world)) {
            let service = match addon {
                spec::Addon::Create(new) => Some(new.plan.service()),
                spec::Addon::Attach(other) => match spec.created(other) {
                    Some((_, new)) => Some(new.plan.service()),
                    None => world.catalog.addon(&other.addon).map(|addon| addon.service.as_str()),
                },
            };
            let under = |endings: &'static [&'static str]| {
                endings.iter().map(move |ending| (format!("{name}_{ending}"), name))
            };
            match service.and_then(var_endings) {
                Some(endings) => coming.certain.extend(under(endings)),
                None => coming.open.push(name),
            }
            coming.possible.extend(service.into_iter().flat_map(|service| under(other_endings(service))));
        }
        coming
    }

    /// The add-on that will certainly own a var.
    pub(in crate::resource) fn owner(&self, var: &str) -> Option<&'a AttachmentName> {
        self.certain.get(var).copied()
    }

    /// The add-on that may own a var, which only Heroku can tell, once it is there.
    pub(in crate::resource) fn possible_owner(&self, var: &str) -> Option<&'a AttachmentName> {
        let known = self.possible.get(var).copied();
        known.or_else(|| self.open.iter().copied().find(|name| ending_after(name, var).is_some()))
    }
}

/// Whether an add-on stands under its name with all the vars that it sets.
fn is_complete(name: &AttachmentName, world: &World) -> bool {
    let addon = world.attachment(name).and_then(|attachment| world.addon_of(attachment));
    addon.is_some_and(|addon| addon.state != AddonState::Provisioning)
}

impl InTheWay<'_> {
    /// Without those of what stands under the name now, of which Heroku need not tell which it sets.
    pub(in crate::resource) fn beside(mut self, live: Option<&Attachment>) -> Self {
        if live.is_some_and(|live| live.config_vars.is_empty()) {
            self.taken.clear();
        }
        self
    }

    /// Why the add-on is not ordered.
    pub(in crate::resource) fn reason(&self) -> String {
        let (vars, verb, them) = match self.taken.as_slice() {
            [var] => (format!("`{var}`"), "is", "it"),
            vars => (format!("`{}`", vars.join("`, `")), "are", "them"),
        };
        format!("{vars} {verb} set by hand on the app, and the add-on would overwrite {them}")
    }

    /// Why Heroku wants the order confirmed, as far as that can be told, and what to do.
    pub(in crate::resource) fn unconfirmed(&self, app: &str) -> Option<String> {
        if !self.taken.is_empty() {
            return Some(format!("{}; {}", self.reason(), self.advice(app)));
        }
        let guess = Self { taken: self.doubtful.clone(), doubtful: Vec::new() };
        (!self.doubtful.is_empty()).then(|| {
            format!(
                "if it is for `{}`, which somebody has set: {}; if not, do this one step with the `heroku` program",
                self.doubtful.join("`, `"),
                guess.advice(app)
            )
        })
    }

    /// How to keep the old value and make room.
    pub(in crate::resource) fn advice(&self, app: &str) -> String {
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
        let table: [(&str, &[&str]); 6] = [
            ("heroku-postgresql", &["CACHE_URL"]),
            ("heroku-redis", &["CACHE_TLS_URL", "CACHE_URL"]),
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
            "CACHE_TLS_URL",
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
    fn what_heroku_wants_confirmed_is_what_its_words_name_and_in_doubt_what_bears_the_name() {
        let world = world().with_config(&[("CACHE_TTL", "5"), ("NEW_RELIC_LOG", "stdout"), ("OTHER", "1")]);
        let name = AttachmentName::parse("CACHE").unwrap();
        let told = |words| behind_refusal(&name, words, &world).unconfirmed("ledger").unwrap();
        assert!(
            told("NEW_RELIC_LOG is already set.").starts_with("`NEW_RELIC_LOG` is set by hand on the app")
        );
        let guess = told("This would overwrite a config var.");
        assert!(
            guess.starts_with("if it is for `CACHE_TTL`, which somebody has set: give the add-on"),
            "{guess}"
        );
    }

    #[test]
    fn the_vars_of_another_addon_are_not_set_by_hand() {
        let world = world().with_addon("CACHE", "ledger", "heroku-redis:mini");
        let name = AttachmentName::parse("CACHE").unwrap();
        assert_eq!(in_the_way(&name, Some("heroku-redis"), &world), InTheWay::default());
    }
}
