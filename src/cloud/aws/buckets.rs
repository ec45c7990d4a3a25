//! All buckets of the account in one list, for a run over many environments.
//!
//! What must not live here: what is set on a bucket, which is `cloud::s3`'s.

use std::collections::BTreeMap;

use super::Aws;
use super::error::{Effect, cloud_error, endless};
use super::load::HOME_REGION;
use crate::cloud::CloudError;
use crate::cloud::clean::clean;
use crate::spec::{AwsRegion, BucketName};

/// Asking for pages makes S3 tell the regions too.
const PAGE: i32 = 1000;
/// More buckets than an account can have; beyond them is a service in a loop.
const MOST_PAGES: usize = 1000;

impl Aws {
    /// Every bucket that the account owns, with its region where the service tells it. An identity that may not list
    /// them gets `ErrorKind::Forbidden`, and then has to ask for each by itself.
    #[allow(dead_code, reason = "runs over many environments are about to ask for them")]
    pub async fn buckets(&self) -> Result<BTreeMap<BucketName, Option<String>>, CloudError> {
        let operation = "s3:ListBuckets";
        let client = self.s3_client(&self.usual_region().await?).await?;
        let (mut buckets, mut token) = (BTreeMap::new(), None);
        for _ in 0..MOST_PAGES {
            let request = client.list_buckets().max_buckets(PAGE).set_continuation_token(token.clone());
            let answer =
                request.send().await.map_err(|error| cloud_error(operation, Effect::Read, &error))?;
            buckets.extend(answer.buckets().iter().filter_map(|bucket| {
                // No spec can hold a name that is not of the form of today.
                let name = BucketName::parse(bucket.name()?).ok()?;
                Some((name, bucket.bucket_region().map(|region| clean(region, &[], 64))))
            }));
            let next = answer.continuation_token.filter(|next| !next.is_empty());
            match next {
                None => return Ok(buckets),
                Some(next) if token.as_ref() == Some(&next) => break,
                Some(next) => token = Some(next),
            }
        }
        Err(endless(operation, Effect::Read))
    }

    /// The region of calls that name none.
    async fn usual_region(&self) -> Result<AwsRegion, CloudError> {
        let region =
            self.configured().await?.region().and_then(|region| AwsRegion::parse(region.as_ref()).ok());
        Ok(region.unwrap_or_else(|| AwsRegion::parse(HOME_REGION).expect("it has a region's form")))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Reply, Server};
    use super::*;
    use crate::cloud::Service;
    use crate::cloud::{Certainty, ErrorKind};

    fn page(buckets: &[(&str, Option<&str>)], token: Option<&str>) -> Reply {
        let region = |region: &str| format!("<BucketRegion>{region}</BucketRegion>");
        let bucket = |(name, at): &(&str, Option<&str>)| {
            format!("<Bucket><Name>{name}</Name>{}</Bucket>", at.map(region).unwrap_or_default())
        };
        let buckets: String = buckets.iter().map(bucket).collect();
        let token =
            token.map(|token| format!("<ContinuationToken>{token}</ContinuationToken>")).unwrap_or_default();
        let answer = format!("<Buckets>{buckets}</Buckets>{token}");
        Reply::new(200, format!("<ListAllMyBucketsResult>{answer}</ListAllMyBucketsResult>"))
    }

    fn shown(buckets: &BTreeMap<BucketName, Option<String>>) -> Vec<(&str, Option<&str>)> {
        buckets.iter().map(|(name, region)| (name.as_str(), region.as_deref())).collect()
    }

    #[tokio::test]
    async fn buckets_come_with_their_regions_from_all_pages() {
        let server = Server::start(|seen, _| {
            if seen.call.contains("continuation-token=T1") {
                page(&[("shop-uploads", Some("eu-west-1"))], None)
            } else {
                page(&[("ledger-uploads", Some("us-east-1"))], Some("T1"))
            }
        })
        .await;
        let buckets = server.aws().await.buckets().await.unwrap();
        let expected = [("ledger-uploads", Some("us-east-1")), ("shop-uploads", Some("eu-west-1"))];
        assert_eq!(shown(&buckets), expected);
        let calls = server.calls();
        assert_eq!(calls.len(), 2);
        assert!(
            calls.iter().all(|call| call.starts_with("GET /?") && call.contains("max-buckets=1000")),
            "{calls:?}"
        );
    }

    #[tokio::test]
    async fn a_store_may_tell_no_region_and_have_names_of_another_time() {
        let server = Server::always(page(&[("ledger-uploads", None), ("Old_Uploads", None)], None)).await;
        let buckets = server.aws().await.buckets().await.unwrap();
        assert_eq!(shown(&buckets), [("ledger-uploads", None)]);
        let none = Server::always(Reply::new(200, "<ListAllMyBucketsResult/>")).await;
        assert!(none.aws().await.buckets().await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_denial_is_told_apart() {
        let server = Server::always(Reply::s3(403, "AccessDenied")).await;
        let error = server.aws().await.buckets().await.unwrap_err();
        assert_eq!((error.kind, error.certainty), (ErrorKind::Forbidden, Certainty::NotDone));
        assert_eq!((error.operation.as_str(), error.service), ("s3:ListBuckets", Service::S3));
    }

    #[tokio::test]
    async fn a_list_that_goes_round_is_an_error() {
        let server = Server::always(page(&[("ledger-uploads", None)], Some("T1"))).await;
        let error = server.aws().await.buckets().await.unwrap_err();
        assert_eq!((error.kind, server.calls().len()), (ErrorKind::Malformed, 2));
    }
}
