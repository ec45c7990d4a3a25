//! The events of an apply: a line for everything that happens, whole lines whatever happens.

use serde_json::Value;

use crate::common::{SMALL, cloud_and, fault, refusal};
use crate::support::{LEDGER, Project};

const FILE: &str = "events.jsonl";

const CONFIG: &str = concat!(
    "app: { name: shop-production }\n",
    "config: { RAILS_ENV: production, TOKEN: { env: TOKEN } }\n",
    "formation: { web: { quantity: 1, size: basic } }\n",
);

fn text(project: &Project) -> String {
    std::fs::read_to_string(project.file(FILE)).unwrap()
}

fn events(project: &Project) -> Vec<Value> {
    text(project).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn types(project: &Project) -> Vec<String> {
    events(project).iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect()
}

/// The text with what differs from run to run left out.
fn steady(text: &str) -> String {
    let mut lines = String::new();
    for line in text.lines() {
        let mut event: Value = serde_json::from_str(line).unwrap();
        let time = event["time"].as_str().unwrap().to_owned();
        assert!(time.ends_with('Z') && time.contains('T'), "{time}");
        event["time"] = "[time]".into();
        for key in ["seconds", "request_id"] {
            if let Some(value) = event.get_mut(key) {
                *value = format!("[{key}]").into();
            }
        }
        lines.push_str(&format!("{event}\n"));
    }
    lines
}

/// Compares with ids and ports left out.
fn golden(compare: impl FnOnce()) {
    let mut settings = insta::Settings::clone_current();
    settings.add_filter("[0-9a-f]{8}-[0-9a-f-]{27}", "[id]");
    settings.add_filter(r"127\.0\.0\.1:\d+", "[host]");
    settings.bind(compare);
}

#[test]
fn an_apply_is_told_from_its_plan_to_its_end() {
    let (_cloud, project) = cloud_and(CONFIG);
    let project = project.set("TOKEN", "canary-hidden");
    project.run(&["apply", "--yes", "--events", FILE]).exits(0);
    assert!(!text(&project).contains("canary"));
    golden(|| {
        insta::assert_snapshot!(steady(&text(&project)), @r#"
    {"time":"[time]","environment":"production","type":"plan","format_version":"1.0","summary":{"create":3,"update":0,"replace":0,"delete":0,"unchanged":0},"steps":2}
    {"time":"[time]","environment":"production","type":"started","step":1,"addresses":["app"],"action":"create","does":"create"}
    {"time":"[time]","environment":"production","type":"done","step":1,"addresses":["app"],"action":"create","does":"create","seconds":"[seconds]"}
    {"time":"[time]","environment":"production","type":"started","step":2,"addresses":["config.RAILS_ENV","config.TOKEN"],"action":"create","does":"set RAILS_ENV and TOKEN"}
    {"time":"[time]","environment":"production","type":"done","step":2,"addresses":["config.RAILS_ENV","config.TOKEN"],"action":"create","does":"set RAILS_ENV and TOKEN","seconds":"[seconds]"}
    {"time":"[time]","environment":"production","type":"finished","done":2,"not_done":0,"unknown":0,"exit_code":0,"calls":3,"seconds":"[seconds]"}
    "#);
    });
}

#[test]
fn a_failure_is_told_with_all_that_is_known_of_it() {
    let (cloud, project) = cloud_and(CONFIG);
    cloud.sandbox().set_faults(vec![refusal(
        9,
        "PATCH config-vars",
        (422, "invalid_params", "canary-hidden is no good."),
    )]);
    let project = project.set("TOKEN", "canary-hidden");
    project.run(&["apply", "--yes", "--events", FILE]).exits(1);
    assert!(!text(&project).contains("canary"), "{}", text(&project));
    golden(|| {
        insta::assert_snapshot!(steady(&text(&project)), @r#"
    {"time":"[time]","environment":"production","type":"plan","format_version":"1.0","summary":{"create":3,"update":0,"replace":0,"delete":0,"unchanged":0},"steps":2}
    {"time":"[time]","environment":"production","type":"started","step":1,"addresses":["app"],"action":"create","does":"create"}
    {"time":"[time]","environment":"production","type":"done","step":1,"addresses":["app"],"action":"create","does":"create","seconds":"[seconds]"}
    {"time":"[time]","environment":"production","type":"started","step":2,"addresses":["config.RAILS_ENV","config.TOKEN"],"action":"create","does":"set RAILS_ENV and TOKEN"}
    {"time":"[time]","environment":"production","type":"failed","step":2,"addresses":["config.RAILS_ENV","config.TOKEN"],"action":"create","does":"set RAILS_ENV and TOKEN","seconds":"[seconds]","error":"`PATCH /apps/shop-production/config-vars` failed on [host]: (sensitive) is no good. (422, invalid_params)","service":"[host]","operation":"PATCH /apps/shop-production/config-vars","status":422,"id":"invalid_params","request_id":"[request_id]","certainty":"not_done","hint":"Heroku will refuse this again as it is: do what its words ask for, or change the spec"}
    {"time":"[time]","environment":"production","type":"finished","done":1,"not_done":1,"unknown":0,"exit_code":1,"calls":5,"seconds":"[seconds]"}
    "#);
    });
}

#[test]
fn every_line_is_of_the_reference_environment_and_counts_add_up() {
    let (_cloud, project) = cloud_and(LEDGER);
    project.run(&["apply", "--yes", "--events", FILE]).exits(0);
    let events = events(&project);
    let steps = events[0]["steps"].as_u64().unwrap();
    let count = |name: &str| events.iter().filter(|event| event["type"] == name).count() as u64;
    assert_eq!((count("started"), count("done"), count("finished")), (steps, steps, 1));
    let last = events.last().unwrap();
    assert_eq!((&last["done"], &last["exit_code"]), (&steps.into(), &0.into()));
    assert!(events.iter().all(|event| event["environment"] == "production"));
    assert!(last["calls"].as_u64() >= Some(steps), "{last}");
}

#[test]
fn what_was_not_begun_is_told_too() {
    let (_cloud, project) = cloud_and(SMALL);
    project.run(&["apply", "--events", FILE]).exits(1);
    assert_eq!(types(&project), ["plan", "finished"]);
    assert_eq!((&events(&project)[1]["not_done"], &events(&project)[1]["exit_code"]), (&1.into(), &1.into()));
    project.run(&["apply", "--yes"]).exits(0);
    project.write("environments/production.yaml", "app: { name: shop-production, region: eu }\n");
    project.run(&["apply", "--yes", "--events", FILE]).exits(3);
    assert_eq!(types(&project), ["plan", "finished"], "an older file is emptied");
    assert_eq!(events(&project)[1]["exit_code"], 3);
}

#[test]
fn a_saved_plan_tells_its_events() {
    let (_cloud, project) = cloud_and(SMALL);
    project.run(&["plan", "--out", "p.plan"]).exits(0);
    project.run(&["apply", "--plan", "p.plan", "--events", FILE]).exits(0);
    assert_eq!(types(&project), ["plan", "started", "done", "finished"]);
}

#[test]
fn events_that_cannot_be_written_stop_an_apply_before_it_begins() {
    let (cloud, project) = cloud_and(SMALL);
    project
        .run(&["apply", "--yes", "--events", "none/events"])
        .exits(1)
        .tells(&["cannot write events to none/events"]);
    assert!(cloud.sandbox().calls().is_empty());
}

#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_is_full_is_told_once_and_stops_nothing() {
    let (_cloud, project) = cloud_and(SMALL);
    let ran = project.run(&["apply", "--yes", "--events", "/dev/full"]).exits(0);
    assert_eq!(ran.stderr.matches("cannot write more events to /dev/full").count(), 1, "{}", ran.stderr);
}

#[cfg(unix)]
#[test]
fn the_file_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_cloud, project) = cloud_and(SMALL);
    project.write(FILE, "older\n");
    project.run(&["apply", "--yes", "--events", FILE]).exits(0);
    let mode = std::fs::metadata(project.file(FILE)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(!text(&project).contains("older"));
}

#[test]
fn a_program_that_is_killed_leaves_whole_lines() {
    let (cloud, project) = cloud_and(CONFIG);
    cloud.sandbox().set_faults(vec![fault(
        r#"{ "operation": "PATCH config-vars", "times": 9, "kind": { "hang": { "seconds": 60 } } }"#,
    )]);
    let project = project.set("TOKEN", "hidden");
    let mut command = project.command(&["apply", "--yes", "--quiet", "--events", FILE]);
    let mut running = command.stdout(std::process::Stdio::null()).spawn().unwrap();
    let written = || std::fs::read_to_string(project.file(FILE)).unwrap_or_default();
    while !written().contains("config.TOKEN") {
        assert!(running.try_wait().unwrap().is_none(), "it hangs until it is killed:\n{}", written());
    }
    running.kill().unwrap();
    running.wait().unwrap();
    assert!(text(&project).ends_with('\n'));
    assert_eq!(types(&project), ["plan", "started", "done", "started"]);
}
