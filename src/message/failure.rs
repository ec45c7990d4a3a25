//! Why a command did not do what it should.

use std::io;
use std::path::PathBuf;

use super::{Question, Refusal, Unasked};
use crate::access::NoAccount;
use crate::apply::Report;
use crate::cloud::CloudError;
use crate::fleet::SelectionError;
use crate::lifecycle::backup::NoDatabase;
use crate::lifecycle::import::ImportError;
use crate::lifecycle::restore::NotFrom;
use crate::lifecycle::rotate::NotRotated;
use crate::plan::Plan;
use crate::plan::saved::NotAPlan;
use crate::render::{FolderError, RenderError};
use crate::resource::{Mistake, ObserveError};
use crate::secret::Missing;
use crate::settings::SettingError;
use crate::source::SourceError;
use crate::spec::{Environment, EnvironmentName, NameError, Program, SpecError, VarName};

/// Everything that ends a command, or what it does to one environment, early.
#[derive(Debug)]
pub enum Failure {
    /// Mistakes in an environment's file, each with its place.
    Spec(SpecError),
    /// Services that could not be asked.
    Clouds(Vec<CloudError>),
    /// An environment variable that cannot be used.
    Setting(SettingError),
    /// What the system would not do.
    System {
        /// What was tried.
        task: Task,
        /// What the system said.
        error: io::Error,
    },
    /// There is no project in the current folder or above it.
    NoProject,
    /// No environment could be chosen.
    Selection(SelectionError),
    /// Secrets are shown on a terminal only.
    RevealWithoutTerminal,
    /// One file holds the plan of one environment.
    SeveralPlansToSave,
    /// What was given as the app's name cannot be one.
    NotAnAppName {
        /// What was given.
        name: String,
        /// What is wrong with it.
        error: NameError,
    },
    /// There is no help on that.
    NoHelp {
        /// What was asked for.
        asked: String,
        /// What was probably meant.
        nearest: Option<String>,
    },
    /// There is no terminal to ask on.
    NobodyToAsk(Question),
    /// The answer was not yes.
    NotConfirmed(Question),
    /// The user asked to stop before anything was done.
    Interrupted,
    /// Some steps of a plan were not done.
    Incomplete {
        /// The plan.
        plan: Box<Plan>,
        /// What became of its steps.
        report: Report,
    },
    /// The file of `--plan` is no saved plan.
    UnusablePlan {
        /// The file.
        file: PathBuf,
        /// Why.
        why: UnusablePlan,
    },
    /// An environment without a bucket cannot be locked.
    NoBucketForLock(EnvironmentName),
    /// A lock changed while it was being removed.
    LockChanged(EnvironmentName),
    /// A program that the plan had to pass gave no answer.
    CheckNotAsked {
        /// Of which environment.
        environment: EnvironmentName,
        /// The program.
        program: Program,
        /// Why.
        why: Unasked,
    },
    /// A trust policy names an AWS account, and the spec names none.
    NoAccountToTrust(NoAccount),
    /// What a clone of this one needs, and what that is called is not said.
    CloneUnnamed(EnvironmentName),
    /// A template that cannot be used.
    Template(RenderError),
    /// A folder that gives no code to deploy.
    Source(SourceError),
    /// Several environments are taken away only when they have expired.
    SeveralToDestroy,
    /// What was given does not say where to restore from.
    NoOrigin {
        /// What was given: `--from`, or a variable.
        given: String,
        /// What is wrong with it; `None` when it is not set.
        why: Option<NotFrom>,
    },
    /// A folder that cannot be rendered into.
    Folder(FolderError),
    /// There is nothing to import, or no place for it.
    Import(ImportError),
    /// No database could be chosen.
    NoDatabase(EnvironmentName, NoDatabase),
    /// An option says nothing to what a command is to do.
    OutOfPlace {
        /// The option.
        option: &'static str,
        /// What is to be done.
        action: &'static str,
    },
    /// What was named is not rotated.
    NotRotated(EnvironmentName, Vec<NotRotated>),
    /// A safety rule said no.
    Refused(Refusal),
}

