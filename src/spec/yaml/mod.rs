//! From a file's YAML to a tree, within fixed bounds. The parser of serde-saphyr gives events with places; this keeps
//! what its own deserializer would drop: the text as written, every place, and every key that is written twice.

mod advice;
mod dash;
mod unseen;

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use serde_yaml::granit_parser::{Event, Parser, ScalarStyle, ScanError, Span as YamlSpan, Tag};

use super::finding::Finding;
use super::source::{Source, Span};
use super::tree::{Entry, Node, Value};
use dash::Dashes;

/// How deep a spec may nest. The deepest real key is five deep.
const MAX_DEPTH: usize = 32;
/// How many values a file may hold with its aliases expanded: an alias bomb stops here.
const MAX_NODES: usize = 50_000;

/// Reads one file's YAML. The findings are mistakes that leave a tree to look at further (a key written twice);
/// without a tree, they say why.
pub(crate) fn parse(source: &Arc<Source>) -> (Option<Node>, Vec<Finding>) {
    let mut dashes = Dashes::default();
    let mut builder = loop {
        match read(source, &dashes) {
            Ok(builder) => break builder,
            Err(Unread { at: Some(at), .. }) if dashes.add(&source.text, at) => {}
            Err(Unread { findings, .. }) => return (None, findings),
        }
    };
    builder.warn_of_unused_anchors();
    let start = Span::new(source, 0..0);
    let root = builder.root.take().unwrap_or(Node { value: Value::Null, span: start });
    (Some(root), builder.findings)
}

/// Why a text could not be read, and where the parser stopped if it was the parser.
struct Unread {
    at: Option<usize>,
    findings: Vec<Finding>,
}

fn read<'s>(source: &'s Arc<Source>, dashes: &Dashes) -> Result<Builder<'s>, Unread> {
    let text = dashes.stand_in(&source.text);
    let mut builder = Builder::new(source, dashes.clone());
    for event in Parser::new_from_str(&text) {
        let (outcome, at) = match event {
            Ok((event, span)) => (builder.take(event, &span), None),
            Err(error) => {
                let stopped = builder.stop(syntax(source, &error, builder.unclosed()));
                (stopped, error.marker().byte_offset())
            }
        };
        if outcome.is_err() {
            return Err(Unread { at, findings: builder.findings });
        }
    }
    Ok(builder)
}

fn syntax(source: &Arc<Source>, error: &ScanError, unclosed: Option<String>) -> Finding {
    let at = error.marker().byte_offset().unwrap_or(source.text.len());
    let at = Span::new(source, at..at).range().start;
    let begin = source.text[..at].rfind('\n').map_or(0, |at| at + 1);
    let line = source.text[begin..].lines().next().unwrap_or_default();
    let message = error.info();
    let help = advice::of_indent(line)
        .or_else(|| advice::of_merge(line))
        .or_else(|| advice::of_character(&message, &source.text[at..]))
        .map(str::to_owned)
        .or(unclosed)
        .or_else(|| advice::of_value(&message, line).map(str::to_owned));
    Finding::error("", format!("the YAML cannot be read: {message}")).maybe_help(help).at(&mark(source, at))
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

/// A value with a name, for aliases.
struct Anchor {
    node: Node,
    weight: usize,
    is_used: bool,
}

/// The file cannot be read further; why is among the findings.
struct Stopped;

struct Builder<'s> {
    source: &'s Arc<Source>,
    dashes: Dashes,
    open: Vec<Open>,
    anchors: BTreeMap<usize, Anchor>,
    nodes: usize,
    root: Option<Node>,
    findings: Vec<Finding>,
}

