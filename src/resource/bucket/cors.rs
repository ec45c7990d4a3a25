//! Cross-origin rules: who may upload from a browser.

use std::collections::BTreeSet;

use aws_sdk_s3::error::BuildError;
use aws_sdk_s3::types::{CorsConfiguration, CorsRule as SdkCorsRule};

use super::setting::{Setting, field};
use crate::cloud::CloudError;
use crate::cloud::s3::{BucketHandle, unbuildable};
use crate::resource::{Desired, Field};
use crate::spec;

/// All rules: what the spec writes is the whole truth, and a bucket whose spec has no `cors` keeps what it has.
#[derive(Clone, Debug, Default)]
pub struct Cors(Vec<CorsRule>);

impl Setting for Cors {
    const NOUN: &'static str = "cross-origin rules";

    type Live = Vec<CorsRule>;

    async fn read(bucket: &BucketHandle) -> Result<Self::Live, CloudError> {
        let request = bucket.sdk().get_bucket_cors().bucket(bucket.name());
        let sent = request.expected_bucket_owner(bucket.owner()).send();
        let answer = bucket.read_if_set("s3:GetBucketCors", "NoSuchCORSConfiguration", sent).await?;
        let rules = answer.and_then(|answer| answer.cors_rules).unwrap_or_default();
        Ok(rules.iter().map(CorsRule::from_sdk).collect())
    }

    fn wanted(spec: &spec::Bucket, _: &Self::Live, _: &Desired<'_>) -> Option<Self> {
        let cors = spec.cors.as_ref()?;
        Some(Self(vec![CorsRule::wanted(cors)]))
    }

    fn same(one: &Self::Live, other: &Self::Live) -> bool {
        one.len() == other.len() && one.iter().zip(other).all(|(one, other)| one.same_meaning(other))
    }

    async fn write(&self, bucket: &BucketHandle) -> Result<(), CloudError> {
        let operation = "s3:PutBucketCors";
        let rules = self.0.iter().map(CorsRule::to_sdk).collect::<Result<_, _>>();
        let rules = rules.and_then(|rules| CorsConfiguration::builder().set_cors_rules(Some(rules)).build());
        let rules = rules.map_err(|_| unbuildable(operation))?;
        let request = bucket.sdk().put_bucket_cors().bucket(bucket.name());
        let request = request.expected_bucket_owner(bucket.owner()).cors_configuration(rules);
        bucket.write(operation, || request.clone().send()).await
    }

    fn assume(&self) -> Self::Live {
        self.0.clone()
    }

    fn fields(&self, before: Option<&Self::Live>) -> Vec<Field> {
        let before = before.map_or(&[][..], Vec::as_slice);
        let lines = |rules: &[CorsRule], of: fn(&CorsRule) -> Vec<String>| {
            let mut lines: Vec<String> = rules.iter().flat_map(of).collect();
            lines.sort();
            lines.dedup();
            (!lines.is_empty()).then(|| lines.join("\n"))
        };
        let part = |path: &str, of: fn(&CorsRule) -> Vec<String>| {
            let (before, after) = (lines(before, of), lines(&self.0, of));
            (before != after).then(|| field(path, before.as_deref(), after.as_deref()))
        };
        let fields: Vec<Field> = [
            part("cors.origins", |rule| rule.origins.clone()),
            part("cors.methods", |rule| rule.methods.clone()),
            part("cors.headers", |rule| rule.headers.clone()),
            part("cors.expose", |rule| rule.expose.clone()),
            part("cors.max_age_seconds", |rule| {
                rule.max_age_seconds.iter().map(ToString::to_string).collect()
            }),
        ]
        .into_iter()
        .flatten()
        .collect();
        if fields.is_empty() {
            let count = |rules: &[CorsRule]| format!("{} rules", rules.len());
            return vec![field("cors", Some(&count(before)), Some(&count(&self.0)))];
        }
        fields
    }
}

/// A cross-origin rule.
#[derive(Clone, Debug, serde::Serialize)]
pub struct CorsRule {
    /// Exact origins.
    origins: Vec<String>,
    /// HTTP methods.
    methods: Vec<String>,
    /// Request headers that a browser may send.
    headers: Vec<String>,
    /// Response headers that a page may read.
    expose: Vec<String>,
    /// For how many seconds a browser may remember the answer.
    max_age_seconds: Option<u32>,
}

