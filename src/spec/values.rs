//! Small closed sets and value forms of the spec: where a config var comes from, what a grant allows.
//! What must not live here: names of single things, which are in [`mod@super::names`].

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::LocalName;

/// Where a config var's value comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ConfigValue {
    /// The text that was written.
    Literal(String),
    /// The var must be absent.
    Absent,
    /// The operator's environment variable of that name. Sensitive.
    Env(String),
    /// A file's content, path relative to the folder `environments/`, inside the project. Sensitive.
    File(String),
    /// What a program prints. Sensitive; runs only with `--allow-commands`.
    Command(Vec<String>),
    /// Made once when the var is absent, then kept. Sensitive.
    Generate(Generated),
    /// Another resource's attribute.
    From(Reference),
    /// Someone else sets it; with how it gets another value, when the spec says so.
    External(Option<Box<Guide>>),
}

/// How a value that someone else makes is replaced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Guide {
    /// A program and its arguments that ends well when the value works, which it finds in its environment under the
    /// var's name. Empty when there is none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub test: Vec<String>,
    /// Where a new value is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// What `generate` draws from the system's random source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Generated {
    /// The form of the text.
    pub kind: GenerateKind,
    /// How many random bytes (ignored for `uuid`).
    pub bytes: u16,
}

/// The text form of a generated value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum GenerateKind {
    /// Two hexadecimal digits a byte.
    Hex,
    /// Standard base64 with padding.
    Base64,
    /// A version 4 UUID.
    Uuid,
}

/// An attribute of another resource: `buckets.uploads.region`.
///
/// References lead from config vars to the app, buckets and users, and none of those holds one: they cannot form
/// a cycle.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reference {
    /// `app.name`
    AppName,
    /// `app.web_url`
    AppWebUrl,
    /// `buckets.X.name|region|arn`
    Bucket(LocalName, BucketAttribute),
    /// `iam_users.X.name|arn|access_key_id|secret_access_key`
    IamUser(LocalName, UserAttribute),
}

/// What a `from:` may ask of a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BucketAttribute {
    /// The bucket's name.
    Name,
    /// Its region.
    Region,
    /// Its ARN.
    Arn,
}

/// What a `from:` may ask of an IAM user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum UserAttribute {
    /// The user's name.
    Name,
    /// Its ARN.
    Arn,
    /// The id of its access key.
    AccessKeyId,
    /// The secret of its access key.
    SecretAccessKey,
}

impl BucketAttribute {
    const ALL: [Self; 3] = [Self::Name, Self::Region, Self::Arn];

    /// As it is written: `region`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Region => "region",
            Self::Arn => "arn",
        }
    }
}

impl UserAttribute {
    const ALL: [Self; 4] = [Self::Name, Self::Arn, Self::AccessKeyId, Self::SecretAccessKey];

    /// As it is written: `access_key_id`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Arn => "arn",
            Self::AccessKeyId => "access_key_id",
            Self::SecretAccessKey => "secret_access_key",
        }
    }
}

/// Why a text is not a reference: the part that is unknown, and what is known in its place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{part}` is not one of the known parts of a reference")]
pub struct ReferenceError {
    /// The unknown part.
    pub part: String,
    /// What could stand there.
    pub known: &'static [&'static str],
}

const REFERENCE_PARTS: &[&str] = &["app", "buckets", "iam_users"];

impl FromStr for Reference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        let unknown = |part: &str, known| ReferenceError { part: part.to_owned(), known };
        let (kind, rest) = text.split_once('.').unwrap_or((text, ""));
        let (name, attribute) = rest.split_once('.').unwrap_or((rest, ""));
        match kind {
            "app" => match rest {
                "name" => Ok(Self::AppName),
                "web_url" => Ok(Self::AppWebUrl),
                other => Err(unknown(other, &["name", "web_url"])),
            },
            "buckets" => {
                let known = &["name", "region", "arn"];
                let name = LocalName::parse(name).map_err(|_| unknown(name, &[]))?;
                let found = BucketAttribute::ALL.into_iter().find(|found| found.as_str() == attribute);
                found.map(|found| Self::Bucket(name, found)).ok_or_else(|| unknown(attribute, known))
            }
            "iam_users" => {
                let known = &["name", "arn", "access_key_id", "secret_access_key"];
                let name = LocalName::parse(name).map_err(|_| unknown(name, &[]))?;
                let found = UserAttribute::ALL.into_iter().find(|found| found.as_str() == attribute);
                found.map(|found| Self::IamUser(name, found)).ok_or_else(|| unknown(attribute, known))
            }
            other => Err(unknown(other, REFERENCE_PARTS)),
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AppName => formatter.write_str("app.name"),
            Self::AppWebUrl => formatter.write_str("app.web_url"),
            Self::Bucket(name, attribute) => write!(formatter, "buckets.{name}.{}", attribute.as_str()),
            Self::IamUser(name, attribute) => write!(formatter, "iam_users.{name}.{}", attribute.as_str()),
        }
    }
}

