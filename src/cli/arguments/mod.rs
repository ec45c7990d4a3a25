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

/// Makes a Heroku app with its database, S3 bucket and IAM user true to one YAML file.
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
    /// The project's folder (default: the nearest parent that has `environments/`; or `TRUEUP_DIR`)
    #[arg(short = 'C', value_name = "DIR", global = true)]
    pub directory: Option<PathBuf>,
    /// Use the embedded cloud, with its state in `.trueup/sandbox/` and without credentials
    #[arg(long, global = true)]
    pub sandbox: bool,
    /// Trust nothing that lies in the project, as for a change from a fork: `command:`, `file:`, `checks:` and templates
    /// of its own are off, and nothing is applied
    #[arg(long, global = true)]
    pub untrusted: bool,
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

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write a commented environment to start from, and what plans and applies it in CI; never overwrites
    Init(Init),
    /// Write the environment of an app that is live, or of many, such that a plan right after shows no change; changes nothing
    Import(Import),
    /// Check environments offline, and report every mistake at once
    Validate(Environments),
    /// Print environments as a matrix for a CI system
    Matrix(Environments),
    /// Show what would change
    Plan(Plan),
    /// Show what is live and not as it should be; exits with 2 when something is
    Drift(Drift),
    /// Show what would change, ask, and make it so
    Apply(Apply),
    /// Make a new environment from an old one: its file, then all that it says
    Clone(CloneEnvironment),
    /// Have the code of a folder built and released, and scale what the release brings
    Deploy(Deploy),
    /// Have databases backed up, list their backups, fetch one, or try whether it can be restored
    Backup(Backup),
    /// Delete everything that an environment owns, after asking for the app's name
    Destroy(Destroy),
    /// Replace access keys, generated secrets, passwords of databases, and values that somebody else makes
    Rotate(Rotate),
    /// Replace what is in a database by what a backup holds, after a backup of what is there
    Restore(Restore),
    /// Run the code of an earlier release again, with the config vars of today
    Rollback(Rollback),
    /// Show how environments are, a line each
    Status(Status),
    /// Prove an environment by acting as its app: its database, its buckets with its own keys, its dynos; exits with 1
    /// when a check fails
    Verify(Verify),
    /// Show whether a plan could run here, and the command that mends what is in its way; exits with 1 when none could
    Doctor(Doctor),
    /// Show who holds an environment's lock, and remove it
    Unlock(Unlock),
    /// Print the least rights that an environment needs: a policy for AWS, and the scopes of the Heroku token
    Policy(Policy),
    /// Draw what an environment is made of, and what needs what; offline
    Graph(Graph),
    /// Write the Rails app that runs in an environment, from templates and the environment's file
    Render(Render),
    /// Serve the embedded Heroku, S3, IAM and STS on loopback
    Sandbox(Sandbox),
    /// Print the JSON Schema of environment files, or of what is printed for programs
    Schema {
        /// Of what
        #[arg(default_value = "environment")]
        of: SchemaOf,
    },
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page of trueup or of a command, or write those of all
    Man(Man),
    /// Print the help of a command, or on a topic: `spec`, `secrets`, `exit-codes`
    Help {
        /// Which
        #[arg(value_name = "COMMAND|TOPIC")]
        about: Option<String>,
    },
}
