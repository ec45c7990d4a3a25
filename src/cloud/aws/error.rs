//! From the SDK's errors to ours. Almost every error of S3 is unmodelled, so codes decide and not variants
//! (aws-s3-iam.md section 2).

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};

use crate::cloud::{Certainty, CloudError, ErrorKind};

/// What kind of call failed, which decides what a lost answer means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// It changes nothing.
    Read,
    /// It may have changed something.
    Write,
}

/// An error of an operation such as `s3:PutBucketCors`.
pub(crate) fn cloud_error<E>(operation: &str, effect: Effect, error: &SdkError<E, HttpResponse>) -> CloudError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let response = error.raw_response();
    let status = response.map(|response| response.status().as_u16());
    let id = error.code().map(str::to_owned);
    let kind = kind(error, status, id.as_deref());
    let is_lost = match error {
        SdkError::TimeoutError(_) | SdkError::ResponseError(_) => true,
        SdkError::DispatchFailure(failure) => !is_not_sent(&format!("{failure:?}"), kind),
        SdkError::ServiceError(_) => kind == ErrorKind::ServerFailed,
        _ => false,
    };
    CloudError {
        operation: operation.to_owned(),
        service: service(operation).to_owned(),
        kind,
        status,
        message: message(error, kind, id.as_deref()),
        id,
        request_id: request_id(response),
        certainty: if is_lost && effect == Effect::Write { Certainty::Unknown } else { Certainty::NotDone },
    }
}

/// The name of the service, for people.
fn service(operation: &str) -> &'static str {
    match operation.split(':').next() {
        Some("s3") => "Amazon S3",
        Some("iam") => "AWS IAM",
        _ => "AWS STS",
    }
}

fn kind<E: ProvideErrorMetadata>(
    error: &SdkError<E, HttpResponse>,
    status: Option<u16>,
    id: Option<&str>,
) -> ErrorKind {
    match error {
        SdkError::TimeoutError(_) => ErrorKind::TimedOut,
        SdkError::DispatchFailure(failure) if failure.is_timeout() => ErrorKind::TimedOut,
        SdkError::DispatchFailure(failure) if failure.is_io() => ErrorKind::Unreachable,
        SdkError::DispatchFailure(failure) => {
            let text = format!("{:?}", failure.as_connector_error());
            let is_credentials =
                text.contains("Credentials") || text.contains("credentials") || text.contains("SSO");
            if is_credentials { ErrorKind::NoCredentials } else { ErrorKind::Unreachable }
        }
        SdkError::ResponseError(_) => ErrorKind::Malformed,
        SdkError::ServiceError(_) => by_code(status, id),
        _ => ErrorKind::Invalid,
    }
}

fn by_code(status: Option<u16>, id: Option<&str>) -> ErrorKind {
    match (id, status) {
        (
            Some(
                "InvalidAccessKeyId"
                | "InvalidClientTokenId"
                | "SignatureDoesNotMatch"
                | "ExpiredToken"
                | "ExpiredTokenException"
                | "UnrecognizedClientException",
            ),
            _,
        ) => ErrorKind::Unauthorized,
        (
            Some(
                "Throttling"
                | "ThrottlingException"
                | "SlowDown"
                | "RequestLimitExceeded"
                | "TooManyRequestsException",
            ),
            _,
        )
        | (_, Some(429)) => ErrorKind::RateLimited,
        (_, Some(404)) => ErrorKind::NotFound,
        (_, Some(403)) => ErrorKind::Forbidden,
        (_, Some(409 | 412)) => ErrorKind::Conflict,
        (_, Some(500..)) => ErrorKind::ServerFailed,
        (None, Some(200..300)) => ErrorKind::Malformed,
        _ => ErrorKind::Invalid,
    }
}

/// Whether the request never left: no credentials to sign it, or no connection.
fn is_not_sent(text: &str, kind: ErrorKind) -> bool {
    kind == ErrorKind::NoCredentials
        || text.contains("ConnectError")
        || text.contains("tcp connect")
        || text.contains("dns error")
}

fn message<E>(error: &SdkError<E, HttpResponse>, kind: ErrorKind, id: Option<&str>) -> String
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    match (kind, error.message(), id) {
        (ErrorKind::NoCredentials, ..) => "no AWS credentials were found".to_owned(),
        (ErrorKind::TimedOut, ..) => "no answer in time".to_owned(),
        (ErrorKind::Malformed, ..) => "the answer could not be understood".to_owned(),
        (_, Some(message), _) if !message.is_empty() => message.to_owned(),
        (_, _, Some(id)) => id.to_owned(),
        _ => root_cause(error),
    }
}

/// The last of the chain of causes is the one that says what happened: `Connection refused`.
fn root_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

fn request_id(response: Option<&HttpResponse>) -> Option<String> {
    let headers = response?.headers();
    headers.get("x-amz-request-id").or_else(|| headers.get("x-amzn-requestid")).map(str::to_owned)
}
