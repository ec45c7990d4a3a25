//! `trueup policy`: what it prints, what it says besides, and what it refuses.

use serde_json::{Value, json};

use crate::common::SMALL;
use crate::least_rights::{ACCOUNT, usual};
use crate::support::{LEDGER, Project};

#[test]
fn rights_are_printed_for_programs_and_notes_for_people_without_asking_anybody() {
    let project = Project::with(LEDGER);
    let ran = project.run(&["policy"]).exits(0);
    let rights = ran.json();
    assert_eq!(rights.as_object().unwrap().keys().collect::<Vec<_>>(), ["aws", "heroku_scopes"]);
    assert_eq!(rights["aws"]["Version"], "2012-10-17");
    assert_eq!(rights["heroku_scopes"], json!(["write-protected"]));
    ran.tells(&[
        "the spec names no AWS account",
        "hold for every app that its account can see, not for one app",
        "a machine user",
        "heroku authorizations:create --scope write-protected",
    ]);
    let quiet = project.run(&["policy", "production", "--for", "plan", "--format", "json", "-q"]).exits(0);
    assert_eq!(
        (quiet.json()["heroku_scopes"].clone(), quiet.stderr.as_str()),
        (json!(["read-protected"]), "")
    );
}

#[test]
fn an_environment_without_anything_on_aws_has_no_policy_there() {
    let project = Project::with(SMALL);
    let ran = project.run(&["policy", "production"]).exits(0);
    assert_eq!(ran.json(), json!({ "aws": null, "heroku_scopes": ["read-protected", "write"] }));
    assert!(!ran.stderr.contains("AWS"), "{}", ran.stderr);
}

#[test]
fn a_role_trusts_the_jobs_of_one_repository_for_one_environment() {
    let project = Project::with(&usual());
    let trust = |arguments: &[&str]| {
        let all = [&["policy", "production", "--trust"], arguments].concat();
        project.run(&all).exits(0).json()["trust"].clone()
    };
    let issuer = "token.actions.githubusercontent.com";
    let expected = |subject: Value| {
        json!({ "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow",
            "Principal": { "Federated": format!("arn:aws:iam::{ACCOUNT}:oidc-provider/{issuer}") },
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": { "StringEquals": {
                format!("{issuer}:aud"): "sts.amazonaws.com", format!("{issuer}:sub"): subject } },
        }] })
    };
    let by_name = json!("repo:octo/ledger:environment:production");
    assert_eq!(trust(&["github:octo/ledger"]), expected(by_name));
    let by_ids = json!("repo:octo@583231/ledger@1296269:environment:production");
    assert_eq!(trust(&["github:octo/ledger@583231/1296269"]), expected(by_ids));
    let of_plans = json!(["repo:octo/ledger:pull_request", "repo:octo/ledger:ref:refs/heads/main"]);
    assert_eq!(trust(&["github:octo/ledger", "--for", "plan"]), expected(of_plans));
    let of_trunk = trust(&["github:octo/ledger", "--for", "plan", "--branch", "trunk"]);
    assert_eq!(
        of_trunk,
        expected(json!(["repo:octo/ledger:pull_request", "repo:octo/ledger:ref:refs/heads/trunk"]))
    );
    let ran = project.run(&["policy", "--trust", "github:octo/ledger"]).exits(0);
    ran.tells(&["--trust github:octo/ledger@OWNER_ID/REPO_ID", "gh api repos/octo/ledger"]);
}

#[test]
fn a_role_that_nobody_could_take_on_or_anybody_is_refused() {
    let project = Project::with(LEDGER);
    let ran = project.run(&["policy", "--trust", "github:octo/ledger"]).exits(1);
    assert_eq!(ran.stdout, "");
    ran.tells(&["names the AWS account", r#"aws: { account: "111122223333" }"#]);
    for (trust, expected) in [
        ("github:octo/*", "`*` is no repository on GitHub"),
        ("github:octo", "github:OWNER/REPO"),
        ("gitlab:octo/ledger", "only repositories of GitHub are known"),
        ("github:octo/ledger@7", "`7` is not the two ids"),
    ] {
        project.run(&["policy", "--trust", trust]).exits(1).tells(&[expected, "--trust"]);
    }
    for branch in ["release/*", "*", "a:b"] {
        let trust = ["policy", "--trust", "github:octo/ledger", "--branch", branch];
        project.run(&trust).exits(1).tells(&["expected the name of a branch", "no pattern"]);
    }
    project.run(&["policy", "--branch", "main"]).exits(1).tells(&["--trust"]);
    project.run(&["policy", "--for", "look"]).exits(1).tells(&["[possible values: plan, apply, deploy, "]);
    project.run(&["policy", "prod"]).exits(1).tells(&["prod"]);
}

#[test]
fn a_policy_that_is_too_long_for_a_managed_one_is_told() {
    let buckets: Vec<String> = (100..200)
        .map(|number| {
            format!(
                "  b{number}: {{ name: {number}-uploads-of-the-ledger-in-production, region: us-east-1 }}"
            )
        })
        .collect();
    let project = Project::with(&format!("{SMALL}buckets:\n{}\n", buckets.join("\n")));
    let ran = project.run(&["policy", "production"]).exits(0);
    ran.tells(&["and IAM takes 6144 as a managed one", "as an inline policy"]);
    let short = Project::with(LEDGER).run(&["policy"]).exits(0);
    assert!(!short.stderr.contains("6144"), "{}", short.stderr);
}
