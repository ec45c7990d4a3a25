//! What can go wrong between here and a service, as data: one type for Heroku and AWS.

use std::fmt;
use std::fmt::Write as _;

use super::Service;

/// A call to a service that did not succeed.
///
/// Holds the service's own words (id, message, request id) and never a request body or a header, so it can be
/// shown and logged as it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.describe())]
pub struct CloudError {
    /// The call: `POST /apps`, `s3:PutBucketCors`.
    pub operation: String,
    /// Who was called, or could not be reached.
    pub service: Service,
    /// The proxy that the call went through, with what names it: `http://proxy.example:3128 of HTTPS_PROXY`.
    pub via: Option<Box<str>>,
    /// What kind of failure it is, which decides what to do next.
    pub kind: ErrorKind,
    /// The HTTP status, when there was an answer.
    pub status: Option<u16>,
    /// The service's own name for the error: `invalid_params`, `NoSuchBucket`.
    pub id: Option<String>,
    /// The service's message, or the transport's.
    pub message: String,
    /// The service's id of the request, for its support.
    pub request_id: Option<String>,
    /// Whether the service may have acted.
    pub certainty: Certainty,
}

/// Kinds of failure that are handled differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The thing is not there.
    NotFound,
    /// No credentials were found, or they could not be loaded; nothing was sent.
    NoCredentials,
    /// The credentials were not accepted.
    Unauthorized,
    /// The credentials were accepted, but have no right to this.
    Forbidden,
    /// The request was understood and refused: a business rule, a name taken, a bad value.
    Invalid,
    /// The thing is in a state that does not allow this now.
    Conflict,
    /// Too many calls.
    RateLimited,
    /// The service failed (5xx).
    ServerFailed,
    /// No connection: name not found, refused, TLS.
    Unreachable,
    /// No answer in time.
    TimedOut,
    /// An answer that could not be understood, or was cut off.
    Malformed,
    /// A wait that was bounded in time ran out: an add-on, a key that never became valid.
    GaveUp,
    /// What a change rests on is not as the plan saw it, so nothing was sent.
    Moved,
    /// The address of the service is not one that anything is sent to.
    BadAddress,
    /// A variable or a file of the operator's cannot be used; nothing was sent.
    BadSetting,
}

/// What is known about the effect of a call that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certainty {
    /// Nothing was done: it was not sent, or the service said no.
    NotDone,
    /// It was sent and the answer was lost: it may have been done.
    Unknown,
}

impl CloudError {
    /// What a change rests on is not as the plan saw it: refused before anything was sent.
    #[must_use]
    pub fn moved(what: impl Into<String>) -> Self {
        Self::new(Service::Trueup, "apply", ErrorKind::Moved, what)
    }

    /// A variable or a file of the operator's cannot be used: told before anything is sent.
    #[must_use]
    pub fn unusable(why: impl Into<String>) -> Self {
        Self::new(Service::Trueup, "connect", ErrorKind::BadSetting, why)
    }

    /// A failure that certainly did nothing, with no more than what was tried, where, and what happened.
    #[must_use]
    pub fn new(
        service: Service,
        operation: impl Into<String>,
        kind: ErrorKind,
        message: impl Into<String>,
    ) -> Self {
        Self {
            operation: operation.into(),
            service,
            via: None,
            kind,
            status: None,
            id: None,
            message: message.into(),
            request_id: None,
            certainty: Certainty::NotDone,
        }
    }

    /// A wait for something that Heroku brings about by itself ended without it.
    #[must_use]
    pub fn gave_up(operation: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(Service::Heroku("Heroku".to_owned()), operation, ErrorKind::GaveUp, message)
    }

    /// A step came upon what cannot be: a defect of this program.
    #[must_use]
    pub fn defect(message: impl std::fmt::Display) -> Self {
        let message = format!("{message}; please report this");
        Self::new(Service::Trueup, "apply", ErrorKind::Malformed, message)
    }

    /// The same failure of something that may have been done all the same.
    #[must_use]
    pub fn maybe_done(self) -> Self {
        Self { certainty: Certainty::Unknown, ..self }
    }

    fn describe(&self) -> String {
        let Self { operation, service, via, kind, status, id, message, request_id, certainty: _ } = self;
        let through = via.as_ref().map(|via| format!(" through the proxy {via}")).unwrap_or_default();
        let mut text = match kind {
            // Nothing was sent, so no call failed.
            ErrorKind::NoCredentials | ErrorKind::Moved | ErrorKind::BadSetting => {
                format!("{message}{through}")
            }
            ErrorKind::BadAddress => format!("cannot use the address {service}: {message}"),
            ErrorKind::Unreachable => format!("cannot reach {service} for `{operation}`{through}: {message}"),
            ErrorKind::TimedOut => format!("{service} did not answer `{operation}`{through}: {message}"),
            _ => format!("`{operation}` failed on {service}: {message}"),
        };
        let facts: Vec<String> = [
            status.map(|status| status.to_string()),
            id.clone(),
            request_id.as_ref().map(|request_id| format!("request {request_id}")),
        ]
        .into_iter()
        .flatten()
        .collect();
        if !facts.is_empty() {
            // Writing to a String cannot fail.
            let _ = write!(text, " ({})", facts.join(", "));
        }
        text
    }

    /// Whether two failures are one and the same, seen by two calls. Where the whole service fails, the words differ by
    /// no more than by how long each call tried.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        let is_alike = self.kind == other.kind && self.id == other.id;
        let is_of_one_account =
            self.kind == ErrorKind::NoCredentials && self.service.is_heroku() == other.service.is_heroku();
        let is_told_alike = self.is_of_the_whole_service() || self.message == other.message;
        is_alike && (is_of_one_account || (self.service == other.service && is_told_alike))
    }

    /// Whether any other call to the service would have failed alike.
    fn is_of_the_whole_service(&self) -> bool {
        matches!(
            self.kind,
            ErrorKind::NoCredentials
                | ErrorKind::Unauthorized
                | ErrorKind::RateLimited
                | ErrorKind::ServerFailed
                | ErrorKind::Unreachable
                | ErrorKind::TimedOut
                | ErrorKind::BadAddress
        )
    }

    /// Whether the service says that the thing is not there.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.kind == ErrorKind::NotFound
    }

    /// Whether Heroku says that the app, or the add-on, exists and that this account has no access to it. A second factor, unpaid bills,
    /// a suspension, single sign-on, an address list and a narrow token are refused with the same statuses, and say
    /// nothing about whose the app is.
    #[must_use]
    pub fn is_of_someone_else(&self) -> bool {
        let message = self.message.to_ascii_lowercase();
        let is_said = ["the", "this", "that"]
            .iter()
            .flat_map(|which| [format!("{which} app"), format!("{which} add-on")])
            .any(|what| message.starts_with(&format!("you do not have access to {what}")));
        self.service.is_heroku()
            && self.status == Some(403)
            && matches!(self.id.as_deref(), None | Some("forbidden"))
            && is_said
    }

    /// Whether it is AWS's sentence about a right that is missing, which it tells to identities of the same account or
    /// organization alone.
    pub(super) fn names_a_right(&self) -> bool {
        self.message.contains("not authorized to perform")
    }

    /// Whether the service wants a person to confirm what the call would overwrite.
    #[must_use]
    pub fn wants_confirmation(&self) -> bool {
        self.service.is_heroku() && self.id.as_deref() == Some("confirmation_required")
    }
}

impl fmt::Display for Certainty {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::NotDone => "not done",
            Self::Unknown => "unknown",
        })
    }
}
