//! HTML that is safe by its type: names of elements and attributes are the program's own, and whatever is text or a
//! value goes in through here and is escaped. It is well-formed XML too, which tests hold it to.

use crate::view::markdown::escape;

/// A piece of a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Markup(String);

/// The attributes of an element.
pub(super) type Attributes<'a> = &'a [(&'static str, &'a str)];

impl Markup {
    /// As it is written to a file.
    pub(super) fn into_string(self) -> String {
        self.0
    }
}

impl FromIterator<Markup> for Markup {
    fn from_iter<T: IntoIterator<Item = Markup>>(pieces: T) -> Self {
        Self(pieces.into_iter().map(|piece| piece.0).collect())
    }
}

impl<const N: usize> From<[Markup; N]> for Markup {
    fn from(pieces: [Markup; N]) -> Self {
        pieces.into_iter().collect()
    }
}

impl From<&str> for Markup {
    fn from(words: &str) -> Self {
        text(words)
    }
}

impl From<String> for Markup {
    fn from(words: String) -> Self {
        text(&words)
    }
}

/// Text, whoever wrote it: it is read as it is written, and what cannot be seen is shown as its code.
pub(super) fn text(text: &str) -> Markup {
    // No characters of XML; a browser shows nothing for them either.
    Markup(escape::html(text).replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}"))
}

/// An element around a piece.
pub(super) fn element(name: &'static str, attributes: Attributes<'_>, inner: impl Into<Markup>) -> Markup {
    Markup(format!("<{name}{}>{}</{name}>", written(attributes), inner.into().0))
}

/// The same in lines of its own, so that a page can be read and compared as text.
pub(super) fn block(name: &'static str, attributes: Attributes<'_>, inner: impl Into<Markup>) -> Markup {
    Markup(format!("<{name}{}>\n{}</{name}>\n", written(attributes), inner.into().0))
}

/// A line of its own.
pub(super) fn line(name: &'static str, attributes: Attributes<'_>, inner: impl Into<Markup>) -> Markup {
    Markup(element(name, attributes, inner).0 + "\n")
}

/// An element that holds nothing.
pub(super) fn empty(name: &'static str, attributes: Attributes<'_>) -> Markup {
    Markup(format!("<{name}{} />\n", written(attributes)))
}

/// What the program itself has written: a style sheet.
pub(super) fn own(text: &'static str) -> Markup {
    Markup(text.to_owned())
}

fn written(attributes: Attributes<'_>) -> String {
    attributes.iter().map(|(name, value)| format!(" {name}=\"{}\"", text(value).0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_values_cannot_leave_their_place() {
        let name = "\"><img src=x onerror=alert(1)>&'\u{202e}";
        assert_eq!(
            element("a", &[("title", name)], name).into_string(),
            "<a title=\"&quot;&gt;&lt;img src=x onerror=alert(1)&gt;&amp;&#39;\\u{202e}\">\
             &quot;&gt;&lt;img src=x onerror=alert(1)&gt;&amp;&#39;\\u{202e}</a>"
        );
    }

    #[test]
    fn an_element_that_holds_nothing_is_closed() {
        assert_eq!(empty("meta", &[("charset", "utf-8")]).into_string(), "<meta charset=\"utf-8\" />\n");
    }
}
