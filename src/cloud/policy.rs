//! IAM and bucket policies: built from grants, and compared by meaning (aws-s3-iam.md sections 4 and 5).
//! Pure.

mod others;
mod public;
mod statements;

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

pub use others::OthersStatement;
pub use statements::{PUBLIC_READ_SID, TLS_ONLY_SID, prefixes, public_read, tls_only};

use crate::spec::grants;

const VERSION: &str = "2012-10-17";

/// A policy as JSON.
#[derive(Clone, Debug)]
pub struct PolicyDocument(Value);

/// As facts hold it: AWS gives lists back in another order than before, and that is no change.
impl serde::Serialize for PolicyDocument {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.normalised().serialize(serializer)
    }
}

impl Default for PolicyDocument {
    fn default() -> Self {
        Self(json!({ "Version": VERSION, "Statement": [] }))
    }
}

impl PolicyDocument {
    /// Parses plain JSON; percent-encoded texts, as IAM answers them, must be decoded before.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text).map(Self)
    }

    /// The compact text that is sent.
    #[must_use]
    pub fn to_text(&self) -> String {
        self.0.to_string()
    }

    /// The text that is shown: normalised, so that a diff shows differences of meaning alone.
    #[must_use]
    pub fn to_pretty(&self) -> String {
        serde_json::to_string_pretty(&self.normalised()).unwrap_or_default()
    }

    /// How many of the characters that IAM counts it has.
    #[must_use]
    pub fn counted(&self) -> usize {
        grants::counted(&self.0)
    }

    /// Whether grants could have made it: no statement of it says anything else than one of theirs.
    #[must_use]
    pub fn is_of_grants(&self) -> bool {
        self.statements().all(grants::is_statement)
    }

    fn normalised(&self) -> Value {
        let mut statements: Vec<Value> = self.statements().map(sorted).collect();
        statements.sort_by_key(ToString::to_string);
        json!({ "Version": self.version(), "Statement": statements })
    }

    /// Whether both allow and deny the same.
    #[must_use]
    pub fn same_meaning(&self, other: &Self) -> bool {
        self.version() == other.version()
            && self.0.get("Id") == other.0.get("Id")
            && self.meaning() == other.meaning()
    }

    /// The statement of that `Sid`.
    #[must_use]
    pub fn marked(&self, sid: &str) -> Option<&Value> {
        self.statements().find(|one| one.get("Sid").and_then(Value::as_str) == Some(sid))
    }

    /// The statements, whether they were written as a list or as one object.
    fn statements(&self) -> impl Iterator<Item = &Value> {
        let statement = self.0.get("Statement");
        let list = statement.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        list.iter().chain(statement.filter(|one| one.is_object()))
    }

    /// A policy without a version is of 2008.
    fn version(&self) -> &str {
        self.0.get("Version").and_then(Value::as_str).unwrap_or("2008-10-17")
    }

    fn meaning(&self) -> Vec<Meaning> {
        let mut meaning: Vec<Meaning> = self.statements().map(Meaning::of).collect();
        meaning.sort();
        meaning
    }

    /// The same policy with a statement in place of the one with its `Sid`, or added.
    #[must_use]
    pub fn with_statement(&self, statement: &Value) -> Self {
        let others = self.statements().filter(|one| one.get("Sid") != statement.get("Sid")).cloned();
        let statements: Vec<Value> = others.chain([statement.clone()]).collect();
        self.with(statements)
    }

    /// The same policy without the statement of that `Sid`; `None` when nothing is left.
    #[must_use]
    pub fn without_statement(&self, sid: &str) -> Option<Self> {
        let statements: Vec<Value> = self
            .statements()
            .filter(|one| one.get("Sid").and_then(Value::as_str) != Some(sid))
            .cloned()
            .collect();
        (!statements.is_empty()).then(|| self.with(statements))
    }

    fn with(&self, statements: Vec<Value>) -> Self {
        let mut document = self.0.as_object().cloned().unwrap_or_default();
        document.insert("Statement".to_owned(), Value::Array(statements));
        Self(Value::Object(document))
    }
}

