//! Whether a bucket is there, and whose it is.

use super::BucketHandle;
use crate::cloud::aws::error::{Effect, cloud_error};
use crate::cloud::aws::{AccessKeyPair, Aws};
use crate::cloud::clean::clean;
use crate::cloud::{CloudError, ErrorKind};
use crate::spec::{AwsRegion, BucketName};

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

impl BucketHandle {
    /// Looks for a bucket. The region comes with every answer, even a refusal (aws-s3-iam.md section 3).
    pub async fn head(&self) -> Result<Presence, CloudError> {
        let request = self.client.head_bucket().bucket(self.name()).expected_bucket_owner(self.owner());
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
}

impl Aws {
    /// Whether another key reaches a bucket: an error when it does not.
    pub async fn head_bucket_as(
        &self,
        key: &AccessKeyPair,
        name: &BucketName,
        region: &AwsRegion,
    ) -> Result<(), CloudError> {
        let other = aws_sdk_s3::config::Builder::new().credentials_provider(key.provider());
        let request = self.s3_client(region).await?.head_bucket().bucket(name.as_str());
        let answer = request.customize().config_override(other).send().await;
        answer.map(drop).map_err(|error| cloud_error("s3:HeadBucket", Effect::Read, &error))
    }
}
