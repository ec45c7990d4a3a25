//! From the SDK's errors to ours. Almost every error of S3 is unmodelled, so codes decide and not variants
//! (aws-s3-iam.md section 2).

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ErrorMetadata, ProvideErrorMetadata, SdkError};

use super::http::WayFailure;
use crate::cloud::clean::clean;
use crate::cloud::{Certainty, CloudError, ErrorKind, Service};

/// The longest message that is kept, in characters.
const LONGEST_MESSAGE: usize = 500;
/// The longest code or id that is kept; real ones have 20 to 80 characters.
const LONGEST_NAME: usize = 100;

/// What AWS calls calls that come too fast.
pub(super) const TOO_MANY: &[&str] =
    &["RequestLimitExceeded", "SlowDown", "Throttling", "ThrottlingException", "TooManyRequestsException"];

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
    let id = error.code().map(|code| clean(code, &[], LONGEST_NAME));
    let failure = Failure::of(error, status, id.as_deref());
    CloudError {
        operation: operation.to_owned(),
        service: service(operation),
        via: way(error).and_then(|way| way.via.as_deref()).map(Into::into),
        kind: failure.kind,
        status,
        message: shown(&message(error, failure.kind, id.as_deref())),
        id,
        request_id: request_id(response),
        certainty: certainty(effect, failure.may_have_acted),
    }
}

/// An answer that lacks what it must hold.
pub(crate) fn incomplete(operation: &str, effect: Effect) -> CloudError {
    let message = "the answer lacks what it must hold";
    unanswered(operation, ErrorKind::Malformed, message, certainty(effect, true))
}

/// A list that goes round, or on and on.
pub(crate) fn endless(operation: &str, effect: Effect) -> CloudError {
    unanswered(operation, ErrorKind::Malformed, "the list does not end", certainty(effect, true))
}

/// A request that the SDK's types refuse to build.
pub(crate) fn unbuildable(operation: &str) -> CloudError {
    let message = "the request could not be built; please report this";
    unanswered(operation, ErrorKind::Invalid, message, Certainty::NotDone)
}

fn unanswered(operation: &str, kind: ErrorKind, message: &str, certainty: Certainty) -> CloudError {
    CloudError { certainty, ..CloudError::new(service(operation), operation, kind, message) }
}

fn certainty(effect: Effect, may_have_acted: bool) -> Certainty {
    if may_have_acted && effect == Effect::Write { Certainty::Unknown } else { Certainty::NotDone }
}

/// Whose operation it is: operations are named as IAM policies name them.
fn service(operation: &str) -> Service {
    match operation.split(':').next() {
        Some("s3") => Service::S3,
        Some("iam") => Service::Iam,
        Some("kms") => Service::Kms,
        _ => Service::Sts,
    }
}

/// What the SDK's error comes to.
struct Failure {
    kind: ErrorKind,
    may_have_acted: bool,
}

impl Failure {
    fn of<E>(error: &SdkError<E, HttpResponse>, status: Option<u16>, id: Option<&str>) -> Self {
        let (kind, may_have_acted) = match error {
            SdkError::TimeoutError(_) => (ErrorKind::TimedOut, true),
            SdkError::ResponseError(_) => (ErrorKind::Malformed, true),
            SdkError::ServiceError(_) => {
                let kind = by_code(status, id);
                (kind, matches!(kind, ErrorKind::ServerFailed | ErrorKind::Malformed))
            }
            SdkError::DispatchFailure(failure) => {
                let text = format!("{:?}", failure.as_connector_error());
                by_connection(&text, failure.is_timeout(), failure.is_io())
            }
            _ => (ErrorKind::Invalid, false),
        };
        Self { kind, may_have_acted }
    }
}

/// The connector's errors are told apart by their text alone: they have no public types. Without credentials
/// or without a connection nothing was sent.
fn by_connection(text: &str, is_timeout: bool, is_io: bool) -> (ErrorKind, bool) {
    let is_any = |words: &[&str]| words.iter().any(|word| text.contains(word));
    // `ProviderError` is the metadata service of EC2, the last place where the SDK looks for credentials;
    // `InvalidConfiguration` is a profile that leads round to itself or has half of a key.
    if is_any(&["redentials", "SSO", "Sso", "Identity", "ProviderError", "InvalidConfiguration"]) {
        (ErrorKind::NoCredentials, false)
    } else if is_any(&["ConnectError", "(Connect,", "dns error", "HTTP connect"]) {
        (ErrorKind::Unreachable, false)
    } else if is_timeout {
        (ErrorKind::TimedOut, true)
    } else if is_io || text.contains("SendRequest") {
        (ErrorKind::Malformed, true)
    } else {
        (ErrorKind::Unreachable, true)
    }
}

