//! The bucket policy, of which two statements may be trueup's: one denies plain http, one lets everyone read.

use serde_json::Value;

use super::setting::{Kept, Refusal, Setting, Wish, field};
use crate::cloud::CloudError;
use crate::cloud::policy::{self, OthersStatement, PUBLIC_READ_SID, PolicyDocument, TLS_ONLY_SID};
use crate::cloud::s3::{BucketHandle, malformed};
use crate::resource::{Field, SpecValue};
use crate::spec::{self, BucketArn};

/// What S3 takes of a policy, in bytes (aws-s3-iam.md section 3).
const LONGEST: usize = 20 * 1024;

/// The whole policy, with the statements of others carried over.
#[derive(Clone, Debug)]
pub struct Policy {
    /// What it is about.
    bucket: BucketArn,
    /// Whether the public access block is on when it is written.
    is_closed: bool,
    /// `None` removes it.
    document: Option<PolicyDocument>,
}

impl Setting for Policy {
    const NOUN: &'static str = "policy";

    const TO_READ: &'static [&'static str] = &["s3:GetBucketPolicy"];

    type Live = Option<PolicyDocument>;

    async fn read(bucket: &BucketHandle) -> Result<Self::Live, CloudError> {
        let operation = "s3:GetBucketPolicy";
        let request = bucket.sdk().get_bucket_policy().bucket(bucket.name());
        let sent = request.expected_bucket_owner(bucket.owner()).send();
        let answer = bucket.read_if_set(operation, "NoSuchBucketPolicy", sent).await?;
        let parse = |text: String| PolicyDocument::parse(&text).map_err(|_| malformed(operation));
        answer.and_then(|answer| answer.policy).map(parse).transpose()
    }

    /// The last statement takes the policy with it.
    fn to_write(spec: &spec::Bucket) -> &'static [&'static str] {
        let is_tls_only = spec.tls_only.unwrap_or(!spec.adopt);
        if is_tls_only || !spec.public_read.is_empty() {
            &["s3:PutBucketPolicy"]
        } else {
            &["s3:DeleteBucketPolicy", "s3:PutBucketPolicy"]
        }
    }

    fn wanted(wish: &Wish<'_>, live: &Self::Live) -> Option<Self> {
        let bucket = wish.spec.arn();
        let document = ours(wish).into_iter().fold(live.clone(), |live, (sid, wanted)| match wanted {
            None => live.and_then(|live| {
                if live.marked(sid).is_some() { live.without_statement(sid) } else { Some(live) }
            }),
            Some(wanted) => {
                let live = live.unwrap_or_default();
                // What others wrote and does the same will do.
                Some(if does(&live, sid, &wanted, &bucket) { live } else { live.with_statement(&wanted) })
            }
        });
        Some(Self { bucket, is_closed: wish.is_closed, document })
    }

    fn same(one: &Self::Live, other: &Self::Live) -> bool {
        policy::same_meaning(one.as_ref(), other.as_ref())
    }

    /// S3 takes no policy that names somebody who is gone, none that lets everyone in past the block, and no long one.
    fn refusal(&self, _: &Self::Live) -> Option<Refusal> {
        let document = self.document.as_ref()?;
        let refused = |reason: String, advice: &str| Some(Refusal { reason, advice: advice.to_owned() });
        for one in document.others(&[]) {
            if let Some(gone) = &one.gone {
                return refused(
                    format!(
                        "the statement {} of its policy names {gone}, a user or role that was deleted, and S3 takes no \
                         policy with one",
                        one.name
                    ),
                    "remove that statement; the policy is shown by `aws s3api get-bucket-policy`",
                );
            }
            if one.opens.is_some() && self.is_closed {
                return refused(
                    format!(
                        "the statement {} of its policy lets everyone in, and S3 takes no such policy while the \
                         public access block is on",
                        one.name
                    ),
                    "remove that statement, or write `public_access: open`",
                );
            }
        }
        let length = document.to_text().len();
        if length <= LONGEST {
            return None;
        }
        refused(
            format!("its policy would have {length} bytes, and S3 takes {LONGEST}"),
            "take statements away that nobody needs",
        )
    }

    fn kept(wish: &Wish<'_>, live: &Self::Live) -> Option<Kept> {
        let is_denied = live.as_ref().is_some_and(|live| live.denies_plain_http(&wish.spec.arn()));
        let is_left = wish.said(wish.spec.tls_only, true).is_none();
        let reason = "plain http is not denied, which `tls_only: true` does";
        (is_left && !is_denied).then(|| Kept { reason: reason.to_owned(), warning: None })
    }

    fn import(live: &Self::Live, bucket: &BucketArn, set: &mut dyn FnMut(&[&str], SpecValue)) {
        let is_denied = live.as_ref().is_some_and(|live| live.denies_plain_http(bucket));
        set(&["tls_only"], SpecValue::from(is_denied));
        if let Some(read) = live.as_ref().and_then(|live| live.marked(PUBLIC_READ_SID)) {
            set(&["public_read"], SpecValue::Texts(policy::prefixes(read, bucket)));
        }
    }

    async fn write(&self, bucket: &BucketHandle) -> Result<(), CloudError> {
        let Some(policy) = &self.document else {
            let request = bucket.sdk().delete_bucket_policy().bucket(bucket.name());
            let request = request.expected_bucket_owner(bucket.owner());
            return bucket.write("s3:DeleteBucketPolicy", || request.clone().send()).await;
        };
        let request = bucket.sdk().put_bucket_policy().bucket(bucket.name());
        let request = request.expected_bucket_owner(bucket.owner()).policy(policy.to_text());
        bucket.write("s3:PutBucketPolicy", || request.clone().send()).await
    }

    fn assume(&self) -> Self::Live {
        self.document.clone()
    }

    /// Our statements are shown by the spec's own keys, and what else changes as the document it is.
    fn fields(&self, before: Option<&Self::Live>) -> Vec<Field> {
        let before = before.and_then(Option::as_ref);
        let statements = |sid: &str| {
            let (before, after) = (before.and_then(|before| before.marked(sid)), self.marked(sid));
            (before != after).then_some((before.cloned(), after.cloned()))
        };
        let tls = statements(TLS_ONLY_SID).and_then(|change| match change {
            (None, Some(_)) => Some(field("tls_only", None, Some("true"))),
            (Some(_), None) => Some(field("tls_only", Some("true"), Some("false"))),
            _ => None,
        });
        let read = statements(PUBLIC_READ_SID).map(|(before, after)| {
            let prefixes =
                |one: Option<Value>| one.map(|one| policy::prefixes(&one, &self.bucket).join("\n"));
            field("public_read", prefixes(before).as_deref(), prefixes(after).as_deref())
        });
        let fields: Vec<Field> = tls.into_iter().chain(read).collect();
        if !fields.is_empty() {
            return fields;
        }
        let pretty = |document: Option<&PolicyDocument>| document.map(PolicyDocument::to_pretty);
        let (before, after) = (pretty(before), pretty(self.document.as_ref()));
        vec![field("policy", before.as_deref(), after.as_deref())]
    }
}

