//! The blocks of a plan: a heading with what the change causes, and a line a field or a config var.

use super::Options;
use super::fields::{Line, Worded, word};
use super::layout::{Layout, Name};
use super::origin;
use super::style::Label;
use super::text::{clean, columns, count, listed, money, wrap};
use crate::plan::Entry;
use crate::resource::{Action, Cost, Field, Shown};

/// Where the addresses of headings begin.
const HEADING: usize = 4;
/// Where the names of fields and config vars begin.
const INSIDE: usize = 6;

/// Where the names of these entries end, for the layout of the page.
pub(super) fn name_ends(entries: &[Entry]) -> impl Iterator<Item = usize> {
    entries.iter().flat_map(|entry| {
        let inside = entry.address.within_block().map(|name| INSIDE + columns(name));
        let fields = entry.fields.iter().map(|field| INSIDE + columns(&field.path));
        std::iter::once(HEADING + columns(entry.address.block())).chain(inside).chain(fields)
    })
}

/// The entries that stand together: a resource of its own, or all of a section that shares one block.
pub(super) struct Block<'a> {
    /// Its heading: `buckets.uploads`, `config`.
    pub(super) name: &'a str,
    pub(super) entries: Vec<&'a Entry>,
}

/// A field of a resource, or a member of a shared block.
pub(super) struct Row<'a> {
    /// What happens to a member.
    pub(super) action: Option<Action>,
    pub(super) name: &'a str,
    /// What there is to say of it, by the path of a field where it has one.
    pub(super) said: Vec<(Option<&'a str>, Worded)>,
    /// Whose change it is, when that was asked.
    pub(super) origin: Option<String>,
}

/// The blocks in the order in which the first entry of each appears.
pub(super) fn grouped(entries: &[Entry]) -> Vec<Block<'_>> {
    let mut blocks: Vec<Block<'_>> = Vec::new();
    for entry in entries {
        let name = entry.address.block();
        match blocks.iter_mut().find(|block| block.name == name) {
            Some(block) => block.entries.push(entry),
            None => blocks.push(Block { name, entries: vec![entry] }),
        }
    }
    blocks
}

impl<'a> Block<'a> {
    /// The one resource whose block it is, unless things share it.
    fn single(&self) -> Option<&'a Entry> {
        match self.entries.as_slice() {
            [entry] if entry.address.within_block().is_none() => Some(entry),
            _ => None,
        }
    }

    /// What happens to it as a whole. What is shared stands for no thing of its own that could go away.
    pub(super) fn action(&self) -> Action {
        let is_new = self.entries.iter().all(|entry| entry.action == Action::Create);
        match self.single() {
            Some(entry) => entry.action,
            None if is_new => Action::Create,
            None => Action::Update,
        }
    }

    /// What the one resource is, in a word or two.
    pub(super) fn title(&self) -> Option<&'a str> {
        self.single()?.title.as_deref()
    }

    /// Why something happens to the one resource, when it is not plain from its fields.
    pub(super) fn reason(&self) -> Option<&'a str> {
        self.single()?.reason.as_deref()
    }

    /// Whose change it is, of the one resource, when that was asked.
    pub(super) fn origin(&self) -> Option<String> {
        self.single()?.origin.as_ref().map(origin::words)
    }

    /// Its fields or members, for a page that lays them out by itself.
    pub(super) fn rows(&self, options: &Options) -> Vec<Row<'a>> {
        if let Some(entry) = self.single() {
            let fields = entry.fields.iter().filter(|field| !is_in_title(field, entry));
            return fields
                .map(|field| Row {
                    action: None,
                    name: field.path.as_str(),
                    said: vec![(None, word(field, options))],
                    origin: None,
                })
                .collect();
        }
        let member = |entry: &&'a Entry| {
            let name = entry.address.within_block().unwrap_or_else(|| entry.address.as_str());
            let is_removed = entry.action == Action::Delete && !options.reveal;
            let fields = entry.fields.iter().filter(|_| !is_removed);
            let path = |field: &'a Field| Some(field.path.as_str()).filter(|path| !path.is_empty());
            let said = fields.map(|field| (path(field), word(field, options)));
            let reason = entry.reason.iter().map(|reason| (None, Worded::Inline(clean(reason))));
            let origin = entry.origin.as_ref().map(origin::words);
            Row { action: Some(entry.action), name, said: said.chain(reason).collect(), origin }
        };
        self.entries.iter().map(member).collect()
    }

    /// What it causes: `+$50.00/month, 1 release, restarts web`.
    pub(super) fn effects(&self) -> String {
        effects(&self.entries)
    }

    /// Its lines.
    pub(super) fn text(&self, layout: &Layout, options: &Options) -> String {
        match self.single() {
            Some(entry) => single(entry, layout, options),
            None => shared(self, layout, options),
        }
    }
}

