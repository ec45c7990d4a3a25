//! Puts changes in order: from what each needs and gives to steps with their prerequisites.

use crate::plan::Step;
use crate::resource::{Change, Operation};

/// Orders changes such that each comes after everything that it needs, and otherwise as they came.
///
/// # Panics
/// When the kinds need each other in a circle, which is a defect of the kinds and not of a spec.
pub(super) fn order(changes: &[Change]) -> Vec<Step> {
    let needs: Vec<Vec<usize>> = prerequisites(changes);
    let mut place: Vec<Option<usize>> = vec![None; changes.len()];
    let mut steps = Vec::with_capacity(changes.len());
    while steps.len() < changes.len() {
        let next = (0..changes.len())
            .find(|&index| place[index].is_none() && needs[index].iter().all(|&need| place[need].is_some()))
            .expect("changes never need each other in a circle");
        let mut after: Vec<usize> = needs[next].iter().filter_map(|&need| place[need]).collect();
        after.sort_unstable();
        place[next] = Some(steps.len());
        steps.push(Step { change: changes[next].clone(), after });
    }
    steps
}

/// For each change, the indices of all that give something it needs.
fn prerequisites(changes: &[Change]) -> Vec<Vec<usize>> {
    let gives: Vec<_> = changes.iter().map(Operation::gives).collect();
    changes
        .iter()
        .enumerate()
        .map(|(index, change)| {
            let needs = change.needs();
            (0..changes.len())
                .filter(|&other| other != index && gives[other].iter().any(|given| needs.contains(given)))
                .collect()
        })
        .collect()
}
