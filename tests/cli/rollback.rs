//! `trueup rollback` as its users meet it: what goes back and what does not, that today's config vars are set again, what
//! is refused, and that it goes on from where it was cut off.

use std::time::Duration;

use serde_json::{Value, json};
use trueup::sandbox::{Knobs, Sandbox};

use crate::common::{assert_nothing_written, fault, writes};
use crate::support::{Cloud, Project, Ran, quick};

const SPEC: &str = "
app: { name: shop-production }
config:
  RAILS_ENV: production
  SECRET_KEY_BASE: { generate: hex, bytes: 64 }
  PLAID_SECRET: { external: true }
  AWS_ACCESS_KEY_ID: { from: iam_users.app.access_key_id }
  AWS_SECRET_ACCESS_KEY: { from: iam_users.app.secret_access_key }
formation: { web: { quantity: 2, size: standard-1x } }
buckets: { uploads: { name: shop-production-uploads, region: us-east-1, protect: false } }
iam_users: { app: { name: shop-production-app, grants: { uploads: read-write }, access_key: {} } }
";
const APP: &str = "/apps/shop-production";
const ROLLBACK: [&str; 3] = ["rollback", "production", "--yes"];

fn set(cloud: &Cloud, vars: Value) {
    cloud.heroku("PATCH", &format!("{APP}/config-vars"), Some(vars));
}

fn deploy(cloud: &Cloud, version: &str) {
    let types = json!({ "web": format!("bin/web-{version}") });
    let slug = json!({ "process_types": types, "commit": version });
    let slug = cloud.heroku("POST", &format!("{APP}/slugs"), Some(slug));
    cloud.heroku("POST", &format!("{APP}/releases"), Some(json!({ "slug": slug["id"] })));
}

/// What runs, and the release that made it.
fn running(cloud: &Cloud) -> (String, String) {
    let releases = releases(cloud);
    let current = releases.iter().find(|release| release["current"] == true).unwrap();
    let slug = current["slug"]["id"].as_str().unwrap();
    let slug = cloud.heroku("GET", &format!("{APP}/slugs/{slug}"), None);
    (slug["commit"].as_str().unwrap().to_owned(), current["description"].as_str().unwrap().to_owned())
}

fn releases(cloud: &Cloud) -> Vec<Value> {
    cloud.heroku("GET", &format!("{APP}/releases"), None).as_array().unwrap().clone()
}

fn vars(cloud: &Cloud) -> Value {
    cloud.heroku("GET", &format!("{APP}/config-vars"), None)
}

/// The number of the release that brought that code.
fn version_of(cloud: &Cloud, code: &str) -> String {
    let made = releases(cloud).into_iter().find(|release| release["description"] == format!("Deploy {code}"));
    format!("v{}", made.unwrap()["version"])
}

/// Good code, then bad code, then another access key, other secrets and vars.
fn deployed_at(cloud: &Cloud) -> Project {
    let project = Project::with(SPEC).at(cloud.sandbox());
    project.run(&["apply", "--yes"]).exits(0);
    set(cloud, json!({ "PLAID_SECRET": "canary-plaid-1", "OLD_FLAG": "canary-flag" }));
    deploy(cloud, "good");
    project.run(&["apply", "--yes"]).exits(0);
    deploy(cloud, "bad");
    let rotate = ["rotate", "production", "AWS_ACCESS_KEY_ID", "SECRET_KEY_BASE"];
    project.run(&[&rotate[..], &["--grace", "0", "--settle", "0", "--yes"]].concat()).exits(0);
    set(cloud, json!({ "PLAID_SECRET": "canary-plaid-2", "OLD_FLAG": null, "NEW_FLAG": "canary-new" }));
    project.run(&["plan", "--detailed-exitcode"]).exits(0);
    cloud.sandbox().forget_calls();
    project
}

fn deployed() -> (Cloud, Project) {
    let cloud = Cloud::start(quick());
    let project = deployed_at(&cloud);
    (cloud, project)
}

fn rollback(project: &Project) -> Ran {
    let ran = project.run(&ROLLBACK);
    assert!(!format!("{}{}", ran.stdout, ran.stderr).contains("canary"), "{}{}", ran.stdout, ran.stderr);
    ran
}

