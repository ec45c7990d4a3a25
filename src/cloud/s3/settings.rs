//! Everything that is set on a bucket: a read and a write a setting.

use std::collections::BTreeMap;

use aws_sdk_s3::types::{
    BlockedEncryptionTypes, BucketLifecycleConfiguration, BucketVersioningStatus, CorsConfiguration,
    EncryptionType, ObjectOwnership, OwnershipControls, OwnershipControlsRule,
    PublicAccessBlockConfiguration, ServerSideEncryption, ServerSideEncryptionByDefault,
    ServerSideEncryptionConfiguration, ServerSideEncryptionRule, Tag, Tagging, VersioningConfiguration,
};

use super::compatible::VersioningRoot;
use super::{BucketHandle, CorsRule, LifecycleRule};
use crate::cloud::CloudError;
use crate::cloud::aws::error::{Effect, incomplete, unbuildable};
use crate::cloud::policy::PolicyDocument;
use crate::spec::Encryption;

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

impl BucketHandle {
    /// Reads everything that is set on a bucket, at once.
    pub async fn settings(&self) -> Result<BucketSettings, CloudError> {
        // Boxed, since the SDK's futures are large.
        let (public_access_block, ownership, encryption, versioning, lifecycle, cors, policy, tags) = tokio::try_join!(
            Box::pin(self.public_access_block()),
            Box::pin(self.ownership()),
            Box::pin(self.encryption()),
            Box::pin(self.versioning()),
            Box::pin(self.lifecycle()),
            Box::pin(self.cors()),
            Box::pin(self.policy()),
            Box::pin(self.tags()),
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

    /// The public access block.
    pub async fn public_access_block(&self) -> Result<Option<PublicAccessBlock>, CloudError> {
        let request =
            self.client.get_public_access_block().bucket(self.name()).expected_bucket_owner(self.owner());
        let absent = "NoSuchPublicAccessBlockConfiguration";
        let answer = self.read_if_set("s3:GetPublicAccessBlock", absent, request.send()).await?;
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
        let request = self
            .client
            .get_bucket_ownership_controls()
            .bucket(self.name())
            .expected_bucket_owner(self.owner());
        let absent = "OwnershipControlsNotFoundError";
        let answer = self.read_if_set("s3:GetBucketOwnershipControls", absent, request.send()).await?;
        let controls = answer.and_then(|answer| answer.ownership_controls);
        Ok(controls.and_then(|controls| Some(controls.rules.first()?.object_ownership.as_str().to_owned())))
    }

    /// Encryption at rest.
    pub async fn encryption(&self) -> Result<Option<EncryptionState>, CloudError> {
        let request =
            self.client.get_bucket_encryption().bucket(self.name()).expected_bucket_owner(self.owner());
        let absent = "ServerSideEncryptionConfigurationNotFoundError";
        let answer = self.read_if_set("s3:GetBucketEncryption", absent, request.send()).await?;
        let rules = answer.and_then(|answer| answer.server_side_encryption_configuration);
        Ok(rules.and_then(|rules| encryption_state(&rules)))
    }

    /// Versioning.
    pub async fn versioning(&self) -> Result<Versioning, CloudError> {
        let request =
            self.client.get_bucket_versioning().bucket(self.name()).expected_bucket_owner(self.owner());
        let answer = request.customize().interceptor(VersioningRoot).send();
        let answer = self.read("s3:GetBucketVersioning", answer).await?;
        Ok(match answer.status {
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
            .bucket(self.name())
            .expected_bucket_owner(self.owner());
        let absent = "NoSuchLifecycleConfiguration";
        let answer = self.read_if_set("s3:GetBucketLifecycleConfiguration", absent, request.send()).await?;
        Ok(answer
            .map(|answer| answer.rules().iter().map(LifecycleRule::from_sdk).collect())
            .unwrap_or_default())
    }

    /// Cross-origin rules.
    pub async fn cors(&self) -> Result<Vec<CorsRule>, CloudError> {
        let request = self.client.get_bucket_cors().bucket(self.name()).expected_bucket_owner(self.owner());
        let answer = self.read_if_set("s3:GetBucketCors", "NoSuchCORSConfiguration", request.send()).await?;
        Ok(answer
            .map(|answer| answer.cors_rules().iter().map(CorsRule::from_sdk).collect())
            .unwrap_or_default())
    }

    /// The bucket policy.
    pub async fn policy(&self) -> Result<Option<PolicyDocument>, CloudError> {
        let request = self.client.get_bucket_policy().bucket(self.name()).expected_bucket_owner(self.owner());
        let operation = "s3:GetBucketPolicy";
        let answer = self.read_if_set(operation, "NoSuchBucketPolicy", request.send()).await?;
        // What cannot be read must not pass for absent: it would be overwritten.
        let parse =
            |text: String| PolicyDocument::parse(&text).map_err(|_| incomplete(operation, Effect::Read));
        answer.and_then(|answer| answer.policy).map(parse).transpose()
    }

    /// Tags.
    pub async fn tags(&self) -> Result<BTreeMap<String, String>, CloudError> {
        let request =
            self.client.get_bucket_tagging().bucket(self.name()).expected_bucket_owner(self.owner());
        let answer = self.read_if_set("s3:GetBucketTagging", "NoSuchTagSet", request.send()).await?;
        let tags = answer.map(|answer| answer.tag_set).unwrap_or_default();
        Ok(tags.into_iter().map(|tag| (tag.key, tag.value)).collect())
    }

    /// All four settings on, or all four off.
    pub async fn put_public_access_block(&self, blocked: bool) -> Result<(), CloudError> {
        let block = PublicAccessBlockConfiguration::builder()
            .block_public_acls(blocked)
            .ignore_public_acls(blocked)
            .block_public_policy(blocked)
            .restrict_public_buckets(blocked)
            .build();
        let request = self.client.put_public_access_block().bucket(self.name());
        let request = request.expected_bucket_owner(self.owner()).public_access_block_configuration(block);
        self.write("s3:PutPublicAccessBlock", || request.clone().send()).await
    }

    /// The bucket's owner owns every object, and ACLs are off.
    pub async fn put_ownership_enforced(&self) -> Result<(), CloudError> {
        let rule =
            OwnershipControlsRule::builder().object_ownership(ObjectOwnership::BucketOwnerEnforced).build();
        let controls = rule.and_then(|rule| OwnershipControls::builder().rules(rule).build());
        let controls = controls.map_err(|_| unbuildable("s3:PutBucketOwnershipControls"))?;
        let request = self.client.put_bucket_ownership_controls().bucket(self.name());
        let request = request.expected_bucket_owner(self.owner()).ownership_controls(controls);
        self.write("s3:PutBucketOwnershipControls", || request.clone().send()).await
    }

    /// Encryption at rest; `blocked` are the kinds that the bucket refuses, carried over as they were read.
    pub async fn put_encryption(
        &self,
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
        let request = self.client.put_bucket_encryption().bucket(self.name());
        let request = request.expected_bucket_owner(self.owner()).server_side_encryption_configuration(rules);
        self.write("s3:PutBucketEncryption", || request.clone().send()).await
    }

    /// Keeps old versions from now on, or no longer.
    pub async fn put_versioning(&self, enabled: bool) -> Result<(), CloudError> {
        let status =
            if enabled { BucketVersioningStatus::Enabled } else { BucketVersioningStatus::Suspended };
        let request =
            self.client.put_bucket_versioning().bucket(self.name()).expected_bucket_owner(self.owner());
        let request =
            request.versioning_configuration(VersioningConfiguration::builder().status(status).build());
        self.write("s3:PutBucketVersioning", || request.clone().send()).await
    }

    /// Replaces all lifecycle rules.
    pub async fn put_lifecycle(&self, rules: &[LifecycleRule]) -> Result<(), CloudError> {
        let rules = rules.iter().map(LifecycleRule::to_sdk).collect::<Result<_, _>>();
        let rules =
            rules.and_then(|rules| BucketLifecycleConfiguration::builder().set_rules(Some(rules)).build());
        let rules = rules.map_err(|_| unbuildable("s3:PutBucketLifecycleConfiguration"))?;
        let request = self.client.put_bucket_lifecycle_configuration().bucket(self.name());
        let request = request.expected_bucket_owner(self.owner()).lifecycle_configuration(rules);
        self.write("s3:PutBucketLifecycleConfiguration", || request.clone().send()).await
    }

    /// Removes all lifecycle rules.
    pub async fn delete_lifecycle(&self) -> Result<(), CloudError> {
        let request =
            self.client.delete_bucket_lifecycle().bucket(self.name()).expected_bucket_owner(self.owner());
        self.write("s3:DeleteBucketLifecycle", || request.clone().send()).await
    }

    /// Replaces all cross-origin rules.
    pub async fn put_cors(&self, rules: &[CorsRule]) -> Result<(), CloudError> {
        let rules = rules.iter().map(CorsRule::to_sdk).collect::<Result<_, _>>();
        let rules = rules.and_then(|rules| CorsConfiguration::builder().set_cors_rules(Some(rules)).build());
        let rules = rules.map_err(|_| unbuildable("s3:PutBucketCors"))?;
        let request = self.client.put_bucket_cors().bucket(self.name());
        let request = request.expected_bucket_owner(self.owner()).cors_configuration(rules);
        self.write("s3:PutBucketCors", || request.clone().send()).await
    }

    /// Replaces the whole set of tags.
    pub async fn put_tags(&self, tags: &BTreeMap<String, String>) -> Result<(), CloudError> {
        let tags = tags
            .iter()
            .map(|(key, value)| Tag::builder().key(key).value(value).build())
            .collect::<Result<_, _>>();
        let tags = tags.and_then(|tags| Tagging::builder().set_tag_set(Some(tags)).build());
        let tags = tags.map_err(|_| unbuildable("s3:PutBucketTagging"))?;
        let request = self
            .client
            .put_bucket_tagging()
            .bucket(self.name())
            .expected_bucket_owner(self.owner())
            .tagging(tags);
        self.write("s3:PutBucketTagging", || request.clone().send()).await
    }

    /// Replaces the bucket policy.
    pub async fn put_policy(&self, policy: &PolicyDocument) -> Result<(), CloudError> {
        let request = self.client.put_bucket_policy().bucket(self.name());
        let request = request.expected_bucket_owner(self.owner()).policy(policy.to_text());
        self.write("s3:PutBucketPolicy", || request.clone().send()).await
    }

    /// Removes the bucket policy.
    pub async fn delete_policy(&self) -> Result<(), CloudError> {
        let request =
            self.client.delete_bucket_policy().bucket(self.name()).expected_bucket_owner(self.owner());
        self.write("s3:DeleteBucketPolicy", || request.clone().send()).await
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
