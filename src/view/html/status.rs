//! The fleet as a page to hang on a wall: the worst first, and one kind at a time for who wants that, without a script.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

use super::markup::{Markup, block, element, empty, line};
use super::page::{Page, tiles, wide_table};
use crate::resource::{Address, Blocked};
use crate::status::{Release, State, Status};
use crate::view::failure::Words;
use crate::view::status::{Found, Row, ago, months, summary, tally};
use crate::view::text::count;

/// What is told of each environment.
const HEADS: [&str; 7] = ["environment", "state", "app", "database", "a month", "key age", "release"];

/// All environments as they are now.
#[must_use]
pub fn fleet(rows: &[Row], now: OffsetDateTime) -> String {
    let mut sorted: Vec<&Row> = rows.iter().collect();
    sorted.sort_by_key(|row| (std::cmp::Reverse(kind(row)), row.environment.to_string()));
    let heading = count(rows.len(), "environment");
    let numbers = tally(rows).into_iter().zip(KINDS).filter(|((number, _), _)| *number > 0);
    let numbers = numbers.map(|((number, what), kind)| (number.to_string(), what, kind.look()));
    let month = months(rows).map(|month| (month, "a month", "none"));
    let lines = sorted.into_iter().map(|row| environment(row, now));
    Page {
        title: format!("trueup status: {heading}"),
        kind: "trueup status",
        heading,
        lead: line("p", &[("class", "lead")], ["As of ".into(), instant(now)]),
        main: [tiles(numbers.chain(month)), filter(rows), wide_table("Environments", &HEADS, lines)].into(),
        footer: line("p", &[], summary(rows)),
    }
    .into_string()
}

/// What an environment is, in the order of the tally; the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
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
    /// Its name within the page.
    fn name(self) -> &'static str {
        match self {
            Self::InSync => "in-sync",
            Self::Changed => "changed",
            Self::Absent => "absent",
            Self::Blocked => "blocked",
            Self::Unreachable => "unreachable",
            Self::Failed => "failed",
        }
    }

    fn look(self) -> &'static str {
        match self {
            Self::InSync => "good",
            Self::Changed => "change",
            Self::Absent => "none",
            Self::Blocked | Self::Unreachable | Self::Failed => "bad",
        }
    }
}

fn kind(row: &Row) -> Kind {
    match &row.found {
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

/// A choice of one kind, when there are several. The style sheet hides the others.
fn filter(rows: &[Row]) -> Markup {
    let found: Vec<(Kind, usize, &str)> = tally(rows)
        .into_iter()
        .zip(KINDS)
        .filter(|((number, _), _)| *number > 0)
        .map(|((number, what), kind)| (kind, number, what))
        .collect();
    if found.len() < 2 {
        return Markup::default();
    }
    let radio = |id: &str, words: String, is_first: bool| {
        let id = format!("show-{id}");
        let mut attributes = vec![("type", "radio"), ("name", "show"), ("id", id.as_str())];
        attributes.extend(is_first.then_some(("checked", "checked")));
        line("span", &[], [empty("input", &attributes), element("label", &[("for", &id)], words)])
    };
    let all = radio("all", format!("all ({})", rows.len()), true);
    let kinds =
        found.iter().map(|(kind, number, what)| radio(kind.name(), format!("{what} ({number})"), false));
    let choices: Markup = [line("legend", &[], "Show"), all].into_iter().chain(kinds).collect();
    block("fieldset", &[], choices)
}

fn environment(row: &Row, now: OffsetDateTime) -> Markup {
    let kind = kind(row);
    let state =
        [element("span", &[("class", &format!("state word {}", kind.look()))], row.state()), why(row)];
    let cells = [
        element("th", &[("scope", "row")], row.environment.as_str()),
        element("td", &[], state),
        cell("text", row.app().map(ToString::to_string)),
        cell("text", row.database().map(str::to_owned)),
        cell("number", row.month()),
        cell("number", row.key()),
        element("td", &[], row.release().map_or_else(|| "–".into(), |one| release(one, now))),
    ];
    line("tr", &[("class", kind.name())], cells)
}

fn cell(class: &'static str, text: Option<String>) -> Markup {
    element("td", &[("class", class)], text.unwrap_or_else(|| "–".to_owned()))
}

/// More than so many things are counted.
const FIRST: usize = 6;

/// What differs, what is refused, or what went wrong.
fn why(row: &Row) -> Markup {
    let said = |text: String| line("p", &[("class", "why")], text);
    match &row.found {
        Found::Seen(Status { state: State::InSync | State::Absent, .. }) => Markup::default(),
        Found::Seen(Status { state: State::Changed, changes, .. }) => said(first(changes)),
        Found::Seen(Status { state: State::Blocked, blocked, .. }) => blocked
            .iter()
            .map(|Blocked { address, reason, .. }| said(format!("{address}: {reason}")))
            .collect(),
        Found::Unreachable(_, Words { message, .. }) | Found::Failed(Words { message, .. }) => {
            message.lines().map(|line| said(line.to_owned())).collect()
        }
    }
}

fn first(changes: &[Address]) -> String {
    let names: Vec<&str> = changes.iter().take(FIRST).map(Address::as_str).collect();
    match changes.len().saturating_sub(FIRST) {
        0 => names.join(", "),
        more => format!("{} and {more} more", names.join(", ")),
    }
}

/// `v42 by jane@example.com, 3 d ago`
fn release(Release { version, at, by }: &Release, now: OffsetDateTime) -> Markup {
    let by = by.as_deref().map_or_else(String::new, |by| format!(" by {by}"));
    let at = at.as_deref().and_then(|at| {
        let when = element(
            "time",
            &[("class", "text"), ("datetime", at), ("title", at)],
            format!("{} ago", ago(at, now)?),
        );
        Some([", ".into(), when].into())
    });
    [format!("v{version}{by}").into(), at.unwrap_or_default()].into()
}

/// `2026-11-26 12:00 UTC`
fn instant(now: OffsetDateTime) -> Markup {
    let now = now.to_offset(time::UtcOffset::UTC);
    let now = now.replace_nanosecond(0).unwrap_or(now);
    let shown = now.format(format_description!("[year]-[month]-[day] [hour]:[minute] UTC"));
    let exact = now.format(&Rfc3339);
    let known = "the years of this program have four digits";
    element("time", &[("datetime", &exact.expect(known))], shown.expect(known))
}
