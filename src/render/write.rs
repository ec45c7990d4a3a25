//! Brings a tree to disk: everything is laid beside the folder's files first, then moved into place, so that what
//! can fail fails before anything is changed. What must not live here: decisions, which are `survey`'s.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::ledger::{Ledger, digest};
use super::survey::{Change, Fate, FolderError, Survey, check_way};
use super::tree::{File, LEDGER, STAGE};

/// A file that is made and removed in each folder that others will be moved to.
const PROBE: &str = ".trueup-probe";

/// Does what a survey found; files of their owners only when it is forced.
pub fn write(survey: &Survey, force: bool) -> Result<(), FolderError> {
    let chosen: Vec<&Change> = survey.changes.iter().filter(|change| is_chosen(change.fate, force)).collect();
    let ledger = next_ledger(survey, &chosen);
    if chosen.is_empty() && survey.old.as_ref() == Some(&ledger) {
        return Ok(());
    }
    let folder = &survey.folder;
    let is_new = !folder.exists();
    fs::create_dir_all(folder).map_err(FolderError::system("make", folder))?;
    let stage = Stage::open(folder)?;
    if let Err(error) = stage.fill(&chosen) {
        drop(stage);
        if is_new {
            // Nothing is in it but what this run put there; if it stays, it is empty.
            let _ = fs::remove_dir(folder);
        }
        return Err(error);
    }
    stage.put(LEDGER, begun(survey, &chosen).to_text().as_bytes())?;
    for change in &chosen {
        match &change.after {
            Some(_) => stage.move_in(&change.path)?,
            None => remove(folder, &change.path)?,
        }
    }
    stage.put(LEDGER, ledger.to_text().as_bytes())
}

fn is_chosen(fate: Fate, force: bool) -> bool {
    match fate {
        Fate::Same => false,
        Fate::Create | Fate::Update | Fate::Delete => true,
        Fate::ChangedByHand | Fate::Abandoned | Fate::NotOurs => force,
    }
}

/// What holds when all is done. A file that its owner keeps is still known as it was rendered last; one that is no
/// part of the tree any more is forgotten, and its owner's alone from then on.
fn next_ledger(survey: &Survey, chosen: &[&Change]) -> Ledger {
    let mut ledger = Ledger::new(&survey.rendered.environment, &survey.rendered.template);
    for change in &survey.changes {
        let is_written = change.fate == Fate::Same || chosen.iter().any(|one| one.path == change.path);
        let before = survey.old.as_ref().and_then(|old| old.files.get(&change.path)).cloned();
        let known = match &change.after {
            Some(after) if is_written => Some(digest(&after.bytes)),
            Some(_) => before,
            None => None,
        };
        ledger.files.extend(known.map(|digest| (change.path.clone(), digest)));
    }
    ledger
}

/// What holds if this run is killed from here on: each file is as it is, or as it will be. What is there may be what
/// a run before this one was killed at, so it is taken from there and not from that run's record.
fn begun(survey: &Survey, chosen: &[&Change]) -> Ledger {
    let mut ledger = Ledger::new(&survey.rendered.environment, &survey.rendered.template);
    for change in &survey.changes {
        let known = match (&change.before, change.fate) {
            (Some(before), Fate::Same | Fate::Update | Fate::Delete) => Some(digest(&before.bytes)),
            _ => survey.old.as_ref().and_then(|old| old.files.get(&change.path)).cloned(),
        };
        ledger.files.extend(known.map(|digest| (change.path.clone(), digest)));
    }
    let written =
        chosen.iter().filter_map(|change| Some((change.path.clone(), digest(&change.after.as_ref()?.bytes))));
    ledger.pending.extend(written);
    ledger
}

/// New files on their way; what is left of them goes when this does.
struct Stage {
    folder: PathBuf,
    path: PathBuf,
}

