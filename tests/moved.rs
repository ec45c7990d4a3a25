//! The world moves between a plan and its apply: a colleague, another job, a dashboard. Nothing that they did
//! is undone; the change that would is refused and says what moved, and what is done already is not done again.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod support;

#[path = "support/object_store.rs"]
mod object_store;

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_sdk_s3::types::{Tag, Tagging};
use serde_json::{Value, json};
use support::{Cloud, LEDGER, quick};
use time::OffsetDateTime;
use trueup::sandbox::{ROOT_KEY, ROOT_SECRET};
use trueup::testing::apply::{Applying, Outcome, Report};
use trueup::testing::apply::{Desired, observe};
use trueup::testing::apply::{Plan, plan};
use trueup::testing::cloud::AwsSettings;
use trueup::testing::cloud::HerokuSettings;
use trueup::testing::cloud::{Clouds, Meter, Reads, Stop};
use trueup::testing::policy::PolicyDocument;
use trueup::testing::secret::{FingerprintKey, Supplied};
use trueup::testing::spec::{self, Environment, EnvironmentName, UserName};

const APP: &str = "/apps/ledger-production";
const BUCKET: &str = "ledger-production-uploads";

/// The reference environment, applied and deployed, and someone who plans and applies in two steps.
struct Stage {
    cloud: Cloud,
    clouds: Clouds,
}

fn environment(text: &str) -> Environment {
    spec::parse(&EnvironmentName::parse("production").unwrap(), text).unwrap()
}

fn user() -> UserName {
    UserName::parse("ledger-production-app").unwrap()
}

impl Stage {
    fn empty() -> Self {
        Self::at(Cloud::start(quick()))
    }

    /// A new run of the program against a cloud.
    fn at(cloud: Cloud) -> Self {
        let url: url::Url = cloud.sandbox().url().parse().unwrap();
        let heroku = HerokuSettings::at(&url, "owner-token");
        let aws = AwsSettings { is_closed: true, ..AwsSettings::at(&url, (ROOT_KEY, ROOT_SECRET)) };
        let clouds = Clouds::connect(heroku, aws, Meter::default(), &Stop::default()).unwrap();
        Self { cloud, clouds }
    }

    fn applied() -> Self {
        let stage = Self::empty();
        let plan = stage.plan(LEDGER);
        assert!(stage.apply(LEDGER, &plan).is_complete());
        stage.cloud.deploy("ledger-production", json!({ "web": "bin/web", "worker": "bin/worker" }));
        let plan = stage.plan(LEDGER);
        assert!(stage.apply(LEDGER, &plan).is_complete());
        // What a run made itself it does not look at again: this one made nothing.
        Self::at(stage.cloud)
    }

    fn plan(&self, text: &str) -> Plan {
        let environment = environment(text);
        let world =
            self.cloud.block_on(observe(&environment.spec, &Reads::new(self.clouds.clone(), 1))).unwrap();
        let supplied = Supplied::default();
        let desired = Desired {
            environment: &environment,
            supplied: &supplied,
            now: OffsetDateTime::now_utc(),
            before: None,
        };
        plan(&desired, &world, &FingerprintKey::for_this_run([0; 32])).unwrap()
    }

    /// The report, and the calls that were sent to change something.
    fn apply(&self, text: &str, plan: &Plan) -> Report {
        self.cloud.sandbox().forget_calls();
        let environment = Arc::new(environment(text));
        self.cloud.block_on(async {
            let mut applying = Applying::start(plan, &environment, &self.clouds, &Stop::default());
            while applying.next().await.is_some() {}
            applying.report()
        })
    }

    fn writes(&self) -> Vec<String> {
        let calls = self.cloud.sandbox().calls().into_iter().filter(|call| call.mutating);
        calls.map(|call| call.operation).collect()
    }

    fn heroku(&self, method: &str, path: &str, body: Value) -> Value {
        self.cloud.heroku(method, &format!("{APP}/{path}"), (method != "GET").then_some(body))
    }

    /// S3 as somebody else uses it.
    fn s3(&self) -> aws_sdk_s3::Client {
        object_store::client(&self.cloud.sandbox().url(), ROOT_KEY, ROOT_SECRET)
    }

