//! Who holds a lock: someone who does, someone whose time is over, a process that was killed, and nobody who
//! can be made out.

use crate::children::{Running, wait_for};
use crate::common::{assert_nothing_written, writes};
use crate::{BUCKET, assert_no_trace, live_and_different, object_store, s3, slow};

#[test]
fn a_lock_that_holds_refuses_at_once_and_says_whose_it_is_and_the_way_out() {
    let (cloud, project) = live_and_different();
    cloud.block_on(object_store::lock(&s3(&cloud), BUCKET, "release train 7", 600));
    cloud.sandbox().forget_calls();
    project.run(&["apply", "--yes", "--lock"]).exits(3).tells(&[
        "production is locked, so nothing was done: held by release train 7 since 20",
        "hint: wait for it to end, at the latest until 20",
        "trueup unlock production",
    ]);
    assert_eq!(writes(&cloud), [""; 0]);
    project.run(&["apply", "--yes"]).exits(0);
}

#[test]
fn a_lock_that_has_expired_is_taken_over_and_told() {
    let (cloud, project) = live_and_different();
    cloud.block_on(object_store::lock(&s3(&cloud), BUCKET, "release train 7", 0));
    project.run(&["apply", "--yes", "--lock"]).exits(0).tells(&[
        "warning: the lock of production was taken over, since it has expired",
        "held by release train 7",
    ]);
    assert_no_trace(&cloud);
}

#[test]
fn what_cannot_be_read_is_held_by_someone_unknown() {
    let long = "[".repeat(70_000);
    for body in [&b"\xff\xfe not a lock"[..], b"", long.as_bytes(), br#"{"format":2,"owner":"later"}"#] {
        let (cloud, project) = live_and_different();
        cloud.block_on(object_store::put(&s3(&cloud), BUCKET, body));
        cloud.sandbox().forget_calls();
        project.run(&["apply", "--yes", "--lock"]).exits(3).tells(&["held by someone unknown until 20"]);
        project.run(&["unlock"]).exits(1).tells(&["add --yes to break a lock that is still held"]);
        assert_eq!(writes(&cloud), [""; 0]);
        project.run(&["unlock", "--yes"]).exits(0);
        assert_no_trace(&cloud);
    }
}

#[test]
fn unlock_shows_who_holds_it_and_asks_unless_told_not_to() {
    let (cloud, project) = live_and_different();
    cloud.block_on(object_store::lock(&s3(&cloud), BUCKET, "release train 7", 600));
    cloud.sandbox().forget_calls();
    let ran = project.run(&["unlock", "production"]).exits(1);
    let ran = ran.shows(&["production is held by release train 7 since 20"]);
    ran.tells(&["there is no terminal to ask on, so the lock was left alone"]);
    assert_nothing_written(&cloud);
    let ran = project.run(&["unlock", "production", "--yes"]).exits(0);
    ran.shows(&["held by release train 7", "production is no longer locked"]);
    assert_no_trace(&cloud);
    project.run(&["unlock", "production"]).exits(0).shows(&["production is not locked\n".trim()]);
}

#[test]
fn unlock_removes_what_has_expired_without_a_question() {
    let (cloud, project) = live_and_different();
    cloud.block_on(object_store::lock(&s3(&cloud), BUCKET, "release train 7", 0));
    project.run(&["unlock"]).exits(0).tells(&["it has expired"]);
    assert_no_trace(&cloud);
}

#[test]
fn the_owner_is_as_told_or_the_job_or_the_person_at_the_machine() {
    let table: [(&[(&str, &str)], &str); 3] = [
        (&[("TRUEUP_LOCK_OWNER", "release train 7")], "release train 7"),
        (
            &[
                ("GITHUB_ACTIONS", "true"),
                ("GITHUB_REPOSITORY", "ledger/infra"),
                ("GITHUB_RUN_ID", "77"),
                ("GITHUB_JOB", "apply"),
            ],
            "https://github.com/ledger/infra/actions/runs/77, job apply",
        ),
        (&[("USER", "ana"), ("HOSTNAME", "laptop")], "ana@laptop, process "),
    ];
    for (variables, owner) in table {
        let (cloud, project) = live_and_different();
        slow(&cloud, 600);
        let project = variables.iter().fold(project, |project, (name, value)| project.set(name, value));
        let holder = Running::start(&project, &["apply", "--yes", "--lock"]);
        wait_for(&cloud, "PutObject", 1);
        project.run(&["apply", "--yes", "--lock"]).exits(3).tells(&[&format!("held by {owner}")]);
        holder.kill();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_killed_process_holds_nothing_on_its_own_machine() {
    let (cloud, project) = live_and_different();
    slow(&cloud, 600);
    let holder = Running::start(&project, &["apply", "--yes", "--lock"]);
    wait_for(&cloud, "PutObject", 1);
    project.run(&["apply", "--yes", "--lock"]).exits(3).tells(&["production is locked"]);
    holder.kill();
    cloud.sandbox().set_faults(Vec::new());
    let ran = project.run(&["apply", "--yes", "--lock"]).exits(0);
    ran.tells(&["the process that took it, on this machine, is gone"]);
    assert_no_trace(&cloud);
    project.run(&["plan", "--detailed-exitcode"]).exits(0);
}

#[cfg(target_os = "linux")]
#[test]
fn a_killed_process_of_another_machine_is_waited_for() {
    let (cloud, project) = live_and_different();
    slow(&cloud, 600);
    let holder = Running::start(&project, &["apply", "--yes", "--lock"]);
    wait_for(&cloud, "PutObject", 1);
    holder.kill();
    let mut record = cloud.block_on(object_store::read(&s3(&cloud), BUCKET)).unwrap();
    record["process"]["boot"] = "another".into();
    cloud.block_on(object_store::put(&s3(&cloud), BUCKET, record.to_string().as_bytes()));
    project.run(&["apply", "--yes", "--lock"]).exits(3).tells(&["production is locked"]);
    // The killed holder's own version lies under the one written by hand, and goes with it.
    project.run(&["unlock", "--yes"]).exits(0);
    assert_no_trace(&cloud);
}

#[test]
fn who_loses_the_lock_while_it_runs_notices_and_stops() {
    let (cloud, project) = live_and_different();
    slow(&cloud, 5);
    let project = project.set("TRUEUP_LOCK_LIFETIME", "1").set("TRUEUP_LOCK_OWNER", "the first");
    let first = Running::start(&project, &["apply", "--yes", "--lock"]);
    wait_for(&cloud, "PutObject", 1);
    project.run(&["unlock", "--yes"]).exits(0).shows(&["held by the first"]);
    first.end().exits(3).tells(&[
        "warning: the lock of production was lost while it was applied, so nothing new starts: someone removed it",
        "error: production is no longer locked by this run",
        "run the same command again",
    ]);
    assert_no_trace(&cloud);
}
