//! Puts changes in order: from what each needs and gives to steps with their prerequisites.

use crate::plan::Step;
use crate::resource::{Change, Operation};

/// Orders changes such that each comes after everything that it needs, and otherwise as they came.
///
/// # Panics
/// When the kinds need each other in a circle, which is a defect of the kinds and not of a spec.
pub(super) fn order(changes: &[Change]) -> Vec<Step> {
    let needs = givers(changes, Operation::needs);
    let follows = givers(changes, Operation::follows);
    let mut place: Vec<Option<usize>> = vec![None; changes.len()];
    let mut steps = Vec::with_capacity(changes.len());
    while steps.len() < changes.len() {
        let is_placed = |index: &usize| place[*index].is_some();
        let is_free =
            |&index: &usize| !is_placed(&index) && needs[index].iter().chain(&follows[index]).all(is_placed);
        let next = (0..changes.len()).find(is_free).expect("changes never need each other in a circle");
        let places = |earlier: &[usize]| {
            let mut places: Vec<usize> = earlier.iter().filter_map(|&index| place[index]).collect();
            places.sort_unstable();
            places
        };
        let (after, behind) = (places(&needs[next]), places(&follows[next]));
        place[next] = Some(steps.len());
        steps.push(Step { change: changes[next].clone(), after, behind });
    }
    steps
}

/// For each change, the indices of all that give something of what it asks for.
fn givers(changes: &[Change], asks: fn(&Change) -> Vec<crate::resource::Output>) -> Vec<Vec<usize>> {
    let gives: Vec<_> = changes.iter().map(Operation::gives).collect();
    changes
        .iter()
        .enumerate()
        .map(|(index, change)| {
            let asked = asks(change);
            (0..changes.len())
                .filter(|&other| other != index && gives[other].iter().any(|given| asked.contains(given)))
                .collect()
        })
        .collect()
}
