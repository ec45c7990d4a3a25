//! What the user wrote: the spec of one environment as types.
//!
//! Names and values are parsed once, in [`mod@names`] and [`values`], and compared with `==` from then on.
//! [`load`] turns files into an [`Environment`], [`check()`] finds every mistake of meaning, [`json_schema`] prints the
//! JSON Schema of the same types. What must not live here: network, clock, or the operator's environment.
//!
//! ```text
//! files ─tree─▶ nodes with places ─merge─▶ one tree ─decode─▶ raw ─▶ Spec ─check─▶ findings
//! ```

mod addons;
mod arn;
mod check;
mod decode;
mod deserializer;
mod digest;
mod document;
mod drain;
mod dynos;
mod error;
mod expiry;
mod finding;
mod forms;
pub mod grants;
mod load;
mod merge;
pub mod names;
mod permission;
pub mod pipeline;
mod project;
mod raw;
mod rules;
mod schema;
mod services;
mod shape;
mod shape_addon;
mod shared;
mod source;
mod tree;
pub mod values;
mod yaml;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use addons::{Addon, AddonPart, NewAddon, WaitLimit, origin_names};
pub use arn::BucketArn;
pub use check::check;
pub use document::Document;
pub use drain::DrainUrl;
pub use dynos::{DynoFamily, Formation, Quantity};
pub use error::SpecError;
pub use expiry::Expiry;
pub use finding::{Finding, Severity};
#[cfg(feature = "testing")]
pub use load::parse;
pub use load::{behind_links, find_project, inside, load, load_as, load_with, misnamed, names};
pub use names::{
    AddonName, AddonPlan, AppName, AttachmentName, AwsAccount, AwsRegion, BucketName, Buildpack, DynoSize,
    Email, EnvironmentName, FeatureName, HerokuRegion, Hostname, LocalName, NameError, Namespace, PolicyArn,
    ProcessType, StackName, TeamName, UserName, UserPath, VarName,
};
pub use permission::Permission;
pub use pipeline::{Pipeline, PipelineName, Stage};
pub use project::{Program, ProjectFile};
pub(crate) use rules::nearest;
pub use schema::json_schema;
pub(crate) use services::{ending_after, other_endings, var_endings};
pub use shared::shared;
pub use values::{
    Access, Backups, BucketAttribute, ConfigValue, Encryption, GenerateKind, Generated, Guide, MaxAge,
    Ownership, PublicAccess, Reference, UnmanagedConfig, UserAttribute,
};

/// One environment: its name, where it was read from, and what it asks for.
#[derive(Clone, Debug)]
pub struct Environment {
    /// The file's name without its ending: `production`.
    pub name: EnvironmentName,
    /// The file that was read, for messages.
    pub file: PathBuf,
    /// The project's folder: the one that holds `environments/`.
    pub project: PathBuf,
    /// What the file asks for, with everything it extends merged in.
    pub spec: Spec,
    /// What was written, for the places of things, and the warnings.
    written: Written,
}

/// What was written, kept to show places later. Its Debug prints nothing: a spec's text is long.
#[derive(Clone)]
struct Written {
    root: tree::Node,
    warnings: Vec<Finding>,
}

impl fmt::Debug for Written {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("…")
    }
}

impl Environment {
    /// What should be looked at in a spec that can be used, in the order in which a reader meets it.
    #[must_use]
    pub fn warnings(&self) -> &[Finding] {
        &self.written.warnings
    }

    /// An error at a key path that others found later (a value that cannot be had), shown like those of the spec.
    #[must_use]
    pub fn finding(&self, key_path: &str, message: impl Into<String>, help: Option<&str>) -> Finding {
        let help = help.map(str::to_owned);
        let finding = Finding { help, ..Finding::error(key_path, message) };
        match self.written.root.locate(key_path) {
            Some(span) => finding.at(&span),
            None => finding,
        }
    }
}

/// What one environment should be, version 1 of the spec.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Spec {
    /// The Heroku app.
    pub app: App,
    /// Add-ons by attachment name: `DATABASE` gives `DATABASE_URL`.
    pub addons: BTreeMap<AttachmentName, Addon>,
    /// Ordered buildpacks; `None` leaves what is live alone.
    pub buildpacks: Option<Vec<Buildpack>>,
    /// Config vars by name.
    pub config: BTreeMap<VarName, ConfigValue>,
    /// Dynos by process type.
    pub formation: BTreeMap<ProcessType, Formation>,
    /// S3 buckets by the spec's own name for them.
    pub buckets: BTreeMap<LocalName, Bucket>,
    /// IAM users by the spec's own name for them.
    pub iam_users: BTreeMap<LocalName, IamUser>,
    /// The AWS account that the environment belongs to; `None` takes whichever the credentials are of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aws_account: Option<AwsAccount>,
    /// What Heroku may charge for the app a month, in US cents; `None` is no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub monthly_limit_cents: Option<i64>,
    /// The environment that this one was made from by `trueup clone`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cloned_from: Option<EnvironmentName>,
    /// When it is to go; `None` means that it stays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<Expiry>,
    /// What happens to live things that the spec does not name.
    pub unmanaged: Unmanaged,
    /// The app's template, for `render`.
    pub template: Option<Template>,
}

