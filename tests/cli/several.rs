//! `plan` and `validate` over several environments: the order of what they print, the shape of JSON, the last
//! lines, and the exit code.

use std::fs::File;
use std::process::{Command, Stdio};

use serde_json::Value;
use trueup::sandbox::{Budget, Knobs};

use crate::children::{Running, wait_until};
use crate::common::{cloud_and, fault, flat};
use crate::support::{Cloud, Project, quick};

/// Three environments: one with a mistake in its file, one whose app is somebody else's, and one that is fine.
fn three() -> (Cloud, Project) {
    let cloud = Cloud::start(quick());
    Project::with("app: { name: taken-shop }\n")
        .at(cloud.sandbox())
        .set("HEROKU_API_KEY", "other-token")
        .run(&["apply", "--yes"])
        .exits(0);
    let project = Project::with("app: { name: shop-production }\n").at(cloud.sandbox());
    project.write("environments/broken.yaml", "app: { name: shop-broken, regoin: us }\n");
    project.write("environments/taken.yaml", "app: { name: taken-shop }\nconfig: { A: b }\n");
    (cloud, project)
}

/// The names at the heads of plans, in the order in which they were printed.
fn heads(stdout: &str) -> Vec<&str> {
    stdout.lines().filter_map(|line| line.split_once(" · ")).map(|(name, _)| name).collect()
}

/// What stands below the last error.
fn last_lines(stderr: &str) -> &str {
    stderr.rfind("error: ").map_or("", |start| &stderr[start..])
}

#[test]
fn one_that_fails_stops_no_other_and_the_last_lines_say_which_and_why() {
    let (_cloud, project) = three();
    let ran = project.run(&["plan", "--all"]).exits(1);
    assert_eq!(heads(&ran.stdout), ["production", "taken"]);
    assert!(flat(&ran.stdout).contains("blocked app.name"), "a plan shows what is refused: {}", ran.stdout);
    assert_eq!(
        last_lines(&ran.stderr),
        "error: 1 of 3 environments failed\n  broken  the spec has 1 mistake, first environments/broken.yaml:1:27: unknown key `regoin` in `app`\n"
    );
    let whole = ran.stderr.find("did you mean `region`?").expect("the mistake is shown with its place");
    assert!(whole < ran.stderr.find("1 of 3").unwrap());
}

#[test]
fn what_is_named_is_planned_in_the_order_asked_and_all_by_name() {
    let (_cloud, project) = three();
    let plans = |arguments: &[&str]| project.run(arguments).stdout;
    assert_eq!(heads(&plans(&["plan", "taken", "production"])), ["taken", "production"]);
    assert_eq!(heads(&plans(&["plan", "production", "broken", "taken"])), ["production", "taken"]);
    assert_eq!(heads(&plans(&["plan", "--all"])), ["production", "taken"]);
}

#[test]
fn plans_are_set_apart_by_a_line() {
    let (_cloud, project) = three();
    let ran = project.run(&["plan", "production", "taken"]).exits(0);
    let second = ran.stdout.find("taken · ").unwrap();
    assert!(ran.stdout[..second].ends_with(".\n\n"), "{}", ran.stdout);
    assert!(!ran.stdout.starts_with('\n') && !ran.stdout.ends_with("\n\n"), "{}", ran.stdout);
}

#[test]
fn the_last_line_says_what_all_of_them_come_to_in_text_as_in_markdown() {
    let (_cloud, project) = three();
    let last = |arguments: &[&str]| {
        let ran = project.run(&[&["plan"], arguments].concat());
        ran.stdout.lines().last().unwrap_or_default().to_owned()
    };
    let expected =
        "3 environments: 2 to create, 0 to update, 0 to replace, 0 to delete, 1 blocked. 1 of 3 failed.";
    assert_eq!(last(&["--all"]), expected);
    assert_eq!(last(&["--all", "--format", "markdown"]), expected);
    // Of one the plan's own last line says it all.
    assert!(last(&["prod*"]).starts_with("Plan: 1 to create"));
}

