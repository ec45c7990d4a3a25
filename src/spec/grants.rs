//! The policy that a user's grants make (aws-s3-iam.md section 5). It stands here since its length is a rule of the spec.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Access, BucketArn, IamUser, Spec};

/// All inline policies of a user together have no more characters, white space not counted (aws-s3-iam.md section 4).
pub const ROOM: usize = 2048;

const VERSION: &str = "2012-10-17";

/// Every grant lets an app list the bucket.
const LIST: &[&str] = &["s3:ListBucket"];

/// A bucket, how it may be used, and the KMS key that encrypts it, if one does.
pub type Granted = (BucketArn, Access, Option<String>);

/// What a user of a spec is granted.
#[must_use]
pub fn of(spec: &Spec, user: &IamUser) -> Vec<Granted> {
    let granted = user.grants.iter().filter_map(|(local, access)| {
        let bucket = spec.buckets.get(local)?;
        let key = bucket.kms_key().map(str::to_owned);
        Some((bucket.arn(), *access, key))
    });
    granted.collect()
}

/// How many of the characters that IAM counts a policy has: white space is not among them.
#[must_use]
pub fn counted(policy: &Value) -> usize {
    policy.to_string().chars().filter(|character| !character.is_whitespace()).count()
}

/// What an app needs of each bucket, and nothing else (aws-s3-iam.md section 5). Buckets that are used alike share their
/// statements, since the room for a policy is small.
#[must_use]
pub fn policy(grants: &[Granted]) -> Value {
    let mut statements = Vec::new();
    if !grants.is_empty() {
        let buckets = grants.iter().map(|(bucket, ..)| bucket.to_string());
        statements.push(allow(LIST, buckets));
    }
    for access in [Access::Read, Access::ReadWrite] {
        let alike = || grants.iter().filter(move |(_, granted, _)| *granted == access);
        if alike().next().is_some() {
            let objects = alike().map(|(bucket, ..)| bucket.objects());
            statements.push(allow(object_actions(access), objects));
        }
        let keys: BTreeSet<&str> = alike().filter_map(|(.., key)| key.as_deref()).collect();
        // One environment's buckets are in one partition, which the spec's rules see to.
        let partition = grants.first().map_or("aws", |(bucket, ..)| bucket.partition());
        statements.extend(key_statements(access, &keys, partition));
    }
    json!({ "Version": VERSION, "Statement": statements })
}

fn object_actions(access: Access) -> &'static [&'static str] {
    match access {
        Access::Read => &["s3:GetObject"],
        Access::ReadWrite => &["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
    }
}

/// Whether a statement is one that grants make, on whatever buckets and keys.
#[must_use]
pub fn is_statement(statement: &Value) -> bool {
    let kinds: [&[&str]; 5] = [
        LIST,
        object_actions(Access::Read),
        object_actions(Access::ReadWrite),
        key_actions(Access::Read),
        key_actions(Access::ReadWrite),
    ];
    let actions: BTreeSet<&str> = match &statement["Action"] {
        Value::Array(actions) => actions.iter().filter_map(Value::as_str).collect(),
        action => action.as_str().into_iter().collect(),
    };
    let keys = ["Effect", "Action", "Resource", "Condition", "Sid"];
    statement["Effect"] == "Allow"
        && statement.as_object().is_some_and(|parts| parts.keys().all(|key| keys.contains(&key.as_str())))
        && kinds.iter().any(|kind| actions == kind.iter().copied().collect())
}

/// What a grant lets an app do with a bucket and its objects.
pub fn actions(access: Access) -> impl Iterator<Item = &'static str> {
    LIST.iter().chain(object_actions(access)).copied()
}

/// A key is a resource by its own id alone; one that is called by an alias is found by a condition.
fn key_statements(access: Access, keys: &BTreeSet<&str>, partition: &str) -> Vec<Value> {
    let actions = key_actions(access);
    let alias = |key: &str| key.find("alias/").map(|start| key[start..].to_owned());
    let arn = |key: &&str| {
        if key.starts_with("arn:") { (*key).to_owned() } else { format!("arn:{partition}:kms:*:*:key/{key}") }
    };
    let (aliases, ids): (Vec<&str>, Vec<&str>) = keys.iter().copied().partition(|key| alias(key).is_some());
    let mut statements = Vec::new();
    if !ids.is_empty() {
        statements.push(allow(actions, ids.iter().map(arn)));
    }
    if !aliases.is_empty() {
        let mut statement = allow(actions, [format!("arn:{partition}:kms:*:*:key/*")].into_iter());
        let aliases = one_or_list(aliases.into_iter().filter_map(alias));
        statement["Condition"] = json!({ "ForAnyValue:StringEquals": { "kms:ResourceAliases": aliases } });
        statements.push(statement);
    }
    statements
}

fn key_actions(access: Access) -> &'static [&'static str] {
    match access {
        Access::Read => &["kms:Decrypt"],
        Access::ReadWrite => &["kms:Decrypt", "kms:GenerateDataKey"],
    }
}

fn allow(actions: &[&str], resources: impl Iterator<Item = String>) -> Value {
    json!({ "Effect": "Allow", "Action": actions, "Resource": one_or_list(resources) })
}

pub(crate) fn one_or_list(texts: impl Iterator<Item = String>) -> Value {
    let mut texts: Vec<Value> = texts.map(Value::String).collect();
    if texts.len() == 1 { texts.remove(0) } else { Value::Array(texts) }
}
