//! One field of a plan in words: what it was, what it will be, and never a secret.

use similar::{ChangeTag, TextDiff};

use super::Options;
use super::style::Label;
use crate::resource::{Field, Shown};
use crate::secret::{FingerprintKey, Secret};

/// How many unchanged lines stand around a changed one.
const CONTEXT: usize = 2;

/// A field's value: on the line of its name, or on lines below.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Worded {
    Inline(String),
    Lines(Vec<String>),
}

/// Words a field.
pub(super) fn word(field: &Field, options: &Options) -> Worded {
    let note = field.note.as_deref();
    match (&field.before, &field.after) {
        (Shown::Nothing, Shown::Plain(after)) if after.contains('\n') => {
            Worded::Lines(diff("", after, options))
        }
        (Shown::Plain(before), Shown::Plain(after)) if before.contains('\n') || after.contains('\n') => {
            Worded::Lines(diff(before, after, options))
        }
        (Shown::Plain(before), Shown::Nothing) if before.contains('\n') => {
            Worded::Lines(diff(before, "", options))
        }
        (Shown::Plain(before), Shown::Plain(after)) => noted(&format!("{before} → {after}"), note),
        (Shown::Plain(before), Shown::Nothing) => noted(&format!("{before} → nothing"), note),
        (Shown::Nothing, Shown::Plain(after)) => noted(after, note),
        (_, Shown::Plain(after)) => noted(&format!("changed to {after}"), note),
        (_, Shown::AfterApply { sensitive: false }) => noted("known after apply", note),
        (Shown::Nothing, Shown::AfterApply { sensitive: true }) => sensitive("set", &[], note),
        (_, Shown::AfterApply { sensitive: true }) => sensitive("changed", &[], note),
        (Shown::Hidden(before), Shown::Hidden(after)) => {
            let prints = format!("{}→{}", short(before, options), short(after, options));
            sensitive("changed", &[prints], note)
        }
        (_, Shown::Hidden(after)) if options.reveal => noted(&short(after, options), note),
        (_, Shown::Hidden(_)) => sensitive("set", &[], note),
        (Shown::Hidden(before), Shown::Nothing) if options.reveal => noted(&short(before, options), note),
        (Shown::Hidden(_), Shown::Nothing) => sensitive("removed", &[], note),
        (Shown::Nothing | Shown::AfterApply { .. }, Shown::Nothing) => noted("removed", note),
    }
}

fn noted(text: &str, note: Option<&str>) -> Worded {
    Worded::Inline(note.map_or_else(|| text.to_owned(), |note| format!("{text} ({note})")))
}

fn sensitive(verb: &str, details: &[String], note: Option<&str>) -> Worded {
    let details = details.iter().map(String::as_str).chain(note);
    let inside: Vec<&str> = std::iter::once("sensitive").chain(details).collect();
    Worded::Inline(format!("{verb} ({})", inside.join(", ")))
}

/// Half of the fingerprint, which is enough to see a difference; the value itself when that was asked for.
#[expect(
    clippy::disallowed_methods,
    reason = "`--reveal` shows values on a terminal; the one place that does"
)]
fn short(secret: &Secret, options: &Options) -> String {
    if options.reveal { format!("{:?}", secret.reveal()) } else { print(secret, &options.key) }
}

fn print(secret: &Secret, key: &FingerprintKey) -> String {
    key.fingerprint(secret).to_string().chars().take(6).collect()
}

/// A unified diff without headers.
fn diff(before: &str, after: &str, options: &Options) -> Vec<String> {
    let diff = TextDiff::from_lines(before, after);
    let mut lines = Vec::new();
    for (index, group) in diff.grouped_ops(CONTEXT).iter().enumerate() {
        if index > 0 {
            lines.push(options.theme.paint(Label::Quiet, "…"));
        }
        for change in group.iter().flat_map(|operation| diff.iter_changes(operation)) {
            let text = change.value().trim_end_matches('\n');
            lines.push(match change.tag() {
                ChangeTag::Insert => options.theme.paint(Label::Added, &format!("+ {text}")),
                ChangeTag::Delete => options.theme.paint(Label::Removed, &format!("- {text}")),
                ChangeTag::Equal => format!("  {text}"),
            });
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::super::Theme;
    use super::*;

    fn options(reveal: bool) -> Options {
        Options { theme: Theme::Plain, reveal, width: 80, key: FingerprintKey::stable(Secret::new("pepper")) }
    }

    fn worded(before: Shown, after: Shown, note: Option<&str>) -> Worded {
        word(&Field { path: String::new(), before, after, note: note.map(str::to_owned) }, &options(false))
    }

    fn hidden(text: &str) -> Shown {
        Shown::Hidden(Secret::new(text))
    }

    fn plain(text: &str) -> Shown {
        Shown::Plain(text.to_owned())
    }

    #[test]
    fn every_pair_of_values_has_its_words() {
        let set = Shown::AfterApply { sensitive: true };
        for (before, after, note, expected) in [
            (Shown::Nothing, plain("5"), None, "5"),
            (plain("4"), plain("5"), None, "4 → 5"),
            (hidden("4"), plain("5"), None, "changed to 5"),
            (Shown::Nothing, hidden("x"), Some("from env TOKEN"), "set (sensitive, from env TOKEN)"),
            (Shown::Nothing, set.clone(), Some("generated"), "set (sensitive, generated)"),
            (hidden("x"), set, None, "changed (sensitive)"),
            (Shown::Nothing, Shown::AfterApply { sensitive: false }, None, "known after apply"),
            (hidden("x"), Shown::Nothing, None, "removed (sensitive)"),
        ] {
            assert_eq!(worded(before, after, note), Worded::Inline(expected.to_owned()));
        }
    }

    #[test]
    fn a_changed_secret_shows_two_fingerprints_and_neither_value() {
        let Worded::Inline(text) = worded(hidden("hunter2"), hidden("hunter3"), None) else {
            panic!("one line")
        };
        assert!(text.starts_with("changed (sensitive, ") && text.contains('→'), "{text}");
        assert!(!text.contains("hunter"), "{text}");
    }

    #[test]
    fn a_secret_is_shown_only_when_that_was_asked_for() {
        let field = Field { path: String::new(), before: hidden("old"), after: hidden("new"), note: None };
        assert_eq!(
            word(&field, &options(true)),
            Worded::Inline("changed (sensitive, \"old\"→\"new\")".to_owned())
        );
    }

    #[test]
    fn many_lines_are_a_diff() {
        let Worded::Lines(lines) = worded(plain("a\nb\nc"), plain("a\nx\nc"), None) else { panic!("a diff") };
        assert_eq!(lines, ["  a", "- b", "+ x", "  c"]);
    }
}
