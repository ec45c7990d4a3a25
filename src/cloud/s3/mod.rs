//! S3: one handle on one bucket, by which everything reads and writes it (aws-s3-iam.md section 3).
//!
//! Every call but the creation says whose the bucket must be. Writes on one bucket come one at a time. What must
//! not live here: what can be set on a bucket, which is a file a setting in `resource::bucket`.

mod as_app;
mod compatible;
mod contents;
mod copies;
mod glance;
mod keys;
mod object;
mod presence;
mod tags;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod unread;

use std::collections::BTreeMap;

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration, Tag};

pub use as_app::{Seen, TRIAL};
pub use compatible::VersioningRoot;
pub use contents::Contents;
pub use copies::{Amount, Sizes};
pub use object::{Condition, Put, Stamp};
pub use presence::Presence;
pub use unread::{ReadAlong, Unread};

use unread::Notes;

pub(crate) use crate::cloud::aws::error::unbuildable;

use crate::cloud::aws::count::Attempts;
use crate::cloud::aws::error::{Effect, cloud_error, incomplete};
use crate::cloud::aws::{Aws, Made, Owner};
use crate::cloud::{Certainty, CloudError};
use crate::spec::{AwsRegion, BucketName};

/// One bucket, whether it is there or not: what reads and what writes on it is asked through this.
#[derive(Clone)]
pub struct BucketHandle {
    aws: Aws,
    client: aws_sdk_s3::Client,
    name: BucketName,
    region: AwsRegion,
    owner: Owner,
    notes: Notes,
}

/// What the SDK says of a call.
type Sdk<E> = SdkError<E, aws_sdk_s3::config::http::HttpResponse>;

impl Aws {
    /// A handle on the bucket of that name, which must be in that region and belong to that account.
    pub async fn bucket(
        &self,
        name: &BucketName,
        region: &AwsRegion,
        owner: &Owner,
    ) -> Result<BucketHandle, CloudError> {
        Ok(BucketHandle {
            aws: self.clone(),
            client: self.s3_client(region).await?,
            name: name.clone(),
            region: region.clone(),
            owner: owner.clone(),
            notes: Notes::default(),
        })
    }
}

/// Whether a creation may have been refused for its tags alone: they need a right of their own
/// (`s3:TagResource`), and not every store knows them.
fn may_be_of_tags(error: &CloudError) -> bool {
    let codes = ["AccessDenied", "InvalidArgument", "InvalidRequest", "MalformedXML", "NotImplemented"];
    error.id.as_deref().is_some_and(|code| codes.contains(&code))
}

/// An answer that cannot be read. It must not pass for an empty one, which would be overwritten.
pub(crate) fn malformed(operation: &str) -> CloudError {
    incomplete(operation, Effect::Read)
}

impl BucketHandle {
    /// The SDK's client, for requests that carry the bucket's name and owner.
    #[must_use]
    pub fn sdk(&self) -> &aws_sdk_s3::Client {
        &self.client
    }