/// What a statement says, in a form in which equal meanings are equal: the rules at the end of
/// aws-s3-iam.md section 4.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Meaning(Vec<(String, BTreeSet<String>)>);

impl Meaning {
    fn of(statement: &Value) -> Self {
        let empty = Map::new();
        let mut parts: Vec<(String, BTreeSet<String>)> = Vec::new();
        for (key, value) in statement.as_object().unwrap_or(&empty) {
            match key.as_str() {
                "Sid" => {}
                "Effect" | "Action" | "NotAction" => {
                    parts.push((key.clone(), texts(value, str::to_ascii_lowercase)));
                }
                "Principal" | "NotPrincipal" => parts.push((key.clone(), principals(value))),
                "Condition" => parts.extend(conditions(value)),
                _ => parts.push((key.clone(), texts(value, str::to_owned))),
            }
        }
        parts.sort();
        Self(parts)
    }
}

/// A text and a list of one are the same, and the order of a list says nothing.
fn texts(value: &Value, normalise: fn(&str) -> String) -> BTreeSet<String> {
    let text = |value: &Value| match value {
        Value::String(text) => normalise(text),
        other => other.to_string(),
    };
    match value {
        Value::Array(values) => values.iter().map(text).collect(),
        other => BTreeSet::from([text(other)]),
    }
}

/// `"*"` and `{"AWS": "*"}` are everyone; an account's number is its root.
fn principals(value: &Value) -> BTreeSet<String> {
    let Some(kinds) = value.as_object() else {
        return texts(value, |text| if text == "*" { "AWS *".to_owned() } else { text.to_owned() });
    };
    let root = |text: &str| {
        let is_account = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
        if is_account { format!("arn:aws:iam::{text}:root") } else { text.to_owned() }
    };
    kinds
        .iter()
        .flat_map(|(kind, who)| texts(who, root).into_iter().map(move |who| format!("{kind} {who}")))
        .collect()
}

/// Each operator and key with its values; booleans and numbers are texts. What has another shape than these
/// keeps its text, so that it is never equal to nothing.
fn conditions(value: &Value) -> Vec<(String, BTreeSet<String>)> {
    let Some(operators) = value.as_object() else {
        return vec![("Condition".to_owned(), texts(value, str::to_owned))];
    };
    let condition = |(operator, keys): (&String, &Value)| match keys.as_object() {
        Some(keys) => keys
            .iter()
            .map(|(key, values)| {
                (format!("Condition {operator} {}", key.to_ascii_lowercase()), texts(values, str::to_owned))
            })
            .collect(),
        None => vec![(format!("Condition {operator}"), texts(keys, str::to_owned))],
    };
    operators.iter().flat_map(condition).collect()
}

/// A part of a statement for showing: keys and lists in one order, and a list of one as what it holds.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(values) if values.len() == 1 => sorted(&values[0]),
        Value::Array(values) => {
            let mut values: Vec<Value> = values.iter().map(sorted).collect();
            values.sort_by_key(ToString::to_string);
            Value::Array(values)
        }
        Value::Object(parts) => {
            let mut parts: Vec<(&String, &Value)> = parts.iter().collect();
            parts.sort_by_key(|(key, _)| (rank(key), *key));
            Value::Object(parts.into_iter().map(|(key, part)| (key.clone(), sorted(part))).collect())
        }
        other => other.clone(),
    }
}

/// The order in which people read a statement.
fn rank(key: &str) -> usize {
    let order =
        ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource"];
    order.iter().position(|one| *one == key).unwrap_or(order.len())
}

/// What an app needs of each bucket, and nothing else: see [`grants::policy`].
#[must_use]
pub fn user_policy(granted: &[grants::Granted]) -> PolicyDocument {
    PolicyDocument(grants::policy(granted))
}

/// Whether two policies, each of which may be absent, allow and deny the same.
#[must_use]
pub fn same_meaning(one: Option<&PolicyDocument>, other: Option<&PolicyDocument>) -> bool {
    match (one, other) {
        (None, None) => true,
        (Some(one), Some(other)) => one.same_meaning(other),
        (None, Some(_)) | (Some(_), None) => false,
    }
}

