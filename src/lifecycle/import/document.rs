//! An environment's file from what the kinds set, in YAML that says the same to every reader of it.

use std::fmt::Write as _;

use super::Asked;
use super::dotenv;
use crate::resource::{Line, SpecDraft, SpecValue};
use crate::terminal::escaped;

/// The sections in the order in which the guide tells of them, and what a reader should know of each.
const SECTIONS: &[(&str, &str)] = &[
    ("app", ""),
    ("addons", "By attachment name: DATABASE gives DATABASE_URL, which is the add-on's own to set."),
    ("buildpacks", "In this order, from the next build on."),
    (
        "config",
        "Values stand here where they are plainly no secret. `external` says that somebody else sets it:\n\
         it has to be there, and its value is never read into a plan.",
    ),
    ("formation", ""),
    ("buckets", "`adopt` is the consent to manage what stood there before."),
    ("iam_users", ""),
];

/// What stands at the end of a file besides what the kinds left.
#[derive(Clone, Debug, Default)]
pub(super) struct Besides {
    /// How many log drains people added.
    pub drains: usize,
    /// Config vars that by their names tell of a bucket or a user, where nobody said which are the app's.
    pub hints: Vec<String>,
}

/// The file of an app, which also tells of what stands besides.
pub(super) fn document(asked: &Asked, draft: &SpecDraft, besides: &Besides) -> String {
    let mut text = heading(asked);
    sections(&mut text, asked, draft);
    ending(&mut text, asked, draft, besides);
    text
}

/// The file of an app that says only what it has beyond the base, or otherwise.
pub(super) fn overlay(
    asked: &Asked,
    whole: &SpecDraft,
    own: &SpecDraft,
    (base, besides): (&str, &Besides),
) -> String {
    let mut text = heading(asked);
    write(&mut text, format_args!("\nextends: {base}\n"));
    sections(&mut text, asked, own);
    ending(&mut text, asked, whole, besides);
    text
}

/// The file of what apps have in common.
pub(super) fn base(asked: &Asked, common: &SpecDraft) -> String {
    let mut text = String::new();
    comment(
        &mut text,
        "",
        "What most of the apps have in common that `trueup import` found; their files extend this one.",
    );
    sections(&mut text, asked, common);
    text
}

fn heading(asked: &Asked) -> String {
    let mut text = String::new();
    let about = format!(
        "The Heroku app {}, as `trueup import` found it. `trueup plan {}` shows what has changed since.",
        asked.app, asked.environment
    );
    comment(&mut text, "", &about);
    text
}

fn sections(text: &mut String, asked: &Asked, draft: &SpecDraft) {
    for (section, about) in SECTIONS {
        let lines: Vec<&Line> = draft.lines().iter().filter(|line| line.keys[0] == *section).collect();
        if lines.is_empty() {
            // What is to be known of a section stays where all that it says is in the base.
            let mut remarks = draft.remarks(section).peekable();
            if remarks.peek().is_some() {
                text.push('\n');
            }
            remarks.for_each(|remark| comment(text, "", remark));
            continue;
        }
        text.push('\n');
        comment(text, "", about);
        block(text, &lines, 0, (asked, draft));
    }
}

/// The lines under one key, all of which begin with the same keys down to this depth.
fn block(text: &mut String, lines: &[&Line], depth: usize, context: (&Asked, &SpecDraft)) {
    let indent = "  ".repeat(depth);
    let mut done: Vec<&str> = Vec::new();
    for line in lines {
        let name = line.keys[depth].as_str();
        if done.contains(&name) {
            continue;
        }
        done.push(name);
        for remark in context.1.remarks(&line.keys[..=depth].join(".")) {
            comment(text, &indent, remark);
        }
        let below: Vec<&Line> = lines
            .iter()
            .copied()
            .filter(|line| line.keys[depth] == name && line.keys.len() > depth + 1)
            .collect();
        if name.starts_with('[') {
            write(text, format_args!("{indent}-"));
        } else {
            write(text, format_args!("{indent}{}:", scalar(name)));
        }
        if below.is_empty() {
            value(text, line, &indent, context.0);
        } else {
            text.push('\n');
            block(text, &below, depth + 1, context);
        }
    }
}

fn value(text: &mut String, line: &Line, indent: &str, asked: &Asked) {
    match &line.value {
        SpecValue::Text(words) => write(text, format_args!(" {}\n", scalar(words))),
        SpecValue::Bare(word) => write(text, format_args!(" {word}\n")),
        SpecValue::Texts(items) if items.is_empty() => text.push_str(" []\n"),
        SpecValue::Texts(items) => {
            text.push('\n');
            for item in items {
                write(text, format_args!("{indent}  - {}\n", scalar(item)));
            }
        }
        SpecValue::Nothing => text.push_str(" {}\n"),
        SpecValue::From(reference) => write(text, format_args!(" {{ from: {reference} }}\n")),
        SpecValue::Secret => match dotenv::reference(asked, line) {
            Some(variable) => write(text, format_args!(" {{ env: {variable} }}\n")),
            None => text.push_str(" { external: true }\n"),
        },
        SpecValue::External => text.push_str(" { external: true }\n"),
    }
}

