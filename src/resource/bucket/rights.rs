//! Which rights a bucket needs: its own, and those of each setting (life-and-ci.md section 12.4).

use super::{Kind, Settings};
use crate::resource::rights::{Asked, Entitled, Rights};
use crate::spec::Spec;

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

    /// What lies in one is read there and written here, in parts where it is large, with its metadata and tags
    /// (life-and-ci.md section 12.2).
    fn to_take(asked: &Asked<'_>, source: &Spec, rights: &mut Rights) {
        for (local, bucket) in &asked.spec.buckets {
            let Some(origin) = source.buckets.get(local) else { continue };
            rights.allow(&["s3:ListBucket"], &origin.arn().to_string());
            rights.allow(&["s3:GetObject", "s3:GetObjectTagging"], &origin.arn().objects());
            let written = ["s3:AbortMultipartUpload", "s3:PutObject", "s3:PutObjectTagging"];
            rights.allow(&written, &bucket.arn().objects());
            if let Some(key) = origin.kms_key() {
                rights.allow_on_key(asked, &["kms:Decrypt"], (key, origin.region.as_str()));
            }
            if let Some(key) = bucket.kms_key() {
                // The parts of a large object are read again when they are put together.
                let actions = ["kms:Decrypt", "kms:GenerateDataKey"];
                rights.allow_on_key(asked, &actions, (key, bucket.region.as_str()));
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
