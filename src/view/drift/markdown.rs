//! Findings as one comment or issue: what somebody has to look at first, everything else foldable.

use super::{action, comes_to, said};
use crate::drift::{Acknowledgement, Drift, Finding};
use crate::secret::FingerprintKey;
use crate::spec::EnvironmentName;
use crate::view::failure::Words;
use crate::view::markdown::escape::{code, sentence};
use crate::view::markdown::fit::{self, Piece, Worth};
use crate::view::text::count;
use crate::view::{Options, Theme};

/// What the words about shortening take at most.
const REMARK: usize = 200;
/// As wide as a comment is on most pages.
const WIDTH: usize = 100;

/// What there is to say of an environment.
#[derive(Debug)]
pub struct Item {
    /// Which.
    pub environment: EnvironmentName,
    /// What was found, or why nobody could look.
    pub found: Result<Drift, Words>,
}

/// The findings as one document of at most so many bytes. Its first line is a mark by which it is found again; it names
/// the environment when exactly one was plainly asked for.
#[must_use]
pub fn document(items: &[Item], is_list: bool, key: &FingerprintKey, limit: usize) -> String {
    let options =
        Options { theme: Theme::Plain, reveal: false, width: WIDTH, key: key.clone(), digest: false };
    let only = items.first().filter(|_| !is_list).map(|item| item.environment.as_str());
    let title = only.map_or_else(|| count(items.len(), "environment"), code);
    let mut pieces = vec![Piece::frame(format!(
        "<!-- trueup:drift:{} -->\n### trueup drift: {title}\n\n",
        only.unwrap_or("all")
    ))];
    for Item { environment, found } in items {
        match found {
            Ok(drift) => pieces.extend(of_drift(drift, &options)),
            Err(words) => pieces.push(failure(environment, words)),
        }
    }
    let end = end(items);
    let (text, shortened) = fit::fit(&pieces, limit.saturating_sub(end.len() + REMARK));
    let remark = match shortened {
        0 => String::new(),
        1 => "1 part is shortened to fit here: `trueup drift` shows all of it.\n\n".to_owned(),
        several => format!("{several} parts are shortened to fit here: `trueup drift` shows all of it.\n\n"),
    };
    format!("{text}{remark}{end}")
}

fn failure(environment: &EnvironmentName, words: &Words) -> Piece {
    let Words { message, hint } = words;
    let lines = message.lines().chain(hint.iter().flat_map(|hint| hint.lines()));
    let lines: Vec<String> = lines.map(sentence).collect();
    let name = code(environment.as_str());
    let whole = format!("**{name}** failed: {}\n\n", lines.join("<br>"));
    Piece::new(Worth::Blocked, [whole, format!("**{name}** failed\n\n")])
}

fn of_drift(drift: &Drift, options: &Options) -> Vec<Piece> {
    let Drift { environment, findings, acknowledged, expired, unused, unmanaged } = drift;
    let mut pieces =
        vec![Piece::frame(format!("**{}**: {}\n\n", code(environment.as_str()), sentence(&comes_to(drift))))];
    if !findings.is_empty() {
        pieces.push(Piece::frame("| address | | what differs |\n|---|---|---|\n"));
        pieces.extend(findings.iter().map(|finding| row(finding, options)));
        pieces.push(Piece::frame("\n"));
    }
    let answers = |kind: &str, list: Vec<&Acknowledgement>| {
        let lines: Vec<String> = list.into_iter().map(answer).collect();
        folded(kind, Worth::Warning, &lines)
    };
    pieces.extend(answers("Expired acknowledgements", expired.iter().collect()));
    pieces.extend(answers("Unused acknowledgements", unused.iter().collect()));
    pieces.extend(answers("Acknowledged", acknowledged.iter().map(|(_, one)| one).collect()));
    let lines: Vec<String> = unmanaged
        .iter()
        .map(|note| format!("- {}: {}\n", code(note.address.as_str()), sentence(&note.reason)))
        .collect();
    pieces.extend(folded("Unmanaged", Worth::Unmanaged, &lines));
    pieces
}

/// A row of a table, the last of whose forms leaves it out.
fn row(finding: &Finding, options: &Options) -> Piece {
    let (address, action) = (code(finding.address.as_str()), action(finding.then));
    let whole = format!("| {address} | {action} | {} |\n", sentence(&said(finding, options)));
    Piece::new(Worth::Update, [whole, format!("| {address} | {action} | |\n"), String::new()])
}

fn answer(one: &Acknowledgement) -> String {
    let Acknowledgement { environment: _, address, reason, until } = one;
    format!("- {} until {until}: {}\n", code(address), sentence(reason))
}

fn folded(title: &str, worth: Worth, lines: &[String]) -> Option<Piece> {
    let number = lines.len();
    let lines: String = lines.concat();
    (number > 0).then(|| {
        let whole = format!("<details><summary>{title} ({number})</summary>\n\n{lines}\n</details>\n\n");
        Piece::new(worth, [whole, format!("<p>{title} ({number})</p>\n\n"), String::new()])
    })
}

/// The last line: what all of it comes to.
fn end(items: &[Item]) -> String {
    let found = || items.iter().filter_map(|item| item.found.as_ref().ok());
    let failed = items.len() - found().count();
    let findings: usize = found().map(|drift| drift.findings.len()).sum();
    let drifted = found().filter(|drift| drift.is_some()).count();
    let failed = if failed > 0 { format!(" {failed} of {} failed.", items.len()) } else { String::new() };
    let environments = count(items.len(), "environment");
    format!("{environments}: {drifted} to look at, {}.{failed}\n", count(findings, "finding"))
}
