//! What should be known besides, and ends nothing.

use std::io;
use std::path::PathBuf;

use super::Distrust;
use crate::access::Repository;
use crate::cloud::CloudError;
use crate::cloud::heroku::Budget;
use crate::lock::{Found, Loss, State};
use crate::plan::Summary;
use crate::resource::Left;
use crate::resource::rights::Scope;
use crate::spec::{AppName, BucketName, EnvironmentName, Expiry, Finding};

/// What became of the file of what imported apps have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BaseFile {
    /// They have nothing in common.
    Needless,
    /// It was written, or is there with the same text.
    Extended,
    /// Another one is there, which stays.
    Another,
}

/// What became of many apps that were imported.
#[derive(Debug)]
pub struct ImportedMany {
    /// How many files were written, the base aside.
    pub written: usize,
    /// How many of them extend the base.
    pub extending: usize,
    /// What became of the base.
    pub base: BaseFile,
    /// In how many files something is left as it is.
    pub with_left: usize,
    /// Whether values were written for `env` sources.
    pub has_values: bool,
}

/// Something that a person should know.
#[derive(Debug)]
pub enum Notice {
    /// What should be looked at in a file that can be used.
    Spec(Box<Finding>),
    /// What lies in the project may be a stranger's, and parts of it are off.
    Untrusted(Distrust),
    /// Few calls of Heroku are left for now.
    FewCallsLeft(u64),
    /// Calls have to come back before all that is needed can be asked.
    LongRun(Budget),
    /// Of all that were asked for, no environment is selected, so there is nothing to do.
    NothingSelected,
    /// Environments that a revision has are in the project no more.
    RemovedSince {
        /// The revision.
        revision: String,
        /// Those environments.
        environments: Vec<EnvironmentName>,
    },
    /// Nobody knows whose the changes of an environment are, since its spec at a revision cannot be used.
    UnknownBase {
        /// Which environment.
        environment: EnvironmentName,
        /// The revision.
        revision: String,
        /// What is wrong with the spec there.
        why: String,
    },
    /// A matrix has more jobs than GitHub runs.
    LargeMatrix {
        /// How many it has.
        jobs: usize,
        /// How many GitHub runs.
        most: usize,
    },
    /// A policy names things of any AWS account, since the spec names none.
    RightsInAnyAccount,
    /// A policy is longer than a managed one may be.
    LongPolicy {
        /// How many characters it has.
        counted: usize,
        /// How many a managed one may have.
        most: usize,
    },
    /// By what else GitHub may call the jobs of a repository that a role trusts.
    TrustedJobs(Repository),
    /// What the scopes of a Heroku token mean.
    ScopesOfAccount(Vec<Scope>),
    /// An apply of this plan would be refused without a flag.
    LargeChange {
        /// Of which environment.
        environment: EnvironmentName,
        /// How much.
        summary: Summary,
    },
    /// An environment was imported.
    Imported {
        /// Which.
        environment: EnvironmentName,
        /// How many config vars are `external`.
        external: usize,
        /// The file of the values of its `env` sources, if one was written.
        values: Option<String>,
        /// What is left as it is.
        left: Vec<Left>,
    },
    /// Many apps were imported.
    ImportedMany(ImportedMany),
    /// An app that is imported is in an environment already.
    DescribedTwice {
        /// The app.
        app: AppName,
        /// That environment.
        environment: EnvironmentName,
    },
    /// An environment has expired by its file, and a tag gives it more time.
    NotExpired {
        /// Which.
        environment: EnvironmentName,
        /// Until when.
        until: Expiry,
    },
    /// The file of a clone is there, so that options for it say nothing.
    CloneStands(EnvironmentName),
    /// A plan was saved.
    Saved {
        /// Its file.
        file: PathBuf,
        /// The flags that its apply needs; `None` when an apply would refuse it.
        flags: Option<Vec<&'static str>>,
    },
    /// The bucket that would hold the lock is not there yet.
    NotLocked {
        /// Which environment.
        environment: EnvironmentName,
        /// Its bucket.
        bucket: BucketName,
    },
    /// The lock was taken over from someone who does not hold it any more.
    LockTakenOver {
        /// Of which environment.
        environment: EnvironmentName,
        /// What lay there.
        found: Box<Found>,
        /// Why it did not count.
        state: State,
    },
    /// The lock was lost, and nothing new starts.
    LockLost {
        /// Of which environment.
        environment: EnvironmentName,
        /// How.
        loss: Loss,
    },
    /// The lock was not released as it should be.
    LockLeft {
        /// Of which environment.
        environment: EnvironmentName,
        /// Why.
        why: LockLeft,
    },
    /// A lock can be removed without a question.
    LockIsOver(State),
    /// The summary of a job in GitHub Actions could not be written.
    NoSummary {
        /// Its file.
        file: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// No more events can be written.
    EventsEnded {
        /// Their file.
        file: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// A second interruption ends the program.
    EndedAtOnce,
    /// What to do after `init`.
    Begun,
    /// What to do after `init` in a project that has environments.
    SetUpCi,
    /// The files of a CI system were written where it does not look, since the project is in this folder of its
    /// repository.
    BelowRepository(String),
    /// The embedded cloud serves.
    Serving,
    /// A folder held the app of another environment.
    OtherApp {
        /// Whose it was.
        before: String,
        /// Whose it is.
        now: EnvironmentName,
    },
}

/// Why a lock was not released as it should be.
#[derive(Debug)]
pub enum LockLeft {
    /// Someone had removed it.
    Removed,
    /// The service failed.
    Failed(CloudError),
    /// It took too long.
    TimedOut,
}

impl Notice {
    /// Whether it is shown also to those who want to see only what is wrong.
    #[must_use]
    pub fn is_urgent(&self) -> bool {
        match self {
            Self::LockLost { .. } | Self::LockLeft { .. } | Self::EventsEnded { .. } | Self::EndedAtOnce => {
                true
            }
            Self::Spec(_)
            | Self::Untrusted(_)
            | Self::FewCallsLeft(_)
            | Self::LongRun(_)
            | Self::NoSummary { .. }
            | Self::NothingSelected
            | Self::RemovedSince { .. }
            | Self::UnknownBase { .. }
            | Self::LargeMatrix { .. }
            | Self::RightsInAnyAccount
            | Self::LongPolicy { .. }
            | Self::TrustedJobs(_)
            | Self::ScopesOfAccount(_)
            | Self::LargeChange { .. }
            | Self::Saved { .. }
            | Self::NotLocked { .. }
            | Self::LockTakenOver { .. }
            | Self::LockIsOver(_)
            | Self::Begun
            | Self::SetUpCi
            | Self::BelowRepository(_)
            | Self::Serving
            | Self::OtherApp { .. }
            | Self::CloneStands(_)
            | Self::NotExpired { .. }
            | Self::Imported { .. }
            | Self::ImportedMany(_)
            | Self::DescribedTwice { .. } => false,
        }
    }
}
