//! Credentials of AWS as people keep them: sessions that ended, profiles that lead nowhere, programs that fail.

use crate::common::{cloud_and, refusal};
use crate::support::{LEDGER, Project};

/// A project whose credentials come from this configuration file and profile.
fn with_profile(profile: &str, config: &str) -> (crate::support::Cloud, Project) {
    let (cloud, project) = cloud_and(LEDGER);
    project.write("home/.aws/config", config);
    let project = project.unset("AWS_ACCESS_KEY_ID").unset("AWS_SECRET_ACCESS_KEY");
    (cloud, project.set("AWS_PROFILE", profile))
}

/// Plans, and sees that the credentials are told as what is wrong, with these words.
#[track_caller]
fn refused(project: &Project, words: &[&str]) {
    let ran = project.run(&["plan"]).exits(1);
    assert!(!ran.stderr.contains("check the network"), "{}", ran.stderr);
    ran.tells(words);
}

const SSO: &str = "[profile work]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = Dev\n\
    [sso-session corp]\nsso_region = eu-west-1\nsso_start_url = https://corp.awsapps.com/start\n";

/// What the AWS CLI keeps of a login; the file is named after the session's SHA-1.
fn cached(project: &Project, expires: &str) {
    let token = format!(
        r#"{{"accessToken":"canary","expiresAt":"{expires}","startUrl":"https://corp.awsapps.com/start","region":"eu-west-1"}}"#
    );
    project.write("home/.aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json", &token);
}

/// aws/aws-cli#7361, awslabs/aws-sdk-rust#438
#[test]
fn a_login_that_ended_or_cannot_be_read_says_to_log_in_again() {
    let (_cloud, project) = with_profile("work", SSO);
    refused(&project, &["failed to load the cached SSO token", "aws sso login"]);
    for (expires, words) in [
        ("2020-01-01T00:00:00Z", "the SSO token has expired"),
        ("2035-01-01T00:00:00UTC", "failed to load the cached SSO token"),
    ] {
        cached(&project, expires);
        refused(&project, &[words, "aws sso login"]);
    }
}

/// boto/botocore#1780, aws/aws-sdk-java-v2#1842, awslabs/aws-sdk-rust#793
#[test]
fn a_profile_that_leads_round_or_nowhere_is_no_matter_of_the_network() {
    let role = "role_arn = arn:aws:iam::111122223333:role/deploy\nsource_profile =";
    let round = format!("[profile work]\n{role} base\n[profile base]\n{role} work\n");
    let (_cloud, project) = with_profile("work", &round);
    refused(&project, &["the AWS credentials could not be loaded", "infinite loop"]);

    let (_cloud, project) = with_profile("work", &format!("[profile work]\n{role} base\n"));
    refused(&project, &["could not find source profile base"]);

    let (_cloud, project) = with_profile("work", "[profile work]\naws_access_key_id = AKIA\n");
    refused(&project, &["the AWS credentials could not be loaded", "missing aws_secret_access_key"]);
}

/// A program that gives no credentials; what it printed may be a secret.
#[test]
fn a_program_that_gives_no_credentials_is_told_without_what_it_printed() {
    for (program, words) in [
        ("echo canary", "could not parse response"),
        ("false", "external process exited with code"),
        ("/nowhere/tool", "external process exited with code"),
    ] {
        let (_cloud, project) =
            with_profile("work", &format!("[profile work]\ncredential_process = {program}\n"));
        let ran = project.run(&["plan"]).exits(1);
        assert!(!ran.stderr.contains("canary"), "{}", ran.stderr);
        ran.tells(&["the AWS credentials could not be loaded", words]);
    }
}

/// awslabs/aws-sdk-rust#583, awslabs/aws-sdk-rust#926, awslabs/aws-sdk-rust#443
#[test]
fn neither_a_home_nor_a_region_of_the_operator_is_needed() {
    let (_cloud, project) = cloud_and(LEDGER);
    let project = project.unset("HOME").unset("AWS_REGION");
    let ran = project.run(&["apply", "--yes"]).exits(0);
    assert!(!ran.stderr.to_lowercase().contains("region"), "{}", ran.stderr);
    project.run(&["plan", "--detailed-exitcode"]).exits(0).shows(&["No changes."]);
}

/// awslabs/aws-sdk-rust#1033, aws/aws-sdk-java#519
#[test]
fn a_wrong_clock_is_told_as_one_by_every_service() {
    for (operation, code, message) in [
        (
            "GetCallerIdentity",
            "SignatureDoesNotMatch",
            "Signature expired: 20260101T000000Z is now earlier than 20260101T001500Z",
        ),
        (
            "GetCallerIdentity",
            "SignatureDoesNotMatch",
            "Signature not yet current: 20260101T010000Z is still later",
        ),
        (
            "GetBucketTagging",
            "RequestTimeTooSkewed",
            "The difference between the request time and the current time is too large.",
        ),
    ] {
        let (cloud, project) = cloud_and(LEDGER);
        project.run(&["apply", "--yes"]).exits(0);
        cloud.sandbox().set_faults(vec![refusal(9, operation, (403, code, message))]);
        let ran = project.run(&["plan"]).exits(1);
        ran.tells(&[code, "hint: the clock of this machine is wrong: set it"]);
    }
}
