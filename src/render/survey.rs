//! How a tree differs from what lies in a folder, and what may be done about each file: reading and deciding, nothing
//! is written here.
//!
//! A file is ours to replace while it is as it was rendered; one that a hand has changed since, or that was never
//! rendered, is its owner's.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::ledger::Ledger;
use super::tree::LEDGER;
use super::{File, Rendered};

/// What becomes of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is as it should be.
    Same,
    /// It is not there.
    Create,
    /// It is as it was rendered before.
    Update,
    /// It was rendered before, unchanged since, and is no part of the tree any more.
    Delete,
    /// A hand changed it since it was rendered.
    ChangedByHand,
    /// A hand changed it, and it is no part of the tree any more.
    Abandoned,
    /// It is there, and was never rendered.
    NotOurs,
}

impl Fate {
    /// Whether it is its owner's, and changed only with `--force`.
    #[must_use]
    pub fn is_conflict(self) -> bool {
        matches!(self, Self::ChangedByHand | Self::Abandoned | Self::NotOurs)
    }
}

/// One file of the tree, or one that was part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Inside the folder, with `/` between its parts.
    pub path: String,
    /// What becomes of it.
    pub fate: Fate,
    /// What lies there.
    pub before: Option<File>,
    /// What should.
    pub after: Option<File>,
}

/// A tree beside a folder.
#[derive(Clone, Debug)]
pub struct Survey {
    /// Every file, by path.
    pub changes: Vec<Change>,
    /// The environment that was rendered into the folder before, when it was another one.
    pub other_environment: Option<String>,
    pub(super) folder: PathBuf,
    pub(super) old: Option<Ledger>,
    pub(super) rendered: Rendered,
}

impl Survey {
    /// Whether nothing was ever rendered into the folder.
    #[must_use]
    pub fn is_first(&self) -> bool {
        self.old.is_none()
    }
}

/// Why nothing was written, or not all.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// Something other than a folder, or than a file, is where one should be.
    #[error("`{}` is {found}, where {wanted} should be", .path.display())]
    InTheWay {
        /// What is in the way.
        path: PathBuf,
        /// `a file`, `a folder`, `a link`
        found: &'static str,
        /// `a folder`, `a file`
        wanted: &'static str,
    },
    /// The record of what was rendered cannot be used.
    #[error("`{}` cannot be used: {why}", .path.display())]
    Ledger {
        /// The record.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The system refused.
    #[error("cannot {doing} `{}`: {error}", .path.display())]
    System {
        /// `read`, `write`
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What it said.
        error: io::Error,
    },
}

impl FolderError {
    /// What to do now.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::InTheWay { .. } => {
                "move it away, or name another folder with `--out DIR`; nothing was written"
            }
            Self::Ledger { .. } => {
                "restore it from git; without it, every file that differs counts as changed by hand; nothing was written"
            }
            Self::System { .. } => "make it possible and run this again; no file is half written",
        }
    }

    pub(super) fn system(doing: &'static str, path: &Path) -> impl Fn(io::Error) -> Self {
        move |error| Self::System { doing, path: path.to_owned(), error }
    }
}

/// Compares a tree with a folder, which need not exist.
pub fn survey(rendered: Rendered, folder: &Path) -> Result<Survey, FolderError> {
    check_folder(folder)?;
    let old = match read(folder, LEDGER)? {
        Some(file) => Some(Ledger::read(&file.bytes).map_err(|why| {
            let path = folder.join(LEDGER);
            FolderError::Ledger { path, why }
        })?),
        None => None,
    };
    let mut paths: BTreeSet<&String> = rendered.tree.files().keys().collect();
    paths.extend(old.iter().flat_map(Ledger::paths));
    let mut changes = Vec::new();
    for path in paths {
        let (before, after) = (read(folder, path)?, rendered.tree.files().get(path).cloned());
        let is_ours =
            before.as_ref().zip(old.as_ref()).is_some_and(|(file, old)| old.wrote(path, &file.bytes));
        let is_known = old.as_ref().is_some_and(|old| old.knows(path));
        if let Some(fate) = decide(before.as_ref(), after.as_ref(), is_ours, is_known) {
            changes.push(Change { path: path.clone(), fate, before, after });
        }
    }
    let other =
        old.as_ref().map(|old| old.environment.clone()).filter(|other| *other != rendered.environment);
    Ok(Survey { changes, other_environment: other, folder: folder.to_owned(), old, rendered })
}

