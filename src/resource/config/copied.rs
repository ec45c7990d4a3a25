//! Values that are copied from another app, live to live: they go out with all else that a plan sets, in one release.

use super::{Assignment, Change, SECTION};
use crate::resource::{self, Desired, Draft, Shown, Value, World, formation};
use crate::secret::Secret;
use crate::spec::{EnvironmentName, VarName};

/// Has a var set to the value that it has elsewhere.
pub fn add(
    (desired, world): (&Desired<'_>, &World),
    (name, value): (&VarName, &Secret),
    from: &EnvironmentName,
    draft: &mut Draft,
) {
    let address = SECTION.address(name);
    draft.warnings.retain(|note| note.address != address);
    let before = world.config.get(name.as_str());
    if before.is_some_and(|before| before.matches(value)) {
        return draft.unchanged();
    }
    let assignment = Assignment {
        name: name.clone(),
        value: Value::Known(value.clone()),
        shown: Shown::Hidden(value.clone()),
        note: Some(format!("copied from {from}")),
        before: before.cloned(),
    };
    let patch = draft.changes.iter_mut().find_map(|change| match change {
        resource::Change::Config(patch) => Some(patch),
        _ => None,
    });
    if let Some(patch) = patch {
        patch.set.retain(|one| one.name != *name);
        patch.set.push(assignment);
        return;
    }
    draft.change(Change {
        set: vec![assignment],
        restarts: formation::running(world),
        addons: desired.spec().addons.keys().cloned().collect(),
        ..Change::default()
    });
}
