//! A change from a fork: what lies in the project may be a stranger's, so nothing of it is run, no file becomes a value, and
//! nothing is applied.

use crate::common::{SMALL, assert_nothing_written, cloud_and};
use crate::support::{Project, Ran};

const SECRET: &str = "canary-0123456789";

/// Everything that a stranger could have written: a program, a file outside of git, a check, a template.
const HOSTILE: &str = "app: { name: shop-production }
config:
  RAILS_ENV: production
  FROM_FILE: { file: ../secret.txt }
  FROM_PROGRAM: { command: [touch, ran-command] }
  FROM_ENV: { env: TOKEN }
template: { name: rails, vars: { module: Shop } }
";

fn hostile() -> (crate::support::Cloud, Project) {
    let (cloud, project) = cloud_and(HOSTILE);
    project.write("secret.txt", SECRET);
    project.write("trueup.yaml", "checks: [[touch, ran-check]]\n");
    project.write("templates/rails/files/README.md.j2", "a stranger's {{ vars.module }}");
    (cloud, project.set("TOKEN", SECRET))
}

/// The same as the job of a pull request, whose head is of that repository.
fn pull_request(project: Project, head: &str) -> Project {
    let event = format!(
        r#"{{ "pull_request": {{ "head": {{ "repo": {head} }}, "base": {{ "repo": {{ "full_name": "ledger/infra" }} }} }} }}"#
    );
    project.write("event.json", &event);
    let file = project.file("event.json").display().to_string();
    project.set("GITHUB_EVENT_NAME", "pull_request").set("GITHUB_EVENT_PATH", &file)
}

const OFF: &str = "`command:`, `file:`, `checks:` and project templates are off";

fn assert_nothing_ran(project: &Project) {
    for file in ["ran-command", "ran-check"] {
        assert!(!project.file(file).exists(), "{file}");
    }
}

