//! Where templates come from: built into the program, or a folder of the project in place of one.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::Path;

use include_dir::{Dir, include_dir};

use super::RenderError;

static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates");

/// Whether templates of the project's own count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Own {
    /// They do.
    Used,
    /// They do not: a stranger may have written them.
    Off,
}

/// A template as its files, by path inside the template's folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// The template's name.
    pub name: String,
    /// Its files.
    pub files: BTreeMap<String, Vec<u8>>,
}

/// The names of all templates that an environment of this project may name.
fn known(project: &Path, own: Own) -> Vec<String> {
    let built_in = BUILT_IN.dirs().filter_map(|dir| dir.path().file_name()?.to_str());
    let mut names: BTreeSet<String> = built_in.map(str::to_owned).collect();
    if own == Own::Off {
        return names.into_iter().collect();
    }
    let own = fs::read_dir(project.join("templates")).into_iter().flatten().flatten();
    let own = own.filter(|folder| folder.path().join(super::manifest::FILE).exists());
    names.extend(own.filter_map(|folder| folder.file_name().into_string().ok()));
    names.into_iter().collect()
}

impl Source {
    /// The template of a name. A folder of the project that has a manifest is a template by itself; one that has
    /// none takes the place of single files of the built-in one.
    pub fn find(project: &Path, name: &str, own: Own) -> Result<Self, RenderError> {
        let is_name = name.starts_with(|first: char| first.is_ascii_alphanumeric())
            && name.chars().all(|letter| letter.is_ascii_alphanumeric() || "_-".contains(letter));
        let unknown = || RenderError::Unknown { name: name.to_owned(), known: known(project, own), own };
        if !is_name {
            return Err(unknown());
        }
        let own = match own {
            Own::Used => self::own(project, name)?,
            Own::Off => BTreeMap::new(),
        };
        let built_in = BUILT_IN.dirs().find(|dir| dir.path().to_str() == Some(name));
        let mut files = BTreeMap::new();
        match built_in {
            _ if own.contains_key(super::manifest::FILE) => {}
            Some(dir) => collect(dir, name, &mut files),
            None => return Err(unknown()),
        }
        // `Procfile` may take the place of `Procfile.j2`, and the other way round.
        let target = |path: &str| path.strip_suffix(super::engine::ENDING).unwrap_or(path).to_owned();
        files.retain(|path, _| !own.keys().any(|own| target(own) == target(path)));
        files.extend(own);
        Ok(Self { name: name.to_owned(), files })
    }

    /// The file as messages name it.
    #[must_use]
    pub fn shown(&self, path: &str) -> String {
        format!("templates/{}/{path}", self.name)
    }
}

/// The files of the project's folder for a template; none when there is no such folder.
fn own(project: &Path, name: &str) -> Result<BTreeMap<String, Vec<u8>>, RenderError> {
    let mut files = BTreeMap::new();
    match read_folder(&project.join("templates").join(name), "", &mut files) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(RenderError::Template {
            file: format!("templates/{name}"),
            line: None,
            message: format!("cannot be read: {error}"),
            text: None,
        }),
        _ => Ok(files),
    }
}

fn collect(dir: &Dir<'_>, name: &str, files: &mut BTreeMap<String, Vec<u8>>) {
    for file in dir.files() {
        let path = file.path().to_str().and_then(|path| path.strip_prefix(name)).unwrap_or_default();
        files.insert(path.trim_start_matches('/').to_owned(), file.contents().to_vec());
    }
    dir.dirs().for_each(|dir| collect(dir, name, files));
}

/// Links are not followed: a template is what lies in its folder.
fn read_folder(folder: &Path, inside: &str, files: &mut BTreeMap<String, Vec<u8>>) -> io::Result<()> {
    for item in fs::read_dir(folder)? {
        let item = item?;
        let name = item.file_name().into_string().map_err(|_| io::Error::other("a name is not text"))?;
        let path = if inside.is_empty() { name } else { format!("{inside}/{name}") };
        let kind = item.file_type()?;
        if kind.is_symlink() {
            return Err(io::Error::other(format!("`{path}` is a link")));
        }
        if kind.is_dir() {
            read_folder(&item.path(), &path, files)?;
        } else {
            files.insert(path, fs::read(item.path())?);
        }
    }
    Ok(())
}
