//! From a tree to a type: a serde `Deserializer` over [`Node`] that keeps the key path and says what it expected in
//! words. [`all`] decodes again and again with each mistake cut out, so that one pass of the user's finds them all.
//!
//! Text is never retyped: a type that wants text gets what was written, `5` as "5" and `0123` as "0123".

use std::fmt;

use serde::de::{self, DeserializeOwned, DeserializeSeed, IntoDeserializer, Unexpected, Visitor};

use super::finding::Finding;
use super::rules::nearest;
use super::tree::{self, Entry, Node, Segment, Value};

/// More mistakes than this are not listed: each costs a pass, and nobody reads the hundred and first.
const MAX_FINDINGS: usize = 100;

/// The newtype name by which [`super::forms::Given`] asks for a hole to be let through.
pub(super) const GIVEN: &str = "$trueup::given";

/// What decoding came to.
pub(crate) struct Decoded<T> {
    /// The value, with holes where something was wrong.
    pub(crate) value: Option<T>,
    /// Every mistake of shape.
    pub(crate) findings: Vec<Finding>,
}

/// Decodes, and for each mistake notes it, cuts it out and decodes again.
pub(crate) fn all<T: DeserializeOwned>(mut root: Node) -> Decoded<T> {
    let mut findings = Vec::new();
    loop {
        let error = match T::deserialize(NodeDeserializer(&root)) {
            Ok(value) => return Decoded { value: Some(value), findings },
            Err(error) => error,
        };
        findings.extend(error.finding(&root));
        if findings.len() >= MAX_FINDINGS || !error.cut(&mut root) {
            return Decoded { value: None, findings };
        }
    }
}

/// A mistake of shape at a path.
#[derive(Debug)]
pub(crate) struct DecodeError {
    /// From the innermost part outwards while it travels up.
    path: Vec<Segment>,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
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
    fn new(kind: Kind) -> Self {
        Self { path: Vec::new(), kind }
    }

    fn below(mut self, segment: Segment) -> Self {
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
                Finding::error(path, message).expected(expected.as_str()).at(&place)
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
                Finding::error(inner, message).expected(format!("the key `{field}`")).at(&key_place)
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
            Kind::UnknownKey { .. } | Kind::BadKey(_) | Kind::Hole => remove(root, &segments),
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

/// `app.name: ` before a message, so that it can be understood away from its lines too.
fn prefix(path: &str) -> String {
    if path.is_empty() { String::new() } else { format!("`{path}`: ") }
}

fn unknown(finding: Finding, found: &str, known: &[String]) -> Finding {
    let list: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
    let finding = if list.is_empty() { finding } else { finding.expected(one_of(&list)) };
    finding.did_you_mean(nearest(found, known.iter().map(String::as_str)))
}

fn one_of(list: &[String]) -> String {
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

/// A [`Node`] as serde sees it.
struct NodeDeserializer<'n>(&'n Node);

impl NodeDeserializer<'_> {
    /// Any value as its own kind; text as text.
    fn natural<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match &self.0.value {
            Value::Hole => Err(DecodeError::new(Kind::Hole)),
            Value::Null => visitor.visit_unit(),
            Value::Scalar { text, .. } => visitor.visit_str(text),
            Value::Sequence(items) => visitor.visit_seq(Items { items, next: 0 }),
            Value::Mapping(entries) => visitor.visit_map(Entries { entries, next: 0 }),
        }
    }

    /// The text of a plain scalar, where a number or a boolean is wanted.
    fn plain(&self, expected: &str) -> Result<&str, DecodeError> {
        let found = match &self.0.value {
            Value::Hole => return Err(DecodeError::new(Kind::Hole)),
            Value::Scalar { text, plain: true } => return Ok(text),
            Value::Scalar { text, plain: false } => format!("the text {}", shown(text)),
            Value::Null => "nothing (null)".to_owned(),
            Value::Sequence(_) => "a list".to_owned(),
            Value::Mapping(_) => "a map".to_owned(),
        };
        Err(DecodeError::new(Kind::Unexpected { found, expected: expected.to_owned() }))
    }

    fn number<N: std::str::FromStr>(&self, most: impl fmt::Display) -> Result<N, DecodeError> {
        let expected = format!("a whole number from 0 to {most}");
        let text = self.plain(&expected)?;
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let wrong = || DecodeError::new(Kind::Unexpected { found: shown(text), expected: expected.clone() });
        if !digits || (text.len() > 1 && text.starts_with('0')) {
            return Err(wrong());
        }
        text.parse().map_err(|_| wrong())
    }
}

