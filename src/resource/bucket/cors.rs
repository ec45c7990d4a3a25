//! Cross-origin rules: which pages may use the bucket from a browser. Those with trueup's mark are trueup's; those of
//! others stay as they are.

use std::collections::BTreeSet;

use aws_sdk_s3::error::BuildError;
use aws_sdk_s3::types::{CorsConfiguration, CorsRule as SdkCorsRule};

use super::setting::{Refusal, Setting, Wish, field};
use crate::cloud::CloudError;
use crate::cloud::s3::{BucketHandle, unbuildable};
use crate::resource::{Field, SpecValue};
use crate::spec::{self, BucketArn};

/// What S3 says in its answer, all of which is read.
const ELEMENTS: [&str; 7] =
    ["CORSRule", "ID", "AllowedOrigin", "AllowedMethod", "AllowedHeader", "ExposeHeader", "MaxAgeSeconds"];

/// The id that marks the first rule as trueup's; the others have a number behind it.
const OUR_RULE: &str = "trueup";
/// What S3 takes in one document (aws-s3-iam.md section 3).
const MOST_RULES: usize = 100;

/// All rules, with foreign ones carried over; none removes the configuration.
#[derive(Clone, Debug, Default)]
pub struct Cors(Vec<CorsRule>);

impl Setting for Cors {
    const NOUN: &'static str = "cross-origin rules";

    const TO_READ: &'static [&'static str] = &["s3:GetBucketCORS"];

    /// In the service's order: of those that fit a request the first counts.
    type Live = Vec<CorsRule>;

    async fn read(bucket: &BucketHandle) -> Result<Self::Live, CloudError> {
        let request = bucket.sdk().get_bucket_cors().bucket(bucket.name());
        let request = request.expected_bucket_owner(bucket.owner());
        let sent = request.customize().interceptor(bucket.along("cors", &ELEMENTS)).send();
        let answer = bucket.read_if_set("s3:GetBucketCors", "NoSuchCORSConfiguration", sent).await?;
        let rules = answer.and_then(|answer| answer.cors_rules).unwrap_or_default();
        Ok(rules.iter().map(CorsRule::from_sdk).collect())
    }

    /// Without a word of the spec, rules of trueup's own go.
    fn to_write(_: &spec::Bucket) -> &'static [&'static str] {
        &["s3:PutBucketCORS"]
    }

    /// Foreign rules stay as they are, and one that does what the spec asks for will do. Of trueup's own, those that
    /// the spec still asks for keep their places.
    fn wanted(wish: &Wish<'_>, live: &Self::Live) -> Option<Self> {
        let mut missing: Vec<CorsRule> = wish.spec.cors.iter().map(CorsRule::wanted).collect();
        missing
            .retain(|wanted| !live.iter().any(|rule| rule.number().is_none() && rule.same_meaning(wanted)));
        let mut rules: Vec<CorsRule> = Vec::new();
        for rule in live {
            let place = missing.iter().position(|wanted| rule.same_meaning(wanted));
            match (rule.number(), place) {
                (None, _) => rules.push(rule.clone()),
                (Some(_), Some(place)) => {
                    missing.remove(place);
                    rules.push(rule.clone());
                }
                (Some(_), None) => {}
            }
        }
        for wanted in missing {
            let is_free = |number: &usize| rules.iter().all(|rule| rule.number() != Some(*number));
            let number = (1..=rules.len() + 1).find(is_free).unwrap_or_default();
            rules.push(CorsRule { id: Some(mark(number)), ..wanted });
        }
        Some(Self(rules))
    }

    fn same(one: &Self::Live, other: &Self::Live) -> bool {
        one.len() == other.len() && one.iter().zip(other).all(|(one, other)| one.same_meaning(other))
    }

    fn refusal(&self, live: &Self::Live) -> Option<Refusal> {
        let others = live.iter().filter(|rule| rule.number().is_none()).count();
        (self.0.len() > MOST_RULES).then(|| Refusal {
            reason: format!(
                "with the {others} of others there are {} rules, and S3 takes {MOST_RULES}",
                self.0.len()
            ),
            advice: "take rules away that nobody needs".to_owned(),
        })
    }

    fn import(live: &Self::Live, _: &BucketArn, set: &mut dyn FnMut(&[&str], SpecValue)) {
        for (place, rule) in live.iter().enumerate() {
            let item = format!("[{place}]");
            let at = |key| if live.len() == 1 { vec!["cors", key] } else { vec!["cors", item.as_str(), key] };
            set(&at("origins"), SpecValue::Texts(rule.origins.clone()));
            set(&at("methods"), SpecValue::Texts(rule.methods.clone()));
            set(&at("headers"), SpecValue::Texts(rule.headers.clone()));
            if !rule.expose.is_empty() {
                set(&at("expose"), SpecValue::Texts(rule.expose.clone()));
            }
            if let Some(seconds) = rule.max_age_seconds {
                set(&at("max_age_seconds"), SpecValue::from(seconds));
            }
        }
    }

    async fn write(&self, bucket: &BucketHandle) -> Result<(), CloudError> {
        if self.0.is_empty() {
            let request = bucket.sdk().delete_bucket_cors().bucket(bucket.name());
            let request = request.expected_bucket_owner(bucket.owner());
            return bucket.write("s3:DeleteBucketCors", || request.clone().send()).await;
        }
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

    /// Rule by rule, each by its place in the spec.
    fn fields(&self, before: Option<&Self::Live>) -> Vec<Field> {
        let before = before.map_or(&[][..], Vec::as_slice);
        let of = |rules: &[CorsRule], number: usize| {
            rules.iter().find(|rule| rule.number() == Some(number)).cloned()
        };
        let numbers: BTreeSet<usize> = before.iter().chain(&self.0).filter_map(CorsRule::number).collect();
        let key = |number: usize| {
            if numbers.len() == 1 { "cors".to_owned() } else { format!("cors[{}]", number - 1) }
        };
        numbers
            .iter()
            .flat_map(|number| {
                between(&key(*number), of(before, *number).as_ref(), of(&self.0, *number).as_ref())
            })
            .collect()
    }
}

