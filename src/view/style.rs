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
    Text,
    Heading,
    Added,
    Changed,
    Removed,
    Quiet,
    Warning,
    Error,
    Hint,
}

impl Theme {
    /// The text in the colour of its label.
    pub(super) fn paint(self, label: Label, text: &str) -> String {
        let plain = Style::new();
        let style = match label {
            Label::Text => plain,
            Label::Heading => plain.bold(),
            Label::Added => AnsiColor::Green.on_default(),
            Label::Changed => AnsiColor::Yellow.on_default(),
            Label::Removed => AnsiColor::Red.on_default(),
            Label::Quiet => plain.dimmed(),
            Label::Warning => AnsiColor::Yellow.on_default().bold(),
            Label::Error => AnsiColor::Red.on_default().bold(),
            Label::Hint => AnsiColor::Cyan.on_default().bold(),
        };
        if self == Self::Plain || text.is_empty() || style.is_plain() {
            return text.to_owned();
        }
        format!("{style}{text}{style:#}")
    }
}

/// The sign of an action.
pub(super) fn sign(action: Action) -> &'static str {
    match action {
        Action::Create => "+",
        Action::Update => "~",
        Action::Replace => "-/+",
        Action::Delete => "-",
    }
}

/// The label of an action's sign.
pub(super) fn label(action: Action) -> Label {
    match action {
        Action::Create => Label::Added,
        Action::Update | Action::Replace => Label::Changed,
        Action::Delete => Label::Removed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_colour_there_is_no_escape_code() {
        assert_eq!(Theme::Plain.paint(Label::Error, "no"), "no");
    }

    #[test]
    fn with_colour_a_label_is_opened_and_closed() {
        assert_eq!(Theme::Colour.paint(Label::Added, "yes"), "\u{1b}[32myes\u{1b}[0m");
        assert_eq!(Theme::Colour.paint(Label::Added, ""), "");
        assert_eq!(Theme::Colour.paint(Label::Text, "text"), "text");
    }
}
