//! The commands that ask no service: `init`, `validate`, `schema`, `completions`, `man`.

use crate::common::{SMALL, flat};
use crate::selected::{commit, git};
use crate::support::Project;

#[test]
fn init_takes_the_name_of_the_folder_and_everything_it_writes_is_valid() {
    let project = Project::empty();
    project.write("My Ledger/notes.txt", "");
    let ran = project.run(&["init", "-C", "My Ledger"]).exits(0);
    for file in [
        "environments/base.yaml",
        "environments/production.yaml",
        ".github/workflows/trueup.yml",
        ".trueup/.gitignore",
    ] {
        assert!(project.file("My Ledger").join(file).is_file(), "{file}");
        assert!(ran.stdout.contains(&format!("wrote  {file}\n")), "{}", ran.stdout);
    }
    ran.tells(&["next: trueup plan production --sandbox"]);
    let written = std::fs::read_to_string(project.file("My Ledger/environments/production.yaml")).unwrap();
    assert!(written.contains("  name: my-ledger"), "{written}");
    project.run(&["validate", "-C", "My Ledger"]).exits(0).shows(&["production: valid"]);
}

#[test]
fn init_never_overwrites() {
    let project = Project::empty();
    project.run(&["init", "--name", "ledger"]).exits(0);
    project.write("environments/production.yaml", SMALL);
    let ran = project.run(&["init", "--name", "other"]).exits(0);
    assert!(ran.stdout.contains("kept   environments/production.yaml\n"), "{}", ran.stdout);
    assert_eq!(std::fs::read_to_string(project.file("environments/production.yaml")).unwrap(), SMALL);
}

#[test]
fn init_beside_environments_that_are_there_writes_only_what_runs_in_ci() {
    let project = Project::empty();
    project.write("environments/staging.yaml", SMALL);
    let ran = project.run(&["init"]).exits(0);
    assert_eq!(ran.stdout, "wrote  .github/workflows/trueup.yml\n");
    ran.tells(&["at the head of each file"]);
    assert!(!project.file("environments/production.yaml").exists());
    let again = project.run(&["init", "--ci", "github"]).exits(0);
    assert_eq!(again.stdout, "kept   .github/workflows/trueup.yml\n");
    let others = project.run(&["init", "--ci", "gitlab", "--ci", "kubernetes"]).exits(0);
    assert_eq!(
        others.stdout,
        "wrote  .gitlab-ci.trueup.yml\nwrote  deploy/trueup/drift.yaml\nwrote  deploy/trueup/apply.yaml\n"
    );
    project.run(&["init", "--ci", "jenkins"]).exits(1).tells(&["invalid value 'jenkins'", "github"]);
}

#[test]
fn init_writes_for_the_branch_that_requests_are_merged_into() {
    let (origin, project) = (Project::empty(), Project::empty());
    origin.write("README.md", "");
    git(&origin, &["init", "--quiet", "--initial-branch=release/trunk"]);
    commit(&origin);
    git(&project, &["clone", "--quiet", &origin.path().display().to_string(), "ledger"]);
    let workflow = |folder: &str| {
        std::fs::read_to_string(project.file(folder).join(".github/workflows/trueup.yml")).unwrap()
    };
    project.run(&["init", "-C", "ledger"]).exits(0);
    let of_origin = workflow("ledger");
    assert!(of_origin.contains("branches: [\"release/trunk\"]"), "{of_origin}");
    assert!(of_origin.contains("github.ref == 'refs/heads/release/trunk'"), "{of_origin}");
    project.run(&["init", "-C", "other", "--branch", "master"]).exits(0);
    assert!(workflow("other").contains("github.ref == 'refs/heads/master'"));
    project.run(&["init", "-C", "usual"]).exits(0);
    assert!(workflow("usual").contains("github.ref == 'refs/heads/main'"));
    for branch in ["release/*", "a b", "'", "-x", ""] {
        project.run(&["init", "-C", "none", &format!("--branch={branch}")]).exits(1).tells(&["a branch"]);
    }
    assert!(!project.file("none").exists());
}

