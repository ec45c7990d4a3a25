//! Errors: what went wrong, and apart from that what to do now. The one rendering of both.

use super::style::{Label, Theme};
use super::text::{clean, columns};
use crate::cloud::CloudError;
use crate::spec::EnvironmentName;

/// `error: …` and, when there is one, `hint: …`.
#[must_use]
pub fn message(text: &str, hint: Option<&str>, theme: Theme) -> String {
    let mut shown = labelled(Label::Error, "error:", text, theme);
    if let Some(hint) = hint {
        shown.push_str(&labelled(Label::Hint, "hint:", hint, theme));
    }
    shown
}

/// A defect of this program: where, and why if that is known.
#[must_use]
pub fn defect(place: Option<&str>, why: Option<&str>) -> String {
    let place = place.map_or_else(String::new, |place| format!(" at {place}"));
    let why = why.map_or_else(String::new, |why| format!(": {why}"));
    let hint = "run the same command again, it continues from what is there; and please report this line";
    message(&format!("internal error in trueup{place}{why}"), Some(hint), Theme::Plain)
}

/// `warning: …`
#[must_use]
pub(super) fn warning(text: &str, theme: Theme) -> String {
    labelled(Label::Warning, "warning:", text, theme)
}

/// Several failures of services; what several share, a message or a hint, is shown once. Services know nothing of
/// environments, so where there are several, of which one it is comes first.
#[must_use]
pub fn clouds(errors: &[CloudError], environment: Option<&EnvironmentName>, theme: Theme) -> String {
    let subject = environment.map_or_else(String::new, |environment| format!("{environment}: "));
    let messages =
        errors.iter().map(|error| labelled(Label::Error, "error:", &format!("{subject}{error}"), theme));
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

/// The last lines of a run of several environments: which of them failed, and why in short.
#[must_use]
pub fn failed(environments: usize, failed: &[(EnvironmentName, String)], theme: Theme) -> String {
    let count = format!("{} of {environments} environments failed", failed.len());
    let widths =
        failed.iter().map(|(environment, _)| columns(environment.as_str())).filter(|width| *width <= WIDEST);
    let column = widths.max().unwrap_or_default();
    let mut text = format!("\n{}", labelled(Label::Error, "error:", &count, theme));
    for (environment, why) in failed {
        text.push_str(&format!("  {:column$}  {}\n", environment.as_str(), clean(why)));
    }
    text
}

/// Longer names do not move the column of all others.
const WIDEST: usize = 40;

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
            via: None,
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
    fn a_hint_that_failures_share_is_shown_once() {
        let failures =
            [failure(ErrorKind::RateLimited, "slow down"), failure(ErrorKind::RateLimited, "too many")];
        insta::assert_snapshot!(clouds(&failures, None, Theme::Plain), @"
        error: `GET /apps/ledger` failed on api.heroku.com: slow down
        error: `GET /apps/ledger` failed on api.heroku.com: too many
        hint: wait some minutes and run the same command again
        ");
    }

    #[test]
    fn what_a_service_says_cannot_steer_the_terminal() {
        let text = clouds(&[failure(ErrorKind::Invalid, "\u{1b}]0;owned\u{7}")], None, Theme::Plain);
        assert!(!text.contains('\u{1b}') && !text.contains('\u{7}'), "{text:?}");
    }

    #[test]
    fn among_several_environments_it_says_which_one_failed_and_at_the_end_which_ones() {
        let environment = EnvironmentName::parse("staging").unwrap();
        let text = clouds(&[failure(ErrorKind::Invalid, "no")], Some(&environment), Theme::Plain);
        assert_eq!(text, "error: staging: `GET /apps/ledger` failed on api.heroku.com: no\n");
        let all = [("staging", "no answer"), ("web", "it is locked\u{1b}")];
        let all =
            all.map(|(environment, why)| (EnvironmentName::parse(environment).unwrap(), why.to_owned()));
        assert_eq!(
            failed(3, &all, Theme::Plain),
            "\nerror: 2 of 3 environments failed\n  staging  no answer\n  web      it is locked\\u{1b}\n"
        );
    }
}
