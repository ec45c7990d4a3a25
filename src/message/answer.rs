//! What a command found or did, in a line of its output.

use std::borrow::Cow;

use crate::lifecycle::rollback::ReleaseNumber;
use crate::lock::Found;
use crate::spec::EnvironmentName;

/// What a command found or did.
#[derive(Debug)]
pub enum Answer {
    /// The environment's file has no mistake.
    Valid(EnvironmentName),
    /// Nobody holds the lock.
    NotLocked(EnvironmentName),
    /// This lies where the lock is.
    Locked(EnvironmentName, Box<Found>),
    /// The lock was removed.
    Unlocked(EnvironmentName),
    /// The code runs already, as it should.
    Deployed(EnvironmentName),
    /// Nothing of the environment is live that could be deleted.
    NothingLeft(EnvironmentName),
    /// None of the environments has expired.
    NothingExpired,
    /// Nothing of the environment is due to be rotated.
    NothingToRotate(EnvironmentName),
    /// The code of an earlier release runs already: of the one that was named, if one was.
    RolledBack(EnvironmentName, Option<ReleaseNumber>),
    /// The environment is as its file asks.
    AsAsked(EnvironmentName),
    /// A file was written.
    Wrote(Cow<'static, str>),
    /// A file of an import was there and stays as it is.
    LeftFile(std::path::PathBuf),
    /// An app is not imported, since this environment describes it.
    Described(crate::spec::AppName, EnvironmentName),
    /// `init` left a file that was there as it is.
    Kept(&'static str),
}
