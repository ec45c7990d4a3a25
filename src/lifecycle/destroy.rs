//! `trueup destroy`: a plan for a world in which nothing of an environment is wanted.

use crate::plan::{self, Plan};
use crate::resource::removal::{self, Besides, Terms};
use crate::resource::{Desired, Mistake, World};
use crate::secret::FingerprintKey;
use crate::spec::AppName;

/// Plans that everything of an environment goes: the app with all that hangs on it, then its users, then its buckets.
///
/// # Errors
/// None that the kinds have by now; they may find one.
pub fn plan(
    desired: &Desired<'_>,
    (world, besides): (&World, &Besides),
    terms: Terms,
    key: &FingerprintKey,
) -> Result<Plan, Vec<Mistake>> {
    let draft = removal::remove(desired, world, besides, terms);
    plan::of_draft(desired, world, draft, key)
}

/// Whether what was typed is the app's name, spaces around it aside.
#[must_use]
pub fn is_confirmed(typed: &str, app: &AppName) -> bool {
    typed.trim() == app.as_str()
}

#[cfg(test)]
mod tests;
