//! YAML as a tree that remembers where everything was written, and the text as it was written.
//!
//! The parser of serde-saphyr gives events with spans; this builds a tree of them within fixed bounds. Types are
//! not decided here: `5`, `true` and `0123` are text until a type asks (`decode`).

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use serde_yaml::granit_parser::{Event, Parser, ScalarStyle, ScanError, Span as YamlSpan, Tag};

use super::finding::Finding;
use super::source::{Source, Span};

/// How deep a spec may nest. The deepest real key is five deep.
const MAX_DEPTH: usize = 32;
/// How many values a file may hold with its aliases expanded: an alias bomb stops here.
const MAX_NODES: usize = 50_000;

/// A value and its place.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) value: Value,
    pub(crate) span: Span,
}

/// What a value is, before any type is decided.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    /// Something stood here that was wrong and has been reported.
    Hole,
    /// `null`, `~` or nothing.
    Null,
    /// Text as it was written; `plain` when it stood without quotes.
    Scalar { text: String, plain: bool },
    /// A list.
    Sequence(Vec<Node>),
    /// A map, in the order that was written, each key once.
    Mapping(Vec<Entry>),
}

/// A key of a map and its value.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) key_span: Span,
    pub(crate) node: Node,
}

/// One part of a key path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Segment {
    Key(String),
    Index(usize),
}

/// `buckets.uploads.cors.origins[0]`
pub(crate) fn path_text(path: &[Segment]) -> String {
    let mut text = String::new();
    for segment in path {
        match segment {
            Segment::Key(key) if text.is_empty() => text.push_str(key),
            Segment::Key(key) => {
                text.push('.');
                text.push_str(key);
            }
            Segment::Index(index) => {
                text.push('[');
                text.push_str(&index.to_string());
                text.push(']');
            }
        }
    }
    text
}

impl Node {
    pub(crate) fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Mapping(entries) => entries,
            Value::Hole | Value::Null | Value::Scalar { .. } | Value::Sequence(_) => &[],
        }
    }

    pub(crate) fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    /// The value at a path of keys.
    pub(crate) fn locate_node(&self, path: &[&str]) -> Option<&Node> {
        path.iter().try_fold(self, |node, key| node.entry(key).map(|entry| &entry.node))
    }

    pub(crate) fn step(&self, segment: &Segment) -> Option<&Node> {
        match (segment, &self.value) {
            (Segment::Key(key), Value::Mapping(_)) => self.entry(key).map(|entry| &entry.node),
            (Segment::Index(index), Value::Sequence(items)) => items.get(*index),
            _ => None,
        }
    }

    pub(crate) fn step_mut(&mut self, segment: &Segment) -> Option<&mut Node> {
        match (segment, &mut self.value) {
            (Segment::Key(key), Value::Mapping(entries)) => {
                entries.iter_mut().find(|entry| entry.key == *key).map(|entry| &mut entry.node)
            }
            (Segment::Index(index), Value::Sequence(items)) => items.get_mut(*index),
            _ => None,
        }
    }

    /// Finds the place of a path as text, or of the nearest part of it that was written; `None` when not even its
    /// first key was. Keys may hold dots, so the tree says where one ends.
    pub(crate) fn locate(&self, path: &str) -> Option<Span> {
        let (mut node, mut span, mut rest) = self.descend(path)?;
        while let Some(found) = node.descend(rest) {
            (node, span, rest) = found;
        }
        Some(span)
    }

    /// As [`Self::locate`], or the beginning of the file.
    pub(crate) fn place(&self, path: &str) -> Span {
        self.locate(path).unwrap_or_else(|| self.head())
    }

    fn descend<'a, 'p>(&'a self, path: &'p str) -> Option<(&'a Node, Span, &'p str)> {
        match &self.value {
            Value::Mapping(entries) => {
                let fits = |entry: &&Entry| {
                    path.strip_prefix(entry.key.as_str())
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
                };
                let entry = entries.iter().filter(fits).max_by_key(|entry| entry.key.len())?;
                let rest = &path[entry.key.len()..];
                Some((&entry.node, entry.place(), rest.strip_prefix('.').unwrap_or(rest)))
            }
            Value::Sequence(items) => {
                let (index, rest) = path.strip_prefix('[')?.split_once(']')?;
                let item = items.get(index.parse::<usize>().ok()?)?;
                Some((item, item.head(), rest.strip_prefix('.').unwrap_or(rest)))
            }
            Value::Hole | Value::Null | Value::Scalar { .. } => None,
        }
    }

    /// The value's place, or for one over several lines its first line.
    fn head(&self) -> Span {
        let span = self.span.trimmed();
        if !span.is_multiline() {
            return span;
        }
        let range = span.range();
        let line = span.source.text[range.clone()].lines().next().map_or(0, str::len);
        Span::new(&span.source, range.start..range.start + line)
    }
}

