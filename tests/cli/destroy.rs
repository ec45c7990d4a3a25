//! `trueup destroy` as its users meet it: what it lists, what it refuses as a whole, what is left, and that it ends what
//! an earlier run began.

use serde_json::json;
use trueup::sandbox::{ROOT_KEY, ROOT_SECRET};

use crate::common::{assert_nothing_written, cloud_and, fault, iam, refusal, writes};
use crate::object_store;
use crate::support::{Cloud, LEDGER, Project, Ran};

const APP: &str = "ledger-production";
const BUCKET: &str = "ledger-production-uploads";
const USER: &str = "ledger-production-app";
const ALL: [&str; 5] = ["destroy", "production", "--confirm", APP, "--no-backup"];

/// The reference environment with nothing protected, applied, and a neighbour beside it.
fn applied() -> (Cloud, Project) {
    let spec = unprotected(LEDGER);
    let (cloud, project) = cloud_and(&spec);
    project.write("environments/staging.yaml", &spec.replace("ledger-production", "ledger-staging"));
    project.run(&["apply", "--all", "--yes"]).exits(0);
    project.run(&["plan", "--all", "--detailed-exitcode"]).exits(0);
    cloud.sandbox().forget_calls();
    (cloud, project)
}

fn unprotected(spec: &str) -> String {
    spec.replace("    extensions: [vector]", "    extensions: [vector]\n    protect: false")
        .replace("    versioning: true", "    versioning: true\n    protect: false")
}

/// Asserts that nothing of the neighbour has changed.
#[track_caller]
fn assert_neighbour_is_whole(project: &Project) {
    project.run(&["plan", "staging", "--detailed-exitcode"]).exits(0);
}

fn destroy(project: &Project, more: &[&str]) -> Ran {
    project.run(&[&ALL[..], more].concat())
}

/// Names of everything that is live.
fn live(cloud: &Cloud) -> Vec<String> {
    let state = cloud.sandbox().state().unwrap();
    let names = |map: &serde_json::Value| -> Vec<String> {
        let members = map.as_object().into_iter().flat_map(serde_json::Map::values);
        members.filter_map(|one| one["name"].as_str().map(str::to_owned)).collect()
    };
    let accounts = state["aws"]["accounts"].as_object().into_iter().flat_map(serde_json::Map::values);
    let users = accounts.flat_map(|account| names(&account["users"]));
    let mut all = [names(&state["heroku"]["apps"]), names(&state["aws"]["buckets"])].concat();
    all.extend(users);
    all.sort();
    all
}

const NEIGHBOUR: [&str; 3] = ["ledger-staging", "ledger-staging-app", "ledger-staging-uploads"];

fn s3(cloud: &Cloud) -> aws_sdk_s3::Client {
    object_store::client(&cloud.sandbox().url(), ROOT_KEY, ROOT_SECRET)
}

/// Puts versions of an object into the bucket.
fn put(cloud: &Cloud, key: &str, versions: usize) {
    for _ in 0..versions {
        let body = b"x".to_vec().into();
        cloud.block_on(s3(cloud).put_object().bucket(BUCKET).key(key).body(body).send()).unwrap();
    }
}

#[test]
fn everything_that_the_environment_owns_is_listed_and_goes_and_its_neighbour_stays() {
    let (cloud, project) = applied();
    let gone = destroy(&project, &[]).exits(0).shows(&[
        "- app ledger-production",
        "- addons.DATABASE heroku-postgresql:standard-0",
        "-$50.00/month",
        "- SECRET_KEY_BASE",
        "- addons.DATABASE.backups",
        "- iam_users.app ledger-production-app",
        "- iam_users.app.policy",
        "- iam_users.app.access_key.AKIA",
        "- buckets.uploads ledger-production-uploads",
        "20 to delete",
        "20 deleted",
    ]);
    assert!(!gone.stdout.contains("blocked"), "{}", gone.stdout);
    assert_eq!(live(&cloud), NEIGHBOUR);
    assert_eq!(
        writes(&cloud),
        ["DELETE apps", "DeleteAccessKey", "DeleteUserPolicy", "DeleteUser", "DeleteBucket"]
    );
    assert_neighbour_is_whole(&project);
    destroy(&project, &[]).exits(0).shows(&["nothing of production is live"]);
}

