//! Access keys that others rely on: none of them is taken away because trueup does not see who uses it.

use serde_json::json;

use crate::common::{assert_nothing_written, cloud_and, iam, refusal, writes};
use crate::support::{Cloud, LEDGER};

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
fn a_key_that_a_config_var_holds_inside_a_url_stays() {
    let (cloud, project) = cloud_and(LEDGER);
    project.run(&["apply", "--yes"]).exits(0);
    let url = format!("s3://{}:word@another-bucket/reports", another_key(&cloud));
    let patch = json!({ "REPORTS_STORE_URL": url });
    cloud.heroku("PATCH", "/apps/ledger-production/config-vars", Some(patch));
    let before = keys(&cloud);
    project.run(&["apply", "--yes"]).exits(0);
    assert_eq!(keys(&cloud), before);
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
