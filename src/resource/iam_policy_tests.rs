//! The inline policy of a user: its grants in the spec × the policy that is live.

#![cfg(test)]

use super::{Inline, Kind};
use crate::cloud::policy::PolicyDocument;
use crate::resource::testing::{Want, local, outcome, paths, tags, want, world};
use crate::resource::{Draft, Operation, Output, World};

const BUCKET: &str = "buckets: { uploads: { name: ledger-uploads, region: us-east-1 } }";

/// The spec of a user with these grants.
fn granting(grants: &str) -> Want {
    want(&format!("{BUCKET}\niam_users: {{ app: {{ name: ledger-app, grants: {grants} }} }}"))
}

/// A world with the user and this policy of theirs.
fn live(policy: &str) -> World {
    let mut world = world().with_user(&[]);
    let policy = PolicyDocument::parse(policy).unwrap_or_else(|error| panic!("{error}: {policy}"));
    world.iam_policy.insert(local("app"), Inline { document: Some(policy), others: 0 });
    world
}

#[track_caller]
fn planned(grants: &str, policy: &str) -> Draft {
    granting(grants).diff::<Kind>(&live(policy))
}

/// What `grants: { uploads: read }` needs, as trueup writes it.
const READ: &str = r#"{ "Version": "2012-10-17", "Statement": [
    { "Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": "arn:aws:s3:::ledger-uploads" },
    { "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "arn:aws:s3:::ledger-uploads/*" }
] }"#;

#[test]
fn a_user_with_grants_and_no_policy_gets_one_that_shows_the_grants() {
    for world in [world(), world().with_user(&[])] {
        let draft = granting("{ uploads: read-write }").diff::<Kind>(&world);
        assert_eq!(outcome(&draft), ["create iam_users.app.policy"]);
        assert_eq!(paths(&draft), ["grants.uploads"]);
        let before = [Output::User(local("app")), Output::Boundary(local("app"))];
        assert_eq!(draft.changes[0].needs(), before, "the user and its boundary come first");
    }
}

#[test]
fn a_user_without_grants_has_no_policy() {
    assert_eq!(outcome(&granting("{}").diff::<Kind>(&world().with_user(&[]))), [""; 0]);
    let draft = planned("{}", READ);
    assert_eq!(outcome(&draft), ["delete iam_users.app.policy"]);
    assert_eq!(paths(&draft), ["document"]);
}

#[test]
fn a_policy_of_the_same_meaning_stays_whatever_its_words() {
    let reordered = r#"{ "Statement": [
        { "Sid": "Objects", "Resource": ["arn:aws:s3:::ledger-uploads/*"], "Action": "S3:getobject", "Effect": "Allow" },
        { "Sid": "", "Resource": ["arn:aws:s3:::ledger-uploads"], "Action": "s3:ListBucket", "Effect": "Allow" }
    ], "Version": "2012-10-17" }"#;
    for policy in [READ, reordered] {
        assert_eq!(outcome(&planned("{ uploads: read }", policy)), ["unchanged 1"], "{policy}");
    }
}

#[test]
fn a_policy_that_allows_more_less_or_something_else_is_replaced() {
    let more = READ.replace("\"s3:GetObject\"", "\"s3:GetObject\", \"s3:PutObject\"");
    let everything = READ.replace("s3:GetObject", "s3:*");
    let other_bucket = READ.replace("ledger-uploads/*", "shop-uploads/*");
    let denied = READ.replace("\"Allow\"", "\"Deny\"");
    let only_over_tls = READ.replace(
        "\"arn:aws:s3:::ledger-uploads/*\"",
        "\"arn:aws:s3:::ledger-uploads/*\", \"Condition\": { \"Bool\": { \"aws:SecureTransport\": true } }",
    );
    let of_2008 = READ.replace("\"Version\": \"2012-10-17\", ", "");
    for policy in [&more, &everything, &other_bucket, &denied, &only_over_tls, &of_2008] {
        assert_ne!(policy, READ, "the case says something");
        let draft = planned("{ uploads: read }", policy);
        assert_eq!(outcome(&draft), ["update iam_users.app.policy"], "{policy}");
        assert_eq!(paths(&draft), ["document"]);
    }
}

#[test]
fn a_policy_of_an_odd_shape_is_replaced_and_never_taken_for_the_wanted_one() {
    for policy in [
        r#"{ "Version": "2012-10-17" }"#,
        r#"{ "Version": "2012-10-17", "Statement": [] }"#,
        r#"{ "Version": "2012-10-17", "Statement": null }"#,
        r#"{ "Version": "2012-10-17", "Statement": { "Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*" } }"#,
        r#"{ "Version": "2012-10-17", "Statement": ["Allow", 7] }"#,
        r#"{ "Version": 2012, "Statement": "everything" }"#,
        "{}",
        "[]",
        "null",
        "\"a text\"",
    ] {
        let draft = planned("{ uploads: read }", policy);
        assert_eq!(outcome(&draft), ["update iam_users.app.policy"], "{policy}");
        assert_eq!(outcome(&planned("{}", policy)), ["delete iam_users.app.policy"], "{policy}");
    }
}

#[test]
fn a_grant_that_is_widened_and_a_bucket_that_gets_a_key_of_its_own_change_the_policy() {
    assert_eq!(outcome(&planned("{ uploads: read-write }", READ)), ["update iam_users.app.policy"]);
    let encrypted = want(
        "buckets: { uploads: { name: ledger-uploads, region: us-east-1, encryption: { kms: alias/ledger } } }
iam_users: { app: { name: ledger-app, grants: { uploads: read } } }",
    );
    assert_eq!(outcome(&encrypted.diff::<Kind>(&live(READ))), ["update iam_users.app.policy"]);
    let with_awss_own = want(
        "buckets: { uploads: { name: ledger-uploads, region: us-east-1, encryption: { kms: alias/aws/s3 } } }
iam_users: { app: { name: ledger-app, grants: { uploads: read } } }",
    );
    assert_eq!(outcome(&with_awss_own.diff::<Kind>(&live(READ))), ["unchanged 1"], "it needs no right");
}

#[test]
fn the_policy_of_somebody_elses_user_is_not_looked_at() {
    let mut world = live(READ);
    let user = world.iam_user.get_mut(&local("app")).expect("the user is there");
    user.tags = tags(&[("trueup:environment", "staging"), ("trueup:app", "ledger")]);
    for grants in ["{ uploads: read }", "{ uploads: read-write }", "{}"] {
        assert_eq!(
            outcome(&granting(grants).diff::<Kind>(&world)),
            [""; 0],
            "the user itself is refused: {grants}"
        );
    }
}

#[test]
fn each_user_has_a_policy_of_its_own() {
    let two = want(&format!(
        "{BUCKET}
iam_users:
  app: {{ name: ledger-app, grants: {{ uploads: read }} }}
  reports: {{ name: ledger-reports, grants: {{ uploads: read }} }}
"
    ));
    let draft = two.diff::<Kind>(&live(READ));
    assert_eq!(outcome(&draft), ["create iam_users.reports.policy", "unchanged 1"]);
}

/// The same world, but that its user was there before trueup.
fn adopted(mut world: World) -> World {
    world.iam_user.get_mut(&local("app")).expect("the user is there").tags = tags(&[("owner", "ops")]);
    world
}

/// What is planned for an adopted user with this policy of theirs.
fn adopting(grants: &str, policy: &str) -> Draft {
    let spec =
        format!("{BUCKET}\niam_users: {{ app: {{ name: ledger-app, adopt: true, grants: {grants} }} }}");
    want(&spec).diff::<Kind>(&adopted(live(policy)))
}

#[test]
fn a_policy_that_happens_to_have_our_name_is_kept_or_stands_against_the_grants() {
    let theirs = r#"{ "Version": "2012-10-17", "Statement":
        { "Effect": "Allow", "Action": "dynamodb:*", "Resource": "*" } }"#;
    let draft = adopting("{}", theirs);
    assert_eq!(outcome(&draft), ["warning iam_users.app.policy", "unmanaged iam_users.app.policy"]);
    let draft = adopting("{ uploads: read }", theirs);
    assert_eq!(outcome(&draft), ["blocked iam_users.app.policy"]);
    assert!(draft.blocked[0].advice.contains("delete-user-policy"), "{}", draft.blocked[0].advice);
    assert_eq!(
        outcome(&planned("{}", theirs)),
        ["delete iam_users.app.policy"],
        "of a user of ours it is ours"
    );
}

#[test]
fn a_policy_that_grants_made_is_trueups_on_an_adopted_user_too() {
    assert_eq!(outcome(&adopting("{ uploads: read }", READ)), ["unchanged 1"]);
    assert_eq!(outcome(&adopting("{ uploads: read-write }", READ)), ["update iam_users.app.policy"]);
    assert_eq!(outcome(&adopting("{}", READ)), ["delete iam_users.app.policy"]);
}

#[test]
fn with_other_inline_policies_no_more_than_iam_has_room_for_is_written() {
    let room = |others| {
        let mut world = live(READ);
        world.iam_policy.get_mut(&local("app")).expect("a policy").others = others;
        granting("{ uploads: read-write }").diff::<Kind>(&world)
    };
    let length = crate::spec::grants::ROOM - policy_length("{ uploads: read-write }");
    assert_eq!(outcome(&room(length)), ["update iam_users.app.policy"]);
    let draft = room(length + 1);
    assert_eq!(outcome(&draft), ["blocked iam_users.app.policy"]);
    assert!(draft.blocked[0].reason.contains("would have 2049"), "{}", draft.blocked[0].reason);
}

/// How long the policy of these grants is.
fn policy_length(grants: &str) -> usize {
    let want = granting(grants);
    let desired = want.desired();
    let spec = desired.spec();
    super::wanted(spec, &spec.iam_users[&local("app")]).expect("a policy").counted()
}
