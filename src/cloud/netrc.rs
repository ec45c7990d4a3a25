//! Reads the `netrc` format: which password belongs to a machine.
//!
//! Pure text in, a secret out. What must not live here: files, and where they are looked for.

use std::fmt;
use std::path::PathBuf;

use crate::secret::Secret;

/// A password, by the entry that it stands in.
#[derive(Default)]
pub(super) struct Passwords {
    /// Of the first entry for the machine.
    pub(super) of_machine: Option<Secret>,
    /// Of the `default` entry, which is for any machine and so of little weight.
    pub(super) of_default: Option<Secret>,
}

/// The netrc file to look into.
#[derive(Clone, Debug)]
pub struct NetrcFile {
    /// Where it is.
    pub path: PathBuf,
    /// Whether `NETRC` names it; the usual one is in the home folder.
    pub is_named: bool,
}

impl fmt::Display for NetrcFile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "`{}`", self.path.display())?;
        if self.is_named { formatter.write_str(" (named by NETRC)") } else { Ok(()) }
    }
}

/// The passwords that a machine may be given, read as leniently as curl does.
///
/// Knows quotes (`"a b"`, with `\` before a quote, a backslash, or `n`, `r` and `t`), `#` comments where a token could
/// start, and `macdef`, whose body runs to the next empty line. Capitals count as small letters in keys and machines.
/// Keys other than `password` are skipped, and so is a byte-order mark.
pub(super) fn passwords_for(netrc: &str, machine: &str) -> Passwords {
    let tokens = tokenize(netrc.trim_start_matches('\u{feff}'));
    let mut found = Passwords::default();
    let mut entry = Entry::Other;
    let mut tokens = tokens.into_iter();
    while let Some(token) = tokens.next() {
        match token.key().as_str() {
            "machine" => {
                let is_wanted = |name: Token| name.text.eq_ignore_ascii_case(machine);
                entry = Entry::of(tokens.next().is_some_and(is_wanted));
            }
            "default" => entry = Entry::Default,
            "password" => {
                let Some(password) = tokens.next() else { break };
                let place = match entry {
                    Entry::Wanted => &mut found.of_machine,
                    Entry::Default => &mut found.of_default,
                    Entry::Other => continue,
                };
                place.get_or_insert_with(|| Secret::new(password.text));
            }
            "login" | "account" => {
                tokens.next();
            }
            _ => {}
        }
    }
    found
}

/// Whose keys are being read.
enum Entry {
    Wanted,
    Default,
    Other,
}

impl Entry {
    fn of(wanted: bool) -> Self {
        if wanted { Self::Wanted } else { Self::Other }
    }
}

/// A word.
struct Token {
    text: String,
    quoted: bool,
}

impl Token {
    /// The keyword that it is, if it is one: nothing that is quoted is.
    fn key(&self) -> String {
        if self.quoted { String::new() } else { self.text.to_ascii_lowercase() }
    }
}

fn tokenize(netrc: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut lines = netrc.lines();
    while let Some(line) = lines.next() {
        tokenize_line(line, &mut tokens);
        if take_macro(&mut tokens) {
            lines.by_ref().take_while(|line| !line.trim().is_empty()).for_each(drop);
        }
    }
    tokens
}

/// Whether the line ended in a macro's head (`macdef name`), which is removed: its body is not ours to read.
fn take_macro(tokens: &mut Vec<Token>) -> bool {
    let head = tokens.iter().rposition(|token| token.key() == "macdef");
    // A value such as `password macdef` is a password.
    let head = head.filter(|at| at.checked_sub(1).is_none_or(|before| !takes_value(&tokens[before])));
    if let Some(head) = head {
        tokens.truncate(head);
    }
    head.is_some()
}

fn takes_value(token: &Token) -> bool {
    matches!(token.key().as_str(), "machine" | "login" | "password" | "account")
}

