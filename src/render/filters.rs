//! What templates may do with text: names in the ways of Ruby and of hosts, and literals of four languages.

use std::fmt::Write as _;

use minijinja::Environment;
use serde_json::Value;

/// Adds all filters.
pub(super) fn add(environment: &mut Environment<'_>) {
    environment.add_filter("camel", |text: String| camel(&text));
    environment.add_filter("snake", |text: String| words(&text).join("_"));
    environment.add_filter("dashes", |text: String| words(&text).join("-"));
    environment.add_filter("yaml", |text: String| yaml(&text));
    environment.add_filter("json", |value: minijinja::Value| {
        serde_json::to_value(&value).map_or_else(|_| String::new(), |value| json(&value))
    });
    environment.add_filter("ruby", |text: String| ruby(&text));
    environment.add_filter("shell", |text: String| shell(&text));
}

/// The words of a name, in lower case: `LedgerProduction` and `ledger-production` have the same.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut is_inside = false;
    for letter in text.chars() {
        let begins = letter.is_uppercase() && words.last().is_none_or(|word| !word.is_empty());
        if !letter.is_alphanumeric() {
            is_inside = false;
            continue;
        }
        match words.last_mut() {
            Some(word) if is_inside && !begins => word.extend(letter.to_lowercase()),
            _ => words.push(letter.to_lowercase().collect()),
        }
        is_inside = true;
    }
    words
}

fn camel(text: &str) -> String {
    let upper = |word: String| {
        let mut letters = word.chars();
        letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
    };
    words(text).into_iter().map(upper).collect()
}

/// A scalar, quoted when it could be read as something else.
fn yaml(text: &str) -> String {
    let is_plain = text.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && text.chars().all(|letter| letter.is_ascii_alphanumeric() || "._-/".contains(letter))
        && !["true", "false", "yes", "no", "on", "off", "null", "y", "n"]
            .contains(&text.to_lowercase().as_str());
    if is_plain { text.to_owned() } else { json(&Value::String(text.to_owned())) }
}

/// On one line, with the spaces that people write.
fn json(value: &Value) -> String {
    match value {
        Value::Array(list) => format!("[{}]", list.iter().map(json).collect::<Vec<_>>().join(", ")),
        Value::Object(map) if map.is_empty() => "{}".to_owned(),
        Value::Object(map) => {
            let pair =
                |(key, value): (&String, &Value)| format!("{}: {}", Value::String(key.clone()), json(value));
            format!("{{ {} }}", map.iter().map(pair).collect::<Vec<_>>().join(", "))
        }
        scalar => scalar.to_string(),
    }
}

fn ruby(text: &str) -> String {
    let mut literal = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' | '#' => literal.extend(['\\', letter]),
            '\n' => literal.push_str("\\n"),
            letter if letter.is_control() => {
                // Writing to a String cannot fail.
                let _ = write!(literal, "\\u{{{:x}}}", u32::from(letter));
            }
            letter => literal.push(letter),
        }
    }
    literal.push('"');
    literal
}

fn shell(text: &str) -> String {
    let is_plain = !text.is_empty()
        && text.chars().all(|letter| letter.is_ascii_alphanumeric() || "._-/:@%+=,".contains(letter));
    if is_plain { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_each_way_of_writing() {
        for (text, expected) in [
            ("ledger-production", "LedgerProduction ledger_production"),
            ("LedgerApp", "LedgerApp ledger_app"),
            ("ledger 2 app", "Ledger2App ledger_2_app"),
            ("", " "),
        ] {
            assert_eq!(format!("{} {}", camel(text), words(text).join("_")), expected);
        }
    }

    #[test]
    fn literals_are_quoted_where_they_must_be() {
        assert_eq!(
            [yaml("us-east-1"), yaml("no"), yaml("17"), yaml("a: b")],
            ["us-east-1", "\"no\"", "\"17\"", "\"a: b\""]
        );
        assert_eq!(ruby("a \"b\" #{c}\n"), "\"a \\\"b\\\" \\#{c}\\n\"");
        assert_eq!([shell("plain"), shell("it's"), shell("")], ["plain", r"'it'\''s'", "''"]);
        assert_eq!(
            json(&serde_json::json!({ "version": "17", "list": [1, true] })),
            r#"{ "version": "17", "list": [1, true] }"#
        );
    }
}
