//! Keys of KMS, which are rights of their own: whoever writes an object into a bucket with one has to get a data key of
//! it, and whoever reads the object has to decrypt that.

use super::super::fault::Fault;
use super::super::{AwsState, kms};
use super::Call;
use super::state::{Bucket, Version};

/// The header of an object that names its key.
pub(super) const KEY: &str = "x-amz-server-side-encryption-aws-kms-key-id";

/// The ARN of the key that new objects of a bucket are encrypted by; `None` for keys that need no right.
pub(super) fn key_of(bucket: &Bucket) -> Option<String> {
    let rule = bucket.documents.get("encryption")?.child("Rule")?;
    let key = rule.child("ApplyServerSideEncryptionByDefault")?.value("KMSMasterKeyID")?;
    let is_managed = key.ends_with("alias/aws/s3");
    (!is_managed).then(|| kms::arn(key, &bucket.region, &bucket.owner))
}

/// Whether the caller may read what is encrypted by a key.
pub(super) fn may_read(state: &AwsState, call: &Call<'_>, version: &Version) -> Result<(), Fault> {
    let key = version.headers.get(KEY);
    key.map_or(Ok(()), |key| kms::authorise(state, call.caller, "kms:Decrypt", key))
}

/// Whether the caller may use the key that the call needs, if it needs one.
pub(super) fn authorise(state: &AwsState, call: &Call<'_>) -> Result<(), Fault> {
    let Some((bucket, object)) = state.buckets.get(&call.route.bucket).zip(call.route.key.as_deref()) else {
        return Ok(());
    };
    match call.route.operation {
        "PutObject" | "CopyObject" => may_write(state, call, bucket),
        // The parts are read again when they are put together.
        "CreateMultipartUpload" | "UploadPart" | "UploadPartCopy" => {
            may_write(state, call, bucket)?;
            key_of(bucket).map_or(Ok(()), |key| kms::authorise(state, call.caller, "kms:Decrypt", &key))
        }
        "GetObject" | "HeadObject" => {
            let version = match call.query("versionId") {
                Some(id) => bucket.version(object, id),
                None => bucket.current(object),
            };
            version.map_or(Ok(()), |version| may_read(state, call, version))
        }
        _ => Ok(()),
    }
}

fn may_write(state: &AwsState, call: &Call<'_>, bucket: &Bucket) -> Result<(), Fault> {
    key_of(bucket).map_or(Ok(()), |key| kms::authorise(state, call.caller, "kms:GenerateDataKey", &key))
}
