//! Faults by call: how a test makes the embedded cloud fail, before or after it acted.

use serde::{Deserialize, Serialize};

use super::http::Response;

/// Which calls fail, and how. A condition that is left out matches every call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// `heroku`, `s3`, `iam` or `sts`.
    #[serde(default)]
    pub service: Option<String>,
    /// The HTTP method.
    #[serde(default)]
    pub method: Option<String>,
    /// The path, in which `*` stands for anything.
    #[serde(default)]
    pub path: Option<String>,
    /// The operation: `CreateAccessKey`, `PATCH config-vars`.
    #[serde(default)]
    pub operation: Option<String>,
    /// Only calls that can change something, or only those that cannot.
    #[serde(default)]
    pub mutating: Option<bool>,
    /// How many matching calls pass first.
    #[serde(default)]
    pub skip: u32,
    /// How many matching calls fail then.
    #[serde(default = "once")]
    pub times: u32,
    /// How.
    pub kind: FaultKind,
}

fn once() -> u32 {
    1
}

/// The ways to fail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// The connection is closed before anything is done.
    CloseBefore,
    /// It is done, and the connection is closed without an answer.
    CloseAfter,
    /// 500, and nothing is done.
    ErrorBefore,
    /// It is done, and 500 is answered.
    ErrorAfter,
    /// 502 with a page in HTML, as a proxy in front sends it; nothing is done.
    BadGateway,
    /// 503; nothing is done.
    Unavailable,
    /// Too many calls: 429 for Heroku, `SlowDown` or `Throttling` for AWS; nothing is done.
    RateLimit {
        /// The seconds of `Retry-After`, when there is such a header.
        retry_after: Option<u32>,
    },
    /// Nothing is done for so many seconds; then it is done and answered.
    Hang {
        /// How long.
        seconds: u64,
    },
    /// It is done, and answered so many seconds later.
    HangAfter {
        /// How long.
        seconds: u64,
    },
    /// Nothing is done until the test lets the call go on, or drops it.
    HoldBefore,
    /// It is done, and answered when the test lets it.
    HoldAfter,
    /// It is done, and the answer is no JSON and no XML.
    Malformed,
    /// It is done, and the answer breaks off in the middle.
    Truncated,
    /// A refusal of the service's own kind; nothing is done.
    Refuse {
        /// The HTTP status.
        status: u16,
        /// The service's name for the error.
        id: String,
        /// What it says.
        message: String,
    },
}

/// A call, as faults and logs know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// `heroku`, `s3`, `iam` or `sts`.
    pub service: String,
    /// The HTTP method.
    pub method: String,
    /// The path, without its query.
    pub path: String,
    /// The operation: `CreateAccessKey`, `PATCH config-vars`.
    pub operation: String,
    /// Whether it can change something.
    pub mutating: bool,
    /// The status that was answered; 0 when the connection was closed instead.
    pub status: u16,
}

/// The fault that this call runs into, counting it off.
pub(super) fn take(faults: &mut [Fault], call: &Call) -> Option<FaultKind> {
    let fault = faults.iter_mut().find(|fault| fault.times > 0 && matches(fault, call))?;
    if fault.skip > 0 {
        fault.skip -= 1;
        return None;
    }
    fault.times -= 1;
    Some(fault.kind.clone())
}

fn matches(fault: &Fault, call: &Call) -> bool {
    let is = |wanted: &Option<String>, actual: &str| {
        wanted.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(actual))
    };
    is(&fault.service, &call.service)
        && is(&fault.method, &call.method)
        && is(&fault.operation, &call.operation)
        && fault.path.as_ref().is_none_or(|pattern| glob(pattern, &call.path))
        && fault.mutating.is_none_or(|mutating| mutating == call.mutating)
}

/// Whether the text is of the pattern's form, in which `*` stands for anything.
fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.len() >= last.len() && rest.ends_with(last)
}

/// An error of the service's own kind.
pub(super) fn refusal(service: &str, status: u16, id: &str, message: &str) -> Response {
    match service {
        "heroku" => Response::json(status, &serde_json::json!({ "id": id, "message": message })),
        "s3" => Response::xml(
            status,
            format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>{id}</Code><Message>{message}</Message><RequestId>FAULT</RequestId></Error>"
            ),
        ),
        _ => Response::xml(
            status,
            format!(
                "<ErrorResponse><Error><Type>Sender</Type><Code>{id}</Code><Message>{message}</Message></Error><RequestId>FAULT</RequestId></ErrorResponse>"
            ),
        ),
    }
}

/// A failure of the service itself.
pub(super) fn failed(service: &str) -> Response {
    let id = if service == "heroku" { "server_error" } else { "InternalError" };
    refusal(service, 500, id, "Internal server error")
}

/// The refusal of a call that came too often.
pub(super) fn too_many(service: &str, retry_after: Option<u32>) -> Response {
    let response = match service {
        "heroku" => refusal(
            service,
            429,
            "rate_limit",
            "Your account reached the API rate limit. Please wait a few minutes before making new requests",
        ),
        "s3" => refusal(service, 503, "SlowDown", "Please reduce your request rate."),
        _ => refusal(service, 400, "Throttling", "Rate exceeded"),
    };
    match retry_after {
        Some(seconds) => response.with_header("retry-after", seconds.to_string()),
        None => response,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, text, expected) in [
            ("/apps/*/config-vars", "/apps/shop/config-vars", true),
            ("/apps/*/config-vars", "/apps/shop/addons", false),
            ("/apps*", "/apps", true),
            ("*", "/anything", true),
            ("/apps", "/apps/shop", false),
            ("/a*a", "/a", false),
        ] {
            assert_eq!(glob(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn a_fault_lets_calls_pass_and_then_strikes_as_often_as_told() {
        let call = Call {
            service: "heroku".to_owned(),
            method: "POST".to_owned(),
            path: "/apps".to_owned(),
            operation: "POST apps".to_owned(),
            mutating: true,
            status: 0,
        };
        let fault: Fault =
            serde_json::from_str(r#"{"method":"post","skip":1,"times":2,"kind":"error-before"}"#).unwrap();
        let mut faults = [fault];
        let strikes: Vec<bool> = (0..4).map(|_| take(&mut faults, &call).is_some()).collect();
        assert_eq!(strikes, [false, true, true, false]);
    }
}
