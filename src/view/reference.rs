//! The command line as a page in Markdown, from what clap knows of it.

use clap::{Arg, Command};

/// The page of all commands.
#[must_use]
pub fn markdown(mut root: Command) -> String {
    root.build();
    let mut page = "# The command line\n\nMade from the program by `trueup man --format markdown`; \
         `trueup help COMMAND` says the same.\n\n"
        .to_owned();
    page.push_str("| command | |\n|---|---|\n");
    for command in commands(&root) {
        let name = command.get_name();
        page.push_str(&format!("| [`{name}`](#trueup-{name}) | {} |\n", about(command)));
    }
    page.push_str("\n## Options of every command\n\n");
    arguments(&mut page, root.get_arguments().filter(|argument| argument.is_global_set()));
    for command in commands(&root) {
        let usage = command.clone().render_usage().to_string();
        let usage = usage.trim_start_matches("Usage: ");
        page.push_str(&format!("\n## trueup {}\n\n{}.\n\n", command.get_name(), about(command)));
        page.push_str(&format!("```text\n{usage}\n```\n"));
        let own: Vec<&Arg> = command.get_arguments().filter(|argument| !argument.is_global_set()).collect();
        if own.iter().any(|argument| is_told(argument)) {
            page.push('\n');
            arguments(&mut page, own.into_iter());
        }
    }
    page
}

fn commands(root: &Command) -> impl Iterator<Item = &Command> {
    root.get_subcommands().filter(|command| !command.is_hide_set())
}

fn about(command: &Command) -> String {
    command.get_about().map(ToString::to_string).unwrap_or_default()
}

fn is_told(argument: &Arg) -> bool {
    !argument.is_hide_set() && !["help", "version"].contains(&argument.get_id().as_str())
}

fn arguments<'a>(page: &mut String, arguments: impl Iterator<Item = &'a Arg>) {
    page.push_str("| argument | |\n|---|---|\n");
    for argument in arguments.filter(|argument| is_told(argument)) {
        let short = argument.get_short().filter(|_| argument.get_long().is_some());
        let short = short.map(|short| format!("`-{short}`, ")).unwrap_or_default();
        let help = argument.get_long_help().or(argument.get_help());
        let help = help.map(ToString::to_string).unwrap_or_default();
        page.push_str(&format!("| {short}`{argument}` | {} |\n", cell(&(help + &values(argument)))));
    }
}

/// What it can be, and what it is when nobody says.
fn values(argument: &Arg) -> String {
    let is_flag = !argument.get_action().takes_values();
    let possible: Vec<String> = argument
        .get_possible_values()
        .iter()
        .filter(|value| !is_flag && !value.is_hide_set())
        .map(|value| format!("`{}`", value.get_name()))
        .collect();
    let default: Vec<String> = argument
        .get_default_values()
        .iter()
        .filter(|_| !is_flag)
        .map(|value| format!("`{}`", value.to_string_lossy()))
        .collect();
    let possible = if possible.is_empty() { String::new() } else { format!(": {}", possible.join(", ")) };
    let default =
        if default.is_empty() { String::new() } else { format!(" (default {})", default.join(", ")) };
    possible + &default
}

fn cell(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}
