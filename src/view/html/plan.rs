//! Plans as a page: what goes and what is refused first, then every change, then the order as a picture.

use super::markup::{Markup, block, element, line};
use super::page::Head::{self, Number, Text};
use super::page::{Page, section, table, tiles, wide_table};
use super::svg;
use crate::plan::PlanDigest;
use crate::resource::{Action, Blocked, Note};
use crate::secret::FingerprintKey;
use crate::view::blocks::{self, Block};
use crate::view::failure::Words;
use crate::view::fields::{Line, Worded};
use crate::view::markdown::Item;
use crate::view::sheet::Sheet;
use crate::view::style::sign;
use crate::view::text::{count, money};
use crate::view::{Options, Theme, summary};

/// Above why a plan is refused.
const REFUSED: &str = "Refused, so nothing is applied";

/// The headings of a plan, and below them those of its changes.
type Levels = [&'static str; 2];

/// An environment, its plan as it is printed or why there is none, and why programs refused it, if they did.
pub(super) type Planned<'a> = (&'a str, Result<Sheet<'a>, &'a Words>, Option<&'a Words>);

/// The plans as one page, with the digest of them all when a list was asked for and each has a plan.
#[must_use]
pub fn plans(items: &[Item], is_list: bool, digest: Option<&PlanDigest>, key: &FingerprintKey) -> String {
    let planned: Vec<Planned<'_>> = items.iter().map(planned).collect();
    of_sheets(&planned, is_list, digest, key)
}

fn planned(Item { environment, plan, refused }: &Item) -> Planned<'_> {
    let sheet = plan.as_ref().map(Sheet::of);
    // What the plan itself is refused for is in it.
    let is_told = sheet.as_ref().is_ok_and(|sheet| !sheet.refused.is_empty());
    (environment.as_str(), sheet, refused.as_ref().filter(|_| !is_told))
}