impl Policy {
    fn marked(&self, sid: &str) -> Option<&Value> {
        self.document.as_ref()?.marked(sid)
    }
}

/// The statements that trueup decides about, by their marks: how each should be, `None` being not there.
fn ours(wish: &Wish<'_>) -> Vec<(&'static str, Option<Value>)> {
    let bucket = wish.spec.arn();
    let tls_only = wish.said(wish.spec.tls_only, true);
    let tls_only = tls_only.map(|wanted| (TLS_ONLY_SID, wanted.then(|| policy::tls_only(&bucket))));
    let public_read = policy::public_read(&bucket, &wish.spec.public_read);
    tls_only.into_iter().chain([(PUBLIC_READ_SID, public_read)]).collect()
}

/// Whether a policy does what a statement of ours would, and none that carries its mark does anything else.
fn does(live: &PolicyDocument, sid: &str, wanted: &Value, bucket: &BucketArn) -> bool {
    let is_unmarked = live.marked(sid).is_none();
    live.does(wanted) || (sid == TLS_ONLY_SID && is_unmarked && live.denies_plain_http(bucket))
}

/// The statements that are neither trueup's nor do what the spec asks for.
pub(super) fn others(wish: &Wish<'_>, live: &PolicyDocument) -> Vec<OthersStatement> {
    let wanted: Vec<Value> = ours(wish).into_iter().filter_map(|(_, wanted)| wanted).collect();
    live.others(&wanted)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::testing::{Generated, adopted, kept, planned, read, shown, written};
    use super::*;
    use crate::cloud::ErrorKind;
    use crate::spec::{AwsRegion, BucketName};

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

    /// One that S3 takes whatever else is set.
    fn partners() -> Value {
        let mut statement = theirs();
        statement["Principal"] = json!({ "AWS": "111122223333" });
        statement
    }

    impl Generated for Policy {
        const KEYS: &'static [&'static str] = &["tls_only: false", "", "tls_only: true"];

        fn live() -> BoxedStrategy<Self::Live> {
            let nameless = || {
                let mut statement = ours();
                statement["Sid"] = json!("Another");
                statement
            };
            let statements = vec![partners(), ours(), spoilt(), nameless()];
            let lists = prop::sample::subsequence(statements, 0..=4).prop_shuffle();
            let live = prop_oneof![
                lists.prop_map(|statements| of(&Value::Array(statements))),
                prop::sample::select(vec![partners(), ours(), spoilt()]).prop_map(|one| of(&one)),
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
    fn a_statement_of_ours_is_shown_by_its_key_and_one_that_somebody_changed_as_a_document() {
        let alone = Some(of(&json!([ours()])));
        assert_eq!(shown::<Policy>("", Some(&None)), ["tls_only: nothing → true"]);
        assert_eq!(shown::<Policy>("", Some(&alone)), [""; 0]);
        assert_eq!(shown::<Policy>("tls_only: false", Some(&alone)), ["tls_only: true → false"]);
        assert_eq!(shown::<Policy>("", Some(&Some(of(&json!([theirs()]))))), ["tls_only: nothing → true"]);
        let changed = shown::<Policy>("", Some(&Some(of(&json!([spoilt()]))))).join("\n");
        assert!(changed.starts_with("policy: ") && changed.contains(policy::TLS_ONLY_SID), "{changed}");
    }

    #[test]
    fn what_everyone_may_read_is_shown_by_prefixes_and_goes_when_the_spec_says_no_more() {
        let keys = |read: &str| format!("public_access: open, public_read: [{read}]");
        let read = |read: &str, live: &Option<PolicyDocument>| shown::<Policy>(&keys(read), Some(live));
        let alone = Some(of(&json!([ours()])));
        assert_eq!(read("public/, a b", &alone), ["public_read: nothing → a b\npublic/"]);
        assert_eq!(read("\"*\"", &alone), ["public_read: nothing → *"]);
        let after = planned::<Policy>(&keys("public/"), Some(&alone)).expect("a write").after().assume();
        assert_eq!(read("public/", &after), [""; 0]);
        assert_eq!(read("public/, fonts/", &after), ["public_read: public/ → fonts/\npublic/"]);
        assert_eq!(shown::<Policy>("public_access: open", Some(&after)), ["public_read: public/ → nothing"]);
        let theirs = Some(of(&json!([ours(), theirs()])));
        assert_eq!(read("public/", &theirs), [""; 0], "what others wrote does the same");
    }

    #[test]
    fn an_adopted_bucket_keeps_its_policy_unless_asked() {
        let live = Some(of(&json!([theirs()])));
        assert!(adopted::<Policy>("", &live).is_none() && adopted::<Policy>("", &None).is_none());
        assert!(
            kept::<Policy>("", &live).is_some_and(|kept| kept.reason.contains("plain http is not denied"))
        );
        assert!(adopted::<Policy>("tls_only: true", &live).is_some());
        let denied = Some(of(&json!([ours()])));
        assert_eq!(kept::<Policy>("", &denied), None);
        assert!(adopted::<Policy>("", &denied).is_none());
    }

    #[test]
    fn what_s3_would_not_take_back_is_not_tried() {
        let refusal = |key: &str, live: Value| {
            planned::<Policy>(key, Some(&Some(of(&live)))).expect("a write").refusal()
        };
        let reason = |key: &str, live: Value| refusal(key, live).map(|refusal| refusal.reason);
        let open = reason("", json!([theirs()])).expect("the block is on");
        assert!(open.contains("the statement Theirs of its policy lets everyone in"), "{open}");
        assert_eq!(reason("public_access: open", json!([theirs()])), None);
        let mut known = partners();
        assert_eq!(reason("", json!([known])), None);
        known["Resource"] = Value::from(
            (0..400).map(|one| format!("arn:aws:s3:::ledger-uploads/{one:040}")).collect::<Vec<_>>(),
        );
        assert!(reason("", json!([known])).is_some_and(|reason| reason.contains("bytes")));
        known["Principal"] = json!({ "AWS": "AIDAEXAMPLEEXAMPLE123" });
        assert!(reason("", json!([known])).is_some_and(|reason| reason.contains("was deleted")));
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
