//! Every command in the documents of the application exists, takes its flags, and sets no value in the open.

use std::collections::BTreeMap;
use std::process::Command;

use crate::common::output;
use crate::documents::{Rendered, blocks};
use crate::programs;
use crate::support::Project;

/// Whether a help text tells of a flag.
fn has_flag(help: &str, flag: &str) -> bool {
    help.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-').any(|word| word == flag)
}

fn flags(words: &[String]) -> impl Iterator<Item = &str> {
    let flags = words.iter().take_while(|word| *word != "--").filter(|word| word.starts_with('-'));
    flags.filter_map(|word| word.split('=').next())
}

#[test]
fn every_command_of_trueup_is_one_that_it_takes() {
    let project = Project::empty();
    let mut helps: BTreeMap<String, String> = BTreeMap::new();
    for rendered in Rendered::all() {
        let commands = rendered.commands("trueup");
        assert!(commands.len() >= 6, "{commands:?}");
        for words in commands {
            let command = if words[1].starts_with('-') { "" } else { &words[1] };
            let help = helps.entry(command.to_owned()).or_insert_with(|| {
                let arguments = [command, "--help"];
                project.run(&arguments[usize::from(command.is_empty())..]).exits(0).stdout
            });
            for flag in flags(&words) {
                assert!(has_flag(help, flag), "{}: `{}`: {flag}", rendered.environment, words.join(" "));
            }
            // A word in capitals is for whoever reads it to fill in.
            let is_open = |word: &str| word == "…" || word.chars().all(char::is_uppercase);
            let named = words.get(2).is_some_and(|word| !word.starts_with('-') && !is_open(word));
            assert!(!named || words[2] == rendered.environment, "`{}`", words.join(" "));
        }
    }
}

#[test]
fn every_command_of_heroku_is_one_that_it_takes() {
    let Some(program) = programs::program("heroku") else { return };
    let home = Project::empty();
    let mut list = Command::new(program);
    list.args(["commands", "--json"]).env_clear();
    list.env("PATH", std::env::var("PATH").unwrap_or_default()).env("HOME", home.file("home"));
    list.env("HEROKU_SKIP_NEW_VERSION_CHECK", "true").env("DISABLE_TELEMETRY", "true");
    list.env("IS_HEROKU_TEST_ENV", "true").env("HEROKU_HOST", "http://127.0.0.1:9");
    let known: serde_json::Value = serde_json::from_str(&output(&mut list)).unwrap();
    let known: BTreeMap<&str, &serde_json::Value> =
        known.as_array().unwrap().iter().map(|one| (one["id"].as_str().unwrap(), one)).collect();
    for rendered in Rendered::all() {
        for words in rendered.commands("heroku") {
            let Some(command) = known.get(words[1].as_str()) else {
                panic!("{}: `{}`", rendered.environment, words.join(" "))
            };
            for flag in flags(&words) {
                let taken = command["flags"].as_object().unwrap().iter();
                let is_taken = taken.into_iter().any(|(name, one)| {
                    flag == format!("--{name}")
                        || one["char"].as_str().is_some_and(|c| flag == format!("-{c}"))
                });
                assert!(is_taken, "{}: `{}`: {flag}", rendered.environment, words.join(" "));
            }
        }
    }
}

#[test]
fn a_shell_can_read_every_block() {
    for rendered in Rendered::all() {
        for (path, text) in &rendered.documents {
            for block in blocks(text, "sh") {
                // Not run: only read.
                output(Command::new("bash").args(["-n", "-c", &block]));
                assert!(!block.contains("config:set") || block.contains("> /dev/null"), "{path}: {block}");
            }
            for block in blocks(text, "yaml") {
                assert!(!block.contains('\t') && block.contains(':'), "{path}: {block}");
            }
        }
    }
}

#[test]
fn no_value_is_set_in_the_open() {
    for rendered in Rendered::all() {
        for text in rendered.documents.values() {
            let lines = blocks(text, "sh").join("\n").replace("\\\n", " ");
            for line in lines.lines().filter(|line| line.contains("config:set")) {
                for (_, value) in line.split_whitespace().filter_map(|word| word.split_once('=')) {
                    assert!(value.starts_with("\"$"), "{}: {line}", rendered.environment);
                }
            }
        }
    }
}