/// `None` when there is nothing to tell: it was rendered once, and is gone in both.
fn decide(before: Option<&File>, after: Option<&File>, is_ours: bool, is_known: bool) -> Option<Fate> {
    Some(match (before, after) {
        (None, None) => return None,
        (None, Some(_)) => Fate::Create,
        (Some(before), Some(after)) if before == after => Fate::Same,
        (Some(before), Some(after)) if is_ours || before.bytes == after.bytes => Fate::Update,
        (Some(_), Some(_)) if is_known => Fate::ChangedByHand,
        (Some(_), Some(_)) => Fate::NotOurs,
        (Some(_), None) if is_ours => Fate::Delete,
        (Some(_), None) => Fate::Abandoned,
    })
}

/// The folder itself may be reached through a link, for its owner named it; nothing inside it may.
fn check_folder(folder: &Path) -> Result<(), FolderError> {
    match fs::metadata(folder) {
        Ok(found) if found.is_dir() => Ok(()),
        Ok(_) => Err(FolderError::InTheWay { path: folder.to_owned(), found: "a file", wanted: "a folder" }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            let found = folder.ancestors().find(|path| path.is_file()).unwrap_or(folder);
            Err(FolderError::InTheWay { path: found.to_owned(), found: "a file", wanted: "a folder" })
        }
        Err(error) => Err(FolderError::system("read", folder)(error)),
    }
}

/// Fails when anything but folders leads to a path: a link could lead out.
pub(super) fn check_way(folder: &Path, path: &str) -> Result<(), FolderError> {
    let mut whole = folder.to_owned();
    let parts: Vec<&str> = path.split('/').collect();
    for part in &parts[..parts.len() - 1] {
        whole.push(part);
        match fs::symlink_metadata(&whole) {
            Ok(found) if found.is_dir() => {}
            Ok(found) => {
                let found = if found.is_symlink() { "a link" } else { "a file" };
                return Err(FolderError::InTheWay { path: whole, found, wanted: "a folder" });
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(FolderError::system("read", &whole)(error)),
        }
    }
    Ok(())
}

/// A file inside the folder; `None` when it is not there.
fn read(folder: &Path, path: &str) -> Result<Option<File>, FolderError> {
    check_way(folder, path)?;
    let whole = folder.join(path);
    let found = match fs::symlink_metadata(&whole) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(FolderError::system("read", &whole)(error)),
    };
    if !found.is_file() {
        let kind = found.file_type();
        let found = match () {
            () if kind.is_symlink() => "a link",
            () if kind.is_dir() => "a folder",
            () => "no plain file",
        };
        return Err(FolderError::InTheWay { path: whole, found, wanted: "a file" });
    }
    let bytes = fs::read(&whole).map_err(FolderError::system("read", &whole))?;
    Ok(Some(File { bytes, is_executable: found.permissions().mode() & 0o100 != 0 }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> File {
        File { bytes: text.as_bytes().to_vec(), is_executable: false }
    }

    #[test]
    fn what_is_as_it_was_rendered_is_replaced_and_nothing_else() {
        let (old, new, program) = (file("old"), file("new"), File { is_executable: true, ..file("new") });
        let table = [
            (None, Some(&new), false, false, Some(Fate::Create)),
            (None, Some(&new), false, true, Some(Fate::Create)),
            (Some(&new), Some(&new), false, false, Some(Fate::Same)),
            (Some(&new), Some(&program), false, false, Some(Fate::Update)),
            (Some(&old), Some(&new), true, true, Some(Fate::Update)),
            (Some(&old), Some(&new), false, true, Some(Fate::ChangedByHand)),
            (Some(&old), Some(&new), false, false, Some(Fate::NotOurs)),
            (Some(&old), None, true, true, Some(Fate::Delete)),
            (Some(&old), None, false, true, Some(Fate::Abandoned)),
            (None, None, false, true, None),
        ];
        for (before, after, is_ours, is_known, expected) in table {
            assert_eq!(
                decide(before, after, is_ours, is_known),
                expected,
                "{before:?} {after:?} {is_ours} {is_known}"
            );
        }
    }
}
