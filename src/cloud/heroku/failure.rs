//! Turns what went wrong into a [`CloudError`]: the service's own words, cleaned, and what they mean.
//!
//! What must not live here: whether to repeat the call, and anything of a request's body or headers.

use std::fmt::Write as _;

use reqwest::StatusCode;
use serde_json::Value;

use super::answer::Answer;
use super::call::Call;
use super::endpoint::Endpoint;
use crate::cloud::clean::{clean, root_cause};
use crate::cloud::retry::CallKind;
use crate::cloud::{Certainty, CloudError, ErrorKind, Service};
use crate::secret::Secret;

/// The longest message that is kept of Heroku's error bodies.
const LONGEST_MESSAGE: usize = 500;
/// The longest piece of a body that is not Heroku's own.
const LONGEST_FOREIGN_TEXT: usize = 200;

/// The error that an answer with a status outside 200..=299 means.
pub(super) fn refused(call: &Call, answer: &Answer, secrets: &[&Secret]) -> CloudError {
    let body: Option<Value> = serde_json::from_slice(&answer.body).ok();
    let text_of = |key| body.as_ref()?.get(key)?.as_str().map(|text| clean(text, secrets, LONGEST_MESSAGE));
    let id = text_of("id").filter(|id| !id.is_empty());
    let is_herokus = body.as_ref().is_some_and(Value::is_object) || answer.body.is_empty();
    let message = text_of("message")
        .filter(|message| !message.is_empty())
        .unwrap_or_else(|| message_without_json(answer, secrets));
    let missing = answer.scopes.missing().filter(|_| answer.status == 403);
    let message = match missing {
        Some(missing) => format!("{}; {missing}", message.trim_end_matches('.')),
        None => message,
    };
    CloudError {
        kind: kind_of(answer.status, id.as_deref(), is_herokus),
        status: Some(answer.status),
        id,
        request_id: answer.request_id.clone(),
        // A server that failed may have acted before it did; one that said no did not.
        certainty: if answer.status >= 500 { when_lost(call) } else { Certainty::NotDone },
        ..error(call, &answer.service, ErrorKind::Invalid, message)
    }
}

/// What a status and Heroku's own name for an error mean (heroku-api.md section 1.3).
fn kind_of(status: u16, id: Option<&str>, is_herokus: bool) -> ErrorKind {
    match (status, id) {
        (500.., _) => ErrorKind::ServerFailed,
        (300..=399, _) => ErrorKind::Malformed,
        // Seen with 423 and with 400: the id counts.
        (_, Some("confirmation_required")) => ErrorKind::Conflict,
        (402 | 403, _) | (_, Some("delinquent" | "suspended" | "two_factor")) => ErrorKind::Forbidden,
        (401, _) => ErrorKind::Unauthorized,
        // A page of some other server says nothing about what Heroku has.
        (404, _) if !is_herokus => ErrorKind::Malformed,
        (404, _) => ErrorKind::NotFound,
        (408, _) => ErrorKind::TimedOut,
        (409 | 423, _) => ErrorKind::Conflict,
        (429, _) => ErrorKind::RateLimited,
        _ => ErrorKind::Invalid,
    }
}

fn message_without_json(answer: &Answer, secrets: &[&Secret]) -> String {
    if let Some(host) = &answer.redirects_to {
        return format!(
            "it redirects to `{}`, which is not followed",
            clean(host, secrets, LONGEST_FOREIGN_TEXT)
        );
    }
    let text = String::from_utf8_lossy(&answer.body);
    let text = text.trim();
    let is_plain = !text.is_empty() && !text.starts_with(['<', '{', '[', '"']) && text != "null";
    if is_plain {
        return clean(text, secrets, LONGEST_FOREIGN_TEXT);
    }
    let status = StatusCode::from_u16(answer.status).ok();
    status.and_then(|status| status.canonical_reason()).unwrap_or("no reason given").to_owned()
}

