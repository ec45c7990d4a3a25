//! Which live values are plainly no secret, so that a spec may hold them: the one table for it.
//!
//! Both have to be plain, the name and the value: `RAILS_ENV: production` is, `API_PIN: 1234` and
//! `RAILS_ENV: 9f86d081884c7d65` are not. In doubt a value is a secret.

use crate::resource::SpecValue;
use crate::secret::Secret;

/// What stands in a name of what is a secret whatever its value is.
const SECRET_PARTS: &[&str] = &[
    "AUTH", "CERT", "CRED", "CRYPT", "DSN", "HASH", "KEY", "LICEN", "PASS", "PHRASE", "PRIVATE", "PWD",
    "SALT", "SECRET", "SEED", "SIGN", "TOKEN",
];

/// The same for whole words of a name: a `PIN` is one, and `PINNED` is none.
const SECRET_WORDS: &[&str] =
    &["CODE", "CVC", "CVV", "ID", "LOGIN", "OTP", "PIN", "TAN", "TOTP", "USER", "USERNAME"];

/// Names, `*` for any beginning or end, and what their values look like when they are what the name says.
const PLAIN: &[(&str, Shape)] = &[
    ("RAILS_ENV", Shape::Stage),
    ("RACK_ENV", Shape::Stage),
    ("NODE_ENV", Shape::Stage),
    ("APP_ENV", Shape::Stage),
    ("HANAMI_ENV", Shape::Stage),
    ("DEPLOYMENT_ENV", Shape::Stage),
    ("LANG", Shape::Locale),
    ("LANGUAGE", Shape::Locale),
    ("LC_*", Shape::Locale),
    ("DEFAULT_LOCALE", Shape::Locale),
    ("TZ", Shape::Zone),
    ("TIME_ZONE", Shape::Zone),
    ("*LOG_LEVEL", Shape::Level),
    ("RAILS_LOG_TO_STDOUT", Shape::Switch),
    ("RAILS_SERVE_STATIC_FILES", Shape::Switch),
    ("AWS_REGION", Shape::Region),
    ("AWS_DEFAULT_REGION", Shape::Region),
    ("*S3_REGION", Shape::Region),
    ("BUNDLE_WITHOUT", Shape::Groups),
    ("*_MAX_THREADS", Shape::Number),
    ("*_MIN_THREADS", Shape::Number),
    ("WEB_CONCURRENCY", Shape::Number),
    ("*", Shape::Number),
    ("*", Shape::Switch),
];

/// What a value looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// The name of a stage, as in `RAILS_ENV`.
    Stage,
    /// A language, or one with its region and encoding: `en_US.UTF-8`.
    Locale,
    /// A time zone: `UTC`, `America/New_York`.
    Zone,
    /// How much is logged.
    Level,
    /// Yes or no, in any of the words for them.
    Switch,
    /// A region of AWS.
    Region,
    /// Groups of a Gemfile: `development:test`.
    Groups,
    /// A whole number of at most five digits.
    Number,
}

/// What a spec says of a live value, when it is plainly no secret.
#[expect(clippy::disallowed_methods, reason = "the table that decides whether a value may be read")]
pub(super) fn literal(name: &str, value: &Secret) -> Option<SpecValue> {
    let text = value.reveal();
    if text.is_empty() {
        return Some(SpecValue::Text(String::new()));
    }
    let is_bare = matches!(text, "true" | "false") || is_number(text);
    is_plain(name, text)
        .then(|| if is_bare { SpecValue::Bare(text.to_owned()) } else { SpecValue::Text(text.to_owned()) })
}

fn is_plain(name: &str, value: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let is_secret = SECRET_PARTS.iter().any(|part| name.contains(part))
        || name.split('_').any(|word| SECRET_WORDS.contains(&word));
    !is_secret && PLAIN.iter().any(|(pattern, shape)| is_like(&name, pattern) && shape.fits(value))
}

fn is_like(name: &str, pattern: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(end), _) => name.ends_with(end),
        (None, Some(beginning)) => name.starts_with(beginning),
        (None, None) => name == pattern,
    }
}

fn is_number(value: &str) -> bool {
    let has_no_sign_of_text = value == "0" || !value.starts_with('0');
    (1..=5).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_digit()) && has_no_sign_of_text
}

fn is_locale(value: &str) -> bool {
    let (language, rest) = value.split_at(value.find(['_', '-', '.', '@']).unwrap_or(value.len()));
    let is_language = matches!(language, "C" | "POSIX")
        || (2..=3).contains(&language.len()) && language.bytes().all(|byte| byte.is_ascii_lowercase());
    let encodings = [".UTF-8", ".UTF8", ".utf-8", ".utf8"];
    let rest = encodings.iter().find_map(|end| rest.strip_suffix(end)).unwrap_or(rest);
    let is_region = |region: &str| region.len() == 2 && region.bytes().all(|byte| byte.is_ascii_uppercase());
    is_language && (rest.is_empty() || rest.strip_prefix(['_', '-']).is_some_and(is_region))
}

