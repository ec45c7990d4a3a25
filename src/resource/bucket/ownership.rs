//! Who owns objects: always the bucket's owner, so that there are no ACLs.

use aws_sdk_s3::types::{ObjectOwnership, OwnershipControls, OwnershipControlsRule};

use super::setting::{Setting, field};
use crate::cloud::CloudError;
use crate::cloud::s3::{BucketHandle, unbuildable};
use crate::resource::{Desired, Field};
use crate::spec::Bucket;

/// The bucket's owner owns every object, and ACLs are off.
#[derive(Clone, Debug)]
pub struct Ownership;

const ENFORCED: ObjectOwnership = ObjectOwnership::BucketOwnerEnforced;

impl Setting for Ownership {
    const NOUN: &'static str = "object ownership";

    /// S3's word for it: `BucketOwnerEnforced`.
    type Live = Option<String>;

    async fn read(bucket: &BucketHandle) -> Result<Self::Live, CloudError> {
        let request = bucket.sdk().get_bucket_ownership_controls().bucket(bucket.name());
        let sent = request.expected_bucket_owner(bucket.owner()).send();
        let not_set = "OwnershipControlsNotFoundError";
        let answer = bucket.read_if_set("s3:GetBucketOwnershipControls", not_set, sent).await?;
        let controls = answer.and_then(|answer| answer.ownership_controls);
        Ok(controls.and_then(|controls| Some(controls.rules.first()?.object_ownership.as_str().to_owned())))
    }

    fn wanted(_: &Bucket, _: &Self::Live, _: &Desired<'_>) -> Option<Self> {
        Some(Self)
    }

    fn same(one: &Self::Live, other: &Self::Live) -> bool {
        one == other
    }

    async fn write(&self, bucket: &BucketHandle) -> Result<(), CloudError> {
        let operation = "s3:PutBucketOwnershipControls";
        let rule = OwnershipControlsRule::builder().object_ownership(ENFORCED).build();
        let controls = rule.and_then(|rule| OwnershipControls::builder().rules(rule).build());
        let controls = controls.map_err(|_| unbuildable(operation))?;
        let request = bucket.sdk().put_bucket_ownership_controls().bucket(bucket.name());
        let request = request.expected_bucket_owner(bucket.owner()).ownership_controls(controls);
        bucket.write(operation, || request.clone().send()).await
    }

    fn assume(&self) -> Self::Live {
        Some(ENFORCED.as_str().to_owned())
    }

    fn fields(&self, before: Option<&Self::Live>) -> Vec<Field> {
        vec![field("ownership", before.and_then(Option::as_deref), Some(ENFORCED.as_str()))]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::testing::{Generated, read, shown, written};
    use super::*;

    impl Generated for Ownership {
        const KEYS: &'static [&'static str] = &[""];

        fn live() -> BoxedStrategy<Self::Live> {
            let words = vec!["BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"];
            prop::option::of(prop::sample::select(words).prop_map(str::to_owned)).boxed()
        }
    }

    #[tokio::test]
    async fn s3_says_who_owns_objects_or_that_nobody_chose() {
        let answer = "<OwnershipControls><Rule><ObjectOwnership>ObjectWriter</ObjectOwnership></Rule></OwnershipControls>";
        assert_eq!(read::<Ownership>(200, answer).await.unwrap().as_deref(), Some("ObjectWriter"));
        assert_eq!(read::<Ownership>(404, "OwnershipControlsNotFoundError").await.unwrap(), None);
    }

    #[test]
    fn it_is_always_the_buckets_owner() {
        let own = |live: Option<&str>| shown::<Ownership>("", Some(&live.map(str::to_owned)));
        assert_eq!(own(None), ["ownership: nothing → BucketOwnerEnforced"]);
        assert_eq!(own(Some("ObjectWriter")), ["ownership: ObjectWriter → BucketOwnerEnforced"]);
        assert_eq!(own(Some("BucketOwnerEnforced")), [""; 0]);
    }

    #[tokio::test]
    async fn the_word_is_what_s3_takes() {
        let call = written(&Ownership).await;
        assert_eq!(call.name, "PUT ownershipControls");
        assert!(
            call.body.contains("<ObjectOwnership>BucketOwnerEnforced</ObjectOwnership>"),
            "{}",
            call.body
        );
    }
}
