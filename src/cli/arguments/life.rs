//! The options of the commands of an environment's life beyond plan and apply.

use std::path::PathBuf;

use clap::builder::TypedValueParser as _;
use clap::{Args, ValueEnum};
use time::Duration;

use crate::cloud::heroku::BackupName;
use crate::lifecycle::clone::{Lifetime, Setting};
use crate::lifecycle::restore::{From, NotFrom};
use crate::lifecycle::rollback::ReleaseNumber;
use crate::secret::Secret;
use crate::spec::{AppName, AttachmentName, EnvironmentName, VarName, WaitLimit};

use super::commands::wait_limit;
use super::span::span;
use super::{BackupFormat, DoctorFormat, ShardArgument, Sources, VerifyFormat, Writing};

/// `trueup backup`.
#[derive(Debug, Args)]
pub struct Backup {
    /// The environment
    #[arg(value_name = "ENV")]
    pub name: String,
    /// What to do
    #[arg(value_name = "ACTION", default_value = "capture")]
    pub action: BackupAction,
    /// The backup, such as b003 (default: the newest that succeeded)
    #[arg(value_name = "BACKUP")]
    pub backup: Option<BackupName>,
    /// Attachment name of the database (default: every database, or the only one)
    #[arg(long, value_name = "NAME")]
    pub database: Option<AttachmentName>,
    /// Folder to download to (default: the project folder)
    #[arg(long, value_name = "DIR")]
    pub to: Option<PathBuf>,
    /// With `verify`: test this file instead of downloading a backup
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// With `verify`: restore into a temporary database on this server (default: a temporary server is started)
    #[arg(long, value_name = "URL", value_parser = clap::builder::StringValueParser::new().map(Secret::new))]
    pub postgres: Option<Secret>,
    /// Output format of `list` and `verify`
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: BackupFormat,
    /// Longest wait for each backup, such as 20m (default: 6h)
    #[arg(long, value_name = "LIMIT", value_parser = wait_limit)]
    pub wait: Option<WaitLimit>,
    /// How it is carried out.
    #[command(flatten)]
    pub writing: Writing,
}

/// What `trueup backup` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum BackupAction {
    /// Take a new backup and wait for it to finish
    Capture,
    /// List the backups
    List,
    /// Download a backup to a private file, APP-BACKUP.dump, which is never overwritten
    Download,
    /// Restore a backup into a temporary database on this machine and check the result; exits with 1 if something is
    /// wrong
    Verify,
}

impl BackupAction {
    /// As it is written.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Capture => "capture",
            Self::List => "list",
            Self::Download => "download",
            Self::Verify => "verify",
        }
    }
}

/// `trueup deploy`.
#[derive(Debug, Args)]
pub struct Deploy {
    /// The environment; may be omitted if there is only one
    #[arg(value_name = "ENV")]
    pub name: Option<String>,
    /// Folder with the code; files that `.gitignore` and `.slugignore` name are left out (default: the project folder)
    #[arg(long, value_name = "DIR")]
    pub source: Option<PathBuf>,
    /// Longest wait for the build, and for the release phase, such as 20m (default: 65m each)
    #[arg(long, value_name = "LIMIT", value_parser = wait_limit)]
    pub wait: Option<WaitLimit>,
    /// How it is carried out.
    #[command(flatten)]
    pub writing: Writing,
}

/// `trueup destroy`.
#[derive(Debug, Args)]
pub struct Destroy {
    /// The environment; with `--expired`, names or patterns such as 'review-*' to choose from
    #[arg(value_name = "ENV", required_unless_present = "expired")]
    pub names: Vec<String>,
    /// Delete only environments whose `expires` has passed, in their file and in their tags
    #[arg(long)]
    pub expired: bool,
    /// With `--expired`: choose from every environment of the project
    #[arg(long, requires = "expired", conflicts_with = "names")]
    pub all: bool,
    /// Only environments whose spec, or a file it reads a value from, has changed since this git revision
    #[arg(long, value_name = "REV", requires = "expired")]
    pub changed_since: Option<String>,
    /// Only the I-th of N shares of the environments, by a hash of the name, or `auto`
    #[arg(long, value_name = "I/N", requires = "expired")]
    pub shard: Option<ShardArgument>,
    /// Confirm with the app's name instead of being asked for it; with `--expired` it may be repeated, and be a pattern
    /// such as 'shop-review-*'
    #[arg(long, value_name = "APP")]
    pub confirm: Vec<String>,
    /// What may be lost.
    #[command(flatten)]
    pub losses: Losses,
    /// How it is carried out.
    #[command(flatten)]
    pub writing: Writing,
}

/// What `trueup destroy` may lose.
#[derive(Clone, Copy, Debug, Args)]
pub struct Losses {
    /// Delete databases without taking and downloading a last backup
    #[arg(long)]
    pub no_backup: bool,
    /// Delete everything in the buckets: all versions, delete markers and unfinished uploads
    #[arg(long)]
    pub empty_buckets: bool,
    /// Also delete resources that were adopted with `adopt: true`
    #[arg(long)]
    pub include_adopted: bool,
}

/// `trueup verify`.
#[derive(Debug, Args)]
pub struct Verify {
    /// The environment; may be omitted if there is only one
    #[arg(value_name = "ENV")]
    pub name: Option<String>,
    /// Repair what can be repaired: create missing database extensions
    #[arg(long)]
    pub fix: bool,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: VerifyFormat,
}

