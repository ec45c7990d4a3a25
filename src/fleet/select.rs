//! Which environments a command is about, from what was asked for and what the project has.

use std::io;
use std::path::{Path, PathBuf};

use glob::Pattern;

use super::changed::Changes;
use super::shard::{Shard, ShardError};
use crate::git::GitError;
use crate::spec::{self, EnvironmentName};

/// What was asked for on the command line.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// Environments by name, or by a pattern such as `client-*`.
    pub names: Vec<String>,
    /// Every environment of the project.
    pub all: bool,
    /// Of these, only those that differ from what they were at this git revision.
    pub changed_since: Option<String>,
    /// Of these, only those of one part.
    pub shard: Option<Shard>,
}

/// The environments that a command is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Their names, each once: in the order in which they were asked for, else sorted.
    pub names: Vec<EnvironmentName>,
    /// Whether the answer is a list, of however many: it is unless exactly one was plainly asked for. A
    /// program that reads the answer knows its shape from its own question.
    pub is_list: bool,
    /// The environments of the revision that the project has no more, when it was asked what changed since.
    pub removed: Vec<EnvironmentName>,
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
    /// What was written cannot be a pattern of names.
    NotAPattern {
        /// What was written.
        written: String,
        /// What is wrong with it.
        why: String,
    },
    /// No environment has a name of this pattern.
    NoMatch {
        /// The pattern.
        pattern: String,
        /// The environments that there are.
        known: Vec<EnvironmentName>,
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
        /// Whether the command takes them all at once.
        takes_all: bool,
    },
    /// What changed is not known.
    Git(GitError),
    /// Which part it is is not known.
    Shard(ShardError),
}

/// The environments that were asked for. When nothing was said of them and the project has one, it is that one.
pub fn select(project: &Path, asked: &Asked) -> Result<Selection, SelectionError> {
    let Asked { names: written, all: is_all, changed_since, shard } = asked;
    let is_narrowed = changed_since.is_some() || shard.is_some();
    let mut names = match written.as_slice() {
        [] if *is_all || is_narrowed => all(project)?,
        [] => vec![only(project, true)?],
        written => named(project, written)?,
    };
    let is_list = *is_all || is_narrowed || written.len() > 1 || written.iter().any(|name| is_pattern(name));
    let mut removed = Vec::new();
    if let Some(revision) = changed_since {
        let changes = Changes::since(project, revision).map_err(SelectionError::Git)?;
        if written.is_empty() {
            removed = changes.removed(&names);
        }
        names.retain(|name| changes.concern(name));
    }
    if let Some(shard) = shard {
        names.retain(|name| shard.has(name));
        removed.retain(|name| shard.has(name));
    }
    Ok(Selection { names, is_list, removed })
}

/// The one environment of a command that takes no more.
pub fn select_one(project: &Path, name: Option<&str>) -> Result<EnvironmentName, SelectionError> {
    match name {
        Some(name) => parsed(name),
        None => only(project, false),
    }
}

