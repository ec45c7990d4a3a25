//! Decides: from what is desired and what is live to a [`Plan`], ordered steps that leave nothing to decide.
//!
//! Pure: no async, clock, randomness, environment or network, which tests/architecture.rs keeps so. The
//! kinds' own decisions are in `resource`; here they are put in order and counted.

mod digest;
mod entry;
mod facts;
mod order;
mod origin;
pub mod saved;
pub mod schedule;
pub mod stale;

pub use digest::PlanDigest;
pub use entry::{Entry, Summary};
pub use origin::{By, Origin, Who};

use std::collections::{BTreeMap, BTreeSet};

use crate::resource::{
    self, Address, Blocked, Cause, Change, Desired, Draft, Effects, Limit, Mistake, Note, Operation,
    Published, World,
};
use crate::secret::FingerprintKey;
use crate::spec::{AppName, EnvironmentName};

/// What an apply would do, in order; empty means that there is nothing to do.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Which environment.
    pub environment: EnvironmentName,
    /// Which app, and where.
    pub place: Place,
    /// What will be done, each step after its prerequisites.
    pub steps: Vec<Step>,
    /// How many addresses are as they should be.
    pub unchanged: usize,
    /// Live, and not in the spec.
    pub unmanaged: Vec<Note>,
    /// To be done by a later apply.
    pub deferred: Vec<Note>,
    /// Differences that trueup refuses to make. While there is one, nothing is applied.
    pub blocked: Vec<Blocked>,
    /// What it ends at, beside what the spec allows; above it, nothing is applied.
    pub limit: Option<Limit>,
    /// Worth knowing.
    pub warnings: Vec<Note>,
    /// Values of what is live that others need.
    pub outputs: Vec<Published>,
    /// Where changes come from, by address, when that was asked. It is nothing of what is done.
    pub origins: BTreeMap<Address, Origin>,
    /// The spec that this plan makes true.
    pub spec_digest: String,
    /// The live facts that this plan rests on.
    pub live_digest: String,
}

/// Where an environment is, for headlines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The app.
    pub app: AppName,
    /// Its id while it is live.
    pub app_id: Option<String>,
    /// Its Heroku region, when known.
    pub heroku_region: Option<String>,
    /// The AWS account, when the spec names it or anything there.
    pub aws_account: Option<String>,
    /// The AWS regions of its buckets.
    pub aws_regions: Vec<String>,
}

/// A change in its place.
#[derive(Clone, Debug)]
pub struct Step {
    /// What is done.
    pub change: Change,
    /// The steps that must be done before, as indices into the plan's steps.
    pub after: Vec<usize>,
    /// The steps that must have ended before, however they ended.
    pub behind: Vec<usize>,
}

/// Plans.
///
/// # Errors
/// Everything that the spec asks for and that the live services show to be impossible.
pub fn plan(desired: &Desired<'_>, world: &World, key: &FingerprintKey) -> Result<Plan, Vec<Mistake>> {
    let mut draft = Draft::default();
    resource::diff(desired, world, &mut draft);
    of_draft(desired, world, draft, key)
}

/// Puts what the kinds decided in order, whatever they were asked.
///
/// # Errors
/// What they found to be impossible.
pub fn of_draft(
    desired: &Desired<'_>,
    world: &World,
    draft: Draft,
    key: &FingerprintKey,
) -> Result<Plan, Vec<Mistake>> {
    let Draft {
        changes,
        unchanged,
        mut unmanaged,
        mut deferred,
        blocked,
        mut warnings,
        mut outputs,
        mistakes,
        pruned,
    } = draft;
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    unmanaged.sort_by(|one, other| one.address.cmp(&other.address));
    outputs.sort_by(|one, other| one.address.cmp(&other.address));
    deferred.sort_by(|one, other| one.address.cmp(&other.address));
    let limit = Limit::of(desired, world);
    warnings.extend(limit.as_ref().and_then(Limit::warning));
    Ok(Plan {
        environment: desired.environment.name.clone(),
        place: place(desired, world),
        steps: order::order(&changes),
        unchanged,
        unmanaged,
        deferred,
        blocked,
        limit,
        warnings,
        outputs,
        origins: pruned.into_iter().map(|address| (address, Origin::of(Cause::Dropped))).collect(),
        spec_digest: desired.spec().digest(),
        live_digest: digest::of_world(world, key),
    })
}

/// What a spec would have changed of a world, address by address, whatever else is wrong with it: to compare with a
/// plan, and never to be done.
#[must_use]
pub fn changes(desired: &Desired<'_>, world: &World) -> Vec<Entry> {
    let mut draft = Draft::default();
    resource::diff(desired, world, &mut draft);
    entry::entries(&order::order(&draft.changes))
}

/// The addresses that a spec names: what it would make or speak of where nothing is live.
#[must_use]
pub fn named(desired: &Desired<'_>) -> BTreeSet<Address> {
    let mut draft = Draft::default();
    resource::diff(desired, &World::default(), &mut draft);
    let made = draft.changes.iter().flat_map(Operation::describe).map(|row| row.address);
    let told = [draft.deferred, draft.warnings].into_iter().flatten().map(|note| note.address);
    made.chain(told).chain(draft.blocked.into_iter().map(|blocked| blocked.address)).collect()
}

fn place(desired: &Desired<'_>, world: &World) -> Place {
    let spec = desired.spec();
    let live = world.app.live();
    let mut aws_regions: Vec<String> =
        spec.buckets.values().map(|bucket| bucket.region.to_string()).collect();
    aws_regions.sort();
    aws_regions.dedup();
    Place {
        app: spec.app.name.clone(),
        app_id: live.map(|app| app.id.clone()),
        heroku_region: live
            .and_then(|app| app.region.clone())
            .or_else(|| spec.app.region.as_ref().map(ToString::to_string)),
        // One that the spec names is that of the credentials: others were refused before.
        aws_account: world
            .account
            .as_ref()
            .map(|account| account.as_str().to_owned())
            .or_else(|| spec.aws_account.as_ref().map(|account| account.as_str().to_owned())),
        aws_regions,
    }
}

impl Plan {
    /// Whether there is nothing to do and nothing refused.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty() && self.blocked.is_empty()
    }

    /// What is done, and nothing of when or on what it rests: for comparing with a plan that was reviewed.
    #[must_use]
    pub fn digest(&self) -> PlanDigest {
        PlanDigest::of_plan(self)
    }

    /// What happens, address by address: several steps at one address are one entry.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        let mut entries = entry::entries(&self.steps);
        for entry in &mut entries {
            entry.origin = self.origins.get(&entry.address).cloned();
        }
        entries
    }

    /// The counts of the last line.
    #[must_use]
    pub fn summary(&self) -> Summary {
        entry::summary(&self.entries(), self.unchanged)
    }

    /// What all steps cause together: releases added up, and how many of them restart dynos.
    #[must_use]
    pub fn effects(&self) -> (u32, usize) {
        let effects: Vec<Effects> = self.steps.iter().map(|step| step.change.effects()).collect();
        let releases = effects.iter().map(|effects| effects.releases).sum();
        (releases, effects.iter().filter(|effects| !effects.restarts.is_empty()).count())
    }
}

#[cfg(test)]
mod laws;
#[cfg(test)]
mod saved_tests;
#[cfg(test)]
mod tables;
