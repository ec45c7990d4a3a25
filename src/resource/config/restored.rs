//! Config vars that a rollback changes, set again to what they are today: in one call, so in one release.

use std::collections::{BTreeMap, BTreeSet};

use super::{Assignment, Change, SECTION, owned};
use crate::resource::{Desired, Draft, Output, Shown, Value, World, access_key, formation};
use crate::secret::Secret;
use crate::spec::{ConfigValue, Reference, UserAttribute, VarName};

/// Config vars by name.
pub type Vars = BTreeMap<String, Secret>;

/// What the app has when they are due to be set.
#[derive(Clone, Copy, Debug)]
pub struct Revived<'a> {
    /// The release that it comes from.
    pub release: u64,
    /// All of it.
    pub vars: &'a Vars,
}

/// Sets again what differs from today; what add-ons own is theirs. It follows `after`, however that ends: a rollback
/// that fails in its release phase may have changed the vars all the same.
pub fn restore(
    (desired, world): (&Desired<'_>, &World),
    today: &Vars,
    revived: Revived<'_>,
    after: Output,
    draft: &mut Draft,
) {
    let owned = owned(world);
    let mut patch = Change { restarts: formation::running(world), follows: vec![after], ..Change::default() };
    let names: BTreeSet<&String> = today.keys().chain(revived.vars.keys()).collect();
    for name in names.into_iter().filter(|name| !owned.contains_key(name.as_str())) {
        let (then, now) = (revived.vars.get(name), today.get(name));
        if then.zip(now).is_some_and(|(then, now)| then.matches(now)) {
            continue;
        }
        let Ok(var) = VarName::parse(name) else {
            let reason = "it may come back as it was: Heroku's API cannot write this name";
            draft.warning(SECTION.address(name), reason);
            continue;
        };
        let Some(now) = now else {
            patch.remove.extend(then.map(|then| (name.clone(), then.clone())));
            continue;
        };
        patch.set.push(Assignment {
            value: Value::Known(now.clone()),
            shown: Shown::Hidden(now.clone()),
            note: Some(format!("v{} has {}", revived.release, has(&var, revived.vars, desired, world))),
            before: then.cloned(),
            name: var,
        });
    }
    if !patch.set.is_empty() || !patch.remove.is_empty() {
        draft.change(patch);
    }
}

/// Vars of add-ons that a release has not: its rollback may take them away (heroku-api.md section 11).
#[must_use]
pub fn lost(world: &World, then: &Vars) -> Vec<String> {
    let owned = owned(world);
    let is_lost = |name: &&String| owned.contains_key(name.as_str()) && !then.contains_key(*name);
    world.config.vars.keys().filter(is_lost).cloned().collect()
}

/// What those vars have in the place of today's value.
fn has(var: &VarName, vars: &Vars, desired: &Desired<'_>, world: &World) -> String {
    if !vars.contains_key(var.as_str()) {
        return "none".to_owned();
    }
    let spec = desired.spec();
    match spec.config.get(var) {
        Some(ConfigValue::From(Reference::IamUser(
            local,
            UserAttribute::AccessKeyId | UserAttribute::SecretAccessKey,
        ))) => access_key::earlier::of_vars(local, vars, spec, world).to_owned(),
        Some(ConfigValue::Generate(_)) => "another generated secret".to_owned(),
        Some(ConfigValue::External(_)) => "another value of somebody else's".to_owned(),
        Some(_) | None => "another value".to_owned(),
    }
}
