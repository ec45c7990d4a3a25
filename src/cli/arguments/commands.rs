//! The options of each command.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use time::Duration;

use crate::access::Repository;
use crate::lifecycle::clone::{Lifetime, Setting};
use crate::plan::PlanDigest;
use crate::resource::rights::Purpose;
use crate::spec::{AppName, BucketName, EnvironmentName, TeamName, UserName, VarName, WaitLimit};

use super::span::span;
use super::{
    Checks, DoctorFormat, DriftFormat, Environments, GraphFormat, ManFormat, OnlyJson, PlanFormat, Since,
    Sources, StatusFormat, VerifyFormat, Writing,
};

/// `trueup init`.
#[derive(Debug, Args)]
pub struct Init {
    /// The app's name (default: made from the folder's name)
    #[arg(long, value_name = "APP")]
    pub name: Option<String>,
    /// Whose CI to write for; may be said several times
    #[arg(long, value_name = "SYSTEM", default_value = "github", value_delimiter = ',')]
    pub ci: Vec<Ci>,
}

/// What `init` writes for, so that plans are reviewed and applied there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Ci {
    /// A workflow of GitHub Actions
    Github,
    /// Jobs of GitLab CI, for a project to include
    Gitlab,
    /// A nightly job of Kubernetes that looks for drift, and one that applies in parts
    Kubernetes,
}

/// `trueup import`.
#[derive(Debug, Args)]
pub struct Import {
    /// The app's name on Heroku
    #[arg(value_name = "APP", required_unless_present_any = ["team", "all"], conflicts_with_all = ["team", "all"])]
    pub app: Option<AppName>,
    /// Every app of a team, a file each, and what most have in common in `environments/base.yaml`
    #[arg(long, value_name = "TEAM", conflicts_with = "all")]
    pub team: Option<TeamName>,
    /// The same for every app that this account may see
    #[arg(long)]
    pub all: bool,
    /// A bucket that the app uses; may be given several times
    #[arg(long, value_name = "NAME", conflicts_with_all = ["team", "all"])]
    pub bucket: Vec<BucketName>,
    /// The IAM user whose access key the app has
    #[arg(long, value_name = "NAME", conflicts_with_all = ["team", "all"])]
    pub iam_user: Vec<UserName>,
    /// The name of its environment (default: the app's name)
    #[arg(long = "as", value_name = "ENV", conflicts_with_all = ["team", "all"])]
    pub environment: Option<EnvironmentName>,
    /// Where secret config vars come from
    #[arg(long, value_name = "WHERE", default_value = "external")]
    pub secrets: SecretsArgument,
}

/// The value of `--secrets`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SecretsArgument {
    /// Somebody else sets them, as they are on the app now
    External,
    /// The operator's environment; their values are written to a private file that git ignores
    Env,
}

/// `trueup plan`.
#[derive(Debug, Args)]
pub struct Plan {
    /// Which environments.
    #[command(flatten)]
    pub environments: Environments,
    /// How to print it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: PlanFormat,
    /// Save the plan, to be reviewed and applied later with `apply --plan FILE`; holds no secret
    #[arg(long, value_name = "FILE", conflicts_with = "prune")]
    pub out: Option<PathBuf>,
    /// What it is compared with.
    #[command(flatten)]
    pub since: Since,
    /// Exit with 2 when there is a difference
    #[arg(long)]
    pub detailed_exitcode: bool,
    /// Show secret values; on a terminal only, never in CI
    #[arg(long)]
    pub reveal: bool,
    /// How sources are read.
    #[command(flatten)]
    pub sources: Sources,
    /// Which programs the plan has to pass.
    #[command(flatten)]
    pub checks: Checks,
}

/// `trueup drift`.
#[derive(Debug, Args)]
pub struct Drift {
    /// Which environments.
    #[command(flatten)]
    pub environments: Environments,
    /// How to print it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: DriftFormat,
    /// The file of differences that somebody answers for (default: `acknowledged.yaml` in the project's folder)
    #[arg(long = "ack", value_name = "FILE")]
    pub acknowledged: Option<PathBuf>,
    /// Tell changes of the spec since that git revision from those of what is live
    #[arg(long, value_name = "REV")]
    pub base: Option<String>,
    /// How sources are read.
    #[command(flatten)]
    pub sources: Sources,
}

/// `trueup apply`.
#[derive(Debug, Args)]
pub struct Apply {
    /// Which environments.
    #[command(flatten)]
    pub environments: Environments,
    /// Apply what was reviewed: plan again, and go on without a question only when it comes out as this
    /// saved plan
    #[arg(long, value_name = "FILE", conflicts_with_all = ["names", "all", "changed_since", "shard", "base"])]
    pub plan: Option<PathBuf>,
    /// Apply what was reviewed: go on without a question only when the plan's digest is this one (`plan_digest` of
    /// `plan --format json`; of one environment, or of a list of them)
    #[arg(long, value_name = "DIGEST", conflicts_with = "plan")]
    pub expect: Option<PlanDigest>,
    /// What it is compared with.
    #[command(flatten)]
    pub since: Since,
    /// How it is carried out.
    #[command(flatten)]
    pub writing: Writing,
    /// Change or delete more than 30 % of what is there (when that is ten things or more)
    #[arg(long)]
    pub allow_large_change: bool,
    /// Wait at most this long for each thing that Heroku makes ready, such as 45m or 2h: an add-on, a domain, a release,
    /// dynos (default: by what it is, or `wait` of the add-on)
    #[arg(long, value_name = "LIMIT", value_parser = wait_limit)]
    pub wait: Option<WaitLimit>,
    /// How sources are read.
    #[command(flatten)]
    pub sources: Sources,
    /// Which programs the plan has to pass.
    #[command(flatten)]
    pub checks: Checks,
}

