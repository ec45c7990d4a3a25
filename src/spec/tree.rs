//! YAML as a tree that remembers where everything was written, and the text as it was written.
//!
//! Types are not decided here: `5`, `true` and `0123` are text until a type asks (`decode`). How a file becomes a tree
//! is in [`super::yaml`].

use super::source::Span;

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
    /// An empty file is a spec without keys.
    pub(crate) fn or_empty(self) -> Self {
        match self.value {
            Value::Null => Self { value: Value::Mapping(Vec::new()), ..self },
            _ => self,
        }
    }

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

    /// The place of a path's last key, where the key and not its value is what is wrong.
    pub(crate) fn key_place(&self, path: &str) -> Span {
        let (mut node, mut span, mut rest) = (self, self.head(), path);
        while let Some((found, place, after)) = node.descend(rest) {
            let key = node.entries().iter().find(|entry| std::ptr::eq(&raw const entry.node, found));
            span = key.map_or(place, |entry| entry.key_span.clone());
            (node, rest) = (found, after);
        }
        span
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
    pub(crate) fn head(&self) -> Span {
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