#[test]
fn as_json_one_that_failed_stands_in_the_list_with_its_error() {
    let (_cloud, project) = three();
    let ran = project.run(&["plan", "--all", "--format", "json"]).exits(1);
    let list = ran.json();
    assert_eq!(list["format_version"], "1.0");
    let environments = list["environments"].as_array().unwrap();
    let names: Vec<&Value> = environments.iter().map(|one| &one["environment"]).collect();
    assert_eq!(names, ["broken", "production", "taken"]);
    assert_eq!(
        environments[0],
        serde_json::json!({
            "environment": "broken",
            "error": { "message": "environments/broken.yaml:1:27: unknown key `regoin` in `app`", "hint": null },
        })
    );
    assert_eq!(environments[1]["summary"]["create"], 1);
    assert_eq!(environments[2]["blocked"][0]["address"], "app.name");
}

#[test]
fn as_json_a_service_that_fails_tells_message_and_hint() {
    let (cloud, project) = cloud_and("app: { name: shop-production }\n");
    project.write("environments/staging.yaml", "app: { name: shop-staging }\n");
    project.run(&["apply", "--all", "--yes"]).exits(0);
    cloud.sandbox().set_faults(vec![fault(
        r#"{ "path": "/apps/shop-staging/config-vars", "times": 99,
             "kind": { "refuse": { "status": 403, "id": "forbidden", "message": "Two-factor is required." } } }"#,
    )]);
    let ran = project.run(&["plan", "--all", "--format", "json"]);
    let error = &ran.json()["environments"][1]["error"];
    assert!(
        error["message"].as_str().is_some_and(|message| message.contains("Two-factor")),
        "{}",
        ran.stdout
    );
    assert!(error["hint"].is_string() || error["hint"].is_null(), "{error}");
    ran.exits(1).tells(&["error: staging: `GET /apps/shop-staging/config-vars` failed"]);
}

#[test]
fn the_shape_of_json_follows_from_what_was_asked_and_not_from_what_was_found() {
    let (_cloud, project) = cloud_and("app: { name: shop-production }\n");
    let is_list = |arguments: &[&str]| {
        let plan = project.run(arguments).exits(0).json();
        assert_eq!(plan["environment"].is_string(), plan["environments"].is_null());
        plan["environments"].is_array()
    };
    assert!(!is_list(&["plan", "--format", "json"]));
    assert!(!is_list(&["plan", "production", "--format", "json"]));
    assert!(is_list(&["plan", "--all", "--format", "json"]));
    assert!(is_list(&["plan", "production", "production", "--format", "json"]));
}

#[test]
fn the_exit_code_is_the_worst_an_error_before_a_refusal_before_a_difference() {
    let (_cloud, project) = three();
    project.run(&["plan", "production", "taken"]).exits(0);
    project.run(&["plan", "production", "taken", "--detailed-exitcode"]).exits(2);
    project.run(&["plan", "--all", "--detailed-exitcode"]).exits(1);
    project.run(&["apply", "production", "taken", "--yes"]).exits(3);
    project.run(&["apply", "--all", "--yes"]).exits(1);
    project.run(&["apply", "production", "production", "--yes"]).exits(0);
}

#[test]
fn each_plan_counts_its_own_calls() {
    let (cloud, project) = cloud_and("app: { name: shop-production }\nconfig: { A: b }\n");
    project.write("environments/staging.yaml", "app: { name: shop-staging }\nbuildpacks: [heroku/ruby]\n");
    project.run(&["apply", "--all", "--yes"]).exits(0);
    cloud.sandbox().forget_calls();
    let ran = project.run(&["plan", "--all"]).exits(0);
    let counts: Vec<usize> = ran.stdout.lines().filter_map(calls).collect();
    assert_eq!(counts.len(), 2, "{}", ran.stdout);
    assert!(counts.iter().all(|count| *count > 0), "{counts:?}");
    assert_eq!(counts.iter().sum::<usize>(), cloud.sandbox().calls().len(), "each call is somebody's");
}

/// The number of calls that the last line of a plan tells.
fn calls(line: &str) -> Option<usize> {
    let words: Vec<&str> = line.split(' ').collect();
    let noun = words.iter().position(|word| word.starts_with("call"))?;
    words[noun - 1].parse().ok()
}

