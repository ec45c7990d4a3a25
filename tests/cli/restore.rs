//! `trueup restore` as its users meet it: what it overwrites and what it keeps first, where it restores from, what is
//! refused, and how what was there is brought back.

use std::time::Duration;

use base64::Engine as _;
use serde_json::json;
use trueup::sandbox::{Knobs, Sandbox};

use crate::common::{assert_nothing_written, cloud_and, fault, writes};
use crate::support::{Cloud, Project, Ran, quick};

const SPEC: &str = "app: { name: ledger-production }\n\
    addons: { DATABASE: { plan: \"heroku-postgresql:standard-0\", extensions: [vector, citext], protect: false } }\n";
const APP: &str = "ledger-production";
/// What whoever knows it can read.
const ADDRESS: &str = "https://elsewhere.example/dump?Signature=canary-signature";

/// An environment and a second one, each with a database that has a backup.
fn applied() -> (Cloud, Project) {
    let (cloud, project) = cloud_and(SPEC);
    project.write("environments/staging.yaml", &SPEC.replace(APP, "ledger-staging"));
    project.run(&["apply", "--all", "--yes"]).exits(0);
    for name in ["production", "staging"] {
        project.run(&["backup", name, "--yes"]).exits(0).shows(&["b001"]);
    }
    cloud.sandbox().forget_calls();
    (cloud, project)
}

fn restore(project: &Project, from: &str, more: &[&str]) -> Ran {
    let ran = project.run(&[&["restore", "production", "--from", from, "--confirm", APP], more].concat());
    assert!(!format!("{}{}", ran.stdout, ran.stderr).contains("canary"), "{}{}", ran.stdout, ran.stderr);
    ran
}

/// What the database of an app holds: the id of the database that it came from, or the address.
fn holds(cloud: &Cloud, app: &str) -> String {
    let (id, state) = (database(cloud, app), cloud.sandbox().state().unwrap());
    let contents = state["heroku"]["addons"][&id]["contents"].as_str().map(|contents| {
        let bytes = base64::engine::general_purpose::STANDARD.decode(contents).unwrap();
        String::from_utf8(bytes).unwrap().lines().nth(1).unwrap_or_default().to_owned()
    });
    contents.unwrap_or(id)
}

fn database(cloud: &Cloud, app: &str) -> String {
    let addons = cloud.heroku("GET", &format!("/apps/{app}/addons"), None);
    addons[0]["id"].as_str().unwrap().to_owned()
}

#[test]
fn what_was_there_gets_a_backup_and_is_overwritten_with_an_older_one() {
    let (cloud, project) = applied();
    restore(&project, ADDRESS, &[])
        .exits(0)
        .shows(&["~ addons.DATABASE.data", "from the address that was given"]);
    assert_eq!(holds(&cloud, APP), "what is at https://elsewhere.example/dump");
    cloud.sandbox().forget_calls();
    restore(&project, "b001", &[]).exits(0).shows(&[
        "+ addons.DATABASE.backup",
        "~ addons.DATABASE.data",
        "from b001 of ledger-production",
        "overwrites everything in DATABASE",
        "b004",
    ]);
    assert_eq!(writes(&cloud), ["POST backups", "POST restores"]);
    assert_eq!(holds(&cloud, APP), database(&cloud, APP));
}

#[test]
fn another_environment_gives_its_newest_backup_and_is_only_read() {
    let (cloud, project) = applied();
    let staging = database(&cloud, "ledger-staging");
    restore(&project, "staging", &[]).exits(0).shows(&["from b001 of ledger-staging"]);
    assert_eq!(holds(&cloud, APP), staging);
    let written = cloud.sandbox().calls().into_iter().filter(|call| call.mutating);
    assert!(written.into_iter().all(|call| !call.path.contains(&staging) && !call.path.contains("staging")));
}

#[test]
fn an_address_may_come_from_a_variable_and_is_never_shown() {
    let (cloud, project) = applied();
    let project = project.set("DUMP_URL", ADDRESS);
    let from_env = ["restore", "production", "--from-env", "DUMP_URL", "--confirm", APP];
    let ran = project.run(&from_env).exits(0);
    assert!(!format!("{}{}", ran.stdout, ran.stderr).contains("canary"));
    assert_eq!(holds(&cloud, APP), "what is at https://elsewhere.example/dump");
    cloud.sandbox().forget_calls();
    let project = project.unset("DUMP_URL");
    project.run(&from_env).exits(1).tells(&["DUMP_URL is not set"]);
    restore(&project, "http://elsewhere.example/canary", &[]).exits(1).tells(&["expected a backup's name"]);
    assert_nothing_written(&cloud);
}