/// What the system was asked to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Task {
    /// Find the current folder.
    FindCurrentFolder,
    /// Start what this program runs on.
    Start,
    /// Write to standard output.
    Print,
    /// Write the manual page.
    WriteManual,
    /// Write a file or folder.
    Write(PathBuf),
    /// Read and write the key of saved plans.
    UseKey(PathBuf),
    /// Write the file of events.
    WriteEvents(PathBuf),
    /// Start the embedded cloud.
    StartSandbox,
    /// Serve the embedded cloud on a port.
    Serve(u16),
    /// Reach the PostgreSQL of the embedded cloud's databases.
    ReachPostgres,
    /// Read the faults of the embedded cloud.
    ReadFaults(PathBuf),
    /// Read a new value of a config var.
    ReadValue(VarName),
}

/// Why a file is no saved plan.
#[derive(Debug)]
pub enum UnusablePlan {
    /// It cannot be read.
    Unreadable(io::Error),
    /// It is not text.
    NotText,
    /// It is larger than any plan.
    TooLarge,
    /// It is something else.
    Other(NotAPlan),
}

impl Failure {
    /// Sources that gave no value, at their places in the file.
    #[must_use]
    pub fn missing(environment: &Environment, missing: Vec<Missing>) -> Self {
        let findings = missing.into_iter().map(|one| {
            let message = format!("`{}`: {}", one.key, one.message);
            environment.finding(&one.key, message, Some(one.help.as_str()))
        });
        Self::Spec(SpecError::from_findings(findings.collect()))
    }

    /// What the live services or a template show to be impossible, at its place in the file.
    #[must_use]
    pub fn mistakes(environment: &Environment, mistakes: Vec<Mistake>) -> Self {
        let findings = mistakes
            .into_iter()
            .map(|one| environment.finding(&one.key, one.message.clone(), one.help.as_deref()));
        Self::Spec(SpecError::from_findings(findings.collect()))
    }

    /// What the system would not do.
    pub fn system(task: Task) -> impl FnOnce(io::Error) -> Self {
        move |error| Self::System { task, error }
    }

    /// Whether a safety rule said no, and nothing failed.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::Refused(_) => true,
            Self::Incomplete { report, .. } => report.is_refusal(),
            Self::Spec(_)
            | Self::Clouds(_)
            | Self::Setting(_)
            | Self::System { .. }
            | Self::NoProject
            | Self::Selection(_)
            | Self::RevealWithoutTerminal
            | Self::SeveralPlansToSave
            | Self::NotAnAppName { .. }
            | Self::NoHelp { .. }
            | Self::NobodyToAsk(_)
            | Self::NotConfirmed(_)
            | Self::Interrupted
            | Self::UnusablePlan { .. }
            | Self::NoBucketForLock(_)
            | Self::LockChanged(_)
            | Self::CheckNotAsked { .. }
            | Self::NoAccountToTrust(_)
            | Self::CloneUnnamed(_)
            | Self::Template(_)
            | Self::Source(_)
            | Self::Folder(_)
            | Self::SeveralToDestroy
            | Self::NoOrigin { .. }
            | Self::Import(_)
            | Self::NoDatabase(..)
            | Self::OutOfPlace { .. }
            | Self::NotRotated(..) => false,
        }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<ImportError> for Failure {
    fn from(error: ImportError) -> Self {
        match error {
            ImportError::Unseen(errors) => Self::Clouds(errors),
            error => Self::Import(error),
        }
    }
}

impl From<SettingError> for Failure {
    fn from(error: SettingError) -> Self {
        Self::Setting(error)
    }
}

impl From<SourceError> for Failure {
    fn from(error: SourceError) -> Self {
        Self::Source(error)
    }
}

impl From<CloudError> for Failure {
    fn from(error: CloudError) -> Self {
        Self::Clouds(vec![error])
    }
}

impl From<ObserveError> for Failure {
    fn from(error: ObserveError) -> Self {
        Self::Clouds(error.0)
    }
}

impl From<NoAccount> for Failure {
    fn from(error: NoAccount) -> Self {
        Self::NoAccountToTrust(error)
    }
}

impl From<SelectionError> for Failure {
    fn from(error: SelectionError) -> Self {
        Self::Selection(error)
    }
}
