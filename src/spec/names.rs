//! The names that the spec uses, each parsed once, so that a name that exists is a name that its service accepts. A name
//! is sent as it was written, and equal to every spelling that means the same. The rules themselves are in `rules`; here
//! are the types, and each rule once more as the pattern by which editors check a file: it accepts exactly what the
//! rule does.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use serde::de::Error as _;

use super::rules;

/// Why a text is not such a name: what was expected, in words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{expected}")]
pub struct NameError {
    /// The rule that the text breaks.
    pub expected: String,
    /// All valid names, when there is a fixed list to suggest one from; else empty.
    pub known: &'static [&'static str],
}

impl NameError {
    /// A broken rule, said as what was expected.
    #[must_use]
    pub fn expected(rule: impl Into<String>) -> Self {
        Self { expected: rule.into(), known: &[] }
    }
}

/// What was written, and the form by which it is compared.
#[derive(Clone)]
struct Spelling {
    written: String,
    canonical: String,
}

impl PartialEq for Spelling {
    fn eq(&self, other: &Self) -> bool {
        self.canonical == other.canonical
    }
}

impl Eq for Spelling {}

impl PartialOrd for Spelling {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Spelling {
    fn cmp(&self, other: &Self) -> Ordering {
        self.canonical.cmp(&other.canonical)
    }
}

impl Hash for Spelling {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.canonical.hash(state);
    }
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $what:literal, $pattern:expr, $parse:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Spelling);

        impl $name {
            /// Parses; the error says what was expected.
            pub fn parse(text: &str) -> Result<Self, NameError> {
                let parse: fn(&str) -> Result<String, NameError> = $parse;
                parse(text).map(|canonical| Self(Spelling { written: text.to_owned(), canonical }))
            }

            /// The form by which it is compared, which is what most names are written as.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0.canonical
            }

            /// As it was written, which is what is sent and shown.
            #[must_use]
            pub fn written(&self) -> &str {
                &self.0.written
            }
        }

        impl std::str::FromStr for $name {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, NameError> {
                Self::parse(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.pad(self.written())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(self.written(), formatter)
            }
        }

        /// In the form by which it is compared: digests of a spec tell what differs, not what is spelt otherwise.
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::parse(&text).map_err(|error| {
                    if error.known.is_empty() {
                        let unexpected = serde::de::Unexpected::Str(&text);
                        D::Error::invalid_value(unexpected, &error.expected.as_str())
                    } else {
                        D::Error::unknown_variant(&text, error.known)
                    }
                })
            }
        }

        impl schemars::JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "description": $what, "pattern": $pattern })
            }
        }
    };
}

mod app;

pub use app::{Email, FeatureName};

