//! The text that was written and places in it: which file, which bytes, which line and column.
//! What must not live here: what the text means.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::terminal::escaped;

/// One file as it was read.
pub(crate) struct Source {
    /// Relative to the project: `environments/production.yaml`.
    pub(crate) path: PathBuf,
    /// Its whole text.
    pub(crate) text: String,
}

/// Debug says which file, not what is in it: a spec can be long.
impl fmt::Debug for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Source({})", self.path.display())
    }
}

/// A place in a file: the bytes from `start` to `end`, always on character boundaries within the text.
#[derive(Clone, Debug)]
pub(crate) struct Span {
    /// The file.
    pub(crate) source: Arc<Source>,
    start: usize,
    end: usize,
}

impl Span {
    /// Clamps to the text and to character boundaries, so that slicing can never panic.
    pub(crate) fn new(source: &Arc<Source>, range: Range<usize>) -> Self {
        let text = &source.text;
        let boundary = |at: usize| {
            let mut at = at.min(text.len());
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let start = boundary(range.start);
        let end = boundary(range.end).max(start);
        Self { source: Arc::clone(source), start, end }
    }

    /// Without trailing white space, which the parser counts to a block's last line.
    pub(crate) fn trimmed(&self) -> Self {
        let kept = self.source.text[self.start..self.end].trim_end().len();
        Self { source: Arc::clone(&self.source), start: self.start, end: self.start + kept }
    }

    pub(crate) fn range(&self) -> Range<usize> {
        self.start..self.end
    }

    /// Whether it covers more than one line.
    pub(crate) fn is_multiline(&self) -> bool {
        self.source.text[self.start..self.end].contains('\n')
    }

    pub(crate) fn location(&self) -> Location {
        let before = &self.source.text[..self.start];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Location {
            file: self.source.path.clone(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }

    /// The order in which a reader meets places: by file, then by position.
    pub(crate) fn order(&self) -> (&Path, usize) {
        (&self.source.path, self.start)
    }
}

/// Where something was written: `environments/production.yaml:12:3`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The file, relative to the project.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

impl fmt::Display for Location {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = escaped(&self.file.to_string_lossy());
        write!(formatter, "{file}:{}:{}", self.line, self.column)
    }
}
