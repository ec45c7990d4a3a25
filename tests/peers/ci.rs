//! What `init --ci` writes, and our own action, held against the rules of zizmor and the schemas that GitHub, GitLab
//! and Kubernetes publish.

use std::path::Path;
use std::process::Command;

use crate::programs;
use crate::support::{Project, Ran};

/// A project with the files of all CI systems, as they were written.
fn written() -> Project {
    let project = Project::empty();
    project.run(&["init", "--ci", "github,gitlab,kubernetes"]).exits(0);
    project
}

fn action() -> String {
    format!("{}/action.yml", env!("CARGO_MANIFEST_DIR"))
}

fn run(program: &Path, project: &Project, arguments: &[&str]) -> Ran {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(project.path()).env("HOME", project.file("home"));
    Ran::from(command.output().unwrap())
}

#[test]
fn zizmor_finds_nothing_in_the_workflow_and_the_action() {
    let Some(program) = programs::program("zizmor") else { return };
    let project = written();
    run(&program, &project, &["--offline", ".github/workflows/trueup.yml", &action()]).exits(0);
    // It would have found something.
    let text = std::fs::read_to_string(project.file(".github/workflows/trueup.yml")).unwrap();
    project.write(
        ".github/workflows/wrong.yml",
        &text.replace("\"$NUMBER\"", "${{ github.head_ref }}").replace("$NUMBER", "${{ github.head_ref }}"),
    );
    let ran = run(&program, &project, &["--offline", ".github/workflows/wrong.yml"]);
    assert!(ran.code != 0 && ran.stdout.contains("template-injection"), "{}", ran.stdout);
}

#[test]
fn the_files_are_what_the_schemas_of_their_systems_say() {
    let Some(program) = programs::program("check-jsonschema") else { return };
    let project = written();
    let check = |schema: &str, file: &str| run(&program, &project, &["--builtin-schema", schema, file]);
    check("vendor.github-workflows", ".github/workflows/trueup.yml").exits(0);
    check("vendor.github-actions", &action()).exits(0);
    check("vendor.gitlab-ci", ".gitlab-ci.trueup.yml").exits(0);
    let Some(program) = programs::program("kubernetes-validate") else { return };
    for (file, kind) in [("drift", "cronjob"), ("apply", "job")] {
        let file = format!("deploy/trueup/{file}.yaml");
        let ran = run(&program, &project, &["--strict", &file]).exits(0);
        assert!(
            (ran.stdout + &ran.stderr).contains(&format!("passed for resource {kind}/trueup-")),
            "{file}"
        );
        let text = std::fs::read_to_string(project.file(&file)).unwrap();
        project.write("wrong.yaml", &text.replace("readOnlyRootFilesystem", "readOnlyRoot"));
        assert_ne!(run(&program, &project, &["--strict", "wrong.yaml"]).code, 0, "a misspelt key is found");
    }
}
