//! The pipeline that an app is in, and its stage there (heroku-api.md section 7).

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error as _, Unexpected};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Where an app stands on its way to production.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Pipeline {
    /// The pipeline.
    pub name: PipelineName,
    /// The app's stage in it.
    pub stage: Stage,
}

/// A pipeline's name, which others may have too.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PipelineName(String);

impl PipelineName {
    /// How one is written.
    const RULE: &str = "a pipeline's name: 3 to 30 of a-z, 0-9 and -, beginning with a letter";

    /// Parses `^[a-z][a-z0-9-]{2,29}$`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let first = text.starts_with(|first: char| first.is_ascii_lowercase());
        let is_name = (3..=30).contains(&text.len()) && first && text.chars().all(allowed);
        is_name.then(|| Self(text.to_owned()))
    }

    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PipelineName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

impl Serialize for PipelineName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for PipelineName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::invalid_value(Unexpected::Str(&text), &Self::RULE))
    }
}

impl JsonSchema for PipelineName {
    fn schema_name() -> Cow<'static, str> {
        "PipelineName".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[a-z][a-z0-9-]{2,29}$" })
    }
}

/// The stages of a pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// For CI runs.
    Test,
    /// For review apps.
    Review,
    /// Development.
    Development,
    /// Staging.
    Staging,
    /// Production.
    Production,
}

impl Stage {
    /// All of them, in the order in which code passes through.
    pub const ALL: [Self; 5] = [Self::Test, Self::Review, Self::Development, Self::Staging, Self::Production];

    /// As Heroku writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Review => "review",
            Self::Development => "development",
            Self::Staging => "staging",
            Self::Production => "production",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}
