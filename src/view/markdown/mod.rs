//! Plans as one comment of a pull request: what goes and what is refused first, then everything that changes, foldable.
//!
//! The words are those of the text. What must not live here: posting it, and any text of others that was not through
//! `escape`.

pub(super) mod escape;
pub(super) mod fit;
mod graph;
#[cfg(test)]
mod tests;
mod validated;

use super::blocks::{self, Block};
use super::failure::Words;
use super::layout::Layout;
use super::notice::large_change;
use super::sheet::Sheet;
use super::style::sign;
use super::text::{clean, count, listed, money};
use super::{Options, Theme, Total, summary};
use crate::plan::{Plan, PlanDigest};
use crate::resource::{Action, Blocked, Note};
use crate::secret::FingerprintKey;
use crate::spec::EnvironmentName;
use escape::{aside, code, fence, fenced, html, sentence};
use fit::{Held, Inside, Piece, Worth};
pub use validated::validated;

/// The most bytes of a comment. GitHub refuses more than 65,536 characters, and how it counts them is not settled
/// (life-and-ci.md section 14).
pub const COMMENT: usize = 64_000;
/// The most bytes of what a step adds to the summary of its job, of which GitHub takes 1 MiB.
pub const STEP_SUMMARY: usize = 1_000_000;
/// What the words about shortening take at most.
const REMARK: usize = 200;
/// Above why a plan is refused.
const REFUSED: &str = "**Refused**, so nothing is applied\n\n";
/// As wide as a comment is on most pages.
const WIDTH: usize = 100;

/// What there is to say of an environment.
#[derive(Debug)]
pub struct Item {
    /// Which.
    pub environment: EnvironmentName,
    /// Its plan, or why there is none.
    pub plan: Result<Plan, Words>,
    /// Why its plan is refused, when it is.
    pub refused: Option<Words>,
}

/// What was asked for, which decides how the document is marked.
#[derive(Clone, Copy, Debug)]
pub enum Asked<'a> {
    /// One environment, by its name.
    One,
    /// A list, of however many, with the digest of them all when each has a plan.
    List(Option<&'a PlanDigest>),
}

