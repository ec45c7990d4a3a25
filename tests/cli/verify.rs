//! `verify`: an environment is proven by acting as its app, and what is wrong is said with what mends it.

use aws_sdk_s3::types::PublicAccessBlockConfiguration;
use serde_json::json;
use trueup::sandbox::{ROOT_KEY, ROOT_SECRET};

use crate::common::{cloud_and, iam};
use crate::object_store;
use crate::support::{Cloud, LEDGER, Project, Ran};

const BUCKET: &str = "ledger-production-uploads";
const USER: &str = "ledger-production-app";

/// An environment that is applied, with code that runs.
fn running(spec: &str) -> (Cloud, Project) {
    let (cloud, project) = cloud_and(spec);
    project.run(&["apply", "--yes"]).exits(0);
    cloud.deploy("ledger-production", json!({ "web": "bin/rails server", "worker": "bin/jobs" }));
    project.run(&["apply", "--yes"]).exits(0);
    (cloud, project)
}

/// The owner's view of S3.
fn s3(cloud: &Cloud) -> aws_sdk_s3::Client {
    object_store::client(&cloud.sandbox().url(), ROOT_KEY, ROOT_SECRET)
}

fn verify(project: &Project) -> Ran {
    project.run(&["verify", "--format", "json"])
}

/// How a check came out.
#[track_caller]
fn status(ran: &Ran, id: &str) -> String {
    ran.check(id)["status"].as_str().unwrap().to_owned()
}

#[test]
fn an_environment_that_works_is_proven_and_nothing_is_left_behind() {
    let (cloud, project) = running(LEDGER);
    let ran = verify(&project).exits(0);
    for id in [
        "app",
        "app.release",
        "addons.DATABASE",
        "iam_users.app.access_key",
        "iam_users.app.uploads.put",
        "iam_users.app.uploads.get",
        "iam_users.app.uploads.list",
        "iam_users.app.uploads.delete",
        "iam_users.app.uploads.policy",
        "config",
        "formation.web",
        "formation.worker",
        "buckets.uploads",
        "buckets.uploads.public_access",
        "addons.DATABASE.backups",
    ] {
        assert_eq!(status(&ran, id), "pass", "{}", ran.check(id));
    }
    assert_eq!(status(&ran, "addons.DATABASE.backups.newest"), "warn");
    // The embedded cloud runs no app, and speaks no TLS: that is said, and counts as nothing.
    for (id, why) in [("app.up", "runs no app"), ("buckets.uploads.tls_only", "plain address")] {
        let check = ran.check(id);
        assert_eq!(check["status"], "skipped");
        assert!(check["detail"].as_str().unwrap().contains(why), "{check}");
    }
    assert_eq!(cloud.block_on(object_store::left(&s3(&cloud), BUCKET)), (0, 0));
    project.run(&["verify"]).exits(0).shows(&["production · ledger-production", "signs in as arn:aws:iam::"]);
}

#[test]
fn a_key_that_lost_its_rights_fails_and_what_rests_on_it_is_not_tried() {
    let (cloud, project) = running(LEDGER);
    let policies = cloud.block_on(iam(&cloud).list_user_policies().user_name(USER).send()).unwrap();
    let policy = policies.policy_names()[0].clone();
    cloud.block_on(iam(&cloud).delete_user_policy().user_name(USER).policy_name(policy).send()).unwrap();
    let ran = verify(&project).exits(1);
    let put = ran.check("iam_users.app.uploads.put");
    assert_eq!((put["status"].as_str(), put["remedy"].is_string()), (Some("fail"), true), "{put}");
    assert!(put["detail"].as_str().unwrap().contains("s3:PutObject"), "{put}");
    let get = ran.check("iam_users.app.uploads.get");
    assert_eq!(get["detail"], "not tried without `iam_users.app.uploads.put`");
    assert_eq!(status(&ran, "iam_users.app.access_key"), "pass");
}

#[test]
fn a_key_that_may_only_read_is_refused_a_write_and_a_write_that_works_is_undone() {
    let (cloud, project) = running(&LEDGER.replace("uploads: read-write", "uploads: read"));
    let ran = verify(&project).exits(0);
    for what in ["get", "list", "put", "policy"] {
        assert_eq!(status(&ran, &format!("iam_users.app.uploads.{what}")), "pass");
    }
    let more = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Action": ["s3:PutObject", "s3:DeleteObject"], "Resource": "*" }] });
    let add = iam(&cloud).put_user_policy().user_name(USER).policy_name("more");
    cloud.block_on(add.policy_document(more.to_string()).send()).unwrap();
    let put = verify(&project).exits(1).check("iam_users.app.uploads.put");
    assert_eq!(put["detail"], "putting an object is allowed, and the spec does not grant it");
    assert_eq!(cloud.block_on(object_store::left(&s3(&cloud), BUCKET)), (0, 0));
}

