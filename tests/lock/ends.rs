//! However an apply ends, its lock is given back; and while it runs, it holds.

use crate::children::{Running, wait_for};
use crate::common::{fault, writes};
use crate::support::LEDGER;
use crate::{BUCKET, assert_no_trace, change, live, live_and_different, object_store, operations, s3, slow};

#[test]
fn the_lock_is_taken_before_anything_is_read_and_given_back_at_the_end() {
    let (cloud, project) = live_and_different();
    project.run(&["apply", "--yes", "--lock"]).exits(0);
    let calls = operations(&cloud);
    let at = |operation: &str| calls.iter().position(|call| call == operation).unwrap();
    assert!(at("PutObject") < at("GET apps"), "{calls:?}");
    assert!(at("PutObject") < at("GetBucketPolicy"), "{calls:?}");
    assert_eq!(writes(&cloud), ["PutObject", "PATCH config-vars", "DeleteObject"]);
    assert_no_trace(&cloud);
}

#[test]
fn without_the_flag_no_object_is_touched() {
    let (cloud, project) = live_and_different();
    project.run(&["apply", "--yes"]).exits(0);
    let calls = operations(&cloud);
    assert!(!calls.iter().any(|call| call.ends_with("Object")), "{calls:?}");
}

#[test]
fn an_apply_with_nothing_to_do_gives_the_lock_back() {
    let (cloud, project) = live();
    project.run(&["apply", "--lock"]).exits(0);
    assert_eq!(writes(&cloud), ["PutObject", "DeleteObject"]);
    assert_no_trace(&cloud);
}

#[test]
fn a_refusal_a_failure_and_a_question_that_cannot_be_asked_give_it_back() {
    let (cloud, project) = live_and_different();
    project.run(&["apply", "--lock"]).exits(1).tells(&["there is no terminal to ask on"]);
    assert_no_trace(&cloud);

    cloud.sandbox().set_faults(vec![fault(
        r#"{ "operation": "PATCH config-vars", "times": 9,
             "kind": { "refuse": { "status": 422, "id": "invalid_params", "message": "No." } } }"#,
    )]);
    project.run(&["apply", "--yes", "--lock"]).exits(1).tells(&["422"]);
    assert_no_trace(&cloud);

    cloud.sandbox().set_faults(Vec::new());
    project.write("environments/production.yaml", &LEDGER.replace("region: us\n", "region: eu\n"));
    project.run(&["apply", "--yes", "--lock"]).exits(3).tells(&["refuses to make"]);
    assert_no_trace(&cloud);
}

#[test]
fn what_cannot_be_read_gives_it_back() {
    let (cloud, project) = live();
    cloud.sandbox().set_faults(vec![fault(
        r#"{ "operation": "GetUser", "times": 9,
             "kind": { "refuse": { "status": 403, "id": "AccessDenied", "message": "No." } } }"#,
    )]);
    project.run(&["apply", "--yes", "--lock"]).exits(1).tells(&["403, AccessDenied"]);
    assert_no_trace(&cloud);
}

#[test]
fn ctrl_c_while_it_writes_gives_it_back() {
    let (cloud, project) = live_and_different();
    slow(&cloud, 2);
    let running = Running::start(&project, &["apply", "--yes", "--lock"]);
    wait_for(&cloud, "GetBucketPolicy", 1);
    running.interrupt();
    let ran = running.end();
    // Depending on the moment it had not begun, or the write under way was finished and nothing else was left.
    assert!(ran.code == 0 || ran.code == 1, "{ran:?}");
    assert_no_trace(&cloud);
    project.run(&["apply", "--yes", "--lock"]).exits(0);
}

#[test]
fn ctrl_c_while_it_reads_gives_it_back() {
    let (cloud, project) = live_and_different();
    cloud
        .sandbox()
        .set_faults(vec![fault(r#"{ "operation": "GET apps", "kind": { "hang": { "seconds": 600 } } }"#)]);
    let running = Running::start(&project, &["apply", "--yes", "--lock"]);
    wait_for(&cloud, "GET addons", 1);
    running.interrupt();
    running.end().exits(1).tells(&["interrupted, so nothing was done"]);
    assert_eq!(writes(&cloud), ["PutObject", "DeleteObject"]);
    assert_no_trace(&cloud);
}

#[test]
fn it_is_renewed_while_the_apply_runs_and_leaves_no_versions() {
    let (cloud, project) = live_and_different();
    slow(&cloud, 3);
    let project = project.set("TRUEUP_LOCK_LIFETIME", "1");
    let running = Running::start(&project, &["apply", "--yes", "--lock"]);
    wait_for(&cloud, "PutObject", 3);
    let held = cloud.block_on(object_store::read(&s3(&cloud), BUCKET)).unwrap();
    assert!(held["renewed_at"].as_str() > held["taken_at"].as_str(), "{held}");
    running.end().exits(0);
    assert_no_trace(&cloud);
}

#[test]
fn a_bucket_that_gets_versioning_under_the_lock_keeps_no_trace_of_it() {
    let (cloud, project) = crate::common::cloud_and(&LEDGER.replace("versioning: true", "versioning: false"));
    project.run(&["apply", "--yes"]).exits(0);
    change(&project, "7");
    slow(&cloud, 3);
    let project = project.set("TRUEUP_LOCK_LIFETIME", "1");
    let running = Running::start(&project, &["apply", "--yes", "--lock"]);
    wait_for(&cloud, "PutObject", 3);
    running.end().exits(0);
    assert_no_trace(&cloud);
}

#[test]
fn an_answer_that_is_lost_leaves_no_lock_behind() {
    for operation in ["PutObject", "DeleteObject"] {
        for kind in ["close-before", "close-after", "error-before", "error-after"] {
            let (cloud, project) = live_and_different();
            let once = format!(r#"{{ "operation": "{operation}", "kind": "{kind}" }}"#);
            cloud.sandbox().set_faults(vec![fault(&once)]);
            project.run(&["apply", "--yes", "--lock"]).exits(0);
            assert_no_trace(&cloud);
        }
    }
}

#[test]
fn a_saved_plan_is_applied_under_the_lock() {
    let (cloud, project) = live_and_different();
    project.run(&["plan", "--out", "p.json"]).exits(0);
    cloud.block_on(object_store::lock(&s3(&cloud), BUCKET, "ana@laptop", 600));
    project.run(&["apply", "--plan", "p.json", "--lock"]).exits(3).tells(&["production is locked"]);
    project.run(&["unlock", "--yes"]).exits(0);
    cloud.sandbox().forget_calls();
    project.run(&["apply", "--plan", "p.json", "--lock"]).exits(0);
    assert_eq!(writes(&cloud), ["PutObject", "PATCH config-vars", "DeleteObject"]);
    assert_no_trace(&cloud);
}
