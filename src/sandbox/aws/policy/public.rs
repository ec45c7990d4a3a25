//! Whether a bucket's policy is public, as S3 means it: some statement lets in the whole world, and no condition on it has
//! fixed values that are somebody's.

use serde_json::Value;

use super::{list, statements};

/// Keys whose fixed values are somebody's. Those of addresses are looked at by themselves.
const SOMEBODYS: [&str; 13] = [
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:userid",
    "s3:dataaccesspointaccount",
    "s3:dataaccesspointarn",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
];

/// Operators that hold for the values alone that they name.
const POSITIVE: [&str; 5] = ["ArnEquals", "ArnLike", "StringEquals", "StringEqualsIgnoreCase", "StringLike"];

/// Whether some statement lets in the whole world.
pub(crate) fn is_public(document: &Value) -> bool {
    statements(document).into_iter().any(|statement| {
        let everyone = statement.get("Principal").is_some_and(|principal| {
            principal == "*" || list(principal.get("AWS")).into_iter().any(|name| name == "*")
        }) || statement.get("NotPrincipal").is_some();
        statement.get("Effect") == Some(&Value::from("Allow"))
            && everyone
            && !statement.get("Condition").is_some_and(is_somebodys)
    })
}

fn is_somebodys(condition: &Value) -> bool {
    let operators = condition.as_object().into_iter().flatten();
    let mut comparisons = operators.flat_map(|(operator, keys)| {
        keys.as_object()
            .into_iter()
            .flatten()
            .map(move |(key, values)| (operator.as_str(), key, list(Some(values))))
    });
    comparisons.any(|(operator, key, values)| {
        let operator = operator.rsplit(':').next().unwrap_or(operator);
        let key = key.to_ascii_lowercase();
        let texts = || values.iter().filter_map(|value| value.as_str());
        if operator == "IpAddress" {
            return key == "aws:sourceip" && !texts().any(is_wide);
        }
        let patterns = operator.ends_with("Like") || operator == "ArnEquals";
        let fixed = |text: &str| !patterns || key == "s3:dataaccesspointarn" || !text.contains(['*', '?']);
        POSITIVE.contains(&operator) && SOMEBODYS.contains(&key.as_str()) && texts().all(fixed)
    })
}

/// S3 takes more addresses than `/8`, or `/32` of IPv6, for the whole world.
fn is_wide(range: &str) -> bool {
    let bits = range.split_once('/').and_then(|(_, bits)| bits.parse::<u8>().ok());
    bits.is_some_and(|bits| bits < if range.contains(':') { 32 } else { 8 })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn public_is_who_everyone_is_without_a_condition_that_is_somebodys() {
        let table = [
            (json!({ "Principal": { "AWS": "111122223333" } }), false),
            (json!({ "Principal": "*" }), true),
            (json!({ "Principal": { "AWS": "*" } }), true),
            (json!({ "NotPrincipal": { "AWS": "111122223333" } }), true),
            (json!({ "Principal": "*", "Effect": "Deny" }), false),
            (
                json!({ "Principal": "*", "Condition": { "StringEquals": { "aws:SourceAccount": "1" } } }),
                false,
            ),
            (json!({ "Principal": "*", "Condition": { "StringLike": { "aws:PrincipalArn": "*" } } }), true),
            (json!({ "Principal": "*", "Condition": { "StringNotEquals": { "aws:SourceVpc": "v" } } }), true),
            (
                json!({ "Principal": "*", "Condition": { "StringLike": { "aws:Referer": "https://a/*" } } }),
                true,
            ),
            (json!({ "Principal": "*", "Condition": { "Bool": { "aws:SecureTransport": "true" } } }), true),
            (
                json!({ "Principal": "*", "Condition": { "IpAddress": { "aws:SourceIp": "10.0.0.0/8" } } }),
                false,
            ),
            (
                json!({ "Principal": "*", "Condition": { "IpAddress": { "aws:SourceIp": "0.0.0.0/1" } } }),
                true,
            ),
            (json!({ "Principal": "*", "Condition": { "IpAddress": { "aws:SourceIp": ["::/0"] } } }), true),
        ];
        for (replaced, expected) in table {
            let mut statement =
                json!({ "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*" });
            for (name, value) in replaced.as_object().unwrap() {
                statement[name] = value.clone();
            }
            assert_eq!(is_public(&json!({ "Statement": [statement] })), expected, "{replaced}");
        }
    }
}
