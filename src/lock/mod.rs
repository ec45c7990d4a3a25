//! The advisory lock of an environment: one object in its own bucket, so that two runs of `apply --lock` never
//! change it at once, without a server for locks.
//!
//! `record` is what the object says, `process` who holds it, `state` what it means (pure); `hold` takes, renews
//! and releases it by conditional writes, `keeper` renews it while an apply runs. Nothing else reads
//! `.trueup/` in a bucket. What must not live here: printing, and any choice about what should be live.
//!
//! It is advisory: a run without `--lock` neither looks at it nor is stopped by it. Every write of an apply
//! stands on its own feet (it looks again just before), and the lock only keeps two plans from interleaving.

mod hold;
mod keeper;
mod process;
mod record;
mod rights;
mod state;

pub use hold::{Released, Taken, Terms};
pub use keeper::{Keeper, Loss};
pub use process::Process;
pub use record::{LONGEST_LIFETIME, Record};
pub use rights::rights;
pub use state::{Found, State, USUAL_LIFETIME};

use time::OffsetDateTime;

use crate::cloud::s3::{BucketHandle, Presence, Stamp};
use crate::cloud::{CloudError, Clouds};
use crate::resource::bucket::{self, Setting as _, Tags};
use crate::resource::tags;
use crate::spec::{Bucket, BucketName, Environment, EnvironmentName};

/// The key of the lock's object.
const KEY: &str = bucket::LOCK_KEY;

/// Where an environment's lock is, once its bucket is live.
#[derive(Clone)]
pub struct Site {
    bucket: BucketHandle,
    environment: EnvironmentName,
}

/// Whether an environment can be locked.
pub enum Looked {
    /// It can, here.
    At(Site),
    /// Not yet: the bucket that would hold the lock is not live.
    NotLive(BucketName),
}

/// Why there is no lock.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LockError {
    /// The spec names no bucket to hold it.
    #[error("{0} has no bucket, and a lock is kept in the environment's own")]
    NoBucket(EnvironmentName),
    /// The bucket is someone else's: nothing is written there.
    #[error("no lock can be kept in the bucket {bucket}: {why}")]
    Foreign {
        /// The bucket.
        bucket: BucketName,
        /// Whose it is, or where.
        why: String,
    },
    /// Someone holds it.
    #[error("the lock is held")]
    Held(Box<Found>),
    /// It went from hand to hand as often as it was tried.
    #[error("the lock was taken by others again and again")]
    Restless,
    /// S3 could not be asked.
    #[error(transparent)]
    Cloud(#[from] CloudError),
}

/// Looks for the place of an environment's lock: the first of its buckets, by the spec's own names.
pub async fn find(environment: &Environment, clouds: &Clouds) -> Result<Looked, LockError> {
    let Some(bucket) = environment.spec.buckets.values().next() else {
        return Err(LockError::NoBucket(environment.name.clone()));
    };
    let owner = clouds.aws.account().await?;
    let handle = clouds.aws.bucket(&bucket.name, &bucket.region, &owner).await?;
    let foreign = |why: String| LockError::Foreign { bucket: bucket.name.clone(), why };
    match handle.head().await? {
        Presence::Absent => return Ok(Looked::NotLive(bucket.name.clone())),
        Presence::Present => {}
        Presence::InOtherRegion { region } => return Err(foreign(elsewhere(bucket, &region))),
        Presence::Forbidden => {
            return Err(foreign("it is another AWS account's".to_owned()));
        }
    }
    let live = Tags::read(&handle).await?;
    if let Some(other) = tags::owner_besides(environment, &live) {
        return Err(foreign(format!("it belongs to {other}, as its tags say")));
    }
    if !bucket.adopt && !tags::is_claimed(&live) {
        let why = "it has no tags of trueup, so others may use it; `adopt: true` has trueup manage it";
        return Err(foreign(why.to_owned()));
    }
    Ok(Looked::At(Site { bucket: handle, environment: environment.name.clone() }))
}

fn elsewhere(bucket: &Bucket, region: &str) -> String {
    format!("it is in {region}, and not in {}", bucket.region)
}

impl Site {
    /// The environment.
    #[must_use]
    pub fn environment(&self) -> &EnvironmentName {
        &self.environment
    }

    /// The lock that lies there, and which state of the object that is.
    pub async fn look(&self) -> Result<Option<(Found, Stamp)>, CloudError> {
        let Some(object) = self.bucket.get_object(KEY).await? else { return Ok(None) };
        let found = Found {
            record: object.body.as_deref().and_then(Record::parse),
            modified: object.modified,
            now: object.answered.unwrap_or_else(OffsetDateTime::now_utc),
        };
        Ok(Some((found, object.stamp)))
    }

    /// Removes a lock, whoever holds it; `seen` is the one that is meant. False when another lies there by now.
    pub async fn remove(&self, seen: &Found, stamp: &Stamp) -> Result<bool, CloudError> {
        let mut gone = self.bucket.delete_object(KEY, stamp).await?;
        // A holder that renews it, or a version before it that a killed holder left, shows it once more.
        for _ in 0..MOST_TRIES {
            match self.look().await? {
                None => return Ok(true),
                Some((again, stamp)) if is_same(&again, seen) => {
                    gone = self.bucket.delete_object(KEY, &stamp).await?;
                }
                Some(_) => return Ok(gone),
            }
        }
        Ok(false)
    }
}

/// How often a lock that changes hands meanwhile is tried.
const MOST_TRIES: usize = 5;

fn is_same(one: &Found, other: &Found) -> bool {
    let id = |found: &Found| found.record.as_ref().map(|record| record.id.clone());
    id(one) == id(other) && (one.record.is_some() || one.modified == other.modified)
}
