//! The Condition block of a statement, and the patterns with `*` and `?` that all of a policy uses.
//!
//! An operator that is not known here never holds, so that a statement with it neither allows nor denies.

use std::collections::BTreeMap;

use serde_json::Value;

use super::list;

/// Whether every condition of the block holds; no block always holds.
pub(crate) fn holds(block: Option<&Value>, context: &BTreeMap<String, String>) -> bool {
    let Some(Value::Object(operators)) = block else { return block.is_none() };
    operators.iter().all(|(operator, keys)| {
        keys.as_object().is_some_and(|keys| {
            keys.iter().all(|(key, wanted)| {
                let actual = context.get(&key.to_ascii_lowercase()).map(String::as_str);
                compare(operator, actual, &texts(wanted, context))
            })
        })
    })
}

fn texts(wanted: &Value, context: &BTreeMap<String, String>) -> Vec<String> {
    list(Some(wanted))
        .into_iter()
        .map(|value| match value {
            Value::String(text) => substitute(text, context),
            // booleans and numbers count as their text
            other => other.to_string(),
        })
        .collect()
}

fn compare(operator: &str, actual: Option<&str>, wanted: &[String]) -> bool {
    let operator = operator.rsplit(':').next().unwrap_or(operator);
    let (operator, if_exists) = match operator.strip_suffix("IfExists") {
        Some(operator) => (operator, true),
        None => (operator, false),
    };
    if operator == "Null" {
        return wanted.iter().any(|wanted| (wanted == "true") == actual.is_none());
    }
    let any = |fits: &dyn Fn(&str, &str) -> bool| {
        actual.map_or(if_exists, |actual| wanted.iter().any(|wanted| fits(wanted, actual)))
    };
    // a negated comparison also holds for a key that is not there
    let none = |fits: &dyn Fn(&str, &str) -> bool| {
        actual.is_none_or(|actual| !wanted.iter().any(|wanted| fits(wanted, actual)))
    };
    match operator {
        "StringEquals" | "NumericEquals" => any(&|wanted, actual| wanted == actual),
        "StringNotEquals" | "NumericNotEquals" => none(&|wanted, actual| wanted == actual),
        "Bool" | "StringEqualsIgnoreCase" => any(&|wanted, actual| wanted.eq_ignore_ascii_case(actual)),
        "StringNotEqualsIgnoreCase" => none(&|wanted, actual| wanted.eq_ignore_ascii_case(actual)),
        "StringLike" | "ArnLike" | "ArnEquals" => any(&matches_pattern),
        "StringNotLike" | "ArnNotLike" | "ArnNotEquals" => none(&matches_pattern),
        _ => false,
    }
}

/// Replaces `${aws:username}` and its like by what the context holds; unknown variables stay as they are.
pub(crate) fn substitute(pattern: &str, context: &BTreeMap<String, String>) -> String {
    let mut text = pattern.to_owned();
    for (key, value) in context.iter().filter(|_| pattern.contains("${")) {
        let lower = text.to_ascii_lowercase();
        if let Some(start) = lower.find(&format!("${{{key}}}")) {
            text.replace_range(start..start + key.len() + 3, value);
        }
    }
    text
}

/// Whether a text fits a pattern in which `*` stands for any run of characters and `?` for any one.
pub(crate) fn matches_pattern(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut at, mut star) = (0, None);
    let mut position = 0;
    while position < text.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, position));
                at += 1;
            }
            Some(&wanted) if wanted == '?' || wanted == text[position] => {
                at += 1;
                position += 1;
            }
            // the last star takes one character more, and the rest of the pattern is tried again
            _ => match star {
                Some((back, taken)) => {
                    star = Some((back, taken + 1));
                    at = back + 1;
                    position = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|&left| left == '*')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn patterns() {
        let table = [
            ("*", "", true),
            ("a*c", "abbbc", true),
            ("a*c", "abbbd", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("*a*b*", "xxaxxbxx", true),
            ("arn:aws:s3:::b/*", "arn:aws:s3:::b", false),
            ("plain", "plain", true),
            ("plain", "plainer", false),
        ];
        for (pattern, text, expected) in table {
            assert_eq!(matches_pattern(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn operators() {
        let context = BTreeMap::from([("s3:prefix".to_owned(), "home/app/".to_owned())]);
        let table = [
            (json!({ "StringLike": { "s3:prefix": ["x", "home/*"] } }), true),
            (json!({ "StringEquals": { "S3:Prefix": "home/app/" } }), true),
            (json!({ "StringEquals": { "s3:delimiter": "/" } }), false),
            (json!({ "StringEqualsIfExists": { "s3:delimiter": "/" } }), true),
            (json!({ "StringNotEquals": { "s3:delimiter": "/" } }), true),
            (json!({ "Null": { "s3:delimiter": true } }), true),
            (json!({ "ForAnyValue:StringLike": { "s3:prefix": "home/*" } }), true),
            (json!({ "Surprise": { "s3:prefix": "home/app/" } }), false),
            (
                json!({ "StringLike": { "s3:prefix": "*" }, "Bool": { "aws:MultiFactorAuthPresent": "true" } }),
                false,
            ),
        ];
        for (block, expected) in table {
            assert_eq!(holds(Some(&block), &context), expected, "{block}");
        }
        assert!(holds(None, &context));
    }
}