#[test]
fn a_bucket_that_strangers_can_read_fails() {
    let (cloud, project) = running(LEDGER);
    let open = PublicAccessBlockConfiguration::builder()
        .block_public_acls(false)
        .ignore_public_acls(false)
        .block_public_policy(false)
        .restrict_public_buckets(false)
        .build();
    let block = s3(&cloud).put_public_access_block().bucket(BUCKET).public_access_block_configuration(open);
    cloud.block_on(block.send()).unwrap();
    let policy = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Principal": "*",
        "Action": "s3:GetObject", "Resource": format!("arn:aws:s3:::{BUCKET}/*") }] });
    let put = s3(&cloud).put_bucket_policy().bucket(BUCKET).policy(policy.to_string());
    cloud.block_on(put.send()).unwrap();
    let found = verify(&project).exits(1).check("buckets.uploads.public_access");
    assert_eq!(found["detail"], "anybody may read what lies in it, without credentials");
    assert_eq!(cloud.block_on(object_store::left(&s3(&cloud), BUCKET)), (0, 0));
}

#[test]
fn vars_that_are_missing_or_name_another_thing_are_told_by_name() {
    let (cloud, project) = running(LEDGER);
    let patch = json!({ "LOCKBOX_KEY": null, "AWS_S3_BUCKET": "another-bucket-canary" });
    cloud.heroku("PATCH", "/apps/ledger-production/config-vars", Some(patch));
    let ran = verify(&project).exits(1);
    let config = ran.check("config");
    assert_eq!(config["detail"], "LOCKBOX_KEY not set; AWS_S3_BUCKET names another thing than the spec");
    assert!(!ran.stdout.contains("canary"));
}

#[test]
fn an_environment_that_is_not_there_fails_with_the_command_that_makes_it() {
    let (_cloud, project) = cloud_and(LEDGER);
    let ran = verify(&project).exits(1);
    let app = ran.check("app");
    assert_eq!(
        (app["status"].as_str(), app["remedy"].as_str()),
        (Some("fail"), Some("trueup apply production"))
    );
}

#[test]
fn no_format_shows_a_value_of_the_app() {
    let (cloud, project) = running(LEDGER);
    let vars = cloud.heroku("GET", "/apps/ledger-production/config-vars", None);
    let secret = |name: &str| vars[name].as_str().unwrap().to_owned();
    for format in ["text", "json", "junit", "markdown", "html"] {
        let ran = project.run(&["verify", "-vv", "--format", format]).exits(0);
        for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "DATABASE_URL", "SECRET_KEY_BASE"] {
            let shown = [&ran.stdout, &ran.stderr].into_iter().any(|text| text.contains(&secret(name)));
            assert!(!shown, "{format} shows {name}");
        }
    }
}

#[test]
fn a_change_from_a_fork_uses_no_secret_of_the_app() {
    let (cloud, project) = cloud_and(LEDGER);
    cloud.sandbox().forget_calls();
    project.run(&["--untrusted", "verify"]).exits(3);
    assert!(cloud.sandbox().calls().is_empty());
}

#[test]
fn what_a_spec_says_of_switches_people_drains_and_the_pipeline_is_told() {
    let spec = "app:\n  name: shop-production\n  features: { preboot: true }\n  \
        pipeline: { name: shop, stage: production }\n  collaborators: { ops@shop.example: [] }\n  \
        log_drains: [{ env: DRAIN }]\nbuildpacks: [heroku/nodejs, heroku/ruby]\n";
    let (cloud, project) = cloud_and(spec);
    let project = project.set("DRAIN", "syslog+tls://user:canary@logs.example:514");
    project.run(&["apply", "--yes"]).exits(0);
    let project = project.unset("DRAIN");
    let ran = verify(&project).exits(0);
    let detail = |ran: &Ran, id: &str| ran.check(id)["detail"].as_str().unwrap().to_owned();
    assert_eq!(detail(&ran, "app.features.preboot"), "on");
    assert_eq!(detail(&ran, "app.pipeline"), "production of shop");
    assert_eq!(detail(&ran, "app.collaborators.ops@shop.example"), "collaborator");
    assert_eq!(detail(&ran, "buildpacks"), "heroku/nodejs, heroku/ruby");
    assert!(detail(&ran, "app.log_drains").starts_with("1 there, and the spec names 1"));
    assert!(!ran.stdout.contains("canary"), "{}", ran.stdout);

    let app = "/apps/shop-production";
    let drains = cloud.heroku("GET", &format!("{app}/log-drains"), None);
    cloud.heroku("DELETE", &format!("{app}/log-drains/{}", drains[0]["id"].as_str().unwrap()), None);
    cloud.heroku("DELETE", &format!("{app}/collaborators/ops@shop.example"), None);
    cloud.heroku("PATCH", &format!("{app}/features/preboot"), Some(json!({ "enabled": false })));
    let others = json!({ "updates": [{ "buildpack": "heroku/ruby" }] });
    cloud.heroku("PUT", &format!("{app}/buildpack-installations"), Some(others));
    let ran = verify(&project).exits(1);
    for (id, told) in [
        ("app.features.preboot", "off, and the spec asks for on"),
        ("app.collaborators.ops@shop.example", "may not work on the app"),
        ("app.log_drains", "0 there, and the spec names 1"),
        ("buildpacks", "heroku/ruby, which are not those of the spec"),
    ] {
        assert_eq!((status(&ran, id).as_str(), detail(&ran, id).as_str()), ("fail", told));
    }
}
