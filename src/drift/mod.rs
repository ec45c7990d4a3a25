//! What is live and not as it should be, from a plan that nobody applies: findings, and those that somebody answers for.
//!
//! Pure but for the file of acknowledgements, which `spec` reads. What must not live here: looking and planning.

mod acknowledged;
mod blame;
mod cause;
mod description;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use time::Date;

pub use acknowledged::{Acknowledgement, Acknowledgements};
pub use blame::Blame;

use crate::plan::{Entry, Origin, Plan};
use crate::resource::{Action, Address, Cause, Desired, Field, Note, Shown, World, addon, app, config};
use crate::spec::{ConfigValue, Environment, EnvironmentName, Reference};

/// What differs at one address.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Where.
    pub address: Address,
    /// What an apply would do about it.
    pub then: Then,
    /// What differs.
    pub fields: Vec<Field>,
    /// Why, where the fields do not tell.
    pub reason: Option<String>,
    /// Where it comes from, as far as that is known.
    pub origin: Option<Origin>,
}

/// What an apply would do about a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// This.
    Apply(Action),
    /// Nothing: it is refused.
    Blocked,
    /// Nothing: it is live besides, and left alone.
    Leave,
}

/// What was found of one environment.
#[derive(Clone, Debug)]
pub struct Drift {
    /// Which.
    pub environment: EnvironmentName,
    /// What nobody answers for, in the order of addresses.
    pub findings: Vec<Finding>,
    /// What somebody answers for.
    pub acknowledged: Vec<(Finding, Acknowledgement)>,
    /// Acknowledgements that have ended.
    pub expired: Vec<Acknowledgement>,
    /// Acknowledgements of what is as it should be.
    pub unused: Vec<Acknowledgement>,
    /// What is live besides: it does not count.
    pub unmanaged: Vec<Note>,
}

/// Where each change of a plan comes from, by address. `then` is the environment at the revision that the plan is
/// compared with, if it was there.
#[must_use]
pub fn origins(
    plan: &Plan,
    desired: &Desired<'_>,
    then: Option<&Environment>,
    world: &World,
) -> BTreeMap<Address, Origin> {
    let causes = cause::causes(plan, desired, then, world);
    causes.into_iter().map(|(address, cause)| (address, Origin::of(cause))).collect()
}

/// The config vars of a plan that moved on the app, whose releases may show by whom. An access key is replaced for its
/// age, too, and whoever delivered it moved nothing.
#[must_use]
pub fn moved(plan: &Plan, desired: &Desired<'_>) -> Vec<String> {
    let is_moved = |origin: &Origin| matches!(origin.cause, Cause::Drift | Cause::Both);
    let moved = plan.origins.iter().filter(|(_, origin)| is_moved(origin));
    let names = moved.filter_map(|(address, _)| config::name_of(address));
    let is_key =
        |name: &&str| matches!(wanted(desired, name), Some(ConfigValue::From(Reference::IamUser(..))));
    names.filter(|name| !is_key(name)).map(str::to_owned).collect()
}

/// What else moved that the texts of releases tell of, without a value to compare.
enum Trace {
    /// An add-on was taken from the app, by the name of its attachment.
    Detached(String),
    /// The app was brought to this stack.
    Stack(String),
}

fn traces(plan: &Plan, desired: &Desired<'_>) -> Vec<(Address, Trace)> {
    let is_moved = |entry: &Entry| {
        let cause = plan.origins.get(&entry.address).map(|origin| origin.cause);
        matches!(cause, Some(Cause::Drift | Cause::Both))
    };
    let trace = |entry: Entry| {
        let mut addons = desired.spec().addons.keys();
        let gone = addons.find(|name| addon::SECTION.address(name) == entry.address);
        let trace = match (gone, entry.fields.as_slice()) {
            (Some(name), _) if entry.action == Action::Create => Trace::Detached(name.to_string()),
            (None, [Field { path, before: Shown::Plain(stack), .. }])
                if entry.address == app::SECTION.whole() && path == "stack" =>
            {
                Trace::Stack(stack.clone())
            }
            _ => return None,
        };
        Some((entry.address, trace))
    };
    plan.entries().into_iter().filter(is_moved).filter_map(trace).collect()
}

/// Whether the app's releases may show who moved something.
#[must_use]
pub fn is_told_by_releases(plan: &Plan, desired: &Desired<'_>) -> bool {
    !moved(plan, desired).is_empty() || !traces(plan, desired).is_empty()
}