impl Serialize for Reference {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Reference {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|error: ReferenceError| {
            if error.part.is_empty() || error.known.is_empty() {
                let form = "a reference such as `app.name`, `buckets.uploads.region` or \
                            `iam_users.app.access_key_id`";
                D::Error::invalid_value(serde::de::Unexpected::Str(&text), &form)
            } else {
                D::Error::unknown_variant(&error.part, error.known)
            }
        })
    }
}

impl JsonSchema for Reference {
    fn schema_name() -> Cow<'static, str> {
        "Reference".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "Another resource's attribute: app.name, buckets.uploads.region, \
                            iam_users.app.access_key_id.",
            "pattern": "^(app\\.(name|web_url)|buckets\\.[a-z][a-z0-9_-]{0,63}\\.(name|region|arn)|\
                        iam_users\\.[a-z][a-z0-9_-]{0,63}\\.(name|arn|access_key_id|secret_access_key))$",
        })
    }
}

/// Encryption of a bucket at rest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub enum Encryption {
    /// Keys that S3 manages.
    #[default]
    #[serde(rename = "AES256")]
    Aes256,
    /// A KMS key.
    #[serde(rename = "kms")]
    Kms(KmsKey),
}

/// A KMS key that encrypts a bucket, written `{ kms: <key id> }`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KmsKey {
    /// The key's id, ARN or alias.
    #[serde(rename = "kms")]
    pub key: String,
    /// Whether each object is encrypted twice (`aws:kms:dsse`). Left out: what is live stays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dsse: Option<bool>,
}

/// Who owns the objects of a bucket, in S3's words. Only without access control lists do policies tell all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Ownership {
    /// The bucket's owner, and access control lists are off.
    #[default]
    BucketOwnerEnforced,
    /// The bucket's owner where the writer agrees, and access control lists count.
    BucketOwnerPreferred,
    /// Whoever wrote them, and access control lists count.
    ObjectWriter,
}

impl Ownership {
    /// As S3 writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BucketOwnerEnforced => "BucketOwnerEnforced",
            Self::BucketOwnerPreferred => "BucketOwnerPreferred",
            Self::ObjectWriter => "ObjectWriter",
        }
    }
}

/// Whether a bucket's public access block is on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PublicAccess {
    /// All four settings on.
    #[default]
    Blocked,
    /// All four settings off.
    Open,
}

/// What a grant on a bucket allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// List and get.
    Read,
    /// List, get, put, delete, and abort a multipart upload.
    ReadWrite,
}

/// An age in whole days, written `90d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MaxAge {
    /// How many days.
    pub days: u16,
}

impl MaxAge {
    /// The longest that can be asked for, in days: a key that is never replaced has no `max_age` at all.
    pub const MOST_DAYS: u16 = 365;

    /// Parses `90d`; 1 to 365 days.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_suffix('d')?;
        let plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
        let days = digits.parse().ok().filter(|_| plain)?;
        (1..=Self::MOST_DAYS).contains(&days).then_some(Self { days })
    }
}

impl fmt::Display for MaxAge {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}d", self.days)
    }
}

impl Serialize for MaxAge {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for MaxAge {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            let expected = "an age in days from `1d` to `365d`, such as `90d`";
            D::Error::invalid_value(serde::de::Unexpected::Str(&text), &expected)
        })
    }
}

impl JsonSchema for MaxAge {
    fn schema_name() -> Cow<'static, str> {
        "MaxAge".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "An age in days: 90d. From 1d to 365d.",
            "pattern": "^([1-9][0-9]?|[12][0-9][0-9]|3[0-5][0-9]|36[0-5])d$",
        })
    }
}

/// The hour and zone of a daily backup, written `02:00 America/Los_Angeles`. Heroku schedules whole hours only
/// (heroku-api.md section 8.4).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Backups {
    /// The hour, 0 to 23.
    pub hour: u8,
    /// An IANA time zone: `America/Los_Angeles`, `UTC`.
    pub zone: String,
}

impl Backups {
    /// Parses `02:00 America/Los_Angeles`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (time, zone) = text.split_once(' ')?;
        let hour = time.strip_suffix(":00").filter(|hour| hour.len() == 2)?;
        let hour = hour.bytes().all(|byte| byte.is_ascii_digit()).then(|| hour.parse::<u8>().ok())??;
        (hour < 24 && is_zone(zone)).then(|| Self { hour, zone: zone.to_owned() })
    }
}

/// The look of an IANA name; the list itself is Heroku's to know.
fn is_zone(text: &str) -> bool {
    let part = |part: &str| {
        part.starts_with(|first: char| first.is_ascii_uppercase())
            && part.chars().all(|character| character.is_ascii_alphanumeric() || "_+-".contains(character))
    };
    text.len() <= 64 && text.split('/').count() <= 3 && text.split('/').all(part)
}

impl fmt::Display for Backups {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:02}:00 {}", self.hour, self.zone)
    }
}

/// What happens to live config vars that the spec does not name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum UnmanagedConfig {
    /// Left alone, and reported.
    #[default]
    Keep,
    /// Removed; the plan lists each one.
    Remove,
}
