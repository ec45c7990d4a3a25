//! Several applies of one environment at once, as real processes against one cloud: whatever the order in which
//! their calls arrive, nothing is made twice, nothing generated is overwritten, and one more apply ends it.
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub, dead_code, reason = "these are tests")]

mod support;

#[path = "support/children.rs"]
mod children;
#[path = "cli/common.rs"]
mod common;
#[path = "support/object_store.rs"]
mod object_store;

#[path = "concurrent/locked.rs"]
mod locked;
#[path = "concurrent/unlocked.rs"]
mod unlocked;

use std::time::Duration;

use serde_json::Value;
use support::{Cloud, LEDGER, Project, Ran, quick};
use trueup::sandbox::{ROOT_KEY, ROOT_SECRET};

use children::Running;

const BUCKET: &str = "ledger-production-uploads";

/// A cloud whose every answer takes a moment, so that processes that start together meet.
fn cloud() -> Cloud {
    let cloud = Cloud::start(quick());
    cloud.sandbox().set_latency(Duration::from_millis(5));
    cloud
}

/// A project of its own for one of several jobs, all of the same environment.
fn job(cloud: &Cloud, spec: &str, owner: &str) -> Project {
    Project::with(spec).at(cloud.sandbox()).set("TRUEUP_LOCK_OWNER", owner)
}

/// Starts them all, then waits for all of them.
fn together(jobs: &[Project], arguments: &[&str]) -> Vec<Ran> {
    let running: Vec<Running> = jobs.iter().map(|job| Running::start(job, arguments)).collect();
    running.into_iter().map(Running::end).collect()
}

/// The reference environment at a revision: config vars of several changes that belong together.
fn revision(number: usize) -> String {
    LEDGER
        .replace("RAILS_MAX_THREADS: 5", &format!("RAILS_MAX_THREADS: {number}\n  REVISION: r{number}"))
        .replace(
            "buildpacks: [heroku/nodejs, heroku/ruby]",
            &match number % 2 {
                0 => "buildpacks: [heroku/ruby]".to_owned(),
                _ => "buildpacks: [heroku/nodejs, heroku/ruby]".to_owned(),
            },
        )
        .replace("https://app.ledger.example", &format!("https://r{number}.ledger.example"))
}

fn vars(cloud: &Cloud) -> Value {
    cloud.heroku("GET", "/apps/ledger-production/config-vars", None)
}

fn var(vars: &Value, name: &str) -> String {
    vars[name].as_str().unwrap_or_else(|| panic!("{name} is not set")).to_owned()
}

/// What must hold once everyone has ended and one more apply was made: one of everything, and a key that works.
#[track_caller]
fn assert_sound(cloud: &Cloud, project: &Project) {
    cloud.sandbox().set_latency(Duration::ZERO);
    project.run(&["apply", "--yes"]).exits(0);
    project.run(&["plan", "--detailed-exitcode"]).exits(0);
    let apps = cloud.heroku("GET", "/apps", None);
    assert_eq!(apps.as_array().unwrap().len(), 1, "{apps}");
    let addons = cloud.heroku("GET", "/apps/ledger-production/addons", None);
    assert_eq!(addons.as_array().unwrap().len(), 1, "{addons}");
    let vars = vars(cloud);
    assert_eq!(keys(cloud), [var(&vars, "AWS_ACCESS_KEY_ID")], "the only key is the one that the app has");
    let url = cloud.sandbox().url();
    let app =
        object_store::client(&url, &var(&vars, "AWS_ACCESS_KEY_ID"), &var(&vars, "AWS_SECRET_ACCESS_KEY"));
    cloud.block_on(async { app.list_objects_v2().bucket(BUCKET).send().await.expect("the app's key works") });
    let owner = object_store::client(&url, ROOT_KEY, ROOT_SECRET);
    assert_eq!(cloud.block_on(object_store::left(&owner, BUCKET)), (0, 0), "no lock is left");
}

/// The ids of all keys of the environment's user, as AWS lists them.
fn keys(cloud: &Cloud) -> Vec<String> {
    let config = aws_sdk_iam::Config::builder()
        .behavior_version(aws_sdk_iam::config::BehaviorVersion::latest())
        .region(aws_sdk_iam::config::Region::new("us-east-1"))
        .endpoint_url(cloud.sandbox().url())
        .credentials_provider(aws_sdk_iam::config::Credentials::new(
            ROOT_KEY,
            ROOT_SECRET,
            None,
            None,
            "test",
        ))
        .build();
    let iam = aws_sdk_iam::Client::from_conf(config);
    let listed = cloud
        .block_on(async { iam.list_access_keys().user_name("ledger-production-app").send().await.unwrap() });
    let keys = listed.access_key_metadata().iter();
    keys.filter_map(|key| key.access_key_id().map(str::to_owned)).collect()
}

/// The codes with which they ended.
fn codes(all: &[Ran]) -> Vec<i32> {
    all.iter().map(|ran| ran.code).collect()
}
