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
            Self::Destroy { app, .. } => app.as_str(),
        }
    }
}
