//! Rules for buckets and IAM users (aws-s3-iam.md sections 3 and 4).

use std::collections::{BTreeMap, BTreeSet};

use super::config::unknown;
use super::cors;
use crate::spec::grants::{ROOM, counted, of, policy};
use crate::spec::{AwsRegion, Bucket, Finding, IamUser, Lifecycle, PublicAccess, Spec, UserName};

/// AWS allows 50 tags; `trueup:environment` and `trueup:app` are two of them.
const MAX_TAGS: usize = 48;
const MAX_TAG_KEY: usize = 128;
const MAX_TAG_VALUE: usize = 256;
/// Prefixes of tags that somebody else sets.
const TAKEN_PREFIXES: [&str; 2] = ["aws:", "trueup:"];
const TAG_LETTERS: &str = "letters, digits, spaces and _ . : / = + - @";
/// The longest key of an object, in bytes.
const LONGEST_KEY: usize = 1024;
/// What S3 takes of a bucket's policy, in bytes.
const LONGEST_POLICY: usize = 20 * 1024;
/// What S3 can count.
const MOST_DAYS: u32 = i32::MAX.unsigned_abs();
/// KMS takes no longer name of a key.
const LONGEST_KMS_KEY: usize = 2048;

pub(super) fn buckets(spec: &Spec, findings: &mut Vec<Finding>) {
    one_partition(spec, findings);
    let mut seen = BTreeMap::new();
    for (local, bucket) in &spec.buckets {
        let path = format!("buckets.{local}");
        if let Some(other) = seen.insert(bucket.name.clone(), local) {
            let message = format!("`buckets.{other}` and `{path}` are the same bucket `{}`", bucket.name);
            findings.push(Finding::error(format!("{path}.name"), message));
        }
        self::bucket(&path, bucket, findings);
    }
}

/// Credentials are of one partition, and a policy names resources of its own alone.
fn one_partition(spec: &Spec, findings: &mut Vec<Finding>) {
    let mut buckets = spec.buckets.iter();
    let Some((first, one)) = buckets.next() else { return };
    for (local, bucket) in buckets.filter(|(_, bucket)| bucket.region.partition() != one.region.partition()) {
        let message = format!(
            "{} is in AWS's partition `{}`, and `buckets.{first}` is in `{}`: no credentials are good for both",
            bucket.region,
            bucket.region.partition(),
            one.region.partition()
        );
        let finding = Finding::error(format!("buckets.{local}.region"), message);
        findings.push(finding.help("put them into environments of their own"));
    }
}

fn bucket(path: &str, bucket: &Bucket, findings: &mut Vec<Finding>) {
    tags(path, &bucket.tags, findings);
    cors::rules(path, &bucket.cors, findings);
    if let Some(lifecycle) = &bucket.lifecycle {
        self::lifecycle(path, lifecycle, findings);
    }
    if let Some(key) = bucket.kms_key() {
        kms(&format!("{path}.encryption.kms"), key, bucket, findings);
    }
    public(path, bucket, findings);
}

/// S3 encrypts with keys of the bucket's own region alone.
fn kms(place: &str, key: &str, bucket: &Bucket, findings: &mut Vec<Finding>) {
    if key.trim().is_empty() {
        let finding = Finding::error(place, "the KMS key is empty");
        findings.push(finding.expected("a key's id or ARN"));
        return;
    }
    let Some(rest) = key.strip_prefix("arn:") else {
        if !is_kms_name(key) {
            let finding = Finding::error(place, format!("`{key}` is not the name of a KMS key"));
            findings.push(finding.expected("a key's id, its ARN, or `alias/` and a name"));
        }
        return;
    };
    let parts: Vec<&str> = rest.splitn(5, ':').collect();
    let [partition, "kms", region, account, name] = parts[..] else {
        findings.push(no_kms_arn(place, key));
        return;
    };
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    let is_named = ["key/", "alias/"].iter().any(|kind| name.len() > kind.len() && name.starts_with(kind));
    if !is_account || !is_named || !is_kms_name(name) || AwsRegion::parse(region).is_err() {
        findings.push(no_kms_arn(place, key));
    } else if region != bucket.region.as_str() {
        let message = format!("the KMS key is of {region}, and the bucket in {}", bucket.region);
        let finding = Finding::error(place, message);
        findings.push(finding.expected(format!("a key of {}", bucket.region)));
    } else if partition != bucket.region.partition() {
        let message = format!(
            "{} is in AWS's partition `{}`, and not in `{partition}`",
            region,
            bucket.region.partition()
        );
        let finding = Finding::error(place, message);
        findings.push(finding.expected(format!("`arn:{}:kms:…`", bucket.region.partition())));
    }
}

fn no_kms_arn(place: &str, key: &str) -> Finding {
    let finding = Finding::error(place, format!("`{key}` is not the ARN of a KMS key"));
    finding.expected("an ARN such as arn:aws:kms:us-east-1:111122223333:key/ID or …:alias/NAME")
}

/// An id, `alias/NAME` or `key/ID`.
fn is_kms_name(name: &str) -> bool {
    name.len() <= LONGEST_KMS_KEY
        && name != "alias/"
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/_:-".contains(&byte))
}