/// In the order in which they were written; where a pattern is among them, in the order of names.
fn named(project: &Path, written: &[String]) -> Result<Vec<EnvironmentName>, SelectionError> {
    let mut names = Vec::new();
    for written in written {
        let found = if is_pattern(written) { matching(project, written)? } else { vec![parsed(written)?] };
        for name in found {
            // Named twice is still one environment, to be planned and applied once.
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    if written.iter().any(|name| is_pattern(name)) {
        names.sort();
    }
    Ok(names)
}

/// No name has one of these characters.
fn is_pattern(written: &str) -> bool {
    written.contains(['*', '?', '['])
}

fn matching(project: &Path, written: &str) -> Result<Vec<EnvironmentName>, SelectionError> {
    let pattern = Pattern::new(written).map_err(|error| SelectionError::NotAPattern {
        written: written.to_owned(),
        why: error.msg.to_owned(),
    })?;
    let known = all(project)?;
    let found: Vec<EnvironmentName> =
        known.iter().filter(|name| pattern.matches(name.as_str())).cloned().collect();
    if found.is_empty() {
        return Err(SelectionError::NoMatch { pattern: written.to_owned(), known });
    }
    Ok(found)
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

fn only(project: &Path, takes_all: bool) -> Result<EnvironmentName, SelectionError> {
    let mut known = all(project)?;
    match (known.pop(), known.is_empty()) {
        (Some(only), true) => Ok(only),
        (last, _) => {
            Err(SelectionError::Several { known: known.into_iter().chain(last).collect(), takes_all })
        }
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

    fn asked(names: &[&str], all: bool) -> Asked {
        Asked { names: names.iter().map(|&name| name.to_owned()).collect(), all, ..Asked::default() }
    }

    fn selected(there: &[&str], names: &[&str], all: bool) -> (Vec<String>, bool) {
        let Selection { names, is_list, .. } = select(project(there).path(), &asked(names, all)).unwrap();
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
        let error =
            |there: &[&str], names: &[&str]| select(project(there).path(), &asked(names, false)).unwrap_err();
        assert!(matches!(error(&[], &[]), SelectionError::None { .. }));
        let SelectionError::Several { known, takes_all: true } = error(&["web", "api"], &[]) else {
            panic!("two are there")
        };
        assert_eq!(known.iter().map(ToString::to_string).collect::<Vec<_>>(), ["api", "web"]);
        let SelectionError::NotAName { meant, .. } = error(&["web"], &["environments/web.yaml"]) else {
            panic!("it is a path")
        };
        assert_eq!(meant.unwrap().as_str(), "web");
    }

    #[test]
    fn a_pattern_is_a_list_in_the_order_of_names_of_whatever_it_finds() {
        let there = ["client-b", "client-a", "internal", "web"];
        for (names, expected) in [
            (&["client-*"][..], &["client-a", "client-b"][..]),
            (&["client-?"], &["client-a", "client-b"]),
            (&["client-[b-z]"], &["client-b"]),
            (&["*"], &["client-a", "client-b", "internal", "web"]),
            (&["web", "client-*"], &["client-a", "client-b", "web"]),
            (&["client-a", "client-*"], &["client-a", "client-b"]),
            (&["web*"], &["web"]),
        ] {
            let (found, is_list) = selected(&there, names, false);
            assert_eq!(found, expected, "{names:?}");
            assert!(is_list, "{names:?}");
        }
    }

    #[test]
    fn a_pattern_that_finds_nothing_is_a_mistake() {
        let error = |name: &str| select(project(&["web", "api"]).path(), &asked(&[name], true)).unwrap_err();
        let SelectionError::NoMatch { pattern, known } = error("client-*") else { panic!("none is there") };
        assert_eq!((pattern.as_str(), known.len()), ("client-*", 2));
        assert!(matches!(error("client-[a"), SelectionError::NotAPattern { .. }));
    }

    #[test]
    fn a_shard_is_a_list_and_the_shards_together_are_all() {
        let project = project(&["api", "jobs", "web"]);
        let of = |shard: &str| {
            let asked = Asked { shard: Some(shard.parse().unwrap()), ..Asked::default() };
            let Selection { names, is_list, .. } = select(project.path(), &asked).unwrap();
            assert!(is_list, "even of none");
            names
        };
        let mut both = [of("1/2"), of("2/2")].concat();
        both.sort();
        assert_eq!(both.iter().map(ToString::to_string).collect::<Vec<_>>(), ["api", "jobs", "web"]);
    }

    #[test]
    fn a_command_that_takes_one_takes_the_only_one() {
        let project = project(&["web"]);
        assert_eq!(select_one(project.path(), None).unwrap().as_str(), "web");
        assert_eq!(select_one(project.path(), Some("api")).unwrap().as_str(), "api");
    }
}
