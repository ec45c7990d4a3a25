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
    /// Which environment
    #[arg(value_name = "ENV")]
    pub name: String,
    /// What to do
    #[arg(value_name = "ACTION", default_value = "capture")]
    pub action: BackupAction,
    /// Which backup, such as b003 (default: the newest that succeeded)
    #[arg(value_name = "BACKUP")]
    pub backup: Option<BackupName>,
    /// Which database, by its attachment (default: each, or the only one)
    #[arg(long, value_name = "NAME")]
    pub database: Option<AttachmentName>,
    /// The folder to download to (default: the project's)
    #[arg(long, value_name = "DIR")]
    pub to: Option<PathBuf>,
    /// Try this file instead of a backup that is fetched
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Try it on this PostgreSQL, in a database that is made for it and removed again (default: a server that is started
    /// for it)
    #[arg(long, value_name = "URL", value_parser = clap::builder::StringValueParser::new().map(Secret::new))]
    pub postgres: Option<Secret>,
    /// How to print the list, or what a trial found
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: BackupFormat,
    /// Wait at most this long for each backup, such as 20m (default: 6h)
    #[arg(long, value_name = "LIMIT", value_parser = wait_limit)]
    pub wait: Option<WaitLimit>,
    /// How it is carried out.
    #[command(flatten)]
    pub writing: Writing,
}

/// What `trueup backup` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum BackupAction {
    /// Make a new backup, and wait until it is done
    Capture,
    /// Show the backups that there are
    List,
    /// Fetch a backup to a private file, APP-BACKUP.dump, which is never overwritten
    Download,
    /// Restore a backup into a database that is made for it on this machine, and say what came of it; exits with 1 when
    /// something is wrong
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
    /// Which environment; may be left out when there is only one
    #[arg(value_name = "ENV")]
    pub name: Option<String>,
    /// The folder of the code, without what its `.gitignore` and `.slugignore` name (default: the project's own)
    #[arg(long, value_name = "DIR")]
    pub source: Option<PathBuf>,
    /// Wait at most this long for the build, and for its release phase, such as 20m (default: 65m for each)
    #[arg(long, value_name = "LIMIT", value_parser = wait_limit)]
    pub wait: Option<WaitLimit>,
    /// How it is carried out.
    #[command(flatten)]
    pub writing: Writing,
}

/// `trueup destroy`.
#[derive(Debug, Args)]
pub struct Destroy {
    /// Which environment; with `--expired`, among which, by name or by patterns such as 'review-*'
    #[arg(value_name = "ENV", required_unless_present = "expired")]
    pub names: Vec<String>,
    /// Only environments whose file says with `expires` that they are to be gone by now, and whose tags give no more time
    #[arg(long)]
    pub expired: bool,
    /// Among every environment of the project
    #[arg(long, requires = "expired", conflicts_with = "names")]
    pub all: bool,
    /// Of these (or of all), only those whose spec, or a file that it takes a value from, differs from that git
    /// revision's
    #[arg(long, value_name = "REV", requires = "expired")]
    pub changed_since: Option<String>,
    /// Of these (or of all), only the I-th of N parts, by the name alone, or `auto`
    #[arg(long, value_name = "I/N", requires = "expired")]
    pub shard: Option<ShardArgument>,
    /// Confirm with the app's name instead of being asked for it; with `--expired` it may be said several times, and be a
    /// pattern such as 'shop-review-*'
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
    /// Delete databases without a last backup
    #[arg(long)]
    pub no_backup: bool,
    /// Delete all that lies in the buckets: every version, delete marker and unfinished upload
    #[arg(long)]
    pub empty_buckets: bool,
    /// Delete also what was there before and is managed by `adopt: true`
    #[arg(long)]
    pub include_adopted: bool,
}

/// `trueup verify`.
#[derive(Debug, Args)]
pub struct Verify {
    /// Which environment; may be left out when there is only one
    #[arg(value_name = "ENV")]
    pub name: Option<String>,
    /// Make what is missing and can be made: extensions of the database
    #[arg(long)]
    pub fix: bool,
    /// How to print it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: VerifyFormat,
}

