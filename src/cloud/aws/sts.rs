//! STS: whose credentials these are, and whether a new key works yet.

use super::error::{Effect, cloud_error};
use super::{AccessKeyPair, Aws, Paces, web_identity};
use crate::cloud::{CloudError, ErrorKind};
use crate::spec::{AwsRegion, BucketName, UserName};

/// The account that owns what is made, as twelve digits; sent along with every call on a bucket, so that
/// nobody else's is ever touched.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(transparent)]
pub struct Owner {
    account: String,
    #[serde(skip)]
    partition: String,
}

impl Owner {
    /// The twelve digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.account
    }

    /// The cloud of AWS that the account is in: `aws`, `aws-us-gov`. Its credentials are good for no other.
    #[must_use]
    pub fn partition(&self) -> &str {
        &self.partition
    }

    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn of(account: impl Into<String>) -> Self {
        Self { account: account.into(), partition: "aws".to_owned() }
    }

    /// Of an identity, whose ARN tells the partition.
    fn of_arn(account: String, arn: &str) -> Self {
        let partition = arn.split(':').nth(1).filter(|partition| partition.starts_with("aws"));
        Self { account, partition: partition.unwrap_or("aws").to_owned() }
    }
}

/// Who a pair of credentials is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The account.
    pub account: Owner,
    /// The ARN of the user or of the assumed role.
    pub arn: String,
}

impl Aws {
    /// Who the operator's credentials are.
    pub async fn identity(&self) -> Result<Identity, CloudError> {
        self.who(None).await
    }

    /// Who a given key is: the one call that every live key may make.
    pub async fn identity_of(&self, key: &AccessKeyPair) -> Result<Identity, CloudError> {
        self.who(Some(key)).await
    }

