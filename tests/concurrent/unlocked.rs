//! Without a lock: every write looks again just before it, and what moved since the plan is refused with exit
//! code 3. Whatever interleaves, nothing is made twice, and one more apply ends it.

use std::collections::BTreeSet;

use crate::children::Running;
use crate::common::fault;
use crate::support::{Cloud, LEDGER, Project, Ran, quick};
use crate::{assert_sound, cloud, codes, job, revision, together, var, vars};

const APPLY: &[&str] = &["apply", "--yes"];

/// What is live before an update that makes everything else.
const ONLY_AN_APP: &str = "app: { name: ledger-production }\n";

/// Values that are made once and then kept for ever.
const GENERATED: [&str; 3] = ["SECRET_KEY_BASE", "LOCKBOX_KEY", "INSTALLATION_ID"];

/// Each ends well, with an error that is told, or refused with what moved.
#[track_caller]
fn assert_told(when: &str, all: &[Ran]) {
    for ran in all {
        let is_told = match ran.code {
            0 => true,
            1 => ran.stderr.contains("error: "),
            3 => ran.stderr.contains("since the plan"),
            _ => false,
        };
        assert!(is_told, "{when}: {all:?}");
    }
}

fn generated(cloud: &Cloud) -> Vec<String> {
    let vars = vars(cloud);
    GENERATED.iter().map(|name| var(&vars, name)).collect()
}

/// So many jobs of the same spec at once, from nothing.
fn from_nothing(number: usize) {
    let cloud = cloud();
    let jobs: Vec<Project> = (1..=number).map(|n| job(&cloud, LEDGER, &format!("job {n}"))).collect();
    let running: Vec<Running> = jobs.iter().map(|job| Running::start(job, APPLY)).collect();
    let seen = secrets_until_the_end(&cloud, running);
    assert_sound(&cloud, &jobs[0]);
    let kept = generated(&cloud);
    assert!(seen.iter().all(|values| *values == kept), "what is generated once is kept: {seen:?} {kept:?}");
}

/// Every set of generated values that was ever live while they ran.
fn secrets_until_the_end(cloud: &Cloud, mut running: Vec<Running>) -> BTreeSet<Vec<String>> {
    let mut seen = BTreeSet::new();
    let mut ended = Vec::new();
    while let Some(one) = running.pop() {
        let mut one = one;
        while !one.has_ended() {
            seen.extend(live_secrets(cloud));
        }
        ended.push(one.end());
    }
    assert_told("at once", &ended);
    seen
}

fn live_secrets(cloud: &Cloud) -> Option<Vec<String>> {
    let apps = cloud.heroku("GET", "/apps", None);
    if apps.as_array().is_none_or(Vec::is_empty) {
        return None;
    }
    let vars = vars(cloud);
    GENERATED.iter().map(|name| vars[name].as_str().map(str::to_owned)).collect()
}

#[test]
fn two_at_once_from_nothing() {
    from_nothing(2);
}

#[test]
fn three_at_once_from_nothing() {
    from_nothing(3);
}

#[test]
fn eight_at_once_from_nothing() {
    from_nothing(8);
}

/// Calls that would be made twice, or undo another's, if nobody looked again just before.
const HELD: [&str; 9] = [
    "POST addons",
    "PUT buildpack-installations",
    "PATCH config-vars",
    "CreateBucket",
    "PutBucketVersioning",
    "PutBucketPolicy",
    "CreateUser",
    "PutUserPolicy",
    "CreateAccessKey",
];

