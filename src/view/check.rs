//! Programs that refused a plan, in words, with what they wrote.

use super::failure::{Words, only, with_hint};
use crate::message::{FailedCheck, Said, Unasked};
use crate::spec::{EnvironmentName, Program};

/// More lines than this, of all of them together, are counted.
const LINES: usize = 60;
/// Longer lines are cut.
const COLUMNS: usize = 300;

/// The plan was refused: by which programs, and below each what it wrote.
pub(super) fn refused(environment: &EnvironmentName, failed: &[FailedCheck]) -> Words {
    let mut lines = Vec::new();
    for FailedCheck { program, code, said } in failed {
        let ended =
            code.map_or_else(|| "was ended by a signal".to_owned(), |code| format!("ended with {code}"));
        let so = if lines.is_empty() { ", so nothing was done" } else { "" };
        lines.push(format!("{environment} is refused by the check `{program}`, which {ended}{so}"));
        lines.extend(shown(said, LINES / failed.len().clamp(1, LINES)));
    }
    with_hint(lines.join("\n"), "change what the check refuses, or the check itself, where others see it")
}

/// The program gave no answer.
pub(super) fn unasked(environment: &EnvironmentName, program: &Program, why: &Unasked) -> Words {
    let check = format!("the check `{program}` of {environment}");
    match why {
        Unasked::NotStarted(error) => with_hint(
            format!("{check} cannot be run, so nothing was done: {error}"),
            format!("install `{}`, or correct the check", program.name),
        ),
        Unasked::Lost(error) => only(format!("{check} gave no answer, so nothing was done: {error}")),
        Unasked::TimedOut(patience) => with_hint(
            format!("{check} did not end within {} s, so nothing was done", patience.as_secs()),
            "run it by hand with the output of `trueup plan --format json` on standard input",
        ),
    }
}

/// The first lines, without the codes for colours, and how many more there are.
fn shown(said: &Said, most: usize) -> Vec<String> {
    let text = without_colours(&said.text);
    let mut lines: Vec<String> = text.lines().take(most).map(|line| format!("  {}", cut(line))).collect();
    let more = text.lines().count().saturating_sub(most);
    match (more, said.is_cut) {
        (0, false) => {}
        (0, true) => lines.push("  … and more".to_owned()),
        (more, false) => lines.push(format!("  … and {more} more lines")),
        (more, true) => lines.push(format!("  … and more than {more} more lines")),
    }
    lines
}

fn cut(line: &str) -> String {
    let line = line.replace('\t', "    ");
    match line.char_indices().nth(COLUMNS) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}

/// Without what programs write for a terminal's colours: `ESC [ 31 m`. Anything else is shown as its code later.
fn without_colours(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let parameters =
            part.trim_start_matches(|character: char| character.is_ascii_digit() || character == ';');
        match parameters.strip_prefix('m') {
            Some(rest) => plain.push_str(rest),
            None => plain.extend(["\u{1b}[", part]),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(code: Option<i32>, text: &str, is_cut: bool) -> FailedCheck {
        let program = Program { name: "conftest".to_owned(), arguments: vec!["test".to_owned()] };
        FailedCheck { program, code, said: Said { text: text.to_owned(), is_cut } }
    }

    fn message(failed: &[FailedCheck]) -> String {
        refused(&EnvironmentName::parse("production").unwrap(), failed).message
    }

    #[test]
    fn what_a_check_said_stands_below_its_name() {
        assert_eq!(
            message(&[failed(Some(1), "\u{1b}[31mFAIL\u{1b}[0m - no\tway", false), failed(None, "", false)]),
            "production is refused by the check `conftest test`, which ended with 1, so nothing was done\n  \
             FAIL - no    way\n\
             production is refused by the check `conftest test`, which was ended by a signal"
        );
    }

    #[test]
    fn what_is_too_much_is_counted() {
        let lines = |number: usize| "x\n".repeat(number);
        let last = |text: &str, is_cut| {
            message(&[failed(Some(1), text, is_cut)]).lines().last().unwrap_or_default().trim().to_owned()
        };
        assert_eq!(last(&lines(LINES), false), "x");
        assert_eq!(last(&lines(LINES + 2), false), "… and 2 more lines");
        assert_eq!(last(&lines(LINES + 2), true), "… and more than 2 more lines");
        assert_eq!(last("x", true), "… and more");
        assert_eq!(last(&"é".repeat(COLUMNS + 1), false), format!("{}…", "é".repeat(COLUMNS)));
    }
}
