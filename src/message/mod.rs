//! What commands have to say besides their data: why they failed or refused, what should be known, how an
//! environment was found. As data; `view` has the words.
//!
//! What must not live here: sentences, and how anything looks.

mod answer;
mod check;
mod distrust;
mod failure;
mod notice;
mod refusal;

pub use answer::Answer;
pub use check::{FailedCheck, Said, Unasked};
pub use distrust::{Distrust, Unclear};
pub use failure::{Failure, Task, UnusablePlan};
pub use notice::{BaseFile, ImportedMany, LockLeft, Notice};
pub use refusal::Refusal;

/// What is asked before something is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// Whether the plans of these environments are to be applied.
    Apply(Vec<crate::spec::EnvironmentName>),
    /// Whether everything of an environment is to go; the answer is the app's name.
    Destroy {
        /// Which environment.
        environment: crate::spec::EnvironmentName,
        /// Its app.
        app: crate::spec::AppName,
    },
    /// Whether databases of an environment are to be backed up.
    BackUp(crate::spec::EnvironmentName),
    /// Whether everything of several environments that have expired is to go.
    DestroyExpired {
        /// Each with its app.
        environments: Vec<(crate::spec::EnvironmentName, crate::spec::AppName)>,
        /// The only answer that counts.
        answer: String,
    },
    /// Whether all that is in a database is to be overwritten; the answer is the app's name.
    Restore {
        /// Which database.
        database: crate::spec::AttachmentName,
        /// Its app.
        app: crate::spec::AppName,
    },
    /// Whether the code is to be built and released for an environment.
    Deploy(crate::spec::EnvironmentName),
    /// Whether what was shown of an environment is to be rotated.
    Rotate(crate::spec::EnvironmentName),
    /// Whether the code of an earlier release is to run again in an environment.
    RollBack(crate::spec::EnvironmentName),
    /// Whether the lock of an environment is to be removed, although someone holds it.
    BreakLock(crate::spec::EnvironmentName),
}

impl Question {
    /// Whether everything of these environments is to go: of one, the answer is its app's name.
    #[must_use]
    pub fn of_expired(mut environments: Vec<(crate::spec::EnvironmentName, crate::spec::AppName)>) -> Self {
        if environments.len() == 1 {
            let (environment, app) = environments.remove(0);
            return Self::Destroy { environment, app };
        }
        let answer = format!("delete {} environments", environments.len());
        Self::DestroyExpired { environments, answer }
    }

    /// The only answer that counts.
    #[must_use]
    pub fn answer(&self) -> &str {
        match self {
            Self::Apply(_)
            | Self::BackUp(_)
            | Self::Deploy(_)
            | Self::Rotate(_)
            | Self::RollBack(_)
            | Self::BreakLock(_) => "yes",
            Self::DestroyExpired { answer, .. } => answer,
            Self::Destroy { app, .. } | Self::Restore { app, .. } => app.as_str(),
        }
    }
}
