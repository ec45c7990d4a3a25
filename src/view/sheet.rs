//! What is printed of a plan: its entries and totals, and no changes any more. Text and JSON start here.

use crate::plan::{Entry, Place, Plan, PlanDigest, Summary};
use crate::resource::{Blocked, Cost, Limit, Note, Published};

/// A plan as it is printed.
#[derive(Clone, Debug)]
pub(super) struct Sheet<'a> {
    /// The environment's name.
    pub(super) environment: &'a str,
    /// Which app, and where.
    pub(super) place: &'a Place,
    /// What happens, address by address.
    pub(super) entries: Vec<Entry>,
    /// The counts of addresses.
    pub(super) summary: Summary,
    /// How many releases all steps make.
    pub(super) releases: u32,
    /// How many steps restart dynos.
    pub(super) restarts: usize,
    pub(super) unmanaged: &'a [Note],
    pub(super) deferred: &'a [Note],
    pub(super) blocked: &'a [Blocked],
    /// What the spec limits, and how.
    pub(super) limit: Option<&'a Limit>,
    /// Why the plan is refused, though nothing in it is blocked.
    pub(super) refused: Vec<Blocked>,
    pub(super) warnings: &'a [Note],
    pub(super) outputs: &'a [Published],
    pub(super) spec_digest: &'a str,
    pub(super) live_digest: &'a str,
    /// What would be done.
    pub(super) plan_digest: PlanDigest,
}

impl<'a> Sheet<'a> {
    pub(super) fn of(plan: &'a Plan) -> Self {
        let Plan {
            environment,
            place,
            steps: _,
            origins: _,
            unchanged: _,
            unmanaged,
            deferred,
            blocked,
            limit,
            warnings,
            outputs,
            spec_digest,
            live_digest,
        } = plan;
        let (releases, restarts) = plan.effects();
        Self {
            environment: environment.as_str(),
            place,
            entries: plan.entries(),
            summary: plan.summary(),
            releases,
            restarts,
            unmanaged,
            deferred,
            blocked,
            limit: limit.as_ref(),
            refused: limit.iter().filter_map(Limit::refusal).collect(),
            warnings,
            outputs,
            spec_digest,
            live_digest,
            plan_digest: plan.digest(),
        }
    }

    /// How the monthly bill moves, in US cents.
    pub(super) fn cost_delta(&self) -> i64 {
        self.entries.iter().filter_map(|entry| entry.cost).map(Cost::delta).sum()
    }
}
