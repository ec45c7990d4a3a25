//! The command line, as clap reads it: what holds for every command, and the list of them. These types end in `cli`:
//! nothing behind it knows clap.

mod commands;
mod formats;
mod life;
mod parts;
mod span;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use commands::*;
pub use formats::*;
pub use life::*;
pub use parts::*;

/// Infrastructure as code for Rails on Heroku and AWS: one YAML file, the live APIs, and no state file
#[derive(Debug, Parser)]
#[command(
    name = "trueup",
    version,
    propagate_version = true,
    arg_required_else_help = true,
    disable_help_subcommand = true,
    after_help = "Topics: `trueup help spec`, `trueup help secrets`, `trueup help exit-codes`"
)]
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
    /// Project folder (default: `TRUEUP_DIR`, or the nearest parent with `environments/`)
    #[arg(short = 'C', value_name = "DIR", global = true)]
    pub directory: Option<PathBuf>,
    /// Run against the embedded cloud, without credentials; its state is in `.trueup/sandbox/`
    #[arg(long, global = true)]
    pub sandbox: bool,
    /// Treat the project as untrusted, like a change from a fork: `command:`, `file:`, `checks:` and project templates
    /// are disabled, and nothing is applied
    #[arg(long, global = true)]
    pub untrusted: bool,
    /// Log more to standard error: -v for API calls, -vv for details
    #[arg(short, long, action = clap::ArgAction::Count, global = true)]
    pub verbose: u8,
    /// Log errors only
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// When to use colour
    #[arg(long, value_name = "WHEN", default_value = "auto", global = true)]
    pub color: When,
    /// Format of log lines on standard error
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

/// The format of log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people
    Text,
    /// One JSON object per line
    Json,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write a commented environment and a CI workflow to start from; never overwrites
    Init(Init),
    /// Write the environment file of an existing app, or of many; changes nothing live
    Import(Import),
    /// Check environments offline, and report all mistakes at once
    Validate(Environments),
    /// Print environments as a CI matrix
    Matrix(Environments),
    /// Show the changes that would make an environment match its spec
    Plan(Plan),
    /// Show where live resources differ from the specs, and who changed them; exits with 2 if any do
    Drift(Drift),
    /// Show the changes, ask, and make them
    Apply(Apply),
    /// Make a new environment from an existing one, with its data if asked
    Clone(CloneEnvironment),
    /// Build and release the code in a folder, and scale new process types
    Deploy(Deploy),
    /// Back up databases; list, download and verify backups
    Backup(Backup),
    /// Delete everything an environment owns, after asking for the app's name
    Destroy(Destroy),
    /// Replace access keys, generated secrets, database passwords and external values
    Rotate(Rotate),
    /// Restore a database from a backup, after backing up what it contains
    Restore(Restore),
    /// Run the code of an earlier release, with today's config vars
    Rollback(Rollback),
    /// Show one line per environment: in sync, drifted, blocked or unreachable
    Status(Status),
    /// Test an environment by acting as its app: database, buckets, dynos, domains; exits with 1 if a check fails
    Verify(Verify),
    /// Check credentials, scopes, network and clock, and name the command that fixes each problem
    Doctor(Doctor),
    /// Show who holds an environment's lock, and remove it
    Unlock(Unlock),
    /// Print the least privileges an environment needs: an AWS policy and Heroku token scopes
    Policy(Policy),
    /// Draw an environment's resources and their dependencies; offline
    Graph(Graph),
    /// Write the Rails app of an environment from templates
    Render(Render),
    /// Serve the embedded Heroku, S3, IAM and STS on loopback
    Sandbox(Sandbox),
    /// Print the JSON Schema of environment files or of JSON output
    Schema {
        /// Which schema
        #[arg(default_value = "environment")]
        of: SchemaOf,
    },
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page of trueup or of a command, or write all of them
    Man(Man),
    /// Print help on a command or a topic: `spec`, `secrets`, `exit-codes`
    Help {
        /// The command or topic
        #[arg(value_name = "COMMAND|TOPIC")]
        about: Option<String>,
    },
}
