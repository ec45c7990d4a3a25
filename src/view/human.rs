//! A plan for people (contract section 6): one block a resource, only what changes, readable at 80 columns,
//! without colour and in a log.

use super::fields::{Worded, word};
use super::style::Label;
use super::summary::{effects, last_line, money};
use super::{Looking, Options};
use crate::plan::{Entry, Plan};
use crate::resource::{Action, Address, Field};

/// Where titles begin, when addresses leave room.
const TITLE: usize = 24;
/// Where values begin, when names leave room, and how far a long name may push them.
const LABEL: usize = 21;
const WIDEST_LABEL: usize = 38;

/// A plan as text.
#[must_use]
pub fn plan(plan: &Plan, looking: Looking, options: &Options) -> String {
    let mut text = headline(plan, options);
    text.push_str(&blocks(&plan.entries(), options));
    text.push_str(&sections(plan, options));
    text.push_str(&last_line(plan, looking, options.theme));
    text.push('\n');
    text
}

fn headline(plan: &Plan, options: &Options) -> String {
    let place = &plan.place;
    let region = place
        .heroku_region
        .as_deref()
        .map_or_else(|| "heroku".to_owned(), |region| format!("heroku {region}"));
    let aws = if place.aws_regions.is_empty() {
        String::new()
    } else {
        format!(" · aws {}", place.aws_regions.join(", "))
    };
    let environment = options.theme.paint(Label::Heading, plan.environment.as_str());
    format!("{environment} · {} ({region}){aws}\n\n", place.app)
}

/// One block a resource: entries that share one stand together.
pub(super) fn blocks(entries: &[Entry], options: &Options) -> String {
    let mut text = String::new();
    let mut left: Vec<&Entry> = entries.iter().collect();
    while let Some(first) = left.first() {
        let name = first.address.block().to_owned();
        let (together, rest): (Vec<&Entry>, Vec<&Entry>) =
            left.into_iter().partition(|entry| entry.address.block() == name);
        left = rest;
        text.push_str(&block(&name, &together, options));
        text.push('\n');
    }
    text
}

fn block(name: &str, entries: &[&Entry], options: &Options) -> String {
    match entries {
        [entry] if entry.address.within_block().is_none() => single(entry, options),
        entries => shared(name, entries, options),
    }
}

/// A resource with its fields.
fn single(entry: &Entry, options: &Options) -> String {
    let title = entry.title.as_deref().unwrap_or_default();
    let mut text = heading(entry.action, entry.address.as_str(), title, &effects(&[entry]), options);
    if let Some(reason) = &entry.reason {
        text.push_str(&format!("      {}\n", options.theme.paint(Label::Quiet, reason)));
    }
    let column = column(entry.fields.iter().map(|field| field.path.clone()));
    for field in &entry.fields {
        // The title says it already.
        if matches!(&field.after, crate::resource::Shown::Plain(value) if value == title)
            && entry.action == Action::Create
        {
            continue;
        }
        text.push_str(&line("      ", (&field.path, column), field, options));
    }
    text
}

/// Config vars and process types: a sign and a line each.
fn shared(name: &str, entries: &[&Entry], options: &Options) -> String {
    let first = entries[0].action;
    let action = if entries.iter().all(|entry| entry.action == first) { first } else { Action::Update };
    let mut text = heading(action, name, "", &effects(entries), options);
    let column = column(
        entries.iter().flat_map(|entry| entry.fields.iter().map(|field| labelled(entry, &field.path))),
    );
    for entry in entries {
        let lead = format!("    {} ", options.theme.sign(entry.action));
        if entry.action == Action::Delete {
            text.push_str(&format!("{lead}{}\n", labelled(entry, "")));
            continue;
        }
        for field in &entry.fields {
            text.push_str(&line(&lead, (&labelled(entry, &field.path), column), field, options));
        }
    }
    text
}

fn labelled(entry: &Entry, path: &str) -> String {
    let label = entry.address.within_block().unwrap_or_else(|| entry.address.as_str());
    if path.is_empty() { label.to_owned() } else { format!("{label} {path}") }
}

