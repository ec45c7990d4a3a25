//! Options that several commands have.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;

use crate::cli::words::Words;
use crate::fleet::{Shard, ShardError};

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

/// The revision that a plan is compared with.
#[derive(Clone, Debug, Args)]
pub struct Since {
    /// Tell for each change whose it is: of the spec since that git revision, or of what is live
    #[arg(long, value_name = "REV")]
    pub base: Option<String>,
    /// Remove what the spec named at that revision and names no more, unless it is protected
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
    /// Have this program look at the plan: it gets the plan's JSON on standard input, and refuses it by ending with
    /// anything but 0. May be given several times; no shell runs it
    #[arg(long, value_name = "CMD")]
    pub check_with: Vec<Words>,
}

/// How a command carries out what it planned.
#[derive(Clone, Debug, Args)]
pub struct Writing {
    /// Write what happens to this file as it happens, one JSON object a line
    #[arg(long, value_name = "FILE")]
    pub events: Option<PathBuf>,
    /// Do not ask; what destroys data wants the app's name all the same
    #[arg(short, long)]
    pub yes: bool,
    /// Hold the environment's lock, in its own bucket; exit with 3 when someone else does
    #[arg(long)]
    pub lock: bool,
}
