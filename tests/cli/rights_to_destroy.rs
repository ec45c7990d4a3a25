//! The rights that `trueup policy --for destroy` prints take away all that an environment has, and none is too much.

use serde_json::{Value, json};
use trueup::sandbox::Sandbox;

use crate::least_rights::{
    ACCOUNT, APPLY, BUCKET, KEY, lesser, nothing, printed, run, user, usual, with_identity,
};
use crate::support::{Cloud, quick};

const APP: &str = "ledger-production-app";

/// What removing everything takes, call by call, until one of them is refused.
async fn remove_all(url: &str) -> Result<(), String> {
    let credentials = aws_sdk_iam::config::Credentials::new(KEY.0, KEY.1, None, None, "test");
    let config = aws_config::defaults(aws_config::BehaviorVersion::latest())
        .region(aws_config::Region::from_static("us-east-1"))
        .credentials_provider(credentials)
        .endpoint_url(url)
        .load()
        .await;
    let (iam, s3) = (aws_sdk_iam::Client::new(&config), aws_sdk_s3::Client::new(&config));
    macro_rules! call {
        ($call:expr) => {
            $call
                .send()
                .await
                .map_err(|error| format!("{:?}", error.raw_response().map(|answer| answer.status())))?
        };
    }
    let uploads = call!(s3.list_multipart_uploads().bucket(BUCKET));
    for upload in uploads.uploads() {
        let abort = s3.abort_multipart_upload().bucket(BUCKET).set_key(upload.key.clone());
        call!(abort.set_upload_id(upload.upload_id.clone()));
    }
    call!(s3.delete_object().bucket(BUCKET).key("photo"));
    let versions = call!(s3.list_object_versions().bucket(BUCKET));
    let marked =
        versions.delete_markers().iter().map(|marker| (marker.key.clone(), marker.version_id.clone()));
    let kept = versions.versions().iter().map(|version| (version.key.clone(), version.version_id.clone()));
    for (key, version) in kept.chain(marked) {
        call!(s3.delete_object().bucket(BUCKET).set_key(key).set_version_id(version));
    }
    call!(s3.delete_bucket().bucket(BUCKET));
    for key in call!(iam.list_access_keys().user_name(APP)).access_key_metadata() {
        call!(iam.delete_access_key().user_name(APP).set_access_key_id(key.access_key_id.clone()));
    }
    for name in call!(iam.list_user_policies().user_name(APP)).policy_names() {
        call!(iam.delete_user_policy().user_name(APP).policy_name(name));
    }
    for attached in call!(iam.list_attached_user_policies().user_name(APP)).attached_policies() {
        call!(iam.detach_user_policy().user_name(APP).set_policy_arn(attached.policy_arn.clone()));
    }
    for group in call!(iam.list_groups_for_user().user_name(APP)).groups() {
        call!(iam.remove_user_from_group().user_name(APP).group_name(group.group_name()));
    }
    call!(iam.list_mfa_devices().user_name(APP));
    call!(iam.list_ssh_public_keys().user_name(APP));
    call!(iam.list_signing_certificates().user_name(APP));
    call!(iam.list_service_specific_credentials().user_name(APP));
    call!(iam.delete_user().user_name(APP));
    Ok(())
}

/// An environment with something of each sort that hangs on it.
fn all() -> Value {
    let (ran, _, mut state) = run(&usual(), nothing(), &printed(&usual(), "apply"), APPLY);
    ran.exits(0);
    let long_ago = "2020-01-01T00:00:00Z";
    let object = json!({ "id": "first", "modified": long_ago, "deleted": false, "etag": "\"photo\"", "headers": {}, "body": "" });
    state["aws"]["buckets"][BUCKET]["objects"]["photo"] = json!([object]);
    state["aws"]["buckets"][BUCKET]["uploads"]["begun"] =
        json!({ "key": "film", "started": long_ago, "headers": {}, "parts": {} });
    let app = user(&mut state, "ledger-production-app");
    app["attached"] = json!(["arn:aws:iam::aws:policy/ReadOnlyAccess"]);
    let id = app["id"].clone();
    state["aws"]["accounts"][ACCOUNT]["groups"]["readers"] = json!({ "name": "readers", "path": "/", "id": "AGPAREADERS",
        "created": long_ago, "members": [id], "inline": {}, "attached": [] });
    state
}

fn removed(state: &Value, policy: &Value) -> Result<(), String> {
    let cloud = Cloud::serving(|| Sandbox::start_from(with_identity(state.clone(), policy), quick()));
    let url = cloud.sandbox().url();
    cloud.block_on(remove_all(&url))
}

#[test]
fn the_printed_policy_is_enough_to_remove_everything_and_each_right_is_needed() {
    let (state, policy) = (all(), printed(&usual(), "destroy"));
    removed(&state, &policy).unwrap();
    // The embedded cloud has none of these to take away.
    let absent = ["LoginProfile", "DeactivateMFADevice", "DeleteS", "GetLogin"];
    let looks: Vec<String> = lesser(&printed(&usual(), "plan")).into_iter().map(|(right, _)| right).collect();
    for (right, lesser) in lesser(&policy) {
        let is_of_the_lock = right.ends_with(".trueup/lock");
        if !looks.contains(&right) && !is_of_the_lock && absent.iter().all(|part| !right.contains(part)) {
            assert!(removed(&state, &lesser).is_err(), "nothing is refused without {right}");
        }
    }
}

#[test]
fn who_may_apply_may_not_remove() {
    removed(&all(), &printed(&usual(), "apply")).unwrap_err();
}
