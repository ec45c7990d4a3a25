//! Lifecycle rules: what expires by itself. One rule is trueup's; those of others stay as they are.

use aws_sdk_s3::error::BuildError;
use aws_sdk_s3::types::{
    AbortIncompleteMultipartUpload, BucketLifecycleConfiguration, ExpirationStatus, LifecycleExpiration,
    LifecycleRule as SdkLifecycleRule, LifecycleRuleFilter, NoncurrentVersionExpiration,
    TransitionDefaultMinimumObjectSize,
};
use serde::Serializer;

use super::setting::{Setting, Wish, field};
use crate::cloud::CloudError;
use crate::cloud::s3::{BucketHandle, unbuildable};
use crate::resource::{Field, SpecValue};
use crate::spec::{self, BucketArn};

/// What S3 says in its answer, all of which is read.
const ELEMENTS: [&str; 23] = [
    "Rule",
    "ID",
    "Prefix",
    "Filter",
    "And",
    "Tag",
    "Key",
    "Value",
    "ObjectSizeGreaterThan",
    "ObjectSizeLessThan",
    "Status",
    "Transition",
    "Date",
    "Days",
    "StorageClass",
    "NoncurrentVersionTransition",
    "NoncurrentDays",
    "NewerNoncurrentVersions",
    "NoncurrentVersionExpiration",
    "Expiration",
    "ExpiredObjectDeleteMarker",
    "AbortIncompleteMultipartUpload",
    "DaysAfterInitiation",
];

/// The id that marks the rule as trueup's; S3 would invent one (aws-s3-iam.md section 3).
const OUR_RULE: &str = "trueup";
/// From which size on objects move where nobody chose one.
const DEFAULT_MINIMUM: &str = "all_storage_classes_128K";

/// All rules, with foreign ones carried over; none removes the configuration.
#[derive(Clone, Debug)]
pub struct Lifecycle(Rules);

/// All rules as they are set.
#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct Rules {
    /// In the service's order.
    pub(super) rules: Vec<LifecycleRule>,
    /// From which size on objects move to other storage classes. It travels beside the rules, and a write without it
    /// sets it back; not managed, and carried over as it was read.
    minimum: Option<String>,
}

impl Setting for Lifecycle {
    const NOUN: &'static str = "lifecycle";