/// Numbers and booleans as YAML's core schema reads them, for values whose type the template decides.
fn core_schema<'de, V: Visitor<'de>>(text: &str, visitor: V) -> Result<V::Value, DecodeError> {
    match text {
        "true" | "True" | "TRUE" => return visitor.visit_bool(true),
        "false" | "False" | "FALSE" => return visitor.visit_bool(false),
        _ => {}
    }
    if let Ok(number) = text.parse::<i64>() {
        return visitor.visit_i64(number);
    }
    let numeric = text.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '-' | '+' | '.'));
    match text.parse::<f64>() {
        Ok(number) if numeric && number.is_finite() => visitor.visit_f64(number),
        _ => visitor.visit_str(text),
    }
}

impl<'de> de::Deserializer<'de> for NodeDeserializer<'_> {
    type Error = DecodeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match &self.0.value {
            Value::Scalar { text, plain: true } => core_schema(text, visitor),
            _ => self.natural(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        const EXPECTED: &str = "`true` or `false`";
        match self.plain(EXPECTED)? {
            "true" => visitor.visit_bool(true),
            "false" => visitor.visit_bool(false),
            other => {
                Err(DecodeError::new(Kind::Unexpected { found: shown(other), expected: EXPECTED.to_owned() }))
            }
        }
    }

    fn deserialize_u16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_u16(self.number(u16::MAX)?)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        visitor.visit_u32(self.number(u32::MAX)?)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.natural(visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.natural(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match &self.0.value {
            Value::Hole | Value::Null => visitor.visit_none(),
            Value::Scalar { .. } | Value::Sequence(_) | Value::Mapping(_) => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        match &self.0.value {
            Value::Hole if name == GIVEN => visitor.visit_none(),
            _ => visitor.visit_newtype_struct(self),
        }
    }

    /// A section with nothing under it (all its keys commented out) is an empty section.
    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match &self.0.value {
            Value::Null | Value::Hole => visitor.visit_map(Entries { entries: &[], next: 0 }),
            Value::Scalar { .. } | Value::Sequence(_) | Value::Mapping(_) => self.natural(visitor),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match &self.0.value {
            Value::Null | Value::Hole => visitor.visit_seq(Items { items: &[], next: 0 }),
            Value::Scalar { .. } | Value::Sequence(_) | Value::Mapping(_) => self.natural(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        match &self.0.value {
            Value::Scalar { text, .. } => visitor.visit_enum(text.as_str().into_deserializer()),
            Value::Hole | Value::Null | Value::Sequence(_) | Value::Mapping(_) => {
                let list: Vec<String> = variants.iter().map(|name| format!("`{name}`")).collect();
                self.plain(&one_of(&list)).and_then(|_| Err(DecodeError::new(Kind::Hole)))
            }
        }
    }

    serde::forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u64 u128 f32 f64 char bytes byte_buf unit unit_struct tuple tuple_struct
        struct identifier ignored_any
    }
}

struct Items<'n> {
    items: &'n [Node],
    next: usize,
}

impl<'de> de::SeqAccess<'de> for Items<'_> {
    type Error = DecodeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, DecodeError> {
        while let Some(item) = self.items.get(self.next) {
            let index = self.next;
            self.next += 1;
            // a hole keeps its place, so that the others keep their numbers
            if !matches!(item.value, Value::Hole) {
                let value = seed.deserialize(NodeDeserializer(item));
                return value.map(Some).map_err(|error| error.below(Segment::Index(index)));
            }
        }
        Ok(None)
    }
}

struct Entries<'n> {
    entries: &'n [Entry],
    next: usize,
}

impl<'de> de::MapAccess<'de> for Entries<'_> {
    type Error = DecodeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, DecodeError> {
        let Some(entry) = self.entries.get(self.next) else { return Ok(None) };
        let key: de::value::StrDeserializer<'_, DecodeError> = entry.key.as_str().into_deserializer();
        let outcome = seed.deserialize(key).map(Some);
        outcome.map_err(|error| {
            let kind = match error.kind {
                kind @ Kind::UnknownKey { .. } => kind,
                kind => Kind::BadKey(Box::new(DecodeError::new(kind))),
            };
            DecodeError::new(kind).below(Segment::Key(entry.key.clone()))
        })
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, DecodeError> {
        let Some(entry) = self.entries.get(self.next) else {
            return Err(DecodeError::new(Kind::Hole));
        };
        self.next += 1;
        let value = seed.deserialize(NodeDeserializer(&entry.node));
        value.map_err(|error| error.below(Segment::Key(entry.key.clone())))
    }
}
