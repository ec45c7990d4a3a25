//! Users and buckets that carry this environment's tags and are not in its spec: found, told, and never touched.

use serde_json::json;

use crate::common::{assert_nothing_written, cloud_and, iam, writes};
use crate::support::{Cloud, LEDGER, Ran};

const OLD: &str = "ledger-production-app";
const NEW: &str = "ledger-production-web";

/// The spec with its user under another name.
fn under(name: &str, more: &str) -> String {
    LEDGER.replace("    name: ledger-production-app\n", &format!("    name: {name}\n{more}"))
}

/// The names of all users, each with the number of its keys.
fn users(cloud: &Cloud) -> Vec<(String, usize)> {
    let state = cloud.sandbox().state().unwrap();
    let users = state["aws"]["accounts"]["111122223333"]["users"].as_object().unwrap().values();
    users
        .map(|user| (user["name"].as_str().unwrap().to_owned(), user["keys"].as_array().unwrap().len()))
        .collect()
}

fn is_told(ran: &Ran, address: &str) -> bool {
    let plan = ran.json();
    let told = plan["unmanaged"].as_array().unwrap().iter().any(|note| note["address"] == address);
    told && plan["warnings"].as_array().unwrap().iter().any(|note| note["address"] == address)
}

#[test]
fn a_user_that_got_another_name_in_the_spec_is_told_with_its_live_key() {
    let (cloud, project) = cloud_and(LEDGER);
    project.run(&["apply", "--yes"]).exits(0);
    project.write("environments/production.yaml", &under(NEW, ""));
    // Before: the key that the app has leads to its user.
    let plan = project.run(&["plan"]).exits(0);
    plan.shows(&["a key that works", "write `renamed_from: ledger-production-app` at iam_users.app"]);
    project.run(&["apply", "--yes"]).exits(0);
    assert_eq!(users(&cloud), [(OLD.to_owned(), 1), (NEW.to_owned(), 1)]);
    // After: nothing of the environment names it but its tags.
    project.run(&["plan", "--detailed-exitcode"]).exits(0).shows(&[
        "No changes.",
        "carries this environment's tags and is not in the spec: left alone",
        "aws iam delete-access-key --user-name ledger-production-app",
    ]);
    assert!(is_told(&project.run(&["plan", "--format", "json"]), "iam_users.ledger-production-app"));
    cloud.sandbox().forget_calls();
    project.run(&["apply", "--yes"]).exits(0);
    assert_nothing_written(&cloud);
}

#[test]
fn a_user_that_was_renamed_by_hand_is_found_by_the_key_that_the_app_has() {
    let (cloud, project) = cloud_and(LEDGER);
    project.run(&["apply", "--yes"]).exits(0);
    let moved = iam(&cloud).update_user().user_name(OLD).new_user_name("elsewhere").new_path("/people/");
    cloud.block_on(moved.send()).unwrap();
    let plan = project.run(&["plan"]).exits(0);
    plan.shows(&["iam_users.elsewhere", "write `renamed_from: elsewhere` at iam_users.app"]);
}

#[test]
fn a_user_is_renamed_with_its_keys_and_the_app_keeps_the_one_that_it_has() {
    let (cloud, project) = cloud_and(LEDGER);
    project.run(&["apply", "--yes"]).exits(0);
    let vars = cloud.heroku("GET", "/apps/ledger-production/config-vars", None);
    cloud.sandbox().forget_calls();
    project.write("environments/production.yaml", &under(NEW, "    renamed_from: ledger-production-app\n"));
    project
        .run(&["plan"])
        .exits(0)
        .shows(&["ledger-production-app → ledger-production-web", "its access keys stay"]);
    project.run(&["apply", "--yes"]).exits(0);
    assert_eq!(writes(&cloud), ["UpdateUser"]);
    assert_eq!(users(&cloud), [(NEW.to_owned(), 1)]);
    assert_eq!(cloud.heroku("GET", "/apps/ledger-production/config-vars", None), vars);
    project.run(&["plan", "--detailed-exitcode"]).exits(0);
}

#[test]
fn a_bucket_of_the_environment_that_the_spec_does_not_name_is_told() {
    let spec = LEDGER.replace("  AWS_S3_BUCKET: { from: buckets.uploads.name }\n", "");
    let (_cloud, project) = cloud_and(&spec);
    project.run(&["apply", "--yes"]).exits(0);
    project.write(
        "environments/production.yaml",
        &spec.replace("name: ledger-production-uploads", "name: ledger-production-files"),
    );
    project.run(&["apply", "--yes"]).exits(0);
    let plan = project.run(&["plan", "--format", "json"]).exits(0);
    let told = json!({
        "address": "buckets.ledger-production-uploads",
        "reason": "carries this environment's tags and is not in the spec: left alone",
    });
    assert!(plan.json()["unmanaged"].as_array().unwrap().contains(&told), "{}", plan.stdout);
}
