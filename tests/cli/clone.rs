//! `trueup clone` as its users meet it: the file that it writes, what it refuses, what is copied, and that nothing is
//! ever written to where it comes from.

use serde_json::{Value, json};
use trueup::sandbox::{ROOT_KEY, ROOT_SECRET};

use crate::common::{cloud_and, flat, refusal};
use crate::object_store;
use crate::support::{Cloud, LEDGER, Project};

const SOURCE: &str = "ledger-production";
const CLONE: [&str; 4] = ["clone", "production", "review-7", "--yes"];

/// The reference environment, applied.
fn applied() -> (Cloud, Project) {
    let (cloud, project) = cloud_and(LEDGER);
    project.run(&["apply", "--yes"]).exits(0);
    cloud.sandbox().forget_calls();
    (cloud, project)
}

fn app(cloud: &Cloud, name: &str) -> Option<Value> {
    let state = cloud.sandbox().state().unwrap();
    let apps = state["heroku"]["apps"].as_object().unwrap().values();
    apps.into_iter().find(|app| app["name"] == name).cloned()
}

fn read(project: &Project, name: &str) -> String {
    std::fs::read_to_string(project.file(name)).unwrap()
}

fn config(cloud: &Cloud, name: &str) -> Value {
    app(cloud, name).unwrap()["config"].clone()
}

/// Sets a var of the source by hand.
fn set_by_hand(cloud: &Cloud, name: &str, value: &str) {
    cloud.heroku("PATCH", &format!("/apps/{SOURCE}/config-vars"), Some(json!({ name: value })));
    cloud.sandbox().forget_calls();
}

/// Every call that can change something and names the source: its app by name or id, its add-ons, its bucket or its user.
#[track_caller]
fn assert_source_is_untouched(cloud: &Cloud) {
    assert!(cloud.sandbox().calls().iter().any(|call| call.mutating), "something was made");
    assert_is_untouched(cloud, SOURCE);
}

#[track_caller]
fn assert_is_untouched(cloud: &Cloud, name: &str) {
    let (bucket, user) = (format!("{name}-uploads"), format!("{name}-app"));
    let id = app(cloud, name).unwrap()["id"].as_str().unwrap().to_owned();
    let state = cloud.sandbox().state().unwrap();
    let addons = state["heroku"]["addons"].as_object().unwrap().values().filter(|addon| addon["app"] == id);
    let own = addons.flat_map(|addon| [addon["id"].as_str().unwrap(), addon["name"].as_str().unwrap()]);
    let own: Vec<&str> = own.chain([id.as_str(), name, &bucket, &user]).collect();
    assert!(own.len() > 4, "it has a database");
    for call in cloud.sandbox().calls().iter().filter(|call| call.mutating) {
        assert!(!call.path.split('/').any(|part| own.contains(&part)), "{call:?}");
    }
}

/// All that is live of an app's environment, as it is stored.
fn stored(cloud: &Cloud, name: &str) -> Value {
    let state = cloud.sandbox().state().unwrap();
    let app = app(cloud, name).unwrap();
    let addons = state["heroku"]["addons"].as_object().unwrap().values();
    let addons: Vec<&Value> = addons.filter(|addon| addon["app"] == app["id"]).collect();
    let users = &state["aws"]["accounts"]["111122223333"]["users"][format!("{name}-app")];
    json!([app, addons, users, state["aws"]["buckets"][format!("{name}-uploads")]])
}