    /// The bucket's name, which every request must carry.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name.as_str()
    }

    /// The account that the bucket must belong to, which every request must carry.
    #[must_use]
    pub fn owner(&self) -> &str {
        self.owner.as_str()
    }

    /// Reads along what S3 answers about a setting, whose elements are these, for what the SDK passes over.
    #[must_use]
    pub fn along(&self, setting: &'static str, known: &'static [&'static str]) -> ReadAlong {
        self.notes.along(setting, known)
    }

    /// What S3 said through this handle that was not understood.
    #[must_use]
    pub fn unread(&self) -> Unread {
        self.notes.all()
    }

    /// Whether this run made the bucket.
    #[must_use]
    pub fn is_made_by_this_run(&self) -> bool {
        self.aws.has_made(&Made::Bucket(self.name.clone()))
    }

    /// Tells that this run made the bucket, when that was not seen from the answer.
    pub fn note_made(&self) {
        self.aws.note_made(Made::Bucket(self.name.clone()));
    }

    /// Makes the bucket with its tags, so that nobody ever sees it without. Look first: in us-east-1 making an own
    /// bucket again succeeds and resets its ACLs.
    ///
    /// Where tags are refused the bucket is made without: whether it has them is for the caller to see, since some
    /// stores take them and lose them.
    pub async fn create(&self, tags: &BTreeMap<String, String>) -> Result<(), CloudError> {
        match self.create_with(tags).await {
            Err(error) if may_be_of_tags(&error) => self.create_with(&BTreeMap::new()).await,
            outcome => outcome,
        }
    }

    async fn create_with(&self, tags: &BTreeMap<String, String>) -> Result<(), CloudError> {
        let operation = "s3:CreateBucket";
        let tags = tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build());
        let tags: Vec<Tag> = tags.collect::<Result<_, _>>().map_err(|_| unbuildable(operation))?;
        // us-east-1 has no name of its own here: naming it is refused.
        let constraint = (self.region.as_str() != "us-east-1")
            .then(|| BucketLocationConstraint::from(self.region.as_str()));
        let configuration = (constraint.is_some() || !tags.is_empty()).then(|| {
            let tags = Some(tags).filter(|tags| !tags.is_empty());
            let configuration = CreateBucketConfiguration::builder().set_location_constraint(constraint);
            configuration.set_tags(tags).build()
        });
        let request =
            self.client.create_bucket().bucket(self.name()).set_create_bucket_configuration(configuration);
        let attempts = Attempts::default();
        let send = || request.clone().customize().interceptor(attempts.restart()).send();
        match self.write(operation, send).await {
            Err(error)
                if attempts.is_repeated() && error.id.as_deref() == Some("BucketAlreadyOwnedByYou") =>
            {
                Err(CloudError { certainty: Certainty::Unknown, ..error })
            }
            answer => {
                answer?;
                self.note_made();
                Ok(())
            }
        }
    }

    /// Reads what every bucket has.
    pub async fn read<T, E>(
        &self,
        operation: &str,
        sent: impl Future<Output = Result<T, Sdk<E>>>,
    ) -> Result<T, CloudError>
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        sent.await.map_err(|error| cloud_error(operation, Effect::Read, &error))
    }

    /// Reads what a bucket may lack: `None` when S3 answers with the code that says so.
    pub async fn read_if_set<T, E>(
        &self,
        operation: &str,
        not_set: &str,
        sent: impl Future<Output = Result<T, Sdk<E>>>,
    ) -> Result<Option<T>, CloudError>
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        match sent.await {
            Ok(answer) => Ok(Some(answer)),
            Err(error) if error.code() == Some(not_set) => Ok(None),
            Err(error) => Err(cloud_error(operation, Effect::Read, &error)),
        }
    }

    /// Reads of a bucket that this run made, again while S3 has not heard of it everywhere.
    pub async fn read_new<T, F>(&self, read: impl Fn() -> F) -> Result<T, CloudError>
    where
        F: Future<Output = Result<T, CloudError>>,
    {
        let mut pace = self.aws.paces().bucket.clone();
        loop {
            let error = match read().await {
                Err(error) if error.is_not_found() => error,
                answer => return answer,
            };
            let Some(pause) = pace.next() else { return Err(error) };
            if self.aws.paces().stop.pause(pause).await.is_err() {
                return Err(error);
            }
        }
    }

    /// Writes; one write at a time a bucket. What S3 answers while it is busy passes, and so does not having heard of
    /// a bucket that this run made: the SDK repeats neither (aws-s3-iam.md sections 1 and 3).
    pub async fn write<T, E, F>(&self, operation: &str, send: impl Fn() -> F) -> Result<(), CloudError>
    where
        F: Future<Output = Result<T, Sdk<E>>>,
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let lock = self.aws.bucket_lock(&self.name);
        let _alone = lock.lock().await;
        let is_new = self.is_made_by_this_run();
        let mut pace = self.aws.paces().bucket.clone();
        loop {
            let error = match send().await {
                Ok(_) => return Ok(()),
                Err(error) => cloud_error(operation, Effect::Write, &error),
            };
            let passes = match error.id.as_deref() {
                Some("OperationAborted" | "ConditionalRequestConflict") => true,
                Some("NoSuchBucket") => is_new && operation != "s3:DeleteBucket",
                _ => false,
            };
            let Some(pause) = pace.next().filter(|_| passes) else { return Err(error) };
            if self.aws.paces().stop.pause(pause).await.is_err() {
                return Err(error);
            }
        }
    }
}
