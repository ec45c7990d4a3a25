//! What S3 calls public: a statement that lets everyone in, unless a condition narrows it to somebody in particular by
//! fixed values (aws-s3-iam.md section 3). Pure.

use std::collections::BTreeSet;
use std::net::IpAddr;

use serde_json::Value;

use super::{conditions, principals};

/// What tells somebody in particular, beside whatever begins with `aws:principal`.
const NARROWING: [&str; 10] = [
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceorgid",
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:userid",
    "s3:dataaccesspointaccount",
    "s3:dataaccesspointarn",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
];

/// What everyone may be.
const WIDE: [&str; 2] = ["aws:principalisawsservice", "aws:principaltype"];

/// Whether a statement lets everyone on the internet in.
pub(super) fn is_open(statement: &Value) -> bool {
    let who = statement.get("Principal").map(principals).unwrap_or_default();
    let is_everyone = who.contains("AWS *") || statement.get("NotPrincipal").is_some();
    let conditions = statement.get("Condition").map(conditions).unwrap_or_default();
    statement.get("Effect").and_then(Value::as_str) == Some("Allow")
        && is_everyone
        && !conditions.iter().any(|(condition, values)| narrows(condition, values))
}

/// Whether a condition, `Condition StringEquals aws:sourcevpc`, names somebody in particular by each of its values.
fn narrows(condition: &str, values: &BTreeSet<String>) -> bool {
    let mut words = condition.split(' ').skip(1);
    let (Some(operator), Some(key)) = (words.next(), words.next()) else { return false };
    let operator = operator.rsplit(':').next().unwrap_or_default();
    let is_known = NARROWING.contains(&key) || (key.starts_with("aws:principal") && !WIDE.contains(&key));
    match operator {
        "IpAddress" => key == "aws:sourceip" && values.iter().all(|value| is_narrow(value)),
        "StringEquals" | "StringEqualsIgnoreCase" | "StringLike" | "ArnEquals" | "ArnLike" => {
            let is_fixed = |value: &String| match operator {
                "StringEquals" | "StringEqualsIgnoreCase" => true,
                // An account's own access points may be named together.
                _ if key == "s3:dataaccesspointarn" => !value.starts_with('*'),
                _ => !value.contains(['*', '?']),
            };
            is_known && values.iter().all(is_fixed)
        }
        _ => false,
    }
}

/// Whether addresses are few enough to be somebody's: no more than `/8`, or `/32` of IPv6.
fn is_narrow(range: &str) -> bool {
    let (address, length) = range.split_once('/').unwrap_or((range, ""));
    let length = if length.is_empty() { Some(u8::MAX) } else { length.parse().ok() };
    let least = match address.parse() {
        Ok(IpAddr::V4(_)) => 8,
        Ok(IpAddr::V6(_)) => 32,
        Err(_) => return false,
    };
    length.is_some_and(|length| length >= least)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn with(condition: &Value) -> bool {
        let statement =
            json!({ "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Condition": condition });
        is_open(&statement)
    }

    #[test]
    fn a_condition_that_anyone_can_meet_keeps_nobody_out() {
        for anyone in [
            json!({ "Bool": { "aws:SecureTransport": "true" } }),
            json!({ "StringLike": { "aws:Referer": "https://ledger.example/*" } }),
            json!({ "StringLike": { "aws:PrincipalArn": "*" } }),
            json!({ "StringEquals": { "aws:PrincipalType": "Anonymous" } }),
            json!({ "StringNotEquals": { "aws:SourceVpc": "vpc-1" } }),
            json!({ "StringEqualsIfExists": { "aws:SourceVpce": "vpce-1" } }),
            json!({ "IpAddress": { "aws:SourceIp": ["203.0.113.0/24", "0.0.0.0/0"] } }),
            json!({ "IpAddress": { "aws:SourceIp": "::/0" } }),
            json!({ "NotIpAddress": { "aws:SourceIp": "203.0.113.0/24" } }),
        ] {
            assert!(with(&anyone), "{anyone}");
        }
    }

    #[test]
    fn a_condition_that_names_somebody_keeps_the_others_out() {
        for somebody in [
            json!({ "StringEquals": { "aws:PrincipalOrgID": "o-1" } }),
            json!({ "StringEquals": { "AWS:SourceVpce": ["vpce-1", "vpce-2"] } }),
            json!({ "ForAnyValue:StringEquals": { "aws:PrincipalOrgPaths": "o-1/r-1/" } }),
            json!({ "ArnLike": { "aws:SourceArn": "arn:aws:cloudfront::111122223333:distribution/E1" } }),
            json!({ "ArnLike": { "s3:DataAccessPointArn": "arn:aws:s3:us-east-1:111122223333:accesspoint/*" } }),
            json!({ "IpAddress": { "aws:SourceIp": ["203.0.113.7", "10.0.0.0/8", "2001:db8::/32"] } }),
            json!({ "Bool": { "aws:SecureTransport": "true" }, "StringEquals": { "aws:SourceAccount": "111122223333" } }),
        ] {
            assert!(!with(&somebody), "{somebody}");
        }
    }
}
