//! `doctor`: whether a plan could run, and the command that mends what is in its way.

use serde_json::{Value, json};

use crate::common::{assert_nothing_written, cloud_and, iam};
use crate::support::{Cloud, LEDGER, Project, Ran};

/// The finding of that id.
#[track_caller]
fn finding(ran: &Ran, id: &str) -> Value {
    let document = ran.json();
    let findings = document["findings"].as_array().unwrap();
    findings.iter().find(|one| one["id"] == id).unwrap_or_else(|| panic!("no `{id}`: {}", ran.stdout)).clone()
}

fn doctor(project: &Project) -> Ran {
    project.run(&["doctor", "--format", "json"])
}

/// A token of these scopes.
fn token(cloud: &Cloud, scopes: &[&str]) -> String {
    let made = cloud.heroku("POST", "/oauth/authorizations", Some(json!({ "scope": scopes })));
    made["access_token"]["token"].as_str().unwrap().to_owned()
}

#[test]
fn where_a_plan_can_run_all_is_well_and_nothing_is_written() {
    let (cloud, project) = cloud_and(LEDGER);
    cloud.sandbox().forget_calls();
    let ran = doctor(&project).exits(0);
    for id in [
        "proxy",
        "heroku.token",
        "heroku.scopes",
        "clock",
        "heroku.quota",
        "heroku.data",
        "aws.identity",
        "aws.s3",
    ] {
        let found = finding(&ran, id);
        assert_eq!((found["status"].as_str(), &found["remedy"]), (Some("ok"), &Value::Null), "{found}");
    }
    assert_nothing_written(&cloud);
    project.run(&["doctor"]).exits(0).shows(&["heroku.token", "No problems found: a plan can run."]);
}

#[test]
fn scopes_decide_how_far_a_token_goes() {
    let (cloud, project) = cloud_and(LEDGER);
    let project = project.set("HEROKU_API_KEY", &token(&cloud, &["read-protected"]));
    let found = finding(&doctor(&project).exits(0), "heroku.scopes");
    assert_eq!(found["status"], "warn");
    assert!(found["remedy"].as_str().unwrap().contains("-s write-protected"), "{found}");
    let project = project.set("HEROKU_API_KEY", &token(&cloud, &["read"]));
    let found = finding(&doctor(&project).exits(1), "heroku.scopes");
    assert_eq!(found["status"], "fail", "{found}");
}

#[test]
fn without_credentials_it_is_said_how_to_get_some() {
    let (_cloud, project) = cloud_and(LEDGER);
    let project = project.unset("AWS_ACCESS_KEY_ID").unset("AWS_SECRET_ACCESS_KEY").unset("HEROKU_API_KEY");
    let ran = doctor(&project).exits(1);
    for id in ["heroku.token", "aws.identity"] {
        let found = finding(&ran, id);
        assert_eq!((found["status"].as_str(), found["remedy"].is_string()), (Some("fail"), true), "{found}");
    }
}

#[test]
fn a_file_with_mistakes_and_another_account_stop_a_plan() {
    let (_cloud, project) = cloud_and(LEDGER);
    project.write("environments/staging.yaml", "app: { name: shop, regoin: us }\n");
    let more = "app: { name: shop-other }\naws: { account: \"444455556666\" }\n\
        buckets: { uploads: { name: shop-other-uploads, region: us-east-1 } }\n";
    project.write("environments/other.yaml", more);
    let ran = doctor(&project).exits(1);
    assert_eq!(finding(&ran, "environments.staging")["remedy"], "trueup validate staging");
    assert_eq!(finding(&ran, "aws.account")["detail"], "other belongs to the account 444455556666");
}

#[test]
fn an_app_alone_needs_no_aws_and_a_folder_without_environments_is_looked_at_too() {
    let (cloud, project) = cloud_and("app: { name: shop-production }\n");
    let project = project.unset("AWS_ACCESS_KEY_ID").unset("AWS_SECRET_ACCESS_KEY");
    assert_eq!(finding(&doctor(&project).exits(0), "aws")["status"], "ok");
    let nothing = Project::empty().at(cloud.sandbox());
    assert_eq!(finding(&doctor(&nothing).exits(0), "heroku.token")["status"], "ok");
}