name!(
    /// A Heroku app: `^[a-z][a-z0-9-]{1,28}[a-z0-9]$` (heroku-api.md section 2).
    AppName,
    "A Heroku app's name: 3 to 30 of a-z, 0-9 and -; begins with a letter, does not end in -.",
    "^[a-z][a-z0-9-]{1,28}[a-z0-9]$",
    rules::app_name
);
name!(
    /// A Heroku team.
    TeamName,
    "A Heroku team's name.",
    "^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$",
    rules::team_name
);
name!(
    /// A region of Heroku: `us`, `eu`.
    HerokuRegion,
    "A Heroku region: us, eu; in Private Spaces also others.",
    "^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$",
    rules::heroku_region
);
name!(
    /// A host name, `*.` in front of it allowed: `app.ledger.example`. Compared in lower case.
    Hostname,
    "A host name such as app.ledger.example or *.ledger.example; an international one in its xn-- form.",
    "^(?=.{1,253}$)(?!.*\\.[0-9]+$)(\\*\\.)?[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\
     (\\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)+$",
    rules::hostname
);
name!(
    /// A Heroku stack: `heroku-24`.
    StackName,
    "A Heroku stack: heroku-24, container.",
    "^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$",
    rules::stack_name
);
name!(
    /// An attachment on the app: `DATABASE`.
    AttachmentName,
    "The attachment's name on the app: DATABASE gives the config var DATABASE_URL.",
    "^[A-Z][A-Z0-9_]{0,255}$",
    rules::attachment_name
);
name!(
    /// An add-on, by its own name, unique on all of Heroku: `shared-redis`.
    AddonName,
    "An add-on's own name, unique on all of Heroku: shared-redis; or its id.",
    "^([A-Z]|[A-Za-z][A-Za-z0-9_-]{1,255}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$",
    rules::addon_name
);
name!(
    /// A part of an add-on that an attachment stands for: `credential:readonly` (heroku-api.md section 3.1).
    Namespace,
    "A part of an add-on: credential:readonly, connection-pooling:default.",
    "^[a-z][a-z-]{0,63}:[A-Za-z0-9_.-]{1,128}$",
    rules::namespace
);
name!(
    /// A plan of an add-on service: `heroku-postgresql:standard-0`.
    AddonPlan,
    "The service and its plan: heroku-postgresql:standard-0.",
    "^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}:[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$",
    rules::addon_plan
);
name!(
    /// A buildpack: a name of the registry, or an address. Its forms compare equal when they mean the same.
    Buildpack,
    "A registry name (heroku/ruby), urn:buildpack:heroku/ruby, or the URL of a repository or an archive.",
    concat!(
        "^((urn:buildpack:)?[A-Za-z0-9][A-Za-z0-9_.-]{0,127}/[A-Za-z0-9][A-Za-z0-9_.-]{0,127}",
        "|(https?|git|ssh)://(?![/?#])[!-~]+|[A-Za-z0-9_.-]+@[A-Za-z0-9_.-]+:[!-~]+)$",
    ),
    rules::buildpack
);
name!(
    /// A config var.
    VarName,
    "A config var's name: letters, digits and _.",
    "^[A-Za-z0-9_]+$",
    rules::var_name
);
name!(
    /// A process type of the Procfile: `web`.
    ProcessType,
    "A process type of the Procfile: web, worker.",
    "^[A-Za-z0-9_-]{1,128}$",
    rules::process_type
);
name!(
    /// A dyno size: `standard-1x`. Compared in lower case.
    DynoSize,
    "A dyno size: eco, basic, standard-1x, standard-2x, performance-m, …; Fir sizes as dyno-1c-0.5gb.",
    rules::dyno_size_pattern(),
    rules::dyno_size
);
name!(
    /// An S3 bucket (aws-s3-iam.md section 3, bucket names).
    BucketName,
    "An S3 bucket's name, unique on all of AWS: 3 to 63 of a-z, 0-9, - and .",
    concat!(
        "^(?!xn--|sthree-|amzn-s3-demo-)(?!.*(-s3alias|--ol-s3|\\.mrap|--x-s3|--table-s3)$)(?!.*\\.\\.)",
        "(?!((25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])(\\.|$)){4}$)",
        "((?!.*-an$)|(?=.*-[0-9]{12}-(?=.{1,35}$)[a-z]{2,4}(-[a-z]+)+-[0-9]+-an$))",
        "[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$",
    ),
    rules::bucket_name
);
name!(
    /// An AWS region: `us-east-1`.
    AwsRegion,
    "An AWS region: us-east-1.",
    "^(?=.{1,32}$)[a-z]{2,4}(-[a-z]+)+-[0-9]+$",
    rules::aws_region
);
name!(
    /// An AWS account, by its number.
    AwsAccount,
    "An AWS account's number, in quotes: \"111122223333\".",
    "^[0-9]{12}$",
    rules::aws_account
);
name!(
    /// An IAM user (aws-s3-iam.md section 4).
    UserName,
    "An IAM user's name: up to 64 letters, digits and any of _+=,.@-",
    "^[A-Za-z0-9_+=,.@-]{1,64}$",
    rules::user_name
);
name!(
    /// The path of an IAM user: `/trueup/`.
    UserPath,
    "An IAM path: begins and ends with /.",
    "^/([!-~]{1,510}/)?$",
    rules::user_path
);
impl UserPath {
    /// Where a user goes when the spec says nothing: `/trueup/`.
    #[must_use]
    #[allow(clippy::missing_panics_doc, reason = "it cannot panic: this is a path")]
    pub fn usual() -> Self {
        Self::parse("/trueup/").expect("it is a path")
    }
}
name!(
    /// A managed policy of IAM, of an account or of AWS itself.
    PolicyArn,
    "An IAM policy: arn:aws:iam::111122223333:policy/NAME",
    "^arn:aws(-[a-z]+)*:iam::([0-9]{12}|aws):policy/([!-~]{1,510}/)?[A-Za-z0-9_+=,.@-]{1,128}$",
    rules::policy_arn
);
name!(
    /// The spec's own name for a bucket or a user.
    LocalName,
    "The spec's own name for it, used in `from` and `grants`.",
    "^[a-z][a-z0-9_-]{0,63}$",
    rules::local_name
);
name!(
    /// An environment: its file's name without the ending.
    EnvironmentName,
    "An environment: its file's name without the ending.",
    "^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$",
    rules::environment_name
);

