//! The rights that `trueup policy --for clone` prints make a clone with all that is taken along, and none of those that are
//! for taking it is too much.

use serde_json::{Value, json};

use crate::least_rights::{APPLY, BUCKET, lesser, nothing, printed, run, usual};
use crate::support::Project;

const CLONE: &[&str] =
    &["clone", "production", "review-7", "--objects", "--data", "--copy-vars=STRIPE_KEY", "--yes"];
const CLONED: &str = "ledger-review-7-uploads";

/// The policy for a clone that is not there yet.
fn for_clone(spec: &str) -> Value {
    let asked = ["policy", "production", "--for", "clone", "--as", "review-7"];
    Project::with(spec).run(&asked).exits(0).json()["aws"].clone()
}

/// The environment with a small object and one that takes several calls, each with a tag.
fn filled(spec: &str, key: Option<&str>) -> Value {
    let (ran, _, mut state) = run(spec, nothing(), &printed(spec, "apply"), APPLY);
    ran.exits(0);
    let mut headers = json!({ "content-type": "text/plain" });
    if let Some(key) = key {
        headers["x-amz-server-side-encryption-aws-kms-key-id"] = json!(key);
    }
    let object = |size: u64| {
        json!([{ "id": "v1", "modified": "2026-01-01T00:00:00Z", "deleted": false, "etag": format!("\"{size}\""),
            "headers": headers, "tags": { "kind": "note" }, "body": "", "hole": size }])
    };
    state["aws"]["buckets"][BUCKET]["objects"] = json!({ "note": object(3), "film": object(6 << 30) });
    let apps = state["heroku"]["apps"].as_object_mut().unwrap().values_mut();
    for app in apps {
        app["config"]["STRIPE_KEY"] = json!("sk");
    }
    state
}

/// Runs the clone for each policy that lacks one of these rights: every one is refused something, and says so.
fn each_is_needed(spec: &str, state: &Value, policy: &Value, is_meant: impl Fn(&str) -> bool) -> Vec<String> {
    let mut tried = Vec::new();
    for (right, lesser) in lesser(policy) {
        if is_meant(&right) {
            let (ran, refused, _) = run(spec, state.clone(), &lesser, CLONE);
            assert!(!refused.is_empty(), "nothing is refused without {right}");
            assert_ne!(ran.code, 0, "{right}");
            tried.push(right);
        }
    }
    tried
}

#[test]
fn the_printed_policy_is_enough_for_a_clone_and_each_right_to_take_along_is_needed() {
    let spec = usual();
    let (state, policy) = (filled(&spec, None), for_clone(&spec));
    let (ran, refused, after) = run(&spec, state.clone(), &policy, CLONE);
    assert!(refused.is_empty(), "{refused:?}\n{}{}", ran.stdout, ran.stderr);
    ran.exits(0);
    assert_eq!(after["aws"]["buckets"][CLONED]["objects"].as_object().unwrap().len(), 2);
    // A copy in parts that breaks off takes them away again; this one does not.
    let of_objects = |right: &str| right.contains("uploads/*") && !right.starts_with("s3:Abort");
    let tried = each_is_needed(&spec, &state, &policy, |right| {
        of_objects(right) || right == format!("s3:ListBucket on arn:aws:s3:::{BUCKET}")
    });
    assert_eq!(tried.len(), 5, "{tried:?}");
}

#[test]
fn the_printed_policy_writes_nothing_where_the_clone_comes_from() {
    let policy = for_clone(&usual());
    for (right, _) in lesser(&policy) {
        let (action, resource) = right.split_once(" on ").unwrap();
        let looks = ["s3:Get", "s3:List", "iam:Get", "iam:List"].iter().any(|look| action.starts_with(look));
        assert!(looks || !resource.contains("ledger-production"), "{right}");
    }
}

#[test]
fn the_printed_policy_has_the_rights_to_the_keys_of_both_buckets() {
    let spec = usual().replace("encryption: AES256", "encryption: { kms: ledger-key }");
    let state = filled(&spec, Some("arn:aws:kms:us-east-1:111122223333:key/ledger-key"));
    let policy = for_clone(&spec);
    let (ran, refused, _) = run(&spec, state.clone(), &policy, CLONE);
    assert!(refused.is_empty(), "{refused:?}\n{}{}", ran.stdout, ran.stderr);
    ran.exits(0);
    let used = ["kms:Decrypt", "kms:GenerateDataKey"];
    let tried = each_is_needed(&spec, &state, &policy, |right| used.iter().any(|one| right.starts_with(one)));
    assert_eq!(tried.len(), 2, "{tried:?}");
}

#[test]
fn a_clone_that_is_there_names_its_source_itself_and_one_that_is_not_has_to_be_named() {
    let project = Project::with(&usual());
    let ran = project.run(&["policy", "production", "--for", "clone"]).exits(1);
    ran.tells(&["production is no clone", "name the new one, as in --as review-42"]);
    let named = project.run(&["policy", "production", "--for", "clone", "--as", "review-7"]).exits(0).json();
    project.write(
        "environments/review-7.yaml",
        "extends: production.yaml\ncloned_from: production\napp: { name: ledger-review-7 }\n\
         buckets: { uploads: { name: ledger-review-7-uploads } }\niam_users: { app: { name: ledger-review-7-app } }\n",
    );
    let there = project.run(&["policy", "review-7", "--for", "clone"]).exits(0).json();
    assert_eq!(there, named);
    assert_eq!(there["heroku_scopes"], json!(["write-protected"]));
    let to_go =
        project.run(&["policy", "production", "--for", "destroy", "--as", "review-7"]).exits(0).json();
    assert!(to_go["aws"].to_string().contains(CLONED) && !to_go["aws"].to_string().contains(BUCKET));
}

#[test]
fn who_may_apply_the_source_may_not_clone_it() {
    let spec = usual();
    let (ran, refused, _) = run(&spec, filled(&spec, None), &printed(&spec, "apply"), CLONE);
    assert!(!refused.is_empty());
    ran.exits(1);
}
