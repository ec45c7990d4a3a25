//! Which rights the lock needs on its object (life-and-ci.md section 12.4).

use super::KEY;
use crate::resource::rights::{Asked, Rights};
use crate::spec::Spec;

/// What taking, renewing, reading and releasing the lock of a spec needs besides the rights to read its bucket.
pub fn rights(spec: &Spec, rights: &mut Rights) {
    let Some(bucket) = spec.buckets.values().next() else { return };
    // Whether the bucket keeps versions, its users may change.
    let actions = ["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:GetObject", "s3:PutObject"];
    rights.allow(&actions, &format!("{}/{KEY}", bucket.arn()));
    if let Some(key) = bucket.kms_key() {
        // Objects in a bucket with a key of its own are written and read by that key.
        let actions = ["kms:Decrypt", "kms:GenerateDataKey"];
        rights.allow_on_key(&Asked::of(spec), &actions, (key, bucket.region.as_str()));
    }
}