#[test]
fn nothing_goes_before_the_apps_name_was_given() {
    let (cloud, project) = applied();
    let without = ["destroy", "production", "--no-backup", "--yes"];
    project.run(&without).exits(1).tells(&["there is no terminal to ask on", "--confirm ledger-production"]);
    project
        .run(&["destroy", "production", "--no-backup", "--confirm", "ledger-staging", "--yes"])
        .exits(3)
        .tells(&[
            "`ledger-staging` is not the name of the app",
            "the environment's app is `ledger-production`",
        ]);
    project.run(&["destroy", "--confirm", APP]).exits(1);
    assert_nothing_written(&cloud);
}

#[test]
fn what_is_protected_refuses_as_a_whole_and_says_what_to_write() {
    let (cloud, project) = cloud_and(LEDGER);
    project.run(&["apply", "--yes"]).exits(0);
    cloud.sandbox().forget_calls();
    destroy(&project, &[]).exits(3).tells(&["nothing was deleted"]).shows(&[
        "the bucket ledger-production-uploads is protected",
        "write `protect: false` at buckets.uploads",
        "write `protect: false` at addons.DATABASE",
    ]);
    assert_nothing_written(&cloud);
}

#[test]
fn a_database_goes_without_a_last_backup_only_when_told() {
    let (cloud, project) = applied();
    let with_backup = ["destroy", "production", "--confirm", APP];
    project.run(&with_backup).exits(0).shows(&[
        "+ addons.DATABASE.backup",
        "+ addons.DATABASE.download the new backup",
        "- app ledger-production",
        "ledger-production-b001.dump",
    ]);
    let written = writes(&cloud);
    assert_eq!(written[..3], ["POST backups", "POST public-url", "DELETE apps"], "{written:?}");
    let kept = std::fs::read(project.file("ledger-production-b001.dump")).unwrap();
    assert!(kept.starts_with(b"PGDMP"));
    assert_eq!(live(&cloud), NEIGHBOUR);
}

#[test]
fn nothing_goes_when_the_last_backup_cannot_be_made_or_fetched() {
    let (cloud, project) = applied();
    let with_backup = ["destroy", "production", "--confirm", APP];
    for refused in [
        refusal(1, "POST backups", (422, "unprocessable_entity", "Backups are not available")),
        refusal(9, "GET backups", (403, "AccessDenied", "Request has expired")),
    ] {
        cloud.sandbox().set_faults(vec![refused]);
        project.run(&with_backup).exits(1).tells(&["hint: `--no-backup` goes on without it"]);
        assert!(!writes(&cloud).iter().any(|write| write.starts_with("DELETE")), "{:?}", writes(&cloud));
    }
    cloud.sandbox().set_faults(Vec::new());
    cloud.sandbox().forget_calls();
    // The backup that could not be fetched is there, and has just been made.
    project.run(&with_backup).exits(0).shows(&["+ addons.DATABASE.download b001, made 0 min ago"]);
    assert!(!writes(&cloud).contains(&"POST backups".to_owned()), "{:?}", writes(&cloud));
    assert_eq!(live(&cloud), NEIGHBOUR);
}

#[test]
fn a_backup_that_an_earlier_app_of_that_name_left_is_not_taken_for_the_last_one() {
    let (cloud, project) = applied();
    let file = project.file("ledger-production-b001.dump");
    // As long as the last one will be.
    project.write("ledger-production-b001.dump", &"x".repeat(1486));
    let long_ago = std::time::SystemTime::now() - std::time::Duration::from_hours(24);
    std::fs::File::open(&file).unwrap().set_modified(long_ago).unwrap();
    project.run(&["destroy", "production", "--confirm", APP]).exits(0).shows(&["ledger-production-b001-20"]);
    assert!(std::fs::read_to_string(&file).unwrap().starts_with("xxx"), "it stays as it is");
    let names = std::fs::read_dir(project.path()).unwrap().map(|entry| entry.unwrap().path());
    let dumps: Vec<_> = names.filter(|path| path.extension().is_some_and(|end| end == "dump")).collect();
    let kept = dumps.iter().find(|path| **path != file).unwrap();
    assert!(std::fs::read(kept).unwrap().starts_with(b"PGDMP"));
    assert_eq!(live(&cloud), NEIGHBOUR);
}

