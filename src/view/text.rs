//! Words: safe to print, wrapped to a width, numbers with their nouns. Knows nothing of plans.

use std::time::Duration;

use unicode_width::UnicodeWidthStr as _;

pub(super) use crate::terminal::escaped as clean;

/// A value as it is read: in quotes where its ends could not be seen otherwise.
pub(super) fn value(text: &str) -> String {
    let clean = clean(text);
    if clean.is_empty() || clean.trim() != clean { format!("\"{clean}\"") } else { clean }
}

/// How many columns a text takes on a terminal: two for most characters of East Asia and for emoji, none for an
/// accent that follows its letter.
pub(super) fn columns(text: &str) -> usize {
    text.width()
}

/// The text with spaces behind it, up to a width.
pub(super) fn padded(text: &str, width: usize) -> String {
    format!("{text}{:1$}", "", width.saturating_sub(columns(text)))
}

/// Breaks a text into lines of at most `width` columns, at spaces.
///
/// A single word that is longer stays whole, and so does a command in backticks that fits on a line: both
/// are there to be copied.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line: Option<String> = None;
    for word in words(text, width) {
        line = Some(match line {
            None => word,
            Some(before) if columns(&before) + 1 + columns(&word) <= width => format!("{before} {word}"),
            Some(before) => {
                lines.push(before);
                word
            }
        });
    }
    lines.extend(line);
    lines
}

/// The words of a text, with what stands in backticks as one word unless it is wider than a line.
fn words(text: &str, width: usize) -> Vec<String> {
    let mut words = Vec::new();
    let mut open: Vec<&str> = Vec::new();
    for piece in text.split(' ') {
        open.push(piece);
        let joined = open.join(" ");
        if joined.matches('`').count().is_multiple_of(2) {
            if columns(&joined) <= width {
                words.push(joined);
            } else {
                words.extend(open.iter().map(|&piece| piece.to_owned()));
            }
            open.clear();
        }
    }
    words.extend(open.iter().map(|&piece| piece.to_owned()));
    words
}

/// Names in columns, read downwards like `ls` does; every line starts with `indent` spaces.
pub(super) fn in_columns(names: &[&str], indent: usize, width: usize) -> Vec<String> {
    let widest = names.iter().map(|name| columns(name)).max().unwrap_or_default();
    let fit = (width.saturating_sub(indent) + 2) / (widest + 2);
    let rows = names.len().div_ceil(fit.max(1));
    (0..rows)
        .map(|row| {
            let names: Vec<String> =
                names.iter().skip(row).step_by(rows).map(|name| padded(name, widest)).collect();
            format!("{:indent$}{}", "", names.join("  ").trim_end())
        })
        .collect()
}

/// `web`, `web and worker`, `a, b and c`.
pub(super) fn listed(names: &[impl AsRef<str>]) -> String {
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// A number and its noun: `1 release`, `2 releases`. The one place where nouns become plural.
pub(super) fn count(number: impl TryInto<u64>, noun: &str) -> String {
    // No count in this program is near the end of either type.
    let number = number.try_into().unwrap_or(u64::MAX);
    let plural = if number == 1 {
        ""
    } else if noun.ends_with('s') {
        "es"
    } else {
        "s"
    };
    format!("{number} {noun}{plural}")
}

/// `+$50.00`, `-$25.00`, from US cents.
pub(super) fn money(cents: i64) -> String {
    let sign = if cents < 0 { '-' } else { '+' };
    format!("{sign}{}", amount(cents))
}

/// The same as an amount, without a sign: `$50.00`.
pub(super) fn amount(cents: i64) -> String {
    let cents = cents.unsigned_abs();
    format!("${}.{:02}", cents / 100, cents % 100)
}

/// Seconds as people read them: `0.2 s`, `42 s`, `3 min 20 s`.
pub(super) fn seconds(duration: Duration) -> String {
    match duration.as_secs() {
        0..10 => format!("{:.1} s", duration.as_secs_f64()),
        whole @ 10..120 => format!("{whole} s"),
        whole => format!("{} min {} s", whole / 60, whole % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_whose_ends_cannot_be_seen_is_quoted() {
        assert_eq!(value(""), "\"\"");
        assert_eq!(value(" x"), "\" x\"");
        assert_eq!(value("x y"), "x y");
    }

    #[test]
    fn text_wraps_at_spaces_and_keeps_them_inside_a_line() {
        assert_eq!(wrap("one two three", 8), ["one two", "three"]);
        assert_eq!(wrap("a  b", 8), ["a  b"]);
        assert_eq!(wrap("", 8), [""]);
    }

    #[test]
    fn what_is_there_to_be_copied_stays_whole() {
        assert_eq!(wrap("see https://example.com/long", 10), ["see", "https://example.com/long"]);
        assert_eq!(wrap("now run `trueup plan` again", 16), ["now run", "`trueup plan`", "again"]);
    }

    #[test]
    fn backticks_that_are_too_long_or_never_closed_wrap_like_words() {
        assert_eq!(wrap("`one two three`", 8), ["`one two", "three`"]);
        assert_eq!(wrap("a `b c d", 5), ["a `b", "c d"]);
    }

    #[test]
    fn names_run_down_the_columns() {
        assert_eq!(in_columns(&["a", "b", "c", "d", "e"], 2, 12), ["  a  c  e", "  b  d"]);
        assert_eq!(in_columns(&["too-long-for-it", "b"], 0, 5), ["too-long-for-it", "b"]);
    }

    #[test]
    fn wide_characters_take_two_columns_and_accents_none() {
        assert_eq!((columns("web"), columns("東京"), columns("e\u{301}")), (3, 4, 1));
        assert_eq!(wrap("東京 大阪 web", 9), ["東京 大阪", "web"]);
        assert_eq!(in_columns(&["東京", "a", "web", "b"], 0, 10), ["東京  web", "a     b"]);
    }

    #[test]
    fn names_are_listed_as_people_do() {
        assert_eq!(listed(&["web"]), "web");
        assert_eq!(listed(&["web", "worker"]), "web and worker");
        assert_eq!(listed(&["web", "worker", "release"]), "web, worker and release");
    }

    #[test]
    fn nouns_agree_with_their_numbers() {
        assert_eq!(count(0_u64, "release"), "0 releases");
        assert_eq!(count(1_u64, "release"), "1 release");
        assert_eq!(count(2_usize, "process"), "2 processes");
    }

    #[test]
    fn money_has_a_sign_and_cents() {
        assert_eq!(money(5000), "+$50.00");
        assert_eq!(money(-705), "-$7.05");
    }

    #[test]
    fn durations_are_as_exact_as_they_are_short() {
        assert_eq!(seconds(Duration::from_millis(180)), "0.2 s");
        assert_eq!(seconds(Duration::from_secs(42)), "42 s");
        assert_eq!(seconds(Duration::from_secs(200)), "3 min 20 s");
    }
}
