//! The files of an import: none is overwritten, and each is written whole or not at all.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::super::scratch::private;
use super::super::session::Session;
use crate::lifecycle::import::{ImportError, Secrets};
use crate::message::{Answer, BaseFile, Failure, Task};
use crate::secret::Secret;
use crate::spec::EnvironmentName;

/// The folder of environments, and what git ignores in it.
const FOLDER: &str = "environments";
const IGNORED: &str = "*.env";

/// The files of an environment, relative to the project.
pub(super) struct Files {
    document: String,
    /// The other ending that an environment may have.
    short: String,
    pub(super) values: String,
}

impl Files {
    pub(super) fn of(environment: &EnvironmentName) -> Self {
        let file = |ending: &str| format!("{FOLDER}/{environment}.{ending}");
        Self { document: file("yaml"), short: file("yml"), values: file("env") }
    }

    /// Whoever's it is, a file that is there stays; best told before anything is asked.
    pub(super) fn taken(&self, project: &Path, secrets: Secrets) -> Option<PathBuf> {
        let values = (secrets == Secrets::Env).then_some(&self.values);
        let mut files = [&self.document, &self.short].into_iter().chain(values);
        files.find(|file| is_there(project, file)).map(PathBuf::from)
    }

    /// The environment last: without it nothing else counts.
    pub(super) fn write(
        &self,
        document: &str,
        values: Option<&Secret>,
        session: &Session<'_>,
    ) -> Result<(), Failure> {
        let project = &session.project;
        let folder = folder(project)?;
        let output = session.context.output;
        if let Some(values) = values {
            ignore(&folder).map_err(Failure::system(Task::Write(folder.join(".gitignore"))))?;
            write_new(project, &self.values, true, text_of(values))?;
            output.answer(&Answer::Wrote(self.values.clone().into()))?;
        }
        write_new(project, &self.document, false, document)?;
        output.answer(&Answer::Wrote(self.document.clone().into()))?;
        Ok(())
    }
}

/// Writes what the environments have in common, unless something is there: only the same text may be extended.
pub(super) fn write_base(text: &str, session: &Session<'_>) -> Result<BaseFile, Failure> {
    let (project, base) = (&session.project, format!("{FOLDER}/base.yaml"));
    if is_there(project, &base) {
        let is_same = std::fs::read(project.join(&base)).is_ok_and(|there| there == text.as_bytes());
        return Ok(if is_same { BaseFile::Extended } else { BaseFile::Another });
    }
    if is_there(project, &format!("{FOLDER}/base.yml")) {
        return Ok(BaseFile::Another);
    }
    folder(project)?;
    write_new(project, &base, false, text)?;
    session.context.output.answer(&Answer::Wrote(base.into()))?;
    Ok(BaseFile::Extended)
}

fn is_there(project: &Path, file: &str) -> bool {
    std::fs::symlink_metadata(project.join(file)).is_ok()
}

fn folder(project: &Path) -> Result<PathBuf, Failure> {
    let folder = project.join(FOLDER);
    std::fs::create_dir_all(&folder).map_err(Failure::system(Task::Write(folder.clone())))?;
    Ok(folder)
}

#[expect(
    clippy::disallowed_methods,
    reason = "what `--secrets env` asks for: a file that only its owner may read"
)]
fn text_of(values: &Secret) -> &str {
    values.reveal()
}

/// Writes a file that is not there; one that somebody made in the meantime stays.
fn write_new(project: &Path, file: &str, is_private: bool, text: &str) -> Result<(), Failure> {
    let path = project.join(file);
    match write_whole(&path, is_private, text) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            Err(ImportError::FileThere(PathBuf::from(file)).into())
        }
        written => written.map_err(Failure::system(Task::Write(path))),
    }
}

/// Under another name first, so that nobody ever finds half of it.
fn write_whole(path: &Path, is_private: bool, text: &str) -> io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true);
    let options = if is_private { private() } else { options };
    let mut fresh = tempfile::Builder::new()
        .prefix(".trueup-")
        .make_in(path.parent().unwrap_or(Path::new(".")), |fresh| {
            options.clone().create_new(true).open(fresh)
        })?;
    fresh.write_all(text.as_bytes())?;
    fresh.as_file().sync_all()?;
    fresh.persist_noclobber(path).map(drop).map_err(|failed| failed.error)
}

/// Has git ignore files of values, beside whatever else it ignores there.
fn ignore(folder: &Path) -> io::Result<()> {
    let file = folder.join(".gitignore");
    let before = match std::fs::read_to_string(&file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        before => before?,
    };
    if before.lines().any(|line| line.trim() == IGNORED) {
        return Ok(());
    }
    let line_end = if before.is_empty() || before.ends_with('\n') { "" } else { "\n" };
    let mut opened = std::fs::OpenOptions::new().append(true).create(true).open(&file)?;
    writeln!(opened, "{line_end}{IGNORED}")
}