pub(super) fn of_sheets(
    planned: &[Planned<'_>],
    is_list: bool,
    digest: Option<&PlanDigest>,
    key: &FingerprintKey,
) -> String {
    let options = Options { theme: Theme::Plain, reveal: false, width: 0, key: key.clone(), digest: false };
    let page = match planned {
        [one] if !is_list => single(one, &options),
        _ => several(planned, digest, &options),
    };
    page.into_string()
}

fn single((environment, planned, refused): &Planned<'_>, options: &Options) -> Page {
    let (lead, main, footer) = match planned {
        Ok(sheet) => (
            line("p", &[("class", "lead")], place(sheet)),
            [counts(sheet), by_checks(*refused), details(sheet, ["h2", "h3"], options)].into(),
            ending(sheet),
        ),
        Err(words) => (Markup::default(), failure(words), Markup::default()),
    };
    Page {
        title: format!("trueup plan: {environment}"),
        kind: "trueup plan",
        heading: (*environment).to_owned(),
        lead,
        main,
        footer,
    }
}

fn several(planned: &[Planned<'_>], digest: Option<&PlanDigest>, options: &Options) -> Page {
    let heading = count(planned.len(), "environment");
    let rows = planned.iter().map(overview);
    let numbers = ["create", "update", "replace", "delete", "unchanged", "blocked", "a month"].map(Number);
    let heads: Vec<Head> = [Text("environment"), Text("app")].into_iter().chain(numbers).collect();
    let parts =
        planned.iter().filter(|one| !has_nothing_to_show(one)).map(|(environment, planned, refused)| {
            let title = line("h2", &[], *environment);
            let inner: Markup = match planned {
                Ok(sheet) => [
                    line("p", &[("class", "lead")], place(sheet)),
                    by_checks(*refused),
                    details(sheet, ["h3", "h4"], options),
                    line("p", &[("class", "lead")], summary::sentences(sheet).join(" ")),
                ]
                .into(),
                Err(words) => failure(words),
            };
            block("section", &[("id", &anchor(environment))], [title, inner])
        });
    let overview = wide_table("Environments", &heads, rows);
    Page {
        title: format!("trueup plan: {heading}"),
        kind: "trueup plan",
        heading,
        lead: Markup::default(),
        main: std::iter::once(overview).chain(parts).collect(),
        footer: digest.map_or_else(Markup::default, marked),
    }
}

fn has_nothing_to_show((_, planned, refused): &Planned<'_>) -> bool {
    let is_quiet =
        |sheet: &Sheet<'_>| sheet.entries.is_empty() && sheet.blocked.is_empty() && sheet.refused.is_empty();
    refused.is_none() && planned.as_ref().is_ok_and(is_quiet)
}

fn anchor(environment: &str) -> String {
    format!("environment-{environment}")
}

/// A row of the overview. One with nothing to show has no part below to go to.
fn overview(one: &Planned<'_>) -> Markup {
    let (environment, planned, _) = one;
    let link = format!("#{}", anchor(environment));
    let linked = element("a", &[("href", &link)], *environment);
    let head = |inner: Markup| element("th", &[("scope", "row")], inner);
    let Ok(sheet) = planned else {
        let failed = element("td", &[("colspan", "8"), ("class", "bad word")], "failed");
        return line("tr", &[], [head(linked), failed]);
    };
    let counts = sheet.summary;
    let numbers =
        [counts.create, counts.update, counts.replace, counts.delete, counts.unchanged, sheet.blocked.len()];
    let number = |text: String| element("td", &[("class", "number")], text);
    let cells = [
        head(if has_nothing_to_show(one) { (*environment).into() } else { linked }),
        element("td", &[], sheet.place.app.as_str()),
    ];
    let numbers = numbers.into_iter().map(|one| number(one.to_string()));
    let cost = std::iter::once(number(month(sheet)));
    line("tr", &[], cells.into_iter().chain(numbers).chain(cost).collect::<Markup>())
}

fn month(sheet: &Sheet<'_>) -> String {
    match sheet.cost_delta() {
        0 => "±0".to_owned(),
        delta => money(delta),
    }
}

/// `ledger-production on Heroku us, AWS us-east-1 (111122223333)`
fn place(sheet: &Sheet<'_>) -> String {
    let place = sheet.place;
    let region = place.heroku_region.as_deref().map_or_else(String::new, |region| format!(" {region}"));
    let account = place.aws_account.as_deref().map_or_else(String::new, |account| format!(" ({account})"));
    let aws = if place.aws_regions.is_empty() && account.is_empty() {
        String::new()
    } else {
        format!(" · AWS {}{account}", place.aws_regions.join(", "))
    };
    format!("{} · Heroku{region}{aws}", place.app)
}

fn counts(sheet: &Sheet<'_>) -> Markup {
    let counts = sheet.summary;
    let tile =
        |number: usize, what, class| (number.to_string(), what, if number == 0 { "none" } else { class });
    tiles([
        tile(counts.create, "to create", "good"),
        tile(counts.update, "to update", "change"),
        tile(counts.replace, "to replace", "bad"),
        tile(counts.delete, "to delete", "bad"),
        tile(sheet.blocked.len(), "blocked", "bad"),
        tile(counts.unchanged, "unchanged", "none"),
        tile(sheet.releases as usize, "releases", "none"),
        tile(sheet.restarts, "restarts", "none"),
        (month(sheet), "a month", "none"),
    ])
}

fn failure(words: &Words) -> Markup {
    said("Failed", words)
}

/// Why programs refused the plan, and what they wrote.
fn by_checks(refused: Option<&Words>) -> Markup {
    refused.map_or_else(Markup::default, |words| said(REFUSED, words))
}

fn said(title: &str, Words { message, hint }: &Words) -> Markup {
    let lines = |text: &str| text.lines().map(|one| line("p", &[], one)).collect::<Markup>();
    let hint = hint.as_deref().map_or_else(Markup::default, lines);
    block("div", &[("class", "alert")], [line("h3", &[], title), lines(message), hint])
}

fn ending(sheet: &Sheet<'_>) -> Markup {
    [line("p", &[], summary::sentences(sheet).join(" ")), marked(&sheet.plan_digest)].into()
}

fn marked(digest: &PlanDigest) -> Markup {
    line("p", &[], ["Digest ".into(), element("code", &[], digest.to_string())])
}

fn details(sheet: &Sheet<'_>, levels: Levels, options: &Options) -> Markup {
    let title = |title: &str| line(levels[0], &[], title);
    let goes = sheet.entries.iter().filter(|entry| matches!(entry.action, Action::Delete | Action::Replace));
    let goes: Vec<Markup> = goes.map(|entry| item([code(entry.address.as_str())])).collect();
    let refusals = |all: &[Blocked]| -> Vec<Markup> {
        let one = |one: &Blocked| format!(" {}; {}", one.reason, one.advice).into();
        all.iter().map(|refused| item([code(refused.address.as_str()), one(refused)])).collect()
    };
    let blocks = blocks::grouped(&sheet.entries);
    let changes = blocks.iter().map(|block| change(block, levels[1], options)).collect();
    [
        alert(title("Deleted or replaced"), goes),
        alert(title("Blocked, so nothing is applied"), refusals(sheet.blocked)),
        alert(title(REFUSED), refusals(&sheet.refused)),
        section("changes", title("Changes"), changes),
        section("order", title("Order"), svg::order(&sheet.entries).into_iter().collect()),
        section("notes", title("Warnings"), notes(sheet.warnings)),
        section("notes", title("Deferred to a later apply"), notes(sheet.deferred)),
        section("notes", title("Unmanaged"), notes(sheet.unmanaged)),
    ]
    .into()
}

fn alert(title: Markup, items: Vec<Markup>) -> Markup {
    if items.is_empty() {
        return Markup::default();
    }
    let list = block("ul", &[], items.into_iter().collect::<Markup>());
    block("div", &[("class", "alert")], [title, list])
}

fn item<const N: usize>(parts: [Markup; N]) -> Markup {
    line("li", &[], parts)
}

fn code(text: &str) -> Markup {
    element("code", &[], text)
}

fn notes(notes: &[Note]) -> Vec<Markup> {
    let row = |note: &Note| {
        let address = element("th", &[("scope", "row")], code(note.address.as_str()));
        line("tr", &[], [address, element("td", &[], note.reason.as_str())])
    };
    if notes.is_empty() {
        Vec::new()
    } else {
        vec![table("Notes", &[Text("address"), Text("what there is to say")], notes.iter().map(row))]
    }
}

/// How an action looks.
pub(super) fn class(action: Action) -> &'static str {
    match action {
        Action::Create => "create",
        Action::Update => "update",
        Action::Replace => "replace",
        Action::Delete => "delete",
    }
}

fn signed(action: Action) -> Markup {
    element("span", &[("class", &format!("sign {}", class(action)))], format!("{} ", sign(action)))
}

/// A resource, or all of a section that shares one block.
fn change(one: &Block<'_>, level: &'static str, options: &Options) -> Markup {
    let title = one
        .title()
        .map_or_else(Markup::default, |title| element("span", &[("class", "title")], format!(" {title}")));
    let heading = line(level, &[], [signed(one.action()), code(one.name), title]);
    let effects = Some(one.effects()).filter(|effects| !effects.is_empty());
    let besides = [effects, one.reason().map(str::to_owned), one.origin()];
    let besides: Markup =
        besides.into_iter().flatten().map(|words| line("p", &[("class", "effects")], words)).collect();
    let rows: Vec<Markup> = one.rows(options).into_iter().map(row).collect();
    let rows = if rows.is_empty() {
        Markup::default()
    } else {
        table(one.name, &[Text("name"), Text("value")], rows)
    };
    block("article", &[("class", class(one.action()))], [heading, besides, rows])
}

/// A field or a member of a block.
fn row(blocks::Row { action, name, said, origin }: blocks::Row<'_>) -> Markup {
    let sign = action.map(signed).unwrap_or_default();
    let name = element("th", &[("scope", "row")], [sign, code(name)]);
    let said = match (said.is_empty(), action) {
        (true, Some(Action::Delete)) => "removed".into(),
        _ => said.into_iter().map(value).collect(),
    };
    let origin = origin.map(|words| line("div", &[("class", "note")], words)).unwrap_or_default();
    line("tr", &[], [name, element("td", &[], [said, origin])])
}

fn value((path, worded): (Option<&str>, Worded)) -> Markup {
    let path = path.map_or_else(Markup::default, |path| format!("{path} ").into());
    let note = |note: String| element("span", &[("class", "note")], note);
    let said: Markup = match worded {
        Worded::Inline(text) => code(&text),
        Worded::Move { before, after, note: about } => {
            [element("del", &[], code(&before)), " → ".into(), element("ins", &[], code(&after)), note(about)]
                .into()
        }
        Worded::Lines { note: about, diff } => [
            note(about.trim_start().to_owned()),
            block("pre", &[], diff.iter().map(diff_line).collect::<Markup>()),
        ]
        .into(),
    };
    line("div", &[], [path, said])
}

fn diff_line(one: &Line) -> Markup {
    let text = one.text();
    match one {
        Line::Added(_) => element("ins", &[], text),
        Line::Removed(_) => element("del", &[], text),
        Line::Same(_) | Line::Skipped(_) => line("span", &[], text),
    }
}
