//! Which files of a folder are its code: all but those that `.gitignore` and `.slugignore` name, and what never leaves the
//! machine.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use ignore::WalkBuilder;

/// What is checked out for a build may hold a gibibyte (heroku-api.md section 6).
const LARGEST: u64 = 1024 * 1024 * 1024;

/// What never leaves the machine: histories, secrets of development, and the state of this program.
const NEVER: [&str; 5] = [".git", ".gitmodules", ".trueup", ".env", ".env.local"];

/// Why a folder gives no tarball.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// There is no such folder.
    #[error("there is no folder `{}`", .0.display())]
    NoFolder(PathBuf),
    /// There is nothing in it.
    #[error("nothing in `{}` would be deployed", .0.display())]
    Empty(PathBuf),
    /// A file or folder cannot be read.
    #[error("cannot read `{}`: {error}", .path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// A link leads out of the folder: on Heroku there is nothing at its end, or something else.
    #[error("the link `{}` leads out of the folder, to `{}`", .link.display(), .target.display())]
    Outside {
        /// The link.
        link: PathBuf,
        /// Where it leads.
        target: PathBuf,
    },
    /// More than Heroku builds from.
    #[error("`{}` has {} MB, and Heroku takes a gigabyte at most", .folder.display(), .size / 1_000_000)]
    TooLarge {
        /// The folder.
        folder: PathBuf,
        /// How much is in it.
        size: u64,
    },
}

impl SourceError {
    pub(super) fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |error| Self::Unreadable { path: path.to_owned(), error }
    }

    /// What to do now.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NoFolder(_) | Self::Empty(_) => "name the app's folder with `--source DIR`",
            Self::Unreadable { .. } => "make it readable, or name it in `.slugignore`",
            Self::Outside { .. } => "replace it by what it leads to, or name it in `.slugignore`",
            Self::TooLarge { .. } => "name what the app does not need in `.slugignore`",
        }
    }
}

/// The files of a folder, by their paths within it.
#[derive(Debug)]
pub(super) struct Tree {
    pub(super) folder: PathBuf,
    /// In the order of their bytes, so that the same files come in the same order everywhere.
    pub(super) entries: BTreeMap<PathBuf, Entry>,
}

/// What is at a path.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// A file of so many bytes, and whether it is a program.
    File { size: u64, is_program: bool },
    /// A link to a place within the folder.
    Link(PathBuf),
}

impl Tree {
    pub(super) fn of(folder: &Path) -> Result<Self, SourceError> {
        if !folder.is_dir() {
            return Err(SourceError::NoFolder(folder.to_owned()));
        }
        let mut entries = BTreeMap::new();
        for found in walk(folder) {
            let found = found.map_err(|error| SourceError::Unreadable {
                path: folder.to_owned(),
                error: error.into_io_error().unwrap_or_else(|| io::Error::other("it cannot be listed")),
            })?;
            let Ok(path) = found.path().strip_prefix(folder) else { continue };
            let kind = found.file_type();
            if kind.is_some_and(|kind| kind.is_symlink()) {
                entries.insert(path.to_owned(), link(folder, path)?);
            } else if kind.is_some_and(|kind| kind.is_file()) {
                let metadata = fs::metadata(found.path()).map_err(SourceError::unreadable(path))?;
                let entry = Entry::File { size: metadata.len(), is_program: is_program(&metadata) };
                entries.insert(path.to_owned(), entry);
            }
        }
        let tree = Self { folder: folder.to_owned(), entries };
        match tree.size() {
            _ if tree.entries.is_empty() => Err(SourceError::Empty(tree.folder)),
            size if size > LARGEST => Err(SourceError::TooLarge { folder: tree.folder, size }),
            _ => Ok(tree),
        }
    }

