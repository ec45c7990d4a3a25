//! Applies that fail in the middle: what was done and what was not, the exit code, and that the same command
//! then gets to the end without leaving anything twice.

use std::time::Duration;

use serde_json::Value;
use trueup::sandbox::{Knobs, ROOT_SECRET};

use crate::children::{Running, wait_until};
use crate::common::{cloud_and, fault, refusal, writes};
use crate::support::{Cloud, LEDGER, Project, quick};

/// Applies until it is done, and sees that nothing is left to do.
#[track_caller]
fn converges(project: &Project) {
    project.run(&["apply", "--yes"]).exits(0);
    let plan = project.run(&["plan", "--format", "json", "--detailed-exitcode"]).exits(0);
    assert_eq!(plan.changes(), []);
}

#[test]
fn a_refused_call_stops_only_what_hangs_on_it() {
    let (cloud, project) = cloud_and(LEDGER);
    cloud.sandbox().set_faults(vec![refusal(9, "PutBucketCors", (403, "AccessDenied", "Access Denied"))]);
    let ran = project.run(&["apply", "--yes"]).exits(1).tells(&[
        "not done done app create",
        "addons.DATABASE.backups create",
        "buckets.uploads set tls_only",
        "config set 11 vars",
        "not done buckets.uploads set cors",
        "`s3:PutBucketCors` failed on Amazon S3: Access Denied (403, AccessDenied",
        "hint: the AWS identity has no right to this",
        "hint: this does not resolve itself",
    ]);
    assert!(!ran.stderr.contains("unknown"), "{}", ran.stderr);
    assert!(!ran.stdout.contains("Applied:"), "{}", ran.stdout);
    assert_eq!(active_keys(&cloud), 1, "the app got its key all the same");
    cloud.sandbox().set_faults(Vec::new());
    converges(&project);
}

#[test]
fn a_config_that_heroku_refuses_is_the_only_thing_not_done() {
    let (cloud, project) = cloud_and(LEDGER);
    cloud.sandbox().set_faults(vec![refusal(
        9,
        "PATCH config-vars",
        (422, "invalid_params", "The total size of config vars cannot exceed 64 kB."),
    )]);
    let ran = project.run(&["apply", "--yes"]).exits(1).tells(&[
        "not done done app create",
        "buckets.uploads set tls_only",
        "addons.DATABASE.backups create",
        "not done\n",
        "config set 11",
        "`PATCH /apps/ledger-production/config-vars` failed",
        "cannot exceed 64 kB. (422, invalid_params",
    ]);
    assert!(!ran.stderr.contains("unknown"), "{}", ran.stderr);
    cloud.sandbox().set_faults(Vec::new());
    converges(&project);
    assert_eq!(active_keys(&cloud), 1, "the key of the failed run is not left behind");
}

#[test]
fn values_that_only_together_with_live_ones_are_too_long_are_told_by_heroku() {
    let (cloud, project) = cloud_and("app: { name: shop-production }\n");
    project.run(&["apply", "--yes"]).exits(0);
    let long = serde_json::json!({ "BY_HAND": "x".repeat(40_000) });
    cloud.heroku("PATCH", "/apps/shop-production/config-vars", Some(long));
    let spec = format!(
        "app: {{ name: shop-production }}\nbuildpacks: [heroku/ruby]\nconfig: {{ LONG: {} }}\n",
        "y".repeat(30_000)
    );
    project.write("environments/production.yaml", &spec);
    project.run(&["apply", "--yes"]).exits(1).tells(&[
        "not done done buildpacks create",
        "not done config.LONG create",
        "64 kB",
    ]);
}

