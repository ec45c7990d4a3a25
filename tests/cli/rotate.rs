//! `trueup rotate`: access keys and generated secrets get successors, and the app always has a key that works.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use trueup::sandbox::{Knobs, Sandbox};

use crate::common::{assert_nothing_written, cloud_and, fault, refusal, writes};
use crate::support::{Cloud, LEDGER, Project, Ran, quick};

const USER: &str = "ledger-production-app";
const VARS: &str = "/apps/ledger-production/config-vars";
const ROTATE: [&str; 6] = ["rotate", "production", "AWS_ACCESS_KEY_ID", "--grace", "0", "--yes"];

/// The environment, applied and deployed.
fn applied() -> (Cloud, Project) {
    let (cloud, project) = cloud_and(LEDGER);
    project.run(&["apply", "--yes"]).exits(0);
    cloud.deploy("ledger-production", json!({ "web": "bin/web", "worker": "bin/worker" }));
    project.run(&["apply", "--yes"]).exits(0);
    cloud.sandbox().forget_calls();
    (cloud, project)
}

/// The same with another user.
fn with_user(cloud: &Cloud, knobs: Knobs, change: impl FnOnce(&mut Value)) -> (Cloud, Project) {
    let mut state = cloud.sandbox().state().unwrap();
    change(&mut state["aws"]["accounts"]["111122223333"]["users"][USER]);
    let cloud = Cloud::serving(|| Sandbox::start_from(state, knobs));
    let project = Project::with(LEDGER).at(cloud.sandbox());
    (cloud, project)
}

/// Each of the user's keys by age, whether it is active.
fn active(cloud: &Cloud) -> Vec<bool> {
    let state = cloud.sandbox().state().unwrap();
    let keys = state["aws"]["accounts"]["111122223333"]["users"][USER]["keys"].as_array().unwrap().clone();
    keys.iter().map(|key| key["active"].as_bool().unwrap()).collect()
}

fn releases(cloud: &Cloud) -> usize {
    cloud.heroku("GET", "/apps/ledger-production/releases", None).as_array().unwrap().len()
}

/// Calls AWS with the key that the app has, as it was read, until told to stop: how often, and how often in vain.
fn use_key_of_app(cloud: &Cloud, is_over: &AtomicBool) -> (usize, Vec<String>) {
    let (mut calls, mut refused) = (0, Vec::new());
    while !is_over.load(Ordering::Relaxed) {
        let vars = cloud.heroku("GET", VARS, None);
        let of = |name: &str| vars[name].as_str().unwrap().to_owned();
        let key = aws_sdk_sts::config::Credentials::new(
            of("AWS_ACCESS_KEY_ID"),
            of("AWS_SECRET_ACCESS_KEY"),
            None,
            None,
            "test",
        );
        let config = aws_sdk_sts::Config::builder()
            .behavior_version(aws_sdk_sts::config::BehaviorVersion::latest())
            .region(aws_sdk_sts::config::Region::new("us-east-1"))
            .credentials_provider(key)
            .endpoint_url(cloud.sandbox().url())
            .build();
        let sts = aws_sdk_sts::Client::from_conf(config);
        for _ in 0..3 {
            calls += 1;
            if let Err(error) = cloud.block_on(sts.get_caller_identity().send()) {
                refused.push(format!("{error:?}"));
            }
        }
    }
    (calls, refused)
}

#[test]
fn a_client_that_uses_the_apps_key_without_a_pause_is_never_refused() {
    let (cloud, _) = applied();
    // A new key works after a while, and dynos take theirs to restart.
    let slow = Duration::from_millis(300);
    let (cloud, project) =
        with_user(&cloud, Knobs { key_propagation: slow, restart: slow, ..quick() }, |user| {
            // The one that the app has is known everywhere.
            user["keys"][0]["created"] = json!("2026-01-01T00:00:00Z");
        });
    let is_over = AtomicBool::new(false);
    let (calls, refused) = std::thread::scope(|scope| {
        let client = scope.spawn(|| use_key_of_app(&cloud, &is_over));
        let rotate = ["rotate", "production", "AWS_ACCESS_KEY_ID", "--grace", "2s", "--settle", "0", "--yes"];
        let ran = project.run(&rotate);
        is_over.store(true, Ordering::Relaxed);
        ran.exits(0);
        client.join().unwrap()
    });
    assert!(calls > 10, "{calls} calls");
    assert_eq!(refused, [""; 0], "of {calls} calls");
    assert_eq!(active(&cloud), [true], "the old key is gone");
    project.run(&["plan", "--detailed-exitcode"]).exits(0);
}

