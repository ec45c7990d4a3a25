//! What the guide gives people to copy does what it says, taken out of the page as it stands there.

use aws_config::{BehaviorVersion, Region};
use aws_sdk_iam::config::Credentials;
use trueup::sandbox::{ROOT_KEY, ROOT_SECRET, Sandbox};

use crate::common::iam;
use crate::support::{Cloud, LEDGER, Project, quick};

const GUIDE: &str = include_str!("../../docs/guide.md");

/// The statements of every policy in the guide, for the environment of the tests.
fn policies() -> String {
    let blocks = GUIDE.split("```json\n").skip(1).map(|block| block.split("\n```").next().unwrap());
    let statements: Vec<serde_json::Value> = blocks
        .filter_map(|block| serde_json::from_str::<serde_json::Value>(block).ok())
        .flat_map(|block| match block {
            block if block.get("Effect").is_some() => vec![block],
            block => block["Statement"].as_array().cloned().unwrap_or_default(),
        })
        .collect();
    assert!(statements.len() >= 3, "the guide's policy, and what a lock needs besides: {statements:?}");
    serde_json::json!({ "Version": "2012-10-17", "Statement": statements }).to_string()
}

/// The key of a user who has this policy and nothing else.
fn user_with(cloud: &Cloud, policy: &str) -> (String, String) {
    cloud.block_on(async {
        let config = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::from_static("us-east-1"))
            .credentials_provider(Credentials::new(ROOT_KEY, ROOT_SECRET, None, None, "test"))
            .endpoint_url(cloud.sandbox().url())
            .load()
            .await;
        let iam = aws_sdk_iam::Client::new(&config);
        iam.create_user().user_name("deployer").send().await.unwrap();
        let put = iam.put_user_policy().user_name("deployer").policy_name("trueup").policy_document(policy);
        put.send().await.unwrap();
        let key = iam.create_access_key().user_name("deployer").send().await.unwrap().access_key.unwrap();
        (key.access_key_id, key.secret_access_key)
    })
}

#[test]
fn the_policy_of_the_guide_is_enough_from_nothing_to_no_changes() {
    let cloud = Cloud::start(quick());
    let (id, secret) = user_with(&cloud, &policies());
    let project = Project::with(LEDGER).at(cloud.sandbox());
    let project = project.set("AWS_ACCESS_KEY_ID", &id).set("AWS_SECRET_ACCESS_KEY", &secret);
    project.run(&["plan", "--detailed-exitcode"]).exits(2);
    project.run(&["apply", "--yes", "--lock"]).exits(0);
    project.run(&["plan", "--detailed-exitcode"]).exits(0);
    project.run(&["apply", "--yes", "--lock"]).exits(0);
    let refused: Vec<_> = cloud
        .sandbox()
        .calls()
        .into_iter()
        .filter(|call| call.status == 403)
        .map(|call| call.operation)
        .collect();
    assert!(refused.is_empty(), "{refused:?}");
}

#[test]
fn the_policy_of_the_guide_is_enough_to_replace_a_key_and_to_rename_its_user() {
    let cloud = Cloud::start(quick());
    let one = r#""arn:aws:iam::*:user/ledger-production-app""#;
    let both = format!("[{one},{}]", one.replace("-app", "-web"));
    let (id, secret) = user_with(&cloud, &policies().replace(one, &both));
    let set = |project: Project| project.set("AWS_ACCESS_KEY_ID", &id).set("AWS_SECRET_ACCESS_KEY", &secret);
    set(Project::with(LEDGER).at(cloud.sandbox())).run(&["apply", "--yes"]).exits(0);
    let mut state = cloud.sandbox().state().unwrap();
    let user = &mut state["aws"]["accounts"]["111122223333"]["users"]["ledger-production-app"];
    user["keys"][0]["created"] = serde_json::json!("2020-01-01T00:00:00Z");
    let cloud = Cloud::serving(|| Sandbox::start_from(state, quick()));
    let user = "    name: ledger-production-app\n";
    let renamed = "    name: ledger-production-web\n    renamed_from: ledger-production-app\n";
    let project = set(Project::with(&LEDGER.replace(user, renamed)).at(cloud.sandbox()));
    project.run(&["apply", "--yes"]).exits(0).shows(&["active → inactive", "its access keys stay"]);
    project.run(&["plan", "--detailed-exitcode"]).exits(0).shows(&["inactive since"]);
    let refused: Vec<_> = cloud.sandbox().calls().into_iter().filter(|call| call.status == 403).collect();
    assert!(refused.is_empty(), "{refused:?}");
}

#[test]
fn the_policy_of_the_guide_sets_a_boundary_and_no_other_than_the_one_that_it_names() {
    const EDGE: &str = "arn:aws:iam::111122223333:policy/Edge";
    let cloud = Cloud::start(quick());
    let (id, secret) = user_with(&cloud, &policies());
    let iam = iam(&cloud);
    let all = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
    for name in ["Edge", "Wide"] {
        cloud.block_on(iam.create_policy().policy_name(name).policy_document(all).send()).unwrap();
    }
    let project = Project::with(LEDGER).at(cloud.sandbox());
    let project = project.set("AWS_ACCESS_KEY_ID", &id).set("AWS_SECRET_ACCESS_KEY", &secret);
    project.run(&["apply", "--yes"]).exits(0);
    let bounded = |arn: &str| {
        let user = "    name: ledger-production-app\n";
        LEDGER.replace(user, &format!("{user}    permissions_boundary: \"{arn}\"\n"))
    };
    project.write("environments/production.yaml", &bounded(&EDGE.replace("Edge", "Wide")));
    let refused = project.run(&["apply", "--yes"]).exits(1);
    assert!(refused.stderr.contains("iam:PutUserPermissionsBoundary"), "{}", refused.stderr);
    project.write("environments/production.yaml", &bounded(EDGE));
    project.run(&["apply", "--yes"]).exits(0).shows(&["permissions_boundary", EDGE]);
    project.run(&["plan", "--detailed-exitcode"]).exits(0);
    let live = cloud.block_on(iam.get_user().user_name("ledger-production-app").send()).unwrap();
    let boundary = live.user().unwrap().permissions_boundary().unwrap();
    assert_eq!(boundary.permissions_boundary_arn(), Some(EDGE));
}
