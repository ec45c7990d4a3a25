//! How environments are: a row each, in every format. The words are here, the formats beside.

mod json;
mod text;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::failure::{Words, words};
use super::text::count;
use crate::message::Failure;
use crate::spec::{AppName, EnvironmentName};
use crate::status::{Release, State, Status};
pub(super) use json::Document;
pub use json::json;
pub use text::text;

/// An environment and what is known of it.
#[derive(Clone, Debug)]
pub struct Row {
    pub(super) environment: EnvironmentName,
    pub(super) found: Found,
}

/// What is known of an environment.
#[derive(Clone, Debug)]
pub(super) enum Found {
    /// How it is.
    Seen(Status),
    /// A service could not be asked, and why.
    Unreachable(AppName, Words),
    /// Why nobody was asked, such as a mistake in its file.
    Failed(Words),
}

impl Row {
    /// Of an environment, with the app that its file names.
    #[must_use]
    pub fn of(environment: &EnvironmentName, app: Option<AppName>, seen: Result<&Status, &Failure>) -> Self {
        let found = match (seen, app) {
            (Ok(status), _) => Found::Seen(status.clone()),
            (Err(failure @ Failure::Clouds(_)), Some(app)) => Found::Unreachable(app, words(failure)),
            (Err(failure), _) => Found::Failed(words(failure)),
        };
        Self { environment: environment.clone(), found }
    }

    pub(super) fn seen(&self) -> Option<&Status> {
        match &self.found {
            Found::Seen(status) => Some(status),
            Found::Unreachable(..) | Found::Failed(_) => None,
        }
    }

    pub(super) fn app(&self) -> Option<&AppName> {
        match &self.found {
            Found::Seen(status) => Some(&status.app),
            Found::Unreachable(app, _) => Some(app),
            Found::Failed(_) => None,
        }
    }

    pub(super) fn release(&self) -> Option<&Release> {
        self.seen()?.release.as_ref()
    }

    /// `in sync`, `3 changes`.
    pub(super) fn state(&self) -> String {
        match &self.found {
            Found::Seen(Status { state, changes, .. }) => match state {
                State::InSync => "in sync".to_owned(),
                State::Changed => count(changes.len(), "change"),
                State::Absent => "not created".to_owned(),
                State::Blocked => "blocked".to_owned(),
            },
            Found::Unreachable(..) => "unreachable".to_owned(),
            Found::Failed(_) => "failed".to_owned(),
        }
    }

    /// The plan of the database without its service, which all have.
    pub(super) fn database(&self) -> Option<&str> {
        let plan = self.seen()?.database_plan.as_deref()?;
        Some(plan.strip_prefix("heroku-postgresql:").unwrap_or(plan))
    }

    /// `$75.00`.
    pub(super) fn month(&self) -> Option<String> {
        self.seen()?.monthly_cents.map(dollars)
    }

    /// `12 d`.
    pub(super) fn key(&self) -> Option<String> {
        self.seen()?.oldest_key_days.map(|days| format!("{days} d"))
    }
}

/// How many there are of each kind, the best first.
pub(super) fn tally(rows: &[Row]) -> [(usize, &'static str); 6] {
    let of = |state| rows.iter().filter(|row| row.seen().is_some_and(|seen| seen.state == state)).count();
    let unreachable = rows.iter().filter(|row| matches!(row.found, Found::Unreachable(..))).count();
    let failed = rows.iter().filter(|row| matches!(row.found, Found::Failed(_))).count();
    [
        (of(State::InSync), "in sync"),
        (of(State::Changed), "changed"),
        (of(State::Absent), "not created"),
        (of(State::Blocked), "blocked"),
        (unreachable, "unreachable"),
        (failed, "failed"),
    ]
}

/// What they cost together, when that is known of all.
pub(super) fn months(rows: &[Row]) -> Option<String> {
    let known: Option<i64> = rows.iter().map(|row| row.seen()?.monthly_cents).sum();
    known.filter(|cents| *cents > 0).map(dollars)
}

/// The last line: `12 environments: 9 in sync, 2 changed, 1 unreachable. $1,250.00/month.`
pub(super) fn summary(rows: &[Row]) -> String {
    let counts: Vec<String> = tally(rows)
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, state)| format!("{number} {state}"))
        .collect();
    let month = months(rows).map_or_else(String::new, |month| format!(" {month}/month."));
    format!("{}: {}.{month}", count(rows.len(), "environment"), counts.join(", "))
}

/// `$1250.00`, from US cents.
fn dollars(cents: i64) -> String {
    format!("${}.{:02}", cents / 100, cents.abs() % 100)
}

/// How long ago it was: `3 d`, `5 h`, `12 min`.
pub(super) fn ago(at: &str, now: OffsetDateTime) -> Option<String> {
    let since = now - OffsetDateTime::parse(at, &Rfc3339).ok()?;
    Some(match (since.whole_days(), since.whole_hours()) {
        (1.., _) => format!("{} d", since.whole_days()),
        (_, 1..) => format!("{} h", since.whole_hours()),
        _ => format!("{} min", since.whole_minutes().max(0)),
    })
}

#[cfg(test)]
pub(super) mod tests;