impl Entry {
    /// Where to point for this key's value: the value, or the key when the value is a block or nothing.
    pub(crate) fn place(&self) -> Span {
        let value = self.node.span.trimmed();
        if value.is_multiline() || value.range().is_empty() { self.key_span.clone() } else { value }
    }
}

/// Reads one file's YAML. The findings are mistakes that leave a tree to look at further (a key written twice);
/// without a tree, they say why.
pub(crate) fn parse(source: &Arc<Source>) -> (Option<Node>, Vec<Finding>) {
    let mut builder = Builder::new(source);
    for event in Parser::new_from_str(&source.text) {
        let outcome = match event {
            Ok((event, span)) => builder.take(event, &span),
            Err(error) => builder.stop(syntax(source, &error)),
        };
        if outcome.is_err() {
            return (None, builder.findings);
        }
    }
    let start = Span::new(source, 0..0);
    let root = builder.root.take().unwrap_or(Node { value: Value::Null, span: start });
    (Some(root), builder.findings)
}

fn syntax(source: &Arc<Source>, error: &ScanError) -> Finding {
    let at = error.marker().byte_offset().unwrap_or(source.text.len());
    let finding = Finding::error("", format!("the YAML cannot be read: {}", error.info()));
    let line = source.text[Span::new(source, 0..at).range()].rfind('\n').map_or(0, |at| at + 1);
    let rest = &source.text[line..];
    let written = rest.lines().next().unwrap_or_default();
    let indent = &written[..written.len() - written.trim_start().len()];
    let finding = if indent.contains('\t') {
        finding.help("YAML indents with spaces, never with tabs")
    } else {
        finding
    };
    finding.at(&mark(source, at))
}

/// At least one character, and at the end of a file its last line, so that there is something to show.
fn mark(source: &Arc<Source>, at: usize) -> Span {
    let text = source.text.as_str();
    let at = Span::new(source, at..at).range().start;
    let at = if at >= text.trim_end().len() { text.trim_end().len().saturating_sub(1) } else { at };
    let start = Span::new(source, at..at).range().start;
    let length = text[start..].chars().next().map_or(0, char::len_utf8);
    Span::new(source, start..start + length)
}

/// A list or map that is not closed yet.
struct Open {
    node: Node,
    anchor: usize,
    /// The key whose value is to come.
    key: Option<(String, Span)>,
    /// Keys seen so far.
    seen: HashSet<String>,
}

/// The file cannot be read further; why is among the findings.
struct Stopped;

struct Builder<'s> {
    source: &'s Arc<Source>,
    open: Vec<Open>,
    anchors: BTreeMap<usize, (Node, usize)>,
    nodes: usize,
    root: Option<Node>,
    findings: Vec<Finding>,
}

impl<'s> Builder<'s> {
    fn new(source: &'s Arc<Source>) -> Self {
        Self {
            source,
            open: Vec::new(),
            anchors: BTreeMap::new(),
            nodes: 0,
            root: None,
            findings: Vec::new(),
        }
    }

