//! A bucket of the spec × what S3 says of it.

use super::{Kind, Presence, Seen, Write};
use crate::cloud::policy::{self, PolicyDocument};
use crate::cloud::s3::{BucketSettings, EncryptionState, LifecycleRule, Versioning};
use crate::resource::testing::{changes, local, own_tags, paths, tags, want};
use crate::resource::{Draft, World};
use crate::spec::{BucketName, Encryption};

/// The bucket `uploads` with more keys.
fn diff(keys: &str, world: &World) -> Draft {
    let spec = format!(
        "buckets: {{ uploads: {{ name: ledger-uploads, region: us-east-1, public_access: open{keys} }} }}"
    );
    want(&spec).diff::<Kind>(world)
}

/// A bucket that is as a spec without more keys wants it, but for the public access block, which each of
/// these specs writes since S3 says nothing of it.
fn settings() -> BucketSettings {
    let name = BucketName::parse("ledger-uploads").expect("a good name");
    BucketSettings {
        public_access_block: None,
        ownership: Some("BucketOwnerEnforced".to_owned()),
        encryption: Some(EncryptionState { encryption: Encryption::Aes256, blocked_types: Vec::new() }),
        versioning: Versioning::Never,
        lifecycle: Vec::new(),
        cors: Vec::new(),
        policy: Some(PolicyDocument::default().with_statement(&policy::tls_only(&name))),
        tags: own_tags(),
    }
}

fn seen(presence: Presence, settings: Option<BucketSettings>) -> World {
    let bucket = [(local("uploads"), Seen { presence, settings })].into();
    World { bucket, ..World::default() }
}

fn live(alter: impl FnOnce(&mut BucketSettings)) -> World {
    let mut settings = settings();
    alter(&mut settings);
    seen(Presence::Present, Some(settings))
}

/// The fields that differ, besides the public access block.
fn differs(keys: &str, world: &World) -> Vec<String> {
    paths(&diff(keys, world)).into_iter().filter(|path| path != "public_access").collect()
}

/// The writes of one kind that a draft makes.
fn written<T>(draft: &Draft, of: impl Fn(&Write) -> Option<T>) -> Option<T> {
    draft.changes.iter().find_map(|change| match change {
        crate::resource::Change::Bucket(change) => of(&change.write),
        other => panic!("not a bucket's: {other:?}"),
    })
}

const SAME: [&str; 0] = [];

#[test]
fn a_bucket_that_is_as_it_should_be_needs_nothing() {
    assert_eq!(differs("", &live(|_| ())), SAME);
}

#[test]
fn each_setting_that_drifted_is_written_and_no_other() {
    let drifted = |alter: fn(&mut BucketSettings)| differs(", versioning: false", &live(alter));
    assert_eq!(drifted(|live| live.ownership = Some("ObjectWriter".to_owned())), ["ownership"]);
    assert_eq!(drifted(|live| live.encryption = None), ["encryption"]);
    assert_eq!(drifted(|live| live.versioning = Versioning::Enabled), ["versioning"]);
    assert_eq!(drifted(|live| live.versioning = Versioning::Suspended), SAME);
    assert_eq!(drifted(|live| live.policy = None), ["tls_only"]);
    assert_eq!(
        drifted(|live| {
            live.tags.remove("trueup:app");
        }),
        ["tags.trueup:app"]
    );
}

#[test]
fn a_setting_that_the_spec_does_not_name_is_left_alone() {
    assert_eq!(differs("", &live(|live| live.versioning = Versioning::Enabled)), SAME);
    assert_eq!(differs("", &live(|live| live.lifecycle = vec![foreign(3)])), SAME);
}

fn foreign(days: u32) -> LifecycleRule {
    LifecycleRule::new("by-hand", None, None, Some(days))
}

fn ours(days: u32) -> LifecycleRule {
    LifecycleRule::new("trueup", None, None, Some(days))
}

#[test]
fn our_lifecycle_rule_changes_and_goes_while_foreign_rules_stay() {
    let ids = |draft: &Draft| {
        written(draft, |write| match write {
            Write::Lifecycle { after, .. } => {
                Some(after.iter().map(|rule| rule.id.clone()).collect::<Vec<_>>())
            }
            _ => None,
        })
    };
    let world = live(|live| live.lifecycle = vec![foreign(3), ours(30)]);
    let keys = ", lifecycle: { expire_after_days: 9 }";
    assert_eq!(ids(&diff(keys, &world)).expect("a write"), ["by-hand", "trueup"]);
    assert_eq!(ids(&diff("", &world)).expect("a write"), ["by-hand"]);
}

