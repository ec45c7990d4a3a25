//! The code of an app: a folder as the tarball that Heroku builds from, and whether its lock fits it.
//!
//! ```text
//! folder ── tree ──▶ files ── archive ──▶ tarball, checksum
//!                      └───── bundle ──▶ misfits
//! ```
//! What must not live here: where it is sent, and when.

mod archive;
mod bundle;
mod gemfile;
mod procfile;
mod requirement;
mod tree;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

pub use archive::Tarball;
pub use bundle::Misfit;
pub use tree::SourceError;

use tree::Tree;

/// The code in a folder, ready to be sent.
#[derive(Clone, Debug)]
pub struct Source {
    /// How many files it is.
    pub files: usize,
    /// How many bytes they have.
    pub size: u64,
    /// The tarball.
    pub tarball: Tarball,
    /// The process types of its Procfile; `None` when it has none.
    pub process_types: Option<BTreeSet<String>>,
    /// Why Heroku's Ruby buildpack would not build it.
    pub misfits: Vec<Misfit>,
}

impl Source {
    /// Reads a folder.
    ///
    /// # Errors
    /// What cannot be read, or cannot be part of a tarball.
    pub fn read(folder: &Path) -> Result<Self, SourceError> {
        let tree = Tree::of(folder)?;
        let text = |name: &str| -> Result<Option<String>, SourceError> {
            if !tree.holds(name) {
                return Ok(None);
            }
            let bytes = fs::read(folder.join(name)).map_err(SourceError::unreadable(Path::new(name)))?;
            Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
        };
        let gemfile = text("Gemfile")?;
        let misfits = bundle::misfits(&bundle::Files {
            gemfile: gemfile.as_deref(),
            lock: text("Gemfile.lock")?.as_deref(),
            is_lock_ignored: folder.join("Gemfile.lock").is_file() && !tree.holds("Gemfile.lock"),
            ruby_version: text(".ruby-version")?.as_deref(),
        });
        let process_types = text("Procfile")?.map(|text| procfile::types(&text));
        let tarball = archive::pack(&tree)?;
        Ok(Self { files: tree.len(), size: tree.size(), tarball, process_types, misfits })
    }
}
