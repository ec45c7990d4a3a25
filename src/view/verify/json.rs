//! The checks for programs.

use schemars::JsonSchema;
use serde::Serialize;

use super::Report;
use crate::lifecycle::verify::{Checked, count};
use crate::resource::proof::Outcome;
use crate::view::json::{FORMAT_VERSION, pretty};

/// What was checked of an environment.
#[derive(Serialize, JsonSchema)]
pub struct Document<'a> {
    format_version: &'static str,
    environment: &'a str,
    checks: Vec<Item<'a>>,
    summary: Summary,
}

#[derive(Serialize, JsonSchema)]
struct Item<'a> {
    /// An address, and what of it: `iam_users.app.uploads.put`.
    id: &'a str,
    status: Status,
    /// What was seen, or why nothing was.
    detail: &'a str,
    /// What to do; null where there is nothing to do.
    remedy: Option<&'a str>,
    seconds: f64,
}

/// `skipped` is neither well nor not: the check could not be made.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Status {
    Pass,
    Warn,
    Fail,
    Skipped,
}

/// How many came out so.
#[derive(Serialize, JsonSchema)]
struct Summary {
    pass: usize,
    warn: usize,
    fail: usize,
    skipped: usize,
}

/// All of it as one object.
#[must_use]
pub fn json(report: &Report) -> String {
    let number = |outcome| count(&report.checks, outcome);
    pretty(&Document {
        format_version: FORMAT_VERSION,
        environment: report.environment.as_str(),
        checks: report.checks.iter().map(item).collect(),
        summary: Summary {
            pass: number(Outcome::Pass),
            warn: number(Outcome::Warn),
            fail: number(Outcome::Fail),
            skipped: number(Outcome::Skipped),
        },
    })
}

fn item(check: &Checked) -> Item<'_> {
    Item {
        id: &check.id,
        status: match check.finding.outcome {
            Outcome::Pass => Status::Pass,
            Outcome::Warn => Status::Warn,
            Outcome::Fail => Status::Fail,
            Outcome::Skipped => Status::Skipped,
        },
        detail: &check.finding.detail,
        remedy: check.finding.remedy.as_deref(),
        seconds: (check.took.as_secs_f64() * 1000.0).round() / 1000.0,
    }
}