/// All blocks, each followed by an empty line.
pub(super) fn blocks(entries: &[Entry], layout: &Layout, options: &Options) -> String {
    grouped(entries).iter().map(|block| block.text(layout, options)).collect::<Vec<_>>().join("\n")
}

/// A resource with its fields.
fn single(entry: &Entry, layout: &Layout, options: &Options) -> String {
    let address = clean(entry.address.as_str());
    let title = clean(entry.title.as_deref().unwrap_or_default());
    let name = Name { column: HEADING, sign: Some(entry.action), text: &address, label: Label::Heading };
    let mut text = layout.heading(name, &title, &effects(&[entry]));
    if let Some(reason) = &entry.reason {
        text.push_str(&layout.block(&clean(reason), layout.hang(), Label::Quiet));
    }
    text.push_str(&came_from(entry, layout));
    let layout = layout.behind(entry.fields.iter().map(|field| INSIDE + columns(&field.path)));
    for field in entry.fields.iter().filter(|field| !is_in_title(field, entry)) {
        let path = clean(&field.path);
        let name = Name { column: INSIDE, sign: None, text: &path, label: Label::Text };
        text.push_str(&worded(name, word(field, options), &layout));
    }
    text
}

/// A new thing's name or plan stands in its heading already.
fn is_in_title(field: &Field, entry: &Entry) -> bool {
    let is_title = matches!(&field.after, Shown::Plain(after) if Some(after) == entry.title.as_ref());
    is_title && entry.action == Action::Create && field.note.is_none()
}

/// Config vars and process types: a sign and a line each.
fn shared(block: &Block<'_>, layout: &Layout, options: &Options) -> String {
    let Block { name: heading, entries } = block;
    let name = Name { column: HEADING, sign: Some(block.action()), text: heading, label: Label::Heading };
    let mut text = layout.heading(name, "", &block.effects());
    let label = |entry: &Entry| clean(entry.address.within_block().unwrap_or_else(|| entry.address.as_str()));
    let layout = &layout.behind(entries.iter().map(|entry| INSIDE + columns(&label(entry))));
    for entry in entries {
        let label = label(entry);
        let name = Name { column: INSIDE, sign: Some(entry.action), text: &label, label: Label::Text };
        text.push_str(&member(name, entry, layout, options));
        text.push_str(&came_from(entry, layout));
    }
    text
}

/// Whose change it is, below it.
fn came_from(entry: &Entry, layout: &Layout) -> String {
    let line = |origin| layout.block(&origin::words(origin), layout.hang(), Label::Quiet);
    entry.origin.as_ref().map(line).unwrap_or_default()
}

