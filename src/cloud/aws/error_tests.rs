//! The SDK's errors against a scripted server: what kind each is, and what is shown.

#![cfg(test)]

use std::time::Duration;

use aws_config::profile::ProfileFileCredentialsProvider;
use aws_sdk_s3::config::SharedCredentialsProvider;
use url::Url;

use super::super::testing::{
    Reply, Server, bucket, client, client_with, closing, nobody, owner, region, user,
};
use super::*;
use crate::cloud::Meter;
use crate::cloud::aws::Aws;

async fn delete_key(aws: &Aws) -> CloudError {
    aws.iam().delete_access_key(&user(), "AKIDOLD").await.unwrap_err()
}

#[tokio::test]
async fn a_code_decides_what_kind_of_failure_it_is() {
    use Certainty::{NotDone, Unknown};
    use ErrorKind as Kind;
    for (status, code, kind, certainty) in [
        (403, "InvalidClientTokenId", Kind::Unauthorized, NotDone),
        (403, "SignatureDoesNotMatch", Kind::Unauthorized, NotDone),
        (403, "ExpiredToken", Kind::Unauthorized, NotDone),
        (400, "InvalidToken", Kind::Unauthorized, NotDone),
        (403, "AccessDenied", Kind::Forbidden, NotDone),
        (409, "DeleteConflict", Kind::Conflict, NotDone),
        (412, "PreconditionFailed", Kind::Conflict, NotDone),
        (400, "ValidationError", Kind::Invalid, NotDone),
        (400, "Throttling", Kind::RateLimited, NotDone),
        (503, "SlowDown", Kind::RateLimited, NotDone),
        (500, "ServiceFailure", Kind::ServerFailed, Unknown),
    ] {
        let server = Server::always(Reply::iam(status, code)).await;
        let error = delete_key(&server.aws().await).await;
        assert_eq!((error.kind, error.certainty), (kind, certainty), "{status} {code}");
        assert_eq!((error.status, error.id.as_deref()), (Some(status), Some(code)));
        assert_eq!(error.message, format!("said {code}"));
        assert_eq!((error.operation.as_str(), error.service), ("iam:DeleteAccessKey", Service::Iam));
        assert_eq!(error.request_id.as_deref(), Some("REQ1"));
    }
}

#[tokio::test]
async fn the_sdk_repeats_throttled_calls_and_the_meter_counts_each_attempt() {
    let server = Server::start(|_, before| match before {
        0 | 1 => Reply::iam(400, "Throttling"),
        _ => Reply::identity("111122223333"),
    })
    .await;
    let meter = Meter::default();
    client(&server.url, &meter).await.account().await.unwrap();
    assert_eq!((server.calls().len(), meter.aws()), (3, 3));
}

#[tokio::test]
async fn where_nobody_listens_nothing_was_done() {
    let error = delete_key(&client(&nobody().await, &Meter::default()).await).await;
    assert_eq!((error.kind, error.certainty), (ErrorKind::Unreachable, Certainty::NotDone));
    assert!(error.to_string().starts_with("cannot reach AWS IAM for `iam:DeleteAccessKey`: "), "{error}");
    assert!(error.message.contains("refused"), "{error}");
}

#[tokio::test]
async fn a_server_without_tls_is_not_reached_by_https() {
    let mut url = closing().await;
    url = Url::parse(&url.as_str().replace("http://", "https://")).unwrap();
    let error = delete_key(&client(&url, &Meter::default()).await).await;
    assert_eq!((error.kind, error.certainty), (ErrorKind::Unreachable, Certainty::NotDone), "{error}");
}

#[tokio::test]
async fn a_connection_that_closes_without_an_answer_leaves_a_write_unknown() {
    let aws = client(&closing().await, &Meter::default()).await;
    let error = delete_key(&aws).await;
    assert_eq!((error.kind, error.certainty), (ErrorKind::Malformed, Certainty::Unknown), "{error}");
    assert!(error.message.contains("connection was lost"), "{error}");
    let read = aws.account().await.unwrap_err();
    assert_eq!(read.certainty, Certainty::NotDone, "reading changes nothing");
}

#[tokio::test]
async fn an_answer_that_is_no_xml_is_malformed() {
    let server = Server::always(Reply::new(200, "<html>")).await;
    let error = server.aws().await.account().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Malformed);
}

