//! What a bucket is like: whether it is there and ours, and everything that is set on it.

use std::collections::BTreeMap;

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::types::{BucketVersioningStatus, ServerSideEncryption};

use super::compatible::VersioningRoot;
use super::{CorsRule, LifecycleRule, S3};
use crate::cloud::aws::error::{Effect, cloud_error, incomplete};
use crate::cloud::aws::{AccessKeyPair, Owner};
use crate::cloud::clean::clean;
use crate::cloud::policy::PolicyDocument;
use crate::cloud::{CloudError, ErrorKind};
use crate::spec::{BucketName, Encryption};

/// Whether a bucket is there.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub enum Presence {
    /// No bucket has that name.
    Absent,
    /// It is there, in the region that was asked, and ours.
    Present,
    /// It is there, in another region.
    InOtherRegion {
        /// Which.
        region: String,
    },
    /// It is someone else's, or these credentials may not see it.
    Forbidden,
}

/// Everything that is set on a bucket; `None` is what S3 says is not configured.
#[derive(Clone, Debug, serde::Serialize)]
pub struct BucketSettings {
    /// The public access block.
    pub public_access_block: Option<PublicAccessBlock>,
    /// Who owns objects: `BucketOwnerEnforced`.
    pub ownership: Option<String>,
    /// Encryption at rest.
    pub encryption: Option<EncryptionState>,
    /// Versioning.
    pub versioning: Versioning,
    /// Lifecycle rules, in the service's order.
    pub lifecycle: Vec<LifecycleRule>,
    /// Cross-origin rules.
    pub cors: Vec<CorsRule>,
    /// The bucket policy.
    pub policy: Option<PolicyDocument>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
}

/// The four settings that keep the public out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct PublicAccessBlock([bool; 4]);

impl PublicAccessBlock {
    /// What all four say, when they agree.
    #[must_use]
    pub fn all(self) -> Option<bool> {
        self.0.iter().all(|setting| *setting == self.0[0]).then_some(self.0[0])
    }
}

/// Encryption as it is set.
#[derive(Clone, Debug, serde::Serialize)]
pub struct EncryptionState {
    /// By which key.
    pub encryption: Encryption,
    /// Kinds of encryption that the bucket refuses; not managed, and carried over.
    pub blocked_types: Vec<String>,
}

/// Whether old versions are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub enum Versioning {
    /// Never was; there is no way back to this.
    Never,
    /// Is.
    Enabled,
    /// Was.
    Suspended,
}

impl S3 {
    /// Looks for a bucket. The region comes with every answer, even a refusal (aws-s3-iam.md section 3).
    pub async fn head(&self, name: &BucketName, owner: &Owner) -> Result<Presence, CloudError> {
        let request = self.client().await?.head_bucket().bucket(name.as_str());
        let request = request.expected_bucket_owner(owner.as_str());
        let (status, region) = match request.send().await {
            Ok(answer) => (200, answer.bucket_region().map(str::to_owned)),
            Err(error) => {
                let response = error.raw_response();
                let region = response
                    .and_then(|response| response.headers().get("x-amz-bucket-region"))
                    .map(str::to_owned);
                let failure = cloud_error("s3:HeadBucket", Effect::Read, &error);
                match failure.status {
                    Some(status @ (301 | 400 | 403 | 404)) if failure.kind != ErrorKind::Unauthorized => {
                        (status, region)
                    }
                    _ => return Err(failure),
                }
            }
        };
        let elsewhere =
            region.map(|region| clean(&region, &[], 64)).filter(|region| region != self.region.as_str());
        Ok(match (status, elsewhere) {
            (404, _) => Presence::Absent,
            (403, _) => Presence::Forbidden,
            (_, Some(region)) => Presence::InOtherRegion { region },
            (200, None) => Presence::Present,
            _ => Presence::Forbidden,
        })
    }

