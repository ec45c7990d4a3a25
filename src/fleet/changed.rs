//! Which environments differ from what they were at a revision.
//!
//! What must not live here: how a revision is read, which is `git`'s.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use crate::git::{GitError, Revision};
use crate::spec::{self, ConfigValue, Environment, EnvironmentName};

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
        now.spec.config.values().any(|value| match value {
            ConfigValue::File(file) => self.files.contains(&self.within(&now.file, file)),
            _ => false,
        })
    }

    /// The path within the project of a file that a spec names, with `..` resolved by name.
    fn within(&self, spec: &Path, file: &str) -> PathBuf {
        let folder = spec.parent().and_then(|folder| folder.strip_prefix(self.project).ok());
        let mut within = PathBuf::new();
        for part in folder.unwrap_or(Path::new("")).join(file).components() {
            match part {
                Component::ParentDir => drop(within.pop()),
                Component::CurDir => {}
                part => within.push(part),
            }
        }
        within
    }

    /// The environments that the revision had and that are in the project no more.
    pub(super) fn removed(&self, known: &[EnvironmentName]) -> Vec<EnvironmentName> {
        let names = self.then.files_in(Path::new("environments")).filter_map(|file| {
            let is_yaml = file.extension().is_some_and(|ending| ending == "yaml" || ending == "yml");
            EnvironmentName::parse(file.file_stem()?.to_str()?).ok().filter(|_| is_yaml)
        });
        // A file that only others extended was no environment, and cannot be read as one.
        let gone: BTreeSet<EnvironmentName> =
            names.filter(|name| !known.contains(name) && self.load(name).is_ok()).collect();
        gone.into_iter().collect()
    }
}