    pub(super) fn holds(&self, path: &str) -> bool {
        matches!(self.entries.get(Path::new(path)), Some(Entry::File { .. }))
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn size(&self) -> u64 {
        let sizes = self.entries.values().map(|entry| match entry {
            Entry::File { size, .. } => *size,
            Entry::Link(_) => 0,
        });
        sizes.sum()
    }
}

/// By the ignore files of the project alone: what the operator's own git configuration ignores is nobody else's rule.
fn walk(folder: &Path) -> ignore::Walk {
    let is_in_repository = folder
        .canonicalize()
        .is_ok_and(|folder| folder.ancestors().any(|parent| parent.join(".git").exists()));
    WalkBuilder::new(folder)
        .hidden(false)
        .ignore(false)
        .git_global(false)
        .git_exclude(false)
        .require_git(false)
        .parents(is_in_repository)
        .follow_links(false)
        .add_custom_ignore_filename(".slugignore")
        .filter_entry(|entry| !NEVER.iter().any(|never| entry.file_name() == *never))
        .build()
}

fn link(folder: &Path, path: &Path) -> Result<Entry, SourceError> {
    let target = fs::read_link(folder.join(path)).map_err(SourceError::unreadable(path))?;
    if stays_inside(path, &target) {
        Ok(Entry::Link(target))
    } else {
        Err(SourceError::Outside { link: path.to_owned(), target })
    }
}

/// Whether a link leads to a place within the folder, whatever is there.
fn stays_inside(link: &Path, target: &Path) -> bool {
    let mut depth = link.components().count().saturating_sub(1);
    target.components().all(|component| match component {
        Component::CurDir => true,
        Component::Normal(_) => {
            depth += 1;
            true
        }
        Component::ParentDir => depth.checked_sub(1).map(|less| depth = less).is_some(),
        Component::RootDir | Component::Prefix(_) => false,
    })
}

#[cfg(unix)]
fn is_program(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o100 != 0
}

#[cfg(not(unix))]
fn is_program(_: &fs::Metadata) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_may_lead_to_any_place_within_the_folder() {
        for (link, target, expected) in [
            ("a", "b", true),
            ("bin/rails", "../lib/rails", true),
            ("a/b/c", "../../d", true),
            ("a", "./b/../c", true),
            ("a", "../b", false),
            ("a/b", "../../c", false),
            ("a", "/etc/passwd", false),
            ("a", "b/../../c", false),
        ] {
            assert_eq!(stays_inside(Path::new(link), Path::new(target)), expected, "{link} -> {target}");
        }
    }

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let file = folder.path().join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        folder
    }

    #[test]
    fn ignore_files_count_and_some_things_never_go() {
        let folder = folder(&[
            (".gitignore", "/log/*\n!/log/.keep\nnode_modules\n"),
            (".slugignore", "/docs\n*.psd\n"),
            (".env", "SECRET=1"),
            ("sub/.env", "SECRET=1"),
            (".env.example", "SECRET="),
            (".git/config", ""),
            (".trueup/sandbox/state.json", ""),
            ("app/.gitignore", "*.tmp"),
            ("app/a.rb", ""),
            ("app/b.tmp", ""),
            ("app/logo.psd", ""),
            ("docs/guide.md", ""),
            ("log/.keep", ""),
            ("log/production.log", ""),
            ("node_modules/x/index.js", ""),
        ]);
        let tree = Tree::of(folder.path()).unwrap();
        let paths: Vec<String> = tree.entries.keys().map(|path| path.display().to_string()).collect();
        assert_eq!(
            paths,
            [".env.example", ".gitignore", ".slugignore", "app/.gitignore", "app/a.rb", "log/.keep"]
        );
    }

    #[test]
    fn what_gives_no_tarball_says_why() {
        let empty = folder(&[]);
        assert!(matches!(Tree::of(empty.path()), Err(SourceError::Empty(_))));
        assert!(matches!(Tree::of(&empty.path().join("gone")), Err(SourceError::NoFolder(_))));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_out_of_the_folder_is_refused_and_not_followed() {
        let folder = folder(&[("a.txt", "a")]);
        std::os::unix::fs::symlink("a.txt", folder.path().join("inside")).unwrap();
        let tree = Tree::of(folder.path()).unwrap();
        assert_eq!(tree.entries[Path::new("inside")], Entry::Link("a.txt".into()));
        std::os::unix::fs::symlink("/etc", folder.path().join("outside")).unwrap();
        let error = Tree::of(folder.path()).unwrap_err();
        assert_eq!(error.to_string(), "the link `outside` leads out of the folder, to `/etc`");
    }
}