/// The vars of these whose value comes from the operator's side: for them it counts whether anyone but this account
/// moved what is live.
#[must_use]
pub fn supplied<'a>(moved: &'a [String], desired: &Desired<'_>) -> Vec<&'a str> {
    let is_supplied = |name: &&str| {
        matches!(
            wanted(desired, name),
            Some(ConfigValue::Env(_) | ConfigValue::File(_) | ConfigValue::Command(_))
        )
    };
    moved.iter().map(String::as_str).filter(is_supplied).collect()
}

/// What the spec says of a var.
fn wanted<'a>(desired: &Desired<'a>, name: &str) -> Option<&'a ConfigValue> {
    let spec = &desired.environment.spec;
    spec.config.iter().find(|(var, _)| var.as_str() == name).map(|(_, value)| value)
}

/// Tells who moved what, where the releases show it. `own` is the account of this run, when that is known.
pub fn settle(plan: &mut Plan, desired: &Desired<'_>, world: &World, blame: &Blame, own: Option<&str>) {
    let moved = moved(plan, desired);
    let supplied = supplied(&moved, desired);
    for name in &moved {
        let Some(origin) = plan.origins.get_mut(&config::SECTION.address(name)) else { continue };
        origin.is_supplied = supplied.contains(&name.as_str()) && world.config.get(name).is_some();
        if origin.is_supplied && own.is_some_and(|own| !blame.is_touched_since(name, own)) {
            origin.cause = Cause::Source;
        } else {
            origin.by = blame.by(name, desired.now);
        }
    }
    for (address, trace) in traces(plan, desired) {
        let Some(origin) = plan.origins.get_mut(&address) else { continue };
        origin.by = match trace {
            Trace::Detached(name) => blame.by_detaching(&name, desired.now),
            Trace::Stack(stack) => blame.by_stack(&stack, desired.now),
        };
    }
}

impl Drift {
    /// What a plan would change or refuses, against what somebody answers for on that day.
    #[must_use]
    pub fn of(plan: &Plan, acknowledgements: &Acknowledgements, today: Date) -> Self {
        let environment = plan.environment.clone();
        let given: Vec<&Acknowledgement> = acknowledgements.of(&environment).collect();
        let (expired, valid): (Vec<&Acknowledgement>, Vec<_>) =
            given.into_iter().partition(|one| one.is_over(today));
        let answer = |address: &Address| valid.iter().find(|one| one.address == address.as_str()).copied();
        let (mut findings, mut acknowledged, mut unmanaged) = (Vec::new(), Vec::new(), Vec::new());
        for finding in found(plan) {
            match answer(&finding.address) {
                Some(one) => acknowledged.push((finding, one.clone())),
                None => findings.push(finding),
            }
        }
        for note in &plan.unmanaged {
            match answer(&note.address) {
                Some(one) => acknowledged.push((left(note), one.clone())),
                None => unmanaged.push(note.clone()),
            }
        }
        let is_used = |one: &Acknowledgement| {
            acknowledged.iter().any(|(found, _)| found.address.as_str() == one.address)
        };
        let unused = valid.iter().filter(|one| !is_used(one)).map(|&one| one.clone()).collect();
        let expired = expired.into_iter().cloned().collect();
        Self { environment, findings, acknowledged, expired, unused, unmanaged }
    }

    /// Whether somebody has to look: at a difference, or at an acknowledgement that has ended or is for nothing.
    #[must_use]
    pub fn is_some(&self) -> bool {
        !self.findings.is_empty() || !self.expired.is_empty() || !self.unused.is_empty()
    }
}

fn found(plan: &Plan) -> Vec<Finding> {
    let changes =
        plan.entries().into_iter().map(|Entry { address, action, fields, reason, origin, .. }| Finding {
            address,
            then: Then::Apply(action),
            fields,
            reason,
            origin,
        });
    let blocked = plan.blocked.iter().map(|blocked| Finding {
        address: blocked.address.clone(),
        then: Then::Blocked,
        fields: Vec::new(),
        reason: Some(blocked.reason.clone()),
        origin: None,
    });
    let mut found: Vec<Finding> = changes.chain(blocked).collect();
    found.sort_by(|one, other| one.address.cmp(&other.address));
    found
}

/// Something that is live besides, of which somebody knows.
fn left(note: &Note) -> Finding {
    let Note { address, reason, cause: _ } = note.clone();
    Finding { address, then: Then::Leave, fields: Vec::new(), reason: Some(reason), origin: None }
}