#[test]
fn init_below_the_root_of_a_repository_says_where_ci_systems_look() {
    let project = Project::empty();
    git(&project, &["init", "--quiet"]);
    let told = "this project is in deploy/ledger: move what was written for them there";
    project.write("deploy/ledger/notes.txt", "");
    project.run(&["init", "-C", "deploy/ledger"]).exits(0).tells(&[told, "TRUEUP_DIR"]);
    let at_root = project.run(&["init"]).exits(0);
    assert!(!at_root.stderr.contains("TRUEUP_DIR"), "{}", at_root.stderr);
    let kubernetes = project.run(&["init", "-C", "deploy/ledger", "--ci", "kubernetes"]).exits(0);
    assert!(!kubernetes.stderr.contains("TRUEUP_DIR"), "{}", kubernetes.stderr);
}

#[test]
fn init_refuses_a_name_that_heroku_would() {
    let project = Project::empty();
    project
        .run(&["init", "--name", "My_App"])
        .exits(1)
        .tells(&["`My_App` cannot be the name of a Heroku app", "a-z, 0-9 and -"]);
    assert!(!project.file("environments").exists());
}

#[test]
fn what_init_writes_applies_to_the_sandbox_at_once_and_then_nothing_is_left_to_do() {
    let project = Project::empty();
    project.run(&["init", "--name", "ledger"]).exits(0);
    project.run(&["plan", "--sandbox"]).exits(0).shows(&["+ app ledger"]);
    project.run(&["apply", "--sandbox", "--yes"]).exits(0).shows(&["Applied: "]);
    project.run(&["plan", "--sandbox", "--detailed-exitcode"]).exits(0).shows(&["No changes."]);
    let ignored = std::fs::read_to_string(project.file(".trueup/.gitignore")).unwrap();
    assert_eq!(ignored, "*\n", "git never sees the sandbox's state");
}

#[test]
fn validate_reports_every_mistake_of_every_file_offline() {
    let project = Project::with("app: { name: Shop }\nconfg: {}\n");
    project.write("environments/staging.yaml", "app: { name: shop-staging, regoin: us }\n");
    project.write("environments/fine.yaml", "app: { name: shop-fine }\n");
    project.run(&["validate"]).exits(1).tells(&[
        "environments/production.yaml:1:14",
        "environments/production.yaml:2:1",
        "did you mean `config`?",
        "environments/staging.yaml:1:28",
        "did you mean `region`?",
    ]);
    project.run(&["validate", "fine"]).exits(0).shows(&["fine: valid"]);
}

#[test]
fn a_file_whose_name_of_the_app_is_misspelt_is_no_shared_part() {
    let project = Project::with(SMALL);
    project.write("environments/staging.yaml", "app: { nmae: shop-staging }\n");
    project.run(&["validate"]).exits(1).tells(&["environments/staging.yaml:1:8", "did you mean `name`?"]);
    project.write("environments/staging.yaml", "extends: base.yaml\napp: { name: shop-staging }\n");
    project.write("environments/base.yaml", "app: { region: us }\n");
    let ran = project.run(&["validate"]).exits(0).shows(&["production: valid staging: valid"]);
    assert!(!ran.stdout.contains("base"), "what others extend is a part: {}", ran.stdout);
}

#[test]
fn completions_name_the_commands() {
    let project = Project::empty();
    for shell in ["bash", "zsh", "fish"] {
        let script = project.run(&["completions", shell]).exits(0).stdout;
        for word in ["validate", "apply", "allow-commands"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
}

#[test]
fn the_manual_and_the_help_name_every_command() {
    let project = Project::empty();
    let page = project.run(&["man"]).exits(0).stdout;
    assert!(page.contains(".TH trueup 1"), "{page}");
    let help = project.run(&["--help"]).exits(0).stdout;
    for command in ["init", "validate", "plan", "apply", "sandbox", "schema", "completions", "man"] {
        assert!(page.contains(command) && help.contains(command), "{command}");
    }
    assert!(flat(&project.run(&["--version"]).exits(0).stdout).starts_with("trueup "));
}