/// `open` lifts a block, and lets nobody in by itself.
fn public(path: &str, bucket: &Bucket, findings: &mut Vec<Finding>) {
    let is_open = bucket.public_access == Some(PublicAccess::Open);
    if is_open && bucket.public_read.is_empty() {
        let message = "`public_access: open` lifts the block, and makes nothing public by itself";
        let finding = Finding::warning(format!("{path}.public_access"), message);
        findings.push(finding.help("name what everyone may read: `public_read: [public/]`"));
    }
    if !is_open && !bucket.public_read.is_empty() {
        let message = "nobody can read what the public access block keeps in";
        let finding = Finding::error(format!("{path}.public_read"), message).on_key();
        findings.push(finding.help("write `public_access: open` beside it"));
    }
    for (index, prefix) in bucket.public_read.iter().enumerate() {
        if let Some(help) = wrong_prefix(prefix) {
            let message = format!("`{prefix}` is not the beginning of a key");
            let finding = Finding::error(format!("{path}.public_read[{index}]"), message);
            findings.push(finding.expected("text such as `public/`, or `*` for every object").help(help));
        }
    }
    // Each stands in the policy, in quotes and behind a comma.
    let arn = bucket.arn().to_string().len() + "\"/*\",".len();
    let length: usize = bucket.public_read.iter().map(|prefix| arn + prefix.len()).sum();
    if length > LONGEST_POLICY {
        let message = format!(
            "the policy of `{path}` would have more than {length} bytes, and S3 takes {LONGEST_POLICY}"
        );
        let finding = Finding::error(format!("{path}.public_read"), message).on_key();
        findings.push(finding.help("name fewer beginnings: whatever begins like one of them is meant"));
    }
}

/// What is wrong with the beginning of a key. It becomes part of a policy, where `*`, `?` and `${` have a meaning.
fn wrong_prefix(prefix: &str) -> Option<&'static str> {
    match prefix {
        "*" => None,
        "" => Some("for every object write `*`"),
        _ if prefix.contains(['*', '?']) || prefix.contains("${") => {
            Some("leave the wildcard out: whatever begins like this is meant")
        }
        _ if prefix.starts_with('/') => Some("keys do not begin with `/`: leave it out"),
        _ if prefix.len() > LONGEST_KEY => Some("no key is that long: 1,024 bytes at most"),
        _ => None,
    }
}

fn lifecycle(path: &str, lifecycle: &Lifecycle, findings: &mut Vec<Finding>) {
    let days = [
        ("abort_multipart_after_days", lifecycle.abort_multipart_after_days),
        ("expire_noncurrent_after_days", lifecycle.expire_noncurrent_after_days),
        ("expire_after_days", lifecycle.expire_after_days),
    ];
    if days.iter().all(|(_, days)| days.is_none()) {
        let finding = Finding::error(
            format!("{path}.lifecycle"),
            "`lifecycle` says nothing, and S3 takes no empty rule",
        );
        let finding = finding.rests_on(format!("{path}.lifecycle"));
        findings.push(
            finding.expected("one key at least").help("remove `lifecycle`, or write `lifecycle: null`"),
        );
    }
    for (key, _) in days.iter().filter(|(_, days)| days.is_some_and(|days| days > MOST_DAYS)) {
        let finding = Finding::error(format!("{path}.lifecycle.{key}"), format!("`{key}` is too long"));
        findings.push(finding.expected(format!("{MOST_DAYS} days at most")));
    }
    for (key, _) in days.iter().filter(|(_, days)| *days == Some(0)) {
        let finding = Finding::error(format!("{path}.lifecycle.{key}"), format!("`{key}` cannot be 0"));
        findings.push(finding.expected("1 day or more").help("remove the key to keep things for ever"));
    }
}

pub(super) fn users(spec: &Spec, findings: &mut Vec<Finding>) {
    let mut seen = BTreeMap::new();
    for (local, user) in &spec.iam_users {
        let path = format!("iam_users.{local}");
        // IAM compares names without regard to case
        if let Some(other) = seen.insert(user.name.as_str().to_ascii_lowercase(), local) {
            let message = format!("`iam_users.{other}` and `{path}` are the same user `{}`", user.name);
            let finding = Finding::error(format!("{path}.name"), message);
            findings.push(finding.help("IAM compares user names without regard to case and path"));
        }
        renamed(spec, &path, user, findings);
        grants(spec, &path, user, findings);
        room(spec, &path, user, findings);
        boundary(spec, &path, user, findings);
        tags(&path, &user.tags, findings);
        repeated_tags(&path, &user.tags, findings);
    }
}

