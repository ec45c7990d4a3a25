//! The public access block: four settings that keep the public out, of which trueup sets all or none.

use aws_sdk_s3::types::PublicAccessBlockConfiguration;

use super::setting::{Kept, Setting, Wish, field};
use crate::cloud::CloudError;
use crate::cloud::s3::BucketHandle;
use crate::resource::{Field, SpecValue};
use crate::spec::{self, BucketArn};

/// What S3 says in its answer, all of which is read.
const ELEMENTS: [&str; 4] =
    ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"];

/// Whether the public is kept out.
#[derive(Clone, Debug)]
pub struct PublicAccess {
    blocked: bool,
}

/// The four settings as they are set.
#[derive(Clone, Copy, Debug, serde::Serialize)]
pub struct Block([bool; 4]);

impl Setting for PublicAccess {
    const NOUN: &'static str = "public access";
    const IS_MADE_WITH_BUCKET: bool = true;

    const TO_READ: &'static [&'static str] = &["s3:GetBucketPublicAccessBlock"];

    type Live = Option<Block>;

    async fn read(bucket: &BucketHandle) -> Result<Self::Live, CloudError> {
        let request = bucket.sdk().get_public_access_block().bucket(bucket.name());
        let request = request.expected_bucket_owner(bucket.owner());
        let sent = request.customize().interceptor(bucket.along("public_access", &ELEMENTS)).send();
        let not_set = "NoSuchPublicAccessBlockConfiguration";
        let answer = bucket.read_if_set("s3:GetPublicAccessBlock", not_set, sent).await?;
        Ok(answer.and_then(|answer| answer.public_access_block_configuration).map(|block| {
            Block([
                block.block_public_acls.unwrap_or_default(),
                block.ignore_public_acls.unwrap_or_default(),
                block.block_public_policy.unwrap_or_default(),
                block.restrict_public_buckets.unwrap_or_default(),
            ])
        }))
    }

    fn to_write(_: &spec::Bucket) -> &'static [&'static str] {
        &["s3:PutBucketPublicAccessBlock"]
    }

    fn wanted(wish: &Wish<'_>, _: &Self::Live) -> Option<Self> {
        let access = wish.said(wish.spec.public_access, spec::PublicAccess::Blocked)?;
        Some(Self { blocked: access == spec::PublicAccess::Blocked })
    }

    fn ends(&self, _: &Self::Live) -> Option<String> {
        let what = "what is public by its access control lists or by statements of its policy no longer is";
        self.blocked.then(|| what.to_owned())
    }

    fn kept(wish: &Wish<'_>, live: &Self::Live) -> Option<Kept> {
        let is_left = wish.said(wish.spec.public_access, spec::PublicAccess::Blocked).is_none();
        (is_left && blocked(*live) != Some(true)).then(|| Kept {
            reason: "the block is off, or in part".to_owned(),
            warning: Some("nothing keeps the public out; `public_access: blocked` does".to_owned()),
        })
    }

    fn same(one: &Self::Live, other: &Self::Live) -> bool {
        blocked(*one) == blocked(*other)
    }

    fn import(live: &Self::Live, _: &BucketArn, set: &mut dyn FnMut(&[&str], SpecValue)) {
        let word = |blocked| if blocked { "blocked" } else { "open" };
        if let Some(blocked) = blocked(*live) {
            set(&["public_access"], SpecValue::from(word(blocked)));
        }
    }

    async fn write(&self, bucket: &BucketHandle) -> Result<(), CloudError> {
        let block = PublicAccessBlockConfiguration::builder()
            .block_public_acls(self.blocked)
            .ignore_public_acls(self.blocked)
            .block_public_policy(self.blocked)
            .restrict_public_buckets(self.blocked)
            .build();
        let request = bucket.sdk().put_public_access_block().bucket(bucket.name());
        let request = request.expected_bucket_owner(bucket.owner()).public_access_block_configuration(block);
        bucket.write("s3:PutPublicAccessBlock", || request.clone().send()).await
    }

    fn assume(&self) -> Self::Live {
        Some(Block([self.blocked; 4]))
    }

    fn fields(&self, before: Option<&Self::Live>) -> Vec<Field> {
        let word = |blocked: bool| if blocked { "blocked" } else { "open" };
        let before = before.copied().flatten();
        vec![field("public_access", blocked(before).map(word), Some(word(self.blocked)))]
    }
}

