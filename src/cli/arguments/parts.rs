//! Options that several commands have.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;

use crate::cli::words::Words;
use crate::fleet::{Shard, ShardError};

/// Which environments.
#[derive(Clone, Debug, Args)]
pub struct Environments {
    /// Names of files in `environments/`, without the extension, or patterns such as 'client-*'; may be omitted if
    /// there is only one
    #[arg(value_name = "ENV")]
    pub names: Vec<String>,
    /// Every environment of the project
    #[arg(long, conflicts_with = "names")]
    pub all: bool,
    /// Only environments whose spec, or a file it reads a value from, has changed since this git revision
    #[arg(long, value_name = "REV")]
    pub changed_since: Option<String>,
    /// Only the I-th of N shares of the environments, by a hash of the name; `auto` reads GitLab's `parallel`, or a
    /// Kubernetes Indexed Job's index and `TRUEUP_SHARDS`
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

/// The revision that a plan is compared with.
#[derive(Clone, Debug, Args)]
pub struct Since {
    /// Say for each change whether the spec changed since this git revision, or the live resource drifted
    #[arg(long, value_name = "REV")]
    pub base: Option<String>,
    /// Delete what the spec named at that revision and no longer names, unless it is protected
    #[arg(long, requires = "base")]
    pub prune: bool,
}

/// How the sources of config vars are read.
#[derive(Clone, Copy, Debug, Args)]
pub struct Sources {
    /// Run the programs that `command:` values name
    #[arg(long)]
    pub allow_commands: bool,
}

/// Which programs a plan has to pass.
#[derive(Clone, Debug, Args)]
pub struct Checks {
    /// Program that checks the plan: it reads the plan's JSON on standard input, and refuses it by exiting with
    /// anything but 0. Run without a shell; may be repeated
    #[arg(long, value_name = "CMD")]
    pub check_with: Vec<Words>,
}

/// How a command carries out what it planned.
#[derive(Clone, Debug, Args)]
pub struct Writing {
    /// Write events to this file as they happen, one JSON object per line
    #[arg(long, value_name = "FILE")]
    pub events: Option<PathBuf>,
    /// Do not ask for confirmation; commands that destroy data still want the app's name
    #[arg(short, long)]
    pub yes: bool,
    /// Take the environment's lock, which is kept in its bucket; exit with 3 if somebody else holds it
    #[arg(long)]
    pub lock: bool,
}
