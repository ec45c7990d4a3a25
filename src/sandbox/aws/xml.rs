//! XML documents as plain trees: read from a request, kept in the state, written into answers.
//!
//! Sub-resources of a bucket (CORS, lifecycle, encryption …) are kept as the tree that was sent, so that fields
//! this sandbox knows nothing of survive a round trip. What a document means is decided in `s3::rules`, not here.

use std::fmt::{Display, Write as _};

use quick_xml::Reader;
use quick_xml::escape::{escape, resolve_predefined_entity};
use quick_xml::events::{BytesStart, Event};
use serde::{Deserialize, Serialize};

/// How deep a document may nest: real ones stay under ten, and the tree is walked recursively.
const DEEPEST: usize = 64;

/// One element: a name without its prefix, the text directly inside it, and its children in order.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct Element {
    /// Local name, without a namespace prefix.
    pub(super) name: String,
    /// Character data of the element itself; empty where it has children.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) text: String,
    /// Attributes that are written out again (`xmlns`, `xsi:type`); those of a request are dropped.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) attributes: Vec<(String, String)>,
    /// Child elements in document order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) children: Vec<Element>,
}

impl Element {
    /// An element with nothing in it.
    pub(super) fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// An element that holds text only.
    pub(super) fn leaf(name: impl Into<String>, text: impl Display) -> Self {
        Self { name: name.into(), text: text.to_string(), ..Self::default() }
    }

    /// The same element with one attribute more.
    pub(super) fn attribute(mut self, name: &str, value: &str) -> Self {
        self.attributes.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same element with one child more.
    pub(super) fn with(mut self, child: Element) -> Self {
        self.children.push(child);
        self
    }

    /// The same element with one text child more.
    pub(super) fn text(self, name: &str, text: impl Display) -> Self {
        self.with(Self::leaf(name, text))
    }

    /// The same element with one text child more, where there is a text.
    pub(super) fn maybe(self, name: &str, text: Option<impl Display>) -> Self {
        match text {
            Some(text) => self.text(name, text),
            None => self,
        }
    }

    /// The same element with many children more.
    pub(super) fn all(mut self, children: impl IntoIterator<Item = Element>) -> Self {
        self.children.extend(children);
        self
    }

    /// The first child of that name.
    pub(super) fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// Every child of that name, in order.
    pub(super) fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The text of the first child of that name.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.as_str())
    }

    /// The element as a document, with the declaration.
    pub(super) fn document(&self) -> Vec<u8> {
        let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        self.write(&mut out);
        out.into_bytes()
    }

    fn write(&self, out: &mut String) {
        let name = &self.name;
        let _ = write!(out, "<{name}");
        for (key, value) in &self.attributes {
            let _ = write!(out, " {key}=\"{}\"", escape(value.as_str()));
        }
        if self.text.is_empty() && self.children.is_empty() {
            out.push_str("/>");
            return;
        }
        let _ = write!(out, ">{}", escape(self.text.as_str()));
        for child in &self.children {
            child.write(out);
        }
        let _ = write!(out, "</{name}>");
    }

    /// Reads one document; `None` when it is not well-formed XML with one root.
    pub(super) fn parse(document: &[u8]) -> Option<Self> {
        let document = std::str::from_utf8(document).ok().filter(|text| text.chars().all(is_allowed))?;
        let mut reader = Reader::from_str(document);
        let mut open: Vec<Element> = Vec::new();
        loop {
            match reader.read_event().ok()? {
                Event::Start(start) => open.push(started(&start)),
                Event::Empty(start) => {
                    let done = started(&start);
                    match open.last_mut() {
                        Some(parent) => parent.children.push(done),
                        None => return Some(done),
                    }
                }
                Event::Text(text) => add(&mut open, &text.xml10_content()),
                Event::CData(text) => add(&mut open, &text.xml10_content()),
                Event::GeneralRef(reference) => {
                    let text = match reference.resolve_char_ref().ok()? {
                        Some(character) if is_allowed(character) => character.to_string(),
                        Some(_) => return None,
                        None => resolve_predefined_entity(&reference.xml10_content())?.to_owned(),
                    };
                    add(&mut open, &text);
                }
                Event::End(_) => {
                    let done = finished(open.pop()?);
                    match open.last_mut() {
                        Some(parent) => parent.children.push(done),
                        None => return Some(done),
                    }
                }
                Event::Eof => return None,
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
            }
            if open.len() > DEEPEST {
                return None;
            }
        }
    }
}

fn started(start: &BytesStart<'_>) -> Element {
    Element::new(start.local_name().as_ref())
}

/// Drops the white space between the children of an element that has some.
fn finished(mut element: Element) -> Element {
    if !element.children.is_empty() {
        element.text.clear();
    }
    element
}

fn add(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}

/// Whether XML 1.0 has the character at all.
fn is_allowed(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        let tree = Element::new("Tagging")
            .with(Element::new("Tag").text("Key", "a&b <c>").text("Value", "é\"'"))
            .with(Element::new("Empty"));
        assert_eq!(Element::parse(&tree.document()), Some(tree));
    }

    #[test]
    fn prefixes_attributes_entities_and_white_space_are_seen_through() {
        let read =
            Element::parse(b"<?xml version=\"1.0\"?>\n<x:A xmlns:x=\"urn:y\">\n <B>1 &lt; &#50;</B>\n</x:A>");
        assert_eq!(read, Some(Element::new("A").text("B", "1 < 2")));
    }

    #[test]
    fn what_is_not_one_whole_document_is_refused() {
        for broken in ["", "<A>", "<A></B>", "no", "<A>&unknown;</A>"] {
            assert_eq!(Element::parse(broken.as_bytes()), None, "{broken}");
        }
        assert_eq!(Element::parse("<A>".repeat(1000).as_bytes()), None, "too deep");
    }
}
