//! One field of a plan in words: what it was, what it will be, and never a secret.

use similar::{ChangeTag, TextDiff};

use super::Options;
use super::text::{clean, value};
use crate::resource::{Field, Shown};
use crate::secret::Secret;

/// How many unchanged lines stand around a changed one.
const CONTEXT: usize = 2;
/// How many digits of a fingerprint are shown: enough to see that two values differ.
const DIGITS: usize = 6;

/// A field's value in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Worded {
    /// In a line.
    Inline(String),
    /// From one value to another that both may be printed.
    Move {
        /// The live value.
        before: String,
        /// The new one.
        after: String,
        /// What is special about it, in brackets.
        note: String,
    },
    /// Lines below the field's name.
    Lines {
        /// What is special about the value, in brackets.
        note: String,
        /// What goes and what comes, between lines that stay.
        diff: Vec<Line>,
    },
}

/// A line of a diff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Line {
    Same(String),
    Added(String),
    Removed(String),
    /// So many lines that stay are left out.
    Skipped(usize),
}

impl Line {
    /// As it is printed: its sign and its text.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Same(text) => format!("  {text}"),
            Self::Added(text) => format!("+ {text}"),
            Self::Removed(text) => format!("- {text}"),
            Self::Skipped(1) => "… 1 same line".to_owned(),
            Self::Skipped(number) => format!("… {number} same lines"),
        }
    }
}

/// Words a field.
pub(super) fn word(field: &Field, options: &Options) -> Worded {
    let source = field.note.as_deref();
    let (before, after) = (opened(&field.before, options), opened(&field.after, options));
    let sensitive = |verb: &str, facts: &[&str]| {
        let facts: Vec<&str> =
            std::iter::once("sensitive").chain(facts.iter().copied()).chain(source).collect();
        Worded::Inline(verb.to_owned() + &bracketed(&facts))
    };
    let is_opened = options.reveal && (field.before.is_sensitive() || field.after.is_sensitive());
    let facts: Vec<&str> = is_opened.then_some("sensitive").into_iter().chain(source).collect();
    match (&before, &after) {
        (_, Shown::Plain(after)) => plain(&before, after, bracketed(&facts)),
        (Shown::Plain(before), Shown::Nothing) => removed(before, bracketed(&facts)),
        (_, Shown::AfterApply { sensitive: false }) => {
            let facts: Vec<&str> = std::iter::once("after apply").chain(source).collect();
            Worded::Inline(bracketed(&facts).trim_start().to_owned())
        }
        // Where it comes from tells already that it is not there yet.
        (before, Shown::AfterApply { sensitive: true }) => {
            let when: &[&str] = if source.is_none() { &["after apply"] } else { &[] };
            sensitive(if matches!(before, Shown::Nothing) { "set" } else { "changed" }, when)
        }
        (Shown::Hidden(before), Shown::Hidden(after)) => {
            sensitive("changed", &[&format!("{}→{}", print(before, options), print(after, options))])
        }
        (Shown::Nothing, Shown::Hidden(_)) => sensitive("set", &[]),
        (Shown::Plain(_) | Shown::AfterApply { .. }, Shown::Hidden(_)) => sensitive("changed", &[]),
        (Shown::Hidden(before), Shown::Nothing) => sensitive("removed", &[&print(before, options)]),
        (Shown::Nothing | Shown::AfterApply { .. }, Shown::Nothing) => {
            Worded::Inline("removed".to_owned() + &bracketed(&facts))
        }
    }
}

/// A new value that may be printed.
fn plain(before: &Shown, after: &str, note: String) -> Worded {
    match before {
        Shown::Plain(before) if before.contains('\n') || after.contains('\n') => {
            Worded::Lines { note, diff: diff(before, after) }
        }
        Shown::Plain(before) => Worded::Move { before: value(before), after: value(after), note },
        _ if after.contains('\n') => Worded::Lines { note, diff: diff("", after) },
        Shown::Nothing => Worded::Inline(value(after) + &note),
        Shown::Hidden(_) | Shown::AfterApply { .. } => {
            Worded::Inline(format!("changed to {}{note}", value(after)))
        }
    }
}

fn removed(before: &str, note: String) -> Worded {
    if before.contains('\n') {
        return Worded::Lines { note, diff: diff(before, "") };
    }
    Worded::Inline(format!("{} → nothing{note}", value(before)))
}

/// ` (sensitive, from env TOKEN)`, or nothing.
fn bracketed(facts: &[&str]) -> String {
    if facts.is_empty() { String::new() } else { format!(" ({})", clean(&facts.join(", "))) }
}

/// A secret as a printable value when that was asked for; anything else as it is.
#[expect(
    clippy::disallowed_methods,
    reason = "`--reveal` shows values on a terminal; the one place that does"
)]
fn opened(shown: &Shown, options: &Options) -> Shown {
    match shown {
        Shown::Hidden(secret) if options.reveal => Shown::Plain(secret.reveal().to_owned()),
        Shown::Hidden(_) | Shown::Nothing | Shown::Plain(_) | Shown::AfterApply { .. } => shown.clone(),
    }
}

fn print(secret: &Secret, options: &Options) -> String {
    options.key.fingerprint(secret).to_string().chars().take(DIGITS).collect()
}