/// Whether the public is kept out; `None` when only in part, or when nothing was ever set.
pub(super) fn blocked(live: Option<Block>) -> Option<bool> {
    let Block(settings) = live?;
    settings.iter().all(|setting| *setting == settings[0]).then_some(settings[0])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::testing::{Generated, adopted, kept, read, shown, written};
    use super::*;

    impl Generated for PublicAccess {
        const KEYS: &'static [&'static str] = &["", "public_access: blocked", "public_access: open"];

        fn live() -> BoxedStrategy<Self::Live> {
            prop::option::of(any::<[bool; 4]>().prop_map(Block)).boxed()
        }
    }

    #[tokio::test]
    async fn the_public_is_kept_out_when_all_four_settings_say_so() {
        let answer = |last: bool| {
            format!(
                "<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls>\
                 <IgnorePublicAcls>true</IgnorePublicAcls><BlockPublicPolicy>true</BlockPublicPolicy>\
                 <RestrictPublicBuckets>{last}</RestrictPublicBuckets></PublicAccessBlockConfiguration>"
            )
        };
        for (status, text, is_blocked) in [
            (200, answer(true), Some(true)),
            (200, answer(false), None),
            (404, "NoSuchPublicAccessBlockConfiguration".to_owned(), None),
        ] {
            assert_eq!(blocked(read::<PublicAccess>(status, &text).await.unwrap()), is_blocked, "{text}");
        }
    }

    #[test]
    fn it_is_blocked_unless_the_spec_says_otherwise_and_half_of_it_is_not_enough() {
        let (all, half) = (Block([true; 4]), Block([true, true, true, false]));
        let blocked = |live: Option<&Option<Block>>| shown::<PublicAccess>("", live);
        assert_eq!(blocked(None), ["public_access: nothing → blocked"]);
        assert_eq!(blocked(Some(&None)), ["public_access: nothing → blocked"]);
        assert_eq!(blocked(Some(&Some(half))), ["public_access: nothing → blocked"]);
        assert_eq!(blocked(Some(&Some(all))), [""; 0]);
        let open = shown::<PublicAccess>("public_access: open", Some(&Some(all)));
        assert_eq!(open, ["public_access: blocked → open"]);
    }

    #[test]
    fn an_adopted_bucket_keeps_its_own_unless_asked_and_both_are_told() {
        let (all, none) = (Some(Block([true; 4])), Some(Block([false; 4])));
        let asked = "public_access: blocked";
        let says = |key: &str, live| {
            (
                adopted::<PublicAccess>(key, &live).is_some(),
                kept::<PublicAccess>(key, &live).map(|kept| kept.reason),
            )
        };
        assert_eq!(says("", all), (false, None));
        let (is_written, told) = says("", none);
        assert!(!is_written && told.is_some_and(|told| told.contains("the block is off")));
        let planned = adopted::<PublicAccess>(asked, &none);
        assert!(planned.and_then(|planned| planned.ends()).is_some_and(|ends| ends.contains("no longer is")));
        assert_eq!(says(asked, all), (false, None));
    }

    #[tokio::test]
    async fn all_four_settings_are_written_alike() {
        for blocked in [true, false] {
            let call = written(&PublicAccess { blocked }).await;
            assert_eq!(call.name, "PUT publicAccessBlock");
            assert_eq!(call.body.matches(&format!(">{blocked}<")).count(), 4, "{}", call.body);
        }
    }
}
