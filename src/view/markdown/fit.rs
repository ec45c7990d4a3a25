//! Fits a document into the size of one comment: what matters least is shortened first, and how much is said.

use std::borrow::Cow;

use crate::view::text::count;

/// What a piece is worth: the first of these is shortened first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::view) enum Worth {
    /// What is live besides, and left alone.
    Unmanaged,
    /// The picture of the order.
    Graph,
    /// What is made anew.
    Create,
    /// What a later apply does.
    Deferred,
    /// What is worth knowing.
    Warning,
    /// What changes.
    Update,
    /// What goes.
    Destructive,
    /// A line of an overview.
    Row,
    /// What nothing is done without.
    Blocked,
    /// What holds the document together.
    Frame,
}

/// A part of a document in its forms, from the whole one to the shortest; it may be left out when that is empty.
#[derive(Clone, Debug)]
pub(in crate::view) struct Piece {
    worth: Worth,
    forms: Vec<String>,
    inside: Option<Inside>,
}

/// What a long part holds, of which as much can be shown as there is room for.
#[derive(Clone, Debug)]
pub(in crate::view) struct Inside {
    /// What opens it, and what closes it.
    pub(in crate::view) frame: [String; 2],
    /// What stands between.
    pub(in crate::view) held: Held,
}

/// What is shortened within a part.
#[derive(Clone, Debug)]
pub(in crate::view) enum Held {
    /// Lines, each with its end, of which the first ones are shown.
    Lines(Vec<String>),
    /// Parts again.
    Pieces(Vec<Piece>),
}

/// What the words about lines that are left out take at most.
const REMARK: usize = 60;

impl Inside {
    /// As much as so many bytes hold, and that the rest is missing; nothing when that is nearly nothing.
    fn within(&self, room: usize) -> Option<String> {
        let [before, after] = &self.frame;
        let room = room.checked_sub(before.len() + after.len() + REMARK)?;
        let inner = match &self.held {
            Held::Lines(lines) => {
                let mut left = room;
                let fits = |line: &&String| left.checked_sub(line.len()).map(|rest| left = rest).is_some();
                let shown: Vec<&str> = lines.iter().take_while(fits).map(String::as_str).collect();
                if shown.is_empty() {
                    return None;
                }
                format!("{} … and {}\n", shown.concat(), count(lines.len() - shown.len(), "more line"))
            }
            Held::Pieces(pieces) => fit(pieces, room).0,
        };
        Some(format!("{before}{inner}{after}"))
            .filter(|text| text.len() <= room + before.len() + after.len() + REMARK)
    }
}

impl Piece {
    /// One that is always whole.
    pub(in crate::view) fn frame(text: impl Into<String>) -> Self {
        Self { worth: Worth::Frame, forms: vec![text.into()], inside: None }
    }

    /// One that can be shortened to each of these in turn.
    pub(in crate::view) fn new(worth: Worth, forms: impl IntoIterator<Item = String>) -> Self {
        Self { worth, forms: forms.into_iter().collect(), inside: None }
    }

    /// The same, of which a part can be shown where the whole has no room.
    pub(in crate::view) fn holding(self, inside: Inside) -> Self {
        Self { inside: Some(inside), ..self }
    }

    /// What it is worth.
    pub(in crate::view) fn worth(&self) -> Worth {
        self.worth
    }
}

/// The pieces in their order, each shortened so many times.
pub(in crate::view) fn shortened(pieces: &[Piece], times: usize) -> String {
    pieces.iter().map(|piece| piece.forms[times.min(piece.forms.len() - 1)].as_str()).collect()
}

