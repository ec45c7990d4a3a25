//! Places where code is put for a build: signed addresses that are nobody's call of the API, as strict as the store behind
//! Heroku's are (life-and-ci.md section 6.1).

use std::time::Duration;

use base64::Engine as _;
use serde::{Deserialize, Serialize};
use serde_json::json;
use time::OffsetDateTime;

use super::problem::Problem;
use super::state::{HerokuState, fresh_id};
use super::{Call, builds, transfers};
use crate::sandbox::http::{Method, Moment, Request, Response};

/// What is not of the API, but at an address that the API gave.
pub(crate) const ELSEWHERE: &str = "/_heroku/";
/// How long an address is good for.
const LIFETIME: Duration = Duration::from_hours(1);

/// A place.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Source {
    signature: String,
    made_at: OffsetDateTime,
    /// What was put there, in base64.
    tarball: Option<String>,
}

/// The address at which this cloud was reached.
pub(super) fn host(request: &Request) -> String {
    format!("http://{}", request.header("host").unwrap_or("127.0.0.1"))
}

pub(super) fn create(state: &mut HerokuState, call: &Call<'_>) -> Response {
    let (id, signature) = (fresh_id(), fresh_id());
    let url = format!("{}{ELSEWHERE}sources/{id}?Signature={signature}", host(call.request));
    let now = call.moment.now;
    state.sources.retain(|_, source| source.made_at + LIFETIME > now);
    state.sources.insert(id, Source { signature, made_at: now, tarball: None });
    Response::json(201, &json!({ "source_blob": { "get_url": url, "put_url": url } }))
}

/// The code at an address, which is taken away: a build keeps what it was given.
pub(super) fn take(state: &mut HerokuState, url: &str) -> Option<Vec<u8>> {
    let (_, rest) = url.split_once(ELSEWHERE)?;
    let (id, signature) = rest.strip_prefix("sources/")?.split_once("?Signature=")?;
    let source = state.sources.get_mut(id).filter(|source| source.signature == signature)?;
    base64::engine::general_purpose::STANDARD.decode(source.tarball.take()?).ok()
}

/// Answers a request to such an address. Nobody is asked who they are.
pub(super) fn elsewhere(state: &mut HerokuState, moment: &Moment<'_>, request: &Request) -> Response {
    let segments = request.segments();
    let parts: Vec<&str> = segments.iter().map(String::as_str).collect();
    match (&request.method, parts.as_slice()) {
        (&Method::PUT, [_, "sources", id]) => put(state, moment, request, id),
        (&Method::GET, [_, "streams", id]) => builds::stream(state, moment, request, id),
        (&Method::GET, [_, "backups", id]) => transfers::download(state, moment, request, id),
        _ => Response::typed(404, "text/plain", b"not found".to_vec()),
    }
}

fn put(state: &mut HerokuState, moment: &Moment<'_>, request: &Request, id: &str) -> Response {
    let refused = |status: u16, code: &str, message: &str| {
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>"
        );
        Response::xml(status, body)
    };
    let mismatch = || {
        let message = "The request signature we calculated does not match the signature you provided. Check your key and signing method.";
        refused(403, "SignatureDoesNotMatch", message)
    };
    let given = request.query.iter().find(|(name, _)| name == "Signature").map(|(_, value)| value);
    let Some(source) = state.sources.get_mut(id).filter(|source| Some(&source.signature) == given) else {
        return mismatch();
    };
    if request.header("authorization").is_some() {
        let message = "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified";
        return refused(400, "InvalidArgument", message);
    }
    if source.made_at + LIFETIME <= moment.now {
        return refused(403, "AccessDenied", "Request has expired");
    }
    // The signature is over an empty type.
    if request.header("content-type").is_some_and(|kind| !kind.is_empty())
        || request.header("expect").is_some()
    {
        return mismatch();
    }
    if request.header("content-length").is_none() {
        return refused(411, "MissingContentLength", "You must provide the Content-Length HTTP header.");
    }
    source.tarball = Some(base64::engine::general_purpose::STANDARD.encode(&request.body));
    Response::empty(200).tagged_as(&request.body)
}

/// An address of a source that this cloud gave, or any that the public can read over https.
pub(super) fn check_url(call: &Call<'_>, url: &str) -> Result<(), Problem> {
    let is_own = url.starts_with(&format!("{}{ELSEWHERE}", host(call.request)));
    if is_own || url.starts_with("https://") {
        Ok(())
    } else {
        Err(Problem::invalid("https is required for source_blob:url"))
    }
}
