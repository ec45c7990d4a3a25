//! Canaries: recognisable secrets in every place that can hold one, and every command with everything told.
//! None of them may come out, in any form, on success or on failure.

use serde_json::json;

use crate::common::{cloud_and, fault};
use crate::support::{Cloud, LEDGER, Project, Ran};

const FROM_ENV: &str = "canary-from-the-operators-environment";
const FROM_FILE: &str = "canary-from-a-file-of-the-project";
const FROM_PROGRAM: &str = "canary-from-a-program";
const LIVE: &str = "canary-that-is-live-on-the-app";
const URL: &str = "canary-inside-a-live-url";

/// The reference environment with a canary in every source.
fn nest() -> (Cloud, Project) {
    let sources = concat!(
        "config:\n",
        "  CANARY_ENV: { env: CANARY_ENV }\n",
        "  CANARY_FILE: { file: canary.txt }\n",
        "  CANARY_PROGRAM: { command: [cat, environments/program.txt] }\n",
        "  CANARY_LIVE: replaced\n",
    );
    let (cloud, project) = cloud_and(&LEDGER.replace("config:\n", sources));
    project.write("environments/canary.txt", &format!("{FROM_FILE}\n"));
    project.write("environments/program.txt", FROM_PROGRAM);
    (cloud, project.set("CANARY_ENV", FROM_ENV))
}

/// Everything secret that is known now: the canaries, what the app got, and what opens the clouds.
fn secrets(cloud: &Cloud) -> Vec<String> {
    let mut secrets: Vec<String> =
        [FROM_ENV, FROM_FILE, FROM_PROGRAM, LIVE, URL, "owner-token", trueup::sandbox::ROOT_SECRET]
            .map(str::to_owned)
            .into();
    if cloud.heroku("GET", "/apps", None).as_array().is_some_and(|apps| !apps.is_empty()) {
        let live = cloud.heroku("GET", "/apps/ledger-production/config-vars", None);
        for name in
            ["SECRET_KEY_BASE", "LOCKBOX_KEY", "INSTALLATION_ID", "AWS_SECRET_ACCESS_KEY", "DATABASE_URL"]
        {
            secrets.extend(live[name].as_str().map(str::to_owned));
        }
    }
    secrets
}

#[track_caller]
fn assert_kept(cloud: &Cloud, ran: &Ran) {
    for secret in secrets(cloud) {
        for stream in [&ran.stdout, &ran.stderr] {
            assert!(!stream.contains(&secret), "`{secret}` came out:\n{stream}");
        }
    }
}

/// Every way to look at this environment, with everything told.
fn look(cloud: &Cloud, project: &Project) {
    for arguments in [
        &["plan", "--allow-commands", "-vv"][..],
        &["plan", "--allow-commands", "-vv", "--format", "json"],
        &["plan", "--allow-commands", "-vv", "--log-format", "json", "--color", "always"],
        &["apply", "--allow-commands", "-vv"],
        &["status", "--allow-commands", "-vv"],
        &["status", "--allow-commands", "-vv", "--format", "json"],
        &["status", "--allow-commands", "-vv", "--format", "markdown"],
        &["status", "--allow-commands", "-vv", "--format", "html"],
        &["plan", "--allow-commands", "-vv", "--format", "html"],
        &["drift", "--allow-commands", "-vv", "--format", "html"],
        &["validate", "-vv"],
        &["render", "--out", "app", "-vv", "--diff", "--force"],
    ] {
        assert_kept(cloud, &project.run(arguments));
    }
}

/// Runs with a file that is written besides, and takes what is in it for output.
#[track_caller]
fn assert_file_kept(cloud: &Cloud, project: &Project, arguments: &[&str], file: &str) {
    let Ran { code, stdout, stderr } = project.run(arguments);
    let written = std::fs::read_to_string(project.file(file)).unwrap();
    assert!(!written.is_empty(), "{stderr}");
    assert_kept(cloud, &Ran { code, stdout: stdout + &written, stderr });
}

#[test]
fn no_secret_comes_out_in_a_saved_plan_or_in_the_events_of_an_apply() {
    let (cloud, project) = nest();
    let save = &["plan", "--allow-commands", "-vv", "--out", "p.plan"];
    let apply = &["apply", "--allow-commands", "-vv", "--plan", "p.plan", "--events", "events"];
    assert_file_kept(&cloud, &project, save, "p.plan");
    assert_file_kept(&cloud, &project, apply, "events");
    let by_hand = json!({ "CANARY_LIVE": LIVE, "CANARY_ENV": LIVE, "NOT_IN_THE_SPEC": LIVE });
    cloud.heroku("PATCH", "/apps/ledger-production/config-vars", Some(by_hand));
    assert_file_kept(&cloud, &project, save, "p.plan");
    let later = json!({ "CANARY_LIVE": FROM_ENV, "NOT_IN_THE_SPEC": URL });
    cloud.heroku("PATCH", "/apps/ledger-production/config-vars", Some(later));
    assert_kept(&cloud, &project.run(apply).exits(3));
}

