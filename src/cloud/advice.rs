//! What to do about a failed call, as far as its kind and the service's own words tell. The class of a failure decides:
//! "run it again" is said of what may pass by itself, and of nothing else.
//!
//! What must not live here: what only one of the clouds says, which is in the file of that cloud.

mod aws;
mod heroku;

use super::{Certainty, CloudError, ErrorKind};

/// Said of what may pass by itself, and of nothing else.
const AGAIN: &str = "run the same command again; it continues from what is there";

impl CloudError {
    fn says(&self, words: &str) -> bool {
        self.message.contains(words)
    }

    /// What to do now, when the failure tells.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let own = if self.service.is_heroku() { heroku::hint(self) } else { aws::hint(self) };
        let hint = match self.kind {
            _ if own.is_some() => return own.map(str::to_owned),
            ErrorKind::BadAddress => {
                "correct HEROKU_API_URL, HEROKU_DATA_API_URL or AWS_ENDPOINT_URL: it begins with https://, except on this machine"
            }
            ErrorKind::BadSetting => "correct it, or unset it",
            ErrorKind::Moved => "run the same command again: it makes a new plan from what is live now",
            ErrorKind::RateLimited => "wait some minutes and run the same command again",
            ErrorKind::Malformed if self.is_of_another_server() => {
                "what answers there is not the service: check HEROKU_API_URL or AWS_ENDPOINT_URL, and what stands between"
            }
            ErrorKind::Malformed if self.is_of_another_shape() => {
                "this version does not know such an answer: use a newer trueup, or report this"
            }
            ErrorKind::ServerFailed if !self.passes() => {
                "the service does not know this call: check HEROKU_API_URL or AWS_ENDPOINT_URL"
            }
            ErrorKind::Invalid | ErrorKind::Conflict if self.passes() => {
                "something else is under way there: wait some minutes and run the same command again"
            }
            ErrorKind::ServerFailed | ErrorKind::TimedOut | ErrorKind::Malformed | ErrorKind::GaveUp => AGAIN,
            ErrorKind::Unreachable => {
                "check the network, and HEROKU_API_URL or AWS_ENDPOINT_URL if one is set"
            }
            ErrorKind::NotFound
            | ErrorKind::Invalid
            | ErrorKind::Conflict
            | ErrorKind::Forbidden
            | ErrorKind::NoCredentials
            | ErrorKind::Unauthorized => return None,
        };
        Some(hint.to_owned())
    }

    /// Whether the same command, run again, is a way on.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        // What may have been done is looked for by the next run.
        self.passes() || self.certainty == Certainty::Unknown
    }

    /// Whether time alone may end it.
    fn passes(&self) -> bool {
        match self.kind {
            ErrorKind::Moved | ErrorKind::RateLimited | ErrorKind::TimedOut => true,
            // Not implemented, or not in this version of HTTP.
            ErrorKind::ServerFailed => !matches!(self.status, Some(501 | 505)),
            ErrorKind::Unreachable => !self.is_of_trust() && self.via.is_none(),
            ErrorKind::Malformed => !self.is_of_another_server() && !self.is_of_another_shape(),
            ErrorKind::GaveUp => !self.names_a_right() && !self.says(FAILED_RELEASE),
            // Of what trueup itself saw, nothing is under way that would end it.
            ErrorKind::Conflict if self.service.is_heroku() => {
                self.status.is_some() && !self.wants_confirmation()
            }
            ErrorKind::Conflict | ErrorKind::Invalid => aws::is_busy(self) || self.says("try again"),
            ErrorKind::NotFound
            | ErrorKind::NoCredentials
            | ErrorKind::Unauthorized
            | ErrorKind::Forbidden
            | ErrorKind::BadAddress
            | ErrorKind::BadSetting => false,
        }
    }

    /// Whether whom the machine trusts decides: a certificate that it does not know, or that has expired.
    fn is_of_trust(&self) -> bool {
        self.says("certificate")
    }

    /// A whole answer of the service that says something else than what is known.
    fn is_of_another_shape(&self) -> bool {
        self.says("not of the expected shape")
    }

    /// A redirect or a page: nothing that the service says.
    fn is_of_another_server(&self) -> bool {
        self.kind == ErrorKind::Malformed && matches!(self.status, Some(300..=499))
    }
}

/// What to do when no answer came because of what stands between, and not of the network.
fn beyond_the_network(error: &CloudError) -> Option<&'static str> {
    if error.via.is_some() {
        Some("check that proxy and its variable; NO_PROXY names hosts that are reached without it")
    } else if error.is_of_trust() {
        Some("the certificate is not to be trusted: check the clock of this machine, and what stands between")
    } else {
        None
    }
}

/// How it is told that a var stands where an add-on would set one.
pub(crate) const UNCONFIRMED: &str = "Nothing is confirmed for you";

/// How a release phase that failed is told.
const FAILED_RELEASE: &str = "failed in its release phase";

#[cfg(test)]
mod tests;