#[test]
fn a_backup_that_an_earlier_run_fetched_counts_and_is_not_fetched_again() {
    let (cloud, project) = applied();
    project.run(&["backup", "production", "--yes"]).exits(0);
    project.run(&["backup", "production", "download"]).exits(0);
    let file = project.file("ledger-production-b001.dump");
    let before = std::fs::metadata(&file).unwrap().modified().unwrap();
    cloud.sandbox().forget_calls();
    project.run(&["destroy", "production", "--confirm", APP]).exits(0);
    assert_eq!(std::fs::metadata(&file).unwrap().modified().unwrap(), before);
    assert_eq!(live(&cloud), NEIGHBOUR);
}

#[test]
fn a_database_that_the_spec_does_not_name_keeps_the_app() {
    let (cloud, project) = applied();
    let order = json!({ "plan": "heroku-postgresql:standard-0", "attachment": { "name": "REPORTS" } });
    cloud.heroku("POST", "/apps/ledger-production/addons", Some(order));
    cloud.sandbox().forget_calls();
    destroy(&project, &[]).exits(3).shows(&["is a database that the spec does not name", "addons.REPORTS"]);
    assert_nothing_written(&cloud);
}

#[test]
fn a_bucket_that_holds_something_goes_only_when_it_is_to_be_emptied() {
    let (cloud, project) = applied();
    put(&cloud, "invoice.pdf", 3);
    cloud.block_on(s3(&cloud).delete_object().bucket(BUCKET).key("invoice.pdf").send()).unwrap();
    cloud.block_on(s3(&cloud).create_multipart_upload().bucket(BUCKET).key("film").send()).unwrap();
    cloud.sandbox().forget_calls();
    let held = "3 versions, 1 delete marker, 1 unfinished upload";
    destroy(&project, &[]).exits(3).shows(&[&format!("is not empty: {held}"), "add `--empty-buckets`"]);
    assert_nothing_written(&cloud);
    let gone = destroy(&project, &["--empty-buckets"]).exits(0).shows(&[&format!("deletes {held}")]);
    gone.tells(&["buckets.uploads: emptying…"]);
    assert_eq!(live(&cloud), NEIGHBOUR);
    let ends = writes(&cloud);
    assert_eq!(ends[ends.len() - 3..], ["AbortMultipartUpload", "DeleteObjects", "DeleteBucket"]);
    assert_neighbour_is_whole(&project);
}