impl AddonPlan {
    /// Stands for the plan of an add-on of which Heroku tells neither plan nor service.
    pub const UNKNOWN: &str = "unknown";

    /// The service: `heroku-postgresql`.
    #[must_use]
    pub fn service(&self) -> &str {
        self.as_str().split_once(':').map_or(self.as_str(), |(service, _)| service)
    }

    /// The plan within its service: `standard-0`.
    #[must_use]
    pub fn tier(&self) -> &str {
        self.as_str().split_once(':').map_or("", |(_, tier)| tier)
    }

    /// Whether it is a Heroku Postgres database.
    #[must_use]
    pub fn is_postgres(&self) -> bool {
        self.service() == "heroku-postgresql"
    }

    /// Whether it is a Heroku Postgres database on a server that others share (heroku-api.md section 8.2).
    #[must_use]
    pub fn is_shared_postgres(&self) -> bool {
        let shared = ["essential", "mini", "basic", "hobby", "dev"];
        self.is_postgres() && shared.iter().any(|tier| self.tier().starts_with(tier))
    }

    /// Whether it is one of the Advanced tier, which Heroku keeps apart (heroku-api.md section 8).
    #[must_use]
    pub fn is_advanced_postgres(&self) -> bool {
        self.is_postgres() && ["advanced", "performance"].iter().any(|tier| self.tier().starts_with(tier))
    }

    /// Whether a live plan is this one, under this name or another that it has or had. Of a plan that Heroku does not
    /// tell, only the service can differ.
    #[must_use]
    pub fn is(&self, live: &str) -> bool {
        if !live.contains(':') {
            return live == self.service() || live == Self::UNKNOWN;
        }
        rules::plan_of_today(live) == rules::plan_of_today(self.as_str())
    }

    /// What Heroku calls the plan now, when the spec has a name of before that takes no orders.
    #[must_use]
    pub fn name_of_today(&self) -> Option<&str> {
        let today = rules::plan_of_today(self.as_str());
        (today != self.as_str()).then_some(today)
    }
}

impl Namespace {
    /// The connection pool of a database.
    pub fn pool() -> Result<Self, NameError> {
        Self::parse("connection-pooling:default")
    }

    /// A credential of a database.
    pub fn credential(name: &str) -> Result<Self, NameError> {
        Self::parse(&format!("credential:{name}"))
    }

    /// The credential that every database has is the database as such.
    #[must_use]
    pub fn if_special(self) -> Option<Self> {
        (self.as_str() != "credential:default").then_some(self)
    }
}

#[cfg(test)]
#[path = "names_tests.rs"]
mod tests;
