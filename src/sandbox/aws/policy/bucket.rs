//! Whether S3 would take a document as a bucket's policy, and how it gives it back.
//!
//! Who exists is asked through a function: this module knows no accounts.

use serde_json::Value;

use super::super::fault::Fault;
use super::{list, matches_pattern, statements};

/// S3's limit on the document, in bytes.
const LARGEST: usize = 20 * 1024;

/// The document as JSON, or S3's `MalformedPolicy`. `exists` says whether an account id or ARN is known to AWS.
pub(crate) fn check(text: &str, bucket: &str, exists: &dyn Fn(&str) -> bool) -> Result<Value, Fault> {
    if text.len() > LARGEST {
        return Err(malformed("Policies must be at most 20480 bytes"));
    }
    let document: Value = serde_json::from_str(text)
        .ok()
        .filter(Value::is_object)
        .ok_or_else(|| malformed("Policies must be valid JSON and the first byte must be '{'"))?;
    if statements(&document).is_empty() {
        return Err(malformed("Missing required field Statement"));
    }
    for statement in statements(&document) {
        check_statement(statement, bucket, exists)?;
    }
    Ok(document)
}

fn check_statement(statement: &Value, bucket: &str, exists: &dyn Fn(&str) -> bool) -> Result<(), Fault> {
    match statement.get("Effect").and_then(Value::as_str) {
        Some("Allow" | "Deny") => {}
        Some(other) => return Err(malformed(&format!("Invalid effect: {other}"))),
        None => return Err(malformed("Missing required field Effect")),
    }
    let principal = field(statement, "Principal", "NotPrincipal")?;
    if !principal_is_known(principal, exists) {
        return Err(malformed("Invalid principal in policy"));
    }
    for action in list(Some(field(statement, "Action", "NotAction")?)) {
        if !action
            .as_str()
            .is_some_and(|action| action == "*" || action.to_ascii_lowercase().starts_with("s3:"))
        {
            return Err(malformed("Policy has invalid action"));
        }
    }
    let arn = format!("arn:aws:s3:::{bucket}");
    for resource in list(Some(field(statement, "Resource", "NotResource")?)) {
        let of_bucket = resource.as_str().is_some_and(|resource| {
            let name = resource.split_once('/').map_or(resource, |(name, _)| name);
            resource.starts_with("arn:aws:s3:::") && matches_pattern(name, &arn)
        });
        if !of_bucket {
            return Err(malformed("Policy has invalid resource"));
        }
    }
    Ok(())
}

fn field<'a>(statement: &'a Value, name: &str, negated: &str) -> Result<&'a Value, Fault> {
    let value = statement.get(name).or_else(|| statement.get(negated));
    value.ok_or_else(|| malformed(&format!("Missing required field {name}")))
}

fn principal_is_known(principal: &Value, exists: &dyn Fn(&str) -> bool) -> bool {
    match principal {
        Value::String(text) => text == "*",
        Value::Object(kinds) => kinds.iter().all(|(kind, names)| match kind.as_str() {
            "AWS" => list(Some(names))
                .into_iter()
                .all(|name| name.as_str().is_some_and(|name| name == "*" || exists(name))),
            "Service" | "Federated" | "CanonicalUser" => true,
            _ => false,
        }),
        _ => false,
    }
}

/// The document as S3 gives it back: lists of one are bare, and an account is its root's ARN.
pub(crate) fn render(document: &Value) -> String {
    let mut document = document.clone();
    if let Some(statements) = document.get_mut("Statement") {
        if !statements.is_array() {
            *statements = Value::Array(vec![statements.take()]);
        }
        for statement in statements.as_array_mut().into_iter().flatten() {
            render_statement(statement);
        }
    }
    document.to_string()
}

/// Has the document name a principal as AWS calls it now: by another ARN, or by the id that is left of it.
pub(crate) fn rename(document: &mut Value, from: &str, to: &str) {
    let statements = match document.get_mut("Statement") {
        Some(Value::Array(statements)) => statements.as_mut_slice(),
        Some(statement) => std::slice::from_mut(statement),
        None => return,
    };
    for statement in statements {
        for name in ["Principal", "NotPrincipal"] {
            let Some(names) = statement.get_mut(name).and_then(|kinds| kinds.get_mut("AWS")) else {
                continue;
            };
            let names = match names {
                Value::Array(names) => names.as_mut_slice(),
                name => std::slice::from_mut(name),
            };
            names.iter_mut().filter(|name| *name == from).for_each(|name| *name = to.into());
        }
    }
}

fn render_statement(statement: &mut Value) {
    for name in ["Action", "NotAction", "Resource", "NotResource"] {
        if let Some(value) = statement.get_mut(name) {
            unwrap_single(value);
        }
    }
    for name in ["Principal", "NotPrincipal"] {
        for (_, names) in statement.get_mut(name).and_then(Value::as_object_mut).into_iter().flatten() {
            let mut all: Vec<Value> = list(Some(names)).into_iter().map(root_of_account).collect();
            // the order inside a list of principals is not kept
            all.sort_by(|one, other| one.as_str().cmp(&other.as_str()));
            *names = Value::Array(all);
            unwrap_single(names);
        }
    }
}

fn root_of_account(name: &Value) -> Value {
    match name.as_str() {
        Some(id) if id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit()) => {
            Value::String(format!("arn:aws:iam::{id}:root"))
        }
        _ => name.clone(),
    }
}

fn unwrap_single(value: &mut Value) {
    if let Value::Array(values) = value
        && values.len() == 1
    {
        *value = values.remove(0);
    }
}

fn malformed(message: &str) -> Fault {
    Fault::new(400, "MalformedPolicy", message)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn checked(document: &Value) -> Result<Value, Fault> {
        check(&document.to_string(), "b", &|name| name.contains("111122223333"))
    }

    fn statement(replaced: &Value) -> Value {
        let mut statement = json!({ "Effect": "Allow", "Principal": { "AWS": ["111122223333"] },
            "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::b/*"] });
        for (name, value) in replaced.as_object().unwrap() {
            statement[name] = value.clone();
        }
        json!({ "Version": "2012-10-17", "Statement": [statement] })
    }

    #[test]
    fn each_mistake_is_named_as_s3_names_it() {
        let table = [
            (
                json!({ "Principal": { "AWS": "arn:aws:iam::999999999999:user/ghost" } }),
                "Invalid principal in policy",
            ),
            (json!({ "Principal": "everyone" }), "Invalid principal in policy"),
            (json!({ "Action": "ec2:RunInstances" }), "Policy has invalid action"),
            (json!({ "Resource": "arn:aws:s3:::other/*" }), "Policy has invalid resource"),
            (json!({ "Resource": "*" }), "Policy has invalid resource"),
            (json!({ "Effect": "Maybe" }), "Invalid effect: Maybe"),
        ];
        for (replaced, expected) in table {
            assert_eq!(checked(&statement(&replaced)).unwrap_err().message, expected, "{replaced}");
        }
        assert_eq!(check("no", "b", &|_| true).unwrap_err().code, "MalformedPolicy");
        assert!(check(&"x".repeat(LARGEST + 1), "b", &|_| true).unwrap_err().message.contains("20480"));
    }

    #[test]
    fn a_document_comes_back_in_another_spelling() {
        let document = checked(&statement(&json!({}))).unwrap();
        let expected = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow",
            "Principal": { "AWS": "arn:aws:iam::111122223333:root" },
            "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*" }] });
        assert_eq!(serde_json::from_str::<Value>(&render(&document)).unwrap(), expected);
    }
}