fn ending(text: &mut String, asked: &Asked, draft: &SpecDraft, besides: &Besides) {
    let drains = match besides.drains {
        0 => None,
        1 => {
            Some("log_drains: 1 that somebody added; its URL may hold a secret (`heroku drains`)".to_owned())
        }
        many => Some(format!(
            "log_drains: {many} that somebody added; their URLs may hold secrets (`heroku drains`)"
        )),
    };
    let left = draft.left().iter().map(|note| format!("{}: {}", note.address, note.reason));
    let left: Vec<String> = left.chain(drains).collect();
    if !left.is_empty() {
        text.push_str("\n# Left as it is, and not managed:\n");
        for one in left {
            comment(text, "", &format!("- {}", escaped(&one)));
        }
    }
    if !besides.hints.is_empty() {
        let hints = format!(
            "\n# By their names, {} may tell of a bucket or an IAM user, and none of this account was found by them. To manage\n\
             # one all the same, move this file away, and say which it is: `trueup import {} --bucket NAME --iam-user NAME`.\n",
            escaped(&besides.hints.join(", ")),
            asked.app
        );
        text.push_str(&hints);
    }
}

fn comment(text: &mut String, indent: &str, words: &str) {
    for line in words.lines() {
        write(text, format_args!("{indent}# {}\n", escaped(line)));
    }
}

fn write(text: &mut String, words: std::fmt::Arguments<'_>) {
    text.write_fmt(words).expect("text takes everything");
}

/// Text as YAML: as it is where no reader could take it for something else, or else in double quotes, with an escape for
/// every character that is not plainly seen.
pub(in crate::lifecycle) fn scalar(text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            _ if is_seen(character) => quoted.push(character),
            _ => match u32::from(character) {
                code @ ..=0xff => write(&mut quoted, format_args!("\\x{code:02X}")),
                code @ ..=0xffff => write(&mut quoted, format_args!("\\u{code:04X}")),
                code => write(&mut quoted, format_args!("\\U{code:08X}")),
            },
        }
    }
    quoted.push('"');
    quoted
}

fn is_seen(character: char) -> bool {
    character == ' ' || character.is_ascii_graphic() || character.is_alphanumeric()
}

/// Words of letters that YAML, of this version or the one before, does not take for anything but text.
fn is_plain(text: &str) -> bool {
    const OTHERS: [&str; 11] = ["true", "false", "yes", "no", "on", "off", "y", "n", "null", "nan", "inf"];
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "_./-".contains(c))
        && !OTHERS.contains(&text.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::lifecycle::import::parse;
    use crate::spec::{ConfigValue, EnvironmentName};

    /// The text of a config var, read back from a file that holds it.
    fn read_back(text: &str) -> String {
        let name = EnvironmentName::parse("production").expect("a name");
        let file = format!("app: {{ name: ledger }}\nconfig:\n  VAR: {}\n", scalar(text));
        let environment = parse(&name, &file).unwrap_or_else(|error| panic!("{error}: {file}"));
        match environment.spec.config.values().next() {
            Some(ConfigValue::Literal(read)) => read.clone(),
            other => panic!("{other:?} of {file}"),
        }
    }

    #[test]
    fn text_stands_as_it_is_only_where_nobody_could_read_it_otherwise() {
        for (text, written) in [
            ("production", "production"),
            ("heroku/ruby", "heroku/ruby"),
            ("heroku-24", "heroku-24"),
            ("heroku-postgresql:standard-0", "\"heroku-postgresql:standard-0\""),
            ("", "\"\""),
            ("on", "\"on\""),
            ("No", "\"No\""),
            ("1e3", "\"1e3\""),
            ("~", "\"~\""),
            ("null", "\"null\""),
            ("% of", "\"% of\""),
            ("@home", "\"@home\""),
            ("- a", "\"- a\""),
            ("a: b #c", "\"a: b #c\""),
            (" a ", "\" a \""),
            ("a\nb\t\"c\" \\", "\"a\\nb\\t\\\"c\\\" \\\\\""),
            ("Zürich", "\"Zürich\""),
            ("a\u{200b}b\u{feff}\u{85}", "\"a\\u200Bb\\uFEFF\\x85\""),
            ("☂ 👩‍🚒", "\"\\u2602 \\U0001F469\\u200D\\U0001F692\""),
        ] {
            assert_eq!(scalar(text), written);
            assert_eq!(read_back(text), text, "{written}");
        }
    }

    proptest! {
        #[test]
        fn all_text_comes_back_as_it_was(text in "[^\0]{0,40}") {
            prop_assert_eq!(read_back(&text), text);
        }
    }
}
