//! `action.yml`, executed: its own steps, as GitHub's runner would run them.

use std::process::Command;

use serde_json::{Value, json};

use crate::support::{Project, Ran};
use crate::workflow::expressions::{filled_in, holds};
use crate::workflow::runner::put_cargo_into;

const ACTION: &str = include_str!("../../action.yml");

/// Runs the steps of the action with a command, each in a shell of its own; gives the last one's end.
fn action(project: &Project, command: &str) -> Ran {
    let action: Value = serde_yaml::from_str(ACTION).unwrap();
    let contexts = json!({
        "status": "success", "inputs": { "command": command, "working-directory": "." },
        "github": { "action_path": env!("CARGO_MANIFEST_DIR") },
    });
    let machine = project.file("machine");
    if !machine.exists() {
        put_cargo_into(&machine);
    }
    let mut ran = None;
    for step in action["runs"]["steps"].as_array().unwrap() {
        if !holds(step["if"].as_str(), &contexts) {
            continue;
        }
        let script = step["run"].as_str().unwrap();
        assert!(!script.contains("${{"), "{script}");
        let mut shell = Command::new("bash");
        shell.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script]).current_dir(project.path());
        let temp = project.path().display().to_string();
        let path = format!("{temp}/trueup/bin:{}:{}", machine.display(), project.variable("PATH"));
        shell.env_clear().envs([("PATH", path), ("RUNNER_TEMP", temp)]);
        shell.env("GITHUB_PATH", project.file("path")).env("GITHUB_OUTPUT", project.file("output"));
        for (name, value) in step["env"].as_object().unwrap() {
            shell.env(name, filled_in(value.as_str().unwrap(), &contexts));
        }
        let done = Ran::from(shell.output().unwrap());
        let is_over = done.code != 0;
        ran = Some(done);
        if is_over {
            break;
        }
    }
    ran.unwrap()
}

#[test]
fn it_puts_trueup_on_the_path_and_runs_a_command() {
    let project = Project::with("app: { name: shop }\n");
    action(&project, "").exits(0);
    let path = std::fs::read_to_string(project.file("path")).unwrap();
    assert_eq!(path, format!("{}/trueup/bin\n", project.path().display()));
    assert!(project.file("trueup/bin/trueup").is_file());
    // Another use builds nothing.
    std::fs::remove_file(project.file("machine/cargo")).unwrap();
    action(&project, "validate  production").exits(0).shows(&["production: valid"]);
    assert_eq!(std::fs::read_to_string(project.file("output")).unwrap(), "exit-code=0\n");
}

#[test]
fn a_command_that_fails_fails_the_step_with_its_code() {
    let project = Project::with("app: { name: shop, regoin: us }\n");
    action(&project, "validate").exits(1).tells(&["did you mean `region`?"]);
    assert_eq!(std::fs::read_to_string(project.file("output")).unwrap(), "exit-code=1\n");
}

#[test]
fn nothing_in_the_command_is_one_to_the_shell() {
    let project = Project::with("app: { name: shop }\n");
    for hostile in [
        "validate; touch pwned",
        "validate $(touch pwned)",
        "validate\n touch pwned",
        "validate * `touch pwned`",
    ] {
        assert_ne!(action(&project, hostile).code, 0, "{hostile}");
        assert!(!project.file("pwned").exists(), "{hostile}");
    }
}
