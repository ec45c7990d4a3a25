//! How environments are: a row each, in every format. The words are here, the formats beside.

mod json;
mod markdown;
mod text;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::failure::{Words, words};
use super::origin::by_words;
use super::text::count;
use crate::message::Failure;
use crate::resource::Address;
use crate::spec::{AppName, EnvironmentName};
use crate::status::{Release, State, Status};
pub(super) use json::Document;
pub use json::json;
pub use markdown::markdown;
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

/// What an environment is, the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    InSync,
    Changed,
    Absent,
    Blocked,
    Unreachable,
    Failed,
}

const KINDS: [Kind; 6] =
    [Kind::InSync, Kind::Changed, Kind::Absent, Kind::Blocked, Kind::Unreachable, Kind::Failed];

impl Kind {
    /// As it is counted: `3 in sync`.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::InSync => "in sync",
            Self::Changed => "changed",
            Self::Absent => "not created",
            Self::Blocked => "blocked",
            Self::Unreachable => "unreachable",
            Self::Failed => "failed",
        }
    }
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

    pub(super) fn kind(&self) -> Kind {
        match &self.found {
            Found::Seen(seen) => match seen.state {
                State::InSync => Kind::InSync,
                State::Changed => Kind::Changed,
                State::Absent => Kind::Absent,
                State::Blocked => Kind::Blocked,
            },
            Found::Unreachable(..) => Kind::Unreachable,
            Found::Failed(_) => Kind::Failed,
        }
    }

    /// `in sync`, `3 changes`.
    pub(super) fn state(&self) -> String {
        match &self.found {
            Found::Seen(Status { state: State::Changed, changes, .. }) => count(changes.len(), "change"),
            _ => self.kind().word().to_owned(),
        }
    }

    /// What differs, what is refused, or what went wrong; nothing where the state says it all.
    pub(super) fn why(&self) -> Vec<String> {
        match &self.found {
            Found::Seen(Status { state: State::InSync | State::Absent, .. }) => Vec::new(),
            Found::Seen(Status { state: State::Changed, changes, moved, .. }) => {
                let since = moved.as_ref().map(|by| format!("live changed first {}", by_words(by)));
                std::iter::once(first(changes)).chain(since).collect()
            }
            Found::Seen(Status { state: State::Blocked, blocked, .. }) => {
                blocked.iter().map(|one| format!("{}: {}", one.address, one.reason)).collect()
            }
            Found::Unreachable(_, Words { message, .. }) | Found::Failed(Words { message, .. }) => {
                message.lines().map(str::to_owned).collect()
            }
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

/// How many there are of each kind that there is one of, the best first.
pub(super) fn tally(rows: &[Row]) -> Vec<(Kind, usize)> {
    let of = |kind| (kind, rows.iter().filter(|row| row.kind() == kind).count());
    KINDS.map(of).into_iter().filter(|(_, number)| *number > 0).collect()
}

/// The worst first, those of a kind by name.
pub(super) fn worst_first(rows: &[Row]) -> Vec<&Row> {
    let mut sorted: Vec<&Row> = rows.iter().collect();
    sorted.sort_by_key(|row| (std::cmp::Reverse(row.kind()), row.environment.to_string()));
    sorted
}

/// What they cost together, when that is known of all.
pub(super) fn months(rows: &[Row]) -> Option<String> {
    let known: Option<i64> = rows.iter().map(|row| row.seen()?.monthly_cents).sum();
    known.filter(|cents| *cents > 0).map(dollars)
}

/// The last line: `12 environments: 9 in sync, 2 changed, 1 unreachable. $1,250.00/month.`
pub(super) fn summary(rows: &[Row]) -> String {
    let counts: Vec<String> =
        tally(rows).into_iter().map(|(kind, number)| format!("{number} {}", kind.word())).collect();
    let month = months(rows).map_or_else(String::new, |month| format!(" {month}/month."));
    let counts = if counts.is_empty() { String::new() } else { format!(": {}", counts.join(", ")) };
    format!("{}{counts}.{month}", count(rows.len(), "environment"))
}

/// More than so many things are counted.
const FIRST: usize = 6;

fn first(changes: &[Address]) -> String {
    let names: Vec<&str> = changes.iter().take(FIRST).map(Address::as_str).collect();
    match changes.len().saturating_sub(FIRST) {
        0 => names.join(", "),
        more => format!("{} and {more} more", names.join(", ")),
    }
}

/// `v42 3 d ago by jane@example.com`
fn running(release: &Release, now: OffsetDateTime) -> String {
    let Release { version, at, by } = release;
    let at = at.as_deref().and_then(|at| ago(at, now));
    let at = at.map_or_else(String::new, |ago| format!(" {ago} ago"));
    let by = by.as_deref().map_or_else(String::new, |by| format!(" by {by}"));
    format!("v{version}{at}{by}")
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