#[test]
fn an_answer_that_was_lost_after_the_deed_leaves_nothing_twice() {
    for operation in
        ["POST apps", "POST addons", "PATCH config-vars", "CreateUser", "CreateAccessKey", "CreateBucket"]
    {
        let (cloud, project) = cloud_and(LEDGER);
        let lost = format!(r#"{{ "operation": "{operation}", "kind": "close-after" }}"#);
        cloud.sandbox().set_faults(vec![fault(&lost)]);
        let first = project.run(&["apply", "--yes"]);
        let struck =
            cloud.sandbox().calls().iter().any(|call| call.operation == operation && call.status == 0);
        assert!(struck, "{operation} was not called: {}", first.stderr);
        assert!(first.code == 0 || first.code == 1, "{operation}: {first:?}");
        if first.code == 1 {
            assert!(first.stderr.contains("unknown"), "{operation}: {}", first.stderr);
        }
        cloud.sandbox().set_faults(Vec::new());
        converges(&project);
        assert_eq!(names(&cloud.heroku("GET", "/apps", None)), ["ledger-production"], "{operation}");
        let addons = cloud.heroku("GET", "/apps/ledger-production/addons", None);
        assert_eq!(addons.as_array().unwrap().len(), 1, "{operation}: {addons}");
        assert_eq!(active_keys(&cloud), 1, "{operation}");
    }
}

#[test]
fn a_server_that_fails_once_does_not_fail_an_apply() {
    for kind in ["error-before", "unavailable", "bad-gateway"] {
        let (cloud, project) = cloud_and(LEDGER);
        let once = format!(r#"{{ "mutating": false, "skip": 2, "kind": "{kind}" }}"#);
        cloud.sandbox().set_faults(vec![fault(&once)]);
        converges(&project);
    }
}

#[test]
fn an_environment_that_fails_does_not_hide_behind_one_that_does_not() {
    let cloud = Cloud::start(quick());
    let project = Project::with("app: { name: shop-production }\nconfig: { A: b }\n").at(cloud.sandbox());
    project.write("environments/staging.yaml", "app: { name: shop-staging }\n");
    cloud.sandbox().set_faults(vec![refusal(1, "PATCH config-vars", (422, "invalid_params", "No."))]);
    project.run(&["apply", "--all", "--yes"]).exits(1).tells(&["not done config.A create"]);
    cloud.sandbox().set_faults(Vec::new());
    project.run(&["apply", "--all", "--yes"]).exits(0);
    assert_eq!(names(&cloud.heroku("GET", "/apps", None)), ["shop-production", "shop-staging"]);
    assert!(writes(&cloud).contains(&"PATCH config-vars".to_owned()));
}

fn names(things: &Value) -> Vec<String> {
    let name = |thing: &Value| thing["name"].as_str().unwrap_or_default().to_owned();
    let mut names: Vec<String> = things.as_array().unwrap().iter().map(name).collect();
    names.sort();
    names
}

/// How many keys the environment's user has, as AWS itself lists them.
fn active_keys(cloud: &Cloud) -> usize {
    let url = cloud.sandbox().url();
    cloud.block_on(async move {
        let key =
            aws_sdk_iam::config::Credentials::new(trueup::sandbox::ROOT_KEY, ROOT_SECRET, None, None, "test");
        let config = aws_config::defaults(aws_config::BehaviorVersion::latest())
            .region(aws_config::Region::from_static("us-east-1"))
            .credentials_provider(key)
            .endpoint_url(url)
            .load()
            .await;
        let iam = aws_sdk_iam::Client::new(&config);
        let keys = iam.list_access_keys().user_name("ledger-production-app").send().await.unwrap();
        keys.access_key_metadata().len()
    })
}

#[test]
fn whoever_asks_to_stop_gets_the_list_and_the_next_apply_does_the_rest() {
    for signal in ["-INT", "-TERM"] {
        let (cloud, project) = cloud_and(LEDGER);
        cloud.sandbox().set_faults(vec![fault(r#"{ "operation": "POST apps", "kind": "hold-before" }"#)]);
        let apply = Running::start(&project, &["apply", "--yes"]);
        cloud.wait_for_held();
        apply.signal(signal);
        cloud.sandbox().release(true);
        apply.end().exits(1).tells(&[
            "stopped before everything was done",
            "done app create",
            "not done",
            "config",
        ]);
        converges(&project);
    }
}

#[test]
fn a_request_to_stop_ends_the_wait_for_a_database() {
    let cloud = Cloud::start(Knobs { provisioning: Duration::from_hours(1), ..quick() });
    let project = Project::with(LEDGER).at(cloud.sandbox());
    let apply = Running::start(&project, &["apply", "--yes", "--events", "events.jsonl"]);
    wait_until("the database is being provisioned", || {
        let events = std::fs::read_to_string(project.file("events.jsonl")).unwrap_or_default();
        events.contains("provisioning")
    });
    apply.interrupt();
    apply.end().exits(1).tells(&[
        "stopped before everything was done",
        "addons.DATABASE wait until it is ready error: ",
        "stopped while waiting; it is ordered and goes on by itself",
    ]);
}