#[test]
fn nothing_is_done_without_a_name_or_an_age_or_a_yes() {
    let (cloud, project) = applied();
    project
        .run(&["rotate", "production", "--yes"])
        .exits(0)
        .shows(&["nothing of production is due to be rotated"]);
    project.run(&["rotate", "production", "--if-older-than", "1d", "--yes"]).exits(0);
    project.run(&ROTATE[..5]).exits(1).shows(&["active → inactive"]).tells(&["add --yes to rotate"]);
    let wrong = project.run(&["rotate", "production", "AWS_ACESS_KEY_ID", "RAILS_ENV", "--yes"]).exits(1);
    wrong.tells(&["did you mean `AWS_ACCESS_KEY_ID`?", "`RAILS_ENV` gets its value from the spec"]);
    assert_nothing_written(&cloud);
}

#[test]
fn a_key_and_a_secret_go_out_in_one_release_and_the_old_key_settles() {
    let (cloud, project) = applied();
    let (before, secret) = (releases(&cloud), cloud.heroku("GET", VARS, None)["SECRET_KEY_BASE"].clone());
    let rotate = [&ROTATE[..3], &["SECRET_KEY_BASE"], &ROTATE[3..]].concat();
    let ran = project.run(&rotate).exits(0).shows(&["everybody is signed out", "1 release"]);
    assert!(!ran.stdout.contains(secret.as_str().unwrap()));
    assert_eq!((releases(&cloud), active(&cloud)), (before + 1, vec![false, true]));
    let after = cloud.heroku("GET", VARS, None)["SECRET_KEY_BASE"].clone();
    assert!(after != secret && after.as_str().unwrap().len() == 128, "64 bytes in hexadecimal");

    cloud.sandbox().forget_calls();
    project.run(&ROTATE).exits(0).shows(&["No changes.", "inactive since 20"]);
    assert_nothing_written(&cloud);
    let at_once = [&ROTATE[..], &["--settle", "0"]].concat();
    project.run(&at_once).exits(0).shows(&["1 to delete"]);
    assert_eq!(active(&cloud), [true]);
}

#[test]
fn a_rotation_that_was_cut_off_goes_on_where_it_was_and_makes_no_further_key() {
    let (cloud, project) = applied();
    cloud.sandbox().set_faults(vec![refusal(1, "TagUser", (403, "AccessDenied", "No."))]);
    project.run(&ROTATE).exits(1);
    assert_eq!(active(&cloud), [true, true], "the new key is delivered");
    cloud.sandbox().set_faults(Vec::new());
    cloud.sandbox().forget_calls();
    project.run(&ROTATE).exits(0);
    assert_eq!(
        (active(&cloud), writes(&cloud)),
        (vec![false, true], vec!["TagUser".into(), "UpdateAccessKey".into()])
    );
}

#[test]
fn an_old_key_that_somebody_uses_after_the_grace_stays_active_unless_forced() {
    let (cloud, project) = applied();
    cloud.sandbox().set_faults(vec![refusal(1, "TagUser", (403, "AccessDenied", "No."))]);
    project.run(&ROTATE).exits(1);
    let used = json!({ "at": "2100-01-01T00:00:00Z", "service": "s3", "region": "eu-west-1" });
    let (cloud, project) = with_user(&cloud, quick(), |user| user["keys"][0]["last_used"] = used);
    project.run(&ROTATE).exits(3).tells(&[
        "s3 in eu-west-1 at 2100-01-01T00:00:00Z",
        "it stays active",
        "--force",
    ]);
    assert_eq!(active(&cloud), [true, true]);
    project.run(&[&ROTATE[..], &["--force"]].concat()).exits(0);
    assert_eq!(active(&cloud), [false, true]);
}

