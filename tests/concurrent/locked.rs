//! With `--lock`: of several at once one gets through, the others change nothing, and no two ever interleave.

use crate::children::{Running, wait_for};
use crate::common::fault;
use crate::support::{Cloud, LEDGER, Project};
use crate::{BUCKET, assert_sound, cloud, codes, job, object_store, revision, together, var, vars};

const APPLY: &[&str] = &["apply", "--yes", "--lock"];

/// Every write so far that did something, in the order in which they were answered.
fn writes(cloud: &Cloud) -> Vec<String> {
    let calls = cloud.sandbox().calls().into_iter();
    calls
        .filter(|call| call.mutating && (200..300).contains(&call.status))
        .map(|call| call.operation)
        .collect()
}

/// Asserts that each write was made by who held the lock: between a take and the release that follows it.
#[track_caller]
fn assert_in_turns(cloud: &Cloud) {
    let mut is_held = false;
    for write in writes(cloud) {
        match write.as_str() {
            "PutObject" => {
                assert!(!std::mem::replace(&mut is_held, true), "taken twice: {:?}", writes(cloud));
            }
            "DeleteObject" => assert!(std::mem::replace(&mut is_held, false), "{:?}", writes(cloud)),
            other => assert!(is_held, "{other} without the lock: {:?}", writes(cloud)),
        }
    }
    assert!(!is_held, "nobody gave it back: {:?}", writes(cloud));
}

fn live() -> Cloud {
    let cloud = cloud();
    job(&cloud, LEDGER, "the first").run(&["apply", "--yes"]).exits(0);
    cloud.sandbox().forget_calls();
    cloud
}

#[test]
fn while_one_applies_another_is_refused_and_writes_nothing() {
    let cloud = live();
    cloud.sandbox().set_faults(vec![fault(
        r#"{ "operation": "PATCH config-vars", "kind": { "hang": { "seconds": 4 } } }"#,
    )]);
    let (first, second) = (job(&cloud, &revision(1), "job 1"), job(&cloud, &revision(2), "job 2"));
    let running = Running::start(&first, APPLY);
    wait_for(&cloud, "PutObject", 1);
    second.run(APPLY).exits(3).tells(&["production is locked, so nothing was done: held by job 1 since"]);
    running.end().exits(0);
    assert_in_turns(&cloud);
    let vars = vars(&cloud);
    assert_eq!(var(&vars, "REVISION"), "r1");
    second.run(APPLY).exits(0);
    assert_sound(&cloud, &second);
}

#[test]
fn of_eight_at_once_none_interleaves_with_another() {
    let cloud = live();
    let jobs: Vec<Project> = (1..=8).map(|n| job(&cloud, &revision(n), &format!("job {n}"))).collect();
    let all = together(&jobs, APPLY);
    assert!(codes(&all).contains(&0), "one gets through: {all:?}");
    for ran in &all {
        assert!(ran.code == 0 || ran.code == 3, "{ran:?}");
        assert!(
            ran.code == 0 || ran.stderr.contains("production is locked, so nothing was done: held by job ")
        );
    }
    assert_in_turns(&cloud);
    // Whoever came last, its revision is live as a whole.
    let number = var(&vars(&cloud), "RAILS_MAX_THREADS").parse::<usize>().unwrap();
    assert_eq!(var(&vars(&cloud), "REVISION"), format!("r{number}"));
    jobs[number - 1].run(&["plan", "--detailed-exitcode"]).exits(0);
    assert_sound(&cloud, &jobs[0]);
}

#[test]
fn jobs_that_try_again_until_they_get_through_take_turns() {
    let cloud = live();
    let jobs: Vec<Project> = (1..=4).map(|n| job(&cloud, &revision(n), &format!("job {n}"))).collect();
    let mut left: Vec<&Project> = jobs.iter().collect();
    while !left.is_empty() {
        let running: Vec<_> = left.iter().map(|job| (*job, Running::start(job, APPLY))).collect();
        let ended: Vec<_> = running.into_iter().map(|(job, running)| (job, running.end())).collect();
        assert!(ended.iter().all(|(_, ran)| ran.code == 0 || ran.code == 3), "{:?}", debug(&ended));
        assert!(ended.iter().any(|(_, ran)| ran.code == 0), "at least one gets through each time");
        left = ended.into_iter().filter(|(_, ran)| ran.code == 3).map(|(job, _)| job).collect();
    }
    assert_in_turns(&cloud);
    assert_sound(&cloud, &jobs[0]);
}

fn debug(ended: &[(&Project, crate::support::Ran)]) -> Vec<String> {
    ended.iter().map(|(_, ran)| format!("{}: {}", ran.code, ran.stderr)).collect()
}

#[test]
fn of_many_that_take_over_an_expired_lock_one_gets_it() {
    let cloud = live();
    let owner = object_store::client(&cloud.sandbox().url(), crate::ROOT_KEY, crate::ROOT_SECRET);
    cloud.block_on(object_store::lock(&owner, BUCKET, "gone", 0));
    cloud.sandbox().forget_calls();
    let jobs: Vec<Project> = (1..=6).map(|n| job(&cloud, &revision(n), &format!("job {n}"))).collect();
    let all = together(&jobs, APPLY);
    let over = all.iter().filter(|ran| ran.stderr.contains("was taken over, since it has expired")).count();
    assert_eq!(over, 1, "{all:?}");
    assert!(codes(&all).iter().all(|code| [0, 3].contains(code)), "{all:?}");
    assert_sound(&cloud, &jobs[0]);
}

#[cfg(target_os = "linux")]
#[test]
fn after_a_holder_was_killed_the_next_ones_go_on_at_once() {
    let cloud = live();
    cloud.sandbox().set_faults(vec![fault(
        r#"{ "operation": "PATCH config-vars", "kind": { "hang": { "seconds": 600 } } }"#,
    )]);
    let jobs: Vec<Project> = (1..=4).map(|n| job(&cloud, &revision(n), &format!("job {n}"))).collect();
    let killed = Running::start(&jobs[0], APPLY);
    wait_for(&cloud, "PutObject", 1);
    killed.kill();
    cloud.sandbox().set_faults(Vec::new());
    let all = together(&jobs, APPLY);
    assert!(codes(&all).contains(&0), "{all:?}");
    assert!(codes(&all).iter().all(|code| [0, 3].contains(code)), "{all:?}");
    assert_sound(&cloud, &jobs[1]);
}
