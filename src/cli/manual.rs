//! `trueup help`, `man` and `completions`: what the program tells of itself.

use std::path::Path;

use clap::{Command, CommandFactory};

use super::arguments::{Arguments, Man, ManFormat};
use super::{Exit, Output};
use crate::message::{Answer, Failure, Task};
use crate::spec;
use crate::view::{reference, topics};

/// The help of the program, of a command, or on a topic.
pub(super) fn help(asked: Option<&str>, output: &Output) -> Result<Exit, Failure> {
    let mut root = built();
    let Some(asked) = asked else { return output.data(&root.render_long_help().to_string()) };
    if let Some(text) = topics::text(asked) {
        return output.data(text);
    }
    match root.find_subcommand_mut(asked) {
        Some(command) => output.data(&command.render_long_help().to_string()),
        None => Err(no_help(asked, &root)),
    }
}

/// The manual pages: one to read, all of them as files, or the whole as Markdown.
pub(super) fn man(request: &Man, output: &Output) -> Result<Exit, Failure> {
    if let Some(folder) = &request.out {
        return pages(folder, output);
    }
    if request.format == ManFormat::Markdown {
        return output.data(&reference::markdown(Arguments::command()));
    }
    let mut root = built();
    let command = match &request.command {
        None => root,
        Some(name) => match root.find_subcommand_mut(name) {
            Some(command) => command.clone(),
            None => return Err(no_help(name, &root)),
        },
    };
    let mut page = Vec::new();
    clap_mangen::Man::new(command).render(&mut page).map_err(Failure::system(Task::WriteManual))?;
    output.data(&String::from_utf8_lossy(&page))
}

fn pages(folder: &Path, output: &Output) -> Result<Exit, Failure> {
    let written =
        std::fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(Arguments::command(), folder));
    written.map_err(Failure::system(Task::Write(folder.to_owned())))?;
    output.answer(&Answer::Wrote(folder.join("trueup*.1").display().to_string().into()))
}

pub(super) fn completions(shell: clap_complete::Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "trueup", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

/// With the names that commands have when they are called.
fn built() -> Command {
    let mut root = Arguments::command();
    root.build();
    root
}

fn no_help(asked: &str, root: &Command) -> Failure {
    let commands = root.get_subcommands().map(|command| command.get_name().to_owned());
    let known: Vec<String> = commands.chain(topics::names().map(str::to_owned)).collect();
    let nearest = spec::nearest(asked, known.iter().map(String::as_str)).map(str::to_owned);
    Failure::NoHelp { asked: asked.to_owned(), nearest }
}