    /// Whether another key reaches the bucket: an error when it does not.
    pub async fn head_as(&self, key: &AccessKeyPair, name: &BucketName) -> Result<(), CloudError> {
        let other = aws_sdk_s3::config::Builder::new().credentials_provider(key.provider());
        let request = self.client().await?.head_bucket().bucket(name.as_str());
        let answer = request.customize().config_override(other).send().await;
        answer.map(drop).map_err(|error| cloud_error("s3:HeadBucket", Effect::Read, &error))
    }

    /// Reads settings of a bucket one by one.
    pub async fn ask<'a>(&self, name: &'a BucketName, owner: &'a Owner) -> Result<Ask<'a>, CloudError> {
        Ok(Ask { client: self.client().await?, name: name.as_str(), owner: owner.as_str() })
    }

    /// Reads everything that is set on a bucket, at once.
    pub async fn settings(&self, name: &BucketName, owner: &Owner) -> Result<BucketSettings, CloudError> {
        let ask = self.ask(name, owner).await?;
        // Boxed, since the SDK's futures are large.
        let (public_access_block, ownership, encryption, versioning, lifecycle, cors, policy, tags) = tokio::try_join!(
            Box::pin(ask.public_access_block()),
            Box::pin(ask.ownership()),
            Box::pin(ask.encryption()),
            Box::pin(ask.versioning()),
            Box::pin(ask.lifecycle()),
            Box::pin(ask.cors()),
            Box::pin(ask.policy()),
            Box::pin(ask.tags()),
        )?;
        Ok(BucketSettings {
            public_access_block,
            ownership,
            encryption,
            versioning,
            lifecycle,
            cors,
            policy,
            tags,
        })
    }
}

/// One read a setting; each gives what the field of [`BucketSettings`] holds.
pub struct Ask<'a> {
    client: aws_sdk_s3::Client,
    name: &'a str,
    owner: &'a str,
}

