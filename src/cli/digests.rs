//! The digests of a run's plans, and whether they are what was reviewed.

use std::collections::BTreeMap;

use crate::message::Refusal;
use crate::plan::PlanDigest;
use crate::spec::EnvironmentName;

/// What the plans of a run would do.
#[derive(Default)]
pub(super) struct Digests(BTreeMap<EnvironmentName, Option<PlanDigest>>);

impl Digests {
    /// An environment's, if it could be planned.
    pub(super) fn add(&mut self, environment: &EnvironmentName, digest: Option<PlanDigest>) {
        self.0.insert(environment.clone(), digest);
    }

    /// Of them all in the order of their names, when each could be planned.
    pub(super) fn of_all(&self) -> Option<PlanDigest> {
        let all: Option<Vec<&PlanDigest>> = self.0.values().map(Option::as_ref).collect();
        Some(PlanDigest::of_all(all?))
    }

    /// Refuses plans that are not those of a digest. That of one plan and that of a list of one are both its digests.
    pub(super) fn hold_for(&self, expected: &PlanDigest) -> Result<(), Refusal> {
        let all = self.of_all();
        let mut each = self.0.values();
        let only = each.next().filter(|_| each.next().is_none()).cloned().flatten();
        if [&all, &only].into_iter().flatten().any(|digest| digest == expected) {
            return Ok(());
        }
        Err(Refusal::NotAsReviewed { expected: expected.clone(), found: only.or(all) })
    }
}
