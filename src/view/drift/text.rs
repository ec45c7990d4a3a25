//! A line a finding, and a heading that counts them.

use super::{comes_to, said};
use crate::drift::{Acknowledgement, Drift, Finding, Then};
use crate::view::Options;
use crate::view::style::{Label, label, sign};
use crate::view::text::{clean, columns, padded, wrap};

/// Where addresses begin: behind the longest kind of line, `acknowledged`.
const ADDRESS: usize = 16;
/// An address longer than this does not move the texts of all other lines.
const LONGEST: usize = 34;
/// With less room than this, texts stand below their addresses.
const ROOM: usize = 24;

/// A line: its kind or sign, an address, and what there is to say.
struct Line {
    kind: &'static str,
    label: Label,
    address: String,
    said: String,
}

/// The findings of one environment.
#[must_use]
pub fn lines(drift: &Drift, options: &Options) -> String {
    let Drift { environment, findings, acknowledged, expired, unused, unmanaged } = drift;
    let mut lines: Vec<Line> = findings.iter().map(|finding| of_finding(finding, options)).collect();
    lines.extend(acknowledged.iter().map(|(_, one)| answer("acknowledged", Label::Quiet, one)));
    lines.extend(expired.iter().map(|one| answer("expired", Label::Warning, one)));
    lines.extend(unused.iter().map(|one| answer("unused", Label::Warning, one)));
    lines.extend(unmanaged.iter().map(|note| Line {
        kind: "unmanaged",
        label: Label::Quiet,
        address: clean(note.address.as_str()),
        said: clean(&note.reason),
    }));
    let widths = lines.iter().map(|line| columns(&line.address)).filter(|width| *width <= LONGEST);
    let column = ADDRESS + widths.max().unwrap_or_default() + 2;
    let lines: String = lines.iter().map(|line| laid_out(line, column, options)).collect();
    let name = options.theme.paint(Label::Heading, environment.as_str());
    format!("{name}: {}\n{lines}", comes_to(drift))
}

fn of_finding(finding: &Finding, options: &Options) -> Line {
    let (kind, label) = match finding.then {
        Then::Apply(action) => (sign(action), label(action)),
        Then::Blocked => ("blocked", Label::Error),
        Then::Leave => ("unmanaged", Label::Quiet),
    };
    Line { kind, label, address: clean(finding.address.as_str()), said: said(finding, options) }
}

fn answer(kind: &'static str, label: Label, one: &Acknowledgement) -> Line {
    let said = format!("until {}: {}", one.until, clean(&one.reason));
    Line { kind, label, address: clean(&one.address), said }
}

fn laid_out(line: &Line, column: usize, options: &Options) -> String {
    let Line { kind, label, address, said } = line;
    let kind = format!("  {}{}", options.theme.paint(*label, kind), " ".repeat(ADDRESS - 2 - kind.len()));
    let is_beside = ADDRESS + columns(address) + 2 <= column && column + ROOM <= options.width;
    let indent = if is_beside { column } else { ADDRESS + 2 };
    let said = wrap(said, options.width.saturating_sub(indent).max(1));
    let mut said = said.into_iter().filter(|line| !line.is_empty());
    let mut text = match said.next() {
        Some(first) if is_beside => format!("{kind}{}{first}\n", padded(address, column - ADDRESS)),
        first => {
            let below = first.map(|first| format!("{:indent$}{first}\n", "")).unwrap_or_default();
            format!("{kind}{address}\n{below}")
        }
    };
    text.extend(said.map(|line| format!("{:indent$}{line}\n", "")));
    text
}