fn wait_limit(written: &str) -> Result<WaitLimit, &'static str> {
    WaitLimit::parse(written).ok_or(WaitLimit::RULE)
}

/// `trueup status`.
#[derive(Debug, Args)]
pub struct Status {
    /// Which environments.
    #[command(flatten)]
    pub environments: Environments,
    /// How to print it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: StatusFormat,
    /// How sources are read.
    #[command(flatten)]
    pub sources: Sources,
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
    /// Which environment
    #[arg(value_name = "ENV")]
    pub name: String,
    /// Confirm with the app's name instead of being asked for it
    #[arg(long, value_name = "APP")]
    pub confirm: Option<String>,
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
    /// What to rotate: config vars (`SECRET_KEY_BASE`) or addresses (`iam_users.app.access_key`). Without any, access
    /// keys that are older than their spec allows
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
    /// Only access keys that are older than this, whatever their spec allows
    #[arg(long, value_name = "AGE", value_parser = span)]
    pub if_older_than: Option<Duration>,
    /// Generated secrets as well
    #[arg(long)]
    pub generated: bool,
    /// Take an old access key out of use though somebody uses it, and replace secrets under which data is kept
    #[arg(long)]
    pub force: bool,
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

/// `trueup unlock`.
#[derive(Debug, Args)]
pub struct Unlock {
    /// Which environment; may be left out when there is only one
    #[arg(value_name = "ENV")]
    pub name: Option<String>,
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
}

/// `trueup policy`.
#[derive(Debug, Args)]
pub struct Policy {
    /// Which environment; may be left out when there is only one
    #[arg(value_name = "ENV")]
    pub name: Option<String>,
    /// What the identity is for; the rights of `plan` are those of `drift` and `status` too, and change nothing
    #[arg(long = "for", value_name = "COMMAND", default_value = "apply")]
    pub purpose: PurposeArgument,
    /// Print the trust policy of the role as well, for jobs of this repository in GitHub Actions. With the ids for
    /// repositories that were made, renamed or transferred after 2026-07-15
    #[arg(long, value_name = "github:OWNER/REPO[@OWNER_ID/REPO_ID]")]
    pub trust: Option<Repository>,
    /// How to print it
    #[arg(long, value_name = "FORMAT", default_value = "json")]
    pub format: OnlyJson,
}

/// The value of `--for`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PurposeArgument {
    /// Look, and change nothing
    Plan,
    /// Make it so
    Apply,
    /// Bring code to run
    Deploy,
    /// Remove all of it
    Destroy,
}

impl From<PurposeArgument> for Purpose {
    fn from(argument: PurposeArgument) -> Self {
        match argument {
            PurposeArgument::Plan => Self::Plan,
            PurposeArgument::Apply => Self::Apply,
            PurposeArgument::Deploy => Self::Deploy,
            PurposeArgument::Destroy => Self::Destroy,
        }
    }
}

/// `trueup graph`.
#[derive(Debug, Args)]
pub struct Graph {
    /// Which environment; may be left out when there is only one
    #[arg(value_name = "ENV")]
    pub name: Option<String>,
    /// How to draw it
    #[arg(long, value_name = "FORMAT", default_value = "mermaid")]
    pub format: GraphFormat,
}

/// `trueup man`.
#[derive(Debug, Args)]
pub struct Man {
    /// Of which command (default: of trueup)
    #[arg(value_name = "COMMAND", conflicts_with = "out")]
    pub command: Option<String>,
    /// Write a page for trueup and for each command to this folder
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// How to print it
    #[arg(long, value_name = "FORMAT", default_value = "roff", conflicts_with_all = ["command", "out"])]
    pub format: ManFormat,
}

/// `trueup render`.
#[derive(Debug, Args)]
pub struct Render {
    /// Which environment; may be left out when there is only one
    #[arg(value_name = "ENV")]
    pub name: Option<String>,
    /// The folder to write to (default: the project's own)
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Write nothing, and exit with 2 when the folder differs from what would be written
    #[arg(long)]
    pub check: bool,
    /// Show every difference line by line
    #[arg(long)]
    pub diff: bool,
    /// Overwrite files that were changed by hand, or that trueup did not write
    #[arg(long)]
    pub force: bool,
}

/// `trueup sandbox`.
#[derive(Debug, Args)]
pub struct Sandbox {
    /// The port on 127.0.0.1 (0: any that is free)
    #[arg(long, default_value_t = 8899)]
    pub port: u16,
    /// Keep everything in memory, and forget it at the end
    #[arg(long)]
    pub in_memory: bool,
    /// Milliseconds to wait before every answer
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pub latency: u64,
    /// Milliseconds until a new database is ready
    #[arg(long, value_name = "MS", default_value_t = 2000)]
    pub provisioning: u64,
    /// The URL of a PostgreSQL that new databases lead to, as `DATABASE_URL`; without one they lead nowhere
    #[arg(long, value_name = "URL")]
    pub postgres: Option<String>,
    /// Milliseconds until a new access key works
    #[arg(long, value_name = "MS", default_value_t = 500)]
    pub key_propagation: u64,
    /// A JSON file with a list of faults; see docs/sandbox.md
    #[arg(long, value_name = "FILE")]
    pub faults: Option<PathBuf>,
}
