//! Whose each change of a plan is: the spec of a revision is planned against the same world, and the two are compared.
//!
//! What must not live here: reading the revision, and who moved what is live.

use std::collections::{BTreeMap, BTreeSet};

use crate::plan::{self, Entry, Plan};
use crate::resource::{Action, Address, Cause, Desired, Field, Shown, World, app, bucket, config, iam_user};
use crate::secret::{Secret, Supplied};
use crate::spec::{ConfigValue, Environment, Reference, Spec, UserAttribute};

/// The causes of a plan's changes, by address. `then` is the environment at the revision, if it was there.
#[must_use]
pub fn causes(
    plan: &Plan,
    desired: &Desired<'_>,
    then: Option<&Environment>,
    world: &World,
) -> BTreeMap<Address, Cause> {
    let before = then.map(|then| Before::of(then, desired, world));
    let cause = |entry: &Entry| match &before {
        Some(before) => before.cause(entry),
        None => without(entry),
    };
    let told = |entry: &Entry| entry.origin.as_ref().map(|origin| origin.cause);
    let entries = plan.entries();
    let causes =
        entries.iter().map(|entry| (entry.address.clone(), told(entry).unwrap_or_else(|| cause(entry))));
    causes.collect()
}

/// Of something that the revision's spec did not name.
fn without(entry: &Entry) -> Cause {
    if entry.action == Action::Create { Cause::New } else { Cause::Spec }
}

/// What the revision's spec says of the world.
struct Before<'a> {
    now: &'a Spec,
    then: &'a Spec,
    /// What it named.
    named: BTreeSet<Address>,
    /// What it would change.
    changes: BTreeMap<Address, Entry>,
}

impl<'a> Before<'a> {
    fn of(then: &'a Environment, desired: &'a Desired<'_>, world: &World) -> Self {
        let now = desired.spec();
        let supplied = supplied(&then.spec, desired);
        let before = Desired { environment: then, supplied: &supplied, now: desired.now, before: None };
        let changes = plan::changes(&before, &under_old_name(&then.spec, world));
        Self {
            now,
            then: &then.spec,
            named: plan::named(&before),
            changes: changes.into_iter().map(|entry| (entry.address.clone(), entry)).collect(),
        }
    }

    fn cause(&self, entry: &Entry) -> Cause {
        let address = &entry.address;
        if self.is_another(address) || (entry.action == Action::Create && !self.named.contains(address)) {
            return without(entry);
        }
        if config::name_of(address).is_some_and(|name| self.has_other_source(name)) {
            return Cause::Spec;
        }
        match self.changes.get(address) {
            None => Cause::Spec,
            Some(then) => compared(entry, then),
        }
    }

    /// Whether the revision's spec had another thing under the same name.
    fn is_another(&self, address: &Address) -> bool {
        let is_of = |own: &Address| {
            let rest = address.as_str().strip_prefix(own.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let buckets = self.then.buckets.iter().any(|(local, then)| {
            let now = self.now.buckets.get(local);
            now.is_some_and(|now| now.name != then.name) && is_of(&bucket::SECTION.address(local))
        });
        buckets
            || self.then.iam_users.iter().any(|(local, then)| {
                let is_another = |now: &crate::spec::IamUser| {
                    now.name != then.name && now.renamed_from.as_ref() != Some(&then.name)
                };
                let now = self.now.iam_users.get(local);
                now.is_some_and(is_another) && is_of(&iam_user::SECTION.address(local))
            })
    }

    /// Whether a var's value came from elsewhere, or comes from there now: what it was cannot be known.
    fn has_other_source(&self, name: &str) -> bool {
        let of =
            |spec: &'a Spec| spec.config.iter().find(|(var, _)| var.as_str() == name).map(|(_, value)| value);
        let (now, then) = (of(self.now), of(self.then));
        now != then && [now, then].into_iter().flatten().any(is_unknown)
    }
}

/// Whether what a value stood for at a revision is not known any more.
fn is_unknown(value: &ConfigValue) -> bool {
    match value {
        ConfigValue::Env(_) | ConfigValue::File(_) | ConfigValue::Command(_) => true,
        ConfigValue::From(Reference::IamUser(_, attribute)) => {
            matches!(attribute, UserAttribute::AccessKeyId | UserAttribute::SecretAccessKey)
        }
        ConfigValue::Absent
        | ConfigValue::External(_)
        | ConfigValue::Generate(_)
        | ConfigValue::Literal(_)
        | ConfigValue::From(_) => false,
    }
}

/// The values of the revision's sources: those that are the same give what they give now, and of the others nothing is
/// compared.
fn supplied(then: &Spec, desired: &Desired<'_>) -> Supplied {
    let values = then.config.iter().filter(|(_, value)| {
        matches!(value, ConfigValue::Env(_) | ConfigValue::File(_) | ConfigValue::Command(_))
    });
    let drains = then.app.log_drains.iter().flatten();
    Supplied::from_values(values.map(|(name, value)| {
        let is_same = desired.spec().config.get(name) == Some(value);
        (name.clone(), if is_same { desired.supplied.get(name) } else { Secret::new("") })
    }))
    .with_drains(drains.filter_map(|drain| Some((drain.clone(), desired.supplied.drain(drain)?.clone()))))
}

/// An app that is to be renamed is live for the spec that has its old name.
fn under_old_name(then: &Spec, world: &World) -> World {
    let mut world = world.clone();
    if let app::Observed::OldName(live) = &world.app
        && live.name == then.app.name.as_str()
    {
        world.app = app::Observed::Live(live.clone());
    }
    world
}

/// A change, beside the one that the revision's spec would make at the same address.
fn compared(now: &Entry, then: &Entry) -> Cause {
    if now.fields.is_empty() {
        let is_same = then.fields.is_empty() && now.action == then.action;
        return if is_same { Cause::Drift } else { Cause::Both };
    }
    let (mut wanted_before, mut wanted_newly, mut untouched) = (false, false, false);
    for field in &now.fields {
        match then.fields.iter().find(|other| other.path == field.path) {
            Some(other) if is_same(field, other) => wanted_before = true,
            Some(_) => wanted_newly = true,
            None => untouched = true,
        }
    }
    match (wanted_before, wanted_newly, untouched) {
        (true, false, false) => Cause::Drift,
        (false, false, true) => Cause::Spec,
        _ => Cause::Both,
    }
}

/// Whether both come to the same.
fn is_same(one: &Field, other: &Field) -> bool {
    match (&one.after, &other.after) {
        (Shown::Nothing, Shown::Nothing) | (Shown::AfterApply { .. }, Shown::AfterApply { .. }) => true,
        (Shown::Plain(one), Shown::Plain(other)) => one == other,
        (Shown::Hidden(one), Shown::Hidden(other)) => one.matches(other),
        _ => false,
    }
}

#[cfg(test)]
#[path = "cause_tests.rs"]
mod tests;
