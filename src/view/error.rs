//! Errors: what went wrong, and apart from that what to do now. The one rendering of both.

use super::style::{Label, Theme};
use super::text::{clean, columns};
use crate::cloud::CloudError;

/// `error: …` and, when there is one, `hint: …`.
#[must_use]
pub fn message(text: &str, hint: Option<&str>, theme: Theme) -> String {
    let mut shown = labelled(Label::Error, "error:", text, theme);
    if let Some(hint) = hint {
        shown.push_str(&labelled(Label::Hint, "hint:", hint, theme));
    }
    shown
}

/// `warning: …`
#[must_use]
pub fn warning(text: &str, theme: Theme) -> String {
    labelled(Label::Warning, "warning:", text, theme)
}

/// Several failures of services; what several share, a message or a hint, is told once.
#[must_use]
pub fn clouds(errors: &[CloudError], theme: Theme) -> String {
    let messages = errors.iter().map(|error| labelled(Label::Error, "error:", &error.to_string(), theme));
    let hints =
        errors.iter().filter_map(CloudError::hint).map(|hint| labelled(Label::Hint, "hint:", &hint, theme));
    let mut lines: Vec<String> = Vec::new();
    for line in messages.chain(hints) {
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines.concat()
}

/// A head and a text. Never wrapped: errors are searched for in logs, and terminals wrap by themselves.
pub(super) fn labelled(label: Label, head: &str, text: &str, theme: Theme) -> String {
    let indent = columns(head) + 1;
    let text = text.lines().map(clean).collect::<Vec<_>>().join(&format!("\n{:indent$}", ""));
    format!("{} {text}\n", theme.paint(label, head))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::{Certainty, ErrorKind, Service};

    fn failure(kind: ErrorKind, message: &str) -> CloudError {
        CloudError {
            operation: "GET /apps/ledger".to_owned(),
            service: Service::Heroku("api.heroku.com".to_owned()),
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
    fn a_long_error_stays_on_its_line_and_a_second_line_is_set_in() {
        let long = "word ".repeat(40).trim_end().to_owned();
        let text = message(&format!("{long}\nand more"), None, Theme::Plain);
        assert_eq!(text, format!("error: {long}\n       and more\n"));
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
