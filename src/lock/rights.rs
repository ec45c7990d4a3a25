//! Which rights the lock needs on its object (life-and-ci.md section 12.4).

use super::KEY;
use crate::resource::rights::{Asked, Condition, Rights};
use crate::spec::{AwsRegion, Spec};

/// What taking, renewing, reading and releasing the lock of a spec needs besides the rights to read its bucket.
pub fn rights(spec: &Spec, rights: &mut Rights) {
    let Some(bucket) = spec.buckets.values().next() else { return };
    // Whether the bucket keeps versions, its users may change.
    let actions = ["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:GetObject", "s3:PutObject"];
    rights.allow(&actions, &format!("{}/{KEY}", bucket.arn()));
    if let Some(key) = bucket.kms_key() {
        of_key(&Asked::of(spec), &bucket.region, key, rights);
    }
}

/// Objects in a bucket with a key of its own are written and read by that key. A key is a resource by its id alone; one
/// that is called by an alias is found by a condition.
fn of_key(asked: &Asked<'_>, region: &AwsRegion, key: &str, rights: &mut Rights) {
    let actions = ["kms:Decrypt", "kms:GenerateDataKey"];
    let Some(start) = key.find("alias/") else {
        let is_arn = key.starts_with("arn:");
        let resource = if is_arn { key.to_owned() } else { asked.key(region.as_str(), key) };
        return rights.allow(&actions, &resource);
    };
    let condition = Condition {
        operator: "ForAnyValue:StringEquals",
        key: "kms:ResourceAliases",
        value: key[start..].to_owned(),
    };
    rights.allow_if(&actions, &asked.key(region.as_str(), "*"), Some(&condition));
}
