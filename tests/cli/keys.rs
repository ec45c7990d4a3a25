//! Access keys that others rely on: none of them is taken away because trueup does not see who uses it.

use serde_json::json;

use crate::common::cloud_and;
use crate::support::{Cloud, LEDGER};

/// IAM as the owner of the account uses it by hand.
fn iam(cloud: &Cloud) -> aws_sdk_iam::Client {
    use trueup::sandbox::{ROOT_KEY, ROOT_SECRET};
    let key = aws_sdk_iam::config::Credentials::new(ROOT_KEY, ROOT_SECRET, None, None, "test");
    let config = aws_sdk_iam::Config::builder()
        .behavior_version(aws_sdk_iam::config::BehaviorVersion::latest())
        .region(aws_sdk_iam::config::Region::new("us-east-1"))
        .credentials_provider(key)
        .endpoint_url(cloud.sandbox().url())
        .build();
    aws_sdk_iam::Client::from_conf(config)
}

const USER: &str = "ledger-production-app";

/// The ids of the user's keys, sorted.
fn keys(cloud: &Cloud) -> Vec<String> {
    let listed = cloud.block_on(iam(cloud).list_access_keys().user_name(USER).send()).unwrap();
    let ids = listed.access_key_metadata().iter().filter_map(|key| key.access_key_id().map(str::to_owned));
    let mut ids: Vec<String> = ids.collect();
    ids.sort();
    ids
}

/// Another key of the user, as somebody makes one by hand.
fn another_key(cloud: &Cloud) -> String {
    let made = cloud.block_on(iam(cloud).create_access_key().user_name(USER).send()).unwrap();
    made.access_key.unwrap().access_key_id
}

#[test]
fn a_key_that_a_config_var_holds_inside_a_url_stays() {
    let (cloud, project) = cloud_and(LEDGER);
    project.run(&["apply", "--yes"]).exits(0);
    let url = format!("s3://{}:word@another-bucket/reports", another_key(&cloud));
    let patch = json!({ "REPORTS_STORE_URL": url });
    cloud.heroku("PATCH", "/apps/ledger-production/config-vars", Some(patch));
    let before = keys(&cloud);
    project.run(&["apply", "--yes"]).exits(0);
    assert_eq!(keys(&cloud), before);
    let ran = project.run(&["plan", "--format", "json"]).exits(0);
    assert!(ran.changes().iter().all(|(address, _)| !address.contains("access_key")), "{:?}", ran.changes());
}
