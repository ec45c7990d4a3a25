//! A project's files as a git revision has them, read through the `git` program (docs/decisions/0010).
//!
//! What must not live here: what the files mean, which is `spec`'s, and which environments a change concerns, which is
//! `fleet`'s.

mod batch;
mod error;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

pub use error::GitError;

use crate::spec;

/// Links that lead to links are followed so far, as Linux does it at most five times as far.
const LINKS: usize = 8;

/// One revision of the repository that a project is in.
#[derive(Debug)]
pub struct Revision {
    project: PathBuf,
    commit: String,
    /// What the project's folder held then, by the path within it.
    blobs: BTreeMap<PathBuf, Blob>,
    /// The contents of the environments' files, which nearly every question is about; read at once.
    environments: BTreeMap<String, Vec<u8>>,
}

/// A file or a symbolic link.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Blob {
    id: String,
    is_link: bool,
}

impl Revision {
    /// Finds a revision, by any name that git knows: `origin/main`, `HEAD~3`, a commit.
    pub fn open(project: &Path, name: &str) -> Result<Self, GitError> {
        let commit = commit(project, name)?;
        let listing = run(project, &["ls-tree", "-r", "-z", &commit])?;
        let blobs = blobs(&listing);
        let of_environments =
            blobs.iter().filter(|(path, _)| path.starts_with("environments")).map(|(_, blob)| &blob.id);
        let environments = batch::contents(project, of_environments)?;
        Ok(Self { project: project.to_owned(), commit, blobs, environments })
    }

    /// The files that it had directly in a folder.
    pub fn files_in<'a>(&'a self, folder: &'a Path) -> impl Iterator<Item = &'a Path> {
        self.blobs.keys().map(PathBuf::as_path).filter(move |path| path.parent() == Some(folder))
    }

    /// The content of a file, by its path within the project. A symbolic link is followed within the project.
    pub fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let mut path = path.to_owned();
        for _ in 0..LINKS {
            let blob = self.blobs.get(&path).ok_or(ErrorKind::NotFound)?;
            let content = self.content(&blob.id)?;
            if !blob.is_link {
                return Ok(content);
            }
            let target = String::from_utf8(content).map_err(|_| ErrorKind::NotFound)?;
            let folder = path.parent().unwrap_or(Path::new(""));
            path = spec::inside(folder, Path::new(&target)).ok_or(ErrorKind::NotFound)?;
        }
        Err(ErrorKind::NotFound.into())
    }

    fn content(&self, id: &str) -> io::Result<Vec<u8>> {
        match self.environments.get(id) {
            Some(content) => Ok(content.clone()),
            None => run(&self.project, &["cat-file", "blob", id]).map_err(io::Error::other),
        }
    }

    /// The project's files that differ now from what they were, in the working tree. Files that git ignores are not
    /// among them, since nobody knows what they were.
    pub fn changed_files(&self) -> Result<BTreeSet<PathBuf>, GitError> {
        // What a user's own configuration would leave out of it is asked for.
        let diff = [
            "diff",
            "--name-only",
            "-z",
            "--no-renames",
            "--no-ext-diff",
            "--no-textconv",
            "--ignore-submodules=none",
            "--relative",
        ];
        let tracked = run(&self.project, &[&diff[..], &[&self.commit, "--", "."]].concat())?;
        let new = run(&self.project, &["ls-files", "-z", "--others", "--exclude-standard", "--", "."])?;
        Ok(paths(&tracked).chain(paths(&new)).map(PathBuf::from).collect())
    }
}

/// The branch that the remote `origin` had for its own when this clone was made; `None` where nobody knows.
#[must_use]
pub fn default_branch(project: &Path) -> Option<String> {
    let head = run(project, &["symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD"]).ok()?;
    Some(String::from_utf8(head).ok()?.trim().strip_prefix("origin/")?.to_owned())
}

/// Where a project is within its repository: `deploy/ledger`; `None` at its root, and outside of any.
#[must_use]
pub fn folder_in_repository(project: &Path) -> Option<String> {
    let prefix = run(project, &["rev-parse", "--show-prefix"]).ok()?;
    let folder = String::from_utf8(prefix).ok()?.trim_end_matches(['\n', '/']).to_owned();
    Some(folder).filter(|folder| !folder.is_empty())
}

fn commit(project: &Path, name: &str) -> Result<String, GitError> {
    let inside = output(project, &["rev-parse", "--is-shallow-repository"])?;
    if !inside.status.success() {
        return Err(GitError::NotARepository { folder: project.to_owned(), said: said(&inside) });
    }
    let unknown = || GitError::UnknownRevision {
        name: name.to_owned(),
        is_shallow: inside.stdout.starts_with(b"true"),
    };
    // No revision begins like an option, which git would take it for.
    if name.starts_with('-') || name.is_empty() {
        return Err(unknown());
    }
    let found = output(project, &["rev-parse", "--verify", "--quiet", &format!("{name}^{{commit}}")])?;
    if !found.status.success() {
        return Err(unknown());
    }
    Ok(String::from_utf8_lossy(&found.stdout).trim().to_owned())
}

/// `<mode> <kind> <id>\t<path>`, each ended by a NUL.
fn blobs(listing: &[u8]) -> BTreeMap<PathBuf, Blob> {
    paths(listing)
        .filter_map(|line| {
            let (about, path) = line.split_once('\t')?;
            let mut about = about.split(' ');
            let (mode, "blob", id) = (about.next()?, about.next()?, about.next()?) else { return None };
            Some((PathBuf::from(path), Blob { id: id.to_owned(), is_link: mode == "120000" }))
        })
        .collect()
}

/// What git separates by NULs. A name that is not UTF-8 is none that a spec can name.
fn paths(listing: &[u8]) -> impl Iterator<Item = &str> {
    listing
        .split(|byte| *byte == 0)
        .filter_map(|path| str::from_utf8(path).ok())
        .filter(|path| !path.is_empty())
}

/// What git prints, when it succeeds.
fn run(project: &Path, arguments: &[&str]) -> Result<Vec<u8>, GitError> {
    let output = output(project, arguments)?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(GitError::Failed { command: arguments[0].to_owned(), said: said(&output) })
}

fn output(project: &Path, arguments: &[&str]) -> Result<Output, GitError> {
    command(project, arguments).stdin(Stdio::null()).output().map_err(GitError::NoProgram)
}

fn command(project: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    // Its messages are read by people and by `said`, and no lock of the user's own git is waited for.
    command.arg("-C").arg(project).args(["--no-optional-locks", "--literal-pathspecs"]).args(arguments);
    command.env("LC_ALL", "C");
    // It is the repository that the project is in, also in a hook of git's, which names another place to begin at.
    for variable in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"] {
        command.env_remove(variable);
    }
    command
}

/// The first line of what git said, without its label.
fn said(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or("nothing");
    line.trim().trim_start_matches("fatal: ").to_owned()
}
