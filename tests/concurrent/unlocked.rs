//! Without a lock: every write looks again just before it, and what moved since the plan is refused with exit
//! code 3. Whatever interleaves, nothing is made twice, and one more apply ends it.

use std::collections::BTreeSet;

use crate::children::Running;
use crate::common::fault;
use crate::support::{Cloud, LEDGER, Project, Ran, quick};
use crate::{assert_sound, cloud, codes, job, revision, together, var, vars};

const APPLY: &[&str] = &["apply", "--yes"];

/// Values that are made once and then kept for ever.
const GENERATED: [&str; 3] = ["SECRET_KEY_BASE", "LOCKBOX_KEY", "INSTALLATION_ID"];

/// Each ends well, with an error that is told, or refused with what moved.
#[track_caller]
fn assert_told(all: &[Ran]) {
    for ran in all {
        let is_told = match ran.code {
            0 => true,
            1 => ran.stderr.contains("error: "),
            3 => ran.stderr.contains("since the plan"),
            _ => false,
        };
        assert!(is_told, "{all:?}");
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
    assert_told(&ended);
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
const HELD: [&str; 10] = [
    "POST apps",
    "POST addons",
    "PUT buildpack-installations",
    "PATCH config-vars",
    "CreateBucket",
    "PutBucketTagging",
    "PutBucketPolicy",
    "CreateUser",
    "PutUserPolicy",
    "CreateAccessKey",
];

/// Whoever comes first to a call is held there, before or after the service acts, until the other has long
/// passed it.
fn one_held_at_each_call(kind: &str, first: Option<&str>) {
    for operations in HELD.chunks(4) {
        std::thread::scope(|scope| {
            for operation in operations {
                scope.spawn(move || one_held_at(operation, kind, first));
            }
        });
    }
}

fn one_held_at(operation: &str, kind: &str, first: Option<&str>) {
    let cloud = Cloud::start(quick());
    if let Some(spec) = first {
        job(&cloud, spec, "the first").run(APPLY).exits(0);
    }
    let held = format!(r#"{{ "operation": "{operation}", "kind": {{ "{kind}": {{ "seconds": 4 }} }} }}"#);
    cloud.sandbox().set_faults(vec![fault(&held)]);
    let jobs: Vec<Project> = (1..=2).map(|n| job(&cloud, &revision(2), &format!("job {n}"))).collect();
    let all = together(&jobs, APPLY);
    assert!(cloud.sandbox().calls().iter().any(|call| call.operation == operation), "{operation}: {all:?}");
    assert_told(&all);
    assert_sound(&cloud, &jobs[0]);
}

#[test]
fn one_is_held_before_each_call_from_nothing() {
    one_held_at_each_call("hang", None);
}

#[test]
fn one_is_held_after_each_call_from_nothing() {
    one_held_at_each_call("hang-after", None);
}

#[test]
fn one_is_held_before_and_after_each_call_of_an_update() {
    for kind in ["hang", "hang-after"] {
        one_held_at_each_call(kind, Some("app: { name: ledger-production }\n"));
    }
}

#[test]
fn the_same_update_by_many_at_once() {
    let cloud = cloud();
    job(&cloud, LEDGER, "the first").run(APPLY).exits(0);
    let before = generated(&cloud);
    let jobs: Vec<Project> = (1..=4).map(|n| job(&cloud, &revision(2), &format!("job {n}"))).collect();
    let all = together(&jobs, APPLY);
    assert_told(&all);
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
    assert_told(&together(&jobs, APPLY));
    // The vars of one change are written together, whoever was the last.
    let live = vars(&cloud);
    assert_eq!(var(&live, "REVISION"), format!("r{}", var(&live, "RAILS_MAX_THREADS")));
    assert_sound(&cloud, &jobs[2]);
    assert_eq!(generated(&cloud), before);
    assert_eq!(var(&vars(&cloud), "REVISION"), "r3");
}
