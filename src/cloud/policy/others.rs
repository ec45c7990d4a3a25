//! The statements of a bucket policy that others wrote: what each does to the bucket, and whether S3 would take it
//! back. Pure.

use std::collections::BTreeSet;

use serde_json::Value;

use super::public::is_open;
use super::{Meaning, PUBLIC_READ_SID, PolicyDocument, TLS_ONLY_SID, conditions, principals, texts};
use crate::spec::BucketArn;

/// A statement that is not trueup's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OthersStatement {
    /// Its `Sid`, or where it stands: `number 2`.
    pub name: String,
    /// What it lets everyone on the internet do: `s3:GetObject`.
    pub opens: Option<String>,
    /// The ARNs of those whom it lets do something.
    pub lets: BTreeSet<String>,
    /// What it lets them do, in small letters; `None` when it says only what not.
    pub actions: Option<BTreeSet<String>>,
    /// The id of a user or role in it that was deleted, for which S3 refuses to take the policy back.
    pub gone: Option<String>,
}

impl PolicyDocument {
    /// All statements but those that mean the same as one of these of trueup's, or carry a `Sid` of its.
    #[must_use]
    pub fn others(&self, ours: &[Value]) -> Vec<OthersStatement> {
        let sid = |statement: &Value| statement.get("Sid").and_then(Value::as_str).map(str::to_owned);
        let is_marked = |statement: &Value| {
            sid(statement).is_some_and(|sid| [TLS_ONLY_SID, PUBLIC_READ_SID].contains(&sid.as_str()))
        };
        let is_like = |statement: &Value| {
            ours.iter().any(|ours| {
                Meaning::of(statement) == Meaning::of(ours)
                    || (is_of_plain_http(ours) && is_of_plain_http(statement))
            })
        };
        let numbered = (1..).zip(self.statements());
        numbered
            .filter(|(_, one)| !is_marked(one) && !is_like(one))
            .map(|(number, one)| describe(number, one))
            .collect()
    }

    /// Whether the statements of others together deny plain http on the bucket and on all its objects.
    #[must_use]
    pub fn denies_plain_http(&self, bucket: &BucketArn) -> bool {
        let denied: BTreeSet<String> = self
            .statements()
            .filter(|one| is_of_plain_http(one))
            .flat_map(|one| one.get("Resource").map(|value| texts(value, str::to_owned)).unwrap_or_default())
            .collect();
        let all = ["*".to_owned(), format!("arn:{}:s3:::*", bucket.partition())];
        let whole = [bucket.to_string(), bucket.objects()];
        all.iter().any(|all| denied.contains(all)) || whole.iter().all(|part| denied.contains(part))
    }

    /// Whether a statement means what this one does, and none with its `Sid` means anything else.
    #[must_use]
    pub fn does(&self, ours: &Value) -> bool {
        let meaning = Meaning::of(ours);
        let is_spoilt = |one: &Value| one.get("Sid") == ours.get("Sid") && Meaning::of(one) != meaning;
        self.statements().any(|one| Meaning::of(one) == meaning) && !self.statements().any(is_spoilt)
    }
}

/// Whether a statement denies everyone everything over plain http, on whatever it is about. S3 always knows how it
/// is asked, so `BoolIfExists` says what `Bool` does.
fn is_of_plain_http(statement: &Value) -> bool {
    let actions = statement.get("Action").map(|value| texts(value, str::to_ascii_lowercase));
    let who = statement.get("Principal").map(principals).unwrap_or_default();
    let conditions = statement.get("Condition").map(conditions).unwrap_or_default();
    let is_insecure = |(key, values): &(String, BTreeSet<String>)| {
        let keys = ["Condition Bool aws:securetransport", "Condition BoolIfExists aws:securetransport"];
        keys.contains(&key.as_str()) && values.iter().all(|value| value == "false")
    };
    statement.get("Effect").and_then(Value::as_str).is_some_and(|effect| effect.eq_ignore_ascii_case("deny"))
        && who.contains("AWS *")
        && actions.is_some_and(|actions| actions.contains("s3:*") || actions.contains("*"))
        && conditions.len() == 1
        && conditions.iter().all(is_insecure)
}

fn describe(number: usize, statement: &Value) -> OthersStatement {
    let sid = statement.get("Sid").and_then(Value::as_str);
    let who = statement.get("Principal").map(principals).unwrap_or_default();
    let is_allowed = statement.get("Effect").and_then(Value::as_str) == Some("Allow");
    let named = who.iter().filter_map(|who| who.strip_prefix("AWS ")).filter(|who| who.starts_with("arn:"));
    OthersStatement {
        name: sid.map_or_else(|| format!("number {number}"), str::to_owned),
        opens: is_open(statement).then(|| in_words(statement)),
        lets: named.filter(|_| is_allowed).map(str::to_owned).collect(),
        actions: statement.get("Action").map(|value| texts(value, str::to_ascii_lowercase)),
        gone: who.iter().filter_map(|who| who.strip_prefix("AWS ")).find(|who| is_id(who)).map(str::to_owned),
    }
}

