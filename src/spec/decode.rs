//! From a tree to a type, with every mistake of shape: [`all`] decodes again and again with each mistake cut out, so
//! that one run of the user's finds them all. How a tree looks to serde is in [`super::deserializer`].

use std::fmt;

use serde::de::{self, DeserializeOwned, Unexpected};

use super::deserializer::NodeDeserializer;
use super::error::MAX_FINDINGS;
use super::finding::Finding;
use super::rules::nearest;
use super::tree::{self, Entry, Node, Segment, Value};

/// The newtype name by which [`super::forms::Given`] asks for a hole to be let through.
pub(super) const GIVEN: &str = "$trueup::given";

/// What decoding came to.
pub(crate) struct Decoded<T> {
    /// The value, with holes where something was wrong.
    pub(crate) value: Option<T>,
    /// Every mistake of shape.
    pub(crate) findings: Vec<Finding>,
    /// The tree that was decoded at last: misspelt keys put right, wrong values cut out.
    pub(crate) root: Node,
}

/// Decodes, and for each mistake notes it, cuts it out and decodes again.
pub(crate) fn all<T: DeserializeOwned>(mut root: Node) -> Decoded<T> {
    let mut findings = Vec::new();
    loop {
        let error = match T::deserialize(NodeDeserializer(&root)) {
            Ok(value) => return Decoded { value: Some(value), findings, root },
            Err(error) => error,
        };
        findings.extend(error.finding(&root));
        if findings.len() >= MAX_FINDINGS || !error.cut(&mut root) {
            return Decoded { value: None, findings, root };
        }
    }
}

/// A mistake of shape at a path.
#[derive(Debug)]
pub(crate) struct DecodeError {
    /// From the innermost part outwards while it travels up.
    path: Vec<Segment>,
    pub(super) kind: Kind,
}

#[derive(Debug)]
pub(super) enum Kind {
    /// A hole met a type that needs a value: already reported.
    Hole,
    Message(String),
    Unexpected {
        found: String,
        expected: String,
    },
    UnknownVariant {
        found: String,
        known: Vec<String>,
    },
    UnknownKey {
        key: String,
        known: Vec<String>,
    },
    /// The text of a key of a map breaks its rule.
    BadKey(Box<DecodeError>),
    Missing(&'static str),
}

impl DecodeError {
    pub(super) fn new(kind: Kind) -> Self {
        Self { path: Vec::new(), kind }
    }

    pub(super) fn below(mut self, segment: Segment) -> Self {
        self.path.push(segment);
        self
    }

    fn segments(&self) -> Vec<Segment> {
        self.path.iter().rev().cloned().collect()
    }

    fn finding(&self, root: &Node) -> Option<Finding> {
        let segments = self.segments();
        let path = tree::path_text(&segments);
        let entry = find_entry(root, &segments);
        let place = root.place(&path);
        let key_place = entry.map_or(place.clone(), |entry| entry.key_span.clone());
        let missing_in = if path.is_empty() { "the spec".to_owned() } else { format!("`{path}`") };
        Some(match &self.kind {
            Kind::Hole => return None,
            Kind::Message(message) => Finding::error(path, message.as_str()).at(&place),
            Kind::Unexpected { found, expected } => {
                let message = format!("{}{found} cannot be used here", prefix(&path));
                let is_list_for_text = segments.first() == Some(&Segment::Key("config".to_owned()))
                    && segments.len() == 2
                    && found == "a list";
                let help = is_list_for_text.then_some(TEXT_IS_MEANT);
                Finding::error(path, message).expected(expected.as_str()).maybe_help(help).at(&place)
            }
            Kind::UnknownKey { known, .. } if let Some(holder) = data_for_text(root, &segments, known) => {
                let path = tree::path_text(&segments[..2]);
                let message = format!("`{path}` is a map that names no source");
                let names: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
                let finding = Finding::error(path, message).expected(one_of(&names));
                finding.help(TEXT_IS_MEANT).at(&holder.span)
            }
            Kind::UnknownVariant { found, known } => {
                let message = format!("{}{} is not one of the known values", prefix(&path), shown(found));
                unknown(Finding::error(path, message), found, known).at(&place)
            }
            Kind::UnknownKey { key, known } => {
                let parent = tree::path_text(&segments[..segments.len().saturating_sub(1)]);
                let holder = if parent.is_empty() { String::new() } else { format!(" in `{parent}`") };
                let message = format!("unknown key {}{holder}", shown(key));
                unknown(Finding::error(path, message), key, known).at(&key_place)
            }
            Kind::BadKey(inner) => inner.key_finding(path, &segments).at(&key_place),
            Kind::Missing(field) => {
                let message = format!("{missing_in} has no `{field}`");
                let inner = if path.is_empty() { (*field).to_owned() } else { format!("{path}.{field}") };
                Finding::error(inner, message).at(&key_place)
            }
        })
    }

