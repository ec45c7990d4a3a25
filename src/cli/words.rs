//! The words of a command that stands in one argument, as a shell would split it: quotes and backslashes, and nothing that
//! needs a shell to be run. So no name, value or file can become a command.

use std::str::FromStr;

use crate::spec::Program;

/// What cannot be split into words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotWords {
    /// There is nothing.
    #[error("no program is named")]
    Empty,
    /// A quote has no end.
    #[error("a quote is not closed")]
    Open,
    /// It means something to a shell alone.
    #[error("`{0}` needs a shell, and none runs this; put it in single quotes, or write sh -c '…'")]
    Shell(char),
}

/// A program and its arguments, from one argument of the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words(pub Program);

impl FromStr for Words {
    type Err = NotWords;

    fn from_str(written: &str) -> Result<Self, NotWords> {
        Program::of(split(written)?).map(Self).ok_or(NotWords::Empty)
    }
}

/// What a shell reads outside of quotes, and within double ones.
const OUTSIDE: &str = "|&;<>()$`\n";
const WITHIN: &str = "$`";

fn split(written: &str) -> Result<Vec<String>, NotWords> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut rest = written.chars();
    while let Some(character) = rest.next() {
        match character {
            ' ' | '\t' => words.extend(word.take()),
            '\'' => single(&mut rest, word.get_or_insert_default())?,
            '"' => double(&mut rest, word.get_or_insert_default())?,
            '\\' => word.get_or_insert_default().push(rest.next().ok_or(NotWords::Open)?),
            sign if OUTSIDE.contains(sign) => return Err(NotWords::Shell(sign)),
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    Ok(words)
}

fn single(rest: &mut std::str::Chars<'_>, word: &mut String) -> Result<(), NotWords> {
    loop {
        match rest.next().ok_or(NotWords::Open)? {
            '\'' => return Ok(()),
            other => word.push(other),
        }
    }
}

fn double(rest: &mut std::str::Chars<'_>, word: &mut String) -> Result<(), NotWords> {
    loop {
        match rest.next().ok_or(NotWords::Open)? {
            '"' => return Ok(()),
            '\\' => match rest.next().ok_or(NotWords::Open)? {
                escaped @ ('"' | '\\' | '$' | '`') => word.push(escaped),
                other => word.extend(['\\', other]),
            },
            sign if WITHIN.contains(sign) => return Err(NotWords::Shell(sign)),
            other => word.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_as_a_shell_does_it() {
        for (written, words) in [
            ("conftest test -", &["conftest", "test", "-"][..]),
            ("  ./ok\t --all  ", &["./ok", "--all"]),
            (
                "sh -c 'jq -e \".blocked == []\" > /dev/null'",
                &["sh", "-c", "jq -e \".blocked == []\" > /dev/null"],
            ),
            (r#"a "b c" d\ e '' f"g"'h'"#, &["a", "b c", "d e", "", "fgh"]),
            (r#"a "\"\\\$\n" \$HOME"#, &["a", "\"\\$\\n", "$HOME"]),
            ("a *.yaml ~ #x {b,c} !", &["a", "*.yaml", "~", "#x", "{b,c}", "!"]),
            ("", &[]),
        ] {
            assert_eq!(split(written).unwrap(), words, "{written}");
        }
    }

    #[test]
    fn what_only_a_shell_could_do_is_refused() {
        for (written, expected) in [
            ("a | b", NotWords::Shell('|')),
            ("a && b", NotWords::Shell('&')),
            ("a; b", NotWords::Shell(';')),
            ("a > b", NotWords::Shell('>')),
            ("a $HOME", NotWords::Shell('$')),
            ("a \"$HOME\"", NotWords::Shell('$')),
            ("a `b`", NotWords::Shell('`')),
            ("a\nb", NotWords::Shell('\n')),
            ("a 'b", NotWords::Open),
            ("a \"b", NotWords::Open),
            ("a \\", NotWords::Open),
        ] {
            assert_eq!(split(written), Err(expected), "{written}");
        }
        assert_eq!("  ".parse::<Words>(), Err(NotWords::Empty));
        assert_eq!("''".parse::<Words>(), Err(NotWords::Empty));
    }
}