fn by_code(status: Option<u16>, id: Option<&str>) -> ErrorKind {
    const REFUSED: &[&str] = &[
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidToken",
        "RequestExpired",
        "RequestTimeTooSkewed",
        "SignatureDoesNotMatch",
        "TokenRefreshRequired",
        "UnrecognizedClientException",
    ];
    let is = |codes: &[&str]| id.is_some_and(|id| codes.contains(&id));
    match status {
        _ if is(REFUSED) => ErrorKind::Unauthorized,
        _ if is(TOO_MANY) => ErrorKind::RateLimited,
        Some(429) => ErrorKind::RateLimited,
        // A page of some other server says nothing about what AWS has. A HEAD has no body to say it in.
        Some(404 | 200..300) if id.is_none() => ErrorKind::Malformed,
        Some(404) => ErrorKind::NotFound,
        Some(403) => ErrorKind::Forbidden,
        Some(409 | 412) => ErrorKind::Conflict,
        Some(500..) => ErrorKind::ServerFailed,
        _ => ErrorKind::Invalid,
    }
}

fn message<E>(error: &SdkError<E, HttpResponse>, kind: ErrorKind, id: Option<&str>) -> String
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let said = error.message().filter(|message| !message.is_empty());
    match (kind, said, id) {
        (ErrorKind::NoCredentials, ..) => no_credentials(&cause(error)),
        (ErrorKind::TimedOut, ..) => "no answer in time".to_owned(),
        (_, Some(said), _) => said.to_owned(),
        (_, None, Some(id)) => id.to_owned(),
        (ErrorKind::Unreachable, ..) => match way(error).and_then(|way| way.host.as_deref()) {
            Some(host) => format!("no connection to `{host}`: {}", cause(error)),
            None => cause(error),
        },
        (ErrorKind::Malformed, ..) if error.raw_response().is_none() => {
            format!("the connection was lost before the answer came: {}", cause(error))
        }
        (ErrorKind::Malformed, ..) => "the answer could not be understood".to_owned(),
        (ErrorKind::Forbidden, ..) => "access denied".to_owned(),
        (ErrorKind::NotFound, ..) => "not found".to_owned(),
        _ => cause(error),
    }
}

/// When every source of the chain had none, the cause lists them a line each. The one that people set up is
/// told, when it says more than that it is not there.
fn no_credentials(cause: &str) -> String {
    const NONE: &str = "no AWS credentials were found";
    let first = cause.lines().next().unwrap_or_default();
    if cause.contains("Ec2InstanceMetadata") {
        let profile = cause.lines().find_map(|line| line.trim().strip_prefix("Profile: "));
        let why = profile.and_then(|line| line.strip_prefix("the credential provider was not enabled: "));
        why.map_or_else(|| NONE.to_owned(), |why| format!("{NONE}: {why}"))
    } else if first.is_empty() || first.ends_with("already taken") || first.contains("IMDS") {
        // The SDK tells a broken profile once, and then only that it told it. That the last place to look refused
        // says nothing about the others.
        NONE.to_owned()
    } else {
        format!("the AWS credentials could not be loaded: {first}")
    }
}

/// The last of the chain of causes says what happened; when that is a service's answer, its own words do.
fn cause(error: &(dyn std::error::Error + 'static)) -> String {
    let mut last = error;
    while let Some(next) = last.source() {
        last = next;
    }
    if let Some(said) = last.downcast_ref::<ErrorMetadata>() {
        let words = [said.code(), said.message()].into_iter().flatten().collect::<Vec<_>>();
        return words.join(": ");
    }
    last.to_string()
}

/// Where the request was to go, when it failed on the way.
fn way<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a WayFailure> {
    let mut cause = Some(error);
    while let Some(one) = cause {
        if let Some(failure) = one.downcast_ref::<WayFailure>() {
            return Some(failure);
        }
        cause = one.source();
    }
    None
}

fn request_id(response: Option<&HttpResponse>) -> Option<String> {
    let headers = response?.headers();
    let id = headers.get("x-amz-request-id").or_else(|| headers.get("x-amzn-requestid"))?;
    Some(clean(id, &[], LONGEST_NAME))
}

/// A message made fit to show. A signature that does not match is answered with the text that should have been
/// signed, and the session's token stands in it.
fn shown(message: &str) -> String {
    const TOKEN: &str = "x-amz-security-token:";
    let mut parts = message.split(TOKEN);
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.trim_start().find(char::is_whitespace).map_or("", |end| &part.trim_start()[end..]);
        text.push_str(TOKEN);
        text.push_str("(sensitive)");
        text.push_str(end);
    }
    clean(&text, &[], LONGEST_MESSAGE)
}

#[cfg(test)]
#[path = "error_tests.rs"]
mod tests;
