//! What a spec named at a revision and names no more while it is still live: told, and taken away only when that was
//! asked. What holds data, or cannot be shown to be this environment's, stays.
//!
//! What must not live here: which things of a kind are dropped, and how they go, which each kind knows.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::{Address, Draft, Note, World};
use crate::spec::Spec;

/// The spec of a revision, from which things may have been dropped since.
#[derive(Clone, Copy, Debug)]
pub struct Before<'a> {
    /// What it asked for.
    pub spec: &'a Spec,
    /// Whether what was dropped goes, as far as it may.
    pub prune: bool,
}

/// What is to be looked at, so that what was dropped is seen as well: domains and collaborators are read only where a
/// spec speaks of them.
#[must_use]
pub fn with_dropped<'a>(spec: &'a Spec, then: Option<&Spec>) -> Cow<'a, Spec> {
    let Some(then) = then else { return Cow::Borrowed(spec) };
    let domains = spec.app.domains.is_none() && then.app.domains.as_ref().is_some_and(|all| !all.is_empty());
    let people = spec.app.collaborators.is_none()
        && then.app.collaborators.as_ref().is_some_and(|all| !all.is_empty());
    if !domains && !people {
        return Cow::Borrowed(spec);
    }
    let mut spec = spec.clone();
    if domains {
        spec.app.domains = Some(BTreeSet::new());
    }
    if people {
        spec.app.collaborators = Some(BTreeMap::new());
    }
    Cow::Owned(spec)
}

/// What a look at the spec alone would have seen: a saved plan rests on no more.
pub fn without_dropped(world: &mut World, spec: &Spec) {
    if spec.app.domains.is_none() {
        world.domain.clear();
    }
    if spec.app.collaborators.is_none() {
        world.collaborator = super::collaborator::Observed::default();
    }
}

/// Whose a change is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Cause {
    /// The spec changed since the revision, and live is as that wanted it.
    Spec,
    /// Live moved, and the spec did not.
    Drift,
    /// Both did.
    Both,
    /// The revision's spec did not name it, and it is not live.
    New,
    /// The revision's spec named it, this one does not, and it is still live.
    Dropped,
    /// The value of the operator's side is another, as far as can be told: nobody else touched what is live.
    Source,
}

impl Draft {
    /// Something was dropped from the spec and could go.
    pub(super) fn prunable(&mut self, address: Address) {
        self.dropped(address, "dropped from the spec: `apply --base … --prune` removes it");
    }

    /// Something was dropped from the spec and is protected.
    pub(super) fn protected(&mut self, address: Address) {
        self.dropped(
            address,
            "dropped from the spec, and stays, since it was protected there: remove it by hand when nobody needs what it holds",
        );
    }

    /// Something was dropped from the spec and stays; with what that means.
    pub(super) fn dropped(&mut self, address: Address, reason: impl Into<String>) {
        self.unmanaged.push(Note { address, reason: reason.into(), cause: Some(Cause::Dropped) });
    }
}