#[test]
fn nothing_is_overwritten_before_the_apps_name_was_given() {
    let (cloud, project) = applied();
    project
        .run(&["restore", "production", "--from", "b001", "--yes"])
        .exits(1)
        .tells(&["there is no terminal to ask on", "--confirm ledger-production to restore"]);
    project.run(&["restore", "production", "--from", "b001", "--confirm", "ledger-staging"]).exits(3);
    assert_nothing_written(&cloud);
}

#[test]
fn a_protected_database_is_refused_and_so_is_what_is_not_there() {
    let (cloud, project) = applied();
    for (from, reason) in [("b009", "there is no backup b009"), ("Not A Name", "expected a backup's name")] {
        let ran = restore(&project, from, &[]);
        assert!(format!("{}{}", ran.stdout, ran.stderr).contains(reason), "{}{}", ran.stdout, ran.stderr);
        assert_ne!(ran.code, 0);
    }
    project.write("environments/production.yaml", &SPEC.replace(", protect: false", ""));
    restore(&project, "b001", &[])
        .exits(3)
        .shows(&["the database is protected", "add `--allow-protected`"])
        .tells(&["this cannot be restored into production, so nothing was done"]);
    assert_nothing_written(&cloud);
    restore(&project, "b001", &["--allow-protected"]).exits(0);
}

#[test]
fn who_else_has_the_database_is_told() {
    let (cloud, project) = applied();
    let share = json!({ "addon": database(&cloud, APP), "app": "ledger-staging", "name": "MAIN" });
    cloud.heroku("POST", "/addon-attachments", Some(share));
    restore(&project, "b001", &[]).exits(0).shows(&["it is also `MAIN` of the app ledger-staging"]);
}

/// The same cloud, in which transfers end like that.
fn with_transfers(cloud: &Cloud, status: &str) -> Cloud {
    let state = cloud.sandbox().state().unwrap();
    Cloud::serving(|| Sandbox::start_from(state, Knobs { transfer_status: status.to_owned(), ..quick() }))
}

#[test]
fn without_a_backup_of_what_is_there_nothing_is_overwritten() {
    let (cloud, project) = applied();
    let cloud = with_transfers(&cloud, "failed");
    let project = project.at(cloud.sandbox());
    restore(&project, "b001", &[]).exits(1).tells(&["Heroku could not do it", "pg_dump: error"]);
    assert_eq!(writes(&cloud), ["POST backups"]);
}

#[test]
fn one_that_fails_says_what_brings_back_what_was_there_and_the_next_makes_no_backup_of_half_of_it() {
    let (cloud, project) = applied();
    // Heroku loses the backup in between.
    let lose = r#"{ "operation": "POST restores", "kind": "error-before", "times": 9 }"#;
    cloud.sandbox().set_faults(vec![fault(lose)]);
    restore(&project, "b001", &[])
        .exits(1)
        .tells(&["what was there before is in b002: `trueup restore production --from b002` brings it back"]);
    cloud.sandbox().set_faults(Vec::new());
    let id = database(&cloud, APP);
    let wrong = json!({ "backup_url": "https://backups.sandbox.example/none" });
    cloud.heroku("POST", &format!("/client/v11/databases/{id}/restores"), Some(wrong));
    cloud.sandbox().forget_calls();
    restore(&project, "b001", &[]).exits(0);
    assert_eq!(writes(&cloud), ["POST restores"], "b002 holds what was there");
}

#[test]
fn a_restore_that_runs_is_followed() {
    let (cloud, project) = applied();
    let state = cloud.sandbox().state().unwrap();
    let cloud =
        Cloud::serving(|| Sandbox::start_from(state, Knobs { transfer: Duration::from_secs(2), ..quick() }));
    let project = project.at(cloud.sandbox());
    let id = database(&cloud, APP);
    let body = json!({ "backup_url": ADDRESS });
    cloud.heroku("POST", &format!("/client/v11/databases/{id}/restores"), Some(body));
    cloud.sandbox().forget_calls();
    restore(&project, "b001", &[]).exits(0).shows(&["from what r002 restores", "it runs already"]);
    assert_nothing_written(&cloud);
}