/// The error of a call that got no complete answer.
pub(super) fn unanswered(call: &Call, endpoint: &Endpoint, failure: &reqwest::Error) -> CloudError {
    CloudError { via: endpoint.via(), ..without_answer(call, &endpoint.name, failure) }
}

fn without_answer(call: &Call, service: &str, failure: &reqwest::Error) -> CloudError {
    let cause = root_cause(failure);
    if failure.is_connect() {
        let message = if failure.is_timeout() { "no connection was made in time".to_owned() } else { cause };
        return error(call, service, ErrorKind::Unreachable, message);
    }
    let (kind, message) = if failure.is_timeout() {
        (ErrorKind::TimedOut, "no complete answer came in time".to_owned())
    } else if failure.is_builder() {
        return error(call, service, ErrorKind::Invalid, format!("the request could not be built: {cause}"));
    } else {
        (ErrorKind::Malformed, format!("the connection was lost before the whole answer came: {cause}"))
    };
    CloudError { certainty: when_lost(call), ..error(call, service, kind, message) }
}

/// The error of an answer that says success and cannot be understood.
pub(super) fn malformed(call: &Call, service: &str, message: &str) -> CloudError {
    CloudError {
        certainty: when_lost(call),
        ..error(call, service, ErrorKind::Malformed, message.to_owned())
    }
}

/// Why a body is not what was expected. serde's own text would quote values of the body, and those may be secrets.
pub(super) fn why_undecodable(error: &serde_json::Error) -> String {
    use serde_json::error::Category;
    let what = match error.classify() {
        Category::Eof => "the answer ends too early",
        Category::Syntax | Category::Io => "the answer is not JSON",
        Category::Data => "the answer is not of the expected shape",
    };
    let mut text = format!("{what}, at line {} column {}", error.line(), error.column());
    let detail = error.to_string();
    if let Some(field) = detail.strip_prefix("missing field `").and_then(|rest| rest.split('`').next()) {
        // Writing to a String cannot fail.
        let _ = write!(text, ": `{field}` is missing");
    }
    text
}

/// The error of a call that certainly did nothing: it was not sent, or reads.
pub(super) fn harmless(call: &Call, service: &str, kind: ErrorKind, message: &str) -> CloudError {
    error(call, service, kind, message.to_owned())
}

fn error(call: &Call, service: &str, kind: ErrorKind, message: String) -> CloudError {
    CloudError::new(Service::Heroku(service.to_owned()), call.operation(), kind, message)
}

