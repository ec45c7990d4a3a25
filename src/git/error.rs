//! Why git could not be asked.
//!
//! What must not live here: what to do about it, which `view` words.

use std::io;
use std::path::PathBuf;

/// Why git could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// The program cannot be run.
    #[error("cannot run `git`: {0}")]
    NoProgram(io::Error),
    /// The project is in no repository, or in one that git does not trust.
    #[error("git does not read {}: {said}", .folder.display())]
    NotARepository {
        /// The project's folder.
        folder: PathBuf,
        /// What git said.
        said: String,
    },
    /// There is no such revision here.
    #[error("git knows no revision `{name}` here")]
    UnknownRevision {
        /// As it was asked for.
        name: String,
        /// Whether this clone has only a part of the history.
        is_shallow: bool,
    },
    /// A command of it failed.
    #[error("`git {command}` failed: {said}")]
    Failed {
        /// Which.
        command: String,
        /// What git said.
        said: String,
    },
}
