//! Taking, renewing and releasing the lock by conditional writes: of two runs that try the same at the same
//! moment, S3 lets one through (aws-s3-iam.md section 3).
//!
//! In a bucket with versioning each write makes a version; the one before it is removed at once, and releasing
//! removes the last, so that neither versions nor delete markers pile up.

use std::time::Duration;

use time::OffsetDateTime;

use super::process::Process;
use super::record::Record;
use super::state::{Found, State};
use super::{KEY, LockError, MOST_TRIES, Site};
use crate::cloud::s3::{Condition, Put, Stamp};
use crate::cloud::{Certainty, CloudError};

/// Under which terms a lock is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Who holds it, for people.
    pub owner: String,
    /// How long it holds without being renewed.
    pub lifetime: Duration,
}

impl Terms {
    /// How often it is renewed: three times and a bit before it would expire.
    #[must_use]
    pub fn renew_every(&self) -> Duration {
        self.lifetime * 3 / 10
    }
}

/// A lock that was taken.
pub struct Taken {
    /// It.
    pub held: Held,
    /// Whose it was before, when it was taken over.
    pub from: Option<(Found, State)>,
}

/// A lock of this process.
pub struct Held {
    site: Site,
    terms: Terms,
    record: Record,
    stamp: Stamp,
    /// What was written without an answer: when it lies there later, it is ours.
    unanswered: Option<Record>,
    /// Versions that could not be removed yet.
    left: Vec<Stamp>,
}

/// What became of a renewal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Renewed {
    /// It holds for another lifetime.
    Renewed,
    /// It is not ours any more: someone broke it. What lies there now, if anything.
    Broken(Option<Box<Found>>),
}

/// What became of a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Released {
    /// It is free again.
    Released,
    /// It was not ours any more: someone broke it while it was held.
    Broken,
}

impl Site {
    /// Takes the lock, or says who holds it. Never waits for a holder.
    pub async fn take(self, terms: Terms) -> Result<Taken, LockError> {
        let here = Process::current();
        let new =
            Record::new(self.environment.as_str(), &terms.owner, here.clone(), OffsetDateTime::now_utc());
        let mut before: Option<(Found, Stamp, State)> = None;
        for _ in 0..MOST_TRIES {
            let record = new.renewed(OffsetDateTime::now_utc(), terms.lifetime);
            let condition =
                before.as_ref().map_or(Condition::Absent, |(_, stamp, _)| Condition::Still(stamp));
            let there = match self.write(&record, condition).await? {
                Wrote::Yes(stamp) => {
                    let left = before.as_ref().and_then(|(_, old, _)| left_behind(old, &stamp));
                    let left = left.into_iter().collect();
                    let mut held = Held { site: self, terms, record, stamp, unanswered: None, left };
                    held.tidy().await;
                    return Ok(Taken { held, from: before.map(|(found, _, state)| (found, state)) });
                }
                Wrote::No(there) => there,
            };
            before = match there {
                None => None,
                Some(there) => {
                    let (found, stamp) = *there;
                    match found.state(here.as_ref()) {
                        State::Held => return Err(LockError::Held(Box::new(found))),
                        state @ (State::Expired | State::Dead) => Some((found, stamp, state)),
                    }
                }
            };
        }
        Err(LockError::Restless)
    }

    /// Writes a record under a condition. When it did not hold or the answer was lost, a look tells whether the
    /// record lies there all the same.
    async fn write(&self, record: &Record, condition: Condition<'_>) -> Result<Wrote, CloudError> {
        let lost = match self.bucket.put_object_if(KEY, &record.to_bytes(), condition).await {
            Ok(Put::Written(stamp)) => return Ok(Wrote::Yes(stamp)),
            Ok(Put::Refused) => None,
            Err(error) if error.certainty == Certainty::Unknown => Some(error),
            Err(error) => return Err(error),
        };
        match (self.look().await, lost) {
            (Ok(Some((found, stamp))), _) if found.record.as_ref() == Some(record) => Ok(Wrote::Yes(stamp)),
            (_, Some(lost)) => Err(lost),
            (looked, None) => Ok(Wrote::No(looked?.map(Box::new))),
        }
    }
}

