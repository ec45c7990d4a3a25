//! The rights that `trueup policy` prints, under moto's own check of signatures and policies, as far as moto agrees with
//! AWS (life-and-ci.md section 12.5): what it names otherwise is added, and its users are all at `*`.

use aws_config::{BehaviorVersion, Region};
use aws_sdk_iam::config::Credentials;
use serde_json::{Value, json};

use crate::programs::{self, Server};
use crate::support::{Cloud, LEDGER, Project, Ran, quick};

/// The printed policy as moto takes it.
fn as_moto_takes_it(mut policy: Value) -> Value {
    for statement in policy["Statement"].as_array_mut().unwrap() {
        let is_of_iam = statement["Action"]
            .as_array()
            .unwrap()
            .iter()
            .any(|one| one.as_str().unwrap().starts_with("iam:"));
        if is_of_iam {
            statement["Resource"] = json!("*");
        }
    }
    let head = json!({ "Effect": "Allow", "Action": "s3:HeadBucket", "Resource": "*" });
    policy["Statement"].as_array_mut().unwrap().push(head);
    policy
}

fn without(mut policy: Value, action: &str) -> Value {
    for statement in policy["Statement"].as_array_mut().unwrap() {
        if let Some(actions) = statement["Action"].as_array_mut() {
            actions.retain(|one| one != action);
        }
    }
    policy["Statement"].as_array_mut().unwrap().retain(|one| one["Action"] != json!([]));
    policy
}

/// An apply from nothing and a plan after it, by an identity with this policy on a moto that checks.
fn live(cloud: &Cloud, moto: &Server, spec: &str, policy: &Value) -> (Ran, Ran) {
    let (id, secret) = cloud.block_on(async {
        let tell = async |path: &str, body: &'static str| {
            let call = reqwest::Client::new().post(format!("{}/moto-api/{path}", moto.url));
            let call = call.header("Content-Type", "text/plain").body(body);
            call.send().await.unwrap().error_for_status().unwrap();
        };
        tell("reset-auth", "1000000").await;
        tell("reset", "").await;
        let config = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::from_static("us-east-1"))
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .endpoint_url(&moto.url)
            .load()
            .await;
        let iam = aws_sdk_iam::Client::new(&config);
        iam.create_user().user_name("deployer").send().await.unwrap();
        let put = iam.put_user_policy().user_name("deployer").policy_name("printed");
        put.policy_document(policy.to_string()).send().await.unwrap();
        let key = iam.create_access_key().user_name("deployer").send().await.unwrap().access_key.unwrap();
        tell("reset-auth", "0").await;
        (key.access_key_id, key.secret_access_key)
    });
    let project = Project::with(spec)
        .at(cloud.sandbox())
        .set("AWS_ENDPOINT_URL", &moto.url)
        .set("AWS_ACCESS_KEY_ID", &id)
        .set("AWS_SECRET_ACCESS_KEY", &secret);
    let applied = project.run(&["apply", "--yes"]);
    (applied, project.run(&["plan", "--detailed-exitcode"]))
}

#[test]
fn the_printed_policy_is_enough_on_moto_and_what_it_lacks_is_refused() {
    let Some(program) = programs::program("moto_server") else { return };
    let moto = Server::moto(&program);
    // moto ignores the condition of the policy that denies plain http, and would deny everything.
    let spec = LEDGER.replace("    versioning: true", "    versioning: true\n    tls_only: false");
    let policy = Project::with(&spec).run(&["policy", "production"]).exits(0).json()["aws"].clone();
    let policy = as_moto_takes_it(policy);
    let (applied, planned) = live(&Cloud::start(quick()), &moto, &spec, &policy);
    applied.exits(0);
    planned.exits(0);
    for action in [
        "iam:CreateAccessKey",
        "iam:CreateUser",
        "iam:GetUser",
        "iam:ListAccessKeys",
        "iam:PutUserPolicy",
        "s3:CreateBucket",
        "s3:GetBucketCORS",
        "s3:GetBucketTagging",
        "s3:PutBucketCORS",
        "s3:PutBucketVersioning",
        "s3:PutLifecycleConfiguration",
    ] {
        let (applied, planned) = live(&Cloud::start(quick()), &moto, &spec, &without(policy.clone(), action));
        let both = format!("{}{}", applied.stderr, planned.stderr);
        assert!(
            ["access denied", "AccessDenied"].iter().any(|words| both.contains(words)),
            "without {action}: {both}"
        );
    }
}