#[test]
fn the_code_goes_back_and_todays_config_vars_are_set_again() {
    let (cloud, project) = deployed();
    let (before, good) = (vars(&cloud), version_of(&cloud, "good"));
    rollback(&project).exits(0).shows(&[
        &format!("~ code of {good}, Deploy good"),
        &format!("{good} has an access key that is deleted"),
        &format!("{good} has another generated secret"),
        &format!("{good} has another value of somebody else's"),
        &format!("{good} has none"),
        "- OLD_FLAG",
        "only code is rolled back: data, the database's schema",
    ]);
    assert_eq!(writes(&cloud), ["POST releases", "PATCH config-vars"]);
    assert_eq!(running(&cloud).0, "good");
    assert_eq!(vars(&cloud), before);
    project.run(&["plan", "--detailed-exitcode"]).exits(0).shows(&["No changes"]);
}

#[test]
fn the_same_again_does_nothing_and_another_release_has_to_be_named() {
    let (cloud, project) = deployed();
    rollback(&project).exits(0);
    cloud.sandbox().forget_calls();
    rollback(&project).exits(0).shows(&["production was rolled back already", "name the release"]);
    let good = version_of(&cloud, "good");
    let named = project.run(&["rollback", "production", &good, "--yes"]).exits(0);
    named.shows(&[&format!("production runs the code of {good} already")]);
    assert_nothing_written(&cloud);
    let bad = version_of(&cloud, "bad");
    project.run(&["rollback", "production", bad.trim_start_matches('v'), "--yes"]).exits(0);
    assert_eq!(running(&cloud).0, "bad");
}

#[test]
fn without_changed_vars_there_is_one_release() {
    let (cloud, project) = deployed();
    deploy(&cloud, "worse");
    cloud.sandbox().forget_calls();
    rollback(&project).exits(0).shows(&["Deploy bad"]);
    assert_eq!(writes(&cloud), ["POST releases"]);
    assert_eq!(running(&cloud).0, "bad");
}

#[test]
fn a_release_that_is_no_aim_is_refused_with_the_reason_and_what_may_be_chosen() {
    let cloud = Cloud::start(quick());
    let project = deployed_at(&cloud);
    let good = version_of(&cloud, "good");
    let current = releases(&cloud).len().to_string();
    let mut state = cloud.sandbox().state().unwrap();
    let app = state["heroku"]["apps"].as_object_mut().unwrap().values_mut().next().unwrap();
    let all = app["releases"].as_array_mut().unwrap();
    let mut expired = all.iter().find(|release| release["description"] == "Deploy good").unwrap().clone();
    expired["version"] = json!(900);
    expired["is_expired"] = json!(true);
    let phase = json!({ "ends_at": expired["created_at"], "fails": true, "is_over": true, "output": [] });
    let mut failed = expired.clone();
    failed["version"] = json!(901);
    failed["is_expired"] = json!(false);
    failed["phase"] = phase;
    all.extend([expired, failed]);
    let cloud = Cloud::serving(|| Sandbox::start_from(state, quick()));
    let project = project.at(cloud.sandbox());
    for (named, reason) in [
        ("v77", "the app has no release v77"),
        ("v1", "has no code"),
        ("900", "v900 (Deploy good) has expired: Heroku no longer keeps its code"),
        ("v901", "v901 (Deploy good) failed in its release phase, and never ran"),
        (current.as_str(), "is what runs now"),
    ] {
        let refused = project.run(&["rollback", "production", named, "--yes"]).exits(3);
        refused
            .shows(&[reason, &format!("choose one of {good} (Deploy good)")])
            .tells(&["production cannot be rolled back this way, so nothing was done"]);
    }
    project.run(&["rollback", "production", "latest", "--yes"]).exits(1).tells(&["such as v12"]);
    assert_nothing_written(&cloud);
}

#[test]
fn an_app_without_other_code_has_nowhere_to_go() {
    let cloud = Cloud::start(quick());
    let project = Project::with(SPEC).at(cloud.sandbox());
    project.run(&ROLLBACK).exits(3).shows(&["there is no app `shop-production` yet"]);
    project.run(&["apply", "--yes"]).exits(0);
    project.run(&ROLLBACK).exits(3).shows(&["the app runs no code yet", "`trueup deploy`"]);
    deploy(&cloud, "good");
    set(&cloud, json!({ "PLAID_SECRET": "canary-plaid-1" }));
    cloud.sandbox().forget_calls();
    project.run(&ROLLBACK).exits(3).shows(&["has other code to go back to"]);
    assert_nothing_written(&cloud);
}

#[test]
fn nothing_is_done_before_somebody_agreed() {
    let (cloud, project) = deployed();
    project
        .run(&ROLLBACK[..2])
        .exits(1)
        .shows(&["~ code"])
        .tells(&["add --yes to roll back without a question"]);
    assert_nothing_written(&cloud);
}