fn tokenize_line(line: &str, tokens: &mut Vec<Token>) {
    let mut rest = line.trim_start();
    while let Some(first) = rest.chars().next() {
        // A password may begin with `#`; a comment may not stand where a value is due.
        if first == '#' && !tokens.last().is_some_and(takes_value) {
            return;
        }
        let (token, after) = if first == '"' { quoted(&rest[1..]) } else { bare(rest) };
        tokens.push(token);
        rest = after.trim_start();
    }
}

fn bare(text: &str) -> (Token, &str) {
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    (Token { text: text[..end].to_owned(), quoted: false }, &text[end..])
}

fn quoted(text: &str) -> (Token, &str) {
    let mut unquoted = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return (Token { text: unquoted, quoted: true }, &text[at + 1..]),
            '\\' => unquoted.extend(characters.next().map(|(_, escaped)| match escaped {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                other => other,
            })),
            _ => unquoted.push(character),
        }
    }
    (Token { text: unquoted, quoted: true }, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(netrc: &str, machine: &str) -> Option<String> {
        passwords_for(netrc, machine).of_machine.map(|secret| secret.reveal().to_owned())
    }

    #[test]
    fn the_password_of_the_machine_that_was_asked_for() {
        let heroku = "api.heroku.com";
        let table = [
            ("machine api.heroku.com\n  login me@example.com\n  password HRKU-1\n", Some("HRKU-1")),
            ("machine api.heroku.com login me password HRKU-1", Some("HRKU-1")),
            ("machine git.heroku.com password 1\nmachine api.heroku.com password 2", Some("2")),
            ("machine api.heroku.com password 1\nmachine api.heroku.com password 2", Some("1")),
            ("machine api.heroku.com password \"with space\"", Some("with space")),
            ("machine api.heroku.com password \"a\\\"b\\\\c\"", Some("a\"b\\c")),
            ("machine \"api.heroku.com\" password 1", Some("1")),
            ("machine api.heroku.com password \"a\\tb\"", Some("a\tb")),
            ("MACHINE API.heroku.com\r\n  Login me\r\n  Password 1\r\n", Some("1")),
            ("\u{feff}machine api.heroku.com password 1", Some("1")),
            ("machine\napi.heroku.com\npassword\n1", Some("1")),
            ("# machine api.heroku.com password 1\n", None),
            ("machine api.heroku.com # mine\n login me\n password 1", Some("1")),
            ("machine api.heroku.com password #1", Some("#1")),
            ("machine api.heroku.com login password password 1", Some("1")),
            ("machine api.heroku.com login \"machine\" password 1", Some("1")),
            ("machine api.heroku.com port 443 password 1", Some("1")),
            ("machine api.heroku.com.evil.example password 1", None),
            ("machine api.heroku.com login me", None),
            ("machine api.heroku.com password", None),
            ("machine", None),
            ("\"unclosed", None),
            ("", None),
        ];
        for (netrc, expected) in table {
            assert_eq!(password(netrc, heroku).as_deref(), expected, "{netrc}");
        }
    }

    #[test]
    fn the_default_entry_is_told_apart_wherever_it_stands() {
        let netrc = "default login me password 0\nmachine api.heroku.com password 1\ndefault password 2\n";
        let of_default =
            |machine| passwords_for(netrc, machine).of_default.map(|one| one.reveal().to_owned());
        assert_eq!(password(netrc, "api.heroku.com").as_deref(), Some("1"));
        assert_eq!(password(netrc, "other.example"), None);
        assert_eq!(of_default("other.example").as_deref(), Some("0"));
    }

    #[test]
    fn a_macro_is_skipped_up_to_the_next_empty_line() {
        let netrc = "machine a login me macdef init\nmachine b password 1\ncd /\n\nmachine b password 2";
        assert_eq!(password(netrc, "b").as_deref(), Some("2"));
        assert_eq!(
            password("machine b password macdef\nmachine c password 3", "b").as_deref(),
            Some("macdef")
        );
    }

    #[test]
    fn a_machine_may_carry_a_port() {
        let netrc = "machine 127.0.0.1:8899 password 1";
        assert_eq!(password(netrc, "127.0.0.1:8899").as_deref(), Some("1"));
        assert_eq!(password(netrc, "127.0.0.1"), None);
    }
}
