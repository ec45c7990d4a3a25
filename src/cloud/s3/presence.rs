//! Whether a bucket is there, and whose it is.
//!
//! A HEAD has no body to say why it is refused in, so another call is asked that needs the same right. What it says is
//! passed on: only what certainly tells of another account becomes [`Presence::Forbidden`].

use super::{BucketHandle, Sdk};
use crate::cloud::CloudError;
use crate::cloud::aws::error::{Effect, cloud_error};
use crate::cloud::aws::{AccessKeyPair, Aws};
use crate::cloud::clean::clean;
use crate::spec::{AwsRegion, BucketName};

/// The right that HEAD of a bucket needs, by which the call that tells more is named.
const LIST: &str = "s3:ListBucket";

/// So many pages of a thousand buckets are worth reading to learn whose one is.
const MOST_PAGES: usize = 10;

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
    /// It is someone else's.
    Forbidden,
}

impl BucketHandle {
    /// Looks for a bucket. The region comes with every answer, even a refusal (aws-s3-iam.md section 3).
    pub async fn head(&self) -> Result<Presence, CloudError> {
        let request = self.client.head_bucket().bucket(self.name()).expected_bucket_owner(self.owner());
        let refused = match request.send().await {
            Ok(answer) => {
                let region = answer.bucket_region().and_then(|region| self.elsewhere(region));
                return Ok(region.map_or(Presence::Present, |region| Presence::InOtherRegion { region }));
            }
            Err(error) => error,
        };
        let error = cloud_error("s3:HeadBucket", Effect::Read, &refused);
        match self.redirected(&error, region_of(&refused)) {
            Some(elsewhere) => Ok(elsewhere),
            None if error.status == Some(404) => Ok(Presence::Absent),
            None if is_mute(&error) => self.why_refused().await,
            None => Err(error),
        }
    }

    /// What S3 says of a bucket that it does not show.
    async fn why_refused(&self) -> Result<Presence, CloudError> {
        let request = self.client.list_objects_v2().bucket(self.name()).max_keys(1);
        let request = request.expected_bucket_owner(self.owner());
        let Err(refused) = request.send().await else { return Ok(Presence::Present) };
        let error = cloud_error(LIST, Effect::Read, &refused);
        if error.is_not_found() {
            return Ok(Presence::Absent);
        }
        if let Some(elsewhere) = self.redirected(&error, region_of(&refused)) {
            return Ok(elsewhere);
        }
        match self.as_listed(&error).await {
            Some(listed) => Ok(listed),
            None => Err(self.named(error)),
        }
    }

    /// What the list of the account's own buckets makes of a refusal: a bucket that is there and not among them is
    /// another account's. `None` when that is not certain.
    async fn as_listed(&self, refusal: &CloudError) -> Option<Presence> {
        if refusal.id.as_deref() != Some("AccessDenied") {
            return None;
        }
        let listed = self.aws.all_buckets(&self.region, Some(&self.name), MOST_PAGES).await.ok()??;
        match listed.get(&self.name) {
            Some(region) => {
                let elsewhere = region.as_deref().and_then(|region| self.elsewhere(region));
                Some(elsewhere.map_or(Presence::Present, |region| Presence::InOtherRegion { region }))
            }
            // Of a missing right AWS speaks in a sentence, to the account's own identities alone.
            None => (!refusal.names_a_right()).then_some(Presence::Forbidden),
        }
    }

    /// Where the bucket is, when a refusal means that and no more.
    fn redirected(&self, refusal: &CloudError, region: Option<String>) -> Option<Presence> {
        let is_redirect = matches!(refusal.status, Some(301 | 307 | 400));
        let region = region.filter(|_| is_redirect)?;
        self.elsewhere(&region).map(|region| Presence::InOtherRegion { region })
    }

    /// A region that is not the one that was asked.
    fn elsewhere(&self, region: &str) -> Option<String> {
        Some(clean(region, &[], 64)).filter(|region| region != self.region.as_str())
    }

    /// A refusal with the bucket that it is about: S3 does not always name it.
    fn named(&self, error: CloudError) -> CloudError {
        let said = error.message.trim_end_matches('.');
        let message = format!("{said}; the bucket is `{}` in {}", self.name(), self.region);
        CloudError { message, ..error }
    }
}

/// Whether it is a refusal that another call would give reasons for.
fn is_mute(error: &CloudError) -> bool {
    matches!(error.status, Some(300..=403 | 405..=428 | 430..=499))
}

/// The region that comes with an answer, as a header or in the body.
fn region_of<E>(error: &Sdk<E>) -> Option<String> {
    let response = error.raw_response()?;
    let header = response.headers().get("x-amz-bucket-region").map(str::to_owned);
    let body = || {
        let body = std::str::from_utf8(response.body().bytes()?).ok()?;
        let region = body.split_once("<Region>")?.1.split_once("</Region>")?.0;
        Some(region.to_owned())
    };
    header.or_else(body)
}