#[test]
fn a_clone_is_a_small_file_and_all_that_it_says_and_the_same_clone_again_does_nothing() {
    let (cloud, project) = applied();
    project.run(&CLONE).exits(0).shows(&[
        "wrote environments/review-7.yaml",
        "review-7 · ledger-review-7",
        "+ addons.DATABASE heroku-postgresql:standard-0",
        "+ SECRET_KEY_BASE",
        "+ buckets.uploads ledger-review-7-uploads",
        "+ iam_users.app ledger-review-7-app",
    ]);
    let file = read(&project, "environments/review-7.yaml");
    assert!(file.contains("extends: production.yaml\ncloned_from: production\n"), "{file}");
    assert!(file.lines().count() < 20, "{file}");
    assert_source_is_untouched(&cloud);
    let (source, clone) = (config(&cloud, SOURCE), config(&cloud, "ledger-review-7"));
    assert_ne!(source["SECRET_KEY_BASE"], clone["SECRET_KEY_BASE"]);
    assert_ne!(source["AWS_ACCESS_KEY_ID"], clone["AWS_ACCESS_KEY_ID"]);
    assert_eq!(clone["AWS_S3_BUCKET"], "ledger-review-7-uploads");
    project.run(&["plan", "--all", "--detailed-exitcode"]).exits(0);
    project.run(&CLONE).exits(0);
    assert_eq!(read(&project, "environments/review-7.yaml"), file);
}

#[test]
fn a_clone_without_data_takes_six_calls_more_than_an_apply_from_nothing_at_most() {
    let (cloud, project) = cloud_and(LEDGER);
    project.run(&["apply", "--yes"]).exits(0);
    let apply = cloud.sandbox().calls().len();
    cloud.sandbox().forget_calls();
    project.run(&CLONE).exits(0);
    let clone = cloud.sandbox().calls().len();
    assert!(clone <= apply + 6, "{clone} calls, and an apply takes {apply}: {:#?}", cloud.sandbox().calls());
}

#[test]
fn what_is_set_stands_in_the_file_and_a_clone_may_expire() {
    let (cloud, project) = applied();
    let set =
        ["--set", "config.RAILS_LOG_LEVEL=debug", "--set", "formation.web.quantity=1", "--app", "ledger-qa"];
    project
        .run(&[&CLONE[..], &set, &["--ttl", "3d"]].concat())
        .exits(0)
        .shows(&["nothing that it owns is protected"]);
    assert_eq!(config(&cloud, "ledger-qa")["RAILS_LOG_LEVEL"], "debug");
    let file = read(&project, "environments/review-7.yaml");
    for line in ["expires: \"20", "    protect: false", "    name: ledger-qa-uploads"] {
        assert!(file.contains(line), "{file}");
    }
    project.run(&[&CLONE[..], &["--ttl", "9d"]].concat()).exits(0).tells(&["is there and counts as it is"]);
    assert_eq!(read(&project, "environments/review-7.yaml"), file);
    let state = cloud.sandbox().state().unwrap().to_string();
    assert_eq!(state.matches("trueup:expires").count(), 2, "the bucket and the user");
    let status = project.run(&["status", "review-7", "--format", "json"]).exits(0).json();
    let expires = status["environments"][0]["expires"].as_str().unwrap().to_owned();
    assert!(file.contains(&format!("expires: \"{expires}\"")), "{expires}");
}

#[test]
fn values_are_copied_from_app_to_app_and_shown_nowhere() {
    let (cloud, project) = applied();
    set_by_hand(&cloud, "OPENAI_API_KEY", "sk-hunter2-hunter2");
    let ran = project.run(&[&CLONE[..], &["--copy-vars", "OPENAI_API_KEY"]].concat()).exits(0);
    let ran = ran.shows(&["copied from production"]);
    assert_eq!(config(&cloud, "ledger-review-7")["OPENAI_API_KEY"], "sk-hunter2-hunter2");
    assert_source_is_untouched(&cloud);
    let file = read(&project, "environments/review-7.yaml");
    assert!(!file.contains("hunter2"), "{file}");
    assert!(!ran.stdout.contains("hunter2") && !ran.stderr.contains("hunter2"));
    let patches = cloud.sandbox().calls().into_iter().filter(|call| call.operation == "PATCH config-vars");
    assert_eq!(patches.count(), 1, "one release");
}

