//! The bucket policy, of which one statement is trueup's: the one that denies plain http.

use super::setting::{Setting, field};
use crate::cloud::CloudError;
use crate::cloud::policy::{self, PolicyDocument};
use crate::cloud::s3::{BucketHandle, malformed};
use crate::resource::{Desired, Field};
use crate::spec::Bucket;

/// The whole policy, with the statements of others carried over; `None` removes it.
#[derive(Clone, Debug)]
pub struct Policy(Option<PolicyDocument>);

impl Setting for Policy {
    const NOUN: &'static str = "policy";

    type Live = Option<PolicyDocument>;

    async fn read(bucket: &BucketHandle) -> Result<Self::Live, CloudError> {
        let operation = "s3:GetBucketPolicy";
        let request = bucket.sdk().get_bucket_policy().bucket(bucket.name());
        let sent = request.expected_bucket_owner(bucket.owner()).send();
        let answer = bucket.read_if_set(operation, "NoSuchBucketPolicy", sent).await?;
        let parse = |text: String| PolicyDocument::parse(&text).map_err(|_| malformed(operation));
        answer.and_then(|answer| answer.policy).map(parse).transpose()
    }

    fn wanted(spec: &Bucket, live: &Self::Live, _: &Desired<'_>) -> Option<Self> {
        let ours = policy::tls_only(&spec.arn());
        Some(Self(if spec.tls_only {
            let live = live.clone().unwrap_or_default();
            // One that others wrote and that does the same will do.
            Some(if live.does(&ours) { live } else { live.with_statement(&ours) })
        } else {
            live.as_ref().and_then(|live| live.without_statement(policy::TLS_ONLY_SID))
        }))
    }

    fn same(one: &Self::Live, other: &Self::Live) -> bool {
        policy::same_meaning(one.as_ref(), other.as_ref())
    }

    async fn write(&self, bucket: &BucketHandle) -> Result<(), CloudError> {
        let Some(policy) = &self.0 else {
            let request = bucket.sdk().delete_bucket_policy().bucket(bucket.name());
            let request = request.expected_bucket_owner(bucket.owner());
            return bucket.write("s3:DeleteBucketPolicy", || request.clone().send()).await;
        };
        let request = bucket.sdk().put_bucket_policy().bucket(bucket.name());
        let request = request.expected_bucket_owner(bucket.owner()).policy(policy.to_text());
        bucket.write("s3:PutBucketPolicy", || request.clone().send()).await
    }

    fn assume(&self) -> Self::Live {
        self.0.clone()
    }

    /// A policy of ours alone is shown by the spec's own key; one with foreign statements as the document it is.
    fn fields(&self, before: Option<&Self::Live>) -> Vec<Field> {
        vec![match (before.and_then(Option::as_ref), &self.0) {
            (None, _) => field("tls_only", None, Some("true")),
            (Some(_), None) => field("tls_only", Some("true"), Some("false")),
            (Some(before), Some(after)) => {
                field("policy", Some(&before.to_pretty()), Some(&after.to_pretty()))
            }
        }]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::super::testing::{Generated, planned, read, shown, written};
    use super::*;
    use crate::cloud::ErrorKind;
    use crate::spec::{AwsRegion, BucketArn, BucketName};

    fn theirs() -> Value {
        json!({ "Sid": "Theirs", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::ledger-uploads/public/*" })
    }

    fn ours() -> Value {
        let region = AwsRegion::parse("us-east-1").expect("a good region");
        let name = BucketName::parse("ledger-uploads").expect("a good name");
        policy::tls_only(&BucketArn::new(&region, &name))
    }

    /// Our statement as somebody changed it.
    fn spoilt() -> Value {
        let mut statement = ours();
        statement["Action"] = json!("s3:GetObject");
        statement
    }

    fn of(statements: &Value) -> PolicyDocument {
        let document = json!({ "Version": "2012-10-17", "Statement": statements });
        PolicyDocument::parse(&document.to_string()).expect("a policy")
    }

    impl Generated for Policy {
        const KEYS: &'static [&'static str] = &["tls_only: false", "", "tls_only: true"];

        fn live() -> BoxedStrategy<Self::Live> {
            let nameless = || {
                let mut statement = ours();
                statement["Sid"] = json!("Another");
                statement
            };
            let statements = vec![theirs(), ours(), spoilt(), nameless()];
            let lists = prop::sample::subsequence(statements, 0..=4).prop_shuffle();
            let live = prop_oneof![
                lists.prop_map(|statements| of(&Value::Array(statements))),
                prop::sample::select(vec![theirs(), ours(), spoilt()]).prop_map(|one| of(&one)),
            ];
            prop::option::of(live).boxed()
        }
    }

    #[tokio::test]
    async fn a_policy_that_cannot_be_read_is_not_absent() {
        let live = read::<Policy>(200, of(&json!([theirs()])).to_text()).await.unwrap().expect("a policy");
        assert!(live.same_meaning(&of(&json!(theirs()))));
        assert!(read::<Policy>(404, "NoSuchBucketPolicy").await.unwrap().is_none());
        let error = read::<Policy>(200, "{ half").await.unwrap_err();
        assert_eq!((error.operation.as_str(), error.kind), ("s3:GetBucketPolicy", ErrorKind::Malformed));
    }

    #[test]
    fn one_of_ours_alone_is_shown_by_the_key_and_one_with_others_as_a_document() {
        let alone = Some(of(&json!([ours()])));
        assert_eq!(shown::<Policy>("", Some(&None)), ["tls_only: nothing → true"]);
        assert_eq!(shown::<Policy>("", Some(&alone)), [""; 0]);
        assert_eq!(shown::<Policy>("tls_only: false", Some(&alone)), ["tls_only: true → false"]);
        let both = shown::<Policy>("", Some(&Some(of(&json!([theirs()]))))).join("\n");
        assert!(both.starts_with("policy: ") && both.contains(policy::TLS_ONLY_SID), "{both}");
    }

    #[test]
    fn an_equal_statement_of_another_name_needs_no_write() {
        let mut named = ours();
        named["Sid"] = json!("DenyInsecureTransport");
        assert_eq!(shown::<Policy>("", Some(&Some(of(&json!([named, theirs()]))))), [""; 0]);
    }

    #[tokio::test]
    async fn statements_of_others_survive() {
        let others = Some(of(&json!([theirs()])));
        let both = Some(of(&json!([theirs(), spoilt()])));
        let after = async |key: &str, live: &Option<PolicyDocument>| {
            written(planned::<Policy>(key, Some(live)).expect("a write").after()).await
        };
        for live in [&others, &both] {
            let call = after("", live).await;
            assert_eq!(call.name, "PUT policy");
            let policy = PolicyDocument::parse(&call.body).expect("a policy");
            assert!(policy.same_meaning(&of(&json!([theirs(), ours()]))), "{}", call.body);
        }
        let call = after("tls_only: false", &both).await;
        assert!(PolicyDocument::parse(&call.body).expect("a policy").same_meaning(&of(&json!([theirs()]))));
        assert_eq!(shown::<Policy>("tls_only: false", Some(&others)), [""; 0]);
    }

    #[tokio::test]
    async fn a_policy_of_which_nothing_is_left_is_removed() {
        let alone = Some(of(&json!([ours()])));
        let nothing = planned::<Policy>("tls_only: false", Some(&alone)).expect("a write");
        assert_eq!(written(nothing.after()).await.name, "DELETE policy");
    }
}
