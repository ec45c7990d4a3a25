//! The fleet as a page to hang on a wall: the worst first, and one kind at a time for who wants that, without a script.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

use super::markup::{Markup, block, element, empty, line};
use super::page::Head::{self, Number, Text};
use super::page::{Page, tiles, wide_table};
use crate::status::Release;
use crate::view::status::{Kind, Row, ago, months, summary, tally, worst_first};
use crate::view::text::count;

/// What is told of each environment.
const HEADS: [Head; 7] = [
    Text("environment"),
    Text("state"),
    Text("app"),
    Text("database"),
    Number("a month"),
    Number("key age"),
    Text("release"),
];

/// All environments as they are now.
#[must_use]
pub fn fleet(rows: &[Row], now: OffsetDateTime) -> String {
    let heading = count(rows.len(), "environment");
    let numbers = tally(rows).into_iter().map(|(kind, number)| (number.to_string(), kind.word(), look(kind)));
    let month = months(rows).map(|month| (month, "a month", "none"));
    let lines = worst_first(rows).into_iter().map(|row| environment(row, now));
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

/// Its name within the page.
fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::InSync => "in-sync",
        Kind::Changed => "changed",
        Kind::Absent => "absent",
        Kind::Blocked => "blocked",
        Kind::Unreachable => "unreachable",
        Kind::Failed => "failed",
    }
}

fn look(kind: Kind) -> &'static str {
    match kind {
        Kind::InSync => "good",
        Kind::Changed => "change",
        Kind::Absent => "none",
        Kind::Blocked | Kind::Unreachable | Kind::Failed => "bad",
    }
}

/// A choice of one kind, when there are several. The style sheet hides the others.
fn filter(rows: &[Row]) -> Markup {
    let found = tally(rows);
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
        found.iter().map(|(kind, number)| radio(name(*kind), format!("{} ({number})", kind.word()), false));
    let choices: Markup = [line("legend", &[], "Show"), all].into_iter().chain(kinds).collect();
    block("fieldset", &[], choices)
}

fn environment(row: &Row, now: OffsetDateTime) -> Markup {
    let kind = row.kind();
    let state = element("span", &[("class", &format!("state word {}", look(kind)))], row.state());
    let why = row.why().into_iter().map(|why| line("p", &[("class", "why")], why));
    let cells = [
        element("th", &[("scope", "row")], row.environment.as_str()),
        element("td", &[], std::iter::once(state).chain(why).collect::<Markup>()),
        cell("text", row.app().map(ToString::to_string)),
        cell("text", row.database().map(str::to_owned)),
        cell("number", row.month()),
        cell("number", row.key()),
        element("td", &[], row.release().map_or_else(|| "–".into(), |one| release(one, now))),
    ];
    line("tr", &[("class", name(kind))], cells)
}

fn cell(class: &'static str, text: Option<String>) -> Markup {
    element("td", &[("class", class)], text.unwrap_or_else(|| "–".to_owned()))
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
