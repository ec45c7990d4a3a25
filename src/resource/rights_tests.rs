//! Which rights a spec takes, for each purpose.

#![cfg(test)]

use super::*;
use crate::resource::testing::{want, want_app};

/// The rights that a spec needs, as `action resource`, with `if …` where they hold under a condition alone.
fn lines(rights: &Rights) -> Vec<String> {
    let line = |right: Right| {
        let condition = right.condition.map(|condition| format!(" if {} {}", condition.key, condition.value));
        format!("{} {}{}", right.action, right.resource, condition.unwrap_or_default())
    };
    rights.allowed().into_iter().map(line).collect()
}

fn of(yaml: &str, purpose: Purpose) -> Vec<String> {
    lines(&rights(want(yaml).desired().spec(), purpose))
}

/// What an apply may do besides looking.
fn writes(yaml: &str) -> Vec<String> {
    let looks = of(yaml, Purpose::Plan);
    of(yaml, Purpose::Apply).into_iter().filter(|line| !looks.contains(line)).collect()
}

const BUCKET: &str = "uploads: { name: ledger-uploads, region: us-east-1";
const DELIVERED: &str =
    "config: { ID: { from: iam_users.app.access_key_id }, KEY: { from: iam_users.app.secret_access_key } }\n";
const EVERYTHING: &str = "
config: { ID: { from: iam_users.app.access_key_id }, KEY: { from: iam_users.app.secret_access_key } }
buckets: { uploads: { name: ledger-uploads, region: us-east-1, versioning: true, encryption: { kms: abc } } }
iam_users: { app: { name: ledger-app, renamed_from: ledger-web, grants: { uploads: read }, access_key: {},
  permissions_boundary: \"arn:aws:iam::111122223333:policy/Edge\" } }
";

#[test]
fn a_plan_needs_no_right_to_write() {
    for line in of(EVERYTHING, Purpose::Plan) {
        let action = line.split(' ').next().unwrap().split(':').nth(1).unwrap();
        assert!(["Describe", "Get", "List"].iter().any(|looks| action.starts_with(looks)), "{line}");
    }
}

#[test]
fn a_spec_without_anything_on_aws_needs_no_right_there() {
    for purpose in [Purpose::Plan, Purpose::Apply, Purpose::Deploy, Purpose::Clone, Purpose::Destroy] {
        assert!(of("config: { RAILS_ENV: production }", purpose).is_empty());
    }
}

#[test]
fn a_bucket_needs_the_writes_that_its_spec_may_call_for() {
    let may = |keys: &str, action: &str| {
        let lines = writes(&format!("buckets: {{ {BUCKET}{keys} }} }}"));
        lines.contains(&format!("s3:{action} arn:aws:s3:::ledger-uploads"))
    };
    for (keys, action, expected) in [
        ("", "CreateBucket", true),
        ("", "TagResource", true),
        ("", "DeleteBucket", false),
        ("", "PutBucketVersioning", false),
        (", versioning: false", "PutBucketVersioning", true),
        ("", "PutEncryptionConfiguration", false),
        (", encryption: AES256", "PutEncryptionConfiguration", true),
        ("", "PutBucketCORS", true),
        ("", "DeleteBucketPolicy", false),
        (", tls_only: false", "DeleteBucketPolicy", true),
        (", tls_only: false, public_read: [public/], public_access: open", "DeleteBucketPolicy", false),
        (", adopt: true", "DeleteBucketPolicy", true),
        (", adopt: true, tls_only: true", "DeleteBucketPolicy", false),
        (", adopt: true", "PutBucketPolicy", true),
    ] {
        assert_eq!(may(keys, action), expected, "{action} with `{keys}`");
    }
}

#[test]
fn a_user_needs_rights_on_its_path_and_before_it_is_there_on_its_name() {
    let app = "iam_users: { app: { name: ledger-app } }";
    assert_eq!(
        of(app, Purpose::Plan),
        [
            "iam:GetAccessKeyLastUsed arn:aws:iam::*:user/trueup/*",
            "iam:GetUser arn:aws:iam::*:user/ledger-app",
            "iam:GetUser arn:aws:iam::*:user/trueup/*",
            "iam:GetUserPolicy arn:aws:iam::*:user/ledger-app",
            "iam:GetUserPolicy arn:aws:iam::*:user/trueup/ledger-app",
            "iam:ListAccessKeys arn:aws:iam::*:user/trueup/*",
            "iam:ListAttachedUserPolicies arn:aws:iam::*:user/trueup/ledger-app",
            "iam:ListGroupsForUser arn:aws:iam::*:user/trueup/ledger-app",
            "iam:ListUserPolicies arn:aws:iam::*:user/trueup/ledger-app",
            "iam:ListUsers *",
        ]
    );
    assert_eq!(
        writes(app),
        [
            "iam:CreateUser arn:aws:iam::*:user/trueup/ledger-app",
            "iam:DeleteUserPolicy arn:aws:iam::*:user/trueup/ledger-app",
            "iam:TagUser arn:aws:iam::*:user/trueup/ledger-app",
        ]
    );
}

#[test]
fn a_boundary_is_a_condition_of_whatever_gives_rights() {
    let bound = "if iam:PermissionsBoundary arn:aws:iam::111122223333:policy/Edge";
    for action in ["CreateUser", "PutUserPermissionsBoundary", "PutUserPolicy"] {
        let line = format!("iam:{action} arn:aws:iam::*:user/trueup/ledger-app {bound}");
        assert!(writes(EVERYTHING).contains(&line), "{line} is not in {:#?}", writes(EVERYTHING));
    }
}

#[test]
fn a_user_that_is_renamed_needs_the_right_on_both_names() {
    for name in ["ledger-app", "ledger-web"] {
        let line = format!("iam:UpdateUser arn:aws:iam::*:user/trueup/{name}");
        assert!(writes(EVERYTHING).contains(&line));
        let line = format!("iam:GetUserPolicy arn:aws:iam::*:user/trueup/{name}");
        assert!(of(EVERYTHING, Purpose::Plan).contains(&line));
    }
    assert!(
        writes(EVERYTHING).iter().all(|line| !line.contains("ledger-web") || line.contains("UpdateUser"))
    );
}

#[test]
fn a_user_that_was_there_before_may_be_at_any_path() {
    let adopted = &format!("{DELIVERED}iam_users: {{ app: {{ name: app, adopt: true, access_key: {{}} }} }}");
    for resource in ["user/app", "user/*/app"] {
        assert!(writes(adopted).contains(&format!("iam:CreateAccessKey arn:aws:iam::*:{resource}")));
    }
    assert!(writes(adopted).iter().all(|line| !line.contains("UpdateUser")), "it keeps its path");
    let moved = "iam_users: { app: { name: app, adopt: true, path: /trueup/ } }";
    assert!(writes(moved).contains(&"iam:UpdateUser arn:aws:iam::*:user/*/app".to_owned()));
}

#[test]
fn account_and_partition_are_those_of_the_spec() {
    let china = "aws: { account: \"111122223333\" }\n\
        buckets: { uploads: { name: ledger-uploads, region: cn-north-1 } }\niam_users: { app: { name: app } }";
    let lines = of(china, Purpose::Apply);
    assert!(lines.contains(&"s3:CreateBucket arn:aws-cn:s3:::ledger-uploads".to_owned()));
    assert!(lines.contains(&"iam:CreateUser arn:aws-cn:iam::111122223333:user/trueup/app".to_owned()));
    let by_boundary = "iam_users: { app: { name: app, permissions_boundary: \"arn:aws-us-gov:iam::111122223333:policy/Edge\" } }";
    assert!(
        of(by_boundary, Purpose::Plan).iter().all(|line| line.contains("aws-us-gov") || line.ends_with('*'))
    );
}

#[test]
fn destroying_needs_no_right_to_make() {
    let lines = of(EVERYTHING, Purpose::Destroy);
    for gone in [
        "s3:DeleteBucket arn:aws:s3:::ledger-uploads",
        "iam:DeleteUser arn:aws:iam::*:user/trueup/ledger-app",
    ] {
        assert!(lines.contains(&gone.to_owned()), "{gone}");
    }
    let makes = |line: &&String| line.contains(":Create") || line.contains(":Put") || line.contains(":Tag");
    assert_eq!(lines.iter().find(makes), None);
}

#[test]
fn the_scopes_of_the_token_are_those_of_what_is_asked_for() {
    let of = |yaml: &str, purpose| {
        let want = want_app("app: { name: ledger }", yaml);
        let scopes = rights(want.desired().spec(), purpose).scopes();
        scopes.into_iter().map(Scope::as_str).collect::<Vec<_>>()
    };
    let config = "config: { RAILS_ENV: production }";
    for (yaml, purpose, expected) in [
        ("", Purpose::Plan, vec!["read-protected"]),
        ("", Purpose::Apply, vec!["read-protected", "write"]),
        ("config: { TOKEN: { external: true } }", Purpose::Apply, vec!["read-protected", "write"]),
        (config, Purpose::Plan, vec!["read-protected"]),
        (config, Purpose::Apply, vec!["write-protected"]),
        ("addons: { CACHE: { attach: shared-redis } }", Purpose::Apply, vec!["write-protected"]),
        ("formation: { web: { quantity: 1 } }", Purpose::Apply, vec!["read-protected", "write"]),
        ("unmanaged: { config: remove }", Purpose::Apply, vec!["write-protected"]),
        ("", Purpose::Deploy, vec!["write-protected"]),
        ("", Purpose::Destroy, vec!["write-protected"]),
    ] {
        assert_eq!(of(yaml, purpose), expected, "{yaml} {purpose:?}");
    }
}

#[test]
fn a_pattern_is_within_another_that_names_all_that_it_names() {
    for (narrow, wide, expected) in [
        ("user/app", "user/app", true),
        ("user/app", "user/*", true),
        ("user/trueup/*", "user/*", true),
        ("user/*", "user/trueup/*", false),
        ("user/*/app", "user/*app", true),
        ("user/app", "user/*/app", false),
        ("user/a/app", "user/*/app", true),
        ("b/k", "b", false),
        ("b", "b*", true),
        ("anything", "*", true),
        ("ab", "ab*b", false),
    ] {
        assert_eq!(is_within(narrow, wide), expected, "{narrow} within {wide}");
    }
}
