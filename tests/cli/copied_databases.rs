//! The databases of a clone that Heroku does not fork, as its users meet them: copied into a new database, once, and into
//! nothing that somebody uses.

use std::process::Stdio;

use serde_json::{Value, json};
use time::OffsetDateTime;
use trueup::sandbox::{Knobs, Sandbox};

use crate::common::{cloud_and, fault};
use crate::support::{Cloud, LEDGER, Project, quick};

const SOURCE: &str = "ledger-production";
const COPY: &str = "ledger-review-7";
const CLONE: [&str; 5] = ["clone", "production", "review-7", "--data", "--yes"];
const ESSENTIAL: &str = "heroku-postgresql:essential-0";

/// The reference environment with a database on a shared server.
fn essential() -> String {
    LEDGER.replace("heroku-postgresql:standard-0", ESSENTIAL).replace("    config: { version: \"17\" }\n", "")
}

/// An environment, applied.
fn applied(spec: &str) -> (Cloud, Project) {
    let (cloud, project) = cloud_and(spec);
    project.run(&["apply", "--yes"]).exits(0);
    cloud.sandbox().forget_calls();
    (cloud, project)
}

/// The same environment and its files, after something happened to all that is live.
fn after(
    cloud: &Cloud,
    project: &Project,
    knobs: Knobs,
    happens: impl FnOnce(&mut Value),
) -> (Cloud, Project) {
    let mut state = cloud.sandbox().state().unwrap();
    happens(&mut state);
    let cloud = Cloud::serving(|| Sandbox::start_from(state, knobs));
    let again = Project::empty().at(cloud.sandbox());
    for file in std::fs::read_dir(project.file("environments")).unwrap().flatten() {
        let name = file.file_name().into_string().unwrap();
        again.write(&format!("environments/{name}"), &std::fs::read_to_string(file.path()).unwrap());
    }
    (cloud, again)
}

/// The database of an app.
fn database<'a>(state: &'a mut Value, app: &str) -> &'a mut Value {
    let apps = state["heroku"]["apps"].as_object().unwrap().values();
    let id = apps.into_iter().find(|one| one["name"] == app).unwrap()["id"].clone();
    let addons = state["heroku"]["addons"].as_object_mut().unwrap().values_mut();
    let mut own = addons.filter(|addon| addon["app"] == id);
    own.find(|addon| addon["plan"].as_str().unwrap().starts_with("heroku-postgresql")).unwrap()
}

/// What the clone's database holds, and what the source's would leave there.
fn contents(cloud: &Cloud) -> (String, String) {
    use base64::Engine as _;
    let mut state = cloud.sandbox().state().unwrap();
    let id = database(&mut state, SOURCE)["id"].as_str().unwrap().to_owned();
    let held = database(&mut state, COPY)["contents"].as_str().unwrap_or_default().to_owned();
    let held = base64::engine::general_purpose::STANDARD.decode(held).unwrap();
    (String::from_utf8(held).unwrap(), id)
}

#[track_caller]
fn assert_is_copied(cloud: &Cloud) {
    let (held, source) = contents(cloud);
    assert!(held.contains(&source), "{held}");
}

/// How many copies were begun.
fn begun(cloud: &Cloud) -> usize {
    cloud.sandbox().calls().iter().filter(|call| call.operation == "POST transfers").count()
}

#[test]
fn what_cannot_be_forked_is_copied_once_and_the_source_is_not_written_to() {
    let (cloud, project) = applied(&essential());
    project.run(&CLONE).exits(0).shows(&[
        "addons.DATABASE.data from postgresql-",
        "of ledger-production",
        "fills DATABASE, which nobody uses yet",
        "Heroku cannot fork a heroku-postgresql:essential-0 into a heroku-postgresql:essential-0, so what is in it is \
         copied",
    ]);
    assert_is_copied(&cloud);
    let mut state = cloud.sandbox().state().unwrap();
    let source = database(&mut state, SOURCE).clone();
    assert_eq!(source["contents"], Value::Null, "nothing went in");
    let known = [source["id"].as_str().unwrap(), source["name"].as_str().unwrap(), SOURCE];
    for call in cloud.sandbox().calls().iter().filter(|call| call.mutating) {
        assert!(known.iter().all(|known| !call.path.contains(known)), "{call:?}");
    }
    project.run(&["plan", "--all", "--detailed-exitcode"]).exits(0);
    project.run(&CLONE).exits(0).shows(&["No changes."]);
    assert_eq!(begun(&cloud), 1);
}

#[test]
fn a_database_of_another_tier_a_follower_and_one_with_credentials_are_copied_and_what_is_lost_is_told() {
    let (cloud, project) = applied(LEDGER);
    let (cloud, project) = after(&cloud, &project, quick(), |state| {
        database(state, SOURCE)["credentials"] = json!(["readonly"]);
    });
    let to_essential = ["--set", "addons.DATABASE.plan=heroku-postgresql:essential-0"];
    let ran = project.run(&[&CLONE[..], &to_essential].concat()).exits(0);
    ran.shows(&["its credentials besides the default (readonly) and what they may do are not copied"]);
    assert_is_copied(&cloud);

    let (cloud, project) = applied(LEDGER);
    let (cloud, project) = after(&cloud, &project, quick(), |state| {
        let own = database(state, SOURCE)["id"].clone();
        database(state, SOURCE)["following"] = own;
    });
    project.run(&CLONE).exits(0).shows(&["follows another one, and Heroku forks no follower"]);
    assert_is_copied(&cloud);
}

