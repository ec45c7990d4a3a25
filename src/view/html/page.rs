//! The frame of every page: its head, its landmarks and how it looks in light, in the dark and on paper.

use super::markup::{Markup, block, element, empty, line, own};

/// What stands in a page.
pub(super) struct Page {
    /// What the window is called.
    pub(super) title: String,
    /// What the page is: `trueup plan`.
    pub(super) kind: &'static str,
    /// Its one heading.
    pub(super) heading: String,
    /// What stands below the heading.
    pub(super) lead: Markup,
    pub(super) main: Markup,
    pub(super) footer: Markup,
}

const STYLE: &str = include_str!("page.css");

/// Even if something got in, a browser would neither run it nor ask anybody for anything.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

impl Page {
    pub(super) fn into_string(self) -> String {
        let Self { title, kind, heading, lead, main, footer } = self;
        let head = block(
            "head",
            &[],
            [
                empty("meta", &[("charset", "utf-8")]),
                empty("meta", &[("http-equiv", "Content-Security-Policy"), ("content", POLICY)]),
                empty("meta", &[("name", "viewport"), ("content", "width=device-width, initial-scale=1")]),
                empty("meta", &[("name", "color-scheme"), ("content", "light dark")]),
                line("title", &[], title),
                block("style", &[], own(STYLE)),
            ],
        );
        let header =
            block("header", &[], [line("p", &[("class", "kind")], kind), line("h1", &[], heading), lead]);
        let body = block("body", &[], [header, block("main", &[], main), block("footer", &[], footer)]);
        format!("<!DOCTYPE html>\n{}", block("html", &[("lang", "en")], [head, body]).into_string())
    }
}

/// Numbers that are seen at once, each with what it counts.
pub(super) fn tiles(tiles: impl IntoIterator<Item = (String, &'static str, &'static str)>) -> Markup {
    let tile = |(number, what, class): (String, &'static str, &'static str)| {
        line("div", &[("class", class)], [element("dt", &[], what), element("dd", &[], number)])
    };
    block("dl", &[("class", "tiles")], tiles.into_iter().map(tile).collect::<Markup>())
}

/// The head of a column.
#[derive(Clone, Copy)]
pub(super) enum Head {
    Text(&'static str),
    /// Of numbers, which stand on the right.
    Number(&'static str),
}

impl Head {
    fn cell(self) -> Markup {
        match self {
            Self::Text(head) => element("th", &[("scope", "col")], head),
            Self::Number(head) => element("th", &[("scope", "col"), ("class", "number")], head),
        }
    }
}

/// A table that may be wider than the window: it moves by itself, and not the page.
pub(super) fn wide_table(label: &str, heads: &[Head], rows: impl IntoIterator<Item = Markup>) -> Markup {
    let attributes = [("class", "wide"), ("role", "region"), ("aria-label", label), ("tabindex", "0")];
    block("div", &attributes, table(label, heads, rows))
}

/// A table with its heads.
pub(super) fn table(label: &str, heads: &[Head], rows: impl IntoIterator<Item = Markup>) -> Markup {
    let heads: Markup = heads.iter().map(|head| head.cell()).collect();
    let head = line("thead", &[], element("tr", &[], heads));
    let body = block("tbody", &[], rows.into_iter().collect::<Markup>());
    block("table", &[("aria-label", label)], [head, body])
}

/// A part of a page with a heading; nothing when there is nothing in it.
pub(super) fn section(class: &str, heading: Markup, parts: Vec<Markup>) -> Markup {
    if parts.is_empty() {
        return Markup::default();
    }
    let parts: Markup = std::iter::once(heading).chain(parts).collect();
    block("section", &[("class", class)], parts)
}
