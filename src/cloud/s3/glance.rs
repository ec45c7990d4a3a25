//! A first look for a bucket, before it is known whose it must be: so that what is not there costs one call, and
//! the look waits for nothing.
//!
//! What must not live here: what a refusal means, which is `presence`'s.

use crate::cloud::CloudError;
use crate::cloud::aws::Aws;
use crate::cloud::aws::error::{Effect, cloud_error};
use crate::spec::{AwsRegion, BucketName};

impl Aws {
    /// Whether any bucket of that name answers in that region, whoever it belongs to; `None` when S3 does not say.
    pub async fn glance_at_bucket(
        &self,
        name: &BucketName,
        region: &AwsRegion,
    ) -> Result<Option<bool>, CloudError> {
        let error = match self.s3_client(region).await?.head_bucket().bucket(name.as_str()).send().await {
            Ok(answer) => {
                let is_here = answer.bucket_region().is_none_or(|found| found == region.as_str());
                return Ok(is_here.then_some(true));
            }
            Err(error) => cloud_error("s3:HeadBucket", Effect::Read, &error),
        };
        match error.status {
            Some(404) => Ok(Some(false)),
            Some(300..=499) => Ok(None),
            _ => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::cloud::ErrorKind;
    use crate::cloud::aws::testing::{Reply, Server, bucket, region};

    #[tokio::test]
    async fn a_glance_tells_what_is_certain_and_an_outage_is_an_error() {
        let at = |status, region| Reply::new(status, "").with("x-amz-bucket-region", region);
        for (reply, found) in [
            (at(200, "eu-west-1"), Some(true)),
            (Reply::new(200, ""), Some(true)),
            (at(200, "eu-north-1"), None),
            (Reply::new(404, ""), Some(false)),
            (at(301, "eu-north-1"), None),
            (Reply::new(400, ""), None),
            (at(403, "eu-west-1"), None),
        ] {
            let server = Server::always(reply.clone()).await;
            let aws = server.aws().await;
            assert_eq!(
                aws.glance_at_bucket(&bucket(), &region("eu-west-1")).await.unwrap(),
                found,
                "{reply:?}"
            );
            let seen = server.seen();
            assert_eq!((seen.len(), seen[0].call.as_str()), (1, "HEAD /ledger-uploads/"));
            assert_eq!(seen[0].header("x-amz-expected-bucket-owner"), "", "nobody is expected yet");
        }
        let server = Server::always(Reply::new(500, "")).await;
        let error = server.aws().await.glance_at_bucket(&bucket(), &region("eu-west-1")).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::ServerFailed);
    }
}
