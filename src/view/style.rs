//! Labels and the colours that they stand for. Everything reads without colour too.

use anstyle::{AnsiColor, Style};

use crate::resource::Action;

/// Colour, or none: then not one escape code is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// For a terminal.
    Colour,
    /// For a log or a file.
    Plain,
}

/// What a piece of text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Label {
    Heading,
    Added,
    Changed,
    Removed,
    Quiet,
    Warning,
    Error,
}

impl Theme {
    pub(super) fn paint(self, label: Label, text: &str) -> String {
        if self == Self::Plain || text.is_empty() {
            return text.to_owned();
        }
        let style = match label {
            Label::Heading => Style::new().bold(),
            Label::Added => AnsiColor::Green.on_default(),
            Label::Changed => AnsiColor::Yellow.on_default(),
            Label::Removed => AnsiColor::Red.on_default(),
            Label::Quiet => Style::new().dimmed(),
            Label::Warning => AnsiColor::Yellow.on_default().bold(),
            Label::Error => AnsiColor::Red.on_default().bold(),
        };
        format!("{style}{text}{style:#}")
    }

    /// The sign of an action, and its colour.
    pub(super) fn sign(self, action: Action) -> String {
        let (label, sign) = match action {
            Action::Create => (Label::Added, "+"),
            Action::Update => (Label::Changed, "~"),
            Action::Replace => (Label::Changed, "-/+"),
            Action::Delete => (Label::Removed, "-"),
        };
        self.paint(label, sign)
    }
}
