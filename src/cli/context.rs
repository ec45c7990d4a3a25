//! What every command is given: where it runs, what the operator said, and where text goes.

use std::path::{Path, PathBuf};

use super::arguments::{Environments, Global};
use super::{Failure, Output, open_files};
use crate::fleet::{self, Asked, Selection, SelectionError};
use crate::settings::Settings;
use crate::spec::{self, EnvironmentName};

/// Looks up a variable of the operator's environment.
pub(super) type Lookup = dyn Fn(&str) -> Option<String> + Send + Sync;

/// What every command is given.
pub(super) struct Context<'a> {
    pub(super) settings: Settings,
    pub(super) output: &'a Output,
    pub(super) lookup: &'a Lookup,
    /// How many environments are worked on at once.
    pub(super) width: usize,
    /// Whether the embedded cloud stands in for all services.
    pub(super) is_sandbox: bool,
    directory: Option<PathBuf>,
}

impl<'a> Context<'a> {
    pub(super) fn new(global: &Global, settings: Settings, lookup: &'a Lookup, output: &'a Output) -> Self {
        let directory = global.directory.clone().or_else(|| settings.project.clone());
        let width = fleet::width(open_files::raise());
        Self { settings, output, lookup, width, is_sandbox: global.sandbox, directory }
    }

    /// The folder that was named as the project's, if one was.
    pub(super) fn named_directory(&self) -> Option<&Path> {
        self.directory.as_deref()
    }

    /// The project's folder.
    pub(super) fn project(&self) -> Result<PathBuf, Failure> {
        if let Some(named) = &self.directory {
            return Ok(named.clone());
        }
        let here = std::env::current_dir()
            .map_err(|error| Failure::message(format!("cannot tell the current folder: {error}"), None))?;
        spec::find_project(&here).ok_or_else(|| {
            Failure::message(
                "neither this folder nor any above it has `environments/`",
                Some("start one with `trueup init`, or name a project with `-C DIR`"),
            )
        })
    }
}

/// The environments of a project that a command is about.
pub(super) fn select(project: &Path, asked: &Environments) -> Result<Selection, Failure> {
    let asked = Asked { names: asked.names.clone(), all: asked.all };
    fleet::select(project, &asked).map_err(Failure::from)
}

/// The environment of a command that takes only one.
pub(super) fn select_one(project: &Path, name: Option<&str>) -> Result<EnvironmentName, Failure> {
    fleet::select_one(project, name).map_err(Failure::from)
}

impl From<SelectionError> for Failure {
    fn from(error: SelectionError) -> Self {
        let init = Some("start one with `trueup init`");
        match error {
            SelectionError::NotAName { written, expected, meant } => Self::Message(
                format!("`{written}` cannot be used here, expected {expected}"),
                meant.map(|name| format!("did you mean `{name}`?")),
            ),
            SelectionError::Unreadable { folder, error } => Self::message(
                format!("cannot read {}: {error}", folder.display()),
                Some("start with `trueup init`"),
            ),
            SelectionError::None { folder } => {
                Self::message(format!("{} holds no environment", folder.display()), init)
            }
            SelectionError::Several { known } => {
                let known: Vec<String> = known.iter().map(ToString::to_string).collect();
                Self::message(
                    format!("this project has more than one environment: {}", known.join(", ")),
                    Some("name one, or say --all"),
                )
            }
        }
    }
}
