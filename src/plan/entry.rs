//! A plan address by address, as it is shown and counted.

use crate::plan::{Origin, Step};
use crate::resource::{Action, Address, Cost, Effects, Field, Operation};

/// What happens at one address.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Where.
    pub address: Address,
    /// What happens.
    pub action: Action,
    /// What the thing is, in a word or two.
    pub title: Option<String>,
    /// Why, when it is not plain from the fields.
    pub reason: Option<String>,
    /// What differs.
    pub fields: Vec<Field>,
    /// What the steps of this entry cause.
    pub effects: Effects,
    /// What it costs a month.
    pub cost: Option<Cost>,
    /// The addresses whose steps come before.
    pub after: Vec<Address>,
    /// Its steps, as indices into the plan's.
    pub steps: Vec<usize>,
    /// Where it comes from, when that was asked.
    pub origin: Option<Origin>,
}

/// How many addresses see which action.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
pub struct Summary {
    /// New things.
    pub create: usize,
    /// Changed things.
    pub update: usize,
    /// Things with a successor.
    pub replace: usize,
    /// Removed things.
    pub delete: usize,
    /// Things that are as they should be.
    pub unchanged: usize,
}

impl Summary {
    /// How many things that are there stay no more as they are.
    #[must_use]
    pub fn touched(self) -> usize {
        self.update + self.replace + self.delete
    }

    /// How many things are there.
    #[must_use]
    pub fn existing(self) -> usize {
        self.touched() + self.unchanged
    }

    /// Whether so much of what is there changes or goes that a mistake is likelier than a wish: the wrong
    /// file, the wrong branch, the wrong account.
    #[must_use]
    pub fn is_large_change(self) -> bool {
        const FEW: usize = 10;
        const PERCENT: usize = 30;
        self.existing() >= FEW && self.touched() * 100 > self.existing() * PERCENT
    }
}

/// Merges the rows of all steps by address, in the order in which addresses first appear.
pub(super) fn entries(steps: &[Step]) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        let effects = step.change.effects();
        for row in step.change.describe() {
            match entries.iter_mut().find(|entry| entry.address == row.address) {
                Some(entry) => {
                    entry.action = combine(entry.action, row.action);
                    entry.title = entry.title.take().or(row.title);
                    entry.reason = entry.reason.take().or(row.reason);
                    entry.fields.extend(row.fields);
                    entry.cost = entry.cost.or(row.cost);
                    add(&mut entry.effects, &effects);
                    entry.steps.push(index);
                }
                None => entries.push(Entry {
                    address: row.address,
                    action: row.action,
                    title: row.title,
                    reason: row.reason,
                    fields: row.fields,
                    effects: effects.clone(),
                    cost: row.cost,
                    after: Vec::new(),
                    steps: vec![index],
                    origin: None,
                }),
            }
        }
    }
    link(&mut entries, steps);
    entries
}

/// A thing that is made in several steps is created; one that is made and removed is replaced.
fn combine(one: Action, other: Action) -> Action {
    match (one, other) {
        (Action::Create, Action::Delete) | (Action::Delete, Action::Create) => Action::Replace,
        (Action::Update, other) => other,
        (one, _) => one,
    }
}

fn add(effects: &mut Effects, more: &Effects) {
    effects.releases += more.releases;
    effects.restarts.extend(
        more.restarts.iter().filter(|one| !effects.restarts.contains(one)).cloned().collect::<Vec<_>>(),
    );
    effects
        .notes
        .extend(more.notes.iter().filter(|one| !effects.notes.contains(one)).cloned().collect::<Vec<_>>());
}

fn link(entries: &mut [Entry], steps: &[Step]) {
    let addresses: Vec<Vec<Address>> = steps
        .iter()
        .map(|step| step.change.describe().into_iter().map(|row| row.address).collect())
        .collect();
    for entry in entries {
        let mut after: Vec<Address> = entry
            .steps
            .iter()
            .flat_map(|step| &steps[*step].after)
            .flat_map(|earlier| &addresses[*earlier])
            .filter(|address| **address != entry.address)
            .cloned()
            .collect();
        after.sort();
        after.dedup();
        entry.after = after;
    }
}

pub(super) fn summary(entries: &[Entry], unchanged: usize) -> Summary {
    let count = |action| entries.iter().filter(|entry| entry.action == action).count();
    Summary {
        create: count(Action::Create),
        update: count(Action::Update),
        replace: count(Action::Replace),
        delete: count(Action::Delete),
        unchanged,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_large_when_more_than_three_of_ten_existing_things_change_or_go() {
        for (create, update, delete, unchanged, expected) in [
            (0, 2, 1, 7, false),
            (0, 2, 2, 6, true),
            (0, 0, 4, 6, true),
            (0, 9, 0, 0, false),
            (0, 10, 0, 0, true),
            (50, 3, 0, 7, false),
            (50, 0, 0, 0, false),
            (0, 30, 0, 70, false),
            (0, 31, 0, 69, true),
        ] {
            let summary = Summary { create, update, replace: 0, delete, unchanged };
            assert_eq!(summary.is_large_change(), expected, "{summary:?}");
        }
    }
}
