//! S3 buckets: what is set on them, and writing it (aws-s3-iam.md section 3).
//!
//! Every call after the first look says whose the bucket must be. Writes on one bucket come one at a time.

mod compatible;
mod object;
mod read;
mod rules;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::types::{
    BlockedEncryptionTypes, BucketLifecycleConfiguration, BucketLocationConstraint, BucketVersioningStatus,
    CorsConfiguration, CreateBucketConfiguration, EncryptionType, ObjectOwnership, OwnershipControls,
    OwnershipControlsRule, PublicAccessBlockConfiguration, ServerSideEncryption,
    ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration, ServerSideEncryptionRule, Tag, Tagging,
    VersioningConfiguration,
};

pub use object::{Condition, LONGEST_BODY, ObjectPlace, Put, SmallObject, Stamp};
pub use read::{Ask, BucketSettings, EncryptionState, Presence, PublicAccessBlock, Versioning};
pub use rules::{CorsRule, LifecycleRule};

use crate::cloud::aws::count::Attempts;
use crate::cloud::aws::error::{Effect, cloud_error, unbuildable};
use crate::cloud::aws::{Aws, Made, Owner};
use crate::cloud::policy::PolicyDocument;
use crate::cloud::{Certainty, CloudError};
use crate::spec::{AwsRegion, BucketName, Encryption};

/// S3 in one region.
#[derive(Clone)]
pub struct S3 {
    aws: Aws,
    region: AwsRegion,
}

type Sdk<E> = SdkError<E, aws_sdk_s3::config::http::HttpResponse>;

impl Aws {
    /// S3 in a region.
    #[must_use]
    pub fn s3(&self, region: &AwsRegion) -> S3 {
        S3 { aws: self.clone(), region: region.clone() }
    }
}

impl S3 {
    async fn client(&self) -> Result<aws_sdk_s3::Client, CloudError> {
        self.aws.s3_client(&self.region).await
    }

    /// Whether this run made the bucket.
    #[must_use]
    pub fn has_made(&self, name: &BucketName) -> bool {
        self.aws.has_made(&Made::Bucket(name.clone()))
    }

    /// Tells that this run made the bucket, when that was not seen from the answer.
    pub fn note_made(&self, name: &BucketName) {
        self.aws.note_made(Made::Bucket(name.clone()));
    }

    /// Makes a bucket. Look first: in us-east-1 making an own bucket again succeeds and resets its ACLs.
    pub async fn create(&self, name: &BucketName, region: &AwsRegion) -> Result<(), CloudError> {
        let client = self.client().await?;
        // us-east-1 has no name of its own here: naming it is refused.
        let elsewhere = (region.as_str() != "us-east-1").then(|| {
            let constraint = BucketLocationConstraint::from(region.as_str());
            CreateBucketConfiguration::builder().location_constraint(constraint).build()
        });
        let request = client.create_bucket().bucket(name.as_str()).set_create_bucket_configuration(elsewhere);
        let attempts = Attempts::default();
        let send = || request.clone().customize().interceptor(attempts.restart()).send();
        match self.write("s3:CreateBucket", name, send).await {
            Err(error)
                if attempts.is_repeated() && error.id.as_deref() == Some("BucketAlreadyOwnedByYou") =>
            {
                Err(CloudError { certainty: Certainty::Unknown, ..error })
            }
            answer => {
                answer?;
                self.aws.note_made(Made::Bucket(name.clone()));
                Ok(())
            }
        }
    }

    /// Removes an empty bucket; one that is gone already is fine.
    pub async fn delete_bucket(&self, name: &BucketName, owner: &Owner) -> Result<(), CloudError> {
        let request = self.client().await?.delete_bucket().bucket(name.as_str());
        let request = request.expected_bucket_owner(owner.as_str());
        match self.write("s3:DeleteBucket", name, || request.clone().send()).await {
            Err(error) if error.is_not_found() => Ok(()),
            answer => answer,
        }
    }

