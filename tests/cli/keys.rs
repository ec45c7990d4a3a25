//! Access keys that others rely on: none of them is taken away because trueup does not see who uses it.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use trueup::sandbox::{Knobs, Sandbox};

use crate::common::{assert_nothing_written, cloud_and, iam, refusal, writes};
use crate::support::{Cloud, LEDGER, Project, quick};

const USER: &str = "ledger-production-app";

/// The ids of the user's keys, sorted.
fn keys(cloud: &Cloud) -> Vec<String> {
    let listed = cloud.block_on(iam(cloud).list_access_keys().user_name(USER).send()).unwrap();
    let ids = listed.access_key_metadata().iter().filter_map(|key| key.access_key_id().map(str::to_owned));
    let mut ids: Vec<String> = ids.collect();
    ids.sort();
    ids
}

/// Another key of the user, as somebody makes one by hand.
fn another_key(cloud: &Cloud) -> String {
    let made = cloud.block_on(iam(cloud).create_access_key().user_name(USER).send()).unwrap();
    made.access_key.unwrap().access_key_id
}

#[test]
fn a_key_that_a_config_var_holds_within_another_value_stays_however_it_is_encoded() {
    let (cloud, project) = cloud_and(LEDGER);
    project.run(&["apply", "--yes"]).exits(0);
    let id = another_key(&cloud);
    let before = keys(&cloud);
    let json = format!(r#"{{"aws":{{"key":"{id}"}}}}"#);
    for value in [
        format!("s3://{id}:word@another-bucket/reports"),
        format!("https://reports.example/?from=s3%3A%2F%2F{id}%3Aword"),
        STANDARD.encode(&json),
        json,
    ] {
        let patch = json!({ "REPORTS_STORE": value });
        cloud.heroku("PATCH", "/apps/ledger-production/config-vars", Some(patch));
        project.run(&["apply", "--yes"]).exits(0);
        assert_eq!(keys(&cloud), before, "{value}");
    }
    let ran = project.run(&["plan", "--format", "json"]).exits(0);
    assert!(ran.changes().iter().all(|(address, _)| !address.contains("access_key")), "{:?}", ran.changes());
}

/// A spec that agrees to manage the user that is there.
fn adopting() -> String {
    LEDGER.replace("name: ledger-production-app\n", "name: ledger-production-app\n    adopt: true\n")
}

/// A user that somebody made by hand, with two active keys.
fn made_by_hand(cloud: &Cloud) -> [String; 2] {
    cloud.block_on(iam(cloud).create_user().user_name(USER).path("/people/").send()).unwrap();
    [another_key(cloud), another_key(cloud)]
}

#[test]
fn a_user_that_was_there_before_is_blocked_with_its_keys_until_the_spec_adopts_it() {
    let (cloud, project) = cloud_and(LEDGER);
    let ids = made_by_hand(&cloud);
    cloud.sandbox().forget_calls();
    let ran = project.run(&["apply", "--yes"]).exits(3).shows(&[
        "the user ledger-production-app was there before and has no tags of trueup",
        "(active, 0 days old, never used)",
        "`adopt: true`",
    ]);
    assert!(ids.iter().all(|id| ran.stdout.contains(id)), "{}", ran.stdout);
    assert_nothing_written(&cloud);

    project.write("environments/production.yaml", &adopting());
    let plan = project.run(&["plan", "--format", "json"]).exits(0);
    assert_eq!(plan.json()["summary"]["delete"], 1, "{}", plan.stdout);
    project.run(&["apply", "--yes"]).exits(0);
    let left = keys(&cloud);
    assert_eq!((left.len(), ids.iter().filter(|id| left.contains(id)).count()), (2, 1));
    let user = cloud.block_on(iam(&cloud).get_user().user_name(USER).send()).unwrap().user.unwrap();
    assert_eq!(user.path(), "/people/", "the spec says nothing of the path");
    let tags: Vec<&str> = user.tags().iter().map(aws_sdk_iam::types::Tag::key).collect();
    assert_eq!(tags, ["team"], "an adopted user gets the tags of the spec alone");
    let again = project.run(&["plan", "--format", "json"]).exits(0);
    assert_eq!(again.changes(), [], "the other key stays");
}

#[test]
fn a_refused_key_leaves_the_user_one_of_its_two() {
    let (cloud, project) = cloud_and(&adopting());
    let ids = made_by_hand(&cloud);
    cloud.sandbox().set_faults(vec![refusal(9, "CreateAccessKey", (403, "AccessDenied", "No."))]);
    project.run(&["apply", "--yes"]).exits(1);
    let left = keys(&cloud);
    assert_eq!((left.len(), ids.contains(&left[0])), (1, true));

    let (cloud, project) = cloud_and(&adopting());
    let ids = made_by_hand(&cloud);
    cloud.sandbox().set_faults(vec![refusal(9, "PutUserPolicy", (403, "AccessDenied", "No."))]);
    project.run(&["apply", "--yes"]).exits(1);
    assert_eq!(keys(&cloud).len(), ids.len(), "what may fail comes first");
    assert!(!writes(&cloud).iter().any(|call| call.contains("DeleteAccessKey")));
}

/// The environment, applied and deployed, with a key that is too old; changed as a test wants.
fn aged(knobs: Knobs, change: impl FnOnce(&mut Value, &mut Value)) -> (Cloud, Project) {
    let (cloud, project) = cloud_and(LEDGER);
    project.run(&["apply", "--yes"]).exits(0);
    cloud.deploy("ledger-production", json!({ "web": "bin/web", "worker": "bin/worker" }));
    project.run(&["apply", "--yes"]).exits(0);
    later(&cloud, knobs, |user, app| {
        user["keys"][0]["created"] = json!("2020-01-01T00:00:00Z");
        user["keys"][0]["last_used"] = Value::Null;
        change(user, app);
    })
}

/// The same cloud some time later: with another user and app.
fn later(cloud: &Cloud, knobs: Knobs, change: impl FnOnce(&mut Value, &mut Value)) -> (Cloud, Project) {
    let mut state = cloud.sandbox().state().unwrap();
    let mut app = state["heroku"]["apps"].as_object_mut().unwrap().values_mut().next().unwrap().take();
    let user = &mut state["aws"]["accounts"]["111122223333"]["users"][USER];
    change(user, &mut app);
    *state["heroku"]["apps"].as_object_mut().unwrap().values_mut().next().unwrap() = app;
    let cloud = Cloud::serving(|| Sandbox::start_from(state, knobs));
    let project = Project::with(LEDGER).at(cloud.sandbox());
    (cloud, project)
}

/// A dyno that somebody started, which ends after so many seconds.
fn one_off(cloud: &Cloud, seconds: u32) {
    let dyno = json!({ "command": "bin/rails reports", "time_to_live": seconds });
    cloud.heroku("POST", "/apps/ledger-production/dynos", Some(dyno));
}

/// Each of the user's keys by age, whether it is active.
fn active(cloud: &Cloud) -> Vec<bool> {
    let state = cloud.sandbox().state().unwrap();
    let keys = state["aws"]["accounts"]["111122223333"]["users"][USER]["keys"].as_array().unwrap().iter();
    keys.map(|key| key["active"].as_bool().unwrap()).collect()
}

/// Where in the calls an operation stands last.
fn last(cloud: &Cloud, operation: &str) -> Option<usize> {
    cloud.sandbox().calls().iter().rposition(|call| call.operation == operation)
}

#[test]
fn a_key_that_is_too_old_ends_in_two_applies_a_day_apart() {
    let (cloud, project) = aged(quick(), |_, _| {});
    project.run(&["plan"]).exits(0).shows(&["active → inactive", "an apply 24 hours later deletes it"]);
    project.run(&["apply", "--yes"]).exits(0);
    assert_eq!(active(&cloud), [false, true]);
    assert!(!writes(&cloud).contains(&"DeleteAccessKey".to_owned()));

    let plan = project.run(&["plan", "--detailed-exitcode"]).exits(0);
    plan.shows(&["No changes.", "inactive since 20", "will be deleted by an apply after 20"]);
    cloud.sandbox().forget_calls();
    project.run(&["apply", "--yes"]).exits(0);
    assert_nothing_written(&cloud);

    let (cloud, project) = later(&cloud, quick(), |user, _| {
        let id = user["keys"][0]["id"].as_str().unwrap();
        user["tags"]["trueup:inactive-key"] = json!(format!("{id}/since/2020-01-01T00:00:00Z"));
    });
    project.run(&["plan"]).exits(0).shows(&["inactive since 2020-01-01T00:00:00Z", "1 to delete"]);
    project.run(&["apply", "--yes"]).exits(0);
    assert_eq!(active(&cloud), [true]);
    project.run(&["plan", "--detailed-exitcode"]).exits(0);
}

#[test]
fn the_old_key_stays_active_until_every_dyno_has_the_new_one_and_one_off_dynos_count() {
    let (cloud, project) = aged(Knobs { restart: Duration::from_millis(700), ..quick() }, |_, _| {});
    one_off(&cloud, 2);
    let began = Instant::now();
    project.run(&["apply", "--yes"]).exits(0);
    assert!(began.elapsed() > Duration::from_secs(1), "the one-off dyno was waited for");
    assert_eq!(active(&cloud), [false, true]);
    assert!(last(&cloud, "UpdateAccessKey") > last(&cloud, "GET dynos"), "looked at before");
    let dynos = cloud.heroku("GET", "/apps/ledger-production/dynos", None);
    assert!(dynos.as_array().unwrap().iter().all(|dyno| dyno["type"] != "run"), "{dynos}");
}

#[test]
fn a_dyno_that_goes_on_with_the_old_key_is_named_by_the_plan_and_keeps_it_active() {
    let (cloud, project) = aged(quick(), |_, _| {});
    // As if the apply had been killed after the new key was delivered.
    cloud.sandbox().set_faults(vec![refusal(1, "TagUser", (403, "AccessDenied", "No."))]);
    project.run(&["apply", "--yes"]).exits(1);
    assert_eq!(active(&cloud), [true, true]);
    let (cloud, project) = later(&cloud, quick(), |_, app| {
        let before = app["releases"].as_array().unwrap().len() - 1;
        app["one_offs"] = json!([{
            "id": "d", "name": "run.7", "kind": "run", "command": "bin/rails console", "size": "basic", "version": before,
            "started_at": app["created_at"], "ends_at": app["created_at"],
        }]);
        app["one_offs"][0]["ends_at"].as_array_mut().unwrap()[0] = json!(2100);
    });
    let plan = project.run(&["plan", "--detailed-exitcode"]).exits(0);
    plan.shows(&["No changes.", "stays active as long as run.7 still has it"]);
    cloud.heroku("POST", "/apps/ledger-production/dynos/run.7/actions/stop", None);
    project.run(&["apply", "--yes"]).exits(0);
    assert_eq!(active(&cloud), [false, true]);
    project.run(&["plan", "--detailed-exitcode"]).exits(0);
}

#[test]
fn a_key_that_somebody_else_goes_on_using_is_not_set_inactive() {
    let used = json!({ "at": "2100-01-01T00:00:00Z", "service": "s3", "region": "eu-west-1" });
    let (cloud, project) = aged(quick(), |user, _| user["keys"][0]["last_used"] = used);
    project.run(&["apply", "--yes"]).exits(3).tells(&[
        "somebody else uses the access key AKIA",
        "s3 in eu-west-1 at 2100-01-01T00:00:00Z",
        "it stays active",
    ]);
    assert_eq!(active(&cloud), [true, true]);
    let calls = writes(&cloud);
    assert!(!calls.contains(&"UpdateAccessKey".to_owned()) && !calls.contains(&"TagUser".to_owned()));
}
