//! All buckets of the account in one list, for a run over many environments.
//!
//! What must not live here: what is set on a bucket, which is `cloud::s3`'s.

use std::collections::BTreeMap;

use super::Aws;
use super::error::{Effect, cloud_error, endless};
use crate::cloud::CloudError;
use crate::cloud::clean::clean;
use crate::spec::{AwsRegion, BucketName};

/// Asking for pages makes S3 tell the regions too (aws-s3-iam.md section 3).
const PAGE: i32 = 1000;

/// Buckets with their regions, where the service tells them.
pub type BucketRegions = BTreeMap<BucketName, Option<String>>;

impl Aws {
    /// Every bucket that the account owns, or those whose names begin alike, each with its region where the service
    /// tells it; `None` when that takes more than so many pages of a thousand. Each region tells of the buckets in all
    /// of them. An identity that may not list them gets `ErrorKind::Forbidden`, and has to ask for each by itself.
    pub async fn all_buckets(
        &self,
        asked: &AwsRegion,
        like: Option<&BucketName>,
        most_pages: usize,
    ) -> Result<Option<BucketRegions>, CloudError> {
        let operation = "s3:ListBuckets";
        let client = self.s3_client(asked).await?;
        let (mut buckets, mut token) = (BTreeMap::new(), None);
        for _ in 0..most_pages {
            let request = client.list_buckets().max_buckets(PAGE).set_continuation_token(token.clone());
            let answer = request
                .set_prefix(like.map(ToString::to_string))
                .send()
                .await
                .map_err(|error| cloud_error(operation, Effect::Read, &error))?;
            buckets.extend(answer.buckets().iter().filter_map(|bucket| {
                // No spec can hold a name that is not of the form of today.
                let name = BucketName::parse(bucket.name()?).ok()?;
                Some((name, bucket.bucket_region().map(|region| clean(region, &[], 64))))
            }));
            let next = answer.continuation_token.filter(|next| !next.is_empty());
            match next {
                None => return Ok(Some(buckets)),
                Some(next) if token.as_ref() == Some(&next) => return Err(endless(operation, Effect::Read)),
                Some(next) => token = Some(next),
            }
        }
        Ok(None)
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

    async fn listed(server: &Server, most_pages: usize) -> Result<Option<BucketRegions>, CloudError> {
        let region = AwsRegion::parse("us-east-1").expect("a region");
        server.aws().await.all_buckets(&region, None, most_pages).await
    }

    fn shown(buckets: &BucketRegions) -> Vec<(&str, Option<&str>)> {
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
        let buckets = listed(&server, 2).await.unwrap().unwrap();
        let expected = [("ledger-uploads", Some("us-east-1")), ("shop-uploads", Some("eu-west-1"))];
        assert_eq!(shown(&buckets), expected);
        let calls = server.calls();
        assert_eq!(calls.len(), 2);
        assert!(
            calls.iter().all(|call| call.starts_with("GET /?") && call.contains("max-buckets=1000")),
            "{calls:?}"
        );
        assert!(listed(&server, 1).await.unwrap().is_none());
        assert_eq!(server.calls().len(), 3, "what it is not worth is not asked for");
    }

    #[tokio::test]
    async fn a_store_may_tell_no_region_and_have_names_of_another_time() {
        let server = Server::always(page(&[("ledger-uploads", None), ("Old_Uploads", None)], None)).await;
        let buckets = listed(&server, 1).await.unwrap().unwrap();
        assert_eq!(shown(&buckets), [("ledger-uploads", None)]);
        let none = Server::always(Reply::new(200, "<ListAllMyBucketsResult/>")).await;
        assert!(listed(&none, 1).await.unwrap().unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_denial_is_told_apart() {
        let server = Server::always(Reply::s3(403, "AccessDenied")).await;
        let error = listed(&server, 1).await.unwrap_err();
        assert_eq!((error.kind, error.certainty), (ErrorKind::Forbidden, Certainty::NotDone));
        assert_eq!((error.operation.as_str(), error.service), ("s3:ListBuckets", Service::S3));
    }

    #[tokio::test]
    async fn a_list_that_goes_round_is_an_error() {
        let server = Server::always(page(&[("ledger-uploads", None)], Some("T1"))).await;
        let error = listed(&server, 9).await.unwrap_err();
        assert_eq!((error.kind, server.calls().len()), (ErrorKind::Malformed, 2));
    }
}