    fn key_finding(&self, path: String, segments: &[Segment]) -> Finding {
        let key = match segments.last() {
            Some(Segment::Key(key)) => key.as_str(),
            Some(Segment::Index(_)) | None => "",
        };
        let finding = Finding::error(path, format!("{} is not a valid name here", shown(key)));
        match &self.kind {
            Kind::Unexpected { expected, .. } => finding.expected(expected.as_str()),
            Kind::UnknownVariant { known, .. } => unknown(finding, key, known),
            _ => finding,
        }
    }

    /// Takes the mistake out of the tree, so that the next pass gets further. False when nothing is left to take.
    fn cut(&self, root: &mut Node) -> bool {
        let segments = self.segments();
        match &self.kind {
            Kind::UnknownKey { known, .. } if data_for_text(root, &segments, known).is_some() => {
                match descend(root, &segments[..2]) {
                    Some(holder) => {
                        holder.value = Value::Hole;
                        true
                    }
                    None => false,
                }
            }
            Kind::UnknownKey { key, known } => {
                let meant = nearest(key, known.iter().map(String::as_str));
                meant.is_some_and(|meant| rename(root, &segments, meant)) || remove(root, &segments)
            }
            Kind::BadKey(_) | Kind::Hole => remove(root, &segments),
            Kind::Missing(field) => match descend(root, &segments) {
                Some(node) => add_hole(node, field),
                None => false,
            },
            Kind::Message(_) | Kind::Unexpected { .. } | Kind::UnknownVariant { .. } => {
                match descend(root, &segments) {
                    Some(node) if !segments.is_empty() => {
                        node.value = Value::Hole;
                        true
                    }
                    _ => false,
                }
            }
        }
    }
}

/// A list or a map where a config var's text belongs: somebody brought JSON.
const TEXT_IS_MEANT: &str = "if JSON is meant, put all of it in single quotes: a config var is text";

/// The map of a config var of which no key is a source, nor near one: `FIREBASE: {"type": "service_account"}`.
fn data_for_text<'a>(root: &'a Node, segments: &[Segment], known: &[String]) -> Option<&'a Node> {
    let [Segment::Key(section), var, _] = segments else { return None };
    let holder = root.step(&segments[0]).filter(|_| section == "config")?.step(var)?;
    let Value::Mapping(entries) = &holder.value else { return None };
    let is_near = |entry: &Entry| nearest(&entry.key, known.iter().map(String::as_str)).is_some();
    (!entries.iter().any(is_near)).then_some(holder)
}

/// `app.name: ` before a message, so that it can be understood away from its lines too.
fn prefix(path: &str) -> String {
    if path.is_empty() { String::new() } else { format!("`{path}`: ") }
}

fn unknown(finding: Finding, found: &str, known: &[String]) -> Finding {
    let list: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
    let finding = if list.is_empty() { finding } else { finding.expected(one_of(&list)) };
    finding.did_you_mean(nearest(found, known.iter().map(String::as_str)))
}

