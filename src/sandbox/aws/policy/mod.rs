//! Policy documents: what they allow (`evaluate`), and whether AWS would take them (`identity`, `bucket`).
//!
//! A small evaluator: Effect, Principal, Action, Resource (and their Not-forms) and the string conditions. Finds no
//! policies and knows no state: that is `access`'s.

pub(super) mod bucket;
pub(super) mod condition;
pub(super) mod identity;
pub(super) mod public;

use std::collections::BTreeMap;

use serde_json::Value;

pub(super) use condition::matches_pattern;

/// What is asked of a policy.
#[derive(Clone, Debug)]
pub(super) struct Asked<'a> {
    /// ARN of who asks; `None` for an unsigned request.
    pub(super) principal: Option<&'a str>,
    /// 12-digit account of who asks.
    pub(super) account: Option<&'a str>,
    /// Such as `s3:GetObject`.
    pub(super) action: &'a str,
    /// ARN of what it is asked for.
    pub(super) resource: &'a str,
    /// Condition keys in lower case, such as `aws:securetransport`.
    pub(super) context: &'a BTreeMap<String, String>,
}

/// What a policy says to it.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Verdict {
    /// Nothing.
    Silent,
    /// Some statement allows it, none denies it.
    Allow,
    /// Some statement denies it.
    Deny,
}

/// Whether statements name who they are for: those of buckets do, those of users do not.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    /// Inline or attached to a user.
    Identity,
    /// Of a bucket.
    Resource,
}

/// The strongest thing that any statement of the document says: deny before allow before nothing.
pub(super) fn evaluate(document: &Value, kind: Kind, asked: &Asked<'_>) -> Verdict {
    statements(document)
        .into_iter()
        .filter(|statement| applies(statement, kind, asked))
        .map(|statement| match statement.get("Effect").and_then(Value::as_str) {
            Some("Allow") => Verdict::Allow,
            Some("Deny") => Verdict::Deny,
            _ => Verdict::Silent,
        })
        .max()
        .unwrap_or(Verdict::Silent)
}

/// A lone statement may stand without its list.
pub(super) fn statements(document: &Value) -> Vec<&Value> {
    list(document.get("Statement"))
}

/// A lone value may stand without its list, everywhere in a policy.
pub(super) fn list(value: Option<&Value>) -> Vec<&Value> {
    match value {
        None => Vec::new(),
        Some(Value::Array(values)) => values.iter().collect(),
        Some(value) => vec![value],
    }
}

fn applies(statement: &Value, kind: Kind, asked: &Asked<'_>) -> bool {
    let principal = kind == Kind::Identity || principal_applies(statement, asked);
    principal
        && either(statement, "Action", "NotAction", |pattern| {
            matches_pattern(&pattern.to_ascii_lowercase(), &asked.action.to_ascii_lowercase())
        })
        && either(statement, "Resource", "NotResource", |pattern| {
            matches_pattern(&condition::substitute(pattern, asked.context), asked.resource)
        })
        && condition::holds(statement.get("Condition"), asked.context)
}

fn either(statement: &Value, name: &str, negated: &str, fits: impl Fn(&str) -> bool) -> bool {
    let any = |value: &Value| list(Some(value)).into_iter().filter_map(Value::as_str).any(&fits);
    match (statement.get(name), statement.get(negated)) {
        (Some(value), _) => any(value),
        (None, Some(value)) => !any(value),
        (None, None) => false,
    }
}

fn principal_applies(statement: &Value, asked: &Asked<'_>) -> bool {
    match (statement.get("Principal"), statement.get("NotPrincipal")) {
        (Some(principal), _) => names(principal, asked),
        (None, Some(principal)) => !names(principal, asked),
        (None, None) => false,
    }
}

