//! Versioning: whether old versions of objects are kept.

use aws_sdk_s3::types::{BucketVersioningStatus, VersioningConfiguration};

use super::setting::{Setting, field};
use crate::cloud::CloudError;
use crate::cloud::s3::{BucketHandle, VersioningRoot};
use crate::resource::{Desired, Field};
use crate::spec::Bucket;

/// Whether versions are kept from now on.
#[derive(Clone, Debug)]
pub struct Versioning {
    enabled: bool,
}

/// Whether versions are kept now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub enum Status {
    /// They never were; there is no way back to this.
    #[default]
    Unversioned,
    /// They are.
    Enabled,
    /// They were.
    Suspended,
}

impl Setting for Versioning {
    const NOUN: &'static str = "versioning";

    type Live = Status;

    async fn read(bucket: &BucketHandle) -> Result<Self::Live, CloudError> {
        let request = bucket.sdk().get_bucket_versioning().bucket(bucket.name());
        let request = request.expected_bucket_owner(bucket.owner());
        let sent = request.customize().interceptor(VersioningRoot).send();
        Ok(match bucket.read("s3:GetBucketVersioning", sent).await?.status {
            Some(BucketVersioningStatus::Enabled) => Status::Enabled,
            Some(BucketVersioningStatus::Suspended) => Status::Suspended,
            _ => Status::Unversioned,
        })
    }

    fn wanted(spec: &Bucket, live: &Self::Live, _: &Desired<'_>) -> Option<Self> {
        let enabled = spec.versioning?;
        // A bucket that never kept versions needs no write to keep none.
        (enabled || *live != Status::Unversioned).then_some(Self { enabled })
    }

    fn same(one: &Self::Live, other: &Self::Live) -> bool {
        one == other
    }

    async fn write(&self, bucket: &BucketHandle) -> Result<(), CloudError> {
        let status =
            if self.enabled { BucketVersioningStatus::Enabled } else { BucketVersioningStatus::Suspended };
        let versioning = VersioningConfiguration::builder().status(status).build();
        let request = bucket.sdk().put_bucket_versioning().bucket(bucket.name());
        let request = request.expected_bucket_owner(bucket.owner()).versioning_configuration(versioning);
        bucket.write("s3:PutBucketVersioning", || request.clone().send()).await
    }

    fn assume(&self) -> Self::Live {
        if self.enabled { Status::Enabled } else { Status::Suspended }
    }

    fn fields(&self, before: Option<&Self::Live>) -> Vec<Field> {
        vec![field("versioning", before.copied().map(word), Some(word(self.assume())))]
    }
}

fn word(status: Status) -> &'static str {
    match status {
        Status::Unversioned => "never enabled",
        Status::Enabled => "enabled",
        Status::Suspended => "suspended",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::testing::{Generated, read, shown, written};
    use super::*;

    impl Generated for Versioning {
        const KEYS: &'static [&'static str] = &["", "versioning: false", "versioning: true"];

        fn live() -> BoxedStrategy<Self::Live> {
            prop::sample::select(vec![Status::Unversioned, Status::Enabled, Status::Suspended]).boxed()
        }
    }

    #[tokio::test]
    async fn s3_says_whether_versions_are_kept() {
        for (answer, status) in [
            ("", Status::Unversioned),
            ("<Status>Enabled</Status>", Status::Enabled),
            ("<Status>Suspended</Status>", Status::Suspended),
        ] {
            // The second root is that of stores which word the answer differently.
            for root in ["VersioningConfiguration", "GetBucketVersioningResponse"] {
                let answer = format!("<{root}>{answer}</{root}>");
                assert_eq!(read::<Versioning>(200, &answer).await.unwrap(), status, "{answer}");
            }
        }
    }

    #[test]
    fn it_is_written_when_the_spec_names_it_and_what_is_live_does_something_else() {
        let versioning = |key: &str, live| shown::<Versioning>(key, live);
        let (on, off) = ("versioning: true", "versioning: false");
        assert_eq!(versioning(on, None), ["versioning: nothing → enabled"]);
        assert_eq!(versioning(on, Some(&Status::Unversioned)), ["versioning: never enabled → enabled"]);
        assert_eq!(versioning(on, Some(&Status::Suspended)), ["versioning: suspended → enabled"]);
        assert_eq!(versioning(off, Some(&Status::Enabled)), ["versioning: enabled → suspended"]);
        for (key, live) in [
            (on, Some(&Status::Enabled)),
            (off, Some(&Status::Suspended)),
            (off, Some(&Status::Unversioned)),
            (off, None),
            ("", Some(&Status::Enabled)),
        ] {
            assert_eq!(versioning(key, live), [""; 0], "`{key}` {live:?}");
        }
    }

    #[tokio::test]
    async fn versions_are_kept_or_suspended() {
        for (enabled, status) in [(true, "Enabled"), (false, "Suspended")] {
            let call = written(&Versioning { enabled }).await;
            assert_eq!(call.name, "PUT versioning");
            assert!(call.body.contains(&format!("<Status>{status}</Status>")), "{}", call.body);
        }
    }
}
