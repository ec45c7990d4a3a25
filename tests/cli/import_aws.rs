//! Buckets and users that are imported with an app: what they are is written down, what of them no spec can say is told,
//! and nothing is changed.

use std::collections::BTreeSet;

use aws_sdk_s3::types::{
    BucketVersioningStatus, CorsConfiguration, CorsRule, Tag, Tagging, VersioningConfiguration,
};
use serde_json::json;
use trueup::sandbox::{ROOT_KEY, ROOT_SECRET};

use crate::common::{assert_nothing_written, iam, refusal};
use crate::support::{Cloud, Project, quick};

const APP: &str = "shop-production";
const BUCKET: &str = "shop-production-uploads";
const USER: &str = "shop-production-app";

fn s3(cloud: &Cloud) -> aws_sdk_s3::Client {
    crate::object_store::client(&cloud.sandbox().url(), ROOT_KEY, ROOT_SECRET)
}

/// A bucket with two cross-origin rules, versions and a tag; a user with a key that the app has, and a
/// policy of its own; an app that is told of both.
fn by_hand() -> (Cloud, Project, String) {
    let cloud = Cloud::start(quick());
    let project = Project::empty().at(cloud.sandbox());
    cloud.heroku("POST", "/apps", Some(json!({ "name": APP, "region": "us" })));
    let (s3, iam) = (s3(&cloud), iam(&cloud));
    let rule = |origin: &str, method: &str| {
        CorsRule::builder()
            .allowed_origins(origin)
            .allowed_methods(method)
            .max_age_seconds(60)
            .build()
            .unwrap()
    };
    let cors = CorsConfiguration::builder()
        .cors_rules(rule("https://shop.example", "PUT"))
        .cors_rules(rule("*", "GET"))
        .build()
        .unwrap();
    let versioning = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
    let tag = Tag::builder().key("cost centre").value("42 / é:").build().unwrap();
    let tags = Tagging::builder().tag_set(tag).build().unwrap();
    let key = cloud.block_on(async {
        s3.create_bucket().bucket(BUCKET).send().await.unwrap();
        s3.put_bucket_cors().bucket(BUCKET).cors_configuration(cors).send().await.unwrap();
        s3.put_bucket_versioning().bucket(BUCKET).versioning_configuration(versioning).send().await.unwrap();
        s3.put_bucket_tagging().bucket(BUCKET).tagging(tags).send().await.unwrap();
        iam.create_user().user_name(USER).send().await.unwrap();
        let policy = json!({ "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Action": "s3:*", "Resource": "*" }
        ] });
        let put = iam.put_user_policy().user_name(USER).policy_name("by-hand");
        put.policy_document(policy.to_string()).send().await.unwrap();
        iam.create_access_key().user_name(USER).send().await.unwrap().access_key.unwrap()
    });
    let vars = json!({
        "AWS_ACCESS_KEY_ID": key.access_key_id, "AWS_SECRET_ACCESS_KEY": key.secret_access_key,
        "AWS_S3_BUCKET": BUCKET, "AWS_REGION": "us-east-1", "ELSEWHERE": "us-east-1",
    });
    cloud.heroku("PATCH", &format!("/apps/{APP}/config-vars"), Some(vars));
    cloud.sandbox().forget_calls();
    (cloud, project, key.secret_access_key)
}

fn import(project: &Project) -> crate::support::Ran {
    project.run(&["import", APP, "--bucket", BUCKET, "--iam-user", USER])
}

#[test]
fn what_was_made_by_hand_is_adopted_as_it_is() {
    let (cloud, project, secret) = by_hand();
    let ran = import(&project).exits(0);
    let file = std::fs::read_to_string(project.file("environments/shop-production.yaml")).unwrap();
    for text in [&file, &ran.stdout, &ran.stderr] {
        assert!(!text.contains(&secret), "{text}");
    }
    for said in [
        "  AWS_ACCESS_KEY_ID: { from: iam_users.app.access_key_id }\n",
        "  AWS_SECRET_ACCESS_KEY: { from: iam_users.app.secret_access_key }\n",
        "  AWS_S3_BUCKET: { from: buckets.uploads.name }\n",
        "  AWS_REGION: { from: buckets.uploads.region }\n",
        "  ELSEWHERE: { external: true }\n",
        "  uploads:\n    name: shop-production-uploads\n    region: us-east-1\n    adopt: true\n",
        "    versioning: true\n",
        "    tls_only: false\n",
        "      -\n        origins:\n          - \"https://shop.example\"\n",
        "      \"cost centre\": \"42 / é:\"\n",
        "  app:\n    name: shop-production-app\n    adopt: true\n    path: \"/\"\n",
        "    access_key: {}\n",
        "# - iam_users.app.policy: the inline policy by-hand, which is not trueup's\n",
    ] {
        assert!(file.contains(said), "{said} is not in\n{file}");
    }
    project.run(&["plan", "--detailed-exitcode"]).exits(0).shows(&["No changes"]);
    project.run(&["apply", "--yes"]).exits(0);
    assert_nothing_written(&cloud);
}