/// `trueup rotate`.
#[derive(Debug, Args)]
pub struct Rotate {
    /// The environment
    #[arg(value_name = "ENV")]
    pub name: String,
    /// Config vars (`SECRET_KEY_BASE`, `DATABASE_URL`) or addresses (`iam_users.app.access_key`) to rotate (default:
    /// access keys older than their `max_age`)
    #[arg(value_name = "VAR")]
    pub vars: Vec<String>,
    /// How long the old access key stays active after the release with the new one
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = span)]
    pub grace: Duration,
    /// How long the old access key stays inactive before `rotate` or `apply` deletes it; `0` deletes it at once
    #[arg(long, value_name = "TIME", default_value = "24h", value_parser = span)]
    pub settle: Duration,
    /// Ignore uses of the old access key that are older than this
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = span)]
    pub quiet_for: Duration,
    /// Rotate only access keys and database passwords older than this. Anything replaced within the last hour is
    /// skipped, so that an interrupted rotation can be run again; `0` replaces it too
    #[arg(long, value_name = "AGE", value_parser = span)]
    pub if_older_than: Option<Duration>,
    /// Also rotate generated secrets
    #[arg(long)]
    pub generated: bool,
    /// Run the programs that test external values (`rotation: { test: … }`)
    #[arg(long)]
    pub allow_commands: bool,
    /// Deactivate an old access key even if it is still in use, replace secrets that encrypt stored data, and replace a
    /// database password without waiting for open connections
    #[arg(long)]
    pub force: bool,
    /// How it is carried out.
    #[command(flatten)]
    pub writing: Writing,
}

/// What is wrong is said without what was typed, which may be a secret.
#[expect(clippy::unnecessary_wraps, reason = "clap wants it")]
fn origin(text: &str) -> Result<Result<From, NotFrom>, std::convert::Infallible> {
    Ok(text.parse())
}

/// `trueup restore`.
#[derive(Debug, Args)]
pub struct Restore {
    /// The environment
    #[arg(value_name = "ENV")]
    pub name: String,
    /// A backup of this database (b003), an environment (its newest backup), or a URL (https://…), which other users of
    /// this machine can see in the list of processes
    #[arg(
        long,
        value_name = "BACKUP|ENV|URL",
        value_parser = origin,
        required_unless_present = "from_env",
        conflicts_with = "from_env"
    )]
    pub from: Option<Result<From, NotFrom>>,
    /// Environment variable to read `--from` from, to keep a URL private
    #[arg(long, value_name = "VARIABLE")]
    pub from_env: Option<String>,
    /// Attachment name of the database, if there are several
    #[arg(long, value_name = "NAME")]
    pub database: Option<AttachmentName>,
    /// Overwrite the database even if it is protected
    #[arg(long)]
    pub allow_protected: bool,
    /// Confirm with the app's name instead of being asked for it
    #[arg(long, value_name = "APP")]
    pub confirm: Option<String>,
    /// Longest wait for the backup, and for the restore, such as 20m (default: 6h each)
    #[arg(long, value_name = "LIMIT", value_parser = wait_limit)]
    pub wait: Option<WaitLimit>,
    /// How it is carried out.
    #[command(flatten)]
    pub writing: Writing,
}

/// `trueup rollback`.
#[derive(Debug, Args)]
pub struct Rollback {
    /// The environment
    #[arg(value_name = "ENV")]
    pub name: String,
    /// The release to go back to, such as v12 (default: the newest earlier one with different code)
    #[arg(value_name = "vN")]
    pub release: Option<ReleaseNumber>,
    /// Longest wait for a release phase, such as 20m (default: 65m)
    #[arg(long, value_name = "LIMIT", value_parser = wait_limit)]
    pub wait: Option<WaitLimit>,
    /// How it is carried out.
    #[command(flatten)]
    pub writing: Writing,
}

/// `trueup clone`.
#[derive(Debug, Args)]
pub struct CloneEnvironment {
    /// The environment to clone; it is only read
    #[arg(value_name = "SRC")]
    pub source: String,
    /// Name of the new environment, and of its file
    #[arg(value_name = "DST")]
    pub name: EnvironmentName,
    /// Name of the new app (default: derived from SRC's)
    #[arg(long, value_name = "NAME")]
    pub app: Option<AppName>,
    /// Set a key in the new file, such as formation.web.quantity=1; may be repeated
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<Setting>,
    /// Copy the live values of these config vars from app to app
    #[arg(long, value_name = "VARS", value_delimiter = ',')]
    pub copy_vars: Vec<VarName>,
    /// Copy the databases: by fork where Heroku can, by transfer otherwise
    #[arg(long)]
    pub data: bool,
    /// Copy the buckets' objects: current versions, with metadata and tags
    #[arg(long)]
    pub objects: bool,
    /// Release SRC's current slug, and scale the dynos
    #[arg(long)]
    pub code: bool,
    /// Lifetime, such as 3d: `destroy --expired` deletes the environment afterwards, and nothing in it is protected
    #[arg(long, value_name = "TIME")]
    pub ttl: Option<Lifetime>,
    /// How the sources of config vars are read.
    #[command(flatten)]
    pub sources: Sources,
    /// How it is carried out.
    #[command(flatten)]
    pub writing: Writing,
}

/// `trueup doctor`.
#[derive(Debug, Args)]
pub struct Doctor {
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: DoctorFormat,
}
