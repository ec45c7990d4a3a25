//! `apply` over several environments: all plans first, one question, then side by side, each with its own lock,
//! events and end.

use serde_json::Value;

use crate::children::{Running, wait_until};
use crate::common::{cloud_and, fault, flat, writes};
use crate::support::{Cloud, Project, Ran};

/// Two environments, each an app with a config var.
fn two() -> (Cloud, Project) {
    let (cloud, project) = cloud_and("app: { name: shop-production }\nconfig: { A: b }\n");
    project.write("environments/staging.yaml", "app: { name: shop-staging }\nconfig: { A: b }\n");
    (cloud, project)
}

fn apps(cloud: &Cloud) -> Vec<String> {
    let apps = cloud.heroku("GET", "/apps", None);
    let name = |app: &Value| app["name"].as_str().unwrap().to_owned();
    let mut names: Vec<String> = apps.as_array().unwrap().iter().map(name).collect();
    names.sort();
    names
}

fn events(project: &Project) -> Vec<Value> {
    let text = std::fs::read_to_string(project.file("events")).unwrap_or_default();
    // Only whole lines: it may be written to at this moment.
    let lines = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
    lines.map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// How many events of a type there are.
fn count(project: &Project, what: &str) -> usize {
    events(project).iter().filter(|event| event["type"] == what).count()
}

/// The lines of standard output that begin so.
fn lines<'a>(ran: &'a Ran, head: &str) -> Vec<&'a str> {
    ran.stdout.lines().filter(|line| line.starts_with(head)).collect()
}

#[test]
fn all_plans_come_first_and_then_what_was_done_in_order() {
    let (cloud, project) = two();
    let ran = project.run(&["apply", "staging", "production", "--yes"]).exits(0);
    let places = ["staging · ", "production · ", "Applied staging: ", "Applied production: "]
        .map(|text| ran.stdout.find(text).unwrap_or_else(|| panic!("no {text} in {}", ran.stdout)));
    assert!(places.is_sorted(), "{}", ran.stdout);
    assert_eq!(apps(&cloud), ["shop-production", "shop-staging"]);
    ran.tells(&["staging: app: creating…", "production: config.A: done ("]);
    let again = project.run(&["apply", "--all", "--yes"]).exits(0);
    assert_eq!(lines(&again, "No changes.").len(), 2);
    assert!(lines(&again, "Applied").is_empty(), "{}", again.stdout);
}

#[test]
fn of_one_environment_lines_need_not_say_which() {
    let (_cloud, project) = two();
    let ran = project.run(&["apply", "staging", "--yes"]).exits(0);
    assert_eq!(lines(&ran, "Applied: ").len(), 1);
    assert!(ran.stderr.starts_with("app: creating…\n"), "{}", ran.stderr);
}

#[test]
fn one_that_fails_half_way_keeps_no_other_from_its_end() {
    let (cloud, project) = cloud_and("app: { name: shop-production }\n");
    project.write("environments/staging.yaml", "app: { name: shop-staging }\n");
    project.run(&["apply", "--all", "--yes"]).exits(0);
    for name in ["production", "staging"] {
        let more = format!("app: {{ name: shop-{name} }}\nbuildpacks: [heroku/ruby]\nconfig: {{ A: b }}\n");
        project.write(&format!("environments/{name}.yaml"), &more);
    }
    let id = cloud.heroku("GET", "/apps/shop-production", None)["id"].as_str().unwrap().to_owned();
    cloud.sandbox().set_faults(vec![fault(&format!(
        r#"{{ "method": "PATCH", "path": "/apps/{id}/config-vars", "times": 9,
              "kind": {{ "refuse": {{ "status": 422, "id": "invalid_params", "message": "No." }} }} }}"#,
    ))]);
    let ran = project.run(&["apply", "--all", "--yes"]).exits(1);
    assert_eq!(lines(&ran, "Applied"), lines(&ran, "Applied staging: 2 created"));
    assert!(
        ran.stderr.ends_with("error: 1 of 2 environments failed\n  production  1 done, 1 not done\n"),
        "{}",
        ran.stderr
    );
    ran.tells(&[
        "error: production: not everything was done: 1 done, 1 not done",
        "not done config.A create",
    ]);
    assert_eq!(cloud.heroku("GET", "/apps/shop-staging/config-vars", None)["A"], "b");
    cloud.sandbox().set_faults(Vec::new());
    project.run(&["apply", "--all", "--yes"]).exits(0);
}

#[test]
fn what_cannot_be_planned_or_is_refused_keeps_no_other_from_being_applied() {
    let (cloud, project) = two();
    project.write("environments/broken.yaml", "app: { nam: shop }\n");
    project.run(&["apply", "production", "--yes"]).exits(0);
    project.write("environments/production.yaml", "app: { name: shop-production, region: eu }\n");
    let ran = project.run(&["apply", "--all", "--yes"]).exits(1);
    assert_eq!(lines(&ran, "Applied staging: ").len(), 1);
    let last = ran.stderr.split("error: ").last().unwrap();
    assert!(last.starts_with("2 of 3 environments failed\n  broken      the spec has "), "{last}");
    assert!(last.contains("\n  production  "), "{last}");
    assert_eq!(apps(&cloud), ["shop-production", "shop-staging"]);
    project.run(&["apply", "production", "staging", "--yes"]).exits(3);
}

