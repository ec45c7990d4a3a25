//! The checks for people: a line each, and below it what to do.

use super::{Report, counts, word};
use crate::lifecycle::verify::Checked;
use crate::resource::proof::Outcome;
use crate::view::style::{Label, Theme};
use crate::view::text::{clean, columns, padded, seconds, wrap};

/// Where ids begin: behind the longest outcome, `skipped`.
const ID: usize = 11;
/// An id longer than this does not move the texts of all other lines.
const LONGEST: usize = 34;
/// With less room than this, texts stand below their ids.
const ROOM: usize = 24;

/// All checks, then what it comes to.
#[must_use]
pub fn text(report: &Report, theme: Theme, width: usize) -> String {
    let ids = report.checks.iter().map(|check| columns(&clean(&check.id)));
    let column = ID + ids.filter(|width| *width <= LONGEST).max().unwrap_or_default() + 2;
    let lines: String = report.checks.iter().map(|check| line(check, column, theme, width)).collect();
    let name = theme.paint(Label::Heading, report.environment.as_str());
    let took = seconds(report.took);
    format!("{name} · {}\n\n{lines}\n{}, {took}.\n", report.app, counts(report))
}

fn line(check: &Checked, column: usize, theme: Theme, width: usize) -> String {
    let word = word(check.finding.outcome);
    let outcome =
        format!("  {}{}", theme.paint(label(check.finding.outcome), word), " ".repeat(ID - 2 - word.len()));
    let id = clean(&check.id);
    let is_beside = ID + columns(&id) + 2 <= column && column + ROOM <= width;
    let indent = if is_beside { column } else { ID + 2 };
    let told = wrap(&clean(&check.finding.detail), width.saturating_sub(indent).max(1));
    let remedy = check.finding.remedy.as_ref().map(|remedy| {
        let lines = wrap(&format!("→ {}", clean(remedy)), width.saturating_sub(indent).max(1));
        lines.into_iter().map(|line| theme.paint(Label::Hint, &line)).collect::<Vec<_>>()
    });
    let mut told = told.into_iter().chain(remedy.into_iter().flatten()).filter(|line| !line.is_empty());
    let mut text = match told.next() {
        Some(first) if is_beside => format!("{outcome}{}{first}\n", padded(&id, column - ID)),
        first => {
            let below = first.map(|first| format!("{:indent$}{first}\n", "")).unwrap_or_default();
            format!("{outcome}{id}\n{below}")
        }
    };
    text.extend(told.map(|line| format!("{:indent$}{line}\n", "")));
    text
}

fn label(outcome: Outcome) -> Label {
    match outcome {
        Outcome::Pass => Label::Added,
        Outcome::Warn => Label::Warning,
        Outcome::Fail => Label::Error,
        Outcome::Skipped => Label::Quiet,
    }
}
