//! The spec as it is written, key by key: what is decoded, and what the JSON Schema shows. Defaults that rest on
//! other keys, and forms of which exactly one must be chosen, are settled in [`super::shape`].

use std::collections::BTreeMap;

use schemars::JsonSchema;

use super::forms::{BackupTime, Dollars, Given, OneOrMore, RawEncryption, RawValue, Text};
use super::names::{
    AddonName, AddonPlan, AppName, AttachmentName, AwsAccount, AwsRegion, BucketName, Buildpack, DynoSize,
    Email, EnvironmentName, FeatureName, HerokuRegion, Hostname, LocalName, Namespace, PolicyArn,
    ProcessType, StackName, TeamName, UserName, UserPath, VarName,
};
use super::pipeline::{PipelineName, Stage};
use super::values::{Access, GenerateKind, Ownership, PublicAccess, Reference};
use super::{AccessKey, Expiry, Lifecycle, Permission, Quantity, Unmanaged, WaitLimit};

/// One environment of trueup: a Heroku app with its add-ons, buildpacks, config vars and formation, S3 buckets
/// and IAM users. A file may also be a part that others extend, so no key is required here; `trueup validate` says
/// what is missing. `null` removes an inherited key.
#[derive(Debug, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a map with `app`, `config` and so on")]
#[schemars(rename = "Environment")]
pub(super) struct RawSpec {
    /// A file to build on, relative to this one. Maps merge, lists and text replace, null removes the inherited
    /// key.
    #[expect(
        dead_code,
        reason = "taken out while files are merged; here so that the schema and errors name it"
    )]
    extends: Option<String>,
    /// The Heroku app.
    pub(super) app: Given<RawApp>,
    /// Add-ons by attachment name: DATABASE gives the config var `DATABASE_URL`.
    #[serde(default)]
    #[schemars(with = "Option<BTreeMap<AttachmentName, Option<RawAddon>>>")]
    pub(super) addons: BTreeMap<AttachmentName, RawAddon>,
    /// Buildpacks in order. Left out: what is live stays.
    pub(super) buildpacks: Option<Vec<Buildpack>>,
    /// Config vars by name: text, or where the value comes from.
    #[serde(default)]
    #[schemars(with = "Option<BTreeMap<VarName, RawValue>>")]
    pub(super) config: BTreeMap<VarName, RawValue>,
    /// Dynos by process type.
    #[serde(default)]
    #[schemars(with = "Option<BTreeMap<ProcessType, Option<RawFormation>>>")]
    pub(super) formation: BTreeMap<ProcessType, RawFormation>,
    /// S3 buckets, each under a name of your own.
    #[serde(default)]
    #[schemars(with = "Option<BTreeMap<LocalName, Option<RawBucket>>>")]
    pub(super) buckets: BTreeMap<LocalName, RawBucket>,
    /// IAM users, each under a name of your own.
    #[serde(default)]
    #[schemars(with = "Option<BTreeMap<LocalName, Option<RawUser>>>")]
    pub(super) iam_users: BTreeMap<LocalName, RawUser>,
    /// The AWS account that this environment belongs to.
    pub(super) aws: Option<RawAws>,
    /// What a plan must not go beyond.
    pub(super) limits: Option<RawLimits>,
    /// The environment that this one was made from: `trueup clone` writes it, and goes on only where it stands.
    pub(super) cloned_from: Option<EnvironmentName>,
    /// When this environment is to go, in UTC: `trueup destroy --expired` takes it away from then on.
    pub(super) expires: Option<Expiry>,
    /// What happens to live things that the spec does not name.
    pub(super) unmanaged: Option<Unmanaged>,
    /// What `trueup render` emits for this environment.
    pub(super) template: Option<RawTemplate>,
}

/// The Heroku app.
#[derive(Debug, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a map with the app's `name`")]
#[schemars(rename = "App")]
pub(super) struct RawApp {
    /// Its name, unique on all of Heroku.
    pub(super) name: Given<AppName>,
    /// Its name before, when it is to be renamed instead of created.
    pub(super) renamed_from: Option<AppName>,
    /// The team that owns it; left out for a personal app.
    pub(super) team: Option<TeamName>,
    /// Where it runs. Cannot change later.
    pub(super) region: Option<HerokuRegion>,
    /// The stack of the next build.
    pub(super) stack: Option<StackName>,
    /// Maintenance mode.
    pub(super) maintenance: Option<bool>,
    /// App features (labs) and whether they are on. Those that are not named stay as they are.
    pub(super) features: Option<BTreeMap<FeatureName, bool>>,
    /// The pipeline and the app's stage in it. Left out: what is live stays.
    pub(super) pipeline: Option<RawPipeline>,
    /// Custom domains: app.ledger.example. Left out: what is live stays.
    pub(super) domains: Option<Vec<Hostname>>,
    /// Whether Heroku gets and renews the certificates of the domains. Left out: what is live stays.
    pub(super) acm: Option<bool>,
    /// Where logs go besides: `{ env: LOG_DRAIN_URL }`, or `file` or `command`, since a URL may hold a secret. Drains that
    /// are not named stay.
    pub(super) log_drains: Option<Vec<RawForm>>,
    /// Who works on the app, by e-mail address, and what each may do: a list that is empty where the app's team gives
    /// collaborators no rights of their own. Those that are not named stay.
    pub(super) collaborators: Option<BTreeMap<Email, Vec<Permission>>>,
    /// A Private Space. An app that is in one can be managed, and none is created there: leave this out.
    pub(super) space: Option<String>,
    /// What Heroku called a team before: write `team`.
    pub(super) organization: Option<String>,
    /// cedar or fir, which follows from where the app is: leave this out.
    pub(super) generation: Option<String>,
}