/// What goes and what comes, with some lines around it.
pub(super) fn diff(before: &str, after: &str) -> Vec<Line> {
    let (before, after): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let diff = TextDiff::from_slices(&before, &after);
    let mut lines = Vec::new();
    let mut told = 0;
    for group in diff.grouped_ops(CONTEXT) {
        let Some(first) = group.first() else { continue };
        if told > 0 {
            lines.push(Line::Skipped(first.old_range().start - told));
        }
        for change in group.iter().flat_map(|operation| diff.iter_changes(operation)) {
            let text = clean(change.value());
            lines.push(match change.tag() {
                ChangeTag::Equal => Line::Same(text),
                ChangeTag::Insert => Line::Added(text),
                ChangeTag::Delete => Line::Removed(text),
            });
        }
        told = group.last().map_or(told, |last| last.old_range().end);
    }
    if lines.is_empty() {
        lines.push(Line::Same("only the newline at the end differs".to_owned()));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::super::Theme;
    use super::*;
    use crate::secret::FingerprintKey;

    fn options(reveal: bool) -> Options {
        Options {
            theme: Theme::Plain,
            reveal,
            width: 80,
            key: FingerprintKey::stable(Secret::new("pepper")),
            digest: false,
        }
    }

    fn worded(before: Shown, after: Shown, note: Option<&str>, reveal: bool) -> Worded {
        word(&Field { path: String::new(), before, after, note: note.map(str::to_owned) }, &options(reveal))
    }

    fn hidden(text: &str) -> Shown {
        Shown::Hidden(Secret::new(text))
    }

    fn known(text: &str) -> Shown {
        Shown::Plain(text.to_owned())
    }

    fn lines(worded: Worded) -> Vec<String> {
        let Worded::Lines { diff, .. } = worded else { panic!("a diff, and not {worded:?}") };
        diff.iter().map(Line::text).collect()
    }

    #[test]
    fn every_pair_of_values_has_its_words() {
        let later = |sensitive| Shown::AfterApply { sensitive };
        for (before, after, note, expected) in [
            (Shown::Nothing, known("5"), None, "5"),
            (Shown::Nothing, known("17"), Some("at creation only"), "17 (at creation only)"),
            (known("5"), Shown::Nothing, None, "5 → nothing"),
            (hidden("4"), known("5"), None, "changed to 5"),
            (hidden("4"), known(""), None, "changed to \"\""),
            (Shown::Nothing, hidden("x"), Some("from env TOKEN"), "set (sensitive, from env TOKEN)"),
            (known("4"), hidden("x"), Some("from env TOKEN"), "changed (sensitive, from env TOKEN)"),
            (Shown::Nothing, later(true), Some("generated"), "set (sensitive, generated)"),
            (Shown::Nothing, later(true), None, "set (sensitive, after apply)"),
            (hidden("x"), later(true), None, "changed (sensitive, after apply)"),
            (Shown::Nothing, later(false), None, "(after apply)"),
            (hidden("x"), later(false), Some("from app.web_url"), "(after apply, from app.web_url)"),
            (Shown::Nothing, Shown::Nothing, None, "removed"),
        ] {
            assert_eq!(worded(before, after, note, false), Worded::Inline(expected.to_owned()));
        }
    }

    #[test]
    fn a_printable_value_moves_to_another() {
        let expected = Worded::Move {
            before: "1".to_owned(),
            after: "2".to_owned(),
            note: " (from the next build on)".to_owned(),
        };
        assert_eq!(worded(known("1"), known("2"), Some("from the next build on"), false), expected);
    }

    #[test]
    fn a_changed_secret_shows_two_fingerprints_and_neither_value() {
        let Worded::Inline(text) = worded(hidden("hunter2"), hidden("hunter3"), None, false) else {
            panic!("one line")
        };
        let prints = text.trim_start_matches("changed (sensitive, ").trim_end_matches(')');
        let (before, after) = prints.split_once('→').unwrap();
        assert_eq!((before.len(), after.len()), (6, 6), "{text}");
        assert_ne!(before, after);
    }

    #[test]
    fn a_secret_is_shown_only_when_that_was_asked_for() {
        let shown = worded(hidden("old"), hidden("new"), Some("from env X"), true);
        let expected = Worded::Move {
            before: "old".to_owned(),
            after: "new".to_owned(),
            note: " (sensitive, from env X)".to_owned(),
        };
        assert_eq!(shown, expected);
        assert_eq!(
            worded(hidden("old"), Shown::Nothing, None, true),
            Worded::Inline("old → nothing (sensitive)".to_owned())
        );
    }

    #[test]
    fn many_lines_are_a_diff() {
        assert_eq!(
            lines(worded(known("a\nb\nc"), known("a\nx\nc"), None, false)),
            ["  a", "- b", "+ x", "  c"]
        );
        assert_eq!(lines(worded(Shown::Nothing, known("a\nb"), None, false)), ["+ a", "+ b"]);
        assert_eq!(lines(worded(known("a\nb"), Shown::Nothing, None, false)), ["- a", "- b"]);
        assert_eq!(lines(worded(hidden("a"), known("x\ny"), None, false)), ["+ x", "+ y"]);
    }

    #[test]
    fn lines_far_from_a_difference_are_counted_and_left_out() {
        let before: Vec<String> = (0..20).map(|number| number.to_string()).collect();
        let after = before.join("\n").replace("1\n2\n", "1\ntwo\n").replace("17\n", "seventeen\n");
        let expected = [
            "  0",
            "  1",
            "- 2",
            "+ two",
            "  3",
            "  4",
            "… 10 same lines",
            "  15",
            "  16",
            "- 17",
            "+ seventeen",
            "  18",
            "  19",
        ];
        assert_eq!(diff(&before.join("\n"), &after).iter().map(Line::text).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_diff_of_nothing_but_the_last_newline_says_so() {
        assert_eq!(
            lines(worded(known("a\n"), known("a"), None, false)),
            ["  only the newline at the end differs"]
        );
    }
}
