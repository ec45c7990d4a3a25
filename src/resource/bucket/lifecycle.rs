//! Lifecycle rules: what expires by itself. One rule is trueup's; those of others stay as they are.

use aws_sdk_s3::error::BuildError;
use aws_sdk_s3::types::{
    AbortIncompleteMultipartUpload, BucketLifecycleConfiguration, ExpirationStatus, LifecycleExpiration,
    LifecycleRule as SdkLifecycleRule, LifecycleRuleFilter, NoncurrentVersionExpiration,
};
use serde::Serializer;

use super::setting::{Setting, field};
use crate::cloud::CloudError;
use crate::cloud::s3::{BucketHandle, unbuildable};
use crate::resource::{Desired, Field};
use crate::spec;

/// The id that marks the rule as trueup's; S3 would invent one (aws-s3-iam.md section 3).
const OUR_RULE: &str = "trueup";

/// All rules, with foreign ones carried over; none removes the configuration.
#[derive(Clone, Debug)]
pub struct Lifecycle(Vec<LifecycleRule>);

impl Setting for Lifecycle {
    const NOUN: &'static str = "lifecycle";

    /// In the service's order.
    type Live = Vec<LifecycleRule>;

    async fn read(bucket: &BucketHandle) -> Result<Self::Live, CloudError> {
        let request = bucket.sdk().get_bucket_lifecycle_configuration().bucket(bucket.name());
        let sent = request.expected_bucket_owner(bucket.owner()).send();
        let not_set = "NoSuchLifecycleConfiguration";
        let answer = bucket.read_if_set("s3:GetBucketLifecycleConfiguration", not_set, sent).await?;
        let rules = answer.and_then(|answer| answer.rules).unwrap_or_default();
        Ok(rules.iter().map(LifecycleRule::from_sdk).collect())
    }

    /// Foreign rules stay as they are; only the rule with our id is compared, and by meaning any rule that
    /// already does what ours would.
    fn wanted(spec: &spec::Bucket, live: &Self::Live, _: &Desired<'_>) -> Option<Self> {
        let wanted = spec.lifecycle.as_ref().map(LifecycleRule::wanted);
        // While our own rule is there it counts alone: one with other days would go on expiring by them.
        let is_as_wanted = match (live.iter().find(|rule| rule.id == OUR_RULE), &wanted) {
            (Some(ours), Some(wanted)) => ours.same_meaning(wanted),
            (Some(_), None) => false,
            (None, Some(wanted)) => live.iter().any(|rule| rule.same_meaning(wanted)),
            (None, None) => true,
        };
        (!is_as_wanted).then(|| {
            let foreign = live.iter().filter(|rule| rule.id != OUR_RULE).cloned();
            Self(foreign.chain(wanted).collect())
        })
    }

    /// A rule that S3 gave holds more than one that the spec asks for, and may mean the same.
    fn same(one: &Self::Live, other: &Self::Live) -> bool {
        let is_same = |(one, other): (&LifecycleRule, &LifecycleRule)| {
            one == other || (one.id == other.id && one.same_meaning(other))
        };
        one.len() == other.len() && one.iter().zip(other).all(is_same)
    }

    async fn write(&self, bucket: &BucketHandle) -> Result<(), CloudError> {
        if self.0.is_empty() {
            let request = bucket.sdk().delete_bucket_lifecycle().bucket(bucket.name());
            let request = request.expected_bucket_owner(bucket.owner());
            return bucket.write("s3:DeleteBucketLifecycle", || request.clone().send()).await;
        }
        let operation = "s3:PutBucketLifecycleConfiguration";
        let rules = self.0.iter().map(LifecycleRule::to_sdk).collect::<Result<_, _>>();
        let rules =
            rules.and_then(|rules| BucketLifecycleConfiguration::builder().set_rules(Some(rules)).build());
        let rules = rules.map_err(|_| unbuildable(operation))?;
        let request = bucket.sdk().put_bucket_lifecycle_configuration().bucket(bucket.name());
        let request = request.expected_bucket_owner(bucket.owner()).lifecycle_configuration(rules);
        bucket.write(operation, || request.clone().send()).await
    }

    fn assume(&self) -> Self::Live {
        self.0.clone()
    }