#[test]
fn what_trueup_made_comes_back_as_it_was_asked_for() {
    let cloud = Cloud::start(quick());
    let spec = "app: { name: shop-production }\n\
        config: { ID: { from: iam_users.app.access_key_id }, AWS_ACCESS_KEY_ID: { from: iam_users.app.access_key_id }, \
        AWS_SECRET_ACCESS_KEY: { from: iam_users.app.secret_access_key } }\n\
        buckets:\n  uploads:\n    name: shop-production-uploads\n    region: eu-west-1\n    \
        encryption: { kms: 1234abcd-12ab-34cd-56ef-1234567890ab }\n    lifecycle: { expire_after_days: 30 }\n    \
        cors: { origins: [https://shop.example] }\n\
        iam_users: { app: { name: shop-production-app, grants: { uploads: read-write }, access_key: {} } }\n";
    Project::with(spec).at(cloud.sandbox()).run(&["apply", "--yes"]).exits(0);
    cloud.sandbox().forget_calls();
    let project = Project::empty().at(cloud.sandbox());
    project.run(&["import", APP, "--bucket", BUCKET, "--iam-user", USER, "--as", "production"]).exits(0);
    let file = std::fs::read_to_string(project.file("environments/production.yaml")).unwrap();
    for said in [
        "      uploads: read-write\n",
        "      kms: \"1234abcd-12ab-34cd-56ef-1234567890ab\"\n",
        "      expire_after_days: 30\n",
        "    cors:\n      origins:\n        - \"https://shop.example\"\n",
        "    tls_only: true\n",
        "    public_access: blocked\n",
    ] {
        assert!(file.contains(said), "{said} is not in\n{file}");
    }
    project.run(&["plan", "--detailed-exitcode"]).exits(0).shows(&["No changes"]);
    project.run(&["apply", "--yes"]).exits(0);
    assert_nothing_written(&cloud);

    // Under another name they are another environment's, as their tags say.
    let ran = project.run(&["import", APP, "--bucket", BUCKET, "--iam-user", USER, "--as", "copy"]).exits(0);
    ran.tells(&["buckets.uploads", "belongs to environment production", "iam_users.app"]);
    project.run(&["plan", "copy", "--detailed-exitcode"]).exits(0);
}

#[test]
fn a_bucket_or_user_that_is_not_there_is_told_and_nothing_is_written() {
    let (cloud, project, _) = by_hand();
    project
        .run(&["import", APP, "--bucket", "no-such-bucket"])
        .exits(1)
        .tells(&["no bucket `no-such-bucket`"]);
    project.run(&["import", APP, "--iam-user", "nobody"]).exits(1).tells(&["no user `nobody`", "list-users"]);
    project.run(&["import", APP, "--bucket", "Bad_Name"]).exits(1).tells(&["invalid value 'Bad_Name'"]);
    assert!(!project.file("environments").exists());
    assert_nothing_written(&cloud);
}

#[test]
fn whatever_cannot_be_read_there_is_a_whole_file_or_none() {
    let (cloud, project, _) = by_hand();
    import(&project).exits(0);
    let reads: BTreeSet<String> = cloud.sandbox().calls().into_iter().map(|call| call.operation).collect();
    let mut whole = 0;
    for read in &reads {
        let project = Project::empty().at(cloud.sandbox());
        cloud.sandbox().set_faults(vec![refusal(99, read, (403, "AccessDenied", "not for you"))]);
        let ran = import(&project);
        cloud.sandbox().set_faults(Vec::new());
        if ran.code == 0 {
            whole += 1;
            project.run(&["plan", "--detailed-exitcode"]).exits(0);
        } else {
            assert_eq!(ran.code, 1, "{read}: {}", ran.stderr);
            assert!(!project.file("environments").exists(), "{read} left something");
        }
    }
    assert!(reads.len() > 20 && (1..reads.len()).contains(&whole), "{whole} of {reads:?}");
    assert_nothing_written(&cloud);
}
