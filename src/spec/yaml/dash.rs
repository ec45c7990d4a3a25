//! A dash that stands alone in a list on one line: `[conftest, test, -]`. YAML forbids it there, most readers take it, and
//! it is how many programs are told to read from standard input.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::spec::source::Span;

/// More than this in one file are not meant as words.
const MOST: usize = 64;
/// What the parser reads in a dash's place; of the same size, so that every place stays where it is.
const STAND_IN: &str = "_";

/// The dashes at which the parser stopped.
#[derive(Clone, Default)]
pub(super) struct Dashes(BTreeSet<usize>);

impl Dashes {
    /// Whether what the parser stopped at is a new one. It is within no quotes, or the parser would have read it.
    pub(super) fn add(&mut self, text: &str, at: usize) -> bool {
        let rest = text.get(at..).and_then(|rest| rest.strip_prefix('-'));
        let is_alone = rest.is_some_and(|rest| rest.trim_start_matches(' ').starts_with([',', ']', '}']));
        is_alone && self.0.len() < MOST && self.0.insert(at)
    }

    /// The text as the parser can read it.
    pub(super) fn stand_in<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.0.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut text = text.to_owned();
        for at in &self.0 {
            text.replace_range(*at..=*at, STAND_IN);
        }
        Cow::Owned(text)
    }

    /// A scalar's text, as it was written.
    pub(super) fn given_back(&self, text: String, span: &Span) -> String {
        if text == STAND_IN && self.0.contains(&span.range().start) { "-".to_owned() } else { text }
    }
}