/// The AWS account.
#[derive(Debug, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a map with `account`")]
#[schemars(rename = "Aws")]
pub(super) struct RawAws {
    /// Its number. Credentials of another account are refused before anything is looked at.
    pub(super) account: Option<AwsAccount>,
}

/// What a plan must not go beyond.
#[derive(Debug, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a map such as `{ monthly_usd: 400 }`")]
#[schemars(rename = "Limits")]
pub(super) struct RawLimits {
    /// What Heroku may charge for the app a month, in US dollars. A plan that ends above it is refused.
    pub(super) monthly_usd: Option<Dollars>,
}

/// A Heroku pipeline.
#[derive(Debug, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a map with `name` and `stage`")]
#[schemars(rename = "Pipeline")]
pub(super) struct RawPipeline {
    /// Its name. One that nobody has is created.
    pub(super) name: Given<PipelineName>,
    /// The app's stage in it.
    pub(super) stage: Given<Stage>,
}

/// An add-on: a `plan` to create, or an add-on that is there already to `attach`.
#[derive(Debug, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a map with `plan` or `attach`")]
#[schemars(rename = "Addon")]
pub(super) struct RawAddon {
    /// What is bought: heroku-postgresql:standard-0.
    #[serde(default)]
    pub(super) plan: Given<AddonPlan>,
    /// An add-on that is there already, by its own name, or one of this spec, by its key: attached instead of creating one.
    #[serde(default)]
    pub(super) attach: Given<AddonName>,
    /// The part of the attached add-on that the name stands for: credential:readonly. Left out: the add-on as such.
    pub(super) namespace: Option<Namespace>,
    /// The same for a credential of a database, by its name: readonly.
    pub(super) credential: Option<String>,
    /// The same for the connection pool of a database: true.
    pub(super) pool: Option<bool>,
    /// Options for the provider at creation. Cannot be read back, so never compared.
    pub(super) config: Option<BTreeMap<String, Text>>,
    /// PostgreSQL extensions, asked for at creation.
    pub(super) extensions: Option<Vec<String>>,
    /// The daily backup.
    pub(super) backups: Option<RawBackups>,
    /// Never removed as a side effect. Default: true for heroku-postgresql, false for others.
    pub(super) protect: Option<bool>,
    /// How long an apply waits until it is ready: 45m. Default: 20m, and longer for what is known to take longer.
    pub(super) wait: Option<WaitLimit>,
}

/// The daily backup of a database.
#[derive(Debug, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a map such as `{ at: \"02:00 America/Los_Angeles\" }`")]
#[schemars(rename = "Backups")]
pub(super) struct RawBackups {
    /// Whole hour and time zone: `02:00 America/Los_Angeles`.
    pub(super) at: Given<BackupTime>,
}

/// A process type's dynos.
#[derive(Debug, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a map such as `{ quantity: 1, size: standard-1x }`")]
#[schemars(rename = "Formation")]
pub(super) struct RawFormation {
    /// How many, or a range; 0 is off. Left out: what is live stays, such as an autoscaler's choice.
    #[serde(default)]
    #[schemars(with = "Option<Quantity>")]
    pub(super) quantity: Given<Quantity>,
    /// Their size. Left out: what is live stays.
    pub(super) size: Option<DynoSize>,
    /// unmanaged: something else scales, so that no quantity is ever written. The size still is.
    pub(super) scale: Option<Scaling>,
}

/// Who scales.
#[derive(Clone, Copy, Debug, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Scaling {
    /// Something else.
    Unmanaged,
}

