//! Keys of KMS, which are rights of their own: whoever writes an object into a bucket with one has to get a data key of
//! it, and whoever reads the object has to decrypt that.
//!
//! There is no KMS here, so every key exists. One that is called by an alias has an id that tells the alias.

use std::collections::BTreeMap;

use super::super::AwsState;
use super::super::access::{self, Target};
use super::super::fault::Fault;
use super::Call;
use super::state::Bucket;

/// The header of an object that names its key.
pub(super) const KEY: &str = "x-amz-server-side-encryption-aws-kms-key-id";
/// What an id begins with that tells an alias.
const BY_ALIAS: &str = "alias-";

/// The ARN of the key that new objects of a bucket are encrypted by; `None` for keys that need no right.
pub(super) fn key_of(bucket: &Bucket) -> Option<String> {
    let rule = bucket.documents.get("encryption")?.child("Rule")?;
    let key = rule.child("ApplyServerSideEncryptionByDefault")?.value("KMSMasterKeyID")?;
    let name = key.rsplit_once(":key/").map_or(key, |(_, id)| id);
    let alias = name.find("alias/").map(|start| &name[start + "alias/".len()..]);
    let id = alias.map_or_else(|| name.to_owned(), |alias| format!("{BY_ALIAS}{alias}"));
    (alias != Some("aws/s3")).then(|| {
        if key.contains(":key/") {
            key.to_owned()
        } else {
            format!("arn:aws:kms:{}:{}:key/{id}", bucket.region, bucket.owner)
        }
    })
}

/// Whether the caller may use the key that the call needs, if it needs one.
pub(super) fn authorise(state: &AwsState, call: &Call<'_>) -> Result<(), Fault> {
    let Some((bucket, object)) = state.buckets.get(&call.route.bucket).zip(call.route.key.as_deref()) else {
        return Ok(());
    };
    match call.route.operation {
        "PutObject" | "CopyObject" | "CreateMultipartUpload" => {
            key_of(bucket).map_or(Ok(()), |key| may(state, call, "kms:GenerateDataKey", &key))
        }
        "GetObject" | "HeadObject" => {
            let version = match call.query("versionId") {
                Some(id) => bucket.version(object, id),
                None => bucket.current(object),
            };
            let key = version.and_then(|version| version.headers.get(KEY));
            key.map_or(Ok(()), |key| may(state, call, "kms:Decrypt", key))
        }
        _ => Ok(()),
    }
}

fn may(state: &AwsState, call: &Call<'_>, action: &str, key: &str) -> Result<(), Fault> {
    let owner = key.split(':').nth(4).unwrap_or_default();
    let alias = key.rsplit_once(BY_ALIAS).map(|(_, alias)| format!("alias/{alias}"));
    let context: BTreeMap<String, String> =
        alias.map(|alias| ("kms:resourcealiases".to_owned(), alias)).into_iter().collect();
    let target = Target { action, resource: key, owner, bucket: None, context };
    access::authorise(state, call.caller, &target)
}