impl<'s> Builder<'s> {
    fn new(source: &'s Arc<Source>, dashes: Dashes) -> Self {
        Self {
            source,
            dashes,
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
                self.findings.extend(unseen::of_scalar(&text, style, &span));
                let text = self.dashes.given_back(text.into_owned(), &span);
                let value = self.scalar(text, style, tag.as_deref(), &span);
                if anchor != 0 && matches!(value, Value::Null) {
                    self.findings.push(anchor_of_nothing(&span));
                }
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

    fn scalar(&mut self, text: String, style: ScalarStyle, tag: Option<&Tag>, span: &Span) -> Value {
        let string = tag.is_some_and(|tag| tag.is_yaml_core_schema_tag("str"));
        let plain = style == ScalarStyle::Plain && !string;
        if self.refuse_tag(tag.filter(|_| !string), span) {
            Value::Hole
        } else if plain && matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL") {
            Value::Null
        } else {
            Value::Scalar { text, plain }
        }
    }

    /// Notes a tag that no spec knows; says whether there was one.
    fn refuse_tag(&mut self, tag: Option<&Tag>, span: &Span) -> bool {
        if let Some(tag) = tag {
            let message = format!("the YAML tag `{}` has no meaning in a spec", tag.original());
            let place =
                if span.is_multiline() { mark(self.source, span.range().start) } else { span.clone() };
            let help = "write the value without a tag, or in single quotes if it is text";
            self.findings.push(Finding::error("", message).help(help).at(&place));
        }
        tag.is_some()
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
        let Some(Anchor { node, weight, is_used }) = self.anchors.get_mut(&anchor) else {
            return self.stop(Finding::error("", "this alias is used inside its own anchor").at(&span));
        };
        *is_used = true;
        // asked before the copy is made: one alias can stand for nearly the whole bound
        if self.nodes + *weight > MAX_NODES {
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
            self.anchors.insert(anchor, Anchor { node: node.clone(), weight, is_used: false });
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
                        let help = advice::of_key(&self.source.text[node.span.range().start..]);
                        return self.stop(Finding::error("", message).maybe_help(help).at(&node.head()));
                    };
                    parent.key = Some((key, node.span));
                }
                Some((key, key_span)) => {
                    if is_merge_key(&key_span) {
                        self.findings.push(merge_key(&key_span));
                    } else if parent.seen.insert(key.clone()) {
                        if let Value::Null = node.value {
                            self.findings.extend(comment_as_value(&key_span));
                        }
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

    /// `PASSWORD: &secret word` is an anchor `secret` and the text `word`, which hardly anybody means.
    fn warn_of_unused_anchors(&mut self) {
        let unused = self.anchors.values().filter(|anchor| {
            !anchor.is_used && matches!(anchor.node.value, Value::Scalar { plain: true, .. })
        });
        let warning = |anchor: &Anchor| {
            Finding::warning("", "the anchor before this value is used nowhere, and is no part of it")
                .help("put the value in single quotes if it begins with `&`")
                .at(&anchor.node.span)
        };
        self.findings.extend(unused.map(warning));
    }

    /// Says where the innermost bracket was opened, when one still is.
    fn unclosed(&self) -> Option<String> {
        let place = &self.open.last()?.node.span;
        let bracket = self.source.text[place.range().start..].chars().next().filter(|c| "[{".contains(*c))?;
        let location = place.location();
        Some(format!("`{bracket}` was opened at line {}, column {}", location.line, location.column))
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

/// `PASSWORD: &secret` would be an anchor of nothing, so a var that must be absent.
fn anchor_of_nothing(span: &Span) -> Finding {
    let help = "`&` begins a name in YAML: put the value in single quotes if it is text";
    Finding::error("", "this anchor names no value").help(help).at(span)
}

/// `PASSWORD: #1secret` has no value, since the rest of the line is a comment.
fn comment_as_value(key: &Span) -> Option<Finding> {
    let rest = &key.source.text[key.range().end..];
    let line = rest.lines().next()?;
    let comment = line.strip_prefix(':')?.trim_start().strip_prefix('#')?;
    if comment.is_empty() || comment.starts_with([' ', '\t', '#', '-', '=']) {
        return None;
    }
    let at = key.range().end + line.len() - comment.len() - 1;
    let warning = Finding::warning("", "a comment begins here, so this key has no value")
        .help("put the value in single quotes if it begins with `#`");
    Some(warning.at(&mark(&key.source, at)))
}

/// `<<` as YAML 1.1 knows it; in quotes it is a name like any other.
fn is_merge_key(span: &Span) -> bool {
    span.source.text[span.range()] == *"<<"
}

fn merge_key(span: &Span) -> Finding {
    Finding::error("", "a spec has no merge keys (`<<`)").help(advice::MERGE).at(span)
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