fn is_zone(value: &str) -> bool {
    const AREAS: [&str; 9] =
        ["Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"];
    let is_place = |place: &str| {
        place.len() <= 32 && place.chars().all(|c| c.is_ascii_alphabetic() || "_/-".contains(c))
    };
    matches!(value, "UTC" | "GMT" | "Etc/UTC")
        || value.split_once('/').is_some_and(|(area, place)| AREAS.contains(&area) && is_place(place))
}

impl Shape {
    fn fits(self, value: &str) -> bool {
        let lowered = value.to_ascii_lowercase();
        match self {
            Self::Stage => [
                "production",
                "staging",
                "development",
                "test",
                "review",
                "qa",
                "demo",
                "sandbox",
                "preview",
                "ci",
                "preproduction",
                "uat",
                "integration",
                "beta",
                "canary",
            ]
            .contains(&value),
            Self::Locale => is_locale(value),
            Self::Zone => is_zone(value),
            Self::Level => {
                ["trace", "debug", "info", "notice", "warn", "warning", "error", "fatal", "unknown"]
                    .contains(&lowered.as_str())
            }
            Self::Switch => {
                ["true", "false", "yes", "no", "on", "off", "enabled", "disabled", "enable", "disable"]
                    .contains(&lowered.as_str())
            }
            Self::Region => crate::spec::AwsRegion::parse(value).is_ok(),
            Self::Groups => {
                let known = ["development", "test", "production", "staging", "assets", "doc", "tools"];
                value.split([':', ' ']).all(|group| known.contains(&group))
            }
            Self::Number => is_number(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_a_literal_when_both_name_and_value_are_plainly_no_secret() {
        for (name, value, is_literal) in [
            ("RAILS_ENV", "production", true),
            ("RACK_ENV", "staging", true),
            ("RAILS_ENV", "hunter", false),
            ("RAILS_ENV", "9f86d081884c7d65", false),
            ("LANG", "en_US.UTF-8", true),
            ("LANG", "C.UTF-8", true),
            ("LC_ALL", "de", true),
            ("LANG", "correct-horse", false),
            ("TZ", "America/Argentina/Buenos_Aires", true),
            ("TZ", "Hunter/Two", false),
            ("RAILS_LOG_LEVEL", "info", true),
            ("LOG_LEVEL", "DEBUG", true),
            ("LOG_LEVEL", "swordfish", false),
            ("RAILS_LOG_TO_STDOUT", "enabled", true),
            ("RAILS_MAX_THREADS", "5", true),
            ("SIDEKIQ_MAX_THREADS", "10", true),
            ("WEB_CONCURRENCY", "2", true),
            ("PUMA_TIMEOUT", "30000", true),
            ("PUMA_TIMEOUT", "300000", false),
            ("FEATURE_X", "true", true),
            ("FEATURE_X", "off", true),
            ("FEATURE_X", "maybe", false),
            ("SWITCH", "007", false),
            ("AWS_REGION", "eu-west-1", true),
            ("AWS_REGION", "hunter2", false),
            ("BUNDLE_WITHOUT", "development:test", true),
            ("BUNDLE_WITHOUT", "hunter:two", false),
            // Whatever the value, the name tells.
            ("SECRET_KEY_BASE", "12345", false),
            ("API_PIN", "1234", false),
            ("DOOR_CODE", "1234", false),
            ("TWILIO_ACCOUNT_ID", "12345", false),
            ("PASSWORD", "true", false),
            ("api_token", "1", false),
            ("DB_USER", "on", false),
            // Whatever the name, the value does not.
            ("PUBLIC_NAME", "Ledger", false),
            ("DATABASE_HOST", "db.example", false),
            ("HOMEPAGE", "https://example.com", false),
            ("EMPTY", "", true),
            ("SECRET", "", true),
        ] {
            assert_eq!(literal(name, &Secret::new(value)).is_some(), is_literal, "{name}={value}");
        }
    }

    #[test]
    fn numbers_and_switches_stand_without_quotes_and_all_else_is_text() {
        let said = |value: &str| literal("SOMETHING", &Secret::new(value)).expect("a literal");
        assert_eq!(said("5"), SpecValue::Bare("5".to_owned()));
        assert_eq!(said("true"), SpecValue::Bare("true".to_owned()));
        assert_eq!(said("on"), SpecValue::Text("on".to_owned()));
        assert_eq!(said(""), SpecValue::Text(String::new()));
    }
}
