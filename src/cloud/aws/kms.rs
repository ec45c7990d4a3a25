//! KMS: which key is meant by a name, since a key has several.
//!
//! What must not live here: who may use a key.

use aws_config::Region;
use url::Url;

use super::error::{Effect, cloud_error};
use super::{Aws, count, throttle};
use crate::cloud::CloudError;
use crate::spec::AwsRegion;

impl Aws {
    /// The ARN of the key that a name stands for: an id, an ARN, an alias or an alias's ARN (aws-s3-iam.md section 3).
    pub async fn key_arn(&self, name: &str, region: &AwsRegion) -> Result<Option<String>, CloudError> {
        let answer = self.kms_client(region).await?.describe_key().key_id(name).send().await;
        let answer = answer.map_err(|error| cloud_error("kms:DescribeKey", Effect::Read, &error))?;
        Ok(answer.key_metadata.and_then(|key| key.arn))
    }

    /// One for each need: it is seldom that a key is looked for.
    async fn kms_client(&self, region: &AwsRegion) -> Result<aws_sdk_kms::Client, CloudError> {
        let shared = self.configured().await?;
        let patience = throttle::Patience::of(shared);
        let mut config = aws_sdk_kms::config::Builder::from(shared)
            .region(Region::new(region.to_string()))
            .retry_classifier(patience.clone())
            .interceptor(patience)
            .interceptor(count::Counter(self.0.meter.clone()));
        if let Some(endpoint) = self.0.settings.endpoint_kms.as_ref().map(Url::as_str) {
            config = config.endpoint_url(endpoint).use_fips(false).use_dual_stack(false);
        }
        Ok(aws_sdk_kms::Client::from_conf(config.build()))
    }
}