#[cfg(test)]
#[path = "policy_laws.rs"]
mod laws;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Access;

    fn policy(statement: &Value) -> PolicyDocument {
        PolicyDocument(json!({ "Version": VERSION, "Statement": statement }))
    }

    #[test]
    fn different_words_of_one_meaning_are_equal() {
        let base = json!([{ "Sid": "a", "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "x" }]);
        for other in [
            json!([{ "Effect": "allow", "Action": ["s3:PutObject", "s3:GetObject"], "Resource": "x" }]),
            json!({ "Effect": "Allow", "Action": ["s3:getobject", "s3:PutObject"], "Resource": ["x"] }),
            json!([{ "Sid": "b", "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": ["x"] }]),
        ] {
            assert!(policy(&base).same_meaning(&policy(&other)), "{other}");
        }
    }

    #[test]
    fn different_meanings_are_not_equal() {
        let base = json!([{ "Effect": "Allow", "Action": "s3:GetObject", "Resource": "x" }]);
        for other in [
            json!([{ "Effect": "Deny", "Action": "s3:GetObject", "Resource": "x" }]),
            json!([{ "Effect": "Allow", "Action": "s3:PutObject", "Resource": "x" }]),
            json!([{ "Effect": "Allow", "Action": "s3:GetObject", "Resource": "X" }]),
            json!([{ "Effect": "Allow", "NotAction": "s3:GetObject", "Resource": "x" }]),
            json!([{ "Effect": "Allow", "Action": "s3:GetObject", "Resource": "x", "Condition": { "Bool": { "aws:SecureTransport": true } } }]),
            json!([]),
        ] {
            assert!(!policy(&base).same_meaning(&policy(&other)), "{other}");
        }
        assert!(
            !policy(&base).same_meaning(&PolicyDocument(json!({ "Statement": base }))),
            "no version means 2008"
        );
    }

    #[test]
    fn everyone_and_an_accounts_root_may_be_written_in_two_ways() {
        let of = |principal: &Value| {
            policy(&json!([{ "Effect": "Deny", "Principal": principal, "Action": "s3:*", "Resource": "x" }]))
        };
        assert!(of(&json!("*")).same_meaning(&of(&json!({ "AWS": "*" }))));
        assert!(
            of(&json!({ "AWS": "111122223333" }))
                .same_meaning(&of(&json!({ "AWS": ["arn:aws:iam::111122223333:root"] })))
        );
        assert!(!of(&json!("*")).same_meaning(&of(&json!({ "Service": "*" }))));
    }

    #[test]
    fn a_boolean_condition_is_its_text() {
        let of = |secure: Value| {
            policy(&json!([{ "Effect": "Deny", "Condition": { "Bool": { "aws:SecureTransport": secure } } }]))
        };
        assert!(of(json!(false)).same_meaning(&of(json!("false"))));
        assert!(!of(json!(true)).same_meaning(&of(json!("false"))));
    }

    #[test]
    fn foreign_statements_survive_ours() {
        let bucket = super::laws::bucket("ledger-uploads");
        let foreign = policy(
            &json!([{ "Sid": "Theirs", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "x" }]),
        );
        let both = foreign.with_statement(&tls_only(&bucket));
        assert!(
            both.with_statement(&tls_only(&bucket)).same_meaning(&both),
            "adding it again changes nothing"
        );
        assert!(both.without_statement(TLS_ONLY_SID).unwrap().same_meaning(&foreign));
        assert!(
            PolicyDocument::default()
                .with_statement(&tls_only(&bucket))
                .without_statement(TLS_ONLY_SID)
                .is_none()
        );
    }

    #[test]
    fn a_grant_to_read_allows_no_write() {
        let bucket = super::laws::bucket("ledger-uploads");
        let text = user_policy(&[(bucket.clone(), Access::Read, None)]).to_text();
        assert!(text.contains("s3:GetObject") && text.contains("s3:ListBucket"));
        assert!(!text.contains("Put") && !text.contains("Delete"), "{text}");
        let text = user_policy(&[(bucket, Access::ReadWrite, Some("abc".to_owned()))]).to_text();
        assert!(text.contains("s3:PutObject") && text.contains("kms:GenerateDataKey"), "{text}");
    }
}
