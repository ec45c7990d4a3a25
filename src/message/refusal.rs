//! What the safety rules refuse.

use std::path::PathBuf;

use crate::lock::{Found, LockError};
use crate::plan::saved::NotAPlan;
use crate::plan::stale::Stale;
use crate::plan::{Plan, PlanDigest, Summary};
use crate::resource::Limit;
use crate::spec::{AppName, AwsAccount, BucketName, EnvironmentName};

use super::{Distrust, FailedCheck, Failure};

/// What a safety rule refused; nothing was done.
#[derive(Debug)]
pub enum Refusal {
    /// The plan has differences that are not made.
    Blocked(EnvironmentName),
    /// The plan changes or deletes much of what there is.
    LargeChange {
        /// Of which environment.
        environment: EnvironmentName,
        /// How much.
        summary: Summary,
    },
    /// The plan ends above what the spec allows.
    AboveLimit {
        /// Of which environment.
        environment: EnvironmentName,
        /// What it comes to, beside the most that it may.
        limit: Limit,
    },
    /// What lies in the project may be a stranger's.
    Untrusted(Distrust),
    /// Programs that the plan had to pass refused it.
    Checks {
        /// Of which environment.
        environment: EnvironmentName,
        /// The programs.
        failed: Vec<FailedCheck>,
    },
    /// A saved plan is not what would be done now.
    Stale {
        /// Its file.
        file: PathBuf,
        /// Of which environment.
        environment: EnvironmentName,
        /// What differs.
        why: Stale,
    },
    /// What would be done is not what was reviewed.
    NotAsReviewed {
        /// The digest that was given.
        expected: PlanDigest,
        /// That of the plans now; `None` when one could not be made.
        found: Option<PlanDigest>,
    },
    /// A saved plan has a form that this program does not read.
    OtherFormat {
        /// Its file.
        file: PathBuf,
        /// Which it is, and which this one reads.
        why: NotAPlan,
    },
    /// Someone holds the lock.
    LockHeld {
        /// Of which environment.
        environment: EnvironmentName,
        /// What lies there.
        found: Box<Found>,
    },
    /// The bucket that would hold the lock is someone else's.
    LockElsewhere {
        /// Of which environment.
        environment: EnvironmentName,
        /// The bucket.
        bucket: BucketName,
        /// Whose it is, or where.
        why: String,
    },
    /// Others took the lock as often as it was tried.
    LockBusy(EnvironmentName),
    /// The lock was lost while the environment was applied.
    LockLost(EnvironmentName),
    /// The credentials are of another AWS account than the spec's.
    OtherAccount {
        /// The spec's.
        expected: AwsAccount,
        /// That of the credentials.
        found: String,
    },
    /// An environment cannot be cloned into itself.
    CloneOfItself(EnvironmentName),
    /// A file is there, and is not that of a clone.
    NotAClone {
        /// Which environment.
        environment: EnvironmentName,
        /// The one that was to be cloned.
        source: EnvironmentName,
    },
    /// A clone would have what another environment has.
    Collides {
        /// The clone.
        environment: EnvironmentName,
        /// What both have.
        collisions: Vec<String>,
    },
    /// Things may not be deleted, so none is.
    Kept(EnvironmentName),
    /// A database or a backup that was asked for is not there.
    NotBackedUp(EnvironmentName),
    /// The code cannot be built, or there is nothing to deploy it to.
    NotDeployed(EnvironmentName),
    /// What was to be rotated stays as it is.
    NotRotated(EnvironmentName),
    /// What is in a database stays as it is.
    NotRestored(EnvironmentName),
    /// There is no release to go back to, or not that one.
    NotRolledBack(EnvironmentName),
    /// An app that has expired is not among those that were given to confirm.
    NotConfirmed(AppName),
    /// What was given to confirm is not the app's name.
    WrongName {
        /// What was given.
        given: String,
        /// The app's name.
        app: AppName,
    },
    /// Files that were changed by hand, or that are not ours, were left as they are.
    FilesLeft(usize),
    /// A folder into which nothing was rendered has files that would be overwritten.
    FolderOfOthers {
        /// The folder.
        folder: PathBuf,
        /// The files.
        files: Vec<String>,
    },
}

impl Refusal {
    /// Refuses a plan that ends above what its spec allows.
    pub fn of_limit(plan: &Plan) -> Result<(), Self> {
        match plan.limit.as_ref().filter(|limit| limit.is_exceeded()) {
            None => Ok(()),
            Some(limit) => {
                Err(Self::AboveLimit { environment: plan.environment.clone(), limit: limit.clone() })
            }
        }
    }

    /// Why an environment could not be locked.
    #[must_use]
    pub fn of_lock(environment: &EnvironmentName, error: LockError) -> Failure {
        let environment = environment.clone();
        match error {
            LockError::Cloud(error) => error.into(),
            LockError::NoBucket(environment) => Failure::NoBucketForLock(environment),
            LockError::Foreign { bucket, why } => Self::LockElsewhere { environment, bucket, why }.into(),
            LockError::Held(found) => Self::LockHeld { environment, found }.into(),
            LockError::Restless => Self::LockBusy(environment).into(),
        }
    }
}