/// What differs between two rules, each of which may be absent.
fn between(key: &str, before: Option<&CorsRule>, after: Option<&CorsRule>) -> Vec<Field> {
    let part = |name: &str, of: fn(&CorsRule) -> Vec<String>| {
        let lines = |rule: Option<&CorsRule>| {
            let mut lines = rule.map(of).unwrap_or_default();
            lines.sort();
            lines.dedup();
            (!lines.is_empty()).then(|| lines.join("\n"))
        };
        let (before, after) = (lines(before), lines(after));
        (before != after).then(|| field(&format!("{key}.{name}"), before.as_deref(), after.as_deref()))
    };
    [
        part("origins", |rule| rule.origins.clone()),
        part("methods", |rule| rule.methods.clone()),
        part("headers", |rule| rule.headers.clone()),
        part("expose", |rule| rule.expose.clone()),
        part("max_age_seconds", |rule| rule.max_age_seconds.iter().map(ToString::to_string).collect()),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The id of trueup's rule of that number.
fn mark(number: usize) -> String {
    if number == 1 { OUR_RULE.to_owned() } else { format!("{OUR_RULE}-{number}") }
}

/// A cross-origin rule.
#[derive(Clone, Debug, serde::Serialize)]
pub struct CorsRule {
    /// What it is called, when it has a name.
    id: Option<String>,
    /// Exact origins, or patterns.
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
        let spec::Cors { key: _, origins, methods, headers, expose, max_age_seconds } = cors.clone();
        Self { id: None, origins, methods, headers, expose, max_age_seconds: Some(max_age_seconds) }
    }

    /// Which of trueup's rules it is, by its mark.
    fn number(&self) -> Option<usize> {
        match self.id.as_deref()?.strip_prefix(OUR_RULE)? {
            "" => Some(1),
            rest => rest.strip_prefix('-')?.parse().ok().filter(|number| *number > 1),
        }
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
            id: rule.id().map(str::to_owned),
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
            .set_id(self.id.clone())
            .set_allowed_origins(list(&self.origins))
            .set_allowed_methods(list(&self.methods))
            .set_allowed_headers(list(&self.headers))
            .set_expose_headers(list(&self.expose))
            .set_max_age_seconds(self.max_age_seconds.and_then(|seconds| i32::try_from(seconds).ok()))
            .build()
    }
}

/// The names of the rules that are neither trueup's nor do what the spec asks for.
pub(super) fn others(wish: &Wish<'_>, live: &[CorsRule]) -> Vec<String> {
    let wanted: Vec<CorsRule> = wish.spec.cors.iter().map(CorsRule::wanted).collect();
    let is_others =
        |rule: &CorsRule| rule.number().is_none() && !wanted.iter().any(|wanted| rule.same_meaning(wanted));
    let numbered = (1..).zip(live).filter(|(_, rule)| is_others(rule));
    numbered.map(|(number, rule)| rule.id.clone().unwrap_or_else(|| format!("number {number}"))).collect()
}

#[cfg(test)]
#[path = "cors_tests.rs"]
mod tests;