#[test]
fn one_that_is_too_young_to_be_forked_is_waited_for_and_that_is_told() {
    let (cloud, project) = applied(LEDGER);
    let soon = OffsetDateTime::now_utc() + time::Duration::seconds(3);
    let (cloud, project) = after(&cloud, &project, quick(), |state| {
        database(state, SOURCE)["copyable_at"] = serde_json::to_value(soon).unwrap();
    });
    project.run(&CLONE).exits(0).shows(&["too young to be forked: the clone waits until Heroku can"]);
    assert!(OffsetDateTime::now_utc() >= soon);
    assert_eq!(begun(&cloud), 0, "it is a fork");
}

#[test]
fn a_copy_that_fails_is_shown_with_the_end_of_its_log_and_made_again_by_the_next_run() {
    let (cloud, project) = applied(&essential());
    let failing = Knobs { transfer_status: "failed".to_owned(), ..quick() };
    let (cloud, project) = after(&cloud, &project, failing, |_| ());
    let code = ["--code"];
    cloud.deploy(SOURCE, json!({ "web": "puma", "worker": "work" }));
    let ran = project.run(&[&CLONE[..], &code].concat()).exits(1);
    ran.tells(&["the last lines of its log", "FATAL: the database system is shutting down"]);
    let released = cloud.heroku("GET", &format!("/apps/{COPY}/releases"), None);
    let with_code = released.as_array().unwrap().iter().filter(|release| !release["slug"].is_null());
    assert_eq!(with_code.count(), 0, "code whose database is half there does not run");

    let (cloud, project) = after(&cloud, &project, quick(), |_| ());
    project.run(&[&CLONE[..], &code].concat()).exits(0).shows(&[
        "the copy c001 failed, and is made again; its log ends:",
        "FATAL: the database system is shutting down",
    ]);
    assert_is_copied(&cloud);
    let copies = begun(&cloud);
    project.run(&[&CLONE[..], &code].concat()).exits(0);
    assert_eq!(begun(&cloud), copies);
}

#[test]
fn a_copy_that_runs_already_is_waited_for_and_not_begun_again() {
    let (cloud, project) = applied(&essential());
    let slow = Knobs { transfer: std::time::Duration::from_secs(4), ..quick() };
    let (cloud, project) = after(&cloud, &project, slow, |_| ());
    // The run is killed while Heroku goes on.
    cloud.sandbox().set_faults(vec![fault(r#"{ "operation": "GET transfers", "kind": "hold-before" }"#)]);
    let mut command = tokio::process::Command::from(project.command(&CLONE));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = cloud.block_on(async { command.spawn() }).unwrap();
    cloud.wait_for_held();
    cloud.block_on(child.kill()).unwrap();
    cloud.sandbox().release(false);
    project.run(&CLONE).exits(0).shows(&["it runs already"]);
    assert_is_copied(&cloud);
    assert_eq!(begun(&cloud), 1);
}

#[test]
fn what_somebody_may_use_is_never_filled() {
    let (cloud, project) = applied(&essential());
    project.run(&["clone", "production", "review-7", "--yes"]).exits(0);
    let refused = |happens: &dyn Fn(&Cloud), edit: &dyn Fn(&mut Value), why: &str| {
        let (cloud, project) = after(&cloud, &project, quick(), |state| edit(state));
        happens(&cloud);
        let before = contents(&cloud);
        cloud.sandbox().forget_calls();
        project.run(&CLONE).exits(3).shows(&[why, "a copy overwrites everything in it"]);
        assert!(!cloud.sandbox().calls().iter().any(|call| call.mutating), "nothing was begun");
        assert_eq!(contents(&cloud), before);
    };
    let untouched = |_: &Cloud| ();
    let as_is = |_: &mut Value| ();
    refused(
        &|cloud| cloud.deploy(COPY, json!({ "web": "puma" })),
        &as_is,
        "the app runs code that may use it",
    );
    refused(&untouched, &|state| database(state, COPY)["contents"] = json!("dGFibGVz"), "it has a table");
    refused(&attach_elsewhere, &as_is, "the app reports uses it");
    // An empty one that nobody uses is what a run leaves that was killed before it began.
    let (cloud, project) = after(&cloud, &project, quick(), |_| ());
    project.run(&CLONE).exits(0);
    assert_is_copied(&cloud);
}

#[test]
fn what_somebody_begins_to_use_after_the_plan_is_left_alone() {
    let (cloud, project) = applied(&essential());
    project.run(&["clone", "production", "review-7", "--yes"]).exits(0);
    // The plan asks first, and the step once more just before it begins.
    let held = r#"{ "path": "/addons/*/addon-attachments", "skip": 1, "kind": "hold-before" }"#;
    cloud.sandbox().set_faults(vec![fault(held)]);
    let mut command = tokio::process::Command::from(project.command(&CLONE));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    let mut child = cloud.block_on(async { command.spawn() }).unwrap();
    cloud.wait_for_held();
    attach_elsewhere(&cloud);
    cloud.sandbox().release(true);
    assert_eq!(cloud.block_on(child.wait()).unwrap().code(), Some(3));
    assert_eq!(begun(&cloud), 0);
}

/// Another app comes to use the clone's database.
fn attach_elsewhere(cloud: &Cloud) {
    cloud.heroku("POST", "/apps", Some(json!({ "name": "reports" })));
    let mut state = cloud.sandbox().state().unwrap();
    let addon = database(&mut state, COPY)["name"].clone();
    let body = json!({ "app": "reports", "addon": addon, "name": "LEDGER" });
    cloud.heroku("POST", "/addon-attachments", Some(body));
}
