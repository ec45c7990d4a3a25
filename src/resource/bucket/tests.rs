//! A bucket of the spec × what S3 says of it. What each setting makes of it is in the setting's own file.

#![cfg(test)]

use super::testing::with_keys;
use super::versioning::{Status, Versions};
use super::{Kind, Observed, Seen, Settings};
use crate::resource::testing::{changes, local, paths, tags, want};
use crate::resource::{Change, Draft, World};

/// The bucket `uploads` with more keys.
fn diff(keys: &[&str], world: &World) -> Draft {
    with_keys(keys).diff::<Kind>(world)
}

fn seen(seen: Seen) -> World {
    World { bucket: [(local("uploads"), seen)].into(), ..World::default() }
}

/// A bucket that was as a spec without more keys wants it, until this.
fn live(alter: impl FnOnce(&mut Settings)) -> World {
    let mut observed = Observed::new();
    for change in diff(&[], &World::default()).changes {
        let Change::Bucket(change) = change else { panic!("not a bucket's: {change:?}") };
        change.assume_of(&mut observed);
    }
    let Some(Seen::Live(mut settings)) = observed.remove(&local("uploads")) else { panic!("{observed:?}") };
    alter(&mut settings);
    seen(Seen::Live(settings))
}

const NONE: [&str; 0] = [];

#[test]
fn a_bucket_that_is_as_it_should_be_needs_nothing() {
    let draft = diff(&[], &live(|_| ()));
    assert_eq!((changes(&draft), draft.unchanged), (Vec::new(), 1));
}

/// The policy of the bucket with one statement of somebody else's.
fn with_statement(live: &mut Settings, statement: &serde_json::Value) {
    live.policy = live.policy.as_ref().map(|policy| policy.with_statement(statement));
}

#[test]
fn what_others_set_is_reported_and_what_opens_or_empties_the_bucket_is_a_warning() {
    let public = serde_json::json!({ "Sid": "Public", "Effect": "Allow", "Principal": "*",
        "Action": "s3:GetObject", "Resource": "arn:aws:s3:::ledger-uploads/*" });
    let world = live(|live| with_statement(live, &public));
    let draft = diff(&[], &world);
    assert_eq!((changes(&draft), draft.unchanged), (Vec::new(), 1));
    assert_eq!(draft.unmanaged[0].reason, "statements of others: left alone (Public)");
    let warning = &draft.warnings[0].reason;
    assert!(warning.contains("lets everyone on the internet do s3:GetObject"), "{warning}");

    let draft = diff(&[], &live(|live| live.lifecycle = others_rules()));
    assert_eq!(draft.unmanaged[0].reason, "rules of others: left alone (by-hand)");
    assert_eq!(draft.warnings[0].reason, "the rule by-hand of others deletes every object in time");
}

/// A rule that expires everything, under another id than ours.
fn others_rules() -> super::lifecycle::Rules {
    super::lifecycle::tests::live(&[super::lifecycle::tests::by_hand(30)])
}

#[test]
fn a_policy_that_s3_would_not_take_back_is_blocked_before_it_is_written() {
    let gone = serde_json::json!({ "Sid": "Partner", "Effect": "Allow", "Action": "s3:GetObject",
        "Principal": { "AWS": "AIDAEXAMPLEEXAMPLE123" }, "Resource": "arn:aws:s3:::ledger-uploads/*" });
    let world = live(|live| with_statement(live, &gone));
    let draft = diff(&["tls_only: false"], &world);
    assert_eq!(changes(&draft), NONE);
    assert_eq!(draft.blocked[0].address.as_str(), "buckets.uploads.policy");
    assert!(draft.blocked[0].reason.contains("Partner"), "{}", draft.blocked[0].reason);
    assert!(diff(&[], &world).blocked.is_empty(), "what is not written needs not be taken back");
}