fn warnings(ran: &Ran) -> Vec<String> {
    let plan = ran.json();
    let warnings = plan["warnings"].as_array().unwrap().iter();
    warnings.map(|one| one["address"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_plan_of_a_fork_runs_nothing_and_says_what_it_did_not_look_at() {
    let (cloud, project) = hostile();
    let project = pull_request(project, r#"{ "full_name": "mallory/infra" }"#);
    let ran = project.run(&["plan", "--allow-commands", "--format", "json"]).exits(0);
    assert_eq!(warnings(&ran), ["config.FROM_FILE", "config.FROM_PROGRAM"]);
    let changed = ran.changes().into_iter().map(|(address, _)| address).collect::<Vec<_>>();
    assert_eq!(changed, ["app", "config.FROM_ENV", "config.RAILS_ENV"]);
    let ran = ran.tells(&["the change comes from mallory/infra, not from ledger/infra", OFF]);
    assert_eq!(ran.stderr.matches("`checks:`").count(), 1, "each is named once: {}", ran.stderr);
    for format in ["text", "markdown"] {
        let ran = project.run(&["plan", "--format", format]).exits(0);
        assert!(ran.stdout.contains("config.FROM_FILE"), "{}", ran.stdout);
        assert!(!(ran.stdout + &ran.stderr).contains(SECRET), "{format}");
    }
    assert_nothing_ran(&project);
    assert_nothing_written(&cloud);
}

#[test]
fn the_same_change_from_our_own_repository_is_planned_as_ever() {
    let (_cloud, project) = hostile();
    let project = pull_request(project, r#"{ "full_name": "ledger/infra" }"#);
    project.run(&["plan"]).exits(1).tells(&["add --allow-commands if you trust this spec"]);
    project.write("environments/production.yaml", &HOSTILE.replace("[touch, ran-command]", "[echo, value]"));
    let ran = project.run(&["plan", "--allow-commands", "--format", "json"]).exits(0);
    assert_eq!((warnings(&ran), ran.changes().len()), (Vec::new(), 5));
    assert!(project.file("ran-check").exists());
    assert!(!ran.stderr.contains("not trusted"), "{}", ran.stderr);
}

#[test]
fn nothing_is_applied_or_unlocked_by_a_run_that_is_not_trusted() {
    let (cloud, project) = hostile();
    let deleted = pull_request(project, r"null");
    for arguments in [&["apply", "--yes", "--allow-commands"][..], &["unlock", "--yes"]] {
        deleted.run(arguments).exits(3).tells(&[
            "this project is not trusted, since the change comes from a repository that is gone, so nothing was done",
            "apply after the merge",
        ]);
    }
    let asked = deleted.unset("GITHUB_EVENT_NAME").unset("GITHUB_EVENT_PATH");
    let ran = asked.run(&["apply", "--yes", "--untrusted"]).exits(3);
    ran.tells(&["since `--untrusted` says so, so nothing was done"]);
    assert_nothing_ran(&asked);
    assert_eq!(cloud.sandbox().calls().len(), 0);
}

#[test]
fn what_a_variable_does_not_tell_is_no_reason_to_trust() {
    let (cloud, project) = cloud_and(SMALL);
    project.write("event.json", "{ \"action\": \"opened\" }");
    let event = project.file("event.json").display().to_string();
    let project =
        project.set("GITHUB_EVENT_NAME", "pull_request_target").set("GITHUB_EVENT_PATH", "no\u{1b}where");
    let said = "it is not clear where the change comes from (`GITHUB_EVENT_PATH` names a file that";
    project.run(&["plan"]).exits(0).tells(&[said, "cannot be read", OFF]);
    let project = project.set("GITHUB_EVENT_PATH", &event);
    project.run(&["apply", "--yes"]).exits(3).tells(&[said, "does not tell it", "unset the variable"]);
    assert_nothing_written(&cloud);
    let project = project.set("GITHUB_EVENT_NAME", "push");
    project.run(&["apply", "--yes"]).exits(0);
}

#[test]
fn a_merge_request_of_a_fork_at_gitlab_is_not_trusted_either() {
    let (cloud, project) = cloud_and(SMALL);
    let project = project
        .set("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", "9")
        .set("CI_MERGE_REQUEST_PROJECT_ID", "7")
        .set("CI_PROJECT_ID", "9");
    project
        .run(&["plan"])
        .exits(0)
        .tells(&["the change comes from the project 9, not from the project 7", OFF]);
    project.run(&["apply", "--yes"]).exits(3);
    assert_nothing_written(&cloud);
    project
        .set("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", "7")
        .set("CI_PROJECT_ID", "7")
        .run(&["apply", "--yes"])
        .exits(0);
}

#[test]
fn templates_of_the_project_are_off_and_the_built_in_one_is_not() {
    let (_cloud, project) = hostile();
    let readme = |folder: &str| std::fs::read_to_string(project.file(folder).join("README.md")).unwrap();
    project.run(&["render", "--out", "ours"]).exits(0);
    project.run(&["render", "--out", "theirs", "--untrusted"]).exits(0).tells(&[OFF]);
    assert!(readme("ours").contains("a stranger's Shop"));
    assert!(!readme("theirs").contains("a stranger's"));
    project.write("templates/own/template.yaml", "{{ broken");
    project.write("environments/production.yaml", "app: { name: shop }\ntemplate: { name: own }\n");
    project
        .run(&["render", "--untrusted"])
        .exits(1)
        .tells(&["there is no template `own`", "the project's own are off"]);
    let ran = project.run(&["validate", "--untrusted"]).exits(0);
    assert!(!ran.stderr.contains("`render` will refuse"), "{}", ran.stderr);
}

#[test]
fn a_command_of_the_operators_own_still_looks_at_the_plan() {
    let (_cloud, project) = hostile();
    project
        .run(&["plan", "--untrusted", "--check-with", "false"])
        .exits(3)
        .tells(&["refused by the check `false`"]);
    assert_nothing_ran(&project);
}

#[test]
fn no_link_of_a_stranger_shows_what_lies_elsewhere_on_the_machine() {
    let (cloud, project) = cloud_and(SMALL);
    let elsewhere = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(elsewhere.path(), format!("{SECRET}: [")).unwrap();
    for file in ["environments/production.yaml", "environments/base.yaml", "trueup.yaml"] {
        let original = std::fs::read(project.file(file)).ok();
        project.write("environments/staging.yaml", "extends: base.yaml\napp: { name: shop-staging }\n");
        let _ = std::fs::remove_file(project.file(file));
        std::os::unix::fs::symlink(elsewhere.path(), project.file(file)).unwrap();
        for arguments in [&["validate"][..], &["plan", "--all", "--untrusted"]] {
            let ran = project.run(arguments).exits(1).tells(&["it leads out of the project"]);
            assert!(!(ran.stdout + &ran.stderr).contains(SECRET), "{file}");
        }
        std::fs::remove_file(project.file(file)).unwrap();
        std::fs::remove_file(project.file("environments/staging.yaml")).unwrap();
        if let Some(bytes) = original {
            std::fs::write(project.file(file), bytes).unwrap();
        }
    }
    assert_nothing_written(&cloud);
}
