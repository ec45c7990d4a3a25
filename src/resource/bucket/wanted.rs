//! How each setting of a bucket should be, and which writes make it so. Pure.

use super::{Write, field};
use crate::cloud::policy::{self, PolicyDocument};
use crate::cloud::s3::{BucketSettings, CorsRule, EncryptionState, LifecycleRule, Versioning};
use crate::resource::{Desired, Field, tags};
use crate::spec::{Bucket, Encryption, Lifecycle, PublicAccess};

/// The id that marks the lifecycle rule as trueup's; S3 would invent one (aws-s3-iam.md section 3).
const LIFECYCLE_RULE: &str = "trueup";

/// The writes that a bucket needs, in writing order; `live` is `None` for one that is new.
pub(super) fn writes(bucket: &Bucket, live: Option<&BucketSettings>, desired: &Desired<'_>) -> Vec<Write> {
    [
        public_access(bucket, live),
        ownership(live),
        encryption(bucket, live),
        versioning(bucket, live),
        lifecycle(bucket, live),
        cors(bucket, live),
        tags(bucket, live, desired),
        policy(bucket, live),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn public_access(bucket: &Bucket, live: Option<&BucketSettings>) -> Option<Write> {
    let blocked = bucket.public_access == PublicAccess::Blocked;
    let before = live.and_then(|live| live.public_access_block.as_ref()).and_then(|block| block.all());
    (before != Some(blocked)).then_some(Write::PublicAccess { before, blocked })
}

fn ownership(live: Option<&BucketSettings>) -> Option<Write> {
    let before = live.and_then(|live| live.ownership.clone());
    (before.as_deref() != Some("BucketOwnerEnforced")).then_some(Write::Ownership { before })
}

fn encryption(bucket: &Bucket, live: Option<&BucketSettings>) -> Option<Write> {
    let before = live.and_then(|live| live.encryption.as_ref());
    if before.is_some_and(|before| before.encryption == bucket.encryption) {
        return None;
    }
    Some(Write::Encryption {
        before: before.map(|before| encryption_word(&before.encryption)),
        after: bucket.encryption.clone(),
        blocked_types: before
            .map(|EncryptionState { blocked_types, .. }| blocked_types.clone())
            .unwrap_or_default(),
    })
}

pub(super) fn encryption_word(encryption: &Encryption) -> String {
    match encryption {
        Encryption::Aes256 => "AES256".to_owned(),
        Encryption::Kms(key) => format!("kms {key}"),
    }
}

/// A bucket that never had versions needs no write to have none, and cannot go back to "never".
fn versioning(bucket: &Bucket, live: Option<&BucketSettings>) -> Option<Write> {
    let enabled = bucket.versioning?;
    let before = live.map(|live| live.versioning);
    let is_enabled = before == Some(Versioning::Enabled);
    (enabled != is_enabled).then(|| Write::Versioning {
        before: before.map(|before| versioning_word(before).to_owned()),
        enabled,
    })
}

pub(super) fn versioning_word(versioning: Versioning) -> &'static str {
    match versioning {
        Versioning::Never => "never enabled",
        Versioning::Enabled => "enabled",
        Versioning::Suspended => "suspended",
    }
}

/// Foreign rules stay as they are; only the rule with our id is compared, and by meaning any rule that
/// already does what ours would.
fn lifecycle(bucket: &Bucket, live: Option<&BucketSettings>) -> Option<Write> {
    let before = live.map(|live| live.lifecycle.clone()).unwrap_or_default();
    let wanted = bucket.lifecycle.as_ref().map(rule);
    let is_there = |wanted: &LifecycleRule| before.iter().any(|rule| rule.same_meaning(wanted));
    // While our own rule is there it counts alone: one with other days would go on expiring by them.
    let is_same = match (before.iter().find(|rule| rule.id == LIFECYCLE_RULE), &wanted) {
        (Some(ours), Some(wanted)) => ours.same_meaning(wanted),
        (Some(_), None) => false,
        (None, Some(wanted)) => is_there(wanted),
        (None, None) => true,
    };
    (!is_same).then(|| {
        let foreign = before.iter().filter(|rule| rule.id != LIFECYCLE_RULE).cloned();
        let after = foreign.chain(wanted).collect();
        Write::Lifecycle { before: before.clone(), after }
    })
}

fn rule(lifecycle: &Lifecycle) -> LifecycleRule {
    LifecycleRule::new(
        LIFECYCLE_RULE,
        lifecycle.abort_multipart_after_days,
        lifecycle.expire_noncurrent_after_days,
        lifecycle.expire_after_days,
    )
}

/// What the spec writes is the whole truth; a bucket whose spec has no `cors` keeps what it has.
fn cors(bucket: &Bucket, live: Option<&BucketSettings>) -> Option<Write> {
    let wanted = bucket.cors.as_ref()?;
    let after = vec![CorsRule::new(wanted)];
    let before = live.map(|live| live.cors.clone()).unwrap_or_default();
    let is_same = before.len() == 1 && before[0].same_meaning(&after[0]);
    (!is_same).then_some(Write::Cors { before, after })
}

fn tags(bucket: &Bucket, live: Option<&BucketSettings>, desired: &Desired<'_>) -> Option<Write> {
    let before = live.map(|live| live.tags.clone()).unwrap_or_default();
    let wanted = tags::wanted(desired, &bucket.tags);
    let missing = tags::missing(&before, &wanted);
    (!missing.is_empty())
        .then(|| Write::Tags { after: before.clone().into_iter().chain(missing).collect(), before })
}

fn policy(bucket: &Bucket, live: Option<&BucketSettings>) -> Option<Write> {
    let before = live.and_then(|live| live.policy.clone());
    let after = if bucket.tls_only {
        Some(before.clone().unwrap_or_default().with_statement(&policy::tls_only(&bucket.name)))
    } else {
        before.as_ref().and_then(|policy| policy.without_statement(policy::TLS_ONLY_SID))
    };
    let is_same = policy::same_meaning(before.as_ref(), after.as_ref());
    (!is_same).then_some(Write::Policy { before, after })
}

/// A policy of ours alone is told by the spec's own key; one with foreign statements as the document it is.
pub(super) fn policy_fields(before: Option<&PolicyDocument>, after: Option<&PolicyDocument>) -> Vec<Field> {
    match (before, after) {
        (None, _) => vec![field("tls_only", None, Some("true"))],
        (Some(_), None) => vec![field("tls_only", Some("true"), Some("false"))],
        (Some(before), Some(after)) => {
            vec![field("policy", Some(&before.to_pretty()), Some(&after.to_pretty()))]
        }
    }
}

pub(super) fn lifecycle_fields(before: &[LifecycleRule], after: &[LifecycleRule]) -> Vec<Field> {
    let find = |rules: &[LifecycleRule]| rules.iter().find(|rule| rule.id == LIFECYCLE_RULE).cloned();
    let (before, after) = (find(before), find(after));
    let days = |path: &str, of: fn(&LifecycleRule) -> Option<u32>| {
        let (before, after) = (before.as_ref().and_then(of), after.as_ref().and_then(of));
        let text = |days: Option<u32>| days.map(|days| days.to_string());
        (before != after).then(|| field(path, text(before).as_deref(), text(after).as_deref()))
    };
    [
        days("lifecycle.abort_multipart_after_days", |rule| rule.abort_multipart_after_days),
        days("lifecycle.expire_noncurrent_after_days", |rule| rule.expire_noncurrent_after_days),
        days("lifecycle.expire_after_days", |rule| rule.expire_after_days),
    ]
    .into_iter()
    .flatten()
    .collect()
}

pub(super) fn cors_fields(before: &[CorsRule], after: &[CorsRule]) -> Vec<Field> {
    let lines = |rules: &[CorsRule], of: fn(&CorsRule) -> Vec<String>| {
        let mut lines: Vec<String> = rules.iter().flat_map(of).collect();
        lines.sort();
        lines.dedup();
        (!lines.is_empty()).then(|| lines.join("\n"))
    };
    let part = |path: &str, of: fn(&CorsRule) -> Vec<String>| {
        let (before, after) = (lines(before, of), lines(after, of));
        (before != after).then(|| field(path, before.as_deref(), after.as_deref()))
    };
    let fields: Vec<Field> = [
        part("cors.origins", |rule| rule.origins.clone()),
        part("cors.methods", |rule| rule.methods.clone()),
        part("cors.headers", |rule| rule.headers.clone()),
        part("cors.expose", |rule| rule.expose.clone()),
        part("cors.max_age_seconds", |rule| rule.max_age_seconds.iter().map(ToString::to_string).collect()),
    ]
    .into_iter()
    .flatten()
    .collect();
    if fields.is_empty() {
        let count = |rules: &[CorsRule]| format!("{} rules", rules.len());
        return vec![field("cors", Some(&count(before)), Some(&count(after)))];
    }
    fields
}
