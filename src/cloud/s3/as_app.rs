//! A bucket as the app sees it: by the app's own access key, as a stranger without one, and over plain http. Only
//! `.trueup/verify/` is ever written.
//!
//! What must not live here: what should be allowed, which is the kinds' to say.

use aws_config::SdkConfig;
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::primitives::ByteStream;

use super::BucketHandle;
use super::object::bounded;
use crate::cloud::CloudError;
use crate::cloud::aws::error::{Effect, cloud_error, incomplete};
use crate::cloud::aws::{AccessKeyPair, Aws};
use crate::spec::{AwsRegion, BucketName};

/// What lies under this is of no use to anybody.
pub const TRIAL: &str = ".trueup/verify/";

/// A bucket through somebody else's eyes.
#[derive(Clone)]
pub struct Seen {
    client: aws_sdk_s3::Client,
    name: BucketName,
}

impl Aws {
    /// A bucket as the holder of that access key sees it.
    pub async fn bucket_as(
        &self,
        key: &AccessKeyPair,
        (name, region): (&BucketName, &AwsRegion),
    ) -> Result<Seen, CloudError> {
        let config = self.configured().await?.to_builder().credentials_provider(key.provider()).build();
        Ok(Seen { client: self.new_s3_client(&config, region), name: name.clone() })
    }

    /// A bucket as everybody sees it: what is asked is not signed.
    pub async fn bucket_as_stranger(
        &self,
        (name, region): (&BucketName, &AwsRegion),
    ) -> Result<Seen, CloudError> {
        let client = self.new_s3_client(&nobody(self.configured().await?), region);
        Ok(Seen { client, name: name.clone() })
    }

    /// A bucket over plain http, as the holder of that access key sees it; `None` where S3 has no other way. Whoever
    /// listens learns the key's id and a signature that is good for this one question.
    pub async fn bucket_over_plain_http(
        &self,
        key: &AccessKeyPair,
        (name, region): (&BucketName, &AwsRegion),
    ) -> Result<Option<Seen>, CloudError> {
        let shared = self.configured().await?;
        let own = self.s3_endpoint(shared);
        let address = match own.as_deref().map(|address| address.split_once("://")) {
            Some(Some(("https", rest))) => format!("http://{rest}"),
            Some(_) => return Ok(None),
            None if region.partition() == "aws-cn" => format!("http://s3.{region}.amazonaws.com.cn"),
            None => format!("http://s3.{region}.amazonaws.com"),
        };
        let config = shared.to_builder().credentials_provider(key.provider()).build();
        let config = self.new_s3_client(&config, region).config().to_builder();
        let config = config.endpoint_url(address).force_path_style(true).build();
        Ok(Some(Seen { client: aws_sdk_s3::Client::from_conf(config), name: name.clone() }))
    }
}

fn nobody(shared: &SdkConfig) -> SdkConfig {
    let mut config = shared.to_builder();
    config.set_credentials_provider(None);
    config.build()
}

impl Seen {
    /// Writes an object; gives its version, where the bucket has them.
    pub async fn put(&self, key: &str, body: &str) -> Result<Option<String>, CloudError> {
        let request = self.client.put_object().bucket(self.name.as_str()).key(key);
        let body = ByteStream::from(body.as_bytes().to_vec());
        let sent = request.content_type("text/plain").body(body).send().await;
        let answer = sent.map_err(|error| cloud_error("s3:PutObject", Effect::Write, &error))?;
        Ok(answer.version_id)
    }

    /// Reads an object; `None` when there is none.
    pub async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, CloudError> {
        let operation = "s3:GetObject";
        let answer = match self.client.get_object().bucket(self.name.as_str()).key(key).send().await {
            Ok(answer) => answer,
            Err(error) if error.code() == Some("NoSuchKey") => return Ok(None),
            Err(error) => return Err(cloud_error(operation, Effect::Read, &error)),
        };
        bounded(answer.body).await.map_err(|_| incomplete(operation, Effect::Read))
    }

    /// The first keys that begin so.
    pub async fn list(&self, prefix: &str) -> Result<Vec<String>, CloudError> {
        let request = self.client.list_objects_v2().bucket(self.name.as_str()).prefix(prefix);
        let sent = request.max_keys(1000).send().await;
        let answer = sent.map_err(|error| cloud_error("s3:ListBucket", Effect::Read, &error))?;
        Ok(answer.contents().iter().filter_map(|object| object.key().map(str::to_owned)).collect())
    }

    /// Deletes an object; gives the version of the mark that it leaves, where the bucket has them.
    pub async fn delete(&self, key: &str) -> Result<Option<String>, CloudError> {
        let sent = self.client.delete_object().bucket(self.name.as_str()).key(key).send().await;
        let answer = sent.map_err(|error| cloud_error("s3:DeleteObject", Effect::Write, &error))?;
        Ok(answer.version_id)
    }

    /// Reads the bucket's policy, which no app needs.
    pub async fn policy(&self) -> Result<(), CloudError> {
        match self.client.get_bucket_policy().bucket(self.name.as_str()).send().await {
            Ok(_) => Ok(()),
            Err(error) if error.code() == Some("NoSuchBucketPolicy") => Ok(()),
            Err(error) => Err(cloud_error("s3:GetBucketPolicy", Effect::Read, &error)),
        }
    }
}

impl BucketHandle {
    /// Takes one version of a trial object away for good, which the app itself has no right to.
    pub async fn forget_version(&self, key: &str, version: &str) -> Result<(), CloudError> {
        let request = self.sdk().delete_object().bucket(self.name()).key(key).version_id(version);
        let sent = request.expected_bucket_owner(self.owner()).send().await;
        sent.map(drop).map_err(|error| cloud_error("s3:DeleteObjectVersion", Effect::Write, &error))
    }
}