#[test]
fn the_old_key_works_again_when_the_one_that_the_app_has_does_not() {
    let (cloud, project) = applied();
    cloud.sandbox().set_faults(vec![refusal(1, "TagUser", (403, "AccessDenied", "No."))]);
    project.run(&ROTATE).exits(1);
    // The first one asks whose the operator's credentials are.
    let not_now = r#"{ "operation": "GetCallerIdentity", "skip": 1, "times": 9,
        "kind": { "refuse": { "status": 409, "id": "Conflict", "message": "No." } } }"#;
    cloud.sandbox().set_faults(vec![fault(not_now)]);
    project.run(&ROTATE).exits(1).tells(&["Conflict"]);
    assert_eq!(active(&cloud), [true, true]);
    let statuses = writes(&cloud).iter().filter(|call| *call == "UpdateAccessKey").count();
    assert_eq!(statuses, 2, "inactive, and active again");
}

#[test]
fn a_plan_tells_the_age_of_a_key_and_warns_before_it_is_due() {
    use time::format_description::well_known::Rfc3339;
    let (cloud, _) = applied();
    let made = time::OffsetDateTime::now_utc() - time::Duration::days(85);
    let (_cloud, project) =
        with_user(&cloud, quick(), |user| user["keys"][0]["created"] = json!(made.format(&Rfc3339).unwrap()));
    let due = "85 days old; when it is older than 90, an apply replaces it";
    project.run(&["plan", "--detailed-exitcode"]).exits(0).shows(&["iam_users.app.access_key", due]);
    let age = json!({ "address": "iam_users.app.access_key", "name": "age_days", "value": "85" });
    let plan = project.run(&["plan", "--format", "json"]).exits(0).json();
    assert!(plan["outputs"].as_array().unwrap().contains(&age), "{}", plan["outputs"]);
    assert_eq!(
        project.run(&["status", "--format", "json"]).exits(0).json()["environments"][0]["oldest_key_days"],
        85
    );
    project.run(&["rotate", "production", "--if-older-than", "80d"]).exits(1).shows(&["85 days old"]);
}

const UPDATE: &str = "Update DATABASE by heroku-postgresql";
const DATABASE: [&str; 4] = ["rotate", "production", "DATABASE_URL", "--yes"];

/// The same environment, whose database another app has too, in a cloud with these knobs.
fn shared(knobs: Knobs) -> (Cloud, Project) {
    let (cloud, _) = applied();
    cloud.heroku("POST", "/apps", Some(json!({ "name": "reports" })));
    let addon = cloud.heroku("GET", "/apps/ledger-production/addons/DATABASE", None)["name"].clone();
    let attach = json!({ "app": "reports", "addon": addon, "name": "LEDGER" });
    cloud.heroku("POST", "/addon-attachments", Some(attach));
    with_user(&cloud, knobs, |_| {})
}

/// How often the app's password was replaced, as its releases tell.
fn updates(cloud: &Cloud) -> usize {
    let releases = cloud.heroku("GET", "/apps/ledger-production/releases", None);
    releases.as_array().unwrap().iter().filter(|release| release["description"] == UPDATE).count()
}

fn url(cloud: &Cloud) -> String {
    cloud.heroku("GET", VARS, None)["DATABASE_URL"].as_str().unwrap().to_owned()
}