#[test]
fn a_bucket_of_many_objects_is_emptied_page_by_page() {
    let (cloud, project) = applied();
    cloud.block_on(async {
        let client = s3(&cloud);
        let put = |number: usize| {
            let body = Vec::new().into();
            client.put_object().bucket(BUCKET).key(format!("object-{number}")).body(body).send()
        };
        futures_util::future::try_join_all((0..1100).map(put)).await.unwrap();
    });
    cloud.sandbox().forget_calls();
    let gone = destroy(&project, &["--empty-buckets", "--events", "events.jsonl"]).exits(0);
    gone.shows(&["deletes 1100 versions"]);
    assert_eq!(writes(&cloud).iter().filter(|call| *call == "DeleteObjects").count(), 2);
    let events = std::fs::read_to_string(project.file("events.jsonl")).unwrap();
    assert!(events.contains(r#""message":"1000 of 1100 deleted""#), "{events}");
    assert_eq!(live(&cloud), NEIGHBOUR);
}

#[test]
fn what_is_not_shown_to_be_the_environments_keeps_everything() {
    let (cloud, project) = applied();
    let tags = iam(&cloud).untag_user().user_name(USER);
    cloud.block_on(tags.tag_keys("trueup:environment").tag_keys("trueup:app").send()).unwrap();
    cloud.sandbox().forget_calls();
    destroy(&project, &[]).exits(3).shows(&[
        "nothing shows that the user ledger-production-app is this environment's: it has no tags of trueup",
    ]);
    let tag = |value: &str| {
        aws_sdk_iam::types::Tag::builder().key("trueup:environment").value(value).build().unwrap()
    };
    cloud.block_on(iam(&cloud).tag_user().user_name(USER).tags(tag("other")).send()).unwrap();
    cloud.sandbox().forget_calls();
    destroy(&project, &[]).exits(3).shows(&["the user ledger-production-app belongs to environment other"]);
    assert_nothing_written(&cloud);
}

#[test]
fn what_was_adopted_stays_unless_it_is_included() {
    let (cloud, project) = cloud_and("");
    cloud.block_on(iam(&cloud).create_user().user_name(USER).send()).unwrap();
    let spec = "app: { name: ledger-production }\niam_users: { app: { name: ledger-production-app, adopt: true } }\n";
    project.write("environments/production.yaml", spec);
    project.run(&["apply", "--yes"]).exits(0);
    destroy(&project, &[])
        .exits(0)
        .shows(&["unmanaged iam_users.app adopted, so it stays: `--include-adopted`"]);
    assert_eq!(live(&cloud), [USER]);
    destroy(&project, &["--include-adopted"]).exits(0);
    assert_eq!(live(&cloud), [""; 0]);
}

#[test]
fn a_user_goes_with_all_that_others_gave_it() {
    let (cloud, project) = applied();
    cloud.block_on(async {
        let iam = iam(&cloud);
        iam.create_access_key().user_name(USER).send().await.unwrap();
        let arn = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess";
        iam.attach_user_policy().user_name(USER).policy_arn(arn).send().await.unwrap();
        iam.create_group().group_name("readers").send().await.unwrap();
        iam.add_user_to_group().group_name("readers").user_name(USER).send().await.unwrap();
    });
    destroy(&project, &[]).exits(0).shows(&[
        "attached_policies",
        "AmazonS3ReadOnlyAccess",
        "groups",
        "readers",
    ]);
    assert_eq!(live(&cloud), NEIGHBOUR);
}

#[test]
fn who_uses_an_addon_elsewhere_and_where_dns_points_is_told_first() {
    let (cloud, project) = applied();
    let addons = cloud.heroku("GET", "/apps/ledger-production/addons", None);
    let share = json!({ "addon": addons[0]["id"], "app": "ledger-staging", "name": "MAIN" });
    cloud.heroku("POST", "/addon-attachments", Some(share));
    let domain = json!({ "hostname": "www.ledger.example", "sni_endpoint": null });
    cloud.heroku("POST", "/apps/ledger-production/domains", Some(domain));
    let told = destroy(&project, &[]).exits(0);
    told.shows(&[
        "is also `MAIN` of the app ledger-staging, which loses it",
        "- app.domains.www.ledger.example",
        "its DNS still points",
    ]);
}

#[test]
fn a_run_that_was_cut_off_is_ended_by_the_next() {
    let (cloud, project) = applied();
    put(&cloud, "invoice.pdf", 2);
    for operation in ["DELETE apps", "DeleteObjects", "DeleteBucket"] {
        let text = format!(
            r#"{{ "operation": "{operation}", "times": 9, "kind": {{ "refuse": {{ "status": 403, "id": "AccessDenied", "message": "no" }} }} }}"#
        );
        cloud.sandbox().set_faults(vec![fault(&text)]);
        destroy(&project, &["--empty-buckets"]).exits(1);
    }
    cloud.sandbox().set_faults(Vec::new());
    assert_eq!(live(&cloud), [BUCKET, NEIGHBOUR[0], NEIGHBOUR[1], NEIGHBOUR[2]]);
    destroy(&project, &["--empty-buckets"]).exits(0);
    assert_eq!(live(&cloud), NEIGHBOUR);
    assert_neighbour_is_whole(&project);
}

#[test]
fn the_lock_is_held_to_the_end_and_goes_with_its_bucket() {
    let (cloud, project) = applied();
    let gone = destroy(&project, &["--lock"]).exits(0);
    assert!(!gone.stderr.contains("lock"), "{}", gone.stderr);
    assert_eq!(live(&cloud), NEIGHBOUR);
}