    /// Plans a change of the spec, lets somebody else act, applies, and expects to be refused in these words.
    #[track_caller]
    fn refuses(&self, text: &str, act: impl FnOnce(&Self), words: &str) {
        let plan = self.plan(text);
        act(self);
        let report = self.apply(text, &plan);
        assert!(report.is_refusal(), "{report:?}");
        let told: Vec<String> =
            report.outcomes.iter().filter_map(Outcome::error).map(ToString::to_string).collect();
        assert_eq!(told, [format!("{words} since the plan")]);
        assert_eq!(self.writes(), [""; 0], "what somebody else did is left as it is");
    }
}

fn changed(from: &str, to: &str) -> String {
    assert!(LEDGER.contains(from), "{from}");
    LEDGER.replacen(from, to, 1)
}

#[test]
fn a_config_var_that_someone_else_set_meanwhile_is_left_and_named() {
    let stage = Stage::applied();
    let by_hand =
        |stage: &Stage| drop(stage.heroku("PATCH", "config-vars", json!({ "RAILS_MAX_THREADS": "9" })));
    stage.refuses(
        &changed("RAILS_MAX_THREADS: 5", "RAILS_MAX_THREADS: 6"),
        by_hand,
        "config: RAILS_MAX_THREADS changed on the app",
    );
    assert_eq!(stage.heroku("GET", "config-vars", Value::Null)["RAILS_MAX_THREADS"], "9");
}

#[test]
fn a_generated_secret_that_someone_else_set_first_is_never_overwritten() {
    let stage = Stage::applied();
    let by_hand = |stage: &Stage| drop(stage.heroku("PATCH", "config-vars", json!({ "TOKEN": "theirs" })));
    let text = changed("config:\n", "config:\n  TOKEN: { generate: hex, bytes: 8 }\n");
    stage.refuses(&text, by_hand, "config: TOKEN changed on the app");
    assert_eq!(stage.heroku("GET", "config-vars", Value::Null)["TOKEN"], "theirs");
}

#[test]
fn a_var_that_should_go_and_was_changed_meanwhile_stays() {
    let stage = Stage::applied();
    stage.heroku("PATCH", "config-vars", json!({ "LEGACY_FLAG": "1" }));
    let by_hand = |stage: &Stage| drop(stage.heroku("PATCH", "config-vars", json!({ "LEGACY_FLAG": "2" })));
    stage.refuses(LEDGER, by_hand, "config: LEGACY_FLAG changed on the app");
}

#[test]
fn what_someone_else_did_already_is_not_done_again() {
    let stage = Stage::applied();
    let text = changed("RAILS_MAX_THREADS: 5", "RAILS_MAX_THREADS: 6").replace("quantity: 2", "quantity: 3");
    let plan = stage.plan(&text);
    stage.heroku("PATCH", "config-vars", json!({ "RAILS_MAX_THREADS": "6" }));
    stage.heroku("PATCH", "formation", json!({ "updates": [{ "type": "web", "quantity": 3 }] }));
    assert!(stage.apply(&text, &plan).is_complete());
    assert_eq!(stage.writes(), [""; 0]);
}

#[test]
fn dynos_buildpacks_and_settings_of_the_app_are_looked_at_again() {
    let stage = Stage::applied();
    stage.refuses(
        &changed("quantity: 2", "quantity: 3"),
        |stage| {
            drop(stage.heroku(
                "PATCH",
                "formation",
                json!({ "updates": [{ "type": "web", "quantity": 5 }] }),
            ));
        },
        "`formation.web` changed",
    );
    let stage = Stage::applied();
    stage.refuses(
        &changed("[heroku/nodejs, heroku/ruby]", "[heroku/ruby]"),
        |stage| {
            let updates = json!({ "updates": [{ "buildpack": "heroku/python" }] });
            drop(stage.heroku("PUT", "buildpack-installations", updates));
        },
        "`buildpacks` changed",
    );
    let stage = Stage::applied();
    stage.refuses(
        &changed("stack: heroku-24", "stack: heroku-22"),
        |stage| drop(stage.cloud.heroku("PATCH", APP, Some(json!({ "build_stack": "container" })))),
        "`app.stack` changed",
    );
}