impl Stage {
    fn open(folder: &Path) -> Result<Self, FolderError> {
        let path = folder.join(STAGE);
        // A run that was killed may have left one; it holds nothing that was not rendered.
        match fs::remove_dir_all(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(FolderError::system("remove", &path)(error));
            }
            _ => {}
        }
        fs::create_dir(&path).map_err(FolderError::system("make", &path))?;
        Ok(Self { folder: folder.to_owned(), path })
    }

    /// Writes all of them, makes the folders that they go to, and tries each folder that was there.
    fn fill(&self, changes: &[&Change]) -> Result<(), FolderError> {
        let mut tried = BTreeSet::new();
        for change in changes {
            if let Some(file) = &change.after {
                self.lay(&change.path, file)?;
            }
            check_way(&self.folder, &change.path)?;
            let target = self.folder.join(&change.path);
            // Folders are harmless if the run ends here.
            make_parent(&target)?;
            if let Some(parent) = target.parent()
                && tried.insert(parent.to_owned())
            {
                try_folder(parent)?;
            }
        }
        Ok(())
    }

    fn lay(&self, path: &str, file: &File) -> Result<(), FolderError> {
        let laid = self.path.join(path);
        make_parent(&laid)?;
        let written = fs::File::create_new(&laid).and_then(|mut opened| {
            opened.write_all(&file.bytes)?;
            let mut mode = opened.metadata()?.permissions();
            if file.is_executable {
                // Whoever may read it may run it.
                mode.set_mode(mode.mode() | (mode.mode() & 0o444) >> 2);
            }
            opened.set_permissions(mode)
        });
        written.map_err(FolderError::system("write", &laid))
    }

    /// Looks once more for links, then moves.
    fn move_in(&self, path: &str) -> Result<(), FolderError> {
        check_way(&self.folder, path)?;
        let target = self.folder.join(path);
        fs::rename(self.path.join(path), &target).map_err(FolderError::system("write", &target))
    }

    fn put(&self, path: &str, bytes: &[u8]) -> Result<(), FolderError> {
        self.lay(path, &File { bytes: bytes.to_vec(), is_executable: false })?;
        self.move_in(path)
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // The next run removes what cannot be removed now.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Fails where nothing can be written, before anything is changed.
fn try_folder(folder: &Path) -> Result<(), FolderError> {
    let probe = folder.join(PROBE);
    let tried = fs::File::create(&probe).and_then(|_| fs::remove_file(&probe));
    tried.map_err(FolderError::system("write to", folder))
}

fn make_parent(path: &Path) -> Result<(), FolderError> {
    let Some(parent) = path.parent() else { return Ok(()) };
    fs::create_dir_all(parent).map_err(FolderError::system("make", parent))
}

/// Removes a file, and the folders that are empty without it.
fn remove(folder: &Path, path: &str) -> Result<(), FolderError> {
    check_way(folder, path)?;
    let whole = folder.join(path);
    fs::remove_file(&whole).map_err(FolderError::system("remove", &whole))?;
    let above = whole.ancestors().skip(1).take_while(|above| *above != folder);
    // The first that is not empty ends it.
    above.map(fs::remove_dir).take_while(Result::is_ok).for_each(drop);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::{Rendered, Tree};
    use super::*;

    fn file(text: &str) -> Option<File> {
        (!text.is_empty()).then(|| File { bytes: text.as_bytes().to_vec(), is_executable: false })
    }

    fn change(path: &str, fate: Fate, before: &str, after: &str) -> Change {
        Change { path: path.to_owned(), fate, before: file(before), after: file(after) }
    }

    /// A first run was killed after it had moved `new` into place of `old`; now `newer` is rendered.
    #[test]
    fn a_run_that_is_killed_after_one_that_was_knows_what_either_wrote() {
        let mut old = Ledger::new("production", "rails");
        old.files.insert("Procfile".to_owned(), digest(b"old"));
        old.pending.insert("Procfile".to_owned(), digest(b"new"));
        old.files.insert("Gemfile".to_owned(), digest(b"rendered"));
        let tree = Tree::default();
        let rendered = Rendered { environment: "production".to_owned(), template: "rails".to_owned(), tree };
        let changes = vec![
            change("Gemfile", Fate::ChangedByHand, "mine", "newer"),
            change("Procfile", Fate::Update, "new", "newer"),
            change("config/a", Fate::Create, "", "a"),
        ];
        let survey =
            Survey { changes, other_environment: None, folder: PathBuf::new(), old: Some(old), rendered };
        let ledger = begun(&survey, &[&survey.changes[1], &survey.changes[2]]);
        let knows = |path: &str, text: &str| ledger.wrote(path, text.as_bytes());
        assert!(knows("Procfile", "new") && knows("Procfile", "newer") && knows("config/a", "a"));
        assert!(knows("Gemfile", "rendered") && !knows("Gemfile", "mine"), "its owner's stays its owner's");
    }
}
