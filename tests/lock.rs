//! The advisory lock of an environment, through the program and over real HTTP: taken before anything is read,
//! given back whatever the end, refused to others, taken over when nobody holds it any more.
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub, dead_code, reason = "these are tests")]

mod support;

#[path = "support/children.rs"]
mod children;
#[path = "cli/common.rs"]
mod common;
#[path = "support/object_store.rs"]
mod object_store;

#[path = "lock/ends.rs"]
mod ends;
#[path = "lock/holders.rs"]
mod holders;
#[path = "lock/places.rs"]
mod places;

use support::{Cloud, LEDGER, Project};
use trueup::sandbox::{ROOT_KEY, ROOT_SECRET};

const BUCKET: &str = "ledger-production-uploads";

/// The reference environment, live, and its log of calls empty.
fn live() -> (Cloud, Project) {
    let (cloud, project) = common::cloud_and(LEDGER);
    project.run(&["apply", "--yes"]).exits(0);
    cloud.sandbox().forget_calls();
    (cloud, project)
}

/// The same with a difference that one change of the config vars makes.
fn live_and_different() -> (Cloud, Project) {
    let (cloud, project) = live();
    change(&project, "7");
    (cloud, project)
}

/// Asks for another number of threads.
fn change(project: &Project, threads: &str) {
    let changed = LEDGER.replace("RAILS_MAX_THREADS: 5", &format!("RAILS_MAX_THREADS: {threads}"));
    project.write("environments/production.yaml", &changed);
}

/// The next change of config vars is answered after so many seconds.
fn slow(cloud: &Cloud, seconds: u32) {
    let kind = format!(
        r#"{{ "operation": "PATCH config-vars", "kind": {{ "hang": {{ "seconds": {seconds} }} }} }}"#
    );
    cloud.sandbox().set_faults(vec![common::fault(&kind)]);
}

fn s3(cloud: &Cloud) -> aws_sdk_s3::Client {
    object_store::client(&cloud.sandbox().url(), ROOT_KEY, ROOT_SECRET)
}

/// Asserts that neither a lock nor a version nor a delete marker of one is left.
#[track_caller]
fn assert_no_trace(cloud: &Cloud) {
    let left = cloud.block_on(object_store::left(&s3(cloud), BUCKET));
    assert_eq!(left, (0, 0), "versions and delete markers");
}

/// The calls so far, as names of operations.
fn operations(cloud: &Cloud) -> Vec<String> {
    cloud.sandbox().calls().into_iter().map(|call| call.operation).collect()
}
