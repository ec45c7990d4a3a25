//! Which environments a command takes: patterns, what changed since a revision, parts for a fleet of runners.

use std::process::Command;

use serde_json::{Value, json};

use crate::support::{Cloud, Project, quick};

/// Four environments, two of which share a file.
fn fleet() -> Project {
    let project = Project::empty();
    project.write("environments/base.yaml", "config: { RAILS_ENV: production }\n");
    for client in ["client-a", "client-b"] {
        let spec = format!("extends: base.yaml\napp: {{ name: {client}-shop }}\n");
        project.write(&format!("environments/{client}.yaml"), &spec);
    }
    project.write("environments/internal.yaml", "app: { name: internal-shop }\n");
    project.write("environments/website.yaml", "app: { name: website-shop }\n");
    project.write(".gitignore", "home/\nignored/\n.trueup/\n");
    git(&project, &["init", "--quiet", "--initial-branch=main"]);
    commit(&project);
    project
}

/// Runs git in a project, and gives what it prints.
pub fn git(project: &Project, arguments: &[&str]) -> String {
    let ran = Command::new("git")
        .current_dir(project.path())
        .args(["-c", "user.name=A", "-c", "user.email=a@b.example", "-c", "commit.gpgsign=false"])
        .args(arguments)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .unwrap();
    assert!(ran.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8_lossy(&ran.stdout).into_owned()
}

pub fn commit(project: &Project) {
    git(project, &["add", "--all"]);
    git(project, &["commit", "--quiet", "--message", "a change"]);
}

/// The environments of a matrix.
fn matrix(project: &Project, arguments: &[&str]) -> Vec<String> {
    let ran = project.run(&[&["matrix"], arguments].concat()).exits(0);
    assert_eq!(ran.stdout.lines().count(), 1, "it goes into a line of a CI system's outputs");
    let include = ran.json()["include"].clone();
    let names = include.as_array().unwrap().iter().map(|job| job["environment"].as_str().unwrap().to_owned());
    names.collect()
}

#[test]
fn a_matrix_has_a_job_for_each_environment_with_its_app() {
    let ran = fleet().run(&["matrix", "client-*"]).exits(0);
    let job = |name: &str| json!({ "environment": name, "app": format!("{name}-shop") });
    assert_eq!(ran.json(), json!({ "include": [job("client-a"), job("client-b")] }));
}

#[test]
fn a_matrix_without_a_word_of_which_is_of_them_all() {
    assert_eq!(matrix(&fleet(), &[]), ["client-a", "client-b", "internal", "website"]);
}

#[test]
fn one_that_cannot_be_read_is_no_job_and_the_others_are_still_printed() {
    let project = fleet();
    project.write("environments/internal.yaml", "app: { name: Internal! }\n");
    let ran = project.run(&["matrix"]).exits(1);
    assert_eq!(ran.json()["include"].as_array().unwrap().len(), 3);
    assert!(ran.stderr.contains("1 of 4 environments failed"), "{}", ran.stderr);
}

#[test]
fn changed_are_those_whose_resolved_spec_differs() {
    let project = fleet();
    assert_eq!(matrix(&project, &["--changed-since", "main"]), [""; 0]);
    project.write("environments/website.yaml", "# a comment\napp:\n  name: website-shop\n");
    assert_eq!(matrix(&project, &["--changed-since", "main"]), [""; 0], "it asks for the same");
    project.write("environments/base.yaml", "config: { RAILS_ENV: staging }\n");
    assert_eq!(matrix(&project, &["--changed-since", "main"]), ["client-a", "client-b"]);
    assert_eq!(matrix(&project, &["--changed-since", "main", "*-b", "website"]), ["client-b"]);
    commit(&project);
    assert_eq!(matrix(&project, &["--changed-since", "main"]), [""; 0]);
    assert_eq!(matrix(&project, &["--changed-since", "main~1"]), ["client-a", "client-b"]);
}

#[test]
fn changed_are_new_renamed_and_broken_ones_and_those_with_another_file_of_values() {
    let project = fleet();
    let spec = "app: { name: website-shop }\nconfig: { KEY: { file: ../keys/site.pem }, TOKEN: { file: ../ignored/token } }\n";
    project.write("environments/website.yaml", spec);
    project.write("keys/site.pem", "1\n");
    project.write("ignored/token", "1\n");
    commit(&project);
    project.write("ignored/token", "2\n");
    assert_eq!(matrix(&project, &["--changed-since", "HEAD"]), [""; 0], "git does not know it");
    project.write("keys/site.pem", "2\n");
    assert_eq!(matrix(&project, &["--changed-since", "HEAD"]), ["website"]);
    std::fs::rename(project.file("environments/client-a.yaml"), project.file("environments/client-z.yaml"))
        .unwrap();
    project.write("environments/internal.yaml", "app: { nam: internal-shop }\n");
    let ran = project.run(&["validate", "--changed-since", "HEAD"]).exits(1);
    assert_eq!(ran.stdout, "client-z: valid\nwebsite: valid\n");
    assert!(ran.stderr.contains("unknown key `nam`"), "{}", ran.stderr);
    assert!(ran.stderr.contains("client-a is in `HEAD` and not in this project"), "{}", ran.stderr);
}

#[test]
fn a_file_of_values_is_another_behind_a_link_and_in_a_submodule_too() {
    let (project, vault) = (fleet(), Project::empty());
    vault.write("token", "1\n");
    vault.write(".gitignore", "home/\n");
    git(&vault, &["init", "--quiet", "--initial-branch=main"]);
    commit(&vault);
    let source = vault.path().display().to_string();
    let add = ["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", &source, "vault"];
    git(&project, &add);
    project.write("keys/site.pem", "1\n");
    std::os::unix::fs::symlink("site.pem", project.file("keys/link.pem")).unwrap();
    let spec = |name: &str, file: &str| {
        let spec = format!("app: {{ name: {name}-shop }}\nconfig: {{ KEY: {{ file: ../{file} }} }}\n");
        project.write(&format!("environments/{name}.yaml"), &spec);
    };
    spec("website", "keys/link.pem");
    spec("internal", "vault/token");
    commit(&project);
    let changed = || matrix(&project, &["--changed-since", "HEAD"]);
    assert_eq!(changed(), [""; 0]);
    project.write("keys/site.pem", "2\n");
    assert_eq!(changed(), ["website"]);
    commit(&project);
    // Whether it is committed there or not, and whatever the user's own git would leave out.
    git(&project, &["config", "diff.ignoreSubmodules", "all"]);
    project.write("vault/token", "2\n");
    assert_eq!(changed(), ["internal"]);
    git(&project, &["-C", "vault", "commit", "--quiet", "--all", "--message", "a change"]);
    assert_eq!(changed(), ["internal"]);
    commit(&project);
    assert_eq!(changed(), [""; 0]);
    assert_eq!(matrix(&project, &["--changed-since", "HEAD~1"]), ["internal"]);
}

#[test]
fn in_a_hook_of_git_the_repository_is_the_one_that_the_project_is_in() {
    let project = fleet();
    project.write("deploy/environments/web.yaml", "app: { name: web-shop }\n");
    commit(&project);
    let directory = project.file(".git").display().to_string();
    // As git sets it for a hook, where what is in a folder would be looked for at the root.
    let project = project.set("GIT_DIR", &directory).set("GIT_INDEX_FILE", ".git/index.lock");
    let of_folder = |revision: &str| matrix(&project, &["-C", "deploy", "--changed-since", revision]);
    assert_eq!((of_folder("HEAD"), of_folder("HEAD~1")), (vec![], vec!["web".to_owned()]));
}

#[test]
fn nothing_selected_is_nothing_to_do_and_needs_no_credentials() {
    let project = fleet();
    let ran = project.run(&["plan", "--changed-since", "main", "--format", "json"]).exits(0);
    let mut list = ran.json();
    let digest = list.as_object_mut().unwrap().remove("plan_digest").unwrap();
    assert!(digest.is_string(), "the digest of nothing");
    assert_eq!(list, json!({ "format_version": "1.0", "environments": [] }));
    assert_eq!(ran.stderr, "no environment is selected, so there is nothing to do\n");
    for arguments in [&["plan"][..], &["apply", "--yes"], &["validate"]] {
        let ran = project.run(&[arguments, &["--changed-since", "main"]].concat()).exits(0);
        assert_eq!(ran.stdout, "");
    }
}

#[test]
fn the_shards_together_plan_each_environment_once() {
    let cloud = Cloud::start(quick());
    let project = fleet().at(cloud.sandbox());
    let mut planned = Vec::new();
    for shard in ["1/3", "2/3", "3/3"] {
        let list = project.run(&["plan", "--shard", shard, "--format", "json"]).exits(0).json();
        let names = list["environments"].as_array().unwrap().iter().map(|one| one["environment"].clone());
        planned.extend(names);
    }
    planned.sort_by_key(Value::to_string);
    assert_eq!(planned, ["client-a", "client-b", "internal", "website"]);
}

#[test]
fn a_ci_system_says_which_shard_it_is() {
    let gitlab = fleet().set("CI_NODE_INDEX", "2").set("CI_NODE_TOTAL", "3");
    assert_eq!(matrix(&gitlab, &["--shard", "auto"]), matrix(&gitlab, &["--shard", "2/3"]));
    let kubernetes = fleet().set("JOB_COMPLETION_INDEX", "1").set("TRUEUP_SHARDS", "3");
    assert_eq!(matrix(&kubernetes, &["--shard", "auto"]), matrix(&kubernetes, &["--shard", "2/3"]));
    let rubbish = fleet().set("CI_NODE_INDEX", "x").set("CI_NODE_TOTAL", "3");
    rubbish.run(&["matrix"]).exits(0);
    let ran = rubbish.run(&["matrix", "--shard", "auto"]).exits(1);
    assert!(ran.stderr.contains("`CI_NODE_INDEX` and `CI_NODE_TOTAL` are `x, 3`"), "{}", ran.stderr);
}

#[test]
fn what_cannot_be_selected_is_said_with_what_to_do() {
    let project = fleet();
    for (arguments, expected) in [
        (&["matrix", "custom-*"][..], "no environment matches `custom-*`"),
        (&["matrix", "client-[a"], "is not a pattern of names"),
        (&["matrix", "--shard", "4/3"], "`4/3` is not a shard"),
        (&["matrix", "--shard", "auto"], "no variable says which shard this is"),
        (&["matrix", "--changed-since", "origin/main"], "git knows no revision `origin/main` here"),
        (&["matrix", "--changed-since=--output=x"], "git knows no revision `--output=x` here"),
        (&["apply", "--plan", "plan.json", "--shard", "1/2"], "cannot be used with"),
    ] {
        let ran = project.run(arguments).exits(1);
        assert!(ran.stderr.contains(expected), "{arguments:?}: {}", ran.stderr);
        assert_eq!(ran.stdout, "");
    }
    let outside = Project::with("app: { name: shop }\n");
    let ran =
        outside.set("GIT_CEILING_DIRECTORIES", "/").run(&["matrix", "--changed-since", "HEAD"]).exits(1);
    assert!(ran.stderr.contains("hint: run it in a clone"), "{}", ran.stderr);
}