/// The pieces in their order, with at most `limit` bytes as far as shortening can do it, and how many were shortened.
pub(in crate::view) fn fit(pieces: &[Piece], limit: usize) -> (String, usize) {
    let mut chosen = vec![0; pieces.len()];
    let mut size: usize = pieces.iter().map(|piece| piece.forms[0].len()).sum();
    let mut order: Vec<usize> = (0..pieces.len()).collect();
    // Of equal worth the last one is shortened first.
    order.sort_by_key(|&index| (pieces[index].worth, std::cmp::Reverse(index)));
    let most = pieces.iter().map(|piece| piece.forms.len()).max().unwrap_or_default();
    'fitting: for round in 1..most {
        for &index in &order {
            if size <= limit {
                break 'fitting;
            }
            if let Some(shorter) = pieces[index].forms.get(round) {
                size = size - pieces[index].forms[chosen[index]].len() + shorter.len();
                chosen[index] = round;
            }
        }
    }
    let mut texts: Vec<Cow<'_, str>> =
        pieces.iter().zip(&chosen).map(|(piece, &form)| piece.forms[form].as_str().into()).collect();
    // The room that is left goes to what was shortened, to what matters most first.
    for &index in order.iter().rev().filter(|&&index| chosen[index] > 0) {
        let room = limit.saturating_sub(size) + texts[index].len();
        let part = pieces[index].inside.as_ref().and_then(|inside| inside.within(room));
        if let Some(part) = part.filter(|part| part.len() > texts[index].len()) {
            size = size - texts[index].len() + part.len();
            texts[index] = part.into();
        }
    }
    (texts.concat(), chosen.iter().filter(|&&form| form > 0).count())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces() -> Vec<Piece> {
        let three =
            |worth, letter: &str| Piece::new(worth, [letter.repeat(100), letter.repeat(10), String::new()]);
        vec![
            Piece::frame("head "),
            three(Worth::Destructive, "d"),
            three(Worth::Create, "c"),
            three(Worth::Create, "e"),
            three(Worth::Unmanaged, "u"),
        ]
    }

    fn fitted(limit: usize) -> (Vec<usize>, usize) {
        let (text, shortened) = fit(&pieces(), limit);
        assert!(text.starts_with("head "));
        (["d", "c", "e", "u"].map(|letter| text[5..].matches(letter).count()).to_vec(), shortened)
    }

    #[test]
    fn what_fits_is_whole() {
        assert_eq!(fitted(405), (vec![100, 100, 100, 100], 0));
    }

    #[test]
    fn what_matters_least_is_shortened_first_and_the_last_of_its_worth_before_the_others() {
        assert_eq!(fitted(404), (vec![100, 100, 100, 10], 1));
        assert_eq!(fitted(300), (vec![100, 100, 10, 10], 2));
        assert_eq!(fitted(200), (vec![100, 10, 10, 10], 3));
        assert_eq!(fitted(100), (vec![10, 10, 10, 10], 4));
        assert_eq!(fitted(30), (vec![10, 10, 0, 0], 4));
        assert_eq!(fitted(0), (vec![0, 0, 0, 0], 4));
    }

    #[test]
    fn the_room_that_is_left_goes_to_the_first_lines_of_what_was_shortened() {
        let lines: Vec<String> = (0..100).map(|number| format!("line {number:02}\n")).collect();
        let frame = || ["<b>\n".to_owned(), "</b>\n".to_owned()];
        let whole = format!("<b>\n{}</b>\n", lines.concat());
        let long = Piece::new(Worth::Update, [whole.clone(), "<p>\n".to_owned(), String::new()])
            .holding(Inside { frame: frame(), held: Held::Lines(lines) });
        assert_eq!(fit(std::slice::from_ref(&long), whole.len()), (whole, 0));
        let (text, shortened) = fit(std::slice::from_ref(&long), 200);
        assert!(text.len() <= 200 && text.len() > 130, "{}", text.len());
        let shown = text.matches("line ").count();
        assert_eq!((shortened, text.starts_with("<b>\nline 00\nline 01\n")), (1, true), "{text}");
        assert!(text.ends_with(&format!(" … and {} more lines\n</b>\n", 100 - shown)), "{text}");
        assert_eq!(fit(std::slice::from_ref(&long), 50).0, "<p>\n", "nearly nothing is nothing");
        // In a part that holds it, too.
        let outer = Piece::new(Worth::Update, ["x".repeat(2000), String::new()])
            .holding(Inside { frame: frame(), held: Held::Pieces(vec![Piece::frame("head\n"), long]) });
        let (text, _) = fit(&[Piece::frame("top\n"), outer], 300);
        assert!(text.len() <= 300 && text.starts_with("top\n<b>\nhead\n<b>\nline 00\n"), "{text}");
    }
}