#[test]
fn the_plan_of_a_database_is_looked_at_again() {
    let stage = Stage::applied();
    stage.refuses(
        &changed("plan: heroku-postgresql:standard-0", "plan: heroku-postgresql:standard-2"),
        |stage| {
            let addons = stage.heroku("GET", "addons", Value::Null);
            let path = format!("addons/{}", addons[0]["id"].as_str().unwrap());
            drop(stage.heroku("PATCH", &path, json!({ "plan": "heroku-postgresql:premium-0" })));
        },
        "the plan of `DATABASE` changed",
    );
}

#[test]
fn a_var_that_someone_set_meanwhile_is_not_overwritten_by_a_name_that_moves() {
    let stage = Stage::empty();
    let spec = |addon: &str| format!("app: {{ name: shop }}\naddons: {{ CACHE: {{ attach: {addon} }} }}\n");
    for (name, plan) in [("desk-redis", "heroku-redis:mini"), ("desk-memcache", "memcachier:dev")] {
        stage.cloud.heroku("POST", "/apps", Some(json!({ "name": format!("{name}-desk") })));
        let order = json!({ "plan": plan, "name": name });
        stage.cloud.heroku("POST", &format!("/apps/{name}-desk/addons"), Some(order));
    }
    assert!(stage.apply(&spec("desk-redis"), &stage.plan(&spec("desk-redis"))).is_complete());
    let stage = Stage::at(stage.cloud);
    stage.refuses(
        &spec("desk-memcache"),
        |stage| {
            let by_hand = json!({ "CACHE_SERVERS": "mine" });
            drop(stage.cloud.heroku("PATCH", "/apps/shop/config-vars", Some(by_hand)));
        },
        "`CACHE_SERVERS`, which moving `CACHE` would overwrite, was set on the app",
    );
}

#[test]
fn tags_and_rules_that_someone_added_to_the_bucket_are_not_lost() {
    let stage = Stage::applied();
    let bucket_tags = |stage: &Stage| {
        let tag = Tag::builder().key("cost").value("by hand").build().unwrap();
        let tags = Tagging::builder().tag_set(tag).build().unwrap();
        let put = stage.s3().put_bucket_tagging().bucket(BUCKET).tagging(tags);
        stage.cloud.block_on(put.send()).unwrap();
    };
    stage.refuses(
        &changed("tags: { team: ledger }", "tags: { team: books }"),
        bucket_tags,
        "the tags of the bucket changed",
    );

    let stage = Stage::applied();
    let lifecycle = |stage: &Stage| {
        stage.cloud.block_on(stage.s3().delete_bucket_lifecycle().bucket(BUCKET).send()).unwrap();
    };
    stage.refuses(
        &changed("abort_multipart_after_days: 7", "abort_multipart_after_days: 8"),
        lifecycle,
        "the lifecycle of the bucket changed",
    );
}

#[test]
fn tags_and_policy_of_the_user_are_looked_at_again() {
    let stage = Stage::applied();
    let text = LEDGER.replacen(
        "access_key: { max_age: 90d }\n    tags: { team: ledger }",
        "access_key: { max_age: 90d }\n    tags: { team: books }",
        1,
    );
    let team = [("team".to_owned(), "by hand".to_owned())].into();
    stage.refuses(
        &text,
        |stage| stage.cloud.block_on(stage.clouds.aws.iam().tag_user(&user(), &team)).unwrap(),
        "the tags of ledger-production-app changed",
    );
    let stage = Stage::applied();
    stage.refuses(
        &changed("uploads: read-write", "uploads: read"),
        |stage| {
            let document = r#"{ "Version": "2012-10-17", "Statement": [{ "Effect": "Deny", "Action": "s3:*", "Resource": "*" }] }"#;
            let document = PolicyDocument::parse(document).unwrap();
            let put = stage.clouds.aws.iam();
            stage.cloud.block_on(put.put_user_policy(&user(), "trueup", &document)).unwrap();
        },
        "the policy of ledger-production-app changed",
    );
}

