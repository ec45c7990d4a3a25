//! Which environments a command is about, from what was asked for and what the project has.

use std::io;
use std::path::{Path, PathBuf};

use crate::spec::{self, EnvironmentName};

/// What was asked for on the command line.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// Environments by name.
    pub names: Vec<String>,
    /// Every environment of the project.
    pub all: bool,
}

/// The environments that a command is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// Their names, each once: in the order in which they were asked for, else sorted.
    pub names: Vec<EnvironmentName>,
    /// Whether the answer is a list, of however many: it is unless exactly one was plainly asked for. A
    /// program that reads the answer knows its shape from its own question.
    pub is_list: bool,
}

/// Why no environment could be chosen.
#[derive(Debug)]
pub enum SelectionError {
    /// What was written cannot be the name of an environment.
    NotAName {
        /// What was written.
        written: String,
        /// What a name looks like.
        expected: String,
        /// The environment whose file was probably meant.
        meant: Option<EnvironmentName>,
    },
    /// The project's folder of environments cannot be read.
    Unreadable {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// The project has no environment.
    None {
        /// The folder that would hold it.
        folder: PathBuf,
    },
    /// None was named, and the project has several.
    Several {
        /// Those that it has.
        known: Vec<EnvironmentName>,
    },
}

/// The environments that were asked for. When none was named and the project has one, it is that one.
pub fn select(project: &Path, asked: &Asked) -> Result<Selection, SelectionError> {
    match asked {
        Asked { names, .. } if !names.is_empty() => named(names),
        Asked { all: true, .. } => Ok(Selection { names: all(project)?, is_list: true }),
        Asked { all: false, .. } => Ok(Selection { names: vec![only(project)?], is_list: false }),
    }
}

/// The one environment of a command that takes no more.
pub fn select_one(project: &Path, name: Option<&str>) -> Result<EnvironmentName, SelectionError> {
    match name {
        Some(name) => parsed(name),
        None => only(project),
    }
}

fn named(written: &[String]) -> Result<Selection, SelectionError> {
    let mut names = Vec::new();
    for written in written {
        let name = parsed(written)?;
        // Named twice is still one environment, to be planned and applied once.
        if !names.contains(&name) {
            names.push(name);
        }
    }
    Ok(Selection { names, is_list: written.len() > 1 })
}

fn parsed(written: &str) -> Result<EnvironmentName, SelectionError> {
    EnvironmentName::parse(written).map_err(|error| {
        // A file's path in place of the environment's name is a slip that can be seen.
        let stem = Path::new(written).file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        let meant = EnvironmentName::parse(stem).ok();
        SelectionError::NotAName { written: written.to_owned(), expected: error.to_string(), meant }
    })
}

/// All environments of the project, of which there is one at least.
fn all(project: &Path) -> Result<Vec<EnvironmentName>, SelectionError> {
    let folder = project.join("environments");
    match spec::names(project) {
        Ok(names) if names.is_empty() => Err(SelectionError::None { folder }),
        Ok(names) => Ok(names),
        Err(error) => Err(SelectionError::Unreadable { folder, error }),
    }
}

fn only(project: &Path) -> Result<EnvironmentName, SelectionError> {
    let mut known = all(project)?;
    match (known.pop(), known.is_empty()) {
        (Some(only), true) => Ok(only),
        (last, _) => Err(SelectionError::Several { known: known.into_iter().chain(last).collect() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A project with these environments.
    fn project(names: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("environments")).unwrap();
        for name in names {
            let file = folder.path().join(format!("environments/{name}.yaml"));
            std::fs::write(file, format!("app: {{ name: shop-{name} }}\n")).unwrap();
        }
        folder
    }

    fn selected(there: &[&str], names: &[&str], all: bool) -> (Vec<String>, bool) {
        let asked = Asked { names: names.iter().map(|&name| name.to_owned()).collect(), all };
        let Selection { names, is_list } = select(project(there).path(), &asked).unwrap();
        (names.iter().map(ToString::to_string).collect(), is_list)
    }

    #[test]
    fn what_is_named_keeps_its_order_and_everything_else_is_sorted() {
        let there = ["web", "api", "jobs"];
        assert_eq!(selected(&there, &["web", "api"], false).0, ["web", "api"]);
        assert_eq!(selected(&there, &[], true).0, ["api", "jobs", "web"]);
    }

    #[test]
    fn the_answer_is_a_list_by_what_was_asked_and_not_by_what_is_there() {
        for (there, names, all, is_list) in [
            (&["api", "web"][..], &["web"][..], false, false),
            (&["web"], &[], false, false),
            (&["web"], &[], true, true),
            (&["api", "web"], &[], true, true),
            (&["api", "web"], &["web", "api"], false, true),
            (&["api", "web"], &["web", "web"], false, true),
        ] {
            assert_eq!(selected(there, names, all).1, is_list, "{there:?} {names:?} {all}");
        }
        assert_eq!(selected(&["api", "web"], &["web", "web"], false).0, ["web"]);
    }

    #[test]
    fn what_is_unclear_is_said_with_what_there_is() {
        let error = |there: &[&str], names: &[&str]| {
            let asked = Asked { names: names.iter().map(|&name| name.to_owned()).collect(), all: false };
            select(project(there).path(), &asked).unwrap_err()
        };
        assert!(matches!(error(&[], &[]), SelectionError::None { .. }));
        let SelectionError::Several { known } = error(&["web", "api"], &[]) else { panic!("two are there") };
        assert_eq!(known.iter().map(ToString::to_string).collect::<Vec<_>>(), ["api", "web"]);
        let SelectionError::NotAName { meant, .. } = error(&["web"], &["environments/web.yaml"]) else {
            panic!("it is a path")
        };
        assert_eq!(meant.unwrap().as_str(), "web");
    }

    #[test]
    fn a_command_that_takes_one_takes_the_only_one() {
        let project = project(&["web"]);
        assert_eq!(select_one(project.path(), None).unwrap().as_str(), "web");
        assert_eq!(select_one(project.path(), Some("api")).unwrap().as_str(), "api");
    }
}
