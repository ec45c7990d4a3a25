//! Lifecycle and cross-origin rules: what of them is managed, and how two are compared.

use std::collections::BTreeSet;

use aws_sdk_s3::error::BuildError;
use aws_sdk_s3::types::{
    AbortIncompleteMultipartUpload, CorsRule as SdkCorsRule, ExpirationStatus, LifecycleExpiration,
    LifecycleRule as SdkLifecycleRule, LifecycleRuleFilter, NoncurrentVersionExpiration,
};

use crate::spec::Cors;

/// A lifecycle rule. One that S3 gave us keeps all that it said, so that foreign rules are written back whole.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct LifecycleRule {
    /// Its id.
    pub id: String,
    /// Days until uploads that were begun and never ended go.
    pub abort_multipart_after_days: Option<u32>,
    /// Days until versions that are no longer current go.
    pub expire_noncurrent_after_days: Option<u32>,
    /// Days until current objects go.
    pub expire_after_days: Option<u32>,
    /// Whether it says more than these three, or not for the whole bucket.
    is_foreign: bool,
    #[serde(skip)]
    raw: Option<SdkLifecycleRule>,
}

impl LifecycleRule {
    /// An enabled rule for the whole bucket.
    #[must_use]
    pub fn new(
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

    /// Whether both expire the same, whatever they are called.
    #[must_use]
    pub fn same_meaning(&self, other: &Self) -> bool {
        let days = |rule: &Self| {
            (rule.abort_multipart_after_days, rule.expire_noncurrent_after_days, rule.expire_after_days)
        };
        !self.is_foreign && !other.is_foreign && days(self) == days(other)
    }

    pub(super) fn from_sdk(rule: &SdkLifecycleRule) -> Self {
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

    pub(super) fn to_sdk(&self) -> Result<SdkLifecycleRule, BuildError> {
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

/// A cross-origin rule.
#[derive(Clone, Debug, serde::Serialize)]
pub struct CorsRule {
    /// Exact origins.
    pub origins: Vec<String>,
    /// HTTP methods.
    pub methods: Vec<String>,
    /// Request headers that a browser may send.
    pub headers: Vec<String>,
    /// Response headers that a page may read.
    pub expose: Vec<String>,
    /// For how many seconds a browser may remember the answer.
    pub max_age_seconds: Option<u32>,
}

impl CorsRule {
    /// The rule that a spec asks for.
    #[must_use]
    pub fn new(cors: &Cors) -> Self {
        let Cors { origins, methods, headers, expose, max_age_seconds } = cors.clone();
        Self { origins, methods, headers, expose, max_age_seconds: Some(max_age_seconds) }
    }

    /// Whether both allow the same: order says nothing, and the case of header names neither.
    #[must_use]
    pub fn same_meaning(&self, other: &Self) -> bool {
        let set = |list: &[String]| list.iter().cloned().collect::<BTreeSet<_>>();
        let folded =
            |list: &[String]| list.iter().map(|one| one.to_ascii_lowercase()).collect::<BTreeSet<_>>();
        set(&self.origins) == set(&other.origins)
            && set(&self.methods) == set(&other.methods)
            && folded(&self.headers) == folded(&other.headers)
            && folded(&self.expose) == folded(&other.expose)
            && self.max_age_seconds == other.max_age_seconds
    }

    pub(super) fn from_sdk(rule: &SdkCorsRule) -> Self {
        Self {
            origins: rule.allowed_origins().to_vec(),
            methods: rule.allowed_methods().to_vec(),
            headers: rule.allowed_headers().to_vec(),
            expose: rule.expose_headers().to_vec(),
            max_age_seconds: rule.max_age_seconds().and_then(|seconds| u32::try_from(seconds).ok()),
        }
    }

    pub(super) fn to_sdk(&self) -> Result<SdkCorsRule, BuildError> {
        let list = |list: &[String]| (!list.is_empty()).then(|| list.to_vec());
        SdkCorsRule::builder()
            .set_allowed_origins(list(&self.origins))
            .set_allowed_methods(list(&self.methods))
            .set_allowed_headers(list(&self.headers))
            .set_expose_headers(list(&self.expose))
            .set_max_age_seconds(self.max_age_seconds.and_then(|seconds| i32::try_from(seconds).ok()))
            .build()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn cors_rules_compare_without_order() {
        let rule = |origins: &[&str], headers: &[&str]| CorsRule {
            origins: origins.iter().map(ToString::to_string).collect(),
            methods: vec!["PUT".to_owned()],
            headers: headers.iter().map(ToString::to_string).collect(),
            expose: Vec::new(),
            max_age_seconds: Some(3600),
        };
        assert!(rule(&["a", "b"], &["Content-Type"]).same_meaning(&rule(&["b", "a"], &["content-type"])));
        assert!(!rule(&["a"], &[]).same_meaning(&rule(&["b"], &[])));
    }
}
