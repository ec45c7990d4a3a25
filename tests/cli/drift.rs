//! `trueup drift`: a line a finding, what somebody answers for, and not one write.

use std::fs;

use serde_json::json;

use crate::common::{SMALL, assert_nothing_written, cloud_and};
use crate::support::{Cloud, Project};

const SPEC: &str = "app: { name: shop-production }\nconfig: { RAILS_ENV: production, MODE: fast }\n";

/// An environment as its spec wants it, and a config var that somebody set besides.
fn in_sync() -> (Cloud, Project) {
    let (cloud, project) = cloud_and(SPEC);
    project.run(&["apply", "--yes"]).exits(0);
    set(&cloud, "BESIDES", "x");
    let sandbox = cloud.sandbox();
    sandbox.forget_calls();
    (cloud, project)
}

fn set(cloud: &Cloud, name: &str, value: &str) {
    cloud.heroku("PATCH", "/apps/shop-production/config-vars", Some(json!({ name: value })));
}

/// The same after somebody changed `MODE`.
fn drifted() -> (Cloud, Project) {
    let (cloud, project) = in_sync();
    set(&cloud, "MODE", "canary-slow");
    cloud.sandbox().forget_calls();
    (cloud, project)
}

#[test]
fn what_is_as_it_should_be_exits_with_0_and_what_lives_besides_does_not_count() {
    let (cloud, project) = in_sync();
    let ran = project.run(&["drift"]).exits(0);
    assert!(ran.stdout.starts_with("production: no drift\n"), "{}", ran.stdout);
    ran.shows(&["unmanaged config.BESIDES live, not in the spec: left alone"]);
    assert_nothing_written(&cloud);
}

#[test]
fn the_page_of_the_fleet_says_since_when_and_who_moved_it() {
    let (cloud, project) = drifted();
    project.run(&["status"]).exits(0);
    let without = cloud.sandbox().calls().len();
    cloud.sandbox().forget_calls();
    let page = project.run(&["status", "--format", "html"]).exits(0);
    page.shows(&["config.MODE", "live changed first by"]);
    let more = cloud.sandbox().calls().len() - without;
    assert!((1..=2).contains(&more), "the releases, and what cannot be told by their texts: {more}");
    assert_nothing_written(&cloud);
}

#[test]
fn what_differs_is_a_line_and_exits_with_2_in_every_format_and_writes_nothing() {
    let (cloud, project) = drifted();
    let before: Vec<_> = fs::read_dir(project.path()).unwrap().map(|item| item.unwrap().path()).collect();
    let text = project.run(&["drift"]).exits(2);
    let text = text.shows(&["production: 1 finding", "~ config.MODE changed to fast"]);
    let markdown = project.run(&["drift", "--format", "markdown"]).exits(2).stdout;
    assert_eq!(markdown.lines().last(), text.stdout.lines().last());
    let json = project.run(&["drift", "production", "--format", "json"]).exits(2);
    let found = json.json();
    assert_eq!(found["format_version"], "1.0");
    let environment = &found["environments"][0];
    assert_eq!(environment["environment"], "production");
    assert_eq!(environment["unmanaged"][0]["address"], "config.BESIDES");
    for list in ["acknowledged", "expired", "unused"] {
        assert_eq!(environment[list], json!([]));
    }
    let finding = &environment["findings"][0];
    for (key, value) in
        [("address", "config.MODE"), ("kind", "heroku_config_var"), ("action", "update"), ("cause", "drift")]
    {
        assert_eq!(finding[key], value, "{finding}");
    }
    assert_eq!(
        (&finding["fields"][0]["after"], &finding["fields"][0]["sensitive"]),
        (&json!("fast"), &json!(true))
    );
    let markdown = project.run(&["drift", "--format", "markdown"]).exits(2);
    assert!(markdown.stdout.starts_with("<!-- trueup:drift:production -->\n"), "{}", markdown.stdout);
    let markdown = markdown.shows(&["| `config.MODE` | update |", "1 environment: 1 to look at, 1 finding."]);
    for ran in [&json.stdout, &markdown.stdout] {
        assert!(!ran.contains("canary-slow"), "a live value is a secret: {ran}");
    }
    assert_nothing_written(&cloud);
    let after: Vec<_> = fs::read_dir(project.path()).unwrap().map(|item| item.unwrap().path()).collect();
    assert_eq!(before, after);
}

