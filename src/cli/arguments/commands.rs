//! The options of each command.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::access::{Branch, Repository};
use crate::plan::PlanDigest;
use crate::resource::rights::Purpose;
use crate::spec::{AppName, BucketName, EnvironmentName, TeamName, UserName, WaitLimit};

use super::{
    Checks, DriftFormat, Environments, GraphFormat, ManFormat, OnlyJson, PlanFormat, Since, Sources,
    StatusFormat, Writing,
};

/// `trueup init`.
#[derive(Debug, Args)]
pub struct Init {
    /// The app's name (default: made from the folder's name)
    #[arg(long, value_name = "APP")]
    pub name: Option<String>,
    /// Which CI system to write for; may be repeated
    #[arg(long, value_name = "SYSTEM", default_value = "github", value_delimiter = ',')]
    pub ci: Vec<Ci>,
    /// The branch that requests are merged into (default: that of the remote `origin`, as far as this clone knows it,
    /// else `main`)
    #[arg(long, value_name = "BRANCH")]
    pub branch: Option<Branch>,
}

/// The CI system that `init` writes files for.
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
    /// Import every app of a team: one file per app, and what most of them share in `environments/base.yaml`
    #[arg(long, value_name = "TEAM", conflicts_with = "all")]
    pub team: Option<TeamName>,
    /// Import every app that this account can see, in the same way
    #[arg(long)]
    pub all: bool,
    /// A bucket that the app uses; may be repeated
    #[arg(long, value_name = "NAME", conflicts_with_all = ["team", "all"])]
    pub bucket: Vec<BucketName>,
    /// The IAM user whose access key the app uses
    #[arg(long, value_name = "NAME", conflicts_with_all = ["team", "all"])]
    pub iam_user: Vec<UserName>,
    /// Name of the environment to write (default: the app's name)
    #[arg(long = "as", value_name = "ENV", conflicts_with_all = ["team", "all"])]
    pub environment: Option<EnvironmentName>,
    /// How secret config vars are written
    #[arg(long, value_name = "WHERE", default_value = "external")]
    pub secrets: SecretsArgument,
}

/// The value of `--secrets`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SecretsArgument {
    /// As `{ external: true }`: the value stays on the app and is managed elsewhere
    External,
    /// As `{ env: NAME }`, with the values in a private file that git ignores
    Env,
}

/// `trueup plan`.
#[derive(Debug, Args)]
pub struct Plan {
    /// Which environments.
    #[command(flatten)]
    pub environments: Environments,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: PlanFormat,
    /// Save the plan to a file for `apply --plan FILE`; it contains no secrets
    #[arg(long, value_name = "FILE", conflicts_with = "prune")]
    pub out: Option<PathBuf>,
    /// What it is compared with.
    #[command(flatten)]
    pub since: Since,
    /// Exit with 2 if there are changes
    #[arg(long)]
    pub detailed_exitcode: bool,
    /// Show secret values; only on a terminal, never in CI
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
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: DriftFormat,
    /// File of acknowledged differences (default: `acknowledged.yaml` in the project folder)
    #[arg(long = "ack", value_name = "FILE")]
    pub acknowledged: Option<PathBuf>,
    /// Tell spec changes since this git revision apart from drift
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
    /// Apply a saved plan: plan again, and proceed without asking only if the result is the same as in this file
    #[arg(long, value_name = "FILE", conflicts_with_all = ["names", "all", "changed_since", "shard", "base"])]
    pub plan: Option<PathBuf>,
    /// Apply only what was reviewed, however large: proceed without asking if the plan has this digest, refuse
    /// otherwise. It is `plan_digest` in `plan --format json`, of one environment or of the whole list
    #[arg(long, value_name = "DIGEST", conflicts_with = "plan")]
    pub expect: Option<PlanDigest>,
    /// What it is compared with.
    #[command(flatten)]
    pub since: Since,
    /// How it is carried out.
    #[command(flatten)]
    pub writing: Writing,
    /// Allow an apply that changes or deletes more than 30% of the environment, once that is ten resources or more
    #[arg(long)]
    pub allow_large_change: bool,
    /// Longest wait for each add-on, domain, release or dyno to become ready, such as 45m or 2h (default: depends on
    /// the resource, or `wait` of the add-on)
    #[arg(long, value_name = "LIMIT", value_parser = wait_limit)]
    pub wait: Option<WaitLimit>,
    /// How sources are read.
    #[command(flatten)]
    pub sources: Sources,
    /// Which programs the plan has to pass.
    #[command(flatten)]
    pub checks: Checks,
}