    const TO_READ: &'static [&'static str] = &["s3:GetLifecycleConfiguration"];

    type Live = Rules;

    async fn read(bucket: &BucketHandle) -> Result<Self::Live, CloudError> {
        let request = bucket.sdk().get_bucket_lifecycle_configuration().bucket(bucket.name());
        let request = request.expected_bucket_owner(bucket.owner());
        let sent = request.customize().interceptor(bucket.along("lifecycle", &ELEMENTS)).send();
        let not_set = "NoSuchLifecycleConfiguration";
        let answer = bucket.read_if_set("s3:GetBucketLifecycleConfiguration", not_set, sent).await?;
        let Some(answer) = answer else { return Ok(Rules::default()) };
        let minimum = answer.transition_default_minimum_object_size().map(|size| size.as_str().to_owned());
        let rules = answer.rules().iter().map(LifecycleRule::from_sdk).collect();
        Ok(Rules { rules, minimum })
    }

    /// Without a word of the spec, a rule of trueup's own goes.
    fn to_write(_: &spec::Bucket) -> &'static [&'static str] {
        &["s3:PutLifecycleConfiguration"]
    }

    /// Foreign rules stay as they are; only the rule with our id is compared, and by meaning any rule that
    /// already does what ours would.
    fn wanted(wish: &Wish<'_>, live: &Self::Live) -> Option<Self> {
        let wanted = wish.spec.lifecycle.as_ref().map(LifecycleRule::wanted);
        let Rules { rules: live, minimum } = live;
        // While our own rule is there it counts alone: one with other days would go on expiring by them.
        let is_as_wanted = match (live.iter().find(|rule| rule.id == OUR_RULE), &wanted) {
            (Some(ours), Some(wanted)) => ours.same_meaning(wanted),
            (Some(_), None) => false,
            (None, Some(wanted)) => live.iter().any(|rule| rule.same_meaning(wanted)),
            (None, None) => true,
        };
        (!is_as_wanted).then(|| {
            let foreign = live.iter().filter(|rule| rule.id != OUR_RULE).cloned();
            Self(Rules { rules: foreign.chain(wanted).collect(), minimum: minimum.clone() })
        })
    }

    /// A rule that S3 gave holds more than one that the spec asks for, and may mean the same.
    fn same(one: &Self::Live, other: &Self::Live) -> bool {
        let is_same = |(one, other): (&LifecycleRule, &LifecycleRule)| {
            one == other || (one.id == other.id && one.same_meaning(other))
        };
        one.minimum() == other.minimum()
            && one.rules.len() == other.rules.len()
            && one.rules.iter().zip(&other.rules).all(is_same)
    }

    /// Trueup's own rule, or else the first that a spec could ask for.
    fn import(live: &Self::Live, _: &BucketArn, set: &mut dyn FnMut(&[&str], SpecValue)) {
        let of_a_spec = || live.rules.iter().filter(|rule| !rule.is_foreign);
        let Some(rule) = of_a_spec().find(|rule| rule.id == OUR_RULE).or_else(|| of_a_spec().next()) else {
            return;
        };
        let days = [
            ("abort_multipart_after_days", rule.abort_multipart_after_days),
            ("expire_noncurrent_after_days", rule.expire_noncurrent_after_days),
            ("expire_after_days", rule.expire_after_days),
        ];
        for (key, days) in days {
            if let Some(days) = days {
                set(&["lifecycle", key], SpecValue::from(days));
            }
        }
    }

    async fn write(&self, bucket: &BucketHandle) -> Result<(), CloudError> {
        let Rules { rules, minimum } = &self.0;
        if rules.is_empty() {
            let request = bucket.sdk().delete_bucket_lifecycle().bucket(bucket.name());
            let request = request.expected_bucket_owner(bucket.owner());
            return bucket.write("s3:DeleteBucketLifecycle", || request.clone().send()).await;
        }
        let operation = "s3:PutBucketLifecycleConfiguration";
        let rules = rules.iter().map(LifecycleRule::to_sdk).collect::<Result<_, _>>();
        let rules =
            rules.and_then(|rules| BucketLifecycleConfiguration::builder().set_rules(Some(rules)).build());
        let rules = rules.map_err(|_| unbuildable(operation))?;
        let request = bucket.sdk().put_bucket_lifecycle_configuration().bucket(bucket.name());
        let request = request.expected_bucket_owner(bucket.owner()).lifecycle_configuration(rules);
        let minimum = minimum.as_deref().map(TransitionDefaultMinimumObjectSize::from);
        let request = request.set_transition_default_minimum_object_size(minimum);
        bucket.write(operation, || request.clone().send()).await
    }

    fn assume(&self) -> Self::Live {
        self.0.clone()
    }

    fn fields(&self, before: Option<&Self::Live>) -> Vec<Field> {
        let ours = |rules: &[LifecycleRule]| rules.iter().find(|rule| rule.id == OUR_RULE).cloned();
        let (before, after) = (before.and_then(|live| ours(&live.rules)), ours(&self.0.rules));
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

impl Rules {
    /// What S3 does where nobody chose, and where nothing is set.
    fn minimum(&self) -> &str {
        match &self.minimum {
            Some(minimum) if !self.rules.is_empty() => minimum,
            _ => DEFAULT_MINIMUM,
        }
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

    /// What S3 calls it.
    pub(super) fn name(&self) -> &str {
        &self.id
    }

    /// Whether every current object goes by it, whatever its name: an enabled expiration, by days or at a date, which at
    /// most leaves out what is small or large.
    pub(super) fn expires_everything(&self) -> bool {
        self.to_sdk().is_ok_and(|rule| {
            let expires =
                |expiration: &LifecycleExpiration| expiration.days().is_some() || expiration.date().is_some();
            rule.status() == &ExpirationStatus::Enabled
                && is_of_any_name(&rule)
                && rule.expiration().is_some_and(expires)
        })
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

/// The rules that are neither trueup's nor do what the spec asks for.
pub(super) fn others<'a>(
    live: &'a [LifecycleRule],
    spec: Option<&spec::Lifecycle>,
) -> Vec<&'a LifecycleRule> {
    let wanted = spec.map(LifecycleRule::wanted);
    let is_wanted = |rule: &LifecycleRule| wanted.as_ref().is_some_and(|wanted| rule.same_meaning(wanted));
    live.iter().filter(|rule| rule.id != OUR_RULE && !is_wanted(rule)).collect()
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

/// Whether a rule is about objects of every name and with all tags.
fn is_of_any_name(rule: &SdkLifecycleRule) -> bool {
    let is_empty = |prefix: Option<&str>| prefix.unwrap_or_default().is_empty();
    rule.filter().is_none_or(|filter| {
        let both = filter.and();
        is_empty(filter.prefix())
            && filter.tag().is_none()
            && both.is_none_or(|both| is_empty(both.prefix()) && both.tags().is_empty())
    })
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
#[path = "lifecycle_tests.rs"]
pub(super) mod tests;