/// Every id of a key that the environment's user has, sorted.
fn keys(stage: &Stage) -> Vec<String> {
    let mut keys = stage.cloud.block_on(stage.clouds.aws.iam().access_keys(&user())).unwrap();
    keys.sort_by(|one, other| one.id.cmp(&other.id));
    keys.into_iter().map(|key| key.id).collect()
}

#[test]
fn a_key_that_another_apply_has_just_made_is_neither_doubled_nor_removed() {
    let stage = Stage::applied();
    stage.heroku("PATCH", "config-vars", json!({ "AWS_ACCESS_KEY_ID": null }));
    let another = |stage: &Stage| {
        let iam = stage.clouds.aws.iam();
        let before = keys(stage);
        stage.cloud.block_on(iam.create_access_key(&user(), &before)).unwrap();
    };
    let plan = stage.plan(LEDGER);
    another(&stage);
    let before = keys(&stage);
    let report = stage.apply(LEDGER, &plan);
    assert!(report.is_refusal(), "{report:?}");
    assert_eq!(keys(&stage), before);
}

#[test]
fn an_orphan_that_came_into_use_meanwhile_is_kept() {
    let stage = Stage::applied();
    let iam = stage.clouds.aws.iam();
    let orphan = stage.cloud.block_on(iam.create_access_key(&user(), &keys(&stage))).unwrap();
    stage.refuses(
        LEDGER,
        |stage| drop(stage.heroku("PATCH", "config-vars", json!({ "OTHER_KEY": orphan.id }))),
        "an access key of ledger-production-app came into use as OTHER_KEY",
    );
}

#[test]
fn an_orphan_that_a_longer_value_names_meanwhile_is_kept() {
    let stage = Stage::applied();
    let iam = stage.clouds.aws.iam();
    let orphan = stage.cloud.block_on(iam.create_access_key(&user(), &keys(&stage))).unwrap();
    let url = format!("s3://{}:word@{BUCKET}/reports", orphan.id);
    stage.refuses(
        LEDGER,
        |stage| drop(stage.heroku("PATCH", "config-vars", json!({ "REPORTS_STORE_URL": url }))),
        "an access key of ledger-production-app came into use as REPORTS_STORE_URL",
    );
}

#[test]
fn a_config_that_moved_takes_its_undelivered_key_back() {
    let stage = Stage::applied();
    stage.heroku("PATCH", "config-vars", json!({ "AWS_SECRET_ACCESS_KEY": null, "LEGACY_FLAG": "1" }));
    let plan = stage.plan(LEDGER);
    stage.heroku("PATCH", "config-vars", json!({ "LEGACY_FLAG": "2" }));
    let before = keys(&stage);
    let report = stage.apply(LEDGER, &plan);
    assert!(report.is_refusal(), "{report:?}");
    assert_eq!(keys(&stage), before, "the new key is gone again, and the old one stays");
}

#[test]
fn names_that_were_free_and_are_taken_now_are_told_as_moved() {
    let stage = Stage::empty();
    let plan = stage.plan(LEDGER);
    stage.cloud.heroku("POST", "/apps", Some(json!({ "name": "ledger-production" })));
    let iam = stage.clouds.aws.iam();
    let path = spec::UserPath::parse("/trueup/").unwrap();
    stage.cloud.block_on(iam.create_user(&user(), &path, &BTreeMap::new(), None)).unwrap();
    stage.cloud.block_on(stage.s3().create_bucket().bucket(BUCKET).send()).unwrap();
    let report = stage.apply(LEDGER, &plan);
    let mut told: Vec<String> =
        report.outcomes.iter().filter_map(Outcome::error).map(ToString::to_string).collect();
    told.sort();
    assert_eq!(
        told,
        [
            "the app `ledger-production` was created by someone else since the plan",
            "the bucket ledger-production-uploads was created since the plan",
            "the user ledger-production-app was created by someone else since the plan",
        ]
    );
    assert!(report.is_refusal());
}