#[test]
fn a_foreign_rule_that_says_the_same_will_do_unless_ours_says_something_else() {
    let keys = ", lifecycle: { expire_after_days: 9 }";
    assert_eq!(differs(keys, &live(|live| live.lifecycle = vec![foreign(9)])), SAME);
    let both = live(|live| live.lifecycle = vec![foreign(9), ours(3)]);
    assert_eq!(differs(keys, &both), ["lifecycle.expire_after_days"], "objects would go after 3 days");
}

#[test]
fn statements_of_others_survive_in_the_bucket_policy() {
    let statement = serde_json::json!({ "Sid": "Theirs", "Effect": "Allow", "Principal": "*",
        "Action": "s3:GetObject", "Resource": "arn:aws:s3:::ledger-uploads/public/*" });
    let theirs = PolicyDocument::default().with_statement(&statement);
    let after = |draft: &Draft| {
        written(draft, |write| match write {
            Write::Policy { after, .. } => Some(after.as_ref().map(PolicyDocument::to_text)),
            _ => None,
        })
    };
    let policy =
        after(&diff("", &live(|live| live.policy = Some(theirs.clone())))).flatten().expect("a policy");
    assert!(policy.contains("Theirs") && policy.contains(policy::TLS_ONLY_SID), "{policy}");
    let name = BucketName::parse("ledger-uploads").expect("a good name");
    let both = live(|live| live.policy = Some(theirs.with_statement(&policy::tls_only(&name))));
    let policy = after(&diff(", tls_only: false", &both)).flatten().expect("a policy");
    assert!(policy.contains("Theirs") && !policy.contains(policy::TLS_ONLY_SID), "{policy}");
    assert_eq!(after(&diff(", tls_only: false", &live(|_| ()))), Some(None), "ours alone: nothing is left");
    assert_eq!(differs(", tls_only: false", &live(|live| live.policy = Some(theirs.clone()))), SAME);
}

#[test]
fn tags_of_others_are_carried_over() {
    let world = live(|live| live.tags.extend(tags(&[("backup", "yes")])));
    assert_eq!(differs("", &world), SAME);
    let after = written(&diff(", tags: { team: ledger }", &world), |write| match write {
        Write::Tags { after, .. } => Some(after.clone()),
        _ => None,
    });
    let after = after.expect("a write");
    assert_eq!((after["backup"].as_str(), after["team"].as_str()), ("yes", "ledger"));
}

#[test]
fn a_bucket_elsewhere_or_of_someone_else_is_refused_and_not_touched() {
    let elsewhere = seen(Presence::InOtherRegion { region: "eu-west-1".to_owned() }, None);
    let foreign = tags(&[("trueup:environment", "staging"), ("trueup:app", "ledger-staging")]);
    for (world, address) in [
        (elsewhere, "buckets.uploads.region"),
        (seen(Presence::Forbidden, None), "buckets.uploads.name"),
        (live(|live| live.tags = foreign), "buckets.uploads"),
    ] {
        let draft = diff("", &world);
        assert_eq!(draft.blocked[0].address.as_str(), address);
        assert_eq!(changes(&draft), SAME);
    }
}

#[test]
fn cors_is_compared_when_the_spec_has_it_and_left_alone_when_not() {
    let keys = ", cors: { origins: [https://a.example] }";
    assert!(differs(keys, &live(|_| ())).contains(&"cors.origins".to_owned()));
    let with_cors = |world: &World| {
        written(&diff(keys, world), |write| match write {
            Write::Cors { after, .. } => Some(after.clone()),
            _ => None,
        })
    };
    let rules = with_cors(&live(|_| ())).expect("a write");
    let same = live(|live| live.cors.clone_from(&rules));
    assert_eq!(differs(keys, &same), SAME);
    assert_eq!(differs("", &same), SAME);
}

#[test]
fn an_empty_bucket_never_takes_the_place_of_the_one_that_the_app_uses() {
    let spec = "
config: { BUCKET: { from: buckets.uploads.name } }
buckets: { uploads: { name: ledger-uploads, region: us-east-1 } }
";
    let decide = |live: &str| {
        let world = seen(Presence::Absent, None).with_config(&[("BUCKET", live)]);
        want(spec).diff::<Kind>(&world)
    };
    let draft = decide("ledger-old-uploads");
    assert!(draft.changes.is_empty());
    assert_eq!(draft.blocked[0].address.as_str(), "buckets.uploads.name");
    assert!(draft.blocked[0].advice.contains("aws s3 sync"), "{}", draft.blocked[0].advice);
    assert!(!format!("{:?}", draft.blocked).contains("ledger-old"), "a live value is not told");
    for live in ["", "ledger-uploads"] {
        assert!(decide(live).blocked.is_empty(), "`{live}`");
    }
}