impl CorsRule {
    /// The rule that a spec asks for.
    fn wanted(cors: &spec::Cors) -> Self {
        let spec::Cors { origins, methods, headers, expose, max_age_seconds } = cors.clone();
        Self { origins, methods, headers, expose, max_age_seconds: Some(max_age_seconds) }
    }

    /// Whether both allow the same: order says nothing, and the case of header names neither.
    fn same_meaning(&self, other: &Self) -> bool {
        let set = |list: &[String]| list.iter().cloned().collect::<BTreeSet<_>>();
        let folded =
            |list: &[String]| list.iter().map(|one| one.to_ascii_lowercase()).collect::<BTreeSet<_>>();
        set(&self.origins) == set(&other.origins)
            && set(&self.methods) == set(&other.methods)
            && folded(&self.headers) == folded(&other.headers)
            && folded(&self.expose) == folded(&other.expose)
            && self.max_age_seconds == other.max_age_seconds
    }

    fn from_sdk(rule: &SdkCorsRule) -> Self {
        Self {
            origins: rule.allowed_origins().to_vec(),
            methods: rule.allowed_methods().to_vec(),
            headers: rule.allowed_headers().to_vec(),
            expose: rule.expose_headers().to_vec(),
            max_age_seconds: rule.max_age_seconds().and_then(|seconds| u32::try_from(seconds).ok()),
        }
    }

    fn to_sdk(&self) -> Result<SdkCorsRule, BuildError> {
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
    use proptest::prelude::*;

    use super::super::testing::{Generated, planned, read, shown, written};
    use super::*;

    const KEY: &str = "cors: { origins: [\"https://a.example\"] }";

    /// The rule of that key.
    fn ours() -> CorsRule {
        planned::<Cors>(KEY, None).expect("a write").after().0[0].clone()
    }

    fn theirs() -> CorsRule {
        CorsRule { origins: vec!["https://b.example".to_owned()], max_age_seconds: None, ..ours() }
    }

    /// A rule as somebody else writes it, in another order and case.
    fn reworded(rule: &CorsRule) -> CorsRule {
        let headers = rule.headers.iter().rev().map(|name| name.to_uppercase()).collect();
        CorsRule { headers, ..rule.clone() }
    }

    impl Generated for Cors {
        const KEYS: &'static [&'static str] =
            &["", "cors: { origins: [\"https://b.example\"], methods: [PUT, GET] }", KEY];

        fn live() -> BoxedStrategy<Self::Live> {
            let rules = vec![ours(), reworded(&ours()), theirs(), reworded(&theirs())];
            prop::collection::vec(prop::sample::select(rules), 0..3).boxed()
        }
    }

    #[tokio::test]
    async fn s3_says_all_rules() {
        let answer = "<CORSConfiguration><CORSRule><AllowedOrigin>https://app.example</AllowedOrigin>\
             <AllowedMethod>PUT</AllowedMethod><MaxAgeSeconds>60</MaxAgeSeconds></CORSRule></CORSConfiguration>";
        let live = read::<Cors>(200, answer).await.unwrap();
        assert_eq!(
            (live[0].origins.join(" "), live[0].max_age_seconds),
            ("https://app.example".to_owned(), Some(60))
        );
        assert!(read::<Cors>(404, "NoSuchCORSConfiguration").await.unwrap().is_empty());
    }

    #[test]
    fn rules_are_compared_when_the_spec_has_them_and_left_alone_when_not() {
        let cors = |live: &[CorsRule]| shown::<Cors>(KEY, Some(&live.to_vec()));
        assert_eq!(cors(&[theirs()])[0], "cors.origins: https://b.example → https://a.example");
        assert_eq!(cors(&[ours()]), [""; 0]);
        assert_eq!(cors(&[reworded(&ours())]), [""; 0]);
        assert_eq!(cors(&[ours(), ours()]), ["cors: 2 rules → 1 rules"]);
        assert_eq!(shown::<Cors>("", Some(&vec![theirs()])), [""; 0]);
    }

    #[tokio::test]
    async fn what_the_spec_writes_is_the_whole_truth() {
        let both = vec![ours(), theirs()];
        let call = written(planned::<Cors>(KEY, Some(&both)).expect("a write").after()).await;
        assert_eq!(call.name, "PUT cors");
        assert!(
            call.body.contains("https://a.example") && !call.body.contains("https://b.example"),
            "{}",
            call.body
        );
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
