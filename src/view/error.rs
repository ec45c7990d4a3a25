//! Errors: what went wrong, and apart from that what to do now. The one rendering of both.

use super::style::{Label, Theme};
use super::text::{clean, columns, wrap};
use crate::cloud::CloudError;

/// Errors are read in logs as often as on terminals, so their width is fixed.
const WIDTH: usize = 100;

/// `error: …` and, when there is one, `hint: …`.
#[must_use]
pub fn message(text: &str, hint: Option<&str>, theme: Theme) -> String {
    let mut shown = told(Label::Error, "error:", text, theme);
    if let Some(hint) = hint {
        shown.push_str(&told(Label::Hint, "hint:", hint, theme));
    }
    shown
}

/// `warning: …`
#[must_use]
pub fn warning(text: &str, theme: Theme) -> String {
    told(Label::Warning, "warning:", text, theme)
}

/// Several failures of services; what several share, a message or a hint, is told once.
#[must_use]
pub fn clouds(errors: &[CloudError], theme: Theme) -> String {
    let messages = errors.iter().map(|error| told(Label::Error, "error:", &error.to_string(), theme));
    let hints = errors.iter().filter_map(CloudError::hint).map(|hint| told(Label::Hint, "hint:", &hint, theme));
    let mut lines: Vec<String> = Vec::new();
    for line in messages.chain(hints) {
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines.concat()
}

/// A head and a text, wrapped and set in below its own beginning; lines of the text stay lines.
pub(super) fn told(label: Label, head: &str, text: &str, theme: Theme) -> String {
    let indent = columns(head) + 1;
    let lines = text.lines().flat_map(|line| wrap(&clean(line), WIDTH - indent));
    let text = lines.collect::<Vec<_>>().join(&format!("\n{:indent$}", ""));
    format!("{} {text}\n", theme.paint(label, head))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::{Certainty, ErrorKind};

    fn failure(kind: ErrorKind, message: &str) -> CloudError {
        CloudError {
            operation: "GET /apps/ledger".to_owned(),
            service: "api.heroku.com".to_owned(),
            kind,
            status: None,
            id: None,
            message: message.to_owned(),
            request_id: None,
            certainty: Certainty::NotDone,
        }
    }

    #[test]
    fn an_error_and_what_to_do_are_two_lines() {
        assert_eq!(
            message("no environment `prod`", Some("did you mean `production`?"), Theme::Plain),
            "error: no environment `prod`\nhint: did you mean `production`?\n"
        );
    }

    #[test]
    fn a_long_error_wraps_below_its_beginning() {
        let text = message(&"word ".repeat(30), None, Theme::Plain);
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[1].starts_with("       word"), "{text}");
        assert!(lines.iter().all(|line| columns(line) <= WIDTH), "{text}");
    }

    #[test]
    fn a_hint_that_failures_share_is_told_once() {
        let failures =
            [failure(ErrorKind::RateLimited, "slow down"), failure(ErrorKind::RateLimited, "too many")];
        insta::assert_snapshot!(clouds(&failures, Theme::Plain), @"
        error: `GET /apps/ledger` failed on api.heroku.com: slow down
        error: `GET /apps/ledger` failed on api.heroku.com: too many
        hint: wait some minutes and run the same command again
        ");
    }

    #[test]
    fn what_a_service_says_cannot_steer_the_terminal() {
        let text = clouds(&[failure(ErrorKind::Invalid, "\u{1b}]0;owned\u{7}")], Theme::Plain);
        assert!(!text.contains('\u{1b}') && !text.contains('\u{7}'), "{text:?}");
    }
}
