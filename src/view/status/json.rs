//! The status of environments for programs: always a list.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Found, Row};
use crate::status::{Release, State, Status};
use crate::view::json::{FORMAT_VERSION, Failed, Problem, pretty};

/// How environments are.
#[derive(Serialize, JsonSchema)]
pub struct Document<'a> {
    format_version: &'static str,
    environments: Vec<Item<'a>>,
}

#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
enum Item<'a> {
    Line(Line<'a>),
    Failed(Failed<'a>),
}

#[derive(Serialize, JsonSchema)]
struct Line<'a> {
    environment: &'a str,
    app: &'a str,
    state: StateName,
    /// How many addresses a plan would change; null when that is not known.
    changes: Option<usize>,
    release: Option<Running<'a>>,
    database_plan: Option<&'a str>,
    /// What Heroku asks a month in US cents; null when the price of a part is not known.
    monthly_cents: Option<i64>,
    oldest_key_days: Option<i64>,
    /// When the environment may be destroyed; null for one that stays.
    expires: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Problem>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum StateName {
    InSync,
    Changed,
    Blocked,
    Absent,
    Unreachable,
}

#[derive(Serialize, JsonSchema)]
struct Running<'a> {
    version: u64,
    at: Option<&'a str>,
    by: Option<&'a str>,
}

/// All of them as one object.
#[must_use]
pub fn json(rows: &[Row]) -> String {
    let environments = rows.iter().map(item).collect();
    pretty(&Document { format_version: FORMAT_VERSION, environments })
}

fn item(row: &Row) -> Item<'_> {
    let environment = row.environment.as_str();
    match &row.found {
        Found::Seen(status) => Item::Line(line(environment, status)),
        Found::Unreachable(app, why) => Item::Line(Line {
            environment,
            app: app.as_str(),
            state: StateName::Unreachable,
            changes: None,
            release: None,
            database_plan: None,
            monthly_cents: None,
            oldest_key_days: None,
            expires: None,
            error: Some(Problem::from(why)),
        }),
        Found::Failed(why) => Item::Failed(Failed::new(&row.environment, why)),
    }
}

fn line<'a>(environment: &'a str, status: &'a Status) -> Line<'a> {
    Line {
        environment,
        app: status.app.as_str(),
        state: match status.state {
            State::InSync => StateName::InSync,
            State::Changed => StateName::Changed,
            State::Blocked => StateName::Blocked,
            State::Absent => StateName::Absent,
        },
        changes: Some(status.changes.len()),
        release: status.release.as_ref().map(running),
        database_plan: status.database_plan.as_deref(),
        monthly_cents: status.monthly_cents,
        oldest_key_days: status.oldest_key_days,
        expires: status.expires.as_deref(),
        error: None,
    }
}

fn running(release: &Release) -> Running<'_> {
    Running { version: release.version, at: release.at.as_deref(), by: release.by.as_deref() }
}
