//! What the rendered Procfile starts, beside the formation of the same spec: a process that no line starts would be
//! deferred by every plan.

use std::collections::BTreeSet;

use super::Rendered;
use crate::spec::{ProcessType, Spec};

/// The processes of a formation that the tree's Procfile does not start; none when the tree has no Procfile.
#[must_use]
pub fn not_started<'a>(rendered: &Rendered, spec: &'a Spec) -> Vec<&'a ProcessType> {
    let Some(file) = rendered.tree.files().get("Procfile") else { return Vec::new() };
    let text = String::from_utf8_lossy(&file.bytes);
    let started: BTreeSet<&str> =
        text.lines().filter_map(|line| Some(line.split_once(':')?.0.trim())).collect();
    spec.formation.keys().filter(|process| !started.contains(process.as_str())).collect()
}
