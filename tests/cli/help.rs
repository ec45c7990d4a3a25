//! What the program tells of itself: help on commands and topics, manual pages, and the page of the command line.

use crate::support::Project;

/// Every command, as `--help` lists them.
fn commands() -> Vec<String> {
    let help = Project::empty().run(&["--help"]).exits(0).stdout;
    let listed = help.split_once("Commands:\n").unwrap().1.split_once("\n\n").unwrap().0;
    let name = |line: &str| line.strip_prefix("  ").filter(|rest| !rest.starts_with(' ')).map(str::to_owned);
    let names = listed.lines().filter_map(name);
    names.filter_map(|line| line.split_whitespace().next().map(str::to_owned)).collect()
}

#[test]
fn topics_are_told_and_so_is_every_command() {
    let project = Project::empty();
    for (topic, says) in [
        ("spec", "extends: base.yaml"),
        ("secrets", "{ external: true }"),
        ("exit-codes", "3  refused by a safety rule"),
        ("plan", "--detailed-exitcode"),
    ] {
        let text = project.run(&["help", topic]).exits(0).stdout;
        assert!(text.contains(says), "{topic}: {text}");
        assert!(text.lines().all(|line| line.chars().count() <= 120), "{topic}");
    }
    let whole = project.run(&["help"]).exits(0).stdout;
    assert!(whole.contains("Topics: `trueup help spec`"), "{whole}");
    for command in commands() {
        let help = project.run(&["help", &command]).exits(0).stdout;
        assert!(help.contains(&format!("Usage: trueup {command}")), "{help}");
    }
}

#[test]
fn what_there_is_no_help_on_is_told_with_what_was_probably_meant() {
    let project = Project::empty();
    let ran = project.run(&["help", "secret"]).exits(1);
    assert!(ran.stderr.contains("did you mean `trueup help secrets`?"), "{}", ran.stderr);
    let ran = project.run(&["help", "quantum"]).exits(1);
    assert!(ran.stderr.contains("`trueup help` lists the commands and topics"), "{}", ran.stderr);
    project.run(&["man", "aply"]).exits(1);
}

#[test]
fn every_command_has_a_manual_page() {
    let project = Project::empty();
    project.run(&["man", "--out", "man"]).exits(0);
    let page = |name: &str| std::fs::read_to_string(project.file(&format!("man/{name}.1"))).unwrap();
    assert!(page("trueup").contains(".TH trueup 1"));
    for command in commands() {
        let name = format!("trueup-{command}");
        assert!(page(&name).contains(&format!(".TH {name} 1")), "{name}");
        assert_eq!(project.run(&["man", &command]).exits(0).stdout, page(&name));
    }
}

#[test]
fn completions_know_every_command_and_its_options() {
    let project = Project::empty();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = project.run(&["completions", shell]).exits(0).stdout;
        for word in commands().into_iter().chain(["detailed-exitcode".to_owned(), "iam-user".to_owned()]) {
            assert!(script.contains(&word), "{shell}: {word}");
        }
    }
}

#[test]
fn the_committed_page_of_the_command_line_is_that_of_the_program() {
    let file = format!("{}/docs/cli.md", env!("CARGO_MANIFEST_DIR"));
    let printed = Project::empty().run(&["man", "--format", "markdown"]).exits(0).stdout;
    for command in commands() {
        assert!(printed.contains(&format!("\n## trueup {command}\n")), "{command}");
    }
    assert!(
        std::fs::read_to_string(file).unwrap_or_default() == printed,
        "docs/cli.md is stale; write it anew with: cargo run -- man --format markdown > docs/cli.md"
    );
}

#[test]
fn the_page_of_life_names_only_commands_that_there_are() {
    let page = std::fs::read_to_string(format!("{}/docs/life.md", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let known = commands();
    let named =
        page.split("trueup ").skip(1).filter_map(|rest| rest.split(|c: char| !c.is_ascii_lowercase()).next());
    let named: Vec<&str> = named.filter(|word| !word.is_empty()).collect();
    assert!(named.len() > 10, "{named:?}");
    for word in named {
        assert!(known.iter().any(|command| command == word), "{word}");
    }
}
