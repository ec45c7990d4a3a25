//! What `doctor` found: a line each, with the command that mends it below.

use schemars::JsonSchema;
use serde::Serialize;

use super::json::pretty;
use super::style::{Label, Theme};
use super::text::{clean, columns, padded, wrap};
use crate::lifecycle::doctor::{Diagnosis, Health};

/// Where ids begin.
const ID: usize = 8;

/// For people.
#[must_use]
pub fn text(found: &[Diagnosis], theme: Theme, width: usize) -> String {
    let widest = found.iter().map(|one| columns(&clean(&one.id))).max().unwrap_or_default();
    let column = ID + widest + 2;
    let lines: String = found.iter().map(|one| line(one, column, theme, width)).collect();
    let number = |health| found.iter().filter(|one| one.health == health).count();
    let end = match (number(Health::Fail), number(Health::Warn)) {
        (0, 0) => "No problems found: a plan can run.".to_owned(),
        (0, 1) => "A plan can run; 1 thing is worth a look.".to_owned(),
        (0, several) => format!("A plan can run; {several} things are worth a look."),
        (1, _) => "No plan can run: 1 thing has to be fixed.".to_owned(),
        (several, _) => format!("No plan can run: {several} things have to be fixed."),
    };
    format!("{lines}\n{end}\n")
}

fn line(one: &Diagnosis, column: usize, theme: Theme, width: usize) -> String {
    let word = word(one.health);
    let head = format!("  {}{}", theme.paint(label(one.health), word), " ".repeat(ID - 2 - word.len()));
    let room = width.saturating_sub(column).max(24);
    let told = wrap(&clean(&one.detail), room);
    let remedy = one.remedy.as_ref().map(|remedy| wrap(&format!("→ {}", clean(remedy)), room));
    let remedy = remedy.into_iter().flatten().map(|line| theme.paint(Label::Hint, &line));
    let mut lines = told.into_iter().chain(remedy);
    let first = lines.next().unwrap_or_default();
    let mut text = format!("{head}{}{first}\n", padded(&clean(&one.id), column - ID));
    text.extend(lines.map(|line| format!("{:column$}{line}\n", "")));
    text
}

fn word(health: Health) -> &'static str {
    match health {
        Health::Ok => "ok",
        Health::Warn => "warn",
        Health::Fail => "fail",
    }
}

fn label(health: Health) -> Label {
    match health {
        Health::Ok => Label::Added,
        Health::Warn => Label::Warning,
        Health::Fail => Label::Error,
    }
}

/// Whether a plan could run here.
#[derive(Serialize, JsonSchema)]
pub(super) struct Document<'a> {
    findings: Vec<Item<'a>>,
}

#[derive(Serialize, JsonSchema)]
struct Item<'a> {
    /// What was looked at: `heroku.token`.
    id: &'a str,
    status: Status,
    /// What was seen.
    detail: &'a str,
    /// What mends it; null where nothing has to be fixed.
    remedy: Option<&'a str>,
}

/// With `warn` a plan can run all the same, with `fail` none can.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Status {
    Ok,
    Warn,
    Fail,
}

/// For programs.
#[must_use]
pub fn json(found: &[Diagnosis]) -> String {
    let findings = found
        .iter()
        .map(|one| Item {
            id: &one.id,
            status: match one.health {
                Health::Ok => Status::Ok,
                Health::Warn => Status::Warn,
                Health::Fail => Status::Fail,
            },
            detail: &one.detail,
            remedy: one.remedy.as_deref(),
        })
        .collect();
    pretty(&Document { findings })
}