    fn take(&mut self, event: Event<'_>, yaml: &YamlSpan) -> Result<(), Stopped> {
        let range = yaml.byte_range().unwrap_or(0..0);
        let span = Span::new(self.source, range);
        match event {
            Event::DocumentStart(..) if self.root.is_some() => {
                let message = "a spec is one YAML document, and a second one begins here";
                self.stop(Finding::error("", message).at(&span))
            }
            Event::Scalar(text, style, anchor, tag) => {
                let plain = self.is_plain(style, tag.as_deref(), &span);
                let null = plain && matches!(&*text, "" | "~" | "null" | "Null" | "NULL");
                let value = if null { Value::Null } else { Value::Scalar { text: text.into_owned(), plain } };
                let node = Node { value, span };
                let weight = weigh(&node);
                self.value(node, anchor, weight)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.begin(Value::Sequence(Vec::new()), span, anchor, tag.as_deref())
            }
            Event::MappingStart(_, anchor, tag) => {
                self.begin(Value::Mapping(Vec::new()), span, anchor, tag.as_deref())
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(&span),
            Event::Alias(anchor) => self.alias(anchor, span),
            _ => Ok(()),
        }
    }

    fn is_plain(&mut self, style: ScalarStyle, tag: Option<&Tag>, span: &Span) -> bool {
        let string = tag.is_some_and(|tag| tag.is_yaml_core_schema_tag("str"));
        self.refuse_tag(tag.filter(|_| !string), span);
        style == ScalarStyle::Plain && !string
    }

    fn refuse_tag(&mut self, tag: Option<&Tag>, span: &Span) {
        if let Some(tag) = tag {
            let message = format!("the YAML tag `{}` has no meaning in a spec", tag.original());
            self.findings.push(Finding::error("", message).help("write the value without a tag").at(span));
        }
    }

    fn begin(&mut self, value: Value, span: Span, anchor: usize, tag: Option<&Tag>) -> Result<(), Stopped> {
        self.refuse_tag(tag, &span);
        if self.open.len() >= MAX_DEPTH {
            let message = format!("this nests deeper than {MAX_DEPTH} levels");
            return self.stop(Finding::error("", message).at(&mark(self.source, span.range().start)));
        }
        let node = Node { value, span };
        self.open.push(Open { node, anchor, key: None, seen: HashSet::new() });
        Ok(())
    }

    fn end(&mut self, span: &Span) -> Result<(), Stopped> {
        let Some(mut done) = self.open.pop() else { return Ok(()) };
        done.node.span = Span::new(self.source, done.node.span.range().start..span.range().end);
        self.value(done.node, done.anchor, 1)
    }

    /// The copies count too: ten aliases of ten aliases are a hundred values.
    fn alias(&mut self, anchor: usize, span: Span) -> Result<(), Stopped> {
        let Some((node, weight)) = self.anchors.get(&anchor) else {
            return self.stop(Finding::error("", "this alias is used inside its own anchor").at(&span));
        };
        // asked before the copy is made: one alias can stand for nearly the whole bound
        if self.nodes + weight > MAX_NODES {
            return self.stop(self.too_many(&span));
        }
        let (value, weight) = (node.value.clone(), *weight);
        self.value(Node { value, span }, 0, weight)
    }

    fn too_many(&self, span: &Span) -> Finding {
        let message =
            format!("the file holds more than {MAX_NODES} values, counting every use of its aliases");
        let place = if span.is_multiline() { mark(self.source, span.range().start) } else { span.clone() };
        Finding::error("", message)
            .help("write fewer aliases (`*name`) of large anchors (`&name`)")
            .at(&place)
    }

    fn value(&mut self, node: Node, anchor: usize, weight: usize) -> Result<(), Stopped> {
        self.nodes += weight;
        if self.nodes > MAX_NODES {
            return self.stop(self.too_many(&node.span));
        }
        if anchor != 0 {
            let weight = weigh(&node);
            self.anchors.insert(anchor, (node.clone(), weight));
        }
        let Some(parent) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        match &mut parent.node.value {
            Value::Sequence(items) => items.push(node),
            Value::Mapping(entries) => match parent.key.take() {
                None => {
                    let Some(key) = key_text(&node) else {
                        let message = "a key must be text, not a list or a map";
                        return self.stop(Finding::error("", message).at(&node.head()));
                    };
                    parent.key = Some((key, node.span));
                }
                Some((key, key_span)) => {
                    if parent.seen.insert(key.clone()) {
                        entries.push(Entry { key, key_span, node });
                    } else {
                        self.findings.push(duplicate(&key, entries, &key_span));
                    }
                }
            },
            Value::Hole | Value::Null | Value::Scalar { .. } => {}
        }
        Ok(())
    }

    fn stop(&mut self, finding: Finding) -> Result<(), Stopped> {
        self.findings.push(finding);
        Err(Stopped)
    }
}

fn key_text(node: &Node) -> Option<String> {
    match &node.value {
        Value::Scalar { text, .. } => Some(text.clone()),
        Value::Null => Some(node.span.source.text[node.span.range()].to_owned()),
        Value::Sequence(_) | Value::Mapping(_) | Value::Hole => None,
    }
}

fn duplicate(key: &str, entries: &[Entry], span: &Span) -> Finding {
    let first = entries.iter().find(|entry| entry.key == key).map(|entry| entry.key_span.location());
    let finding = Finding::error("", format!("`{key}` is written twice")).at(span);
    match first {
        Some(first) => finding.help(format!("the first one is at line {}; keep one of them", first.line)),
        None => finding,
    }
}

/// How much a value counts against the bound: long text counts more, since an alias copies it too.
fn weigh(node: &Node) -> usize {
    let text = |text: &str| 1 + text.len() / 100;
    match &node.value {
        Value::Scalar { text: written, .. } => text(written),
        Value::Sequence(items) => 1 + items.iter().map(weigh).sum::<usize>(),
        Value::Mapping(entries) => {
            1 + entries.iter().map(|entry| text(&entry.key) + weigh(&entry.node)).sum::<usize>()
        }
        Value::Hole | Value::Null => 1,
    }
}