impl Ask<'_> {
    /// The public access block.
    pub async fn public_access_block(&self) -> Result<Option<PublicAccessBlock>, CloudError> {
        let request =
            self.client.get_public_access_block().bucket(self.name).expected_bucket_owner(self.owner);
        let absent = "NoSuchPublicAccessBlockConfiguration";
        let answer = configured("s3:GetPublicAccessBlock", absent, request.send().await)?;
        Ok(answer.and_then(|answer| answer.public_access_block_configuration).map(|block| {
            PublicAccessBlock([
                block.block_public_acls.unwrap_or_default(),
                block.ignore_public_acls.unwrap_or_default(),
                block.block_public_policy.unwrap_or_default(),
                block.restrict_public_buckets.unwrap_or_default(),
            ])
        }))
    }

    /// Who owns objects.
    pub async fn ownership(&self) -> Result<Option<String>, CloudError> {
        let request =
            self.client.get_bucket_ownership_controls().bucket(self.name).expected_bucket_owner(self.owner);
        let absent = "OwnershipControlsNotFoundError";
        let answer = configured("s3:GetBucketOwnershipControls", absent, request.send().await)?;
        let controls = answer.and_then(|answer| answer.ownership_controls);
        Ok(controls.and_then(|controls| Some(controls.rules.first()?.object_ownership.as_str().to_owned())))
    }

    /// Encryption at rest.
    pub async fn encryption(&self) -> Result<Option<EncryptionState>, CloudError> {
        let request = self.client.get_bucket_encryption().bucket(self.name).expected_bucket_owner(self.owner);
        let absent = "ServerSideEncryptionConfigurationNotFoundError";
        let answer = configured("s3:GetBucketEncryption", absent, request.send().await)?;
        let rules = answer.and_then(|answer| answer.server_side_encryption_configuration);
        Ok(rules.and_then(|rules| encryption_state(&rules)))
    }

    /// Versioning.
    pub async fn versioning(&self) -> Result<Versioning, CloudError> {
        let request = self.client.get_bucket_versioning().bucket(self.name).expected_bucket_owner(self.owner);
        let answer = request.customize().interceptor(VersioningRoot).send().await;
        let answer = configured("s3:GetBucketVersioning", "", answer)?;
        Ok(match answer.and_then(|answer| answer.status) {
            Some(BucketVersioningStatus::Enabled) => Versioning::Enabled,
            Some(BucketVersioningStatus::Suspended) => Versioning::Suspended,
            _ => Versioning::Never,
        })
    }

    /// Lifecycle rules.
    pub async fn lifecycle(&self) -> Result<Vec<LifecycleRule>, CloudError> {
        let request = self
            .client
            .get_bucket_lifecycle_configuration()
            .bucket(self.name)
            .expected_bucket_owner(self.owner);
        let absent = "NoSuchLifecycleConfiguration";
        let answer = configured("s3:GetBucketLifecycleConfiguration", absent, request.send().await)?;
        Ok(answer
            .map(|answer| answer.rules().iter().map(LifecycleRule::from_sdk).collect())
            .unwrap_or_default())
    }

    /// Cross-origin rules.
    pub async fn cors(&self) -> Result<Vec<CorsRule>, CloudError> {
        let request = self.client.get_bucket_cors().bucket(self.name).expected_bucket_owner(self.owner);
        let answer = configured("s3:GetBucketCors", "NoSuchCORSConfiguration", request.send().await)?;
        Ok(answer
            .map(|answer| answer.cors_rules().iter().map(CorsRule::from_sdk).collect())
            .unwrap_or_default())
    }

    /// The bucket policy.
    pub async fn policy(&self) -> Result<Option<PolicyDocument>, CloudError> {
        let request = self.client.get_bucket_policy().bucket(self.name).expected_bucket_owner(self.owner);
        let operation = "s3:GetBucketPolicy";
        let answer = configured(operation, "NoSuchBucketPolicy", request.send().await)?;
        // What cannot be read must not pass for absent: it would be overwritten.
        let parse =
            |text: String| PolicyDocument::parse(&text).map_err(|_| incomplete(operation, Effect::Read));
        answer.and_then(|answer| answer.policy).map(parse).transpose()
    }

    /// Tags.
    pub async fn tags(&self) -> Result<BTreeMap<String, String>, CloudError> {
        let request = self.client.get_bucket_tagging().bucket(self.name).expected_bucket_owner(self.owner);
        let answer = configured("s3:GetBucketTagging", "NoSuchTagSet", request.send().await)?;
        let tags = answer.map(|answer| answer.tag_set).unwrap_or_default();
        Ok(tags.into_iter().map(|tag| (tag.key, tag.value)).collect())
    }
}

fn encryption_state(rules: &aws_sdk_s3::types::ServerSideEncryptionConfiguration) -> Option<EncryptionState> {
    let rule = rules.rules().first()?;
    let default = rule.apply_server_side_encryption_by_default()?;
    let encryption = match default.sse_algorithm() {
        ServerSideEncryption::Aes256 => Encryption::Aes256,
        _ => Encryption::Kms(default.kms_master_key_id().unwrap_or("aws/s3").to_owned()),
    };
    let blocked = rule
        .blocked_encryption_types()
        .map(aws_sdk_s3::types::BlockedEncryptionTypes::encryption_type)
        .unwrap_or_default();
    Some(EncryptionState {
        encryption,
        blocked_types: blocked.iter().map(|one| one.as_str().to_owned()).collect(),
    })
}

/// `None` when S3 answers with the code that means "not configured".
fn configured<T, E>(
    operation: &str,
    absent: &str,
    answer: Result<T, SdkError<E, aws_sdk_s3::config::http::HttpResponse>>,
) -> Result<Option<T>, CloudError>
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.code() == Some(absent) => Ok(None),
        Err(error) => Err(cloud_error(operation, Effect::Read, &error)),
    }
}
