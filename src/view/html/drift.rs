//! Findings as a page: of each environment what somebody has to look at, and below it what somebody answers for.

use super::markup::{Markup, block, element, line};
use super::page::Head::{Number, Text};
use super::page::{Page, section, table, tiles, wide_table};
use crate::drift::{Acknowledgement, Drift, Finding};
use crate::resource::Note;
use crate::secret::FingerprintKey;
use crate::view::drift::{Item, action, comes_to, said};
use crate::view::failure::Words;
use crate::view::text::count;
use crate::view::{Options, Theme};

/// The findings as one page, whose heading is the environment when exactly one was plainly asked for.
#[must_use]
pub fn findings(items: &[Item], is_list: bool, key: &FingerprintKey) -> String {
    let options = Options { theme: Theme::Plain, reveal: false, width: 0, key: key.clone(), digest: false };
    let only = items.first().filter(|_| !is_list);
    let heading = only.map_or_else(|| count(items.len(), "environment"), |item| item.environment.to_string());
    let parts = items.iter().map(|item| environment(item, &options));
    let overview = if only.is_some() { Markup::default() } else { overview(items) };
    Page {
        title: format!("trueup drift: {heading}"),
        kind: "trueup drift",
        heading,
        lead: Markup::default(),
        main: [counts(items), overview].into_iter().chain(parts).collect(),
        footer: Markup::default(),
    }
    .into_string()
}

/// What all of it comes to.
fn counts(items: &[Item]) -> Markup {
    let found: Vec<&Drift> = items.iter().filter_map(|item| item.found.as_ref().ok()).collect();
    let sum = |number: fn(&Drift) -> usize| found.iter().map(|drift| number(drift)).sum::<usize>();
    let tile =
        |number: usize, what, class| (number.to_string(), what, if number == 0 { "none" } else { class });
    tiles([
        tile(sum(|drift| drift.findings.len()), "findings", "change"),
        tile(sum(|drift| drift.expired.len() + drift.unused.len()), "to clear up", "change"),
        tile(sum(|drift| drift.acknowledged.len()), "acknowledged", "none"),
        tile(sum(|drift| drift.unmanaged.len()), "unmanaged", "none"),
        tile(items.len() - found.len(), "failed", "bad"),
    ])
}

fn overview(items: &[Item]) -> Markup {
    let row = |item: &Item| {
        let name = item.environment.as_str();
        let link = element("a", &[("href", &format!("#{}", anchor(name)))], name);
        let (words, class, number) = match &item.found {
            Ok(drift) if drift.is_some() => (comes_to(drift), "change word", drift.findings.len()),
            Ok(drift) => (comes_to(drift), "good word", 0),
            Err(_) => ("failed".to_owned(), "bad word", 0),
        };
        line(
            "tr",
            &[],
            [
                element("th", &[("scope", "row")], link),
                element("td", &[("class", class)], words),
                element("td", &[("class", "number")], number.to_string()),
            ],
        )
    };
    wide_table(
        "Environments",
        &[Text("environment"), Text("drift"), Number("findings")],
        items.iter().map(row),
    )
}

fn anchor(environment: &str) -> String {
    format!("environment-{environment}")
}

fn environment(Item { environment, found }: &Item, options: &Options) -> Markup {
    let title = line("h2", &[], environment.as_str());
    let parts: Markup = match found {
        Ok(drift) => details(drift, options),
        Err(words) => failure(words),
    };
    block("section", &[("id", &anchor(environment.as_str()))], [title, parts])
}

fn failure(Words { message, hint }: &Words) -> Markup {
    let lines = message.lines().chain(hint.iter().flat_map(|hint| hint.lines()));
    let lines: Markup = lines.map(|one| line("p", &[], one)).collect();
    block("div", &[("class", "alert")], [line("h3", &[], "Failed"), lines])
}

fn details(drift: &Drift, options: &Options) -> Markup {
    let Drift { findings, acknowledged, expired, unused, unmanaged, .. } = drift;
    let title = |title: &str| line("h3", &[], title);
    let differs = rows("Findings", &["address", "what an apply does", "what differs"], findings, |finding| {
        let Finding { address, then, .. } = finding;
        [code(address.as_str()), action(*then).into(), said(finding, options).into()]
    });
    let answers = |label: &'static str, list: &[&Acknowledgement]| {
        rows(label, &["address", "until", "reason"], list, |one| {
            [code(&one.address), one.until.to_string().into(), one.reason.as_str().into()]
        })
    };
    let answered: Vec<&Acknowledgement> = acknowledged.iter().map(|(_, one)| one).collect();
    let besides = rows("Unmanaged", &["address", "what there is to say"], unmanaged, |note: &Note| {
        [code(note.address.as_str()), note.reason.as_str().into()]
    });
    [
        line("p", &[("class", "lead")], comes_to(drift)),
        section("changes", title("Findings"), differs),
        section("notes", title("Acknowledgements whose day is over"), answers("Expired", &all(expired))),
        section("notes", title("Acknowledgements of nothing"), answers("Unused", &all(unused))),
        section("notes", title("Acknowledged"), answers("Acknowledged", &answered)),
        section("notes", title("Unmanaged"), besides),
    ]
    .into()
}

fn all(list: &[Acknowledgement]) -> Vec<&Acknowledgement> {
    list.iter().collect()
}

fn code(text: &str) -> Markup {
    element("code", &[], text)
}

/// A table, when it has rows. The first cell of a row is what it is about.
fn rows<T, const N: usize>(
    label: &str,
    heads: &[&'static str; N],
    list: &[T],
    cells: impl Fn(&T) -> [Markup; N],
) -> Vec<Markup> {
    let row = |one: &T| {
        let cell = |(number, inner): (usize, Markup)| match number {
            0 => element("th", &[("scope", "row")], inner),
            _ => element("td", &[], inner),
        };
        line("tr", &[], cells(one).into_iter().enumerate().map(cell).collect::<Markup>())
    };
    let heads: Vec<_> = heads.iter().map(|head| Text(head)).collect();
    if list.is_empty() { Vec::new() } else { vec![table(label, &heads, list.iter().map(row))] }
}
