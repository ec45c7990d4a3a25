//! What an environment's spec was at a revision, for telling what changed since.
//!
//! What must not live here: how a revision is read, which is `git`'s, and what the difference means (`drift`).

use std::path::Path;

use super::changed::environments;
use crate::git::{GitError, Revision};
use crate::spec::{self, Environment, EnvironmentName, SpecError};

/// A project as it was.
#[derive(Debug)]
pub struct Base {
    revision: Revision,
    name: String,
}

impl Base {
    /// At a revision, by any name that git knows.
    pub fn open(project: &Path, name: &str) -> Result<Self, GitError> {
        Ok(Self { revision: Revision::open(project, name)?, name: name.to_owned() })
    }

    /// The revision as it was asked for.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What an environment was, under its name or, when its file was renamed, as that of the same app; `None` when
    /// there was none. It bears its present name, so that only what it asks for differs.
    pub fn of(&self, now: &Environment) -> Result<Option<Environment>, SpecError> {
        let found = match self.load(now, &now.name) {
            Err(SpecError::Missing { .. }) => self.renamed(now),
            found => Some(found?),
        };
        Ok(found.map(|mut then| {
            then.name = now.name.clone();
            then
        }))
    }

    fn load(&self, now: &Environment, name: &EnvironmentName) -> Result<Environment, SpecError> {
        spec::load_with(&now.project, name, &|path| self.revision.read(path))
    }

    fn renamed(&self, now: &Environment) -> Option<Environment> {
        let own = [Some(&now.spec.app.name), now.spec.app.renamed_from.as_ref()];
        let mut others = environments(&self.revision).filter_map(|name| self.load(now, &name).ok());
        others.find(|then| own.contains(&Some(&then.spec.app.name)))
    }
}
