//! S3: one handle on one bucket, by which everything reads and writes it (aws-s3-iam.md section 3).
//!
//! Every call but the creation says whose the bucket must be. Writes on one bucket come one at a time. What must
//! not live here: what can be set on a bucket, which is a file a setting in `resource::bucket`.

mod compatible;
mod object;
mod presence;
mod tags;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration};

pub use compatible::VersioningRoot;
pub use object::{Condition, Put, Stamp};
pub use presence::Presence;

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
        })
    }
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

    /// Whether this run made the bucket.
    #[must_use]
    pub fn is_made_by_this_run(&self) -> bool {
        self.aws.has_made(&Made::Bucket(self.name.clone()))
    }

    /// Tells that this run made the bucket, when that was not seen from the answer.
    pub fn note_made(&self) {
        self.aws.note_made(Made::Bucket(self.name.clone()));
    }

    /// Makes the bucket. Look first: in us-east-1 making an own bucket again succeeds and resets its ACLs.
    pub async fn create(&self) -> Result<(), CloudError> {
        // us-east-1 has no name of its own here: naming it is refused.
        let elsewhere = (self.region.as_str() != "us-east-1").then(|| {
            let constraint = BucketLocationConstraint::from(self.region.as_str());
            CreateBucketConfiguration::builder().location_constraint(constraint).build()
        });
        let request =
            self.client.create_bucket().bucket(self.name()).set_create_bucket_configuration(elsewhere);
        let attempts = Attempts::default();
        let send = || request.clone().customize().interceptor(attempts.restart()).send();
        match self.write("s3:CreateBucket", send).await {
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
