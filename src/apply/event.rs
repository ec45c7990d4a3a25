//! What happens while a plan is applied: the only thing that apply says to the outside.

use std::time::Duration;

use crate::cloud::CloudError;

/// Something happened. Steps are indices into the plan's steps.
#[derive(Clone, Debug)]
pub enum Event {
    /// A step began.
    Started {
        /// Which.
        step: usize,
    },
    /// A running step says how it goes.
    Progress {
        /// Which.
        step: usize,
        /// In a few words: `provisioning`.
        message: String,
    },
    /// Something that a step started printed a line.
    Output {
        /// Which.
        step: usize,
        /// The line, fit to show.
        line: String,
    },
    /// A step is done.
    Done {
        /// Which.
        step: usize,
        /// How long it took.
        elapsed: Duration,
    },
    /// A step failed.
    Failed {
        /// Which.
        step: usize,
        /// Why, and whether it may have been done all the same.
        error: CloudError,
        /// How long it took.
        elapsed: Duration,
    },
    /// A step will not run, since one that it needs failed, or the user asked to stop.
    Skipped {
        /// Which.
        step: usize,
        /// The step whose failure it was; `None` after a stop.
        because: Option<usize>,
    },
    /// The user asked to stop: nothing new starts.
    Stopping,
}

/// How one step ended.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// It was done.
    Done,
    /// It was not done, for this reason.
    NotDone(Option<CloudError>),
    /// It was sent and no answer was seen.
    Unknown(CloudError),
}

impl Outcome {
    /// Why it was not done, or is not known to be.
    #[must_use]
    pub fn error(&self) -> Option<&CloudError> {
        match self {
            Self::Done => None,
            Self::NotDone(error) => error.as_ref(),
            Self::Unknown(error) => Some(error),
        }
    }
}
