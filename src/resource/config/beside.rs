//! Vars that are live and not in the spec: an add-on's, somebody's, or dropped from the spec.

use std::collections::{BTreeMap, BTreeSet};

use super::{Change, SECTION};
use crate::cloud::heroku::Attachment;
use crate::resource::{Desired, Draft, World};
use crate::spec::{ConfigValue, UnmanagedConfig, VarName};

pub(super) fn beside(
    desired: &Desired<'_>,
    world: &World,
    owned: &BTreeMap<&str, &str>,
    patch: &mut Change,
    draft: &mut Draft,
) {
    let spec = desired.spec();
    let named: BTreeSet<&str> = spec.config.keys().map(VarName::as_str).collect();
    for (name, value) in &world.config.vars {
        if named.contains(name.as_str()) {
            continue;
        }
        let address = SECTION.address(name);
        let dropped = dropped(desired, name);
        match (owned.get(name.as_str()), spec.unmanaged.config) {
            (Some(addon), _) => {
                // An add-on that the spec names needs no line for its own vars, whatever the attachment: the
                // first database of an app has a colour besides DATABASE.
                let is_named = |one: &Attachment| spec.addons.keys().any(|key| key.as_str() == one.name);
                let is_expected =
                    world.attachment.iter().any(|one| one.addon_name == *addon && is_named(one));
                if !is_expected {
                    draft.unmanaged(address, &format!("owned by the add-on {addon}"));
                }
            }
            (None, UnmanagedConfig::Keep) if dropped == Some(false) => draft.prunable(address),
            (None, UnmanagedConfig::Keep) if dropped.is_none() => {
                draft.unmanaged(address, "live, not in the spec: left alone");
            }
            // One name that the API cannot write would have the whole call refused.
            (None, UnmanagedConfig::Remove) if VarName::parse(name).is_err() => draft.warning(
                address,
                "left alone: Heroku's API cannot write this name; remove it in the dashboard",
            ),
            (None, _) => {
                if dropped.is_some() {
                    draft.pruned.push(address);
                }
                patch.remove.push((name.clone(), value.clone()));
            }
        }
    }
}

/// Whether a var was dropped from the spec, and then whether it goes. What somebody else sets never was the spec's.
fn dropped(desired: &Desired<'_>, name: &str) -> Option<bool> {
    let before = desired.before?;
    let (_, then) = before.spec.config.iter().find(|(var, _)| var.as_str() == name)?;
    let is_ours = !matches!(then, ConfigValue::Absent | ConfigValue::External(_));
    is_ours.then_some(before.prune)
}
