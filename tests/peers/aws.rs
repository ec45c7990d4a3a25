//! The real `aws` program on the embedded cloud: it reads what trueup made, and what it changes is drift.

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use trueup::sandbox::{ROOT_KEY, ROOT_SECRET};

use crate::programs;
use crate::support::{Cloud, LEDGER, Project, Ran, quick};

fn aws(program: &Path, cloud: &Cloud, project: &Project, arguments: &[&str]) -> Value {
    let output = Command::new(program)
        .args(arguments)
        .env_clear()
        .env("PATH", std::env::var("PATH").unwrap_or_default())
        .env("HOME", project.file("home"))
        .env("AWS_ENDPOINT_URL", cloud.sandbox().url())
        .env("AWS_DEFAULT_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", ROOT_KEY)
        .env("AWS_SECRET_ACCESS_KEY", ROOT_SECRET)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_PAGER", "")
        .output()
        .unwrap();
    let ran = Ran::from(output).exits(0);
    serde_json::from_str(&ran.stdout).unwrap_or(Value::Null)
}

#[test]
fn the_aws_program_reads_what_trueup_made_and_its_changes_are_drift() {
    let Some(program) = programs::program("aws") else { return };
    let cloud = Cloud::start(quick());
    let project = Project::with(LEDGER).at(cloud.sandbox());
    let bucket = "ledger-production-uploads";
    let call = |arguments: &[&str]| aws(&program, &cloud, &project, arguments);
    project.run(&["apply", "--yes"]).exits(0);

    assert_eq!(call(&["sts", "get-caller-identity"])["Account"], "111122223333");
    let versioning = call(&["s3api", "get-bucket-versioning", "--bucket", bucket]);
    assert_eq!(versioning["Status"], "Enabled");
    let cors = call(&["s3api", "get-bucket-cors", "--bucket", bucket]);
    assert_eq!(cors["CORSRules"][0]["AllowedOrigins"][0], "https://app.ledger.example");
    let tags = call(&["iam", "get-user", "--user-name", "ledger-production-app"]);
    let tags = tags["User"]["Tags"].as_array().unwrap().clone();
    assert!(
        tags.iter().any(|tag| tag["Key"] == "trueup:environment" && tag["Value"] == "production"),
        "{tags:?}"
    );
    let policy =
        call(&["iam", "get-user-policy", "--user-name", "ledger-production-app", "--policy-name", "trueup"]);
    assert!(policy["PolicyDocument"]["Statement"].is_array(), "{policy}");
    let keys = call(&["iam", "list-access-keys", "--user-name", "ledger-production-app"]);
    assert_eq!(keys["AccessKeyMetadata"].as_array().map(Vec::len), Some(1));

    call(&[
        "s3api",
        "put-bucket-versioning",
        "--bucket",
        bucket,
        "--versioning-configuration",
        "Status=Suspended",
    ]);
    call(&["iam", "delete-user-policy", "--user-name", "ledger-production-app", "--policy-name", "trueup"]);
    let drift = project.run(&["plan", "--format", "json"]).exits(0);
    assert_eq!(
        drift.changes(),
        [
            ("buckets.uploads".to_owned(), "update".to_owned()),
            ("iam_users.app.policy".to_owned(), "create".to_owned())
        ]
    );
    project.run(&["apply", "--yes"]).exits(0);
    project.run(&["plan", "--detailed-exitcode"]).exits(0);
}