#[test]
fn what_somebody_answers_for_does_not_count_until_its_day_is_over() {
    let (_cloud, project) = drifted();
    let acknowledged = |until: &str| {
        let entry =
            format!("environment: production, address: config.MODE, reason: an incident, until: {until}");
        project.write("acknowledged.yaml", &format!("- {{ {entry} }}\n"));
    };
    acknowledged("2999-12-31");
    let ran = project.run(&["drift"]).exits(0);
    ran.shows(&["no drift, 1 acknowledged", "acknowledged config.MODE until 2999-12-31: an incident"]);
    let found = project.run(&["drift", "--format", "json"]).exits(0).json()["environments"][0].clone();
    assert_eq!(found["findings"], json!([]));
    assert_eq!(found["acknowledged"][0]["address"], "config.MODE");
    assert_eq!(
        found["acknowledged"][0]["acknowledgement"],
        json!({ "address": "config.MODE", "reason": "an incident", "until": "2999-12-31" })
    );
    acknowledged("2020-01-01");
    let ran = project.run(&["drift"]).exits(2);
    ran.shows(&["1 finding, 1 acknowledged no more", "expired config.MODE until 2020-01-01: an incident"]);
}

#[test]
fn an_acknowledgement_of_nothing_is_a_finding_unless_its_environment_was_not_asked_for() {
    let (_cloud, project) = in_sync();
    project.write("environments/staging.yaml", "app: { name: shop-staging }\n");
    project.write(
        "answers.yaml",
        "- { environment: production, address: config.BESIDES, reason: known, until: 2999-12-31 }\n\
         - { environment: staging, address: config.MODE, reason: known, until: 2999-12-31 }\n",
    );
    let answers = ["--ack", "answers.yaml"];
    project.run(&[&["drift", "production"], &answers[..]].concat()).exits(0).shows(&["1 acknowledged"]);
    let staging = project.run(&[&["drift", "staging"], &answers[..]].concat()).exits(2);
    staging.shows(&["1 acknowledged for nothing", "unused config.MODE"]);
}

#[test]
fn a_file_of_acknowledgements_with_mistakes_stops_the_command_before_any_call() {
    let (cloud, project) = cloud_and(SMALL);
    project.write(
        "acknowledged.yaml",
        "- { environment: prod, address: confg.A, reason: '', until: soon }\n- { environment: production }\n",
    );
    let ran = project.run(&["drift"]).exits(1);
    for said in [
        "there is no environment `prod`",
        "`confg.A` is not the address of anything",
        "this acknowledgement has no `reason`",
        "`soon` is not a day",
        "acknowledged.yaml:2",
    ] {
        assert!(ran.stderr.contains(said), "{said}: {}", ran.stderr);
    }
    assert_eq!((ran.stdout.as_str(), cloud.sandbox().calls().len()), ("", 0));
    let ran = project.run(&["drift", "--ack", "nowhere.yaml"]).exits(1);
    assert!(ran.stderr.contains("nowhere.yaml` cannot be read"), "{}", ran.stderr);
}

#[test]
fn one_environment_that_fails_stops_no_other_and_the_exit_code_is_the_worst() {
    let (_cloud, project) = drifted();
    project.write("environments/broken.yaml", "app: { nam: x }\n");
    let ran = project.run(&["drift", "--all", "--format", "json"]).exits(1);
    let environments = &ran.json()["environments"];
    assert!(environments[0]["error"]["message"].is_string(), "{environments}");
    assert_eq!(environments[1]["findings"][0]["address"], "config.MODE");
    let ran = project.run(&["drift", "--all", "--format", "markdown"]).exits(1);
    ran.shows(&["<!-- trueup:drift:all -->", "1 of 2 failed."]);
}