#[test]
fn no_secret_comes_out_of_an_apply_from_nothing_and_a_change() {
    let (cloud, project) = nest();
    look(&cloud, &project);
    let ran = project.run(&["apply", "--allow-commands", "--yes", "-vv"]).exits(0);
    assert_kept(&cloud, &ran);
    let live = cloud.heroku("GET", "/apps/ledger-production/config-vars", None);
    assert_eq!(
        [&live["CANARY_ENV"], &live["CANARY_FILE"], &live["CANARY_PROGRAM"]],
        [FROM_ENV, FROM_FILE, FROM_PROGRAM],
        "the canaries did fly"
    );
    look(&cloud, &project);

    let by_hand = json!({
        "CANARY_LIVE": LIVE, "CANARY_ENV": LIVE, "LEGACY_FLAG": LIVE, "NOT_IN_THE_SPEC": LIVE,
        "REDIS_URL": format!("redis://user:{URL}@host.example:6379"),
    });
    cloud.heroku("PATCH", "/apps/ledger-production/config-vars", Some(by_hand));
    let plan = project.run(&["plan", "--allow-commands"]).exits(0);
    assert!(plan.stdout.contains("CANARY_LIVE") && plan.stdout.contains("LEGACY_FLAG"), "{}", plan.stdout);
    look(&cloud, &project);
    let ran = project.run(&["apply", "--allow-commands", "--yes", "-vv", "--log-format", "json"]).exits(0);
    assert_kept(&cloud, &ran);
}

#[test]
fn no_secret_comes_out_of_a_failure() {
    for failure in [
        r#"{ "operation": "PATCH config-vars", "times": 9,
             "kind": { "refuse": { "status": 422, "id": "invalid_params",
                "message": "canary-from-the-operators-environment is no good, nor is canary-from-a-file-of-the-project" } } }"#,
        r#"{ "operation": "PATCH config-vars", "times": 9, "kind": "truncated" }"#,
        r#"{ "operation": "PATCH config-vars", "times": 9, "kind": "malformed" }"#,
        r#"{ "operation": "CreateAccessKey", "times": 9, "kind": "truncated" }"#,
        r#"{ "operation": "CreateAccessKey", "times": 9, "kind": "malformed" }"#,
        r#"{ "operation": "GET config-vars", "times": 9, "kind": "truncated" }"#,
    ] {
        let (cloud, project) = nest();
        cloud.sandbox().set_faults(vec![fault(failure)]);
        let ran = project.run(&["apply", "--allow-commands", "--yes", "-vv", "--events", "events"]);
        cloud.sandbox().set_faults(Vec::new());
        assert_kept(&cloud, &ran);
        let events = std::fs::read_to_string(project.file("events")).unwrap();
        assert_kept(&cloud, &Ran { stdout: events, ..ran });
    }
}

#[test]
fn a_program_that_fails_does_not_get_its_output_shown() {
    let spec =
        "app: { name: shop-production }\nconfig: { A: { command: [sh, -c, \"cat program.txt; exit 3\"] } }\n";
    let (_cloud, project) = cloud_and(spec);
    project.write("program.txt", FROM_PROGRAM);
    project.write("environments/program.txt", FROM_PROGRAM);
    let ran = project.run(&["plan", "--allow-commands", "-vv"]).exits(1).tells(&["`config.A`: "]);
    assert!(!ran.stderr.contains(FROM_PROGRAM), "{}", ran.stderr);
}

#[test]
fn no_secret_comes_out_in_the_app_that_is_rendered() {
    let (cloud, project) = nest();
    project.run(&["apply", "--allow-commands", "--yes"]).exits(0);
    project.run(&["render", "--out", "app"]).exits(0);
    let mut left = vec![project.file("app")];
    while let Some(path) = left.pop() {
        if path.is_dir() {
            left.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
        for secret in secrets(&cloud) {
            assert!(!text.contains(&secret), "`{secret}` is in {}", path.display());
        }
    }
    let example = std::fs::read_to_string(project.file("app/.env.example")).unwrap();
    assert!(example.contains("CANARY_ENV=\n"), "the variable is named, without its value: {example}");
}

#[test]
fn reveal_is_for_a_terminal_alone() {
    let (cloud, project) = nest();
    let ran = project.run(&["plan", "--reveal", "--allow-commands"]).exits(1);
    assert_kept(&cloud, &ran.tells(&["`--reveal` shows secrets, so it works on a terminal only"]));
}

#[test]
fn nothing_secret_is_in_the_process_list() {
    let (cloud, project) = nest();
    // A program that the spec names sees the arguments of trueup as everyone on the machine does.
    let spy = "config:\n  SPY: { command: [sh, -c, \"tr '\\\\0' ' ' < /proc/$PPID/cmdline\"] }\n";
    let spec = std::fs::read_to_string(project.file("environments/production.yaml")).unwrap();
    project.write("environments/production.yaml", &spec.replacen("config:\n", spy, 1));
    project.run(&["apply", "--allow-commands", "--yes"]).exits(0);
    let live = cloud.heroku("GET", "/apps/ledger-production/config-vars", None);
    let seen = live["SPY"].as_str().unwrap();
    assert!(seen.ends_with("apply --allow-commands --yes "), "{seen}");
    for secret in secrets(&cloud) {
        assert!(!seen.contains(&secret), "{seen}");
    }
}