/// The plans as one document of at most so many bytes. Its first line is a mark by which it is found again, and says
/// what would be done: the digest of the one plan, or of all when a list was asked for.
#[must_use]
pub fn plans(items: &[Item], asked: Asked<'_>, key: &FingerprintKey, limit: usize) -> String {
    let options =
        Options { theme: Theme::Plain, reveal: false, width: WIDTH, key: key.clone(), digest: false };
    let sheets: Vec<(&Item, Option<Sheet<'_>>)> =
        items.iter().map(|item| (item, item.plan.as_ref().ok().map(Sheet::of))).collect();
    let mut pieces = vec![Piece::frame(head(&sheets, asked))];
    pieces.extend(overview(&sheets));
    pieces.extend(failures(items));
    for (item, sheet) in &sheets {
        let Some(sheet) = sheet else { continue };
        let mut details = details(sheet, &options);
        // What the plan itself is refused for is in it.
        let refused = item.refused.as_ref().filter(|_| sheet.refused.is_empty());
        details.splice(0..0, refused.into_iter().flat_map(by_checks));
        if items.len() == 1 {
            pieces.extend(details);
        } else if !is_quiet(sheet) || refused.is_some() {
            pieces.push(environment(sheet, &details));
        }
    }
    let end = end(&sheets);
    let (text, shortened) = fit::fit(&pieces, limit.saturating_sub(end.len() + REMARK));
    if shortened == 0 {
        return text + &end;
    }
    let parts = count(shortened, "part");
    let verb = if shortened == 1 { "is" } else { "are" };
    format!(
        "{text}{parts} of this plan {verb} shortened to fit here: `trueup plan` shows all of it.\n\n{end}"
    )
}

/// Whether there is nothing to do and nothing refused.
fn is_quiet(sheet: &Sheet<'_>) -> bool {
    sheet.entries.is_empty() && sheet.blocked.is_empty() && sheet.refused.is_empty()
}

/// One of several environments, foldable as a whole.
fn environment(sheet: &Sheet<'_>, details: &[Piece]) -> Piece {
    let name = html(sheet.environment);
    let comes_to = html(&summary::sentences(sheet).join(" "));
    let frame =
        [format!("<details><summary><b>{name}</b> {comes_to}</summary>\n\n"), "</details>\n\n".to_owned()];
    let folded = |times| fit::shortened(details, times);
    let folded = |times| format!("{}{}{}", frame[0], folded(times), frame[1]);
    // The words that hold it together are worth nothing by themselves.
    let worth = details.iter().map(Piece::worth).filter(|worth| *worth < Worth::Frame).max();
    Piece::new(worth.unwrap_or(Worth::Create), [folded(0), folded(1), String::new()])
        .holding(Inside { frame, held: Held::Pieces(details.to_vec()) })
}

/// The mark, the heading, and what goes.
fn head(sheets: &[(&Item, Option<Sheet<'_>>)], asked: Asked<'_>) -> String {
    let only = match (asked, sheets) {
        (Asked::One, [(item, sheet)]) => Some((item.environment.as_str(), sheet)),
        _ => None,
    };
    let (name, title, digest) = match (only, asked) {
        (Some((environment, sheet)), _) => {
            (environment, code(environment), sheet.as_ref().map(|sheet| &sheet.plan_digest))
        }
        (None, Asked::List(digest)) => ("all", count(sheets.len(), "environment"), digest),
        (None, Asked::One) => ("all", count(sheets.len(), "environment"), None),
    };
    let digest = digest.map_or_else(|| "incomplete".to_owned(), ToString::to_string);
    let account = only.and_then(|(_, sheet)| account(sheet.as_ref()?)).unwrap_or_default();
    let mut text = format!("<!-- trueup:plan:{name} {digest} -->\n### trueup plan: {title}{account}\n\n");
    let goes: Vec<String> = sheets
        .iter()
        .filter_map(|(_, sheet)| sheet.as_ref())
        .flat_map(|sheet| {
            let goes = sheet.entries.iter().filter(|entry| is_destructive(entry.action));
            goes.map(|entry| match only {
                Some(_) => code(entry.address.as_str()),
                None => code(&format!("{} {}", sheet.environment, entry.address)),
            })
        })
        .collect();
    if !goes.is_empty() {
        text += &format!("> [!CAUTION]\n> Deleted or replaced: {}.\n\n", first(&goes));
    }
    let sheets = sheets.iter().filter_map(|(_, sheet)| sheet.as_ref());
    let large = sheets.filter(|sheet| sheet.summary.is_large_change());
    let large: Vec<String> =
        large.map(|sheet| sentence(&large_change(sheet.environment, sheet.summary))).collect();
    if !large.is_empty() {
        text += &format!("> [!WARNING]\n> A large change: {}.\n\n", first(&large));
    }
    text
}

/// ` (aws 111122223333)`, when it is about anything there.
fn account(sheet: &Sheet<'_>) -> Option<String> {
    sheet.place.aws_account.as_ref().map(|account| format!(" (aws {})", sentence(account)))
}

fn is_destructive(action: Action) -> bool {
    matches!(action, Action::Delete | Action::Replace)
}

/// More than this are counted.
const FIRST: usize = 20;

fn first(texts: &[String]) -> String {
    match texts.len().saturating_sub(FIRST) {
        0 => listed(texts),
        more => format!("{} and {more} more", texts[..FIRST].join(", ")),
    }
}

/// A table with a row for each environment that has a plan.
fn overview(sheets: &[(&Item, Option<Sheet<'_>>)]) -> Vec<Piece> {
    let planned: Vec<&Sheet<'_>> = sheets.iter().filter_map(|(_, sheet)| sheet.as_ref()).collect();
    if planned.is_empty() {
        return Vec::new();
    }
    let head = "| environment | app | create | update | replace | delete | unchanged | blocked | releases | restarts | a month |\n\
                |---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n";
    let mut pieces = vec![Piece::frame(head)];
    pieces.extend(planned.iter().map(|sheet| {
        let counts = sheet.summary;
        let cost = sheet.cost_delta();
        let row = format!(
            "| {} | {}{} | {} | {} | {} | {} | {} | {} | {} | {} | {} |\n",
            code(sheet.environment),
            code(sheet.place.app.as_str()),
            account(sheet).filter(|_| planned.len() > 1).unwrap_or_default(),
            counts.create,
            counts.update,
            counts.replace,
            counts.delete,
            counts.unchanged,
            sheet.blocked.len(),
            sheet.releases,
            sheet.restarts,
            if cost == 0 { "±0".to_owned() } else { money(cost) }
        );
        // An environment without changes says least, and the others have nothing shorter than their row.
        match (planned.len(), is_quiet(sheet)) {
            (1, _) => Piece::frame(row),
            (_, true) => Piece::new(Worth::Unmanaged, [row, String::new()]),
            (_, false) => Piece::new(Worth::Row, [row.clone(), row, String::new()]),
        }
    }));
    pieces.push(Piece::frame("\n"));
    pieces
}

fn failures(items: &[Item]) -> Vec<Piece> {
    let failed = items.iter().filter_map(|item| Some((&item.environment, item.plan.as_ref().err()?)));
    let mut pieces: Vec<Piece> = failed
        .map(|(environment, Words { message, hint })| {
            let lines: Vec<String> =
                message.lines().chain(hint.iter().flat_map(|hint| hint.lines())).map(sentence).collect();
            let whole = format!("- {}: {}\n", code(environment.as_str()), lines.join("<br>"));
            Piece::new(Worth::Blocked, [whole, format!("- {}\n", code(environment.as_str())), String::new()])
        })
        .collect();
    if !pieces.is_empty() {
        pieces.insert(0, Piece::frame("**Failed**\n\n"));
        pieces.push(Piece::frame("\n"));
    }
    pieces
}

/// Everything of one plan between the overview and the last line.
fn details(sheet: &Sheet<'_>, options: &Options) -> Vec<Piece> {
    let refused = |refused: &[Blocked]| {
        let piece = |one: &Blocked| {
            let address = code(one.address.as_str());
            let whole = format!("- {address}: {}; {}\n", sentence(&one.reason), sentence(&one.advice));
            Piece::new(Worth::Blocked, [whole, format!("- {address}\n"), String::new()])
        };
        refused.iter().map(piece).collect()
    };
    let mut pieces = titled("**Blocked**, so nothing is applied\n\n", refused(sheet.blocked));
    pieces.extend(titled(REFUSED, refused(&sheet.refused)));
    pieces.extend(changes(sheet, options));
    if let Some(graph) = graph::mermaid(&sheet.entries) {
        let graph =
            format!("<details><summary>Order</summary>\n\n{}\n</details>\n\n", fenced("mermaid", &graph));
        pieces.push(Piece::new(Worth::Graph, [graph, String::new()]));
    }
    pieces.extend(notes("Warnings", Worth::Warning, sheet.warnings));
    pieces.extend(notes("Deferred", Worth::Deferred, sheet.deferred));
    pieces.extend(notes("Unmanaged", Worth::Unmanaged, sheet.unmanaged));
    pieces
}

/// Why programs refused the plan, and what they wrote.
fn by_checks(refused: &Words) -> Vec<Piece> {
    let (head, said) = refused.message.split_once('\n').unwrap_or((&refused.message, ""));
    let said: Vec<String> = said.lines().map(clean).collect();
    let said = if said.is_empty() { String::new() } else { fenced("text", &said.join("\n")) };
    let head = sentence(head);
    let whole = format!("- {head}\n\n{said}");
    titled(REFUSED, vec![Piece::new(Worth::Blocked, [whole, format!("- {head}\n"), String::new()])])
}

/// What stands below a title, if there is anything.
fn titled(title: &str, mut pieces: Vec<Piece>) -> Vec<Piece> {
    if !pieces.is_empty() {
        pieces.insert(0, Piece::frame(title));
        pieces.push(Piece::frame("\n"));
    }
    pieces
}

/// A foldable part for each resource, what goes first.
fn changes(sheet: &Sheet<'_>, options: &Options) -> Vec<Piece> {
    let layout = Layout::new(options.theme, options.width, blocks::name_ends(&sheet.entries));
    let mut changes: Vec<(Worth, Block<'_>)> =
        blocks::grouped(&sheet.entries).into_iter().map(|block| (worth(&block), block)).collect();
    changes.sort_by_key(|(worth, _)| std::cmp::Reverse(*worth));
    changes
        .iter()
        .map(|(worth, block)| {
            let heading = heading(block);
            let lines = diff(&block.text(&layout, options));
            let [open, close] = fence("diff", &lines);
            let frame = [
                format!("<details><summary>{heading}</summary>\n\n{open}"),
                format!("{close}\n</details>\n\n"),
            ];
            let whole = format!("{}{lines}{}", frame[0], frame[1]);
            let held = Held::Lines(lines.split_inclusive('\n').map(str::to_owned).collect());
            Piece::new(*worth, [whole, format!("<p>{heading}</p>\n\n"), String::new()])
                .holding(Inside { frame, held })
        })
        .collect()
}

fn worth(block: &Block<'_>) -> Worth {
    let has = |wanted: fn(Action) -> bool| block.entries.iter().any(|entry| wanted(entry.action));
    if has(is_destructive) {
        Worth::Destructive
    } else if has(|action| action == Action::Update) {
        Worth::Update
    } else {
        Worth::Create
    }
}

/// `+ addons.DATABASE heroku-postgresql:standard-0 · +$50.00/month, takes minutes`
fn heading(block: &Block<'_>) -> String {
    let mut heading = format!("<code>{} {}</code>", html(sign(block.action())), html(block.name));
    if let Some(title) = block.title() {
        heading += &format!(" {}", aside(title));
    }
    let effects = block.effects();
    if !effects.is_empty() {
        heading += &format!(" · {}", aside(&effects));
    }
    heading
}

/// The lines of a block with their signs in the first column, where a `diff` is coloured by them.
fn diff(block: &str) -> String {
    let line = |line: &str| {
        let text = line.trim_start();
        let gap = &line[..line.len() - text.len()];
        match ["-/+ ", "+ ", "- ", "~ "].into_iter().find(|sign| text.starts_with(sign)) {
            Some("~ ") => format!("!{gap}{}\n", &text[2..]),
            Some("-/+ ") => format!("!{gap}{text}\n"),
            Some(sign) => format!("{}{gap}{}\n", &sign[..1], &text[2..]),
            None => format!(" {line}\n"),
        }
    };
    block.lines().map(line).collect()
}

fn notes(title: &str, worth: Worth, notes: &[Note]) -> Option<Piece> {
    if notes.is_empty() {
        return None;
    }
    let line = |note: &Note| format!("- {}: {}\n", code(note.address.as_str()), sentence(&note.reason));
    let lines: String = notes.iter().map(line).collect();
    let whole = format!("<details><summary>{title} ({})</summary>\n\n{lines}\n</details>\n\n", notes.len());
    Some(Piece::new(worth, [whole, format!("<p>{title} ({})</p>\n\n", notes.len()), String::new()]))
}

/// The last line: what the plan comes to, or all of them together.
fn end(sheets: &[(&Item, Option<Sheet<'_>>)]) -> String {
    if let [(_, Some(sheet))] = sheets {
        return format!("{}\n", summary::sentences(sheet).join(" "));
    }
    let mut total = Total::default();
    for (item, _) in sheets {
        total.add(item.plan.as_ref().ok());
    }
    total.line()
}
