//! Errors: what went wrong, and apart from that what to do now.

use super::Theme;
use super::style::Label;
use crate::cloud::CloudError;

/// `error: …` and, when there is one, `hint: …`.
#[must_use]
pub fn message(text: &str, hint: Option<&str>, theme: Theme) -> String {
    let mut shown = format!("{} {text}\n", theme.paint(Label::Error, "error:"));
    if let Some(hint) = hint {
        shown.push_str(&format!("{} {hint}\n", theme.paint(Label::Heading, "hint:")));
    }
    shown
}

/// `warning: …`
#[must_use]
pub fn warning(text: &str, theme: Theme) -> String {
    format!("{} {text}\n", theme.paint(Label::Warning, "warning:"))
}

/// Several failures of services; a hint that all share is told once.
#[must_use]
pub fn clouds(errors: &[CloudError], theme: Theme) -> String {
    let mut shown = String::new();
    let mut hints: Vec<String> = Vec::new();
    for error in errors {
        shown.push_str(&message(&error.to_string(), None, theme));
        hints.extend(error.hint().filter(|hint| !hints.contains(hint)));
    }
    for hint in hints {
        shown.push_str(&format!("{} {hint}\n", theme.paint(Label::Heading, "hint:")));
    }
    shown
}
