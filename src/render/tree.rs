//! What a template gives: files by path, each inside the folder that it will be written to.

use std::collections::BTreeMap;

/// One file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// What it holds.
    pub bytes: Vec<u8>,
    /// Whether it is a program.
    pub is_executable: bool,
}

/// Files by path, with `/` between its parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree(BTreeMap<String, File>);

/// The record of what was rendered, in the folder that was rendered into.
pub const LEDGER: &str = ".trueup-rendered.json";
/// Where new files lie until all of them are there: inside the folder, so that moving them is one step each.
pub(super) const STAGE: &str = ".trueup-rendering";
/// More than any app; a template that loops must end.
const LARGEST: usize = 64 * 1024 * 1024;

impl Tree {
    /// Adds a file, or says why it cannot be a part of the tree.
    pub fn add(&mut self, path: &str, file: File) -> Result<(), String> {
        check(path)?;
        let folded = path.to_lowercase();
        for other in self.0.keys() {
            let other_folded = other.to_lowercase();
            if other_folded == folded {
                return Err(format!("two files would be `{path}`"));
            }
            let is_below =
                |one: &str, above: &str| one.strip_prefix(above).is_some_and(|rest| rest.starts_with('/'));
            if is_below(&folded, &other_folded) || is_below(&other_folded, &folded) {
                return Err(format!("`{path}` and `{other}` cannot both be there"));
            }
        }
        if self.size() + file.bytes.len() > LARGEST {
            return Err("the tree would be larger than 64 MiB".to_owned());
        }
        self.0.insert(path.to_owned(), file);
        Ok(())
    }

    fn size(&self) -> usize {
        self.0.values().map(|file| file.bytes.len()).sum()
    }

    /// The files, by path.
    #[must_use]
    pub fn files(&self) -> &BTreeMap<String, File> {
        &self.0
    }
}

/// A path that stays inside its folder, on every system.
pub(super) fn check(path: &str) -> Result<(), String> {
    let is_odd = |part: &str| {
        part.is_empty()
            || part == "."
            || part == ".."
            || part.chars().any(|letter| letter.is_control() || matches!(letter, '\\' | ':'))
    };
    if path.split('/').any(is_odd) {
        return Err(format!("`{}` is not a path inside the folder", path.escape_debug()));
    }
    let first = path.split('/').next().unwrap_or_default().to_lowercase();
    if [LEDGER, STAGE, ".git"].contains(&first.as_str()) {
        return Err(format!("`{path}` is not a template's to write"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn file() -> File {
        File { bytes: Vec::new(), is_executable: false }
    }

    #[test]
    fn a_path_stays_inside_its_folder() {
        for good in ["Procfile", "config/environments/production.rb", ".env.example", "a..b"] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for bad in
            ["", "/etc/passwd", "../x", "a/../../x", "a//b", "./a", "a/", "C:\\x", "a\0b", ".git/hooks/x"]
        {
            assert!(check(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn one_path_is_one_file_also_where_case_does_not_count() {
        let mut tree = Tree::default();
        tree.add("Gemfile", file()).unwrap();
        assert!(tree.add("gemfile", file()).is_err());
        assert!(tree.add("Gemfile/lock", file()).is_err(), "a file is no folder");
        tree.add("config/a", file()).unwrap();
        assert!(tree.add("Config", file()).is_err(), "a folder is no file");
        tree.add("config.ru", file()).unwrap();
    }

    proptest! {
        #[test]
        fn no_path_that_is_taken_leaves_the_folder(path in "[a./\\\\: ]{0,12}") {
            if check(&path).is_ok() {
                let joined = std::path::Path::new("/out").join(&path);
                let is_plain = |part| matches!(part, std::path::Component::Normal(_) | std::path::Component::RootDir);
                prop_assert!(joined.starts_with("/out") && joined.components().all(is_plain));
            }
        }
    }
}
