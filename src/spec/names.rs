//! The names that the spec uses, each parsed and normalised once, so that a name that exists is a name that
//! its service accepts.

use std::fmt;

/// Why a text is not such a name: what was expected, in words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{expected}")]
pub struct NameError {
    /// The rule that the text breaks.
    pub expected: String,
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $parse:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Parses and normalises; the error says what was expected.
            pub fn parse(text: &str) -> Result<Self, NameError> {
                let parse: fn(&str) -> Result<String, NameError> = $parse;
                parse(text).map(Self)
            }

            /// The normalised text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, formatter)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }
    };
}

fn any(text: &str) -> Result<String, NameError> {
    if text.is_empty() { Err(NameError { expected: "a name".to_owned() }) } else { Ok(text.to_owned()) }
}

name!(
    /// A Heroku app: `^[a-z][a-z0-9-]{1,28}[a-z0-9]$` (heroku-api.md section 2).
    AppName, any);
name!(
    /// A Heroku team.
    TeamName, any);
name!(
    /// A region of Heroku: `us`, `eu`.
    HerokuRegion, any);
name!(
    /// A Heroku stack: `heroku-24`.
    StackName, any);
name!(
    /// An attachment on the app: `DATABASE`.
    AttachmentName, any);
name!(
    /// An add-on, by its own name, unique on all of Heroku: `shared-redis`.
    AddonName, any);
name!(
    /// A plan of an add-on service: `heroku-postgresql:standard-0`.
    AddonPlan, any);
name!(
    /// A buildpack, normalised: a registry name (`heroku/ruby`) or an https URL.
    Buildpack, any);
name!(
    /// A config var.
    VarName, any);
name!(
    /// A process type of the Procfile: `web`.
    ProcessType, any);
name!(
    /// A dyno size, in lower case: `standard-1x`.
    DynoSize, any);
name!(
    /// An S3 bucket (aws-s3-iam.md section 3, bucket names).
    BucketName, any);
name!(
    /// An AWS region: `us-east-1`.
    AwsRegion, any);
name!(
    /// An IAM user (aws-s3-iam.md section 4).
    UserName, any);
name!(
    /// The path of an IAM user: `/trueup/`.
    UserPath, any);
name!(
    /// The spec's own name for a bucket or a user.
    LocalName, any);
name!(
    /// An environment: its file's name without the ending.
    EnvironmentName, any);

impl AddonPlan {
    /// The service: `heroku-postgresql`.
    #[must_use]
    pub fn service(&self) -> &str {
        self.0.split_once(':').map_or(self.0.as_str(), |(service, _)| service)
    }

    /// The plan within the service: `standard-0`.
    #[must_use]
    pub fn tier(&self) -> &str {
        self.0.split_once(':').map_or("", |(_, tier)| tier)
    }

    /// Whether it is a Heroku Postgres database.
    #[must_use]
    pub fn is_postgres(&self) -> bool {
        self.service() == "heroku-postgresql"
    }
}