fn names(principal: &Value, asked: &Asked<'_>) -> bool {
    if principal.as_str() == Some("*") {
        return true;
    }
    list(principal.get("AWS")).into_iter().filter_map(Value::as_str).any(|named| {
        let account_root = asked.account.map(|account| format!("arn:aws:iam::{account}:root"));
        // an account, by id or by root ARN, stands for everyone in it
        named == "*"
            || Some(named) == asked.principal
            || Some(named) == asked.account
            || account_root.as_deref() == Some(named)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ask(document: &Value, kind: Kind, action: &str, resource: &str) -> Verdict {
        let context = BTreeMap::from([
            ("aws:securetransport".to_owned(), "true".to_owned()),
            ("aws:username".to_owned(), "app".to_owned()),
        ]);
        let asked = Asked {
            principal: Some("arn:aws:iam::111122223333:user/app"),
            account: Some("111122223333"),
            action,
            resource,
            context: &context,
        };
        evaluate(document, kind, &asked)
    }

    #[test]
    fn an_identity_policy_allows_what_it_names_and_nothing_else() {
        let document = json!({ "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::uploads" },
            { "Effect": "Allow", "Action": ["s3:GetObject", "s3:Put*"], "Resource": "arn:aws:s3:::uploads/*" },
            { "Effect": "Deny", "NotAction": "s3:*", "Resource": "*" },
        ] });
        let table = [
            ("s3:ListBucket", "arn:aws:s3:::uploads", Verdict::Allow),
            ("s3:listbucket", "arn:aws:s3:::uploads", Verdict::Allow),
            ("s3:ListBucket", "arn:aws:s3:::uploads-2", Verdict::Silent),
            ("s3:GetObject", "arn:aws:s3:::uploads/a/b", Verdict::Allow),
            ("s3:PutObjectAcl", "arn:aws:s3:::uploads/a", Verdict::Allow),
            ("s3:DeleteObject", "arn:aws:s3:::uploads/a", Verdict::Silent),
            ("iam:CreateUser", "*", Verdict::Deny),
        ];
        for (action, resource, expected) in table {
            assert_eq!(ask(&document, Kind::Identity, action, resource), expected, "{action} {resource}");
        }
    }

    #[test]
    fn a_denial_beats_every_allowance() {
        let document = json!({ "Statement": [
            { "Effect": "Allow", "Action": "*", "Resource": "*" },
            { "Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "*" },
        ] });
        assert_eq!(ask(&document, Kind::Identity, "s3:DeleteObject", "arn:aws:s3:::b/k"), Verdict::Deny);
    }

    #[test]
    fn a_bucket_policy_speaks_only_of_those_it_names() {
        let table = [
            (json!("*"), Verdict::Allow),
            (json!({ "AWS": "*" }), Verdict::Allow),
            (json!({ "AWS": ["444455556666", "111122223333"] }), Verdict::Allow),
            (json!({ "AWS": "arn:aws:iam::111122223333:root" }), Verdict::Allow),
            (json!({ "AWS": "arn:aws:iam::111122223333:user/app" }), Verdict::Allow),
            (json!({ "AWS": "arn:aws:iam::111122223333:user/other" }), Verdict::Silent),
            (json!({ "Service": "logging.s3.amazonaws.com" }), Verdict::Silent),
        ];
        for (principal, expected) in table {
            let document = json!({ "Statement": { "Effect": "Allow", "Principal": principal,
                "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*" } });
            assert_eq!(
                ask(&document, Kind::Resource, "s3:GetObject", "arn:aws:s3:::b/k"),
                expected,
                "{document}"
            );
        }
    }

    #[test]
    fn the_tls_only_statement_denies_nobody_on_secure_transport() {
        let document = json!({ "Statement": { "Effect": "Deny", "Principal": "*", "Action": "s3:*",
            "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"],
            "Condition": { "Bool": { "aws:SecureTransport": "false" } } } });
        assert_eq!(ask(&document, Kind::Resource, "s3:GetObject", "arn:aws:s3:::b/k"), Verdict::Silent);
    }

    #[test]
    fn a_variable_in_a_resource_stands_for_the_caller() {
        let document = json!({ "Statement": { "Effect": "Allow", "Action": "iam:*AccessKey*",
            "Resource": "arn:aws:iam::*:user/${aws:username}" } });
        let own = ask(&document, Kind::Identity, "iam:CreateAccessKey", "arn:aws:iam::111122223333:user/app");
        let other =
            ask(&document, Kind::Identity, "iam:CreateAccessKey", "arn:aws:iam::111122223333:user/root");
        assert_eq!((own, other), (Verdict::Allow, Verdict::Silent));
    }
}
