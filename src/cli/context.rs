//! What every command is given: where it runs, what the operator said, and where text goes.

use std::path::{Path, PathBuf};

use super::arguments::{Environments, Global, ShardArgument};
use super::{Output, open_files, trust};
use crate::fleet::{self, Asked, Selection, SelectionError, Shard};
use crate::message::{Distrust, Failure, Notice, Task};
use crate::render::Own;
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
    /// Why what lies in the project is not trusted, if it is not.
    pub(super) distrust: Option<Distrust>,
    directory: Option<PathBuf>,
}

impl<'a> Context<'a> {
    pub(super) fn new(global: &Global, settings: Settings, lookup: &'a Lookup, output: &'a Output) -> Self {
        let directory = global.directory.clone().or_else(|| settings.project.clone());
        let width = fleet::width(open_files::raise());
        let distrust = trust::distrust(global.untrusted, &settings.review);
        Self { settings, output, lookup, width, is_sandbox: global.sandbox, distrust, directory }
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
        let here = std::env::current_dir().map_err(Failure::system(Task::FindCurrentFolder))?;
        spec::find_project(&here).ok_or(Failure::NoProject)
    }

    /// Whether the project's own templates count.
    pub(super) fn own_templates(&self) -> Own {
        if self.distrust.is_none() { Own::Used } else { Own::Off }
    }

    /// The project's folder; where there is none yet, the one that is to become it.
    pub(super) fn project_or_here(&self) -> Result<PathBuf, Failure> {
        match self.project() {
            Err(Failure::NoProject) => {
                std::env::current_dir().map_err(Failure::system(Task::FindCurrentFolder))
            }
            project => project,
        }
    }

    /// Which part of the environments a command is about, if it is not about them all.
    pub(super) fn shard(&self, asked: &Environments) -> Result<Option<Shard>, Failure> {
        let shard = match asked.shard {
            None => return Ok(None),
            Some(ShardArgument::Of(shard)) => Ok(shard),
            Some(ShardArgument::Auto) => Shard::of_ci(&self.settings.shard),
        };
        shard.map(Some).map_err(|error| SelectionError::Shard(error).into())
    }

    /// The environments of a project that a command is about; says what it does not see.
    pub(super) fn select(&self, project: &Path, asked: &Environments) -> Result<Selection, Failure> {
        let Environments { names, all, changed_since, .. } = asked.clone();
        let shard = self.shard(asked)?;
        let selection = fleet::select(project, &Asked { names, all, changed_since, shard })?;
        if let Some(revision) = asked.changed_since.clone().filter(|_| !selection.removed.is_empty()) {
            let environments = selection.removed.clone();
            self.output.notice(&Notice::RemovedSince { revision, environments });
        }
        if selection.names.is_empty() {
            self.output.notice(&Notice::NothingSelected);
        }
        Ok(selection)
    }
}

/// The environment of a command that takes only one.
pub(super) fn select_one(project: &Path, name: Option<&str>) -> Result<EnvironmentName, Failure> {
    fleet::select_one(project, name).map_err(Failure::from)
}