/// The Heroku app itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct App {
    /// Its name, unique on all of Heroku.
    pub name: AppName,
    /// Its name before, when it is to be renamed instead of created.
    pub renamed_from: Option<AppName>,
    /// The team that owns it; `None` means a personal app.
    pub team: Option<TeamName>,
    /// Where it runs; cannot change later. `None` lets Heroku choose, and leaves what is live alone.
    pub region: Option<HerokuRegion>,
    /// The stack of the next build; `None` leaves it alone.
    pub stack: Option<StackName>,
    /// Maintenance mode; `None` leaves it alone.
    pub maintenance: Option<bool>,
    /// App features and whether they are on; `None` leaves them alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub features: Option<BTreeMap<FeatureName, bool>>,
    /// Custom domains; `None` leaves them alone.
    pub domains: Option<BTreeSet<Hostname>>,
    /// The pipeline that it is in; `None` leaves that alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pipeline: Option<Pipeline>,
    /// Whether Heroku manages the certificates of its domains; `None` leaves it alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acm: Option<bool>,
    /// Where its logs go besides, by where the URLs come from; `None` leaves them alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_drains: Option<Vec<DrainUrl>>,
    /// Who works on it besides its owner and team, and what each may do; `None` leaves them alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collaborators: Option<BTreeMap<Email, BTreeSet<Permission>>>,
}

/// An S3 bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Bucket {
    /// Its name, unique on all of AWS.
    pub name: BucketName,
    /// Where it is; cannot change later.
    pub region: AwsRegion,
    /// Whether old versions of objects are kept; `None` leaves it alone.
    pub versioning: Option<bool>,
    /// Encryption at rest; `None` asks for S3's own keys at least, and leaves what is stronger alone.
    pub encryption: Option<Encryption>,
    /// Who owns objects; `None` is the bucket's owner, and for an adopted bucket what it has.
    pub ownership: Option<Ownership>,
    /// Whether the public is kept out by the public access block; `None` is yes, and for an adopted bucket what it has.
    pub public_access: Option<PublicAccess>,
    /// What everyone may read: beginnings of keys, or `*` for all of them.
    pub public_read: Vec<String>,
    /// Whether a bucket policy denies plain http; `None` is yes, and for an adopted bucket what it has.
    pub tls_only: Option<bool>,
    /// Which pages may use the bucket from a browser; rules of others stay.
    pub cors: Vec<Cors>,
    /// What expires by itself; `None` means no rule.
    pub lifecycle: Option<Lifecycle>,
    /// Whether a bucket of that name without trueup's tags may be managed.
    pub adopt: bool,
    /// Tags besides trueup's own.
    pub tags: BTreeMap<String, String>,
    /// Whether it may never be deleted as a side effect (true unless written otherwise).
    pub protect: bool,
}

/// A cross-origin rule of a bucket, for direct uploads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cors {
    /// Where it stands in the bucket's map: `cors`, or `cors[1]` in a list.
    pub key: String,
    /// Exact origins: `https://app.example`. `*` is every one, for methods that only read.
    pub origins: Vec<String>,
    /// HTTP methods; Active Storage needs `PUT` alone.
    pub methods: Vec<String>,
    /// Request headers that a browser may send.
    pub headers: Vec<String>,
    /// Response headers that a page may read.
    pub expose: Vec<String>,
    /// For how many seconds a browser may remember the answer.
    pub max_age_seconds: u32,
}

/// What a bucket expires by itself, in days.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a map of days")]
pub struct Lifecycle {
    /// Uploads that were begun and never ended.
    pub abort_multipart_after_days: Option<u32>,
    /// Versions that are no longer current.
    pub expire_noncurrent_after_days: Option<u32>,
    /// Current objects.
    pub expire_after_days: Option<u32>,
}

/// An IAM user for the app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IamUser {
    /// Its name, unique in the account without regard to case.
    pub name: UserName,
    /// Renamed instead of created, when only this name is live.
    pub renamed_from: Option<UserName>,
    /// Its path: `/trueup/`.
    pub path: UserPath,
    /// Whether the spec says the path; an adopted user keeps its own otherwise.
    pub is_path_given: bool,
    /// What it may do, by bucket (the spec's own names).
    pub grants: BTreeMap<LocalName, Access>,
    /// Its access key, when the app gets one through `config`.
    pub access_key: Option<AccessKey>,
    /// The policy beyond which its rights do not go; when none is said, one that is live stays.
    pub permissions_boundary: Option<PolicyArn>,
    /// Whether a user of that name without trueup's tags may be managed.
    pub adopt: bool,
    /// Tags besides trueup's own.
    pub tags: BTreeMap<String, String>,
}

/// An access key that is made by trueup and delivered through config vars.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a map such as `{ max_age: 90d }`")]
pub struct AccessKey {
    /// Older than this, the plan replaces it.
    pub max_age: Option<MaxAge>,
}

/// What happens to live things that the spec does not name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a map such as `{ config: keep }`")]
pub struct Unmanaged {
    /// Config vars.
    pub config: UnmanagedConfig,
}

/// The app's template and its variables.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Template {
    /// The folder under `templates/`.
    pub name: String,
    /// Variables for the template.
    pub vars: BTreeMap<String, serde_json::Value>,
}