/// One apply is held at a call, before or after the service acts, while another runs from beginning to end.
fn one_held_at_each_call(kind: &str, first: Option<&str>) {
    let of_a_new_app = first.is_none().then_some("POST apps");
    for operation in HELD.into_iter().chain(of_a_new_app) {
        let cloud = Cloud::start(quick());
        if let Some(spec) = first {
            job(&cloud, spec, "the first").run(APPLY).exits(0);
        }
        let held = format!(r#"{{ "operation": "{operation}", "kind": "{kind}" }}"#);
        cloud.sandbox().set_faults(vec![fault(&held)]);
        let jobs: Vec<Project> = (1..=2).map(|n| job(&cloud, &revision(2), &format!("job {n}"))).collect();
        let slow = Running::start(&jobs[0], APPLY);
        cloud.wait_for_held();
        let quick = jobs[1].run(APPLY);
        cloud.sandbox().release(true);
        assert_told(operation, &[slow.end(), quick]);
        assert_sound(&cloud, &jobs[0]);
    }
}

/// One of the questions of a plan is held while another job makes everything, so that it is answered later than the
/// questions that went out with it. What was made in between is no reason to refuse, and none to fail.
#[test]
fn a_plan_whose_answers_are_of_two_moments_is_a_plan() {
    let cases = [
        (Some(ONLY_AN_APP), "GET addons"),
        (Some(ONLY_AN_APP), "HeadBucket"),
        (Some(ONLY_AN_APP), "GET config-vars"),
        (None, "GET config-vars"),
        (None, "GET addon-attachments"),
    ];
    for (before, operation) in cases {
        let cloud = Cloud::start(quick());
        if let Some(before) = before {
            job(&cloud, before, "the first").run(APPLY).exits(0);
        }
        let held = format!(r#"{{ "operation": "{operation}", "kind": "hold-before" }}"#);
        cloud.sandbox().set_faults(vec![fault(&held)]);
        let jobs: Vec<Project> = (1..=2).map(|n| job(&cloud, &revision(2), &format!("job {n}"))).collect();
        let slow = Running::start(&jobs[0], &["plan", "--format", "json"]);
        cloud.wait_for_held();
        jobs[1].run(APPLY).exits(0);
        cloud.sandbox().release(true);
        let seen = slow.end().exits(0);
        assert_eq!(seen.json()["blocked"], serde_json::json!([]), "{operation}");
    }
}

#[test]
fn one_is_held_before_each_call_from_nothing() {
    one_held_at_each_call("hold-before", None);
}

#[test]
fn one_is_held_after_each_call_from_nothing() {
    one_held_at_each_call("hold-after", None);
}

#[test]
fn one_is_held_before_each_call_of_an_update() {
    one_held_at_each_call("hold-before", Some(ONLY_AN_APP));
}

#[test]
fn one_is_held_after_each_call_of_an_update() {
    one_held_at_each_call("hold-after", Some(ONLY_AN_APP));
}

#[test]
fn the_same_update_by_many_at_once() {
    let cloud = cloud();
    job(&cloud, LEDGER, "the first").run(APPLY).exits(0);
    let before = generated(&cloud);
    let jobs: Vec<Project> = (1..=4).map(|n| job(&cloud, &revision(2), &format!("job {n}"))).collect();
    let all = together(&jobs, APPLY);
    assert_told("at once", &all);
    assert!(codes(&all).contains(&0), "someone gets through: {all:?}");
    assert_sound(&cloud, &jobs[0]);
    assert_eq!(generated(&cloud), before, "what is generated once is kept for ever");
    assert_eq!(var(&vars(&cloud), "REVISION"), "r2");
}

#[test]
fn different_updates_at_once() {
    let cloud = cloud();
    job(&cloud, LEDGER, "the first").run(APPLY).exits(0);
    let before = generated(&cloud);
    let jobs: Vec<Project> = (1..=4).map(|n| job(&cloud, &revision(n), &format!("job {n}"))).collect();
    assert_told("at once", &together(&jobs, APPLY));
    // The vars of one change are written together, whoever was the last.
    let live = vars(&cloud);
    assert_eq!(var(&live, "REVISION"), format!("r{}", var(&live, "RAILS_MAX_THREADS")));
    assert_sound(&cloud, &jobs[2]);
    assert_eq!(generated(&cloud), before);
    assert_eq!(var(&vars(&cloud), "REVISION"), "r3");
}
