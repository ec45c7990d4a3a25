//! Revisions of real repositories.

#![cfg(test)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{GitError, Revision};

/// A repository in a folder of its own, with the operator's settings of git out of reach.
struct Repository(tempfile::TempDir);

impl Repository {
    fn new() -> Self {
        let repository = Self(tempfile::tempdir().unwrap());
        repository.git(&["init", "--quiet", "--initial-branch=main"]);
        repository
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn git(&self, arguments: &[&str]) {
        git(self.path(), arguments);
    }

    fn write(&self, file: &str, text: &str) {
        let file = self.path().join(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    fn commit(&self) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", "a change"]);
    }
}

fn git(folder: &Path, arguments: &[&str]) {
    let ran = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(["-c", "user.name=A", "-c", "user.email=a@b.example", "-c", "commit.gpgsign=false"])
        .args(arguments)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .output()
        .unwrap();
    assert!(ran.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&ran.stderr));
}

fn text(revision: &Revision, file: &str) -> Option<String> {
    revision.read(Path::new(file)).ok().map(|bytes| String::from_utf8(bytes).unwrap())
}

#[test]
fn a_file_is_read_as_it_was() {
    let repository = Repository::new();
    repository.write("environments/production.yaml", "then\n");
    repository.write("shared/limits.yaml", "limits\n");
    repository.commit();
    repository.write("environments/production.yaml", "now\n");
    repository.write("environments/staging.yaml", "new\n");
    let revision = Revision::open(repository.path(), "HEAD").unwrap();
    assert_eq!(text(&revision, "environments/production.yaml").as_deref(), Some("then\n"));
    assert_eq!(
        text(&revision, "shared/limits.yaml").as_deref(),
        Some("limits\n"),
        "outside environments/ too"
    );
    assert_eq!(text(&revision, "environments/staging.yaml"), None);
    let files: Vec<_> = revision.files_in(Path::new("environments")).collect();
    assert_eq!(files, [Path::new("environments/production.yaml")]);
}

#[test]
fn a_project_may_be_a_folder_of_its_repository() {
    let repository = Repository::new();
    repository.write("deploy/environments/production.yaml", "then\n");
    repository.write("app/unrelated.rb", "1\n");
    repository.commit();
    repository.write("deploy/environments/production.yaml", "now\n");
    repository.write("app/unrelated.rb", "2\n");
    let revision = Revision::open(&repository.path().join("deploy"), "main").unwrap();
    assert_eq!(text(&revision, "environments/production.yaml").as_deref(), Some("then\n"));
    let changed: Vec<PathBuf> = revision.changed_files().unwrap().into_iter().collect();
    assert_eq!(changed, [PathBuf::from("environments/production.yaml")]);
}

#[test]
fn a_folder_that_the_revision_does_not_have_is_empty() {
    let repository = Repository::new();
    repository.write("README", "x\n");
    repository.commit();
    repository.write("deploy/environments/production.yaml", "now\n");
    let revision = Revision::open(&repository.path().join("deploy"), "HEAD").unwrap();
    assert_eq!(text(&revision, "environments/production.yaml"), None);
    assert!(revision.changed_files().unwrap().contains(Path::new("environments/production.yaml")));
}

#[test]
fn changed_are_edited_new_removed_and_staged_files_but_none_that_git_ignores() {
    let repository = Repository::new();
    for file in ["same", "edited", "removed", "staged"] {
        repository.write(file, "1\n");
    }
    repository.write(".gitignore", "secret\n");
    repository.commit();
    repository.write("edited", "2\n");
    repository.write("staged", "2\n");
    repository.write("new file", "1\n");
    repository.write("secret", "1\n");
    fs::remove_file(repository.path().join("removed")).unwrap();
    repository.git(&["add", "staged"]);
    let changed = Revision::open(repository.path(), "HEAD").unwrap().changed_files().unwrap();
    let changed: Vec<&str> = changed.iter().map(|path| path.to_str().unwrap()).collect();
    assert_eq!(changed, ["edited", "new file", "removed", "staged"]);
}

#[cfg(unix)]
#[test]
fn a_link_leads_to_what_it_led_to_and_never_out_of_the_project() {
    let repository = Repository::new();
    repository.write("environments/production.yaml", "then\n");
    for (link, target) in
        [("staging.yaml", "production.yaml"), ("out.yaml", "/etc/hostname"), ("round.yaml", "round.yaml")]
    {
        std::os::unix::fs::symlink(target, repository.path().join("environments").join(link)).unwrap();
    }
    repository.commit();
    let revision = Revision::open(repository.path(), "HEAD").unwrap();
    assert_eq!(text(&revision, "environments/staging.yaml").as_deref(), Some("then\n"));
    assert_eq!(text(&revision, "environments/out.yaml"), None);
    assert_eq!(text(&revision, "environments/round.yaml"), None);
}

#[test]
fn a_revision_that_is_not_there_is_said_and_never_taken_for_an_option() {
    let repository = Repository::new();
    repository.write("file", "1\n");
    repository.commit();
    for name in ["nowhere", "--all", "", "HEAD~9", "HEAD:file"] {
        match Revision::open(repository.path(), name) {
            Err(GitError::UnknownRevision { name: said, is_shallow: false }) => assert_eq!(said, name),
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[test]
fn a_shallow_clone_and_a_folder_without_git_are_told_apart() {
    let repository = Repository::new();
    repository.write("file", "1\n");
    repository.commit();
    repository.write("file", "2\n");
    repository.commit();
    let clone = tempfile::tempdir().unwrap();
    let url = format!("file://{}", repository.path().display());
    git(clone.path(), &["clone", "--quiet", "--depth=1", &url, "."]);
    let error = Revision::open(clone.path(), "HEAD~1").unwrap_err();
    assert!(matches!(error, GitError::UnknownRevision { is_shallow: true, .. }), "{error:?}");
    let nowhere = tempfile::tempdir().unwrap();
    let error = Revision::open(nowhere.path(), "HEAD").unwrap_err();
    assert!(matches!(error, GitError::NotARepository { .. }), "{error:?}");
}

#[test]
fn a_clone_knows_the_default_branch_of_its_origin() {
    let origin = Repository::new();
    origin.write("a", "1");
    origin.commit();
    origin.git(&["checkout", "--quiet", "-b", "release/trunk"]);
    assert_eq!(super::default_branch(origin.path()), None, "it has no origin");
    let clone = tempfile::tempdir().unwrap();
    git(clone.path(), &["clone", "--quiet", &origin.path().display().to_string(), "."]);
    git(clone.path(), &["checkout", "--quiet", "-b", "work"]);
    assert_eq!(super::default_branch(clone.path()).as_deref(), Some("release/trunk"));
}
