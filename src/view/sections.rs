//! Below the blocks: what waits, what is refused, what is worth knowing and what is not ours.

use std::collections::BTreeMap;

use super::Options;
use super::sheet::Sheet;
use super::style::{Label, Theme};
use super::text::{clean, columns, in_columns, wrap};
use crate::resource::{Blocked, Note};

/// Where addresses begin: behind the longest kind of line, `unmanaged`.
const ADDRESS: usize = 13;
/// An address longer than this does not move the texts of all other lines.
const LONGEST: usize = 28;
/// With less room than this, texts stand below their addresses.
const ROOM: usize = 24;
/// More unmanaged things than this, with the same to say about them, are listed together.
const MANY: usize = 8;

struct Line<'a> {
    kind: &'static str,
    label: Label,
    address: String,
    reason: &'a str,
    advice: Option<&'a str>,
}

/// All of them, each with its reason.
pub(super) fn sections(sheet: &Sheet<'_>, options: &Options) -> String {
    let (alike, others) = alike(sheet.unmanaged);
    let mut lines: Vec<Line<'_>> = noted("deferred", Label::Quiet, sheet.deferred).collect();
    lines.extend(sheet.blocked.iter().map(|one| refused("blocked", one)));
    lines.extend(sheet.refused.iter().map(|one| refused("refused", one)));
    lines.extend(noted("warning", Label::Warning, sheet.warnings));
    lines.extend(noted("unmanaged", Label::Quiet, others));
    let groups = alike.iter().map(|(reason, addresses)| group(reason, addresses, options));
    table(&lines, options) + &groups.collect::<String>()
}

/// The reasons that many things share, with their addresses, and all other things.
fn alike(notes: &[Note]) -> (BTreeMap<&str, Vec<String>>, Vec<&Note>) {
    let mut groups: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for Note { address, reason, cause: _ } in notes {
        groups.entry(reason).or_default().push(clean(address.as_str()));
    }
    groups.retain(|_, addresses| addresses.len() > MANY);
    for addresses in groups.values_mut() {
        addresses.sort_unstable();
    }
    let others = notes.iter().filter(|note| !groups.contains_key(note.reason.as_str())).collect();
    (groups, others)
}

fn noted<'a>(
    kind: &'static str,
    label: Label,
    notes: impl IntoIterator<Item = &'a Note>,
) -> impl Iterator<Item = Line<'a>> {
    notes.into_iter().map(move |Note { address, reason, cause: _ }| Line {
        kind,
        label,
        address: clean(address.as_str()),
        reason,
        advice: None,
    })
}

fn refused<'a>(kind: &'static str, refused: &'a Blocked) -> Line<'a> {
    let Blocked { address, reason, advice } = refused;
    Line {
        kind,
        label: Label::Error,
        address: clean(address.as_str()),
        reason,
        advice: Some(advice).filter(|advice| !advice.is_empty()).map(String::as_str),
    }
}

fn table(lines: &[Line<'_>], options: &Options) -> String {
    let widest = lines.iter().map(|line| columns(&line.address)).filter(|width| *width <= LONGEST).max();
    let column = ADDRESS + widest.unwrap_or_default() + 2;
    lines.iter().map(|line| row(line, column, options)).collect()
}

/// A kind, an address and what there is to say, in columns where there is room.
fn row(line: &Line<'_>, column: usize, options: &Options) -> String {
    let Line { kind, label, address, reason, advice } = line;
    let head = format!("{}{address}", kind_of(kind, *label, options.theme));
    let is_beside = ADDRESS + columns(address) + 2 <= column && column + ROOM <= options.width;
    let indent = if is_beside { column } else { ADDRESS + 2 };
    let room = options.width.saturating_sub(indent).max(1);
    let mut texts = said(reason, *advice, room).into_iter();
    let mut text = if is_beside {
        let gap = column - ADDRESS - columns(address);
        format!("{head}{:gap$}{}\n", "", texts.next().unwrap_or_default())
    } else {
        format!("{head}\n")
    };
    text.extend(texts.map(|line| format!("{:indent$}{line}\n", "")));
    text
}

/// The reason and the advice, on one line when both fit.
fn said(reason: &str, advice: Option<&str>, room: usize) -> Vec<String> {
    let reason = clean(reason);
    let Some(advice) = advice.map(clean) else { return wrap(&reason, room) };
    let both = format!("{reason}; {advice}");
    if columns(&both) <= room {
        return vec![both];
    }
    wrap(&reason, room).into_iter().chain(wrap(&advice, room)).collect()
}

/// `  deferred   `
fn kind_of(kind: &str, label: Label, theme: Theme) -> String {
    let gap = ADDRESS - 2 - kind.len();
    format!("  {}{:gap$}", theme.paint(label, kind), "")
}

/// Many things of which there is one thing to say: it is said once, with all their addresses below.
fn group(reason: &str, addresses: &[String], options: &Options) -> String {
    let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
    let said = format!("{} ({} of them)", clean(reason), addresses.len());
    let said = wrap(&said, options.width.saturating_sub(ADDRESS).max(1)).join(&format!("\n{:ADDRESS$}", ""));
    let mut lines = vec![format!("{}{said}", kind_of("unmanaged", Label::Quiet, options.theme))];
    lines.extend(in_columns(&addresses, ADDRESS + 2, options.width));
    lines.join("\n") + "\n"
}
