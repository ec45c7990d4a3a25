//! Which environments differ from what they were at a revision.
//!
//! What must not live here: how a revision is read, which is `git`'s.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::git::{GitError, Revision};
use crate::spec::{self, ConfigValue, DrainUrl, Environment, EnvironmentName};

/// The project now, beside what it was.
pub(super) struct Changes<'a> {
    project: &'a Path,
    then: Revision,
    files: BTreeSet<PathBuf>,
}

impl<'a> Changes<'a> {
    /// Since a revision, by any name that git knows.
    pub(super) fn since(project: &'a Path, revision: &str) -> Result<Self, GitError> {
        let then = Revision::open(project, revision)?;
        let files = then.changed_files()?;
        Ok(Self { project, then, files })
    }

    /// Whether an environment asks for something else than it did, with everything that it extends and the files that
    /// it takes values from. One with a mistake counts, so that the mistake is seen.
    pub(super) fn concern(&self, name: &EnvironmentName) -> bool {
        let Ok(now) = spec::load(self.project, name) else { return true };
        let Ok(then) = self.load(name) else { return true };
        self.has_other_sources(&now) || now.spec.digest() != then.spec.digest()
    }

    fn load(&self, name: &EnvironmentName) -> Result<Environment, spec::SpecError> {
        spec::load_with(self.project, name, &|path| self.then.read(path))
    }

    fn has_other_sources(&self, now: &Environment) -> bool {
        let drains = now.spec.app.log_drains.iter().flatten().map(DrainUrl::source);
        now.spec.config.values().chain(drains).any(|value| match value {
            ConfigValue::File(file) => self.is_other(now, Path::new(file)),
            _ => false,
        })
    }

    /// Whether a file that a spec names is another: itself, what a link leads to, or the submodule that holds it, of
    /// which git tells only that it changed.
    fn is_other(&self, now: &Environment, file: &Path) -> bool {
        let spec = now.file.strip_prefix(self.project).ok().and_then(Path::parent);
        let named = spec.and_then(|folder| spec::inside(folder, file));
        let real = named.as_ref().and_then(|named| spec::behind_links(self.project, named));
        let places: Vec<PathBuf> = named.into_iter().chain(real).collect();
        self.files.iter().any(|changed| places.iter().any(|place| place.starts_with(changed)))
    }

    /// The environments that the revision had and that are in the project no more.
    pub(super) fn removed(&self, known: &[EnvironmentName]) -> Vec<EnvironmentName> {
        // A file that only others extended was no environment, and cannot be read as one.
        let gone: BTreeSet<EnvironmentName> = environments(&self.then)
            .filter(|name| !known.contains(name) && self.load(name).is_ok())
            .collect();
        gone.into_iter().collect()
    }
}

/// The names of the files that a revision had for environments, and for what they extend.
pub(super) fn environments(revision: &Revision) -> impl Iterator<Item = EnvironmentName> {
    revision.files_in(Path::new("environments")).filter_map(|file| {
        let is_yaml = file.extension().is_some_and(|ending| ending == "yaml" || ending == "yml");
        EnvironmentName::parse(file.file_stem()?.to_str()?).ok().filter(|_| is_yaml)
    })
}