/// What is known of a call whose answer was lost: a read did nothing, a write may have.
fn when_lost(call: &Call) -> Certainty {
    match call.kind {
        CallKind::Read => Certainty::NotDone,
        CallKind::IdempotentWrite | CallKind::Create => Certainty::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::super::scopes::Scopes;
    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        Answer {
            status,
            service: "api.heroku.com".to_owned(),
            next_range: None,
            request_id: Some("r-1".to_owned()),
            redirects_to: None,
            scopes: Scopes::default(),
            date: None,
            body: body.as_bytes().to_vec(),
        }
    }

    fn read() -> Call {
        Call::get(&["apps", "ledger"])
    }

    fn create() -> Call {
        Call::post(&["apps"], &())
    }

    #[test]
    fn statuses_and_ids_have_their_kinds() {
        use ErrorKind as Kind;
        let table = [
            (401, r#"{"id":"unauthorized","message":"Invalid credentials provided."}"#, Kind::Unauthorized),
            (402, r#"{"id":"delinquent","message":"m"}"#, Kind::Forbidden),
            (403, r#"{"id":"forbidden","message":"m"}"#, Kind::Forbidden),
            (403, r#"{"id":"two_factor","message":"m"}"#, Kind::Forbidden),
            (
                404,
                r#"{"id":"not_found","resource":"app","message":"Couldn't find that app."}"#,
                Kind::NotFound,
            ),
            (404, "", Kind::NotFound),
            (404, "<html>nginx</html>", Kind::Malformed),
            (409, r#"{"id":"conflict","message":"m"}"#, Kind::Conflict),
            (410, r#"{"id":"gone","message":"m"}"#, Kind::Invalid),
            (422, r#"{"id":"invalid_params","message":"m"}"#, Kind::Invalid),
            (423, r#"{"id":"confirmation_required","message":"m"}"#, Kind::Conflict),
            (400, r#"{"id":"confirmation_required","message":"m"}"#, Kind::Conflict),
            (422, r#"{"id":"verification_needed","message":"m"}"#, Kind::Invalid),
            (429, r#"{"id":"rate_limit","message":"m"}"#, Kind::RateLimited),
            (500, r#"{"id":"not_found","message":"m"}"#, Kind::ServerFailed),
            (302, "", Kind::Malformed),
            (418, "null", Kind::Invalid),
        ];
        for (status, body, expected) in table {
            assert_eq!(refused(&read(), &answer(status, body), &[]).kind, expected, "{status} {body}");
        }
    }

    #[test]
    fn an_error_reads_like_a_sentence_with_the_facts_after_it() {
        let body = r#"{"id":"invalid_params","message":"Name ledger is already taken"}"#;
        assert_eq!(
            refused(&create(), &answer(422, body), &[]).to_string(),
            "`POST /apps` failed on api.heroku.com: Name ledger is already taken (422, invalid_params, request r-1)"
        );
    }

    #[test]
    fn a_body_that_is_not_json_gives_the_status_in_words_or_a_short_text() {
        let message = |status, body: &str| refused(&read(), &answer(status, body), &[]).message;
        assert_eq!(message(502, "<html><h1>Application error</h1></html>"), "Bad Gateway");
        assert_eq!(message(502, "null"), "Bad Gateway");
        assert_eq!(message(503, "{\"id\":"), "Service Unavailable");
        assert_eq!(message(599, ""), "no reason given");
        assert_eq!(message(503, "upstream is away\n"), "upstream is away");
        assert_eq!(message(503, &"a".repeat(900)).chars().count(), 201);
    }

    #[test]
    fn only_a_write_that_the_server_may_have_begun_is_unknown() {
        let certainty = |call: &Call, status| refused(call, &answer(status, ""), &[]).certainty;
        assert_eq!(certainty(&create(), 500), Certainty::Unknown);
        assert_eq!(certainty(&create(), 422), Certainty::NotDone);
        assert_eq!(certainty(&create(), 429), Certainty::NotDone);
        assert_eq!(certainty(&read(), 500), Certainty::NotDone);
        assert_eq!(malformed(&create(), "api.heroku.com", "m").certainty, Certainty::Unknown);
        assert_eq!(malformed(&read(), "api.heroku.com", "m").certainty, Certainty::NotDone);
    }

    #[test]
    fn secrets_and_control_characters_do_not_show() {
        let token = Secret::new("HRKU-secret");
        let body =
            r#"{"id":"x\u001b[31m","message":"bad HRKU-secret \u001b]0;title\u0007 \u202e end\nline"}"#;
        let error = refused(&read(), &answer(422, body), &[&token]);
        assert_eq!(error.message, "bad (sensitive) ]0;title end line");
        assert_eq!(error.id.as_deref(), Some("x [31m"));
    }

    #[test]
    fn a_shape_error_names_a_missing_field_and_never_quotes_a_value() {
        #[derive(Debug, serde::Deserialize)]
        #[expect(dead_code, reason = "only decoded")]
        struct Wanted {
            name: u8,
        }
        let why = |body| why_undecodable(&serde_json::from_str::<Wanted>(body).unwrap_err());
        assert_eq!(
            why(r"{}"),
            "the answer is not of the expected shape, at line 1 column 2: `name` is missing"
        );
        assert!(!why(r#"{"name":"hunter2"}"#).contains("hunter2"));
        assert!(why(r#"{"name":"#).starts_with("the answer ends too early"));
        assert!(why("<html>").starts_with("the answer is not JSON"));
    }
}
