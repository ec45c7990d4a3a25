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
        let Self { operation, service, kind, status, id, message, request_id, certainty: _ } = self;
        let mut text = match kind {
            // Nothing was sent, so no call failed.
            ErrorKind::NoCredentials | ErrorKind::Moved => message.clone(),
            ErrorKind::BadAddress => format!("cannot use the address {service}: {message}"),
            ErrorKind::Unreachable => format!("cannot reach {service} for `{operation}`: {message}"),
            ErrorKind::TimedOut => format!("{service} did not answer `{operation}`: {message}"),
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

    /// Whether the service says that the thing is not there.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.kind == ErrorKind::NotFound
    }

    /// Whether Heroku says that the app exists and that this account has no access to it. A second factor, unpaid bills,
    /// a suspension, single sign-on, an address list and a narrow token are refused with the same statuses, and say
    /// nothing about whose the app is.
    #[must_use]
    pub fn is_of_someone_else(&self) -> bool {
        let message = self.message.to_ascii_lowercase();
        self.service.is_heroku()
            && self.status == Some(403)
            && self.id.as_deref() == Some("forbidden")
            && message.starts_with("you do not have access to the app")
    }

    /// Whether the service wants a person to confirm what the call would overwrite.
    #[must_use]
    pub fn wants_confirmation(&self) -> bool {
        self.service.is_heroku() && self.id.as_deref() == Some("confirmation_required")
    }

    /// What to do now, when the kind alone tells.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let heroku = self.service.is_heroku();
        if let Some(hint) = self.id.as_deref().filter(|_| heroku).and_then(hint_for_heroku_id) {
            return Some(hint.to_owned());
        }
        let hint = match self.kind {
            ErrorKind::Invalid if heroku && self.message.contains("is already taken") => {
                "choose another `app.name`: someone else has this one, and names are shared by all of Heroku"
            }
            ErrorKind::NoCredentials if heroku => {
                "set HEROKU_API_KEY, for example: export HEROKU_API_KEY=$(heroku auth:token)"
            }
            ErrorKind::NoCredentials => {
                "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run `aws sso login`"
            }
            ErrorKind::Unauthorized if heroku => {
                "the token was refused: log in again with `heroku login`, then export HEROKU_API_KEY=$(heroku auth:token)"
            }
            ErrorKind::Unauthorized => {
                "the AWS credentials were refused: check which ones are in use with `aws configure list`"
            }
            ErrorKind::Forbidden if heroku && self.status == Some(402) => {
                "Heroku wants a payment: see https://dashboard.heroku.com/account/billing"
            }
            ErrorKind::Forbidden if heroku && !matches!(self.id.as_deref(), None | Some("forbidden")) => {
                "this is not about whose the app is: do what Heroku's words ask for, then run the same command again"
            }
            ErrorKind::Forbidden if heroku => {
                "the token's account has no right to this: ask the app's owner for access, or use another token"
            }
            ErrorKind::Forbidden => {
                "the AWS identity has no right to this: see docs/guide.md for the policy that trueup needs"
            }
            ErrorKind::Malformed if self.status == Some(404) && heroku => {
                "what answers there is not Heroku: check HEROKU_API_URL and HEROKU_DATA_API_URL"
            }
            ErrorKind::BadAddress => {
                "correct HEROKU_API_URL, HEROKU_DATA_API_URL or AWS_ENDPOINT_URL: it begins with https://, except on this machine"
            }
            ErrorKind::Moved => "run the same command again: it plans anew from what is live now",
            ErrorKind::RateLimited => "wait some minutes and run the same command again",
            ErrorKind::ServerFailed | ErrorKind::TimedOut | ErrorKind::Malformed | ErrorKind::GaveUp => {
                "run the same command again; it continues from what is there"
            }
            ErrorKind::Unreachable => {
                "check the network, and HEROKU_API_URL or AWS_ENDPOINT_URL if one is set"
            }
            ErrorKind::NotFound | ErrorKind::Invalid | ErrorKind::Conflict => return None,
        };
        Some(hint.to_owned())
    }
}