/// What became of a write.
enum Wrote {
    Yes(Stamp),
    /// The condition did not hold; what lies there instead.
    No(Option<Box<(Found, Stamp)>>),
}

impl Held {
    /// The terms under which it is held.
    #[must_use]
    pub fn terms(&self) -> &Terms {
        &self.terms
    }

    /// Holds it for another lifetime, if it is still ours.
    pub async fn renew(&mut self) -> Result<Renewed, CloudError> {
        for _ in 0..2 {
            let record = self.record.renewed(OffsetDateTime::now_utc(), self.terms.lifetime);
            let there = match self.site.write(&record, Condition::Still(&self.stamp)).await {
                Ok(Wrote::Yes(stamp)) => {
                    self.now_is(record, stamp).await;
                    return Ok(Renewed::Renewed);
                }
                Ok(Wrote::No(there)) => there,
                Err(error) if error.certainty == Certainty::Unknown => {
                    self.unanswered = Some(record);
                    return Err(error);
                }
                Err(error) => return Err(error),
            };
            match there {
                // An earlier renewal of ours was written after all: renew that one.
                Some(there) if there.0.record.is_some() && there.0.record == self.unanswered => {
                    self.now_is(record, there.1).await;
                }
                other => return Ok(Renewed::Broken(other.map(|there| Box::new(there.0)))),
            }
        }
        Ok(Renewed::Broken(None))
    }

    async fn now_is(&mut self, record: Record, stamp: Stamp) {
        let old = std::mem::replace(&mut self.stamp, stamp);
        self.left.extend(left_behind(&old, &self.stamp));
        self.record = record;
        self.unanswered = None;
        self.tidy().await;
    }

    /// Removes versions that are no longer the lock. What fails is tried again with the next one.
    async fn tidy(&mut self) {
        for stamp in std::mem::take(&mut self.left) {
            if self.site.bucket.delete_object(KEY, &stamp).await.is_err() {
                self.left.push(stamp);
            }
        }
    }

    /// Gives it back, if it is still ours.
    pub async fn release(mut self) -> Result<Released, CloudError> {
        self.tidy().await;
        let Some((found, stamp)) = self.site.look().await? else { return Ok(Released::Broken) };
        if found.record.as_ref().is_none_or(|record| record.id != self.record.id) {
            return Ok(Released::Broken);
        }
        // Of the object as it is now: versioning may have been switched on since it was taken.
        let is_gone = self.site.bucket.delete_object(KEY, &stamp).await?;
        Ok(if is_gone { Released::Released } else { Released::Broken })
    }
}

/// The version that a write leaves behind it, if it is not overwritten. What was written before versioning is
/// the version `null`.
fn left_behind(old: &Stamp, new: &Stamp) -> Option<Stamp> {
    const BEFORE: &str = "null";
    let id = |stamp: &Stamp| stamp.version.clone().unwrap_or_else(|| BEFORE.to_owned());
    (id(old) != id(new)).then(|| Stamp { version: Some(id(old)), ..old.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_leaves_a_version_behind_where_there_are_versions() {
        let stamp =
            |version: Option<&str>| Stamp { etag: "\"e\"".to_owned(), version: version.map(str::to_owned) };
        for (old, new, left) in [
            (None, None, None),
            (Some("null"), Some("null"), None),
            (None, Some("null"), None),
            (Some("v1"), Some("v2"), Some("v1")),
            (None, Some("v1"), Some("null")),
            (Some("v1"), Some("null"), Some("v1")),
        ] {
            let found = left_behind(&stamp(old), &stamp(new)).and_then(|stamp| stamp.version);
            assert_eq!(found.as_deref(), left, "{old:?} {new:?}");
        }
    }

    #[test]
    fn a_lock_is_renewed_three_times_before_it_expires() {
        let terms = Terms { owner: String::new(), lifetime: Duration::from_mins(10) };
        assert_eq!(terms.renew_every(), Duration::from_mins(3));
    }
}