fn in_words(statement: &Value) -> String {
    match (statement.get("Action"), statement.get("NotAction")) {
        (Some(Value::String(action)), _) => action.clone(),
        (Some(Value::Array(actions)), _) => {
            actions.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
        }
        _ => "almost everything".to_owned(),
    }
}

/// S3 shows a principal that was deleted by its unique id: `AIDA…` for a user, `AROA…` for a role.
fn is_id(who: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    who.len() >= 16 && who.starts_with('A') && who.bytes().all(is_letter)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ours() -> Value {
        json!({ "Sid": TLS_ONLY_SID, "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*" })
    }

    fn of(statements: &Value) -> PolicyDocument {
        let document = json!({ "Version": "2012-10-17", "Statement": statements });
        PolicyDocument::parse(&document.to_string()).expect("a policy")
    }

    fn only(statement: &Value) -> OthersStatement {
        let mut others = of(&json!([ours(), statement])).others(&[ours()]);
        assert_eq!(others.len(), 1);
        others.remove(0)
    }

    #[test]
    fn a_statement_is_open_when_it_allows_everyone_something_without_a_condition() {
        let opens = |statement: Value| only(&statement).opens;
        for who in [json!("*"), json!({ "AWS": "*" }), json!({ "AWS": ["111122223333", "*"] })] {
            let statement =
                json!({ "Effect": "Allow", "Principal": who, "Action": ["s3:GetObject", "s3:PutObject"] });
            assert_eq!(opens(statement).as_deref(), Some("s3:GetObject, s3:PutObject"));
        }
        let but = json!({ "Effect": "Allow", "NotPrincipal": { "AWS": "111122223333" }, "NotAction": "s3:PutObject" });
        assert_eq!(opens(but).as_deref(), Some("almost everything"));
        let known = json!({ "Effect": "Allow", "Principal": { "AWS": "111122223333" }, "Action": "s3:*" });
        assert_eq!(opens(known), None);
        assert_eq!(opens(json!({ "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject" })), None);
        let narrowed = json!({ "Effect": "Allow", "Principal": "*", "Action": "s3:*",
            "Condition": { "StringEquals": { "aws:PrincipalOrgID": "o-1" } } });
        assert_eq!(opens(narrowed), None);
    }

    #[test]
    fn a_deleted_user_or_role_is_known_by_its_id() {
        let gone = |who: &str| {
            only(&json!({ "Effect": "Allow", "Principal": { "AWS": who }, "Action": "s3:*" })).gone
        };
        assert_eq!(gone("AIDAEXAMPLEEXAMPLE123").as_deref(), Some("AIDAEXAMPLEEXAMPLE123"));
        assert_eq!(gone("arn:aws:iam::111122223333:user/AIDA"), None);
        assert_eq!(gone("111122223333"), None);
    }

    #[test]
    fn an_equal_statement_of_another_name_does_what_ours_would() {
        let mut theirs = ours();
        theirs["Sid"] = json!("TlsOnly");
        assert!(of(&json!([theirs])).does(&ours()));
        let mut spoilt = ours();
        spoilt["Action"] = json!("s3:GetObject");
        assert!(!of(&json!([theirs, spoilt])).does(&ours()), "ours says something else");
        assert!(!of(&json!([])).does(&ours()));
        assert_eq!(of(&json!([theirs])).others(&[ours()]), []);
    }

    #[test]
    fn plain_http_is_denied_in_many_words() {
        let bucket = super::super::laws::bucket("ledger-uploads");
        let both = json!(["arn:aws:s3:::ledger-uploads", "arn:aws:s3:::ledger-uploads/*"]);
        let usual = json!({ "Effect": "Deny", "Principal": { "AWS": "*" }, "Action": "s3:*", "Resource": both,
            "Condition": { "Bool": { "aws:SecureTransport": "false" } } });
        let with = |key: &str, value: Value| {
            let mut statement = usual.clone();
            statement[key] = value;
            statement
        };
        let denies = |statements: Value| of(&statements).denies_plain_http(&bucket);
        let if_exists = json!({ "BoolIfExists": { "aws:securetransport": [false] } });
        let parts = json!([with("Resource", both[0].clone()), with("Resource", both[1].clone())]);
        assert!(denies(json!(usual)) && denies(parts));
        assert!(denies(json!(with("Action", json!("*")))) && denies(json!(with("Resource", json!("*")))));
        assert!(denies(json!(with("Condition", if_exists))));
        let narrowed = json!({ "Bool": { "aws:SecureTransport": "false" }, "StringEquals": { "aws:PrincipalArn": "a" } });
        for less in [
            with("Resource", both[1].clone()),
            with("Action", json!("s3:GetObject")),
            with("Effect", json!("Allow")),
            with("Principal", json!({ "AWS": "111122223333" })),
            with("Condition", narrowed),
            with("Condition", json!({ "Bool": { "aws:SecureTransport": "true" } })),
        ] {
            assert!(!denies(json!([less])), "{less}");
        }
        let others =
            of(&json!([with("Resource", both[1].clone())])).others(&[super::super::tls_only(&bucket)]);
        assert_eq!(others, [], "it does a part of what is asked");
    }

    #[test]
    fn a_statement_without_a_name_is_told_by_its_place() {
        assert_eq!(only(&json!({ "Effect": "Allow" })).name, "number 2");
    }
}