/// `trueup rotate`.
#[derive(Debug, Args)]
pub struct Rotate {
    /// Which environment
    #[arg(value_name = "ENV")]
    pub name: String,
    /// What to rotate: config vars (`SECRET_KEY_BASE`, `DATABASE_URL`) or addresses (`iam_users.app.access_key`).
    /// Without any, access keys that are older than their spec allows
    #[arg(value_name = "VAR")]
    pub vars: Vec<String>,
    /// How long the old access key may still be used after the release with the new one
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = span)]
    pub grace: Duration,
    /// How long the old access key stays inactive before it is deleted, by this command or by apply; `0` deletes it at
    /// once
    #[arg(long, value_name = "TIME", default_value = "24h", value_parser = span)]
    pub settle: Duration,
    /// A use of the old access key that is older than this does not keep it active
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = span)]
    pub quiet_for: Duration,
    /// Only what is older than this: access keys, whatever their spec allows, and passwords of databases. What was
    /// replaced within the last hour is replaced again with `0` alone, so that a rotation that was cut off can be run again
    #[arg(long, value_name = "AGE", value_parser = span)]
    pub if_older_than: Option<Duration>,
    /// Generated secrets as well
    #[arg(long)]
    pub generated: bool,
    /// Run the programs that test values of somebody else's (`rotation: { test: … }`)
    #[arg(long)]
    pub allow_commands: bool,
    /// Take an old access key out of use though somebody uses it, replace secrets under which data is kept, and have
    /// Heroku wait for nothing with the password of a database
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
    /// Which environment
    #[arg(value_name = "ENV")]
    pub name: String,
    /// What to restore: a backup of the database itself (b003), the newest one of another environment's, or what lies at
    /// an address (https://…), which other users of this machine can see in its list of processes
    #[arg(
        long,
        value_name = "BACKUP|ENV|URL",
        value_parser = origin,
        required_unless_present = "from_env",
        conflicts_with = "from_env"
    )]
    pub from: Option<Result<From, NotFrom>>,
    /// The same from an environment variable, for an address that nobody else is to see
    #[arg(long, value_name = "VARIABLE")]
    pub from_env: Option<String>,
    /// Which database, when it has several
    #[arg(long, value_name = "NAME")]
    pub database: Option<AttachmentName>,
    /// Overwrite it also when it is protected
    #[arg(long)]
    pub allow_protected: bool,
    /// Confirm with the app's name instead of being asked for it
    #[arg(long, value_name = "APP")]
    pub confirm: Option<String>,
    /// Wait at most this long for the backup, and for the restore, such as 20m (default: 6h for each)
    #[arg(long, value_name = "LIMIT", value_parser = wait_limit)]
    pub wait: Option<WaitLimit>,
    /// How it is carried out.
    #[command(flatten)]
    pub writing: Writing,
}

/// `trueup rollback`.
#[derive(Debug, Args)]
pub struct Rollback {
    /// Which environment
    #[arg(value_name = "ENV")]
    pub name: String,
    /// The release to go back to, such as v12 (default: the newest before the current one that runs other code)
    #[arg(value_name = "vN")]
    pub release: Option<ReleaseNumber>,
    /// Wait at most this long for a release phase, such as 20m (default: 65m)
    #[arg(long, value_name = "LIMIT", value_parser = wait_limit)]
    pub wait: Option<WaitLimit>,
    /// How it is carried out.
    #[command(flatten)]
    pub writing: Writing,
}

/// `trueup clone`.
#[derive(Debug, Args)]
pub struct CloneEnvironment {
    /// The environment to clone; nothing is written to it
    #[arg(value_name = "SRC")]
    pub source: String,
    /// The name of the new one, and of its file
    #[arg(value_name = "DST")]
    pub name: EnvironmentName,
    /// The name of its app (default: made from that of SRC's)
    #[arg(long, value_name = "NAME")]
    pub app: Option<AppName>,
    /// Set a key of its file, such as formation.web.quantity=1; may be given several times
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<Setting>,
    /// Copy the live values of these config vars, from app to app
    #[arg(long, value_name = "VARS", value_delimiter = ',')]
    pub copy_vars: Vec<VarName>,
    /// Fill its databases: each is a fork of SRC's
    #[arg(long)]
    pub data: bool,
    /// Copy what lies in its buckets: the current version of every object, with its metadata and tags
    #[arg(long)]
    pub objects: bool,
    /// Run what SRC runs: its current slug is released, and then the dynos are set
    #[arg(long)]
    pub code: bool,
    /// Have it expire: after so long `destroy --expired` takes it away, and nothing of it is protected
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
    /// How to print it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: DoctorFormat,
}