impl Aws {
    /// Whether another key reaches a bucket: an error when it does not, with S3's own words.
    pub async fn head_bucket_as(
        &self,
        key: &AccessKeyPair,
        name: &BucketName,
        region: &AwsRegion,
    ) -> Result<(), CloudError> {
        let client = self.s3_client(region).await?;
        let other = || aws_sdk_s3::config::Builder::new().credentials_provider(key.provider());
        let request = client.head_bucket().bucket(name.as_str());
        let Err(error) = request.customize().config_override(other()).send().await else { return Ok(()) };
        let error = cloud_error("s3:HeadBucket", Effect::Read, &error);
        if !is_mute(&error) {
            return Err(error);
        }
        let request = client.list_objects_v2().bucket(name.as_str()).max_keys(1);
        let answer = request.customize().config_override(other()).send().await;
        answer.map(drop).map_err(|error| cloud_error(LIST, Effect::Read, &error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::ErrorKind;
    use crate::cloud::aws::testing::{Reply, Server, bucket, key, owner, region};

    const SENTENCE: &str = "User: arn:aws:iam::111122223333:user/me is not authorized to perform: s3:ListBucket on \
        resource: \"arn:aws:s3:::ledger-uploads\" because no permissions boundary allows the s3:ListBucket action";

    fn said(status: u16, code: &str, message: &str) -> Reply {
        Reply::new(status, format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>"))
    }

    fn list(name: &str, region: &str) -> Reply {
        let bucket = format!("<Bucket><Name>{name}</Name><BucketRegion>{region}</BucketRegion></Bucket>");
        Reply::new(
            200,
            format!("<ListAllMyBucketsResult><Buckets>{bucket}</Buckets></ListAllMyBucketsResult>"),
        )
    }

    /// What becomes of a HEAD that is refused, when S3 says this and lists that.
    async fn seen(head: u16, why: Reply, buckets: Reply) -> (Result<Presence, CloudError>, usize) {
        let server = Server::start(move |seen, _| match seen.call.as_str() {
            call if call.starts_with("HEAD") => Reply::new(head, ""),
            call if call.starts_with("GET /ledger-uploads") => why.clone(),
            _ => buckets.clone(),
        })
        .await;
        let aws = server.aws().await;
        let bucket = aws.bucket(&bucket(), &region("eu-west-1"), &owner()).await.unwrap();
        (bucket.head().await, server.calls().len())
    }

    #[tokio::test]
    async fn only_an_account_that_does_not_list_the_bucket_knows_that_it_is_another_ones() {
        let plain = || said(403, "AccessDenied", "Access Denied");
        let sentence = || said(403, "AccessDenied", SENTENCE);
        let (ours, theirs) = (list("ledger-uploads", "eu-west-1"), list("another", "eu-west-1"));
        let elsewhere = Presence::InOtherRegion { region: "eu-north-1".to_owned() };
        for (why, buckets, presence) in [
            (plain(), theirs.clone(), Presence::Forbidden),
            (plain(), ours.clone(), Presence::Present),
            (sentence(), ours, Presence::Present),
            (plain(), list("ledger-uploads", "eu-north-1"), elsewhere.clone()),
            (Reply::new(200, "<ListBucketResult/>"), plain(), Presence::Present),
            (Reply::s3(404, "NoSuchBucket"), plain(), Presence::Absent),
            (plain().with("x-amz-bucket-region", "eu-north-1"), theirs.clone(), Presence::Forbidden),
        ] {
            assert_eq!(seen(403, why.clone(), buckets).await.0, Ok(presence), "{why:?}");
        }
        let moved =
            "<Error><Code>PermanentRedirect</Code><Message>m</Message><Region>eu-north-1</Region></Error>";
        assert_eq!(seen(301, Reply::new(301, moved), theirs).await.0, Ok(elsewhere));
    }

    #[tokio::test]
    async fn what_is_not_certain_is_an_error_in_the_services_own_words() {
        let denied = || said(403, "AccessDenied", "Access Denied");
        let theirs = list("another", "eu-west-1");
        for (head, status, code, message, buckets) in [
            (403, 403, "AccessDenied", SENTENCE, theirs.clone()),
            (403, 403, "AccessDenied", "Access Denied", denied()),
            (403, 403, "AllAccessDisabled", "All access to this object has been disabled", theirs.clone()),
            (
                400,
                400,
                "InvalidToken",
                "The provided token is malformed or otherwise invalid.",
                theirs.clone(),
            ),
            (
                400,
                400,
                "IllegalLocationConstraintException",
                "The me-south-1 location constraint",
                theirs.clone(),
            ),
            (301, 301, "PermanentRedirect", "The bucket must be addressed elsewhere", theirs.clone()),
            (405, 405, "MethodNotAllowed", "The specified method is not allowed", theirs.clone()),
        ] {
            let error = seen(head, said(status, code, message), buckets).await.0.unwrap_err();
            assert_eq!((error.status, error.id.as_deref()), (Some(status), Some(code)));
            let named = "; the bucket is `ledger-uploads` in eu-west-1";
            assert_eq!(error.message, format!("{}{named}", message.trim_end_matches('.')));
            assert_eq!(error.operation, "s3:ListBucket");
            assert!(error.hint().is_some_and(|hint| !hint.contains("the same command again")), "{error}");
        }
    }

    #[tokio::test]
    async fn a_service_that_is_down_is_not_asked_why() {
        let (found, calls) = seen(503, Reply::s3(403, "AccessDenied"), Reply::new(200, "")).await;
        let error = found.unwrap_err();
        assert_eq!((error.kind, error.operation.as_str()), (ErrorKind::ServerFailed, "s3:HeadBucket"));
        assert_eq!(calls, 3, "the SDK's own attempts");
    }

    #[tokio::test]
    async fn a_key_that_does_not_reach_the_bucket_says_why() {
        let server = Server::start(|seen, _| match seen.call.as_str() {
            call if call.starts_with("HEAD") => Reply::new(403, ""),
            _ => said(403, "AccessDenied", SENTENCE),
        })
        .await;
        let aws = server.aws().await;
        let error = aws.head_bucket_as(&key(), &bucket(), &region("eu-west-1")).await.unwrap_err();
        assert_eq!(error.message, SENTENCE);
        assert!(server.seen().iter().all(|seen| seen.is_by("AKIDAPP")), "the key itself asks");
    }
}