    fn fields(&self, before: Option<&Self::Live>) -> Vec<Field> {
        let ours = |rules: &[LifecycleRule]| rules.iter().find(|rule| rule.id == OUR_RULE).cloned();
        let (before, after) = (before.and_then(|rules| ours(rules)), ours(&self.0));
        let days = |path: &str, of: fn(&LifecycleRule) -> Option<u32>| {
            let (before, after) = (before.as_ref().and_then(of), after.as_ref().and_then(of));
            let text = |days: Option<u32>| days.map(|days| days.to_string());
            (before != after).then(|| field(path, text(before).as_deref(), text(after).as_deref()))
        };
        [
            days("lifecycle.abort_multipart_after_days", |rule| rule.abort_multipart_after_days),
            days("lifecycle.expire_noncurrent_after_days", |rule| rule.expire_noncurrent_after_days),
            days("lifecycle.expire_after_days", |rule| rule.expire_after_days),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// A lifecycle rule. One that S3 gave us keeps all that it said, so that foreign rules are written back whole.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct LifecycleRule {
    /// Its id.
    id: String,
    /// Days until uploads that were begun and never ended go.
    abort_multipart_after_days: Option<u32>,
    /// Days until versions that are no longer current go.
    expire_noncurrent_after_days: Option<u32>,
    /// Days until current objects go.
    expire_after_days: Option<u32>,
    /// Whether it says more than these three, or not for the whole bucket.
    is_foreign: bool,
    #[serde(serialize_with = "as_text")]
    raw: Option<SdkLifecycleRule>,
}

impl LifecycleRule {
    /// An enabled rule for the whole bucket.
    fn new(
        id: &str,
        abort_multipart: Option<u32>,
        expire_noncurrent: Option<u32>,
        expire: Option<u32>,
    ) -> Self {
        Self {
            id: id.to_owned(),
            abort_multipart_after_days: abort_multipart,
            expire_noncurrent_after_days: expire_noncurrent,
            expire_after_days: expire,
            is_foreign: false,
            raw: None,
        }
    }

    /// The rule that a spec asks for.
    fn wanted(lifecycle: &spec::Lifecycle) -> Self {
        Self::new(
            OUR_RULE,
            lifecycle.abort_multipart_after_days,
            lifecycle.expire_noncurrent_after_days,
            lifecycle.expire_after_days,
        )
    }

    /// Whether both expire the same, whatever they are called.
    fn same_meaning(&self, other: &Self) -> bool {
        let days = |rule: &Self| {
            (rule.abort_multipart_after_days, rule.expire_noncurrent_after_days, rule.expire_after_days)
        };
        !self.is_foreign && !other.is_foreign && days(self) == days(other)
    }

    fn from_sdk(rule: &SdkLifecycleRule) -> Self {
        let rule = &with_filter(rule.clone());
        let days = |days: Option<i32>| days.and_then(|days| u32::try_from(days).ok());
        let expire = days(rule.expiration().and_then(LifecycleExpiration::days));
        let noncurrent =
            days(rule.noncurrent_version_expiration().and_then(NoncurrentVersionExpiration::noncurrent_days));
        let abort = days(
            rule.abort_incomplete_multipart_upload()
                .and_then(AbortIncompleteMultipartUpload::days_after_initiation),
        );
        let mut known = Self::new(rule.id().unwrap_or_default(), abort, noncurrent, expire);
        // Rebuilt from what is known, it must say the same as what was read; an empty filter may be written in
        // several ways, so it is compared by itself.
        let rebuilt = known.to_sdk().ok().map(without_filter);
        known.is_foreign = !is_whole_bucket(rule) || rebuilt != Some(without_filter(rule.clone()));
        known.raw = Some(rule.clone());
        known
    }

    fn to_sdk(&self) -> Result<SdkLifecycleRule, BuildError> {
        if let Some(raw) = &self.raw {
            return Ok(raw.clone());
        }
        let days = |days: u32| i32::try_from(days).unwrap_or(i32::MAX);
        SdkLifecycleRule::builder()
            .id(&self.id)
            .status(ExpirationStatus::Enabled)
            .filter(LifecycleRuleFilter::builder().prefix("").build())
            .set_abort_incomplete_multipart_upload(self.abort_multipart_after_days.map(|after| {
                AbortIncompleteMultipartUpload::builder().days_after_initiation(days(after)).build()
            }))
            .set_noncurrent_version_expiration(
                self.expire_noncurrent_after_days
                    .map(|after| NoncurrentVersionExpiration::builder().noncurrent_days(days(after)).build()),
            )
            .set_expiration(
                self.expire_after_days.map(|after| LifecycleExpiration::builder().days(days(after)).build()),
            )
            .build()
    }
}

/// The rule with its prefix in the filter, where it stands today: S3 takes no document that has rules of both
/// kinds, and ours have filters.
#[expect(deprecated, reason = "old rules and some stores still carry it")]
fn with_filter(mut rule: SdkLifecycleRule) -> SdkLifecycleRule {
    let prefix = rule.prefix.take();
    if rule.filter.is_none() {
        rule.filter = Some(LifecycleRuleFilter::builder().prefix(prefix.unwrap_or_default()).build());
    }
    rule
}

/// No filter, an empty one, and an empty prefix all mean the whole bucket (aws-s3-iam.md section 3).
fn is_whole_bucket(rule: &SdkLifecycleRule) -> bool {
    let is_empty = |filter: &LifecycleRuleFilter| {
        let LifecycleRuleFilter { prefix, tag, object_size_greater_than, object_size_less_than, and, .. } =
            filter;
        prefix.as_deref().unwrap_or_default().is_empty()
            && tag.is_none()
            && object_size_greater_than.is_none()
            && object_size_less_than.is_none()
            && and.is_none()
    };
    rule.filter().is_none_or(is_empty)
}

/// The rule without what says nothing: its filter (compared by itself), and an expiration that leaves markers
/// alone.
fn without_filter(mut rule: SdkLifecycleRule) -> SdkLifecycleRule {
    rule.filter = None;
    if let Some(expiration) = &mut rule.expiration {
        expiration.expired_object_delete_marker =
            expiration.expired_object_delete_marker.filter(|marker| *marker);
    }
    rule
}

/// The SDK's rules serialise in no other way; what others set in one is a fact all the same.
#[expect(clippy::ref_option, reason = "as serde calls it")]
fn as_text<S: Serializer>(raw: &Option<SdkLifecycleRule>, serializer: S) -> Result<S::Ok, S::Error> {
    match raw {
        Some(raw) => serializer.collect_str(&format_args!("{raw:?}")),
        None => serializer.serialize_none(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::testing::{Generated, planned, read, shown, written};
    use super::*;

    const KEY: &str = "lifecycle: { expire_after_days: 9 }";

    fn foreign(days: u32) -> LifecycleRule {
        LifecycleRule::new("by-hand", None, None, Some(days))
    }

    fn ours(days: u32) -> LifecycleRule {
        LifecycleRule::new(OUR_RULE, None, None, Some(days))
    }

    /// A rule as S3 gives it, after somebody changed it.
    fn changed(rule: &LifecycleRule, change: impl FnOnce(&mut SdkLifecycleRule)) -> LifecycleRule {
        let mut rule = rule.to_sdk().expect("a rule");
        change(&mut rule);
        LifecycleRule::from_sdk(&rule)
    }

    fn under_prefix(rule: &LifecycleRule) -> LifecycleRule {
        changed(rule, |rule| rule.filter = Some(LifecycleRuleFilter::builder().prefix("tmp/").build()))
    }

    fn disabled(rule: &LifecycleRule) -> LifecycleRule {
        changed(rule, |rule| rule.status = ExpirationStatus::Disabled)
    }

    impl Generated for Lifecycle {
        const KEYS: &'static [&'static str] =
            &["", "lifecycle: { abort_multipart_after_days: 7, expire_noncurrent_after_days: 30 }", KEY];

        fn live() -> BoxedStrategy<Self::Live> {
            let own =
                vec![ours(9), ours(3), under_prefix(&ours(9)), disabled(&ours(9)), changed(&ours(9), |_| ())];
            let others: Vec<LifecycleRule> =
                [foreign(9), foreign(3), under_prefix(&foreign(9)), disabled(&foreign(3))]
                    .into_iter()
                    .enumerate()
                    .map(|(number, rule)| changed(&rule, |rule| rule.id = Some(format!("by-hand-{number}"))))
                    .collect();
            (prop::option::of(prop::sample::select(own)), prop::sample::subsequence(others, 0..=4))
                .prop_map(|(own, others)| own.into_iter().chain(others).collect::<Vec<_>>())
                .prop_shuffle()
                .boxed()
        }
    }

    #[tokio::test]
    async fn s3_says_all_rules() {
        let answer = "<LifecycleConfiguration><Rule><ID>trueup</ID><Status>Enabled</Status><Filter><Prefix></Prefix>\
             </Filter><Expiration><Days>9</Days></Expiration></Rule></LifecycleConfiguration>";
        let live = read::<Lifecycle>(200, answer).await.unwrap();
        assert!(Lifecycle::same(&live, &vec![ours(9)]));
        assert!(read::<Lifecycle>(404, "NoSuchLifecycleConfiguration").await.unwrap().is_empty());
    }

    /// The ids of the rules that are written; `None` when nothing is.
    fn ids(key: &str, live: &[LifecycleRule]) -> Option<Vec<String>> {
        let planned = planned::<Lifecycle>(key, Some(&live.to_vec()))?;
        Some(planned.after().0.iter().map(|rule| rule.id.clone()).collect())
    }

    #[test]
    fn our_rule_changes_and_goes_while_foreign_rules_stay() {
        let live = [foreign(3), ours(30)];
        assert_eq!(ids(KEY, &live).expect("a write"), ["by-hand", OUR_RULE]);
        assert_eq!(ids("", &live).expect("a write"), ["by-hand"]);
        assert_eq!(ids("", &[foreign(3)]), None);
        assert_eq!(shown::<Lifecycle>(KEY, Some(&live.to_vec())), ["lifecycle.expire_after_days: 30 → 9"]);
    }

    #[test]
    fn a_foreign_rule_that_says_the_same_will_do_unless_ours_says_something_else() {
        assert_eq!(ids(KEY, &[foreign(9)]), None);
        assert!(ids(KEY, &[foreign(9), ours(3)]).is_some(), "objects would go after 3 days");
        assert!(ids(KEY, &[under_prefix(&foreign(9))]).is_some(), "it is for a part of the bucket");
    }

    #[tokio::test]
    async fn foreign_rules_are_written_back_whole_and_no_rules_are_removed() {
        let live = vec![under_prefix(&foreign(3)), ours(30)];
        let call = written(planned::<Lifecycle>(KEY, Some(&live)).expect("a write").after()).await;
        assert_eq!(call.name, "PUT lifecycle");
        assert!(
            call.body.contains("<Prefix>tmp/</Prefix>") && call.body.contains("<Days>9</Days>"),
            "{}",
            call.body
        );
        let nothing = planned::<Lifecycle>("", Some(&vec![ours(30)])).expect("a write");
        assert_eq!(written(nothing.after()).await.name, "DELETE lifecycle");
    }

    #[test]
    fn what_others_change_in_their_rules_is_a_fact() {
        let fact = |rule: &LifecycleRule| serde_json::to_string(rule).expect("plain data");
        let (part, whole) = (under_prefix(&foreign(3)), changed(&foreign(3), |_| ()));
        assert_ne!(fact(&part), fact(&whole));
        assert_ne!(fact(&part), fact(&disabled(&part)));
    }

    #[test]
    fn a_rule_that_was_read_back_means_what_was_written() {
        let written = LifecycleRule::new("trueup", Some(7), Some(30), None);
        let read = LifecycleRule::from_sdk(&written.to_sdk().unwrap());
        assert!(read.same_meaning(&written));
        assert!(!read.same_meaning(&LifecycleRule::new("trueup", Some(8), Some(30), None)));
    }

    #[test]
    fn a_rule_for_a_part_of_the_bucket_is_foreign_and_written_back_whole() {
        let filter = LifecycleRuleFilter::builder().prefix("tmp/").build();
        let expiration = LifecycleExpiration::builder().days(1).build();
        let theirs = SdkLifecycleRule::builder().id("x").status(ExpirationStatus::Enabled).filter(filter);
        let theirs = theirs.expiration(expiration).build().unwrap();
        let read = LifecycleRule::from_sdk(&theirs);
        assert!(!read.same_meaning(&LifecycleRule::new("trueup", None, None, Some(1))));
        assert_eq!(read.to_sdk().unwrap(), theirs);
    }

    #[test]
    #[expect(deprecated, reason = "as an old rule is read")]
    fn an_old_rule_with_a_bare_prefix_moves_into_a_filter_and_stays_foreign() {
        let expiration = LifecycleExpiration::builder().days(1).build();
        let old = |prefix: &str| {
            let rule = SdkLifecycleRule::builder().id("x").status(ExpirationStatus::Enabled).prefix(prefix);
            LifecycleRule::from_sdk(&rule.expiration(expiration.clone()).build().unwrap())
        };
        let ours = LifecycleRule::new("x", None, None, Some(1));
        let part = old("tmp/");
        assert!(!part.same_meaning(&ours));
        let written = part.to_sdk().unwrap();
        assert_eq!((written.prefix, written.filter.unwrap().prefix), (None, Some("tmp/".to_owned())));
        assert!(old("").same_meaning(&ours), "an empty prefix is the whole bucket");
    }

    #[test]
    fn a_disabled_rule_does_not_do_what_an_enabled_one_does() {
        let rule = LifecycleRule::new("trueup", Some(7), None, None);
        let mut disabled = rule.to_sdk().unwrap();
        disabled.status = ExpirationStatus::Disabled;
        assert!(!LifecycleRule::from_sdk(&disabled).same_meaning(&rule));
    }
}