#[test]
fn each_setting_that_drifted_is_written_and_no_other() {
    let drifted = |alter: fn(&mut Settings)| paths(&diff(&["versioning: false"], &live(alter))).join(" ");
    assert_eq!(drifted(|live| live.public_access = None), "public_access");
    assert_eq!(drifted(|live| live.ownership = super::ownership::Owned::default()), "ownership");
    assert_eq!(drifted(|live| live.encryption = None), "encryption");
    assert_eq!(
        drifted(|live| live.versioning = Versions { status: Status::Enabled, mfa_delete: false }),
        "versioning"
    );
    assert_eq!(drifted(|live| live.policy = None), "tls_only");
    assert_eq!(drifted(|live| drop(live.tags.remove("trueup:app"))), "tags.trueup:app");
}

#[test]
fn a_new_bucket_is_created_and_then_set_up() {
    for world in [World::default(), seen(Seen::Absent)] {
        let found = changes(&diff(&[], &world));
        assert_eq!(
            (found[0].as_str(), found[1].as_str()),
            ("create buckets.uploads", "update buckets.uploads")
        );
        let expected = "name region tags.trueup:app tags.trueup:environment \
                        public_access ownership encryption tls_only";
        assert_eq!(paths(&diff(&[], &world)).join(" "), expected);
    }
}

#[test]
fn a_bucket_elsewhere_or_of_someone_else_is_refused_and_not_touched() {
    let elsewhere = Seen::InOtherRegion { region: "eu-west-1".to_owned() };
    let foreign = tags(&[("trueup:environment", "staging"), ("trueup:app", "ledger-staging")]);
    for (world, address) in [
        (seen(elsewhere), "buckets.uploads.region"),
        (seen(Seen::InOtherPartition { credentials: "aws-cn".to_owned() }), "buckets.uploads.region"),
        (seen(Seen::Forbidden), "buckets.uploads.name"),
        (live(|live| live.tags = foreign), "buckets.uploads"),
    ] {
        let draft = diff(&[], &world);
        assert_eq!(draft.blocked[0].address.as_str(), address);
        assert_eq!(changes(&draft), NONE);
    }
}

#[test]
fn a_bucket_that_was_there_before_is_left_alone_until_the_spec_adopts_it() {
    let world = live(|live| {
        live.tags = tags(&[("team", "web")]);
        live.ownership = super::ownership::Owned::default();
        live.public_access = None;
        live.policy = None;
    });
    let draft = diff(&[], &world);
    assert_eq!((draft.blocked[0].address.as_str(), changes(&draft)), ("buckets.uploads", Vec::new()));
    let advice = &draft.blocked[0].advice;
    assert!(advice.contains("`adopt: true` at buckets.uploads"), "{advice}");

    let draft = diff(&["adopt: true"], &world);
    assert_eq!((changes(&draft), draft.unchanged, draft.blocked.len()), (Vec::new(), 1, 0));
    let kept: Vec<&str> = draft.unmanaged.iter().map(|note| note.address.as_str()).collect();
    assert_eq!(
        kept,
        ["buckets.uploads.public_access", "buckets.uploads.ownership", "buckets.uploads.policy"]
    );

    let keys =
        ["adopt: true", "public_access: blocked", "ownership: BucketOwnerEnforced", "tags: { team: app }"];
    let draft = diff(&keys, &world);
    assert_eq!(paths(&draft).join(" "), "public_access ownership tags.team");
    let warned: Vec<&str> = draft.warnings.iter().map(|note| note.address.as_str()).collect();
    assert_eq!(warned, ["buckets.uploads.public_access", "buckets.uploads.ownership"], "what ends");
}

#[test]
fn an_empty_bucket_never_takes_the_place_of_the_one_that_the_app_uses() {
    let spec = "
config: { BUCKET: { from: buckets.uploads.name } }
buckets: { uploads: { name: ledger-uploads, region: us-east-1 } }
";
    let decide = |live: &str| {
        let world = seen(Seen::Absent).with_config(&[("BUCKET", live)]);
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