/// What to do about the errors that Heroku names (heroku-api.md section 1.3).
fn hint_for_heroku_id(id: &str) -> Option<&'static str> {
    Some(match id {
        "confirmation_required" => {
            "Heroku wants this confirmed by a person: do this one step with the `heroku` program, then run the same command again"
        }
        "delinquent" => {
            "the account has unpaid bills: settle them at https://dashboard.heroku.com/account/billing"
        }
        "suspended" => "the account or the app is suspended: ask Heroku's support at https://help.heroku.com",
        "two_factor" => {
            "this app asks for a second factor: use a token that needs none, from `heroku authorizations:create`"
        }
        "verification_needed" | "verification_required" => {
            "the account has no billing details yet: add them at https://heroku.com/verify"
        }
        _ => return None,
    })
}

impl fmt::Display for Certainty {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::NotDone => "not done",
            Self::Unknown => "unknown",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(kind: ErrorKind, id: Option<&str>, operation: &str) -> CloudError {
        let service = Service::Heroku("api.heroku.com".to_owned());
        let error = CloudError::new(service, operation, kind, "No");
        CloudError { status: Some(403), id: id.map(str::to_owned), ..error }
    }

    #[test]
    fn a_hint_follows_the_name_of_the_error_before_its_kind() {
        let hint = |id| error(ErrorKind::Forbidden, Some(id), "PATCH /apps/ledger").hint().unwrap();
        assert!(hint("two_factor").contains("second factor"));
        assert!(hint("delinquent").contains("billing"));
        assert!(hint("suspended").contains("support"));
        assert!(hint("verification_needed").contains("heroku.com/verify"));
        assert!(hint("confirmation_required").contains("confirmed"));
        assert!(hint("forbidden").contains("ask the app's owner"));
    }

    #[test]
    fn only_herokus_own_words_say_that_an_app_is_someone_elses() {
        let refused = |status, id: &str, message: &str| {
            let error = error(ErrorKind::Forbidden, Some(id), "GET /apps/ledger");
            CloudError { status: Some(status), message: message.to_owned(), ..error }
        };
        assert!(refused(403, "forbidden", "You do not have access to the app ledger.").is_of_someone_else());
        assert!(refused(403, "forbidden", "You do not have access to the app.").is_of_someone_else());
        for (status, id, message) in [
            (402, "delinquent", "You do not have access to the app: the account is delinquent."),
            (403, "suspended", "You do not have access to the app while it is suspended."),
            (403, "two_factor", "A second authentication factor is required"),
            (403, "sso_required", "Log in through your company's identity provider."),
            (403, "forbidden", "Your IP address is not on the list of trusted addresses."),
            (
                403,
                "forbidden",
                "The scope of this OAuth authorization does not allow access to this resource.",
            ),
        ] {
            let error = refused(status, id, message);
            assert!(!error.is_of_someone_else(), "{error}");
            assert!(error.hint().is_some(), "{error}");
        }
        let unknown = refused(403, "sso_required", "Log in through your company's identity provider.");
        assert!(unknown.hint().unwrap().contains("do what Heroku's words ask for"));
        assert!(refused(402, "payment", "No.").hint().unwrap().contains("billing"));
    }

    #[test]
    fn hints_of_heroku_are_not_given_for_aws() {
        let error = error(ErrorKind::Forbidden, Some("suspended"), "s3:PutBucketCors");
        let hint = CloudError { service: Service::S3, ..error }.hint().unwrap();
        assert!(hint.starts_with("the AWS identity"));
    }

    #[test]
    fn a_name_that_is_taken_wants_another() {
        let taken = error(ErrorKind::Invalid, Some("invalid_params"), "POST /apps");
        assert_eq!(taken.hint(), None);
        let taken = CloudError { message: "Name ledger is already taken".to_owned(), ..taken };
        assert!(taken.hint().unwrap().starts_with("choose another `app.name`"));
    }

    #[test]
    fn what_was_never_sent_is_not_told_as_a_failed_call() {
        let missing = error(ErrorKind::NoCredentials, None, "GET /apps/ledger");
        assert_eq!(CloudError { status: None, ..missing }.to_string(), "No");
        let refused = CloudError { status: None, ..error(ErrorKind::BadAddress, None, "connect") };
        assert_eq!(refused.to_string(), "cannot use the address api.heroku.com: No");
        assert!(refused.hint().unwrap().contains("AWS_ENDPOINT_URL"));
    }

    #[test]
    fn the_facts_stand_in_brackets_after_the_message() {
        let error = error(ErrorKind::Forbidden, Some("forbidden"), "GET /apps/ledger");
        assert_eq!(error.to_string(), "`GET /apps/ledger` failed on api.heroku.com: No (403, forbidden)");
    }
}