/// One member of a shared block, on one line when its fields allow.
fn member(name: Name<'_>, entry: &Entry, layout: &Layout, options: &Options) -> String {
    let is_removed = entry.action == Action::Delete && !options.reveal;
    match entry.fields.as_slice() {
        _ if is_removed => layout.name(name),
        [] => layout.pair(name, &clean(entry.reason.as_deref().unwrap_or_default()), Label::Quiet),
        [field] if field.path.is_empty() => worded(name, word(field, options), layout),
        fields => {
            let words: Vec<(String, Worded)> =
                fields.iter().map(|field| (clean(&field.path), word(field, options))).collect();
            let line: Option<Vec<String>> =
                words.iter().map(|(path, worded)| Some(format!("{path} {}", inline(worded)?))).collect();
            if let Some(line) = line {
                return layout.pair(name, &line.join(", "), Label::Text);
            }
            let lines = words.into_iter().map(|(path, words)| {
                let name = Name { column: INSIDE + 2, sign: None, text: &path, label: Label::Text };
                worded(name, words, layout)
            });
            layout.name(name) + &lines.collect::<String>()
        }
    }
}

fn inline(worded: &Worded) -> Option<String> {
    match worded {
        Worded::Inline(text) => Some(text.clone()),
        Worded::Move { before, after, note } => Some(format!("{before} → {after}{note}")),
        Worded::Lines { .. } => None,
    }
}

/// A name and its words. Two values that do not fit beside each other stand below each other.
fn worded(name: Name<'_>, worded: Worded, layout: &Layout) -> String {
    let (note, diff) = match worded {
        Worded::Inline(text) => return layout.pair(name, &text, Label::Text),
        Worded::Move { before, after, note } => {
            let text = format!("{before} → {after}{note}");
            if layout.fits_beside(name, &text) {
                return layout.pair(name, &text, Label::Text);
            }
            (note, vec![Line::Removed(before), Line::Added(after)])
        }
        Worded::Lines { note, diff } => (note, diff),
    };
    let mut text = layout.pair(name, note.trim_start(), Label::Quiet);
    text.extend(diff.iter().map(|line| diff_line(line, name.column + 2, layout)));
    text
}

/// A line of a diff; one that is too long goes on below its own first word.
fn diff_line(line: &Line, column: usize, layout: &Layout) -> String {
    let label = match line {
        Line::Same(_) => Label::Text,
        Line::Added(_) => Label::Added,
        Line::Removed(_) => Label::Removed,
        Line::Skipped(_) => Label::Quiet,
    };
    let text = line.text();
    let (sign, words) = text.split_at(text.len() - text.trim_start_matches(['+', '-', ' ']).len());
    let indent = column + columns(sign);
    let words = wrap(words, layout.room(indent));
    let lines = words.iter().enumerate().map(|(index, words)| {
        let before = if index == 0 { sign } else { "" };
        let indent = if index == 0 { column } else { indent };
        format!("{:indent$}{}\n", "", layout.theme.paint(label, &format!("{before}{words}")))
    });
    lines.collect()
}

/// What a block causes: `+$50.00/month, 1 release, restarts web and worker, takes minutes`.
fn effects(entries: &[&Entry]) -> String {
    let mut parts = Vec::new();
    let delta: i64 = entries.iter().filter_map(|entry| entry.cost).map(Cost::delta).sum();
    if delta != 0 {
        parts.push(format!("{}/month", money(delta)));
    }
    let releases = releases(entries);
    if releases > 0 {
        parts.push(count(releases, "release"));
    }
    let restarts = unique(entries.iter().flat_map(|entry| &entry.effects.restarts));
    if !restarts.is_empty() {
        parts.push(format!("restarts {}", listed(&restarts)));
    }
    parts.extend(unique(entries.iter().flat_map(|entry| &entry.effects.notes)));
    clean(&parts.join(", "))
}

/// Entries that the same steps bring about have the same releases, not each their own.
fn releases(entries: &[&Entry]) -> u32 {
    let mut seen: Vec<&[usize]> = Vec::new();
    let mut releases = 0;
    for entry in entries {
        if !seen.contains(&entry.steps.as_slice()) {
            seen.push(&entry.steps);
            releases += entry.effects.releases;
        }
    }
    releases
}

/// Each text once, in the order in which it first came.
fn unique<'a>(texts: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut unique = Vec::new();
    for text in texts {
        if !unique.contains(text) {
            unique.push(text.clone());
        }
    }
    unique
}
