//! Makes what a service says fit to show: its messages, names and ids reach a terminal and a log.
//!
//! What must not live here: whose secrets are hidden; callers know what they sent.

use std::error::Error;

use crate::secret::Secret;
use crate::terminal::is_obeyed;

/// Text of a service made fit to show: one line, without control characters (a terminal obeys them), without the
/// secrets that were sent, and not too long.
pub(super) fn clean(text: &str, secrets: &[&Secret], longest: usize) -> String {
    let text = masked(text, secrets);
    let line: String =
        text.chars().map(|character| if is_obeyed(character) { ' ' } else { character }).collect();
    cut(line.split_whitespace().collect::<Vec<_>>().join(" "), longest)
}

/// The same of a line of a program's output, whose indentation means something, and which may colour itself.
pub(super) fn clean_line(line: &str, secrets: &[&Secret], longest: usize) -> String {
    let line = masked(&without_escapes(line), secrets);
    let line: String =
        line.chars().map(|character| if is_obeyed(character) { ' ' } else { character }).collect();
    cut(line.trim_end().to_owned(), longest)
}

/// The innermost cause, which is the one that says something: `Connection refused (os error 111)`.
pub(super) fn root_cause(failure: &dyn Error) -> String {
    let mut cause = failure;
    while let Some(next) = cause.source() {
        cause = next;
    }
    // The outermost text would hold the whole address.
    if failure.source().is_none() {
        "no cause was given".to_owned()
    } else {
        clean(&cause.to_string(), &[], 200)
    }
}

fn masked(text: &str, secrets: &[&Secret]) -> String {
    // A secret this short would mask ordinary words and hide little.
    const SHORTEST_MASKED: usize = 5;
    // The longest first: one that holds another would otherwise lose its middle and show its ends.
    let mut masked: Vec<&Secret> =
        secrets.iter().copied().filter(|secret| secret.size() >= SHORTEST_MASKED).collect();
    masked.sort_by_key(|secret| std::cmp::Reverse(secret.size()));
    let mut text = text.to_owned();
    for secret in masked {
        text = text.replace(secret.reveal(), "(sensitive)");
    }
    text
}

fn cut(line: String, longest: usize) -> String {
    match line.char_indices().nth(longest) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// Without what colours text and moves the cursor, as a whole: its rest would be left as text.
fn without_escapes(line: &str) -> String {
    let mut shown = String::with_capacity(line.len());
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        if letter != '\u{1b}' {
            shown.push(letter);
        } else if letters.clone().next() == Some('[') {
            letters.find(|letter| ('\u{40}'..='\u{7e}').contains(letter) && *letter != '[');
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_within_another_does_not_lay_the_other_bare() {
        let (inner, outer) = (Secret::new("canary"), Secret::new("left-canary-right"));
        for secrets in [[&inner, &outer], [&outer, &inner]] {
            assert_eq!(
                clean("no left-canary-right, no canary", &secrets, 100),
                "no (sensitive), no (sensitive)"
            );
        }
    }

    #[test]
    fn a_line_of_output_keeps_its_indentation_and_loses_its_colours() {
        let secret = Secret::new("canary-1");
        for (line, expected) in [
            ("-----> Ruby app detected", "-----> Ruby app detected"),
            ("       Using puma \u{1b}[32m7.2.1\u{1b}[0m", "       Using puma 7.2.1"),
            (" \u{1b}[1;33m!\u{1b}[0m  no \u{7}key canary-1\r", " !  no  key (sensitive)"),
            ("can\u{1b}[0mary-1", "(sensitive)"),
            ("\u{0}\u{0}", ""),
        ] {
            assert_eq!(clean_line(line, &[&secret], 100), expected);
        }
    }
}
