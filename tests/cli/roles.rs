//! Credentials that are had for a role: what refuses it is told as AWS says it, with the advice that fits.

use serde_json::json;

use crate::common::{cloud_and, fault};
use crate::support::{Cloud, LEDGER, Project};

const ROLE: &str = "arn:aws:iam::111122223333:role/deploy";
const MFA: &str = "mfa_serial = arn:aws:iam::111122223333:mfa/me\n";

/// A project whose only AWS credentials are those of the profile `work`.
fn with_profiles(config: &str) -> (Cloud, Project) {
    let (cloud, project) = cloud_and(LEDGER);
    project.write("home/.aws/config", config);
    let project = project.unset("AWS_ACCESS_KEY_ID").unset("AWS_SECRET_ACCESS_KEY");
    (cloud, project.set("AWS_PROFILE", "work"))
}

/// STS refuses an operation.
fn refuses(cloud: &Cloud, operation: &str, (status, code, message): (u16, &str, &str)) {
    let answer = json!({ "status": status, "id": code, "message": message });
    let refusal = json!({ "operation": operation, "times": 99, "kind": { "refuse": answer } });
    cloud.sandbox().set_faults(vec![fault(&refusal.to_string())]);
}

/// Asserts that a plan ends with an error of these words, in plain text.
#[track_caller]
fn tells(project: &Project, words: &[&str]) {
    let ran = project.run(&["plan"]).exits(1).tells(words);
    assert_eq!(ran.stderr.matches("error: ").count(), 1, "{}", ran.stderr);
    for debug in ["Error {", "Some(", "ProviderError", "Unhandled", "canary"] {
        assert!(!ran.stderr.contains(debug), "{}", ran.stderr);
    }
}

fn base() -> String {
    let (id, secret) = (trueup::sandbox::ROOT_KEY, trueup::sandbox::ROOT_SECRET);
    format!("[profile base]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n")
}

#[test]
fn a_role_that_does_not_trust_the_identity_says_so_and_which_profile_asked() {
    let config = format!("[profile work]\nrole_arn = {ROLE}\nsource_profile = base\n{}", base());
    let (cloud, project) = with_profiles(&config);
    let sentence = format!(
        "User: arn:aws:iam::111122223333:user/me is not authorized to perform: sts:AssumeRole on resource: {ROLE}"
    );
    refuses(&cloud, "AssumeRole", (403, "AccessDenied", &sentence));
    tells(
        &project,
        &[
            &format!("error: the AWS credentials could not be loaded: AccessDenied: {sentence}"),
            "; they are asked for by the profile `work`",
            "hint: let the trust policy of the role name this identity",
        ],
    );
}

#[test]
fn a_code_that_any_role_on_the_way_wants_is_told_with_its_profile() {
    let role = |profile: &str, source: &str, more: &str| {
        format!("[profile {profile}]\nrole_arn = {ROLE}\nsource_profile = {source}\n{more}")
    };
    for (config, wanting) in [
        (role("work", "base", MFA), "`work`"),
        (format!("{}{}", role("work", "middle", ""), role("middle", "base", MFA)), "`middle`"),
        (format!("{}{}{}", role("work", "a", ""), role("a", "b", ""), role("b", "base", MFA)), "`b`"),
    ] {
        let (cloud, project) = with_profiles(&format!("{config}{}", base()));
        let words = format!("the profile {wanting} assumes a role with a code of an MFA device");
        tells(
            &project,
            &[&words, "hint: let the AWS CLI ask for the code", "aws configure export-credentials"],
        );
        let asked = cloud.sandbox().calls().into_iter().filter(|call| call.service == "sts").count();
        assert_eq!(asked, 0, "nothing is sent without the code");
    }
}

#[test]
fn a_code_that_no_role_on_the_way_wants_is_no_hindrance() {
    // A key of its own ends the way, and a profile that nobody takes from is not on it.
    let own = base().replace(
        "[profile base]\n",
        &format!("[profile base]\nrole_arn = {ROLE}\nsource_profile = x\n{MFA}"),
    );
    for config in [own, format!("{}[profile other]\nrole_arn = {ROLE}\nsource_profile = base\n{MFA}", base())]
    {
        let config = format!("[profile work]\nrole_arn = {ROLE}\nsource_profile = base\n{config}");
        let (cloud, project) = with_profiles(&config);
        refuses(&cloud, "AssumeRole", (403, "AccessDenied", "not authorized to perform: sts:AssumeRole"));
        tells(&project, &["not authorized to perform: sts:AssumeRole"]);
    }
}

#[test]
fn a_web_identity_that_is_refused_tells_its_audience_and_subject() {
    // {"iss":"https://token.example","aud":"sts.amazonaws.com","sub":"repo:o/r:ref:refs/heads/main"}
    let claims = "eyJpc3MiOiJodHRwczovL3Rva2VuLmV4YW1wbGUiLCJhdWQiOiJzdHMuYW1hem9uYXdzLmNvbSIsInN1YiI6InJlcG86by9yOnJlZjpyZWZzL2hlYWRzL21haW4ifQ";
    let told =
        "says iss `https://token.example`, aud `sts.amazonaws.com`, sub `repo:o/r:ref:refs/heads/main`";
    for ((status, code, message), hint) in [
        (
            (403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity"),
            "its audience (`aud`) and its subject (`sub`)",
        ),
        (
            (400, "InvalidIdentityToken", "Incorrect token audience"),
            "its audience (`aud`) and its subject (`sub`)",
        ),
        (
            (
                400,
                "InvalidIdentityToken",
                "No OpenIDConnect provider found in your account for https://token.example",
            ),
            "create-open-id-connect-provider",
        ),
        ((400, "ExpiredTokenException", "Token expired"), "have a new one made"),
    ] {
        let (cloud, project) = cloud_and(LEDGER);
        project.write("token", &format!("e30.{claims}.canary"));
        let token = project.file("token").display().to_string();
        let project = project.unset("AWS_ACCESS_KEY_ID").unset("AWS_SECRET_ACCESS_KEY");
        let project = project.set("AWS_ROLE_ARN", ROLE).set("AWS_WEB_IDENTITY_TOKEN_FILE", &token);
        refuses(&cloud, "AssumeRoleWithWebIdentity", (status, code, message));
        tells(&project, &[message, "they are asked for by AWS_WEB_IDENTITY_TOKEN_FILE", told, hint]);
    }
    let (_cloud, project) = cloud_and(LEDGER);
    let project = project.unset("AWS_ACCESS_KEY_ID").unset("AWS_SECRET_ACCESS_KEY");
    let project = project.set("AWS_ROLE_ARN", ROLE).set("AWS_WEB_IDENTITY_TOKEN_FILE", "/nowhere/token");
    tells(&project, &["AWS_WEB_IDENTITY_TOKEN_FILE", "the token's file `/nowhere/token` cannot be read"]);
}

#[test]
fn a_profile_that_is_not_there_is_named() {
    let (_cloud, project) = with_profiles(&base());
    tells(&project, &["`work`"]);
    let (_cloud, project) =
        with_profiles(&format!("[profile work]\nrole_arn = {ROLE}\nsource_profile = gone\n"));
    tells(&project, &["profile `gone` was not defined", "referenced from work"]);
}
