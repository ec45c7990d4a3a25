//! The command line, as clap reads it. These types end in `cli`: nothing behind it knows clap.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::fleet::{Shard, ShardError};
use crate::plan::PlanDigest;

/// Makes a Heroku app with its database, S3 bucket and IAM user true to one YAML file.
#[derive(Debug, Parser)]
#[command(name = "trueup", version, propagate_version = true, arg_required_else_help = true)]
pub struct Arguments {
    /// Options of every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Clone, Debug, Args)]
pub struct Global {
    /// The project's folder (default: the nearest parent that has `environments/`; or `TRUEUP_DIR`)
    #[arg(short = 'C', value_name = "DIR", global = true)]
    pub directory: Option<PathBuf>,
    /// Use the embedded cloud, with its state in `.trueup/sandbox/` and without credentials
    #[arg(long, global = true)]
    pub sandbox: bool,
    /// Show more on standard error: -v for calls, -vv for details
    #[arg(short, long, action = clap::ArgAction::Count, global = true)]
    pub verbose: u8,
    /// Show only what is wrong
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// When to use colour
    #[arg(long, value_name = "WHEN", default_value = "auto", global = true)]
    pub color: When,
    /// How log lines look on standard error
    #[arg(long, value_name = "FORMAT", default_value = "text", global = true)]
    pub log_format: LogFormat,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum When {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people
    Text,
    /// One JSON object a line
    Json,
}

/// How a plan is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PlanFormat {
    /// For people
    Text,
    /// For programs
    Json,
    /// For a comment on a pull request, of at most 64,000 bytes
    Markdown,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write a commented environment to start from; never overwrites
    Init(Init),
    /// Check environments offline, and report every mistake at once
    Validate(Environments),
    /// Print environments as a matrix for a CI system
    Matrix(Environments),
    /// Show what would change
    Plan(Plan),
    /// Show what would change, ask, and make it so
    Apply(Apply),
    /// Delete everything that an environment owns, after asking for the app's name
    Destroy(Destroy),
    /// Show who holds an environment's lock, and remove it
    Unlock(Unlock),
    /// Write the Rails app that runs in an environment, from templates and the environment's file
    Render(Render),
    /// Serve the embedded Heroku, S3, IAM and STS on loopback
    Sandbox(Sandbox),
    /// Print the JSON Schema of environment files
    Schema,
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

/// Which environments.
#[derive(Clone, Debug, Args)]
pub struct Environments {
    /// Names of files in `environments/`, without the ending, or patterns such as 'client-*'; may be left out when
    /// there is only one
    #[arg(value_name = "ENV")]
    pub names: Vec<String>,
    /// Every environment of the project
    #[arg(long, conflicts_with = "names")]
    pub all: bool,
    /// Of these (or of all), only those whose spec, or a file that it takes a value from, differs from that git
    /// revision's
    #[arg(long, value_name = "REV")]
    pub changed_since: Option<String>,
    /// Of these (or of all), only the I-th of N parts, by the name alone; `auto` takes I and N from GitLab's
    /// `parallel`, or from a Kubernetes Indexed Job with `TRUEUP_SHARDS`
    #[arg(long, value_name = "I/N")]
    pub shard: Option<ShardArgument>,
}

/// The value of `--shard`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShardArgument {
    /// As a CI system says.
    Auto,
    /// This one.
    Of(Shard),
}

impl FromStr for ShardArgument {
    type Err = ShardError;

    fn from_str(written: &str) -> Result<Self, ShardError> {
        if written == "auto" { Ok(Self::Auto) } else { written.parse().map(Self::Of) }
    }
}

/// `trueup init`.
#[derive(Debug, Args)]
pub struct Init {
    /// The app's name (default: made from the folder's name)
    #[arg(long, value_name = "APP")]
    pub name: Option<String>,
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
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Exit with 2 when there is a difference
    #[arg(long)]
    pub detailed_exitcode: bool,
    /// Show secret values; on a terminal only, never in CI
    #[arg(long)]
    pub reveal: bool,
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
    #[arg(long, value_name = "FILE", conflicts_with_all = ["names", "all", "changed_since", "shard"])]
    pub plan: Option<PathBuf>,
    /// Apply what was reviewed: go on without a question only when the plan's digest is this one (`plan_digest` of
    /// `plan --format json`; of one environment, or of a list of them)
    #[arg(long, value_name = "DIGEST", conflicts_with = "plan")]
    pub expect: Option<PlanDigest>,
    /// Write what happens to this file as it happens, one JSON object a line
    #[arg(long, value_name = "FILE")]
    pub events: Option<PathBuf>,
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
    /// Hold the environment's lock, in its own bucket; exit with 3 when someone else does
    #[arg(long)]
    pub lock: bool,
    /// Change or delete more than 30 % of what is there (when that is ten things or more)
    #[arg(long)]
    pub allow_large_change: bool,
    /// How sources are read.
    #[command(flatten)]
    pub sources: Sources,
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
    /// Write what happens to this file as it happens, one JSON object a line
    #[arg(long, value_name = "FILE")]
    pub events: Option<PathBuf>,
    /// Ask nothing but the app's name, which --confirm gives
    #[arg(short, long)]
    pub yes: bool,
    /// Hold the environment's lock, in its own bucket; exit with 3 when someone else does
    #[arg(long)]
    pub lock: bool,
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

/// How the sources of config vars are read.
#[derive(Clone, Copy, Debug, Args)]
pub struct Sources {
    /// Run the programs that `command:` values name
    #[arg(long)]
    pub allow_commands: bool,
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
    /// Milliseconds until a new access key works
    #[arg(long, value_name = "MS", default_value_t = 500)]
    pub key_propagation: u64,
    /// A JSON file with a list of faults; see docs/sandbox.md
    #[arg(long, value_name = "FILE")]
    pub faults: Option<PathBuf>,
}
