//! The bucket's tags, of which trueup sets its own and those of the spec.

use aws_sdk_s3::types::{Tag, Tagging};

use super::setting::{Refusal, Setting, Wish};
use crate::cloud::CloudError;
use crate::cloud::s3::{BucketHandle, unbuildable};
use crate::resource::{Field, SpecValue, tags};
use crate::spec::{self, BucketArn};

/// What S3 takes on one bucket (aws-s3-iam.md section 3).
const MOST_TAGS: usize = 50;

/// All tags, with foreign ones carried over: S3 replaces the whole set.
#[derive(Clone, Debug)]
pub struct Tags(tags::Tags);

impl Setting for Tags {
    const NOUN: &'static str = "tags";
    const IS_MADE_WITH_BUCKET: bool = true;

    const TO_READ: &'static [&'static str] = &["s3:GetBucketTagging"];

    type Live = tags::Tags;

    async fn read(bucket: &BucketHandle) -> Result<Self::Live, CloudError> {
        bucket.tags().await
    }

    fn to_write(_: &spec::Bucket) -> &'static [&'static str] {
        &["s3:PutBucketTagging"]
    }

    /// What was adopted gets none of trueup's own tags.
    fn wanted(wish: &Wish<'_>, live: &Self::Live) -> Option<Self> {
        let said = &wish.spec.tags;
        let wanted = if wish.is_adopted { said.clone() } else { tags::wanted(wish.desired, said) };
        Some(Self(live.clone().into_iter().chain(wanted).collect()))
    }

    /// Some accounts tag what is new by themselves.
    fn onto(self, made: &Self::Live) -> Self {
        Self(made.clone().into_iter().chain(self.0).collect())
    }

    fn same(one: &Self::Live, other: &Self::Live) -> bool {
        one == other
    }

    fn refusal(&self, live: &Self::Live) -> Option<Refusal> {
        (self.0.len() > MOST_TAGS).then(|| Refusal {
            reason: format!(
                "with the {} that are live there are {} tags, and S3 takes {MOST_TAGS}",
                live.len(),
                self.0.len()
            ),
            advice: "take tags away that nobody needs".to_owned(),
        })
    }

    fn import(live: &Self::Live, _: &BucketArn, set: &mut dyn FnMut(&[&str], SpecValue)) {
        for (key, value) in tags::of_people(live) {
            set(&["tags", key], SpecValue::from(value));
        }
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

    use super::super::testing::{Generated, adopted, planned, read, shown, written};
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

    #[test]
    fn an_adopted_bucket_gets_the_tags_of_the_spec_alone() {
        let live = tags(&[("backup", "yes")]);
        assert!(adopted::<Tags>("", &live).is_none());
        let planned = adopted::<Tags>("tags: { team: ledger }", &live);
        let after = planned.expect("a write").after().assume();
        assert_eq!(after, tags(&[("backup", "yes"), ("team", "ledger")]));
    }

    #[test]
    fn more_tags_than_s3_takes_are_not_tried() {
        let refusal = |others: usize| {
            let live = (0..others).map(|number| (format!("of-others-{number}"), String::new())).collect();
            planned::<Tags>("", Some(&live)).expect("a write").refusal()
        };
        assert!(refusal(48).is_none());
        assert!(refusal(49).is_some_and(|refusal| refusal.reason.contains("51 tags")));
    }

    #[test]
    fn tags_that_came_with_a_new_bucket_stay() {
        let ours = planned::<Tags>("", None).expect("a write").after().clone();
        let after = ours.onto(&tags(&[("created-by", "me"), ("trueup:app", "another")])).assume();
        assert_eq!(after, own_tags().into_iter().chain(tags(&[("created-by", "me")])).collect());
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