/// An S3 bucket.
#[derive(Debug, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a map with the bucket's `name` and `region`")]
#[schemars(rename = "Bucket")]
pub(super) struct RawBucket {
    /// Its name, unique on all of AWS.
    pub(super) name: Given<BucketName>,
    /// Where it is. Cannot change later.
    pub(super) region: Given<AwsRegion>,
    /// Whether old versions of objects are kept.
    pub(super) versioning: Option<bool>,
    /// AES256, or a KMS key: { kms: <key id> }. Left out: AES256 at least, and what is stronger stays.
    pub(super) encryption: Option<RawEncryption>,
    /// Who owns objects. Default: `BucketOwnerEnforced`, and what it has for an adopted bucket.
    pub(super) ownership: Option<Ownership>,
    /// blocked or open. Default: blocked, and what it has for an adopted bucket.
    pub(super) public_access: Option<PublicAccess>,
    /// What everyone may read: beginnings of keys such as `public/`, or `*` for all. Needs `public_access: open`.
    pub(super) public_read: Option<Vec<String>>,
    /// A bucket policy that denies plain http. Default: true, and what it has for an adopted bucket.
    pub(super) tls_only: Option<bool>,
    /// Which pages may use the bucket from a browser: a rule, or a list of them. Rules of others stay.
    pub(super) cors: Option<OneOrMore<RawCors>>,
    /// What expires by itself, in days.
    pub(super) lifecycle: Option<Lifecycle>,
    /// Whether to manage a bucket of that name that stood there before, without trueup's tags. Default: false.
    pub(super) adopt: Option<bool>,
    /// Tags besides trueup's own.
    pub(super) tags: Option<BTreeMap<String, Text>>,
    /// Never deleted as a side effect. Default: true.
    pub(super) protect: Option<bool>,
}

/// A cross-origin rule, for direct uploads.
#[derive(Debug, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a map with the `origins`")]
#[schemars(rename = "Cors")]
pub(super) struct RawCors {
    /// Exact origins: `https://app.example`, without a path. `*` is every one, for the methods GET and HEAD.
    pub(super) origins: Given<Vec<String>>,
    /// HTTP methods. Default: [PUT].
    pub(super) methods: Option<Vec<String>>,
    /// Request headers. Default: [Content-Type, Content-MD5, Content-Disposition].
    pub(super) headers: Option<Vec<String>>,
    /// Response headers that a page may read. Default: none.
    pub(super) expose: Option<Vec<String>>,
    /// For how many seconds a browser may remember the answer. Default: 3600.
    pub(super) max_age_seconds: Option<u32>,
}

/// An IAM user for the app.
#[derive(Debug, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a map with the user's `name`")]
#[schemars(rename = "IamUser")]
pub(super) struct RawUser {
    /// Its name, unique in the account.
    pub(super) name: Given<UserName>,
    /// Rename the user of that name, keys and all, instead of making another, when only it is live.
    pub(super) renamed_from: Option<UserName>,
    /// Its path. Default: /trueup/, and its own for an adopted user.
    pub(super) path: Option<UserPath>,
    /// What it may do, by bucket: read or read-write.
    #[serde(default)]
    pub(super) grants: BTreeMap<LocalName, Access>,
    /// Its access key, delivered through `from` in `config`.
    pub(super) access_key: Option<AccessKey>,
    /// The ARN of an IAM policy beyond which its rights do not go. One that is live stays when none is said.
    pub(super) permissions_boundary: Option<PolicyArn>,
    /// Whether to manage a user of that name that stood there before, without trueup's tags. Default: false.
    pub(super) adopt: Option<bool>,
    /// Tags besides trueup's own.
    pub(super) tags: Option<BTreeMap<String, Text>>,
}

/// The app's template.
#[derive(Debug, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a map with the template's `name`")]
#[schemars(rename = "Template")]
pub(super) struct RawTemplate {
    /// The folder under templates/.
    pub(super) name: Given<String>,
    /// Variables for the template.
    #[serde(default)]
    pub(super) vars: BTreeMap<String, serde_json::Value>,
}

/// Where a value comes from: exactly one of these keys.
#[derive(Debug, Default, serde::Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "text, or a map such as `{ env: NAME }`")]
#[schemars(rename = "Source")]
pub(super) struct RawForm {
    /// A variable of the operator's environment.
    pub(super) env: Given<String>,
    /// A file, relative to environments/ and within the project.
    pub(super) file: Given<String>,
    /// A program and its arguments; its output is the value. Runs only with --allow-commands.
    pub(super) command: Given<Vec<String>>,
    /// Made once when the var is absent, then kept: hex, base64 or uuid.
    pub(super) generate: Given<GenerateKind>,
    /// How many random bytes `generate` draws: 1 to 1024. Default: 32.
    pub(super) bytes: Given<u16>,
    /// Another resource's attribute: buckets.uploads.region.
    pub(super) from: Given<Reference>,
    /// Someone else sets it: true.
    pub(super) external: Given<bool>,
    /// How a value that someone else sets is replaced by `trueup rotate`.
    pub(super) rotation: Given<RawRotation>,
}

/// How a value that someone else makes is replaced.
#[derive(Debug, Default, serde::Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a map with `test`, `url` or both")]
#[schemars(rename = "Rotation")]
pub(super) struct RawRotation {
    /// A program and its arguments that ends well when the value works, which it finds in its environment under the
    /// var's name. Runs only with --allow-commands.
    pub(super) test: Given<Vec<String>>,
    /// Where a new value is made.
    pub(super) url: Given<String>,
}
