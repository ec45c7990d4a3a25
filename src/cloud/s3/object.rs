//! One small object with conditions on what is there: what the advisory lock is made of (aws-s3-iam.md
//! section 3, `PutObject` with `If-None-Match` and `If-Match`).
//!
//! What must not live here: what the object means. Data of users is never read or written through this file.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_s3::config::interceptors::BeforeDeserializationInterceptorContextRef;
use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_s3::error::{BoxError, ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::ByteStream;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use super::BucketHandle;
use crate::cloud::aws::error::{Effect, cloud_error, incomplete};
use crate::cloud::{CloudError, Pace};

/// The longest body that is read: whatever lies there, no more of it comes into memory.
pub const LONGEST_BODY: usize = 64 * 1024;

/// Which state of an object is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The entity tag, with its quotes.
    pub etag: String,
    /// The version, where the bucket has or had versioning: `null` for one from before.
    pub version: Option<String>,
}

/// What must hold for a put to happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition<'a> {
    /// Nothing is there.
    Absent,
    /// What is there is still this.
    Still(&'a Stamp),
}

/// What became of a put.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Put {
    /// It was written.
    Written(Stamp),
    /// The condition did not hold. After a lost answer that may be our own doing: look.
    Refused,
}

/// An object as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmallObject {
    /// Its bytes; `None` when there are more than [`LONGEST_BODY`].
    pub body: Option<Vec<u8>>,
    /// Which state it is.
    pub stamp: Stamp,
    /// When it was written, by the service's clock, to the second.
    pub modified: OffsetDateTime,
    /// What the service's clock said when it answered, to the second; `None` when it did not say.
    pub answered: Option<OffsetDateTime>,
}

impl BucketHandle {
    /// Writes an object if the condition holds. What another writer's race causes (409) is tried again for
    /// some seconds.
    pub async fn put_object_if(
        &self,
        key: &str,
        body: &[u8],
        condition: Condition<'_>,
    ) -> Result<Put, CloudError> {
        let operation = "s3:PutObject";
        let mut pauses = race();
        loop {
            let request = self.client.put_object().bucket(self.name()).key(key);
            let request = request.expected_bucket_owner(self.owner()).content_type("application/json");
            let request = match condition {
                Condition::Absent => request.if_none_match("*"),
                Condition::Still(stamp) => request.if_match(&stamp.etag),
            };
            let error = match request.body(ByteStream::from(body.to_vec())).send().await {
                Ok(answer) => {
                    let etag = answer.e_tag.ok_or_else(|| incomplete(operation, Effect::Write))?;
                    return Ok(Put::Written(Stamp { etag, version: answer.version_id }));
                }
                Err(error) if is_refused(&error) => return Ok(Put::Refused),
                Err(error) => error,
            };
            let pause = pauses.next().filter(|_| is_race(&error));
            let Some(pause) = pause else { return Err(cloud_error(operation, Effect::Write, &error)) };
            tokio::time::sleep(pause).await;
        }
    }

    /// Reads an object; `None` when there is none.
    pub async fn get_object(&self, key: &str) -> Result<Option<SmallObject>, CloudError> {
        let operation = "s3:GetObject";
        let clock = Clock::default();
        let request = self.client.get_object().bucket(self.name()).key(key);
        let request = request.expected_bucket_owner(self.owner());
        let answer = match request.customize().interceptor(clock.clone()).send().await {
            Ok(answer) => answer,
            Err(error) if error.code() == Some("NoSuchKey") => return Ok(None),
            Err(error) => return Err(cloud_error(operation, Effect::Read, &error)),
        };
        let missing = || incomplete(operation, Effect::Read);
        let modified = answer.last_modified.map(|modified| modified.secs()).ok_or_else(missing)?;
        let stamp = Stamp { etag: answer.e_tag.ok_or_else(missing)?, version: answer.version_id };
        Ok(Some(SmallObject {
            body: bounded(answer.body).await.map_err(|_| missing())?,
            stamp,
            modified: OffsetDateTime::from_unix_timestamp(modified).map_err(|_| missing())?,
            answered: clock.answered(),
        }))
    }

    /// Removes that state of an object, and says whether it was still there.
    ///
    /// A version goes by its id, and nothing else is touched: no delete marker stays. Without versioning the
    /// entity tag is the condition.
    pub async fn delete_object(&self, key: &str, which: &Stamp) -> Result<bool, CloudError> {
        let request = self.client.delete_object().bucket(self.name()).key(key);
        let request = request.expected_bucket_owner(self.owner());
        let request = match &which.version {
            Some(version) => request.version_id(version),
            None => request.if_match(&which.etag),
        };
        let mut pauses = race();
        loop {
            let error = match request.clone().send().await {
                Ok(_) => return Ok(true),
                Err(error) if is_refused(&error) => return Ok(false),
                Err(error) => error,
            };
            let pause = pauses.next().filter(|_| is_race(&error));
            let Some(pause) = pause else {
                return Err(cloud_error("s3:DeleteObject", Effect::Write, &error));
            };
            tokio::time::sleep(pause).await;
        }
    }
}

/// How long a race with another writer is tried again: the other is done within moments.
fn race() -> Pace {
    Pace::new(Duration::from_millis(100), Duration::from_secs(1), Duration::from_secs(5))
}

/// 412 for what is there and another than meant; 404 for what is gone.
fn is_refused<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> bool {
    matches!(error.code(), Some("PreconditionFailed" | "NoSuchKey" | "NoSuchVersion"))
}

fn is_race<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> bool {
    matches!(error.code(), Some("ConditionalRequestConflict" | "OperationAborted"))
}

/// The whole body, or `None` as soon as it is too long.
pub(super) async fn bounded(mut body: ByteStream) -> Result<Option<Vec<u8>>, BoxError> {
    let mut read = Vec::new();
    while let Some(part) = body.try_next().await? {
        if read.len() + part.len() > LONGEST_BODY {
            return Ok(None);
        }
        read.extend_from_slice(&part);
    }
    Ok(Some(read))
}

/// Keeps what the service's clock said: the SDK does not hand out the `Date` of an answer.
#[derive(Clone, Debug, Default)]
struct Clock(Arc<Mutex<Option<OffsetDateTime>>>);

impl Clock {
    fn answered(&self) -> Option<OffsetDateTime> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Intercept for Clock {
    fn name(&self) -> &'static str {
        "Clock"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let date = context.response().headers().get("date");
        let date = date.and_then(|date| OffsetDateTime::parse(date, &Rfc2822).ok());
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = date;
        Ok(())
    }
}

#[cfg(test)]
#[path = "object_tests.rs"]
mod tests;
