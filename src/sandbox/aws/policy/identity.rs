//! Whether IAM would take a document as the policy of a user: grammar only, as IAM checks it.
//!
//! Sizes are the caller's business: they differ between inline and managed policies.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::fault::Fault;
use super::{list, statements};

/// What a statement may hold.
const STATEMENT_KEYS: [&str; 7] =
    ["Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"];

/// The document as JSON, or IAM's `MalformedPolicyDocument`.
pub(crate) fn check(text: &str) -> Result<Value, Fault> {
    let document: Value = serde_json::from_str(text).map_err(|_| malformed("Syntax errors in policy."))?;
    let Some(fields) = document.as_object() else { return Err(malformed("Syntax errors in policy.")) };
    let known = fields.keys().all(|key| ["Version", "Id", "Statement"].contains(&key.as_str()));
    let version =
        fields.get("Version").is_none_or(|version| version == "2012-10-17" || version == "2008-10-17");
    if !known || !version || statements(&document).is_empty() {
        return Err(malformed("Syntax errors in policy."));
    }
    let mut seen = BTreeSet::new();
    for statement in statements(&document) {
        check_statement(statement)?;
        if let Some(sid) = statement.get("Sid").and_then(Value::as_str) {
            check_sid(sid, &mut seen)?;
        }
    }
    Ok(document)
}

/// Characters of a document that count towards a limit: all but white space.
pub(crate) fn counted(text: &str) -> usize {
    text.chars().filter(|character| !character.is_whitespace()).count()
}

fn check_sid(sid: &str, seen: &mut BTreeSet<String>) -> Result<(), Fault> {
    if !sid.chars().all(|character| character.is_ascii_alphanumeric()) {
        return Err(malformed(
            "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*",
        ));
    }
    if sid.is_empty() || seen.insert(sid.to_owned()) {
        return Ok(());
    }
    Err(malformed("Statement IDs (SID) in a single policy must be unique."))
}

fn check_statement(statement: &Value) -> Result<(), Fault> {
    let Some(fields) = statement.as_object() else { return Err(malformed("Syntax errors in policy.")) };
    if fields.contains_key("Principal") || fields.contains_key("NotPrincipal") {
        return Err(malformed("Policy document should not specify a principal."));
    }
    let effect = fields.get("Effect").and_then(Value::as_str);
    let known = fields.keys().all(|key| STATEMENT_KEYS.contains(&key.as_str()));
    if !known || !matches!(effect, Some("Allow" | "Deny")) {
        return Err(malformed("Syntax errors in policy."));
    }
    for action in one_of(statement, "Action", "NotAction", "Policy statement must contain actions.")? {
        if action != "*"
            && !action.split_once(':').is_some_and(|(vendor, name)| !vendor.is_empty() && !name.is_empty())
        {
            return Err(malformed(
                "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
            ));
        }
    }
    for resource in one_of(statement, "Resource", "NotResource", "Policy statement must contain resources.")?
    {
        if resource != "*" && (!resource.starts_with("arn:") || resource.splitn(6, ':').count() < 6) {
            return Err(malformed(&format!("Resource {resource} must be in ARN format or \"*\".")));
        }
    }
    Ok(())
}

/// The strings of exactly one of two fields.
fn one_of<'a>(statement: &'a Value, name: &str, negated: &str, missing: &str) -> Result<Vec<&'a str>, Fault> {
    let value = match (statement.get(name), statement.get(negated)) {
        (Some(_), Some(_)) => return Err(malformed("Syntax errors in policy.")),
        (value, negated) => value.or(negated),
    };
    let values = list(value);
    if values.is_empty() {
        return Err(malformed(missing));
    }
    values
        .into_iter()
        .map(|value| value.as_str().ok_or_else(|| malformed("Syntax errors in policy.")))
        .collect()
}

fn malformed(message: &str) -> Fault {
    Fault::new(400, "MalformedPolicyDocument", message)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_plain_document_is_taken() {
        let document = json!({ "Version": "2012-10-17", "Statement": [
            { "Sid": "List", "Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::b" },
            { "Effect": "Deny", "NotAction": ["s3:*"], "Resource": "*", "Condition": { "Bool": { "a:b": "true" } } },
        ] });
        assert_eq!(check(&document.to_string()), Ok(document));
    }

    #[test]
    fn each_mistake_is_named_as_iam_names_it() {
        let table = [
            ("no", "Syntax errors"),
            ("[]", "Syntax errors"),
            (r#"{"Statement":[]}"#, "Syntax errors"),
            (
                r#"{"Version":"2013-01-01","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#,
                "Syntax errors",
            ),
            (r#"{"Statement":{"Effect":"Maybe","Action":"*","Resource":"*"}}"#, "Syntax errors"),
            (r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","More":1}}"#, "Syntax errors"),
            (r#"{"Statement":{"Effect":"Allow","Resource":"*"}}"#, "must contain actions"),
            (r#"{"Statement":{"Effect":"Allow","Action":"*"}}"#, "must contain resources"),
            (
                r#"{"Statement":{"Effect":"Allow","Action":"GetObject","Resource":"*"}}"#,
                "prefaced by a vendor",
            ),
            (r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"bucket"}}"#, "must be in ARN format"),
            (
                r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}"#,
                "should not specify a principal",
            ),
            (r#"{"Statement":{"Sid":"a-b","Effect":"Allow","Action":"*","Resource":"*"}}"#, "alpha-numeric"),
        ];
        for (text, expected) in table {
            let fault = check(text).unwrap_err();
            assert_eq!((fault.status, fault.code.as_str()), (400, "MalformedPolicyDocument"));
            assert!(fault.message.contains(expected), "{text}: {}", fault.message);
        }
    }

    #[test]
    fn white_space_does_not_count() {
        assert_eq!(counted("{ \"a\":\n 1 }"), 7);
    }
}
