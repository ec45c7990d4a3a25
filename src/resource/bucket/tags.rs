//! The bucket's tags, of which trueup sets its own and those of the spec.

use aws_sdk_s3::types::{Tag, Tagging};

use super::setting::Setting;
use crate::cloud::CloudError;
use crate::cloud::s3::{BucketHandle, unbuildable};
use crate::resource::{Desired, Field, tags};
use crate::spec::Bucket;

/// All tags, with foreign ones carried over: S3 replaces the whole set.
#[derive(Clone, Debug)]
pub struct Tags(tags::Tags);

impl Setting for Tags {
    const NOUN: &'static str = "tags";

    type Live = tags::Tags;

    async fn read(bucket: &BucketHandle) -> Result<Self::Live, CloudError> {
        bucket.tags().await
    }

    fn wanted(spec: &Bucket, live: &Self::Live, desired: &Desired<'_>) -> Option<Self> {
        let wanted = tags::wanted(desired, &spec.tags);
        Some(Self(live.clone().into_iter().chain(wanted).collect()))
    }

    fn same(one: &Self::Live, other: &Self::Live) -> bool {
        one == other
    }

    async fn write(&self, bucket: &BucketHandle) -> Result<(), CloudError> {
        let operation = "s3:PutBucketTagging";
        let tags = self.0.iter().map(|(key, value)| Tag::builder().key(key).value(value).build());
        let tags = tags.collect::<Result<_, _>>();
        let tags = tags.and_then(|tags| Tagging::builder().set_tag_set(Some(tags)).build());
        let tags = tags.map_err(|_| unbuildable(operation))?;
        let request = bucket.sdk().put_bucket_tagging().bucket(bucket.name());
        let request = request.expected_bucket_owner(bucket.owner()).tagging(tags);
        bucket.write(operation, || request.clone().send()).await
    }

    fn assume(&self) -> Self::Live {
        self.0.clone()
    }

    fn fields(&self, before: Option<&Self::Live>) -> Vec<Field> {
        let before = before.cloned().unwrap_or_default();
        tags::fields(&before, &tags::missing(&before, &self.0))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::testing::{Generated, planned, read, shown, written};
    use super::*;
    use crate::resource::testing::{own_tags, tags};

    impl Generated for Tags {
        const KEYS: &'static [&'static str] = &["", "tags: { team: ledger }"];

        fn live() -> BoxedStrategy<Self::Live> {
            let some = [("team", "ledger"), ("team", "books"), ("backup", "yes")].map(|tag| tags(&[tag]));
            let all = some.into_iter().chain([own_tags()]).collect::<Vec<_>>();
            let live = prop::sample::subsequence(all, 0..=4);
            live.prop_map(|tags| tags.into_iter().flatten().collect()).boxed()
        }
    }

    #[tokio::test]
    async fn s3_says_all_tags() {
        let answer = "<Tagging><TagSet><Tag><Key>team</Key><Value>ledger</Value></Tag></TagSet></Tagging>";
        assert_eq!(read::<Tags>(200, answer).await.unwrap(), tags(&[("team", "ledger")]));
        assert_eq!(read::<Tags>(404, "NoSuchTagSet").await.unwrap(), tags(&[]));
    }

    #[test]
    fn what_is_missing_or_differs_is_shown() {
        let live: tags::Tags = own_tags().into_iter().chain(tags(&[("team", "books")])).collect();
        assert_eq!(shown::<Tags>("", Some(&live)), [""; 0]);
        assert_eq!(shown::<Tags>("tags: { team: ledger }", Some(&live)), ["tags.team: books → ledger"]);
        let new = shown::<Tags>("", None);
        assert_eq!(
            new,
            ["tags.trueup:app: nothing → ledger", "tags.trueup:environment: nothing → production"]
        );
    }

    #[tokio::test]
    async fn tags_of_others_are_carried_over() {
        let live = tags(&[("backup", "yes")]);
        let ours = planned::<Tags>("tags: { team: ledger }", Some(&live)).expect("a write");
        let call = written(ours.after()).await;
        assert_eq!(call.name, "PUT tagging");
        for (key, value) in [("backup", "yes"), ("team", "ledger"), ("trueup:app", "ledger")] {
            let tag = format!("<Tag><Key>{key}</Key><Value>{value}</Value></Tag>");
            assert!(call.body.contains(&tag), "{}", call.body);
        }
    }
}
