//! Which rights a bucket needs: its own, and those of each setting (life-and-ci.md section 12.4).

use super::{Kind, Settings};
use crate::resource::rights::{Asked, Entitled, Rights};

impl Entitled for Kind {
    fn to_read(asked: &Asked<'_>, rights: &mut Rights) {
        for bucket in asked.spec.buckets.values() {
            let arn = bucket.arn().to_string();
            rights.allow(&["s3:ListBucket"], &arn);
            for actions in Settings::TO_READ {
                rights.allow(actions, &arn);
            }
            if let Some(key) = bucket.kms_key() {
                // Which key is meant by another name; where it is not allowed, two names count as two keys.
                rights.allow_on_key(asked, &["kms:DescribeKey"], (key, bucket.region.as_str()));
            }
        }
    }

    fn to_make(asked: &Asked<'_>, rights: &mut Rights) {
        for bucket in asked.spec.buckets.values() {
            let arn = bucket.arn().to_string();
            // A bucket is made with its tags.
            rights.allow(&["s3:CreateBucket", "s3:TagResource"], &arn);
            for actions in Settings::to_write(bucket) {
                rights.allow(actions, &arn);
            }
        }
    }

    /// A bucket has to be empty, of versions, delete markers and unfinished uploads too.
    fn to_remove(asked: &Asked<'_>, rights: &mut Rights) {
        for bucket in asked.spec.buckets.values() {
            let arn = bucket.arn();
            let of_bucket = ["s3:DeleteBucket", "s3:ListBucketMultipartUploads", "s3:ListBucketVersions"];
            rights.allow(&of_bucket, &arn.to_string());
            let of_objects = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:DeleteObjectVersion"];
            rights.allow(&of_objects, &arn.objects());
        }
    }
}
