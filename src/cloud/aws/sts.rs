//! STS: whose credentials these are.

use super::error::{Effect, cloud_error};
use super::{AccessKeyPair, Aws};
use crate::cloud::{CloudError, Pace};
use crate::spec::{AwsRegion, BucketName};

/// The account that owns what is made, as twelve digits; sent along with every call on a bucket, so that
/// nobody else's is ever touched.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(transparent)]
pub struct Owner(String);

impl Owner {
    /// The twelve digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Asks who the credentials are, or who a given key is.
pub(super) async fn identity(aws: &Aws, key: Option<&AccessKeyPair>) -> Result<Owner, CloudError> {
    let answer = aws.sts_client(key).await.get_caller_identity().send().await;
    let answer = answer.map_err(|error| cloud_error("sts:GetCallerIdentity", Effect::Read, &error))?;
    Ok(Owner(answer.account().unwrap_or_default().to_owned()))
}

impl Aws {
    /// Waits until a new key works: STS knows it twice in a row, then it reaches every bucket
    /// (aws-s3-iam.md section 4, new key lag).
    pub async fn prove_key(
        &self,
        key: &AccessKeyPair,
        buckets: &[(BucketName, AwsRegion)],
    ) -> Result<(), CloudError> {
        let mut in_a_row = 0;
        wait(
            || async {
                identity(self, Some(key)).await?;
                Ok(())
            },
            &mut in_a_row,
        )
        .await?;
        for (bucket, region) in buckets {
            let mut in_a_row = 1;
            wait(|| self.reaches(key, bucket, region), &mut in_a_row).await?;
        }
        Ok(())
    }

    async fn reaches(
        &self,
        key: &AccessKeyPair,
        bucket: &BucketName,
        region: &AwsRegion,
    ) -> Result<(), CloudError> {
        let answer =
            self.s3_client(region, Some(key)).await.head_bucket().bucket(bucket.as_str()).send().await;
        answer.map(drop).map_err(|error| cloud_error("s3:HeadBucket", Effect::Read, &error))
    }
}

/// Tries until two successes in a row, as some of the service's machines learn of a key later than others.
async fn wait<F>(attempt: impl Fn() -> F, in_a_row: &mut u8) -> Result<(), CloudError>
where
    F: Future<Output = Result<(), CloudError>>,
{
    let mut pace = Pace::access_key();
    loop {
        let failure = match attempt().await {
            Ok(()) if *in_a_row >= 1 => return Ok(()),
            Ok(()) => {
                *in_a_row += 1;
                continue;
            }
            Err(error) => error,
        };
        let not_yet = matches!(failure.status, Some(400 | 403 | 404));
        let Some(pause) = pace.next().filter(|_| not_yet) else { return Err(too_late(failure, not_yet)) };
        *in_a_row = 0;
        tokio::time::sleep(pause).await;
    }
}

fn too_late(failure: CloudError, waited: bool) -> CloudError {
    if !waited {
        return failure;
    }
    CloudError {
        message: format!("the new access key does not work after 60 s: {}", failure.message),
        kind: crate::cloud::ErrorKind::GaveUp,
        ..failure
    }
}
