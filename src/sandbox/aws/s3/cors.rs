//! What a browser asks before a direct upload, and the headers it wants to see after one.

use crate::sandbox::http::{Request, Response};

use super::super::AwsState;
use super::super::fault::Fault;
use super::super::policy::matches_pattern;
use super::super::sigv4::header;
use super::super::xml::Element;
use super::empty;
use super::route::Route;
use super::state::Bucket;

/// Answers an OPTIONS request: needs no signature, only a rule that fits.
pub(super) fn preflight(state: &AwsState, route: &Route, request: &Request) -> Result<Response, Fault> {
    let (Some(origin), Some(method)) =
        (header(request, "origin"), header(request, "access-control-request-method"))
    else {
        return Err(Fault::new(400, "BadRequest", "Insufficient information. Origin request header needed."));
    };
    let bucket = state.buckets.get(&route.bucket).ok_or_else(|| super::missing(&route.bucket))?;
    let wanted = header(request, "access-control-request-headers").unwrap_or_default();
    let wanted: Vec<String> = wanted
        .split(',')
        .map(|name| name.trim().to_ascii_lowercase())
        .filter(|name| !name.is_empty())
        .collect();
    let Some(rule) = rules(bucket).find(|rule| fits(rule, &origin, &method) && allows(rule, &wanted)) else {
        let why = if bucket.documents.contains_key("cors") {
            "This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec."
        } else {
            "CORS is not enabled for this bucket."
        };
        return Err(Fault::new(403, "AccessForbidden", format!("CORSResponse: {why}")));
    };
    let mut answer = empty(200);
    answer.headers = shown(rule, &origin);
    if !wanted.is_empty() {
        answer.headers.push(("access-control-allow-headers".into(), wanted.join(", ")));
    }
    Ok(answer)
}

/// Adds the headers of the rule that fits, if one does, to the answer to a real request.
pub(super) fn mark(bucket: &Bucket, origin: &str, method: &str, answer: &mut Response) {
    if method == "OPTIONS" {
        return;
    }
    if let Some(rule) = rules(bucket).find(|rule| fits(rule, origin, method)) {
        answer.headers.extend(shown(rule, origin));
    }
}

fn rules(bucket: &Bucket) -> impl Iterator<Item = &Element> {
    bucket.documents.get("cors").into_iter().flat_map(|cors| &cors.children)
}

fn fits(rule: &Element, origin: &str, method: &str) -> bool {
    rule.named("AllowedOrigin").any(|allowed| matches_pattern(&allowed.text, origin))
        && rule.named("AllowedMethod").any(|allowed| allowed.text == method)
}

fn allows(rule: &Element, wanted: &[String]) -> bool {
    wanted.iter().all(|name| {
        rule.named("AllowedHeader").any(|allowed| matches_pattern(&allowed.text.to_ascii_lowercase(), name))
    })
}

fn shown(rule: &Element, origin: &str) -> Vec<(String, String)> {
    let anyone = rule.named("AllowedOrigin").any(|allowed| allowed.text == "*");
    let list = |name| rule.named(name).map(|value| value.text.as_str()).collect::<Vec<_>>().join(", ");
    let mut headers = vec![
        ("access-control-allow-origin".to_owned(), if anyone { "*".to_owned() } else { origin.to_owned() }),
        ("access-control-allow-methods".to_owned(), list("AllowedMethod")),
        (
            "vary".to_owned(),
            "Origin, Access-Control-Request-Headers, Access-Control-Request-Method".to_owned(),
        ),
    ];
    if !anyone {
        headers.push(("access-control-allow-credentials".to_owned(), "true".to_owned()));
    }
    if rule.child("ExposeHeader").is_some() {
        headers.push(("access-control-expose-headers".to_owned(), list("ExposeHeader")));
    }
    headers.extend(
        rule.value("MaxAgeSeconds").map(|seconds| ("access-control-max-age".to_owned(), seconds.to_owned())),
    );
    headers
}
