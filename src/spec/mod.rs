//! What the user wrote: the spec of one environment as types (contract section 2).
//!
//! Names and values are parsed once, in [`names`] and [`values`], and compared with `==` from then on.
//! `load` turns files into an [`Environment`], `check` finds every mistake of meaning, `schema` prints the
//! JSON Schema of the same types. What must not live here: network, clock, or the operator's environment.

pub mod names;
pub mod values;

use std::collections::BTreeMap;
use std::path::PathBuf;

pub use names::{
    AddonName, AddonPlan, AppName, AttachmentName, AwsRegion, BucketName, Buildpack, DynoSize,
    EnvironmentName, HerokuRegion, LocalName, ProcessType, StackName, TeamName, UserName, UserPath, VarName,
};
pub use values::{
    Access, BucketAttribute, ConfigValue, Encryption, GenerateKind, Generated, MaxAge, PublicAccess,
    Reference, UnmanagedConfig, UserAttribute,
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
}

/// What one environment should be, version 1 of the spec (contract section 2).
#[derive(Clone, Debug, PartialEq, Eq)]
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
    /// What happens to live things that the spec does not name.
    pub unmanaged: Unmanaged,
    /// The app's template, for `render`.
    pub template: Option<Template>,
}

/// The Heroku app itself.
#[derive(Clone, Debug, PartialEq, Eq)]
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
}

/// An add-on on the app, under an attachment name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Addon {
    /// Created for this app and billed to it.
    Create(NewAddon),
    /// Another app's add-on, attached to this one.
    Attach(AddonName),
}

/// An add-on that this environment creates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAddon {
    /// What is bought: `heroku-postgresql:standard-0`.
    pub plan: AddonPlan,
    /// Options for the provider at creation. Cannot be read back, so never compared.
    pub config: BTreeMap<String, String>,
    /// PostgreSQL extensions asked for at creation.
    pub extensions: Vec<String>,
    /// The daily backup, when there is one.
    pub backups: Option<Backups>,
    /// Whether it may never be removed as a side effect (true for Postgres unless written otherwise).
    pub protect: bool,
}

/// A daily backup of a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backups {
    /// Hour and zone: `02:00 America/Los_Angeles`.
    pub at: String,
}

/// How many dynos of a process type run, and of what size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Formation {
    /// How many; 0 is off.
    pub quantity: u32,
    /// Their size; `None` leaves it alone.
    pub size: Option<DynoSize>,
}

/// An S3 bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Its name, unique on all of AWS.
    pub name: BucketName,
    /// Where it is; cannot change later.
    pub region: AwsRegion,
    /// Whether old versions of objects are kept; `None` leaves it alone.
    pub versioning: Option<bool>,
    /// Encryption at rest.
    pub encryption: Encryption,
    /// Whether the public is kept out by the public access block.
    pub public_access: PublicAccess,
    /// Whether a bucket policy denies plain http.
    pub tls_only: bool,
    /// Who may upload from a browser; `None` means no rule.
    pub cors: Option<Cors>,
    /// What expires by itself; `None` means no rule.
    pub lifecycle: Option<Lifecycle>,
    /// Tags besides trueup's own.
    pub tags: BTreeMap<String, String>,
    /// Whether it may never be deleted as a side effect (true unless written otherwise).
    pub protect: bool,
}

/// Cross-origin rules of a bucket, for direct uploads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cors {
    /// Exact origins: `https://app.example`.
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lifecycle {
    /// Uploads that were begun and never ended.
    pub abort_multipart_after_days: Option<u32>,
    /// Versions that are no longer current.
    pub expire_noncurrent_after_days: Option<u32>,
    /// Current objects.
    pub expire_after_days: Option<u32>,
}

/// An IAM user for the app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IamUser {
    /// Its name, unique in the account without regard to case.
    pub name: UserName,
    /// Its path: `/trueup/`.
    pub path: UserPath,
    /// What it may do, by bucket (the spec's own names).
    pub grants: BTreeMap<LocalName, Access>,
    /// Its access key, when the app gets one through `config`.
    pub access_key: Option<AccessKey>,
    /// Tags besides trueup's own.
    pub tags: BTreeMap<String, String>,
}

/// An access key that is made by trueup and delivered through config vars.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccessKey {
    /// Older than this, the plan replaces it.
    pub max_age: Option<MaxAge>,
}

/// What happens to live things that the spec does not name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unmanaged {
    /// Config vars.
    pub config: UnmanagedConfig,
}

/// The app's template and its variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// The folder under `templates/`.
    pub name: String,
    /// Variables for the template.
    pub vars: BTreeMap<String, serde_json::Value>,
}