#[test]
fn without_a_yes_nothing_of_any_is_done() {
    let (cloud, project) = two();
    cloud.sandbox().forget_calls();
    let ran = project.run(&["apply", "--all", "--events", "events"]).exits(1);
    assert_eq!(
        ran.stderr.matches("there is no terminal to ask on, so nothing was done").count(),
        1,
        "{}",
        ran.stderr
    );
    assert!(writes(&cloud).is_empty());
    let ends: Vec<_> = events(&project).into_iter().filter(|event| event["type"] == "finished").collect();
    assert_eq!(ends.len(), 2);
    assert!(ends.iter().all(|end| end["exit_code"] == 1 && end["not_done"] == 2), "{ends:?}");
}

#[test]
fn every_line_of_the_events_says_of_which_environment_it_is() {
    let (_cloud, project) = two();
    project.run(&["apply", "--all", "--yes", "--events", "events"]).exits(0);
    let events = events(&project);
    for name in ["production", "staging"] {
        let own = events.iter().filter(|event| event["environment"] == name);
        let types: Vec<&str> = own.map(|event| event["type"].as_str().unwrap()).collect();
        assert_eq!(types, ["plan", "started", "done", "started", "done", "finished"], "{name}");
    }
    assert_eq!(events.len(), 12);
    assert!(events[..2].iter().all(|event| event["type"] == "plan"), "all plans come first");
    let calls: Vec<u64> = events.iter().filter_map(|event| event["calls"].as_u64()).collect();
    assert_eq!(calls, [calls[0]; 2], "each counts its own: {calls:?}");
}

#[test]
fn one_that_takes_long_keeps_no_other_from_its_end() {
    let (cloud, project) = two();
    cloud.sandbox().set_faults(vec![fault(r#"{ "operation": "POST apps", "kind": "hold-before" }"#)]);
    let apply = Running::start(&project, &["apply", "--all", "--yes", "--events", "events"]);
    cloud.wait_for_held();
    wait_until("the other has finished", || count(&project, "finished") == 1);
    cloud.sandbox().release(true);
    apply.end().exits(0);
    assert_eq!(apps(&cloud), ["shop-production", "shop-staging"]);
}

#[test]
fn an_interruption_stops_all_of_them_and_is_told_once() {
    let (cloud, project) = two();
    let both = r#"{ "operation": "POST apps", "times": 2, "kind": "hold-before" }"#;
    cloud.sandbox().set_faults(vec![fault(both)]);
    let mut apply = Running::start(&project, &["apply", "--all", "--yes", "--events", "events"]);
    wait_until("both have begun", || count(&project, "started") == 2);
    apply.interrupt();
    wait_until("both have heard of it", || count(&project, "stopping") == 2);
    while !apply.has_ended() {
        cloud.sandbox().release(true);
    }
    let ran = apply.end().exits(1);
    let told = "stopping: nothing new starts, waiting for 2 running steps";
    assert_eq!(ran.stderr.matches(told).count(), 1, "{}", ran.stderr);
    ran.tells(&[
        "production: stopped before everything was done: 1 done, 1 not done",
        "staging: stopped before everything was done: 1 done, 1 not done",
        "2 of 2 environments failed",
    ]);
    project.run(&["apply", "--all", "--yes"]).exits(0);
}

#[test]
fn each_environment_has_its_own_lock() {
    let bucket = |name: &str| {
        format!(
            "app: {{ name: shop-{name} }}\nbuckets: {{ uploads: {{ name: shop-{name}-uploads, region: us-east-1 }} }}\n"
        )
    };
    let (cloud, project) = cloud_and(&bucket("production"));
    project.write("environments/staging.yaml", &bucket("staging"));
    project.run(&["apply", "--all", "--yes"]).exits(0);
    for name in ["production", "staging"] {
        let more = format!("{}config: {{ A: b }}\n", bucket(name));
        project.write(&format!("environments/{name}.yaml"), &more);
    }
    cloud.sandbox().forget_calls();
    let ran = project.run(&["apply", "--all", "--yes", "--lock"]).exits(0);
    assert_eq!(lines(&ran, "Applied").len(), 2);
    let calls = cloud.sandbox().calls();
    let buckets = |operation: &str| {
        let on_locks =
            calls.iter().filter(|call| call.operation == operation && call.path.ends_with("/.trueup/lock"));
        let mut paths: Vec<&str> = on_locks.map(|call| call.path.as_str()).collect();
        paths.sort_unstable();
        paths.iter().map(|path| flat(path)).collect::<Vec<_>>()
    };
    let both = ["/shop-production-uploads/.trueup/lock", "/shop-staging-uploads/.trueup/lock"];
    assert_eq!(
        (buckets("PutObject"), buckets("DeleteObject")),
        (both.map(str::to_owned).into(), both.map(str::to_owned).into())
    );
}