#[test]
fn what_leads_to_the_sources_database_is_refused_however_it_is_dressed() {
    let (cloud, project) = applied();
    let vars = cloud.heroku("GET", &format!("/apps/{SOURCE}/config-vars"), None);
    let url = vars["DATABASE_URL"].as_str().unwrap().to_owned();
    let (user, rest) = url.trim_start_matches("postgres://").split_once(':').unwrap();
    let password = rest.split_once('@').unwrap().0;
    for value in [
        format!("{url}?pool=20"),
        url.replace("postgres://", "jdbc:postgresql://"),
        url.replace(':', "%3A").replace('/', "%2F"),
        password.to_owned(),
        user.to_owned(),
    ] {
        set_by_hand(&cloud, "OPENAI_API_KEY", &value);
        let ran = project.run(&[&CLONE[..], &["--copy-vars", "OPENAI_API_KEY"]].concat()).exits(3);
        assert!(flat(&ran.stdout).contains("the clone would write to it"), "{}", ran.stdout);
        let literal = format!("config.REPLICA={value}");
        let ran = project.run(&[&CLONE[..], &["--set", &literal]].concat()).exits(3);
        assert!(flat(&ran.stdout).contains("the clone would write to it"), "{}", ran.stdout);
    }
    project.run(&[&CLONE[..], &["--copy-vars", "DATABASE_URL,NOT_THERE"]].concat()).exits(3).shows(&[
        "a clone that had it would write to production",
        "production has no var `NOT_THERE` to copy",
    ]);
    assert!(app(&cloud, "ledger-review-7").is_none());
    assert!(!project.file("environments/review-7.yaml").exists(), "nothing is left of a refused clone");
}

#[test]
fn what_is_there_is_not_taken_for_a_clone() {
    let (cloud, project) = applied();
    project
        .run(&["clone", "production", "production", "--yes"])
        .exits(3)
        .tells(&["cannot be cloned into itself"]);
    project
        .run(&[&CLONE[..], &["--app", SOURCE]].concat())
        .exits(3)
        .tells(&["ledger-production` is in the environment"]);
    let bucket = ["--set", "buckets.uploads.name=ledger-production-uploads"];
    project
        .run(&[&CLONE[..], &bucket].concat())
        .exits(3)
        .tells(&["the bucket `ledger-production-uploads` is in"]);
    cloud.heroku("POST", "/apps", Some(json!({ "name": "ledger-review-7" })));
    project.run(&CLONE).exits(3).shows(&["nothing shows that it is a clone"]);
    project.write("environments/review-7.yaml", "app: { name: ledger-other }\n");
    project.run(&CLONE).exits(3).tells(&["does not say `cloned_from: production`"]);
    assert_eq!(read(&project, "environments/review-7.yaml"), "app: { name: ledger-other }\n");
}

#[test]
fn databases_are_forked_and_proven_and_a_clone_of_a_clone_waits_until_it_can_be() {
    let (cloud, project) = applied();
    project
        .run(&[&CLONE[..], &["--data"]].concat())
        .exits(0)
        .shows(&["a fork of postgresql-", "fork postgresql-"]);
    assert_source_is_untouched(&cloud);
    project.run(&["clone", "review-7", "review-8", "--data", "--yes"]).exits(0);
    let state = cloud.sandbox().state().unwrap();
    let addons = state["heroku"]["addons"].as_object().unwrap().values();
    assert_eq!(addons.filter(|addon| !addon["forked_from"].is_null()).count(), 2);
    let file = read(&project, "environments/review-8.yaml");
    assert!(file.contains("extends: review-7.yaml\ncloned_from: review-7\n"), "{file}");
}

#[test]
fn the_sources_code_runs_at_once_with_the_dynos_that_the_file_asks_for() {
    let (cloud, project) = applied();
    let code = [&CLONE[..], &["--code"]].concat();
    project.run(&code).exits(3).shows(&["ledger-production runs no code that can be released elsewhere"]);
    cloud.deploy(SOURCE, json!({ "web": "puma", "worker": "work" }));
    cloud.sandbox().forget_calls();
    let ran = project.run(&code).exits(0).shows(&["of ledger-production", "~ web", "~ worker"]);
    assert!(!ran.stdout.contains("deferred"), "{}", ran.stdout);
    assert_source_is_untouched(&cloud);
    let formation = cloud.heroku("GET", "/apps/ledger-review-7/formation", None);
    let of = |name: &str| {
        formation.as_array().unwrap().iter().find(|one| one["type"] == name).unwrap()["quantity"].clone()
    };
    assert_eq!((of("web"), of("worker")), (json!(2), json!(1)));
    project.run(&["plan", "review-7", "--detailed-exitcode"]).exits(0);
    project.run(&code).exits(0).shows(&["there is nothing to do"]);
}