    /// All four settings on, or all four off.
    pub async fn put_public_access_block(
        &self,
        name: &BucketName,
        owner: &Owner,
        blocked: bool,
    ) -> Result<(), CloudError> {
        let block = PublicAccessBlockConfiguration::builder()
            .block_public_acls(blocked)
            .ignore_public_acls(blocked)
            .block_public_policy(blocked)
            .restrict_public_buckets(blocked)
            .build();
        let client = self.client().await?;
        let request = client.put_public_access_block().bucket(name.as_str());
        let request = request.expected_bucket_owner(owner.as_str()).public_access_block_configuration(block);
        self.write("s3:PutPublicAccessBlock", name, || request.clone().send()).await
    }

    /// The bucket's owner owns every object, and ACLs are off.
    pub async fn put_ownership_enforced(&self, name: &BucketName, owner: &Owner) -> Result<(), CloudError> {
        let rule =
            OwnershipControlsRule::builder().object_ownership(ObjectOwnership::BucketOwnerEnforced).build();
        let controls = rule.and_then(|rule| OwnershipControls::builder().rules(rule).build());
        let controls = controls.map_err(|_| unbuildable("s3:PutBucketOwnershipControls"))?;
        let client = self.client().await?;
        let request = client.put_bucket_ownership_controls().bucket(name.as_str());
        let request = request.expected_bucket_owner(owner.as_str()).ownership_controls(controls);
        self.write("s3:PutBucketOwnershipControls", name, || request.clone().send()).await
    }

    /// Encryption at rest; `blocked` are the kinds that the bucket refuses, carried over as they were read.
    pub async fn put_encryption(
        &self,
        name: &BucketName,
        owner: &Owner,
        encryption: &Encryption,
        blocked: &[String],
    ) -> Result<(), CloudError> {
        let (algorithm, key) = match encryption {
            Encryption::Aes256 => (ServerSideEncryption::Aes256, None),
            Encryption::Kms(key) => (ServerSideEncryption::AwsKms, Some(key.clone())),
        };
        let is_kms = key.is_some();
        let default = ServerSideEncryptionByDefault::builder()
            .sse_algorithm(algorithm)
            .set_kms_master_key_id(key)
            .build();
        let default = default.map_err(|_| unbuildable("s3:PutBucketEncryption"))?;
        let types = blocked.iter().map(|one| EncryptionType::from(one.as_str())).collect();
        let blocked = BlockedEncryptionTypes::builder().set_encryption_type(Some(types)).build();
        let rule = ServerSideEncryptionRule::builder()
            .apply_server_side_encryption_by_default(default)
            .set_bucket_key_enabled(is_kms.then_some(true))
            .set_blocked_encryption_types(
                blocked.encryption_type.as_ref().is_some_and(|types| !types.is_empty()).then_some(blocked),
            )
            .build();
        let rules = ServerSideEncryptionConfiguration::builder().rules(rule).build();
        let rules = rules.map_err(|_| unbuildable("s3:PutBucketEncryption"))?;
        let client = self.client().await?;
        let request = client.put_bucket_encryption().bucket(name.as_str());
        let request =
            request.expected_bucket_owner(owner.as_str()).server_side_encryption_configuration(rules);
        self.write("s3:PutBucketEncryption", name, || request.clone().send()).await
    }

    /// Keeps old versions from now on, or no longer.
    pub async fn put_versioning(
        &self,
        name: &BucketName,
        owner: &Owner,
        enabled: bool,
    ) -> Result<(), CloudError> {
        let status =
            if enabled { BucketVersioningStatus::Enabled } else { BucketVersioningStatus::Suspended };
        let client = self.client().await?;
        let request =
            client.put_bucket_versioning().bucket(name.as_str()).expected_bucket_owner(owner.as_str());
        let request =
            request.versioning_configuration(VersioningConfiguration::builder().status(status).build());
        self.write("s3:PutBucketVersioning", name, || request.clone().send()).await
    }