#[cfg(unix)]
#[test]
fn one_that_takes_long_keeps_no_other_from_being_asked() {
    let (cloud, project) = cloud_and("app: { name: shop-production }\n");
    let slow = "app: { name: shop-api }\nconfig: { TOKEN: { command: [cat, pipe] } }\n";
    project.write("environments/api.yaml", slow);
    // Who reads from a pipe waits for somebody who writes.
    assert!(Command::new("mkfifo").arg(project.file("pipe")).status().unwrap().success());
    let plan = Running::start(&project, &["plan", "--all", "--allow-commands"]);
    wait_until("the services are asked about the other", || !cloud.sandbox().calls().is_empty());
    std::fs::write(project.file("pipe"), "token").unwrap();
    assert_eq!(heads(&plan.end().exits(0).stdout), ["api", "production"]);
}

#[test]
fn validate_checks_every_file_and_says_at_the_end_which_ones_failed() {
    let project = Project::with("app: { name: shop-production }\n");
    project.write("environments/broken.yaml", "app: { name: Shop }\nconfg: {}\n");
    project.write("environments/wrong.yaml", "app: { name: shop-wrong, regoin: us }\n");
    let ran = project.run(&["validate"]).exits(1);
    assert_eq!(ran.stdout, "production: valid\n");
    let last = last_lines(&ran.stderr);
    assert!(
        last.starts_with("error: 2 of 3 environments failed\n  broken  the spec has 2 mistakes, first "),
        "{last}"
    );
    assert!(last.contains("\n  wrong   the spec has 1 mistake, first "), "{last}");
    let alone = project.run(&["validate", "wrong"]).exits(1);
    assert!(
        !alone.stderr.contains("environments failed"),
        "of one there is nothing to sum up: {}",
        alone.stderr
    );
}

#[test]
fn a_name_that_is_no_environment_is_told_among_the_others() {
    let (_cloud, project) = cloud_and("app: { name: shop-production }\n");
    let ran = project.run(&["plan", "prodution", "production"]).exits(1);
    assert_eq!(heads(&ran.stdout), ["production"]);
    ran.tells(&[
        "there is no environment `prodution`",
        "did you mean `production`?",
        "1 of 2 environments failed",
    ]);
}

#[test]
fn a_saved_plan_is_of_one() {
    let (cloud, project) = three();
    cloud.sandbox().forget_calls();
    project
        .run(&["plan", "--all", "--out", "p.plan"])
        .exits(1)
        .tells(&["`--out` saves the plan of one environment"]);
    assert!(cloud.sandbox().calls().is_empty() && !project.file("p.plan").exists());
}

/// What a command says of a run that needs more calls than are left, before it makes them.
fn said_beforehand(command: &str) -> String {
    let budget = Budget { left: Some(100), ..Budget::default() };
    let cloud = Cloud::start(Knobs { budget, ..quick() });
    let project = Project::empty().at(cloud.sandbox());
    for number in 0..200 {
        let spec = format!("app: {{ name: shop-{number} }}\nconfig: {{ A: b }}\nbuildpacks: [heroku/ruby]\n");
        project.write(&format!("environments/e{number}.yaml"), &spec);
    }
    let stderr = || std::fs::read_to_string(project.file("stderr")).unwrap_or_default();
    let mut run = project.command(&[command, "--all"]);
    let run = run.stdout(Stdio::null()).stderr(File::create(project.file("stderr")).unwrap());
    let mut run = run.spawn().unwrap();
    wait_until("it says how long it takes", || stderr().ends_with('\n'));
    run.kill().unwrap();
    run.wait().unwrap();
    stderr()
}

#[test]
fn a_run_that_needs_more_calls_than_are_left_says_beforehand_how_long_it_takes() {
    // The status needs one more for each environment.
    for (command, calls) in [("plan", "603"), ("drift", "603"), ("status", "803")] {
        let said = said_beforehand(command);
        let expected = format!(
            "warning: this needs about {calls} calls of Heroku, and 100 are left for now, so it takes about "
        );
        assert!(said.starts_with(&expected), "{said}");
    }
}