#[tokio::test]
async fn a_page_of_some_other_server_does_not_say_that_a_thing_is_not_there() {
    let server = Server::always(Reply::new(404, "<html><body>Not Found</body></html>")).await;
    let error = server.aws().await.iam().user(&super::super::testing::user()).await.unwrap_err();
    assert_eq!((error.kind, error.status), (ErrorKind::Malformed, Some(404)));
}

#[tokio::test]
async fn what_a_service_says_is_fit_to_show() {
    let long = "x".repeat(10_000);
    let said = format!("a\u{1b}[31m red\nx-amz-security-token:canary-session\nx-amz-date:1\n{long}");
    let body = format!("<Error><Code>Odd{long}</Code><Message>{said}</Message></Error>");
    let server =
        Server::always(Reply::new(403, body.replace('\u{1b}', "&#x9b;")).with("x-amz-request-id", &long))
            .await;
    let aws = server.aws().await;
    let bucket = aws.bucket(&bucket(), &region("us-east-1"), &owner()).await.unwrap();
    let error = bucket.create(&std::collections::BTreeMap::new()).await.unwrap_err();
    let text = error.to_string();
    assert!(text.contains("red x-amz-security-token:(sensitive) x-amz-date:1"), "{text}");
    assert!(!text.contains(char::is_control) && text.len() < 1000, "{text}");
}

#[tokio::test]
async fn no_answer_in_time_leaves_a_write_unknown() {
    let server = Server::always(Reply::Hang).await;
    let timeouts = aws_config::timeout::TimeoutConfig::builder()
        .operation_attempt_timeout(Duration::from_millis(20))
        .build();
    let aws = client_with(&server.url, &Meter::default(), |config| {
        config.to_builder().timeout_config(timeouts).build()
    })
    .await;
    let error = delete_key(&aws).await;
    assert_eq!((error.kind, error.certainty), (ErrorKind::TimedOut, Certainty::Unknown));
    assert_eq!(error.message, "no answer in time");
}

#[test]
fn only_a_cause_that_tells_something_is_told() {
    let none = "no AWS credentials were found";
    let off = "the credential provider was not enabled";
    let chain =
        |why: &str| format!("none. Attempted:\n  Profile: {off}{why}\n  Ec2InstanceMetadata: {off}: no");
    assert_eq!(no_credentials(&chain("")), none);
    assert_eq!(no_credentials(&chain(": profile `x` is broken")), format!("{none}: profile `x` is broken"));
    assert_eq!(no_credentials(""), none);
    assert_eq!(no_credentials("initialization error already taken"), none);
    assert_eq!(no_credentials("request forbidden: IMDS is disabled"), none);
    assert_eq!(
        by_connection("ProviderError { source: FailedToLoadToken { kind: Forbidden } }", false, false),
        (ErrorKind::NoCredentials, false)
    );
    let told = "the AWS credentials could not be loaded: the SSO session has expired";
    assert_eq!(no_credentials("the SSO session has expired\n  at line 1"), told);
}

#[tokio::test]
async fn without_credentials_nothing_is_sent() {
    let server = Server::always(Reply::identity("111122223333")).await;
    let none = ProfileFileCredentialsProvider::builder().profile_name("no-such-profile").build();
    let none = SharedCredentialsProvider::new(none);
    let aws = client_with(&server.url, &Meter::default(), |config| {
        config.to_builder().credentials_provider(none).build()
    })
    .await;
    let error = aws.account().await.unwrap_err();
    assert_eq!((error.kind, error.certainty), (ErrorKind::NoCredentials, Certainty::NotDone), "{error}");
    assert!(error.message.contains("provider was not enabled"), "the cause is told: {error}");
    assert!(error.hint().unwrap().contains("AWS_PROFILE"));
    let bucket = aws.bucket(&bucket(), &region("us-east-1"), &owner()).await.unwrap();
    let error = bucket.create(&std::collections::BTreeMap::new()).await.unwrap_err();
    assert_eq!((error.kind, error.certainty), (ErrorKind::NoCredentials, Certainty::NotDone), "{error}");
    assert_eq!(server.calls(), Vec::<String>::new());
}