#[test]
fn objects_are_copied_within_s3_with_what_they_have_and_a_run_that_was_cut_off_goes_on() {
    let (cloud, project) = applied();
    let s3 = object_store::client(&cloud.sandbox().url(), ROOT_KEY, ROOT_SECRET);
    let bucket = "ledger-production-uploads";
    for key in ["one", "two words/\u{e9}+?.txt", "three"] {
        let put = s3.put_object().bucket(bucket).key(key).body(key.as_bytes().to_vec().into());
        let put = put.content_type("text/plain").metadata("owner", "ledger").tagging("kind=note");
        cloud.block_on(put.send()).unwrap();
    }
    cloud.sandbox().forget_calls();

    cloud.sandbox().set_faults(vec![refusal(1, "CopyObject", (403, "AccessDenied", "Access Denied"))]);
    let objects = [&CLONE[..], &["--objects"]].concat();
    project.run(&objects).exits(1);
    project
        .run(&objects)
        .exits(0)
        .shows(&["+ buckets.uploads.objects from ledger-production-uploads", "current versions only"]);
    assert_source_is_untouched(&cloud);
    let copy = "ledger-review-7-uploads";
    let get = s3.get_object().bucket(copy).key("two words/\u{e9}+?.txt");
    let got = cloud.block_on(get.send()).unwrap();
    assert_eq!(got.content_type(), Some("text/plain"));
    assert_eq!(got.metadata().unwrap()["owner"], "ledger");
    assert_eq!(got.tag_count(), Some(1));
    let listed = cloud.block_on(s3.list_objects_v2().bucket(copy).send()).unwrap();
    assert_eq!(listed.key_count(), Some(3));
    project.run(&objects).exits(0);
}

#[test]
fn whatever_is_asked_for_nothing_is_written_to_the_source_nor_to_the_source_of_that() {
    let (cloud, project) = applied();
    cloud.deploy(SOURCE, json!({ "web": "puma", "worker": "work" }));
    set_by_hand(&cloud, "OPENAI_API_KEY", "sk-hunter2-hunter2");
    let s3 = object_store::client(&cloud.sandbox().url(), ROOT_KEY, ROOT_SECRET);
    let put = s3.put_object().bucket("ledger-production-uploads").key("one").body(b"1".to_vec().into());
    cloud.block_on(put.send()).unwrap();
    let all: &[&str] = &["--data", "--objects", "--code", "--copy-vars=OPENAI_API_KEY", "--ttl=3d", "--lock"];
    let each = all.iter().map(std::slice::from_ref);
    let others: [&[&str]; 3] = [&[], &["--set=config.RAILS_LOG_LEVEL=debug", "--set=formation=null"], all];
    for (number, options) in each.chain(others).enumerate() {
        let (one, two) = (format!("one-{number}"), format!("two-{number}"));
        let app = format!("ledger-{one}");
        // A clone, a clone of that, and both once more.
        for (source, name, apps) in [
            ("production", &one, &[SOURCE][..]),
            (&one, &two, &[SOURCE, &app]),
            ("production", &one, &[SOURCE]),
            (&one, &two, &[SOURCE, &app]),
        ] {
            let before: Vec<Value> = apps.iter().map(|app| stored(&cloud, app)).collect();
            cloud.sandbox().forget_calls();
            project.run(&[&["clone", source, name, "--yes"], options].concat()).exits(0);
            for (app, before) in apps.iter().zip(before) {
                assert_is_untouched(&cloud, app);
                assert_eq!(stored(&cloud, app), before, "{options:?}");
            }
        }
    }
}
