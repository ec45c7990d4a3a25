//! A value that somebody else makes and the operator has handed in: tested, delivered, and tested as the app has it.

use std::collections::BTreeMap;

use crate::resource::config::{self, rotation::Renewed};
use crate::resource::task::trial;
use crate::resource::{Desired, Draft, Overview, World};
use crate::secret::{Secret, try_out};
use crate::spec::{ConfigValue, Guide, Spec, VarName};

/// What came of testing; nothing where there is no test.
#[derive(Debug, Default)]
pub(super) struct Tried {
    /// Of what the app has.
    old: Option<Result<(), String>>,
    /// Of what was handed in.
    new: Option<Result<(), String>>,
}

/// How a var of somebody else's is replaced.
#[must_use]
pub fn guide<'a>(spec: &'a Spec, var: &VarName) -> Option<&'a Guide> {
    match spec.config.get(var)? {
        ConfigValue::External(guide) => guide.as_deref(),
        _ => None,
    }
}

/// Tests the two values, one after the other.
pub(super) async fn look(overview: Overview<'_>, var: &VarName, new: &Secret) -> Tried {
    let guide = guide(overview.desired.spec(), var).filter(|guide| !guide.test.is_empty());
    let Some(Guide { test, .. }) = guide else { return Tried::default() };
    let project = &overview.desired.environment.project;
    let old = match overview.world.config.get(var.as_str()) {
        Some(old) => Some(try_out(project, test, var, old).await),
        None => None,
    };
    Tried { old, new: Some(try_out(project, test, var, new).await) }
}

/// Decides what becomes of a value that was handed in.
pub(super) fn decide(
    var: &VarName,
    (desired, world): (&Desired<'_>, &World),
    (new, tried): (&Secret, &Tried),
    vars: &mut BTreeMap<VarName, Renewed>,
    draft: &mut Draft,
) {
    let address = config::SECTION.address(var);
    let Some(guide) = guide(desired.spec(), var) else { return };
    let owner = world.attachment.iter().find(|one| one.config_vars.iter().any(|name| name == var.as_str()));
    if let Some(owner) = owner {
        let reason = format!("it is set by {}, and nobody else can", owner.addon_name);
        return draft.blocked(address, reason, format!("name addons.{} instead", owner.name));
    }
    if let Some(Err(why)) = &tried.new {
        let reason = format!("the new value does not pass its test: {why}");
        return draft.blocked(address, reason, "nothing is delivered; create another one, or fix the test");
    }
    let old = world.config.get(var.as_str());
    if old.is_some_and(|old| old.matches(new)) {
        return draft.warning(address, "the app has this value already");
    }
    let place = guide.url.as_ref().map_or_else(|| "where it was made".to_owned(), |url| format!("at {url}"));
    let revoke = format!("revoke the old one {place} once no dyno has it");
    match (old, &tried.old) {
        (None, _) => {}
        (Some(_), Some(Err(why))) => {
            draft.warning(address, format!("the old value does not pass the test: {why}"));
        }
        (Some(_), Some(Ok(()))) => draft.warning(address, format!("the old value works still; {revoke}")),
        (Some(_), None) => draft.warning(address, format!("nothing tests the new value; {revoke}")),
    }
    vars.insert(var.clone(), Renewed::Given(new.clone()));
    if !guide.test.is_empty() {
        draft.change(trial::Change { var: var.clone(), argv: guide.test.clone() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::testing::{changes, want, world};

    const SPEC: &str = "config: { STRIPE_KEY: { external: true, rotation: { test: [bin/check], url: \"https://s.example\" } } }";

    /// What becomes of a value with these outcomes of its tests, on an app that has another.
    fn decided(live: &[(&str, &str)], tried: &Tried) -> (Vec<VarName>, Draft) {
        let (want, var) = (want(SPEC), VarName::parse("STRIPE_KEY").unwrap());
        let (mut vars, mut draft) = (BTreeMap::new(), Draft::default());
        let new = Secret::new("sk_new");
        let world = world().with_config(live);
        decide(&var, (&want.desired(), &world), (&new, tried), &mut vars, &mut draft);
        (vars.into_keys().collect(), draft)
    }

    #[test]
    fn only_a_value_that_passes_is_delivered_and_then_it_is_tested_again() {
        let fails = || Some(Err("`bin/check` ended with exit status: 1".to_owned()));
        let old: &[(&str, &str)] = &[("STRIPE_KEY", "sk_old")];
        for (live, tried, delivered, told) in [
            (
                old,
                Tried { old: Some(Ok(())), new: Some(Ok(())) },
                1,
                "works still; revoke the old one at https://s.example",
            ),
            (old, Tried { old: fails(), new: Some(Ok(())) }, 1, "the old value does not pass"),
            (&[], Tried { old: None, new: Some(Ok(())) }, 1, ""),
            (old, Tried { old: Some(Ok(())), new: fails() }, 0, ""),
            (
                &[("STRIPE_KEY", "sk_new")],
                Tried { old: Some(Ok(())), new: Some(Ok(())) },
                0,
                "has this value already",
            ),
        ] {
            let (vars, draft) = decided(live, &tried);
            assert_eq!((vars.len(), changes(&draft).len()), (delivered, delivered), "{tried:?}");
            let warnings: Vec<&str> = draft.warnings.iter().map(|one| one.reason.as_str()).collect();
            assert!(warnings.concat().contains(told), "{warnings:?}");
            assert_eq!(draft.blocked.len(), usize::from(matches!(tried.new, Some(Err(_)))));
        }
    }
}
