//! Fits a document into the size of one comment: what matters least is shortened first, and how much is said.

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
}

impl Piece {
    /// One that is always whole.
    pub(in crate::view) fn frame(text: impl Into<String>) -> Self {
        Self { worth: Worth::Frame, forms: vec![text.into()] }
    }

    /// One that can be shortened to each of these in turn.
    pub(in crate::view) fn new(worth: Worth, forms: impl IntoIterator<Item = String>) -> Self {
        Self { worth, forms: forms.into_iter().collect() }
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
    let text = pieces.iter().zip(&chosen).map(|(piece, &form)| piece.forms[form].as_str()).collect();
    (text, chosen.iter().filter(|&&form| form > 0).count())
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
}