#[test]
fn certificates_that_variables_name_are_looked_at_and_told_when_they_cannot_be_used() {
    let (_cloud, project) = cloud_and(LEDGER);
    let ca = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/tls/ca.pem");
    let project = project.set("AWS_CA_BUNDLE", ca).set("SSL_CERT_FILE", "missing.pem");
    let ran = doctor(&project).exits(0);
    let found = finding(&ran, "certificates.AWS_CA_BUNDLE");
    assert_eq!(found["detail"], format!("AWS is trusted by the certificate of {ca} alone"));
    // Heroku is on this machine, where no certificate is looked at.
    let found = finding(&ran, "certificates.SSL_CERT_FILE");
    assert_eq!((&found["status"], &found["remedy"]), (&json!("warn"), &json!("unset SSL_CERT_FILE")));
    project.write("empty.pem", "");
    let project = project.set("AWS_CA_BUNDLE", "empty.pem");
    let found = finding(&doctor(&project).exits(1), "certificates.AWS_CA_BUNDLE");
    assert_eq!(found["detail"], "empty.pem holds no certificates in PEM form");
}

#[test]
fn a_machine_that_trusts_nobody_is_told_so_in_place_of_an_error() {
    let (_cloud, project) = cloud_and("app: { name: shop-production }\n");
    let project = project.set("HEROKU_API_URL", "https://127.0.0.1:1").set("SSL_CERT_FILE", "missing.pem");
    let ran = doctor(&project).exits(1);
    let found = finding(&ran, "certificates.SSL_CERT_FILE");
    assert_eq!((&found["status"], &found["remedy"]), (&json!("fail"), &json!("unset SSL_CERT_FILE")));
    assert!(found["detail"].as_str().unwrap().starts_with("missing.pem cannot be read"), "{found}");
}

#[test]
fn a_proxy_that_is_none_is_told_so_in_place_of_an_error() {
    let (_cloud, project) = cloud_and("app: { name: shop-production }\n");
    let project =
        project.set("HEROKU_API_URL", "https://heroku.example").set("HTTPS_PROXY", "ftp://proxy.example");
    assert_eq!(finding(&doctor(&project).exits(1), "proxy")["status"], "fail");
}

#[test]
fn whoever_may_not_ask_iam_what_they_may_is_told_by_what_is_refused() {
    let (cloud, project) = cloud_and(LEDGER);
    let client = iam(&cloud);
    cloud.block_on(client.create_user().user_name("newcomer").send()).unwrap();
    let made = cloud.block_on(client.create_access_key().user_name("newcomer").send()).unwrap();
    let key = made.access_key().unwrap();
    let project = project
        .set("AWS_ACCESS_KEY_ID", key.access_key_id())
        .set("AWS_SECRET_ACCESS_KEY", key.secret_access_key());
    let found = finding(&doctor(&project).exits(1), "aws.rights");
    assert_eq!(
        (&found["status"], &found["remedy"]),
        (&json!("fail"), &json!("trueup policy production --for plan"))
    );
    assert!(found["detail"].as_str().unwrap().contains("iam:GetUser"), "{found}");
}

#[test]
fn versions_that_are_the_next_to_end_are_told_and_whose_token_it_is() {
    let (_cloud, project) = cloud_and(&LEDGER.replace("version: \"17\"", "version: \"15\""));
    let ran = doctor(&project).exits(0);
    let found = finding(&ran, "postgres.15");
    assert_eq!(found["status"], "warn");
    assert!(found["detail"].as_str().unwrap().starts_with("of production: the oldest"), "{found}");
    assert!(finding(&ran, "stack.heroku-24")["detail"].as_str().unwrap().contains("April 2029"));
    assert!(finding(&ran, "heroku.token")["detail"].as_str().unwrap().contains("sandbox@trueup.example"));
}
