//! Where things stand on a line: names on the left, what there is to say about them in one column on the
//! right, and lines that never grow wider than the page unless a single word does.

use super::style::{Label, Theme, label, sign};
use super::text::{columns, wrap};
use crate::resource::Action;

/// Where the right column begins when names leave room.
const COLUMN: usize = 27;
/// Where it begins at most on a whole page; longer names push it within their own block.
const COLUMN_MOST: usize = 34;
/// Where it begins at most within a block; a name that is longer still pushes only its own line.
const BLOCK_MOST: usize = 48;
/// With less room than this, the right column is given up and texts stand below their names.
const ROOM: usize = 24;
/// How far texts below a name are set in.
const BELOW: usize = 4;

/// A name at its place on a line, with the sign in front of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Name<'a> {
    /// The column of its first letter.
    pub(super) column: usize,
    /// What happens to the thing.
    pub(super) sign: Option<Action>,
    /// The name.
    pub(super) text: &'a str,
    /// Its colour.
    pub(super) label: Label,
}

impl Name<'_> {
    fn end(self) -> usize {
        self.column + columns(self.text)
    }

    /// The sign right before the name, then the name.
    fn paint(self, theme: Theme) -> String {
        let name = theme.paint(self.label, self.text);
        match self.sign {
            None => format!("{:1$}{name}", "", self.column),
            Some(action) => {
                let sign = sign(action);
                let before = " ".repeat(self.column.saturating_sub(1 + sign.len()));
                format!("{before}{} {name}", theme.paint(label(action), sign))
            }
        }
    }
}

/// A page.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    pub(super) theme: Theme,
    width: usize,
    column: usize,
}

impl Layout {
    /// A page with its right column behind the names that end at these places.
    pub(super) fn new(theme: Theme, width: usize, name_ends: impl Iterator<Item = usize>) -> Self {
        let column = name_ends.map(|end| end + 2).filter(|end| *end <= COLUMN_MOST).max().unwrap_or_default();
        Self { theme, width, column: column.max(COLUMN) }
    }

    /// The same page with its right column behind the longer names of one block, where that leaves room.
    pub(super) fn behind(self, name_ends: impl Iterator<Item = usize>) -> Self {
        let most = BLOCK_MOST.min(self.width.saturating_sub(ROOM));
        let column = name_ends.map(|end| end + 2).filter(|end| *end <= most).max().unwrap_or_default();
        Self { column: self.column.max(column), ..self }
    }

    /// How many columns are left behind this one.
    pub(super) fn room(&self, column: usize) -> usize {
        self.width.saturating_sub(column).max(1)
    }

    /// Where a text begins that stands below names.
    pub(super) fn hang(&self) -> usize {
        if self.width >= self.column + ROOM { self.column } else { 6 + BELOW }
    }

    /// Whether a text would fit on the line of its name.
    pub(super) fn fits_beside(&self, name: Name<'_>, text: &str) -> bool {
        self.beside(name) + columns(text) <= self.width
    }

    fn beside(&self, name: Name<'_>) -> usize {
        self.column.max(name.end() + 2)
    }

    /// A name alone on its line.
    pub(super) fn name(&self, name: Name<'_>) -> String {
        format!("{}\n", name.paint(self.theme))
    }

    /// A name and a text about it: beside it, else wrapped in the right column, else below.
    pub(super) fn pair(&self, name: Name<'_>, text: &str, label: Label) -> String {
        if text.is_empty() {
            return self.name(name);
        }
        let beside = self.beside(name);
        if self.fits_beside(name, text) {
            return format!("{}{}\n", self.up_to(beside, name), self.theme.paint(label, text));
        }
        let lines = wrap(text, self.room(self.column));
        let all_fit = lines.iter().all(|line| columns(line) <= self.room(self.column));
        let stands_in_column = beside == self.column && self.hang() == self.column && all_fit;
        if let Some((first, rest)) = lines.split_first().filter(|_| stands_in_column) {
            let first = format!("{}{}\n", self.up_to(beside, name), self.theme.paint(label, first));
            return first + &self.lines(rest, self.column, label);
        }
        self.name(name) + &self.block(text, name.column + BELOW, label)
    }

    /// A name, what the thing is, and on the right what changing it causes.
    pub(super) fn heading(&self, name: Name<'_>, title: &str, effects: &str) -> String {
        const GAP: usize = 3;
        if title.is_empty() {
            return self.pair(name, effects, Label::Quiet);
        }
        let beside = self.beside(name);
        if !effects.is_empty() && beside + columns(title) + GAP + columns(effects) <= self.width {
            let effects = self.theme.paint(Label::Quiet, effects);
            return format!("{}{title}{:GAP$}{effects}\n", self.up_to(beside, name), "");
        }
        let mut text = self.pair(name, title, Label::Text);
        if !effects.is_empty() {
            text.push_str(&self.block(effects, self.hang(), Label::Quiet));
        }
        text
    }

    /// A wrapped text at a column.
    pub(super) fn block(&self, text: &str, column: usize, label: Label) -> String {
        self.lines(&wrap(text, self.room(column)), column, label)
    }

    fn lines(&self, lines: &[String], column: usize, label: Label) -> String {
        let lines = lines.iter().map(|line| format!("{:column$}{}\n", "", self.theme.paint(label, line)));
        lines.collect::<Vec<_>>().concat()
    }

    fn up_to(&self, column: usize, name: Name<'_>) -> String {
        format!("{}{:2$}", name.paint(self.theme), "", column - name.end())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(width: usize) -> Layout {
        Layout::new(Theme::Plain, width, std::iter::empty())
    }

    fn field(text: &str) -> Name<'_> {
        Name { column: 6, sign: None, text, label: Label::Text }
    }

    #[test]
    fn a_short_text_stands_beside_its_name() {
        assert_eq!(
            page(80).pair(field("plan"), "standard-0", Label::Text),
            "      plan                 standard-0\n"
        );
    }

    #[test]
    fn a_longer_text_wraps_in_its_column() {
        let text = page(54).pair(field("note"), "one two three four five six seven", Label::Text);
        assert_eq!(
            text,
            "      note                 one two three four five six\n                           seven\n"
        );
    }

    #[test]
    fn on_a_narrow_page_texts_stand_below_their_names() {
        let text = page(40).pair(field("note"), "one two three four five six seven", Label::Text);
        assert_eq!(text, "      note\n          one two three four five six\n          seven\n");
    }

    #[test]
    fn a_sign_stands_right_before_its_name() {
        let name = Name { column: 4, sign: Some(Action::Replace), text: "key", label: Label::Heading };
        assert_eq!(page(80).name(name), "-/+ key\n");
        assert_eq!(page(80).name(Name { sign: Some(Action::Create), ..name }), "  + key\n");
    }

    #[test]
    fn names_that_are_a_little_longer_move_the_column_for_all() {
        let page = Layout::new(Theme::Plain, 80, [10, 28, 60].into_iter());
        assert_eq!(page.pair(field("a"), "b", Label::Text), format!("      a{:23}b\n", ""));
    }

    #[test]
    fn effects_go_below_a_title_that_leaves_no_room() {
        let name = Name { column: 4, sign: Some(Action::Create), text: "app", label: Label::Heading };
        assert_eq!(page(60).heading(name, "ledger", "1 release").lines().count(), 1);
        let text = page(60).heading(name, "heroku-postgresql:standard-0", "takes minutes");
        assert_eq!(
            text,
            "  + app                    heroku-postgresql:standard-0\n                           takes minutes\n"
        );
    }
}
