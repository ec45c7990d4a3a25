//! What the rendered Procfile starts, beside the formation of the same spec: a process that no line starts would be
//! deferred by every plan.

use std::collections::BTreeSet;

use super::Rendered;
use crate::spec::{Environment, Finding, ProcessType, Severity, Spec};

/// Warnings of processes that the tree's Procfile does not start, at their places in the spec; none when the tree has
/// no Procfile.
#[must_use]
pub fn not_started(rendered: &Rendered, environment: &Environment) -> Vec<Finding> {
    let warning = |process: &ProcessType| {
        let message = format!("the Procfile does not start `{process}`");
        let help = format!(
            "add it to the template's Procfile; `rails` takes `processes: [\"{process}: COMMAND\"]` in `template.vars`"
        );
        let finding = environment.finding(&format!("formation.{process}"), message, Some(&help));
        Finding { severity: Severity::Warning, ..finding }
    };
    missing(rendered, &environment.spec).into_iter().map(warning).collect()
}

fn missing<'a>(rendered: &Rendered, spec: &'a Spec) -> Vec<&'a ProcessType> {
    let Some(file) = rendered.tree.files().get("Procfile") else { return Vec::new() };
    let text = String::from_utf8_lossy(&file.bytes);
    let started: BTreeSet<&str> =
        text.lines().filter_map(|line| Some(line.split_once(':')?.0.trim())).collect();
    spec.formation.keys().filter(|process| !started.contains(process.as_str())).collect()
}