#[test]
fn a_databases_password_is_replaced_once_the_plan_named_every_app_that_is_cut_off() {
    // Dynos take longer to restart than everything else takes together.
    let (rotation, restart) = (Duration::from_millis(300), Duration::from_secs(3));
    let (cloud, project) = shared(Knobs { rotation, restart, ..quick() });
    let (before, on_reports) = (url(&cloud), cloud.heroku("GET", "/apps/reports/config-vars", None));
    let asked = project.run(&DATABASE[..3]).exits(1);
    asked.shows(&["ledger-production, reports", "refuses connections of 2 apps for seconds", "1 release"]);
    assert_nothing_written(&cloud);

    let ran = project.run(&DATABASE).exits(0);
    let after = url(&cloud);
    assert!(before != after && updates(&cloud) == 1);
    assert!(on_reports != cloud.heroku("GET", "/apps/reports/config-vars", None));
    let dynos = cloud.heroku("GET", "/apps/ledger-production/dynos", None);
    let newest = releases(&cloud);
    assert!(dynos.as_array().unwrap().iter().all(|dyno| dyno["release"]["version"] == newest), "{dynos}");
    for said in [&ran.stdout, &ran.stderr] {
        assert!(!said.contains(&before) && !said.contains(&after), "{said}");
    }
    assert_eq!(writes(&cloud), ["POST credentials_rotation"]);
    project.run(&["plan", "--detailed-exitcode"]).exits(0);
}

#[test]
fn a_password_that_was_just_replaced_is_not_replaced_again_unless_that_is_said() {
    let (cloud, project) = shared(quick());
    project.run(&["rotate", "production", "addons.DATABASE", "--yes"]).exits(0);
    let before = url(&cloud);
    project.run(&DATABASE).exits(0).shows(&["taken to be that one", "`--if-older-than 0` makes another"]);
    assert_eq!((url(&cloud) == before, updates(&cloud)), (true, 1));
    project.run(&[&DATABASE[..], &["--if-older-than", "0"]].concat()).exits(0);
    assert_eq!((url(&cloud) == before, updates(&cloud)), (false, 2));
}

#[test]
fn a_rotation_whose_answer_was_lost_is_followed_and_not_asked_for_again() {
    let (cloud, project) = shared(quick());
    let lost = r#"{ "operation": "POST credentials_rotation", "kind": "close-after" }"#;
    cloud.sandbox().set_faults(vec![fault(lost)]);
    project.run(&DATABASE).exits(0);
    assert_eq!(updates(&cloud), 1);
}

#[test]
fn a_named_credential_restarts_those_that_have_it_and_no_others() {
    let readonly =
        LEDGER.replace("addons:", "addons:\n  READONLY: { attach: DATABASE, credential: readonly }");
    let (cloud, project) = cloud_and(&readonly);
    project.run(&["apply", "--yes"]).exits(0);
    let ran = project.run(&["rotate", "production", "READONLY_URL", "--yes"]).exits(0);
    ran.shows(&["readonly of postgresql-", "ledger-production"]);
    let releases = cloud.heroku("GET", "/apps/ledger-production/releases", None);
    assert_eq!(
        releases.as_array().unwrap().last().unwrap()["description"],
        "Update READONLY by heroku-postgresql"
    );
}

#[test]
fn a_secret_that_was_just_drawn_is_not_drawn_again_unless_that_is_said() {
    let (cloud, project) = applied();
    let rotate = ["rotate", "production", "SECRET_KEY_BASE", "--yes"];
    let secret = || cloud.heroku("GET", VARS, None)["SECRET_KEY_BASE"].clone();
    let first = secret();
    // It was drawn, and nobody heard of it.
    cloud.sandbox().set_faults(vec![refusal(1, "GET releases", (403, "forbidden", "No."))]);
    project.run(&rotate).exits(0);
    cloud.sandbox().set_faults(Vec::new());
    let second = secret();
    assert!(first != second);
    project.run(&rotate).exits(0).shows(&["config.SECRET_KEY_BASE", "`--if-older-than 0` makes another"]);
    assert_eq!(secret(), second);
    project.run(&[&rotate[..], &["--if-older-than", "0"]].concat()).exits(0);
    assert!(secret() != second);
}