/// `  + addons.DATABASE   heroku-postgresql:standard-0   +$50.00/month, takes minutes`
fn heading(action: Action, address: &str, title: &str, effects: &str, options: &Options) -> String {
    let sign = options.theme.sign(action);
    let sign_width = if action == Action::Replace { 3 } else { 1 };
    let width = TITLE - 1 - sign_width;
    let plain_width = 2 + sign_width + 1 + address.chars().count().max(width) + 1 + title.chars().count();
    let address = options.theme.paint(Label::Heading, &format!("{address:width$}"));
    let effects_text = options.theme.paint(Label::Quiet, effects);
    let text = match (title.is_empty(), effects.is_empty()) {
        (true, true) => format!("  {sign} {address}"),
        (false, true) => format!("  {sign} {address} {title}"),
        (true, false) => format!("  {sign} {address} {effects_text}"),
        (false, false) if plain_width + 3 + effects.chars().count() <= options.width => {
            format!("  {sign} {address} {title}   {effects_text}")
        }
        (false, false) => format!("  {sign} {address} {title}\n      {effects_text}"),
    };
    format!("{}\n", text.trim_end())
}

/// How wide the names of a block are: as its longest, within reason.
fn column(labels: impl Iterator<Item = String>) -> usize {
    labels
        .map(|label| label.chars().count())
        .filter(|width| *width <= WIDEST_LABEL)
        .max()
        .unwrap_or(0)
        .max(LABEL)
}

/// A name and its value, below each other when they do not fit beside each other.
fn line(lead: &str, (label, column): (&str, usize), field: &Field, options: &Options) -> String {
    match word(field, options) {
        Worded::Inline(value) => {
            let beside = 6 + label.chars().count().max(column) + 1 + value.chars().count();
            if beside <= options.width || label.is_empty() {
                format!("{}\n", format!("{lead}{label:column$} {value}").trim_end())
            } else {
                format!("{lead}{label}\n{}", wrapped(&value, "          ", options.width))
            }
        }
        Worded::Lines(lines) => {
            let note = field.note.as_ref().map(|note| format!(" ({note})")).unwrap_or_default();
            let lines: String = lines.iter().map(|line| format!("        {line}\n")).collect();
            format!("{lead}{label}{note}\n{lines}")
        }
    }
}

/// Words on lines that fit; a word that does not fit stays whole.
fn wrapped(text: &str, indent: &str, width: usize) -> String {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let last = lines.last_mut().expect("there is always a line");
        if !last.is_empty() && indent.len() + last.chars().count() + 1 + word.chars().count() > width {
            lines.push(word.to_owned());
        } else {
            if !last.is_empty() {
                last.push(' ');
            }
            last.push_str(word);
        }
    }
    lines.into_iter().map(|line| format!("{indent}{line}\n")).collect()
}

/// What is not done, and what is not ours, as lines with their reasons.
fn sections(plan: &Plan, options: &Options) -> String {
    let theme = options.theme;
    let mut lines: Vec<(String, &Address, String)> = Vec::new();
    for note in &plan.deferred {
        lines.push((theme.paint(Label::Quiet, "deferred  "), &note.address, note.reason.clone()));
    }
    for blocked in &plan.blocked {
        let text = format!("{}; {}", blocked.reason, blocked.advice);
        lines.push((theme.paint(Label::Error, "blocked   "), &blocked.address, text));
    }
    for note in &plan.warnings {
        lines.push((theme.paint(Label::Warning, "warning   "), &note.address, note.reason.clone()));
    }
    for note in &plan.unmanaged {
        lines.push((theme.paint(Label::Quiet, "unmanaged "), &note.address, note.reason.clone()));
    }
    let column =
        lines.iter().map(|(_, address, _)| address.as_str().chars().count()).max().unwrap_or_default();
    let mut text = String::new();
    for (label, address, reason) in &lines {
        let width = 12 + 1 + column + 2 + reason.chars().count();
        if width <= options.width {
            text.push_str(&format!("  {label} {address:column$}  {reason}\n"));
        } else {
            text.push_str(&format!(
                "  {label} {address}\n{}",
                wrapped(reason, "             ", options.width)
            ));
        }
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

/// The cost of an entry, for its heading.
pub(super) fn cost(entry: &Entry) -> Option<String> {
    entry.cost.filter(|cost| cost.delta() != 0).map(|cost| format!("{}/month", money(cost.delta())))
}