    async fn who(&self, key: Option<&AccessKeyPair>) -> Result<Identity, CloudError> {
        let request = self.sts_client().await?.get_caller_identity();
        let answer = match key {
            None => request.send().await,
            Some(key) => {
                let other = aws_sdk_sts::config::Builder::new().credentials_provider(key.provider());
                request.customize().config_override(other).send().await
            }
        };
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => {
                let error = cloud_error("sts:GetCallerIdentity", Effect::Read, &error);
                return Err(if key.is_some() { error } else { self.with_source(error).await });
            }
        };
        match (answer.account, answer.arn) {
            (Some(account), Some(arn)) if !account.is_empty() => {
                Ok(Identity { account: Owner::of_arn(account, &arn), arn })
            }
            _ => Err(super::error::incomplete("sts:GetCallerIdentity", Effect::Read)),
        }
    }

    /// A failure of the operator's credentials, with where they come from.
    async fn with_source(&self, error: CloudError) -> CloudError {
        let trail = &self.0.trail;
        let told = match error.kind {
            ErrorKind::Unauthorized | ErrorKind::Forbidden => {
                trail.found().map(|source| format!("the credentials are those of {source}"))
            }
            ErrorKind::NoCredentials => {
                match (trail.failed(), trail.web_identity(), self.0.settings.half_set) {
                    (Some(source), Some(token), _) => {
                        let token = web_identity::told(token).await;
                        Some(format!("they are asked for by {source}, and {token}"))
                    }
                    (Some(source), None, _) => Some(format!("they are asked for by {source}")),
                    (None, _, Some([set, missing])) => Some(format!("{set} is set, and {missing} is not")),
                    (None, _, None) => None,
                }
            }
            _ => None,
        };
        let told = told.map(|told| format!("; {told}")).unwrap_or_default();
        CloudError { message: format!("{}{told}", error.message.trim_end_matches('.')), ..error }
    }

    /// Waits until a new key of a user works: STS knows it both times when it is asked twice at once, and it reaches
    /// every bucket (aws-s3-iam.md section 4, new key lag).
    pub async fn prove_key(
        &self,
        user: &UserName,
        key: &AccessKeyPair,
        buckets: &[(BucketName, AwsRegion)],
    ) -> Result<(), CloudError> {
        // Some of the service's machines learn of a key later than others; two calls at once reach two of them.
        let known = || async {
            let (one, other) = tokio::join!(self.identity_of(key), self.identity_of(key));
            one.and(other).map(drop)
        };
        let known = self.until_it_works(&key.id, "is known to STS".to_owned(), known);
        let known = Box::pin(self.while_it_is_there(user, key, known));
        let reached = buckets.iter().map(|(bucket, region)| {
            let reached = move || self.head_bucket_as(key, bucket, region);
            self.until_it_works(&key.id, format!("reaches the bucket `{bucket}`"), reached)
        });
        // At once: what STS does not know yet is refused by S3, too, and tried again as long.
        let reached = futures_util::future::try_join_all(reached);
        futures_util::future::try_join(known, reached).await.map(drop)
    }

    /// Goes on with the proof of a key as long as IAM lists it: nobody needs to wait for one that somebody removed. A
    /// list may lack a new key for a while, so it counts only after some seconds, and twice.
    async fn while_it_is_there(
        &self,
        user: &UserName,
        key: &AccessKeyPair,
        proof: impl Future<Output = Result<(), CloudError>>,
    ) -> Result<(), CloudError> {
        let Paces { listed: mut pace, stop, .. } = self.paces().clone();
        let gone = async {
            let mut misses = 0;
            while misses < 2 {
                let Some(pause) = pace.next() else { return std::future::pending().await };
                if stop.pause(pause).await.is_err() {
                    return std::future::pending().await;
                }
                let listed = self.iam().access_keys(user).await;
                let is_missing = listed.is_ok_and(|keys| keys.iter().all(|one| one.id != key.id));
                misses = if is_missing { misses + 1 } else { 0 };
            }
        };
        tokio::select! {
            proven = proof => proven,
            () = gone => Err(CloudError::moved(format!(
                "the new access key {} of {user} was removed by somebody else since the plan",
                key.id
            ))),
        }
    }

    /// Tries until it works. Only a refusal may pass with time.
    async fn until_it_works<F>(
        &self,
        key: &str,
        what: String,
        attempt: impl Fn() -> F,
    ) -> Result<(), CloudError>
    where
        F: Future<Output = Result<(), CloudError>>,
    {
        let Paces { access_key: mut pace, stop, .. } = self.paces().clone();
        let mut waited = std::time::Duration::ZERO;
        while let Err(error) = attempt().await {
            if !matches!(error.status, Some(400 | 403 | 404)) {
                return Err(error);
            }
            let pause = pace.next();
            let is_over = match pause {
                Some(pause) => stop.pause(pause).await.is_err(),
                None => true,
            };
            if is_over {
                let message = format!(
                    "waited {:.0} s until the new access key `{key}` {what}, in vain: {}",
                    waited.as_secs_f64(),
                    error.message
                );
                return Err(CloudError { message, kind: ErrorKind::GaveUp, ..error });
            }
            waited += pause.unwrap_or_default();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Reply, Server, bucket, key, region, user};
    use super::*;
    use crate::cloud::aws::testing::Seen;

    #[tokio::test]
    async fn the_account_is_asked_once_a_run() {
        let server = Server::always(Reply::identity("111122223333")).await;
        let aws = server.aws().await;
        assert_eq!(aws.account().await.unwrap().as_str(), "111122223333");
        assert_eq!(aws.clone().account().await.unwrap(), Owner::of("111122223333"));
        assert_eq!(server.calls(), ["GetCallerIdentity"]);
        assert_eq!(aws.identity().await.unwrap().arn, "arn:aws:iam::111122223333:user/app");
    }

    #[tokio::test]
    async fn the_partition_is_that_of_the_identity() {
        for (arn, partition) in [
            ("arn:aws:iam::111122223333:user/app", "aws"),
            ("arn:aws-us-gov:sts::111122223333:assumed-role/deploy/ci", "aws-us-gov"),
            ("moto", "aws"),
        ] {
            let inner = format!("<Arn>{arn}</Arn><UserId>U</UserId><Account>111122223333</Account>");
            let server = Server::always(Reply::result("GetCallerIdentity", &inner)).await;
            assert_eq!(server.aws().await.account().await.unwrap().partition(), partition);
        }
    }

    #[tokio::test]
    async fn an_answer_without_an_account_is_not_an_account_without_a_name() {
        let server = Server::always(Reply::result("GetCallerIdentity", "")).await;
        assert_eq!(server.aws().await.account().await.unwrap_err().kind, ErrorKind::Malformed);
    }

    #[tokio::test]
    async fn another_key_signs_for_itself_and_the_operator_for_themselves_after_it() {
        let server = Server::always(Reply::identity("111122223333")).await;
        let aws = server.aws().await;
        aws.identity().await.unwrap();
        aws.identity_of(&key()).await.unwrap();
        aws.head_bucket_as(&key(), &bucket(), &region("eu-west-1")).await.unwrap();
        aws.identity().await.unwrap();
        let by_app: Vec<bool> = server.seen().iter().map(|seen| seen.is_by("AKIDAPP")).collect();
        assert_eq!(by_app, [false, true, true, false]);
    }

    #[tokio::test]
    async fn a_new_key_is_proven_when_sts_knew_it_both_times_and_the_bucket_let_it_in() {
        let server = Server::start(|seen: &Seen, before| match (seen.call.as_str(), before) {
            // At first no machine knows the key, then one does and the other does not yet.
            ("GetCallerIdentity", 0 | 1 | 3) => Reply::iam(403, "InvalidClientTokenId"),
            ("GetCallerIdentity", _) => Reply::identity("111122223333"),
            ("HEAD /ledger-uploads/", 0) => Reply::new(403, ""),
            (call, _) if call.starts_with("GET") => Reply::s3(403, "AccessDenied"),
            _ => Reply::new(200, ""),
        })
        .await;
        server.aws().await.prove_key(&user(), &key(), &[(bucket(), region("us-east-1"))]).await.unwrap();
        let head = "HEAD /ledger-uploads/";
        let why = "GET /ledger-uploads/?list-type=2&max-keys=1";
        let sts = "GetCallerIdentity";
        let mut calls = server.calls();
        // Both are asked at once, so their calls may come in any order.
        calls.sort();
        assert_eq!(calls, [why, sts, sts, sts, sts, sts, sts, head, head]);
        assert!(server.seen().iter().all(|seen| seen.is_by("AKIDAPP")), "the new key itself asks");
    }

    #[tokio::test]
    async fn a_key_that_never_works_is_given_up_with_what_was_waited_for() {
        let server = Server::always(Reply::iam(403, "InvalidClientTokenId")).await;
        let error = server.aws().await.prove_key(&user(), &key(), &[]).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::GaveUp);
        assert!(error.message.contains("`AKIDAPP` is known to STS"), "{error}");
        assert_eq!(error.id.as_deref(), Some("InvalidClientTokenId"));
        assert_eq!(server.calls().len(), 10, "a pair of calls, and one after each of four pauses");
    }

    #[tokio::test]
    async fn a_key_that_somebody_removes_is_not_waited_for() {
        let server = Server::start(|seen: &Seen, _| match seen.call.as_str() {
            "ListAccessKeys" => Reply::result("ListAccessKeys", "<AccessKeyMetadata/>"),
            _ => Reply::iam(403, "InvalidClientTokenId"),
        })
        .await;
        let error = server.patient_aws().await.prove_key(&user(), &key(), &[]).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Moved);
        assert!(error.message.contains("AKIDAPP of ledger-app was removed"), "{error}");
        let looks = server.calls().iter().filter(|call| *call == "ListAccessKeys").count();
        assert_eq!(looks, 2, "one list may be old");
    }

    #[tokio::test]
    async fn a_failing_service_is_no_reason_to_wait_for_the_key() {
        let server = Server::always(Reply::iam(500, "ServiceFailure")).await;
        let error = server.aws().await.prove_key(&user(), &key(), &[]).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::ServerFailed);
        assert_eq!(server.calls().len(), 6, "the SDK's own attempts of both calls");
    }
}
