//! The commands: clap types become one typed request a command, and a command is a few calls in a row.
//!
//! What must not live here: decisions about resources (`plan`, `resource`) and how things look (`view`).

mod apply;
pub mod arguments;
mod backup;
mod blame;
mod branch;
mod carry_out;
mod checks;
mod clone;
mod context;
mod crash;
mod deploy;
mod destroy;
mod digests;
mod doctor;
mod drift;
mod events;
mod github;
mod graph;
mod handed;
mod import;
mod init;
mod layout;
mod lock;
mod manual;
mod matrix;
mod one;
mod open_files;
mod output;
mod plan;
mod policy;
mod render;
mod restore;
mod rollback;
mod rotate;
mod sandbox;
mod saved;
mod scratch;
mod session;
mod shown;
mod signal;
mod status;
mod tally;
mod trust;
mod unlock;
mod validate;
mod verify;
mod words;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command, SchemaOf};
use context::{Context, Lookup};
use output::Output;
use trust::Touches;

use crate::message::{Failure, Notice, Refusal, Task};
use crate::settings::Settings;
use crate::spec;
use crate::view::schema;

/// How a command ended, as its exit code says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done, or no change.
    Done,
    /// Nothing, or only part, was done.
    Error,
    /// There is a difference, and `--detailed-exitcode` asked for it.
    Difference,
    /// Refused by a safety rule.
    Refused,
}

impl Exit {
    /// The code that the process ends with.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Error => 1,
            Self::Difference => 2,
            Self::Refused => 3,
        }
    }
}

impl Exit {
    /// How a command that failed ends.
    fn of(failure: &Failure) -> Self {
        if failure.is_refusal() { Self::Refused } else { Self::Error }
    }

    /// The worse of two: an error before a refusal, a refusal before a difference.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        let order = [Self::Error, Self::Refused, Self::Difference];
        order.into_iter().find(|exit| [self, other].contains(exit)).unwrap_or(Self::Done)
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// Runs the program with the process's arguments and environment.
#[must_use]
pub fn main() -> ExitCode {
    crash::guarded(program).unwrap_or_else(ExitCode::from)
}

fn program() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return print_clap_error(&error),
    };
    #[expect(clippy::disallowed_methods, reason = "the one place where the environment comes in")]
    let lookup = |name: &str| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned());
    let output = Output::new(&arguments.global, &lookup);
    let is_sandbox = arguments.global.sandbox;
    let of_settings = |name: &str| lookup(name).filter(|_| !is_sandbox || !Settings::is_of_clouds(name));
    let outcome = Settings::read(&of_settings)
        .map_err(Failure::from)
        .and_then(|settings| run(arguments, settings, &lookup, &output));
    match outcome {
        Ok(exit) => exit.into(),
        Err(failure) => {
            output.failure(&failure, None);
            Exit::of(&failure).into()
        }
    }
}

/// Help and version are data; a wrong call is an error, with 1, since 2 means a difference.
fn print_clap_error(error: &clap::Error) -> ExitCode {
    // There is nowhere left to say that the stream is gone.
    let _ = error.print();
    if error.use_stderr() { Exit::Error.into() } else { Exit::Done.into() }
}

fn run(arguments: Arguments, settings: Settings, lookup: &Lookup, output: &Output) -> Result<Exit, Failure> {
    let Arguments { global, command } = arguments;
    let context = &Context::new(&global, settings, lookup, output);
    match (Touches::of(&command), &context.distrust) {
        (Touches::Nothing, _) | (_, None) => {}
        (Touches::Project, Some(why)) => output.notice(&Notice::Untrusted(why.clone())),
        (Touches::Live, Some(why)) => return Err(Refusal::Untrusted(why.clone()).into()),
    }
    match command {
        Command::Schema { of } => output.data(&schema_of(of)),
        Command::Man(request) => manual::man(&request, output),
        Command::Help { about } => manual::help(about.as_deref(), output),
        Command::Completions { shell } => output.data(&manual::completions(shell)),
        Command::Graph(request) => graph::run(&request, context),
        Command::Init(request) => init::run(&request, context),
        Command::Import(request) => block_on(import::run(&request, context)),
        Command::Render(request) => render::run(&request, context),
        Command::Matrix(request) => matrix::run(&request, context),
        Command::Policy(request) => policy::run(&request, context),
        Command::Validate(request) => block_on(validate::run(&request, context)),
        Command::Plan(request) => block_on(plan::run(&request, context)),
        Command::Drift(request) => block_on(drift::run(&request, context)),
        Command::Apply(request) => block_on(apply::run(&request, context)),
        Command::Status(request) => block_on(status::run(&request, context)),
        Command::Backup(request) => block_on(backup::run(&request, context)),
        Command::Clone(request) => block_on(clone::run(&request, context)),
        Command::Deploy(request) => block_on(deploy::run(&request, context)),
        Command::Destroy(request) => block_on(destroy::run(&request, context)),
        Command::Doctor(request) => block_on(doctor::run(&request, context)),
        Command::Restore(request) => block_on(restore::run(&request, context)),
        Command::Rollback(request) => block_on(rollback::run(&request, context)),
        Command::Rotate(request) => block_on(rotate::run(&request, context)),
        Command::Verify(request) => block_on(verify::run(&request, context)),
        Command::Unlock(request) => block_on(unlock::run(&request, context)),
        Command::Sandbox(request) => block_on(sandbox::run(&request, context)),
    }
}

fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(Failure::system(Task::Start))?;
    let outcome = runtime.block_on(work);
    // A call that hangs must not keep the program from ending.
    runtime.shutdown_background();
    outcome
}

fn schema_of(of: SchemaOf) -> String {
    match of {
        SchemaOf::Environment => spec::json_schema(),
        SchemaOf::Plan => schema::plan(),
        SchemaOf::Drift => schema::drift(),
        SchemaOf::Status => schema::status(),
        SchemaOf::Verify => schema::verify(),
        SchemaOf::Events => schema::events(),
        SchemaOf::Matrix => schema::matrix(),
        SchemaOf::Backups => schema::backups(),
        SchemaOf::Doctor => schema::doctor(),
        SchemaOf::Policy => schema::policy(),
    }
}
