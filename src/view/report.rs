//! The end of an apply: what was done, and when something was not, every step as *done*, *not done* or
//! *unknown*.

use std::time::Duration;

use super::style::{Label, Theme};
use super::{count, seconds};
use crate::apply::{Outcome, Report};
use crate::plan::Plan;
use crate::resource::{Action, Operation, Row};

/// One line when everything is done.
#[must_use]
pub fn complete(plan: &Plan, elapsed: Duration, calls: u64, theme: Theme) -> String {
    let summary = plan.summary();
    let replaced =
        if summary.replace > 0 { format!(", {} replaced", summary.replace) } else { String::new() };
    format!(
        "{} {} created, {} updated{replaced}, {} deleted in {}, {}.\n",
        theme.paint(Label::Heading, "Applied:"),
        summary.create,
        summary.update,
        summary.delete,
        seconds(elapsed),
        count(calls, "call")
    )
}

/// Every step with its outcome, and the way on.
#[must_use]
pub fn incomplete(plan: &Plan, report: &Report, theme: Theme) -> String {
    let labels = labels(plan);
    let mut text = String::new();
    for (heading, paint, wanted) in [
        ("done", Label::Added, 0),
        ("not done", Label::Warning, 1),
        ("unknown (sent, and no answer seen)", Label::Error, 2),
    ] {
        let lines: Vec<String> = report
            .outcomes
            .iter()
            .zip(&labels)
            .filter(|(outcome, _)| group(outcome) == wanted)
            .map(|(outcome, label)| line(outcome, label))
            .collect();
        if !lines.is_empty() {
            text.push_str(&format!("{}\n{}", theme.paint(paint, heading), lines.concat()));
        }
    }
    text.push_str("\nRun the same command again to go on: it looks at what is there first.\n");
    text
}

fn group(outcome: &Outcome) -> u8 {
    match outcome {
        Outcome::Done => 0,
        Outcome::NotDone(_) => 1,
        Outcome::Unknown(_) => 2,
    }
}

fn line(outcome: &Outcome, label: &str) -> String {
    match outcome {
        Outcome::Done | Outcome::NotDone(None) => format!("  {label}\n"),
        Outcome::NotDone(Some(error)) | Outcome::Unknown(error) => {
            let hint = error.hint().map(|hint| format!("      hint: {hint}\n")).unwrap_or_default();
            format!("  {label}\n      {error}\n{hint}")
        }
    }
}

/// Each step in a few words, from its rows: `addons.DATABASE: create`, `config: set 12, remove 1`.
#[must_use]
pub fn labels(plan: &Plan) -> Vec<String> {
    plan.steps.iter().map(|step| label(&step.change.describe(), step.change.verb())).collect()
}

fn label(rows: &[Row], verb: Option<&str>) -> String {
    match rows {
        [] => String::new(),
        [row] => format!("{}: {}", row.address, verb.map_or_else(|| done_to(row), str::to_owned)),
        [first, ..] => {
            let removed = rows.iter().filter(|row| row.action == Action::Delete).count();
            let parts = [(rows.len() - removed, "set"), (removed, "remove")];
            let parts = parts.iter().filter(|(number, _)| *number > 0);
            let parts: Vec<String> = parts.map(|(number, verb)| format!("{verb} {number}")).collect();
            format!("{}: {}", first.address.block(), parts.join(", "))
        }
    }
}

/// What a single row does: `create`, or `update cors.origins and 3 more`.
fn done_to(row: &Row) -> String {
    let fields: Vec<&str> =
        row.fields.iter().map(|field| field.path.as_str()).filter(|path| !path.is_empty()).collect();
    match (row.action, fields.as_slice()) {
        (Action::Create, _) => "create".to_owned(),
        (Action::Replace, _) => "replace".to_owned(),
        (Action::Delete, _) => "remove".to_owned(),
        (Action::Update, []) => "update".to_owned(),
        (Action::Update, [first]) => format!("update {first}"),
        (Action::Update, [first, rest @ ..]) => format!("update {first} and {} more", rest.len()),
    }
}