/// A user that is to be renamed is none that the spec wants under its old name.
fn renamed(spec: &Spec, path: &str, user: &IamUser, findings: &mut Vec<Finding>) {
    let Some(old) = &user.renamed_from else { return };
    let is_old = |name: &UserName| name.as_str().eq_ignore_ascii_case(old.as_str());
    let place = format!("{path}.renamed_from");
    if is_old(&user.name) {
        let message = format!("`{place}` is `{old}`, the same as `{path}.name`");
        let finding = Finding::error(&place, message).rests_on(format!("{path}.name"));
        findings.push(finding.help("remove it, or write the user's name before"));
    }
    for (local, other) in spec.iam_users.iter().filter(|(_, other)| !std::ptr::eq(*other, user)) {
        if is_old(&other.name) || other.renamed_from.as_ref().is_some_and(is_old) {
            let message = format!("`{old}` cannot become `{path}`: `iam_users.{local}` names it too");
            findings.push(Finding::error(&place, message));
        }
    }
}

/// IAM takes no boundary of another account, nor of another partition.
fn boundary(spec: &Spec, path: &str, user: &IamUser, findings: &mut Vec<Finding>) {
    let Some(arn) = &user.permissions_boundary else { return };
    let place = format!("{path}.permissions_boundary");
    if let Some((local, bucket)) =
        spec.buckets.iter().find(|(_, bucket)| bucket.region.partition() != arn.partition())
    {
        let message = format!(
            "the policy {arn} is in AWS's partition `{}`, and `buckets.{local}` is in `{}`: no credentials are good for both",
            arn.partition(),
            bucket.region.partition()
        );
        findings.push(Finding::error(&place, message));
    }
    let Some(account) = &spec.aws_account else { return };
    if arn.account().is_some_and(|of| of != account.as_str()) {
        let message = format!("the policy {arn} is not in the account {account}, which `aws.account` says");
        let finding = Finding::error(&place, message);
        findings.push(finding.expected(format!("a policy of the account {account}, or one of AWS's own")));
    }
}

fn grants(spec: &Spec, path: &str, user: &IamUser, findings: &mut Vec<Finding>) {
    for bucket in user.grants.keys() {
        if !spec.buckets.contains_key(bucket) {
            let place = format!("{path}.grants.{bucket}");
            findings.push(unknown(place, "bucket", bucket, spec.buckets.keys()).on_key());
        }
    }
}

/// IAM refuses a longer policy when everything else is made already.
fn room(spec: &Spec, path: &str, user: &IamUser, findings: &mut Vec<Finding>) {
    let length = counted(&policy(&of(spec, user)));
    if length > ROOM {
        let message = format!(
            "the policy of `{path}` would have {length} characters, and IAM takes {ROOM} of all inline policies of a user"
        );
        let finding = Finding::error(format!("{path}.grants"), message).on_key();
        findings.push(finding.help("let several users share the grants, or grant fewer buckets"));
    }
}

fn tags(path: &str, tags: &BTreeMap<String, String>, findings: &mut Vec<Finding>) {
    if tags.len() > MAX_TAGS {
        let message = format!("{} tags are more than AWS takes", tags.len());
        let expected = format!("{MAX_TAGS} at most, besides trueup's own two");
        findings.push(Finding::error(format!("{path}.tags"), message).on_key().expected(expected));
    }
    for (key, value) in tags {
        let place = format!("{path}.tags.{key}");
        let lowered = key.to_ascii_lowercase();
        if let Some(prefix) = TAKEN_PREFIXES.iter().find(|prefix| lowered.starts_with(**prefix)) {
            let finding =
                Finding::error(place, format!("tags that begin with `{prefix}` are not yours to set"))
                    .on_key();
            findings.push(finding.expected("another name"));
        } else if key.is_empty() || key.chars().count() > MAX_TAG_KEY {
            let finding = Finding::error(place, "the tag's name is empty or too long").on_key();
            findings.push(finding.expected(format!("1 to {MAX_TAG_KEY} characters")));
        } else if let Some(wrong) = wrong_in_tag(key) {
            let message = format!("AWS takes no `{}` in the name of a tag", wrong.escape_debug());
            findings.push(Finding::error(place, message).on_key().expected(TAG_LETTERS));
        } else if let Some(wrong) = wrong_in_tag(value) {
            let message = format!("AWS takes no `{}` in the value of a tag", wrong.escape_debug());
            findings.push(Finding::error(place, message).expected(TAG_LETTERS));
        } else if value.chars().count() > MAX_TAG_VALUE {
            let finding = Finding::error(place, format!("the value of the tag `{key}` is too long"));
            findings.push(finding.expected(format!("{MAX_TAG_VALUE} characters at most")));
        }
    }
}

/// What AWS refuses of a tag's name or value (aws-s3-iam.md section 3).
fn wrong_in_tag(text: &str) -> Option<char> {
    let is_right =
        |c: char| c.is_alphanumeric() || (c.is_whitespace() && !c.is_control()) || "_.:/=+-@".contains(c);
    text.chars().find(|c| !is_right(*c))
}

/// IAM compares tag names without regard to case: `Team` would overwrite `team` on every apply.
fn repeated_tags(path: &str, tags: &BTreeMap<String, String>, findings: &mut Vec<Finding>) {
    let mut seen = BTreeSet::new();
    for key in tags.keys() {
        if !seen.insert(key.to_lowercase()) {
            let message = format!("IAM cannot tell the tag `{key}` from another that differs only in case");
            findings.push(Finding::error(format!("{path}.tags.{key}"), message).on_key());
        }
    }
}
