//! The options of each command.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::access::Repository;
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

pub(super) fn wait_limit(written: &str) -> Result<WaitLimit, &'static str> {
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
    /// Print what a clone of ENV needs that is to have this name
    #[arg(long = "as", value_name = "NEW")]
    pub new: Option<EnvironmentName>,
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
    /// Make it as another environment is, with all that is taken along
    Clone,
    /// Remove all of it
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
    /// The URL of a PostgreSQL on which every new database gets one of its own; without it they lead nowhere
    #[arg(long, value_name = "URL")]
    pub postgres: Option<String>,
    /// Milliseconds until a new access key works
    #[arg(long, value_name = "MS", default_value_t = 500)]
    pub key_propagation: u64,
    /// A JSON file with a list of faults; see docs/sandbox.md
    #[arg(long, value_name = "FILE")]
    pub faults: Option<PathBuf>,
}
