//! What a plan makes of how far a live add-on is: what passes by itself is waited for, what does not is told with its
//! repair, and what is only odd is told.

use super::ready::{self, Readiness};
use crate::cloud::heroku::{Addon, Attachment};
use crate::resource::{Address, Draft, World};

/// What becomes of an add-on that is live under a name of the spec.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::resource) enum Verdict {
    /// It can be used.
    Usable,
    /// It will be, by itself.
    OnItsWay,
    /// It never will be as it is; the draft says what to do.
    Stuck,
}

/// Judges an add-on under one of its names; the draft hears what there is to say.
pub(in crate::resource) fn judge(
    address: &Address,
    (live, attachment): (&Addon, &Attachment),
    world: &World,
    draft: &mut Draft,
) -> Verdict {
    let address = address.clone();
    match ready::readiness(live, attachment, |var| world.config.get(var).is_some()) {
        Readiness::Ready => {
            for var in ready::vars_of(live, attachment) {
                if world.config.get(var).is_some_and(crate::secret::Secret::is_empty) {
                    let reason =
                        format!("its provider has set `{var}` to nothing: only {} can say why", live.service);
                    draft.warning(address.clone(), reason);
                }
            }
            return Verdict::Usable;
        }
        Readiness::Provisioning => return Verdict::OnItsWay,
        Readiness::Odd(state) => {
            let reason = if state.is_empty() {
                "Heroku does not say which state it is in, so it is left as it is".to_owned()
            } else {
                format!("its state is `{state}`, which trueup does not know, so it is taken as it is")
            };
            draft.warning(address, reason);
            return Verdict::Usable;
        }
        Readiness::WithoutVars(vars) => {
            let is_other_name = |one: &&Attachment| one.addon_id == live.id && one.name != attachment.name;
            let has_another_name = world.attachment.iter().any(|one| is_other_name(&one));
            let repair = ready::repair(live, attachment, has_another_name);
            draft.blocked(address, ready::why_without(&vars), repair);
        }
        Readiness::Leaving => draft.blocked(
            address,
            "the add-on is being removed",
            "run the same command again when it is gone",
        ),
        Readiness::Gone => draft.blocked(
            address,
            "Heroku shows it as deprovisioned: the provider gave up on it, or somebody removed it",
            format!(
                "remove what is left, and the next apply orders a new one: heroku addons:destroy {} -a {}",
                live.name, live.app_name
            ),
        ),
    }
    Verdict::Stuck
}

#[cfg(test)]
#[path = "verdict_tests.rs"]
mod tests;