#[test]
fn what_a_run_that_was_cut_off_left_is_set_again_by_the_next() {
    let (cloud, project) = deployed();
    let before = vars(&cloud);
    let refuse = r#"{"operation":"PATCH config-vars","times":9,"kind":"error-before"}"#;
    cloud.sandbox().set_faults(vec![fault(refuse)]);
    rollback(&project).exits(1);
    assert_eq!(running(&cloud), ("good".to_owned(), format!("Rollback to {}", version_of(&cloud, "good"))));
    assert_ne!(vars(&cloud), before);
    cloud.sandbox().set_faults(Vec::new());
    // A colleague's change in between is theirs.
    set(&cloud, json!({ "PLAID_SECRET": "canary-plaid-3" }));
    cloud.sandbox().forget_calls();
    rollback(&project).exits(0).shows(&["~ SECRET_KEY_BASE", "- OLD_FLAG", "+ NEW_FLAG"]);
    assert_eq!(writes(&cloud), ["PATCH config-vars"]);
    let mut wanted = before;
    wanted["PLAID_SECRET"] = json!("canary-plaid-3");
    assert_eq!(vars(&cloud), wanted);
}

#[test]
fn a_lost_answer_is_looked_up_and_makes_no_second_release() {
    let (cloud, project) = deployed();
    let count = releases(&cloud).len();
    cloud.sandbox().set_faults(vec![fault(r#"{"operation":"POST releases","kind":"close-after"}"#)]);
    rollback(&project).exits(0);
    assert_eq!(releases(&cloud).len(), count + 2);
    assert_eq!(running(&cloud).0, "good");
}

/// The same cloud, in which release phases end like that.
fn with_phases(cloud: &Cloud, status: &str) -> Cloud {
    let state = cloud.sandbox().state().unwrap();
    let knobs = Knobs { release_status: status.to_owned(), release: Duration::from_millis(200), ..quick() };
    Cloud::serving(|| Sandbox::start_from(state, knobs))
}

#[test]
fn a_release_phase_that_fails_leaves_what_runs_with_todays_vars() {
    let (cloud, project) = deployed();
    let types = json!({ "web": "bin/web", "release": "bin/migrate" });
    let slug =
        cloud.heroku("POST", &format!("{APP}/slugs"), Some(json!({ "process_types": types, "commit": "c" })));
    cloud.heroku("POST", &format!("{APP}/releases"), Some(json!({ "slug": slug["id"] })));
    set(&cloud, json!({ "PLAID_SECRET": "canary-plaid-4" }));
    deploy(&cloud, "worse");
    let (before, cloud) = (vars(&cloud), with_phases(&cloud, "failed"));
    let project = project.at(cloud.sandbox());
    set(&cloud, json!({ "PLAID_SECRET": "canary-plaid-5" }));
    rollback(&project).exits(1).tells(&[
        "$ bin/migrate",
        "failed in its release phase, and v",
        "is still current",
    ]);
    assert_eq!(running(&cloud).0, "worse");
    assert_eq!(vars(&cloud)["PLAID_SECRET"], "canary-plaid-5", "what the next deploy gets is today's");
    let cloud = with_phases(&cloud, "succeeded");
    let project = project.at(cloud.sandbox());
    rollback(&project).exits(0).tells(&["The release command succeeded"]);
    assert_eq!(running(&cloud).0, "c");
    assert_eq!(vars(&cloud)["SECRET_KEY_BASE"], before["SECRET_KEY_BASE"]);
    assert_eq!(vars(&cloud)["PLAID_SECRET"], "canary-plaid-5");
}

#[test]
fn while_a_release_is_not_done_nothing_else_is_begun() {
    let (cloud, project) = deployed();
    let state = cloud.sandbox().state().unwrap();
    let cloud =
        Cloud::serving(|| Sandbox::start_from(state, Knobs { release: Duration::from_hours(1), ..quick() }));
    let project = project.at(cloud.sandbox());
    let types = json!({ "web": "bin/web", "release": "bin/migrate" });
    let slug =
        cloud.heroku("POST", &format!("{APP}/slugs"), Some(json!({ "process_types": types, "commit": "c" })));
    cloud.heroku("POST", &format!("{APP}/releases"), Some(json!({ "slug": slug["id"] })));
    cloud.sandbox().forget_calls();
    rollback(&project).exits(3).shows(&["(Deploy c) runs its release phase", "wait until that has ended"]);
    assert_nothing_written(&cloud);
}