pub(super) fn wait_limit(written: &str) -> Result<WaitLimit, &'static str> {
    WaitLimit::parse(written).ok_or(WaitLimit::RULE)
}

/// `trueup status`.
#[derive(Debug, Args)]
pub struct Status {
    /// Which environments.
    #[command(flatten)]
    pub environments: Environments,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: StatusFormat,
    /// How sources are read.
    #[command(flatten)]
    pub sources: Sources,
}

/// `trueup unlock`.
#[derive(Debug, Args)]
pub struct Unlock {
    /// The environment; may be omitted if there is only one
    #[arg(value_name = "ENV")]
    pub name: Option<String>,
    /// Do not ask for confirmation
    #[arg(short, long)]
    pub yes: bool,
}

/// `trueup policy`.
#[derive(Debug, Args)]
pub struct Policy {
    /// The environment; may be omitted if there is only one
    #[arg(value_name = "ENV")]
    pub name: Option<String>,
    /// The command that the identity will run; `plan` also covers `drift` and `status`, and is read-only
    #[arg(long = "for", value_name = "COMMAND", default_value = "apply")]
    pub purpose: PurposeArgument,
    /// With `--for clone`: the name of the clone to be made of ENV
    #[arg(long = "as", value_name = "NEW")]
    pub new: Option<EnvironmentName>,
    /// Also print the role's trust policy for GitHub Actions jobs of this repository. Repositories that were created,
    /// renamed or transferred after 2026-07-15 need the ids
    #[arg(long, value_name = "github:OWNER/REPO[@OWNER_ID/REPO_ID]")]
    pub trust: Option<Repository>,
    /// Branch that pull requests are merged into, on which drift is checked (default: that of the remote `origin` as
    /// this clone knows it, or `main`)
    #[arg(long, value_name = "BRANCH", requires = "trust")]
    pub branch: Option<Branch>,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "json")]
    pub format: OnlyJson,
}

/// The value of `--for`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PurposeArgument {
    /// Read only
    Plan,
    /// Create and change what the spec names
    Apply,
    /// Build and release code
    Deploy,
    /// Make a clone of the environment, with its objects
    Clone,
    /// Delete everything the environment owns
    Destroy,
}

impl From<PurposeArgument> for Purpose {
    fn from(argument: PurposeArgument) -> Self {
        match argument {
            PurposeArgument::Plan => Self::Plan,
            PurposeArgument::Apply => Self::Apply,
            PurposeArgument::Deploy => Self::Deploy,
            PurposeArgument::Clone => Self::Clone,
            PurposeArgument::Destroy => Self::Destroy,
        }
    }
}

/// `trueup graph`.
#[derive(Debug, Args)]
pub struct Graph {
    /// The environment; may be omitted if there is only one
    #[arg(value_name = "ENV")]
    pub name: Option<String>,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "mermaid")]
    pub format: GraphFormat,
}

/// `trueup man`.
#[derive(Debug, Args)]
pub struct Man {
    /// The command (default: trueup itself)
    #[arg(value_name = "COMMAND", conflicts_with = "out")]
    pub command: Option<String>,
    /// Write the pages of trueup and of every command to this folder
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "roff", conflicts_with_all = ["command", "out"])]
    pub format: ManFormat,
}

/// `trueup render`.
#[derive(Debug, Args)]
pub struct Render {
    /// The environment; may be omitted if there is only one
    #[arg(value_name = "ENV")]
    pub name: Option<String>,
    /// Folder to write to (default: the project folder)
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Write nothing, and exit with 2 if any file would change
    #[arg(long)]
    pub check: bool,
    /// Show the differences line by line
    #[arg(long)]
    pub diff: bool,
    /// Overwrite files that were edited by hand or not written by trueup
    #[arg(long)]
    pub force: bool,
}

/// `trueup sandbox`.
#[derive(Debug, Args)]
pub struct Sandbox {
    /// Port on 127.0.0.1; 0 picks a free one
    #[arg(long, default_value_t = 8899)]
    pub port: u16,
    /// Keep all state in memory, and discard it on exit
    #[arg(long)]
    pub in_memory: bool,
    /// Delay of every response, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pub latency: u64,
    /// Time until a new database is ready, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 2000)]
    pub provisioning: u64,
    /// PostgreSQL server on which every new database add-on gets a real database (default: their URLs lead nowhere)
    #[arg(long, value_name = "URL")]
    pub postgres: Option<String>,
    /// Time until a new access key works, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 500)]
    pub key_propagation: u64,
    /// JSON file with faults to inject; see docs/sandbox.md
    #[arg(long, value_name = "FILE")]
    pub faults: Option<PathBuf>,
}