const GUIDED: &str = "app: { name: shop-production }\nconfig:\n  STRIPE_KEY:\n    external: true\n    rotation: { test: [sh, bin/check], url: \"https://dashboard.stripe.example/apikeys\" }\n";
const STRIPE: [&str; 5] = ["rotate", "production", "STRIPE_KEY", "--allow-commands", "--yes"];
const SHOP: &str = "/apps/shop-production/config-vars";

/// An app with a value that somebody else made, and a test that takes those which begin with `sk_` and notes each.
fn guided() -> (Cloud, Project) {
    let (cloud, project) = cloud_and(GUIDED);
    project.run(&["apply", "--yes"]).exits(0);
    cloud.heroku("PATCH", SHOP, Some(json!({ "STRIPE_KEY": "sk_canary_old" })));
    project.write("bin/check", "echo \"$STRIPE_KEY\" >> tested; echo \"$STRIPE_KEY\"; case $STRIPE_KEY in sk_*) ;; *) exit 9;; esac\n");
    cloud.sandbox().forget_calls();
    (cloud, project)
}

/// Runs the program with this on its standard input.
fn with_input(project: &Project, arguments: &[&str], input: &str) -> Ran {
    use std::io::Write;
    use std::process::Stdio;
    let mut command = project.command(arguments);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // A run that reads nothing may have ended.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert!(!format!("{}{}", ran.stdout, ran.stderr).contains("canary"), "{}\n{}", ran.stdout, ran.stderr);
    ran
}

#[test]
fn a_value_that_somebody_else_makes_is_tested_delivered_and_tested_again_and_never_shown() {
    let (cloud, project) = guided();
    let ran = with_input(&project, &STRIPE, "sk_canary_new\n").exits(0);
    ran.shows(&[
        "STRIPE_KEY",
        "handed in",
        "1 release",
        "revoke the old one at https://dashboard.stripe.example/apikeys",
    ]);
    assert_eq!(cloud.heroku("GET", SHOP, None)["STRIPE_KEY"], "sk_canary_new");
    assert_eq!(writes(&cloud), ["PATCH config-vars"]);
    let tested = std::fs::read_to_string(project.file("tested")).unwrap();
    assert_eq!(tested, "sk_canary_old\nsk_canary_new\nsk_canary_new\n", "before, and as the app has it");

    cloud.sandbox().forget_calls();
    with_input(&project, &STRIPE, "sk_canary_new\n").exits(0).shows(&["the app has this value already"]);
    assert_nothing_written(&cloud);
    project.run(&["plan", "--detailed-exitcode"]).exits(0);
}

#[test]
fn a_value_that_fails_once_the_app_has_it_is_told_to_be_there() {
    let (cloud, project) = guided();
    // It passes twice: with the old value, and with the new one before it is delivered.
    project.write("bin/check", "echo x >> tested; test $(wc -l < tested) -lt 3\n");
    let ran = with_input(&project, &STRIPE, "sk_canary_new").exits(1);
    ran.tells(&["test STRIPE_KEY as the app has it", "it is delivered, and passed before"]);
    assert_eq!(cloud.heroku("GET", SHOP, None)["STRIPE_KEY"], "sk_canary_new");
}

#[test]
fn a_value_that_does_not_pass_or_is_nothing_is_not_delivered() {
    let (cloud, project) = guided();
    let ran = with_input(&project, &STRIPE, "pk_canary_wrong").exits(3);
    ran.shows(&["the new value does not pass its test: `sh` ended with exit status: 9"]);
    with_input(&project, &STRIPE, "\n").exits(1).tells(&["no new value was given", "op read"]);
    assert_nothing_written(&cloud);
}

#[test]
fn the_test_of_a_spec_that_nobody_trusts_is_not_run() {
    let (cloud, project) = guided();
    let ran =
        with_input(&project, &["rotate", "production", "STRIPE_KEY", "--yes"], "sk_canary_new").exits(1);
    ran.tells(&["its test is the program `sh`", "--allow-commands"]);
    with_input(&project, &[&["--untrusted"], &STRIPE[..]].concat(), "sk_canary_new").exits(3);
    assert_nothing_written(&cloud);
    assert!(!project.file("tested").exists());
}