pub(super) fn one_of(list: &[String]) -> String {
    match list {
        [only] => only.clone(),
        _ => format!("one of {}", list.join(", ")),
    }
}

/// Text of the user's in a message: in backticks, on one line, and not endless.
pub(super) fn shown(text: &str) -> String {
    let mut short: String = text.chars().take(60).flat_map(char::escape_debug).collect();
    if text.chars().nth(60).is_some() {
        short.push('…');
    }
    format!("`{}`", short.replace("\\'", "'").replace("\\\"", "\""))
}

fn find_entry<'a>(root: &'a Node, segments: &[Segment]) -> Option<&'a Entry> {
    let (last, parents) = segments.split_last()?;
    let parent = parents.iter().try_fold(root, |node, segment| node.step(segment))?;
    match last {
        Segment::Key(key) => parent.entry(key),
        Segment::Index(_) => None,
    }
}

fn descend<'a>(root: &'a mut Node, segments: &[Segment]) -> Option<&'a mut Node> {
    segments.iter().try_fold(root, |node, segment| node.step_mut(segment))
}

fn remove(root: &mut Node, segments: &[Segment]) -> bool {
    let Some((last, parents)) = segments.split_last() else { return false };
    let Some(parent) = descend(root, parents) else { return false };
    match (last, &mut parent.value) {
        (Segment::Key(key), Value::Mapping(entries)) => {
            let before = entries.len();
            entries.retain(|entry| entry.key != *key);
            entries.len() < before
        }
        _ => false,
    }
}

/// A misspelt key stands for the one that was meant, so that what is under it is looked at too.
fn rename(root: &mut Node, segments: &[Segment], meant: &str) -> bool {
    let Some((Segment::Key(key), parents)) = segments.split_last() else { return false };
    let Some(parent) = descend(root, parents) else { return false };
    let Value::Mapping(entries) = &mut parent.value else { return false };
    if entries.iter().any(|entry| entry.key == meant) {
        return false;
    }
    match entries.iter_mut().find(|entry| entry.key == *key) {
        Some(entry) => {
            meant.clone_into(&mut entry.key);
            true
        }
        None => false,
    }
}

fn add_hole(node: &mut Node, field: &str) -> bool {
    let Value::Mapping(entries) = &mut node.value else { return false };
    let hole = Node { value: Value::Hole, span: node.span.clone() };
    entries.push(Entry { key: field.to_owned(), key_span: node.span.clone(), node: hole });
    true
}

impl fmt::Display for DecodeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {:?}", tree::path_text(&self.segments()), self.kind)
    }
}

impl std::error::Error for DecodeError {}

impl de::Error for DecodeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(Kind::Message(message.to_string()))
    }

    fn invalid_type(unexpected: Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::invalid_value(unexpected, expected)
    }

    fn invalid_value(unexpected: Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        let found = match unexpected {
            Unexpected::Str(text) => shown(text),
            Unexpected::Map => "a map".to_owned(),
            Unexpected::Seq => "a list".to_owned(),
            Unexpected::Unit => "nothing (null)".to_owned(),
            other => other.to_string(),
        };
        Self::new(Kind::Unexpected { found, expected: in_our_words(&expected.to_string()) })
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        let known = expected.iter().map(|name| (*name).to_owned()).collect();
        Self::new(Kind::UnknownVariant { found: variant.to_owned(), known })
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        let known = expected.iter().map(|name| (*name).to_owned()).collect();
        Self::new(Kind::UnknownKey { key: field.to_owned(), known })
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(Kind::Missing(field))
    }
}

/// serde's own visitors speak of sequences and strings; the YAML's writer, of lists and text.
fn in_our_words(expected: &str) -> String {
    match expected {
        "a sequence" => "a list".to_owned(),
        "a string" => "text".to_owned(),
        other => other.to_owned(),
    }
}