    /// Replaces all lifecycle rules.
    pub async fn put_lifecycle(
        &self,
        name: &BucketName,
        owner: &Owner,
        rules: &[LifecycleRule],
    ) -> Result<(), CloudError> {
        let rules = rules.iter().map(LifecycleRule::to_sdk).collect::<Result<_, _>>();
        let rules =
            rules.and_then(|rules| BucketLifecycleConfiguration::builder().set_rules(Some(rules)).build());
        let rules = rules.map_err(|_| unbuildable("s3:PutBucketLifecycleConfiguration"))?;
        let client = self.client().await?;
        let request = client.put_bucket_lifecycle_configuration().bucket(name.as_str());
        let request = request.expected_bucket_owner(owner.as_str()).lifecycle_configuration(rules);
        self.write("s3:PutBucketLifecycleConfiguration", name, || request.clone().send()).await
    }

    /// Removes all lifecycle rules.
    pub async fn delete_lifecycle(&self, name: &BucketName, owner: &Owner) -> Result<(), CloudError> {
        let client = self.client().await?;
        let request =
            client.delete_bucket_lifecycle().bucket(name.as_str()).expected_bucket_owner(owner.as_str());
        self.write("s3:DeleteBucketLifecycle", name, || request.clone().send()).await
    }

    /// Replaces all cross-origin rules.
    pub async fn put_cors(
        &self,
        name: &BucketName,
        owner: &Owner,
        rules: &[CorsRule],
    ) -> Result<(), CloudError> {
        let rules = rules.iter().map(CorsRule::to_sdk).collect::<Result<_, _>>();
        let rules = rules.and_then(|rules| CorsConfiguration::builder().set_cors_rules(Some(rules)).build());
        let rules = rules.map_err(|_| unbuildable("s3:PutBucketCors"))?;
        let client = self.client().await?;
        let request = client.put_bucket_cors().bucket(name.as_str());
        let request = request.expected_bucket_owner(owner.as_str()).cors_configuration(rules);
        self.write("s3:PutBucketCors", name, || request.clone().send()).await
    }

    /// Replaces the whole set of tags.
    pub async fn put_tags(
        &self,
        name: &BucketName,
        owner: &Owner,
        tags: &BTreeMap<String, String>,
    ) -> Result<(), CloudError> {
        let tags = tags
            .iter()
            .map(|(key, value)| Tag::builder().key(key).value(value).build())
            .collect::<Result<_, _>>();
        let tags = tags.and_then(|tags| Tagging::builder().set_tag_set(Some(tags)).build());
        let tags = tags.map_err(|_| unbuildable("s3:PutBucketTagging"))?;
        let client = self.client().await?;
        let request = client
            .put_bucket_tagging()
            .bucket(name.as_str())
            .expected_bucket_owner(owner.as_str())
            .tagging(tags);
        self.write("s3:PutBucketTagging", name, || request.clone().send()).await
    }

    /// Replaces the bucket policy.
    pub async fn put_policy(
        &self,
        name: &BucketName,
        owner: &Owner,
        policy: &PolicyDocument,
    ) -> Result<(), CloudError> {
        let client = self.client().await?;
        let request = client.put_bucket_policy().bucket(name.as_str());
        let request = request.expected_bucket_owner(owner.as_str()).policy(policy.to_text());
        self.write("s3:PutBucketPolicy", name, || request.clone().send()).await
    }

    /// Removes the bucket policy.
    pub async fn delete_policy(&self, name: &BucketName, owner: &Owner) -> Result<(), CloudError> {
        let client = self.client().await?;
        let request =
            client.delete_bucket_policy().bucket(name.as_str()).expected_bucket_owner(owner.as_str());
        self.write("s3:DeleteBucketPolicy", name, || request.clone().send()).await
    }

    /// One write at a time a bucket. What S3 answers while it is busy passes, and so does not having heard of
    /// a bucket that this run made: the SDK repeats neither (aws-s3-iam.md sections 1 and 3).
    async fn write<T, E, F>(
        &self,
        operation: &str,
        name: &BucketName,
        send: impl Fn() -> F,
    ) -> Result<(), CloudError>
    where
        F: Future<Output = Result<T, Sdk<E>>>,
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let lock = self.aws.bucket_lock(name);
        let _alone = lock.lock().await;
        let is_new = self.aws.has_made(&Made::Bucket(name.clone()));
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
            tokio::time::sleep(pause).await;
        }
    }
}
