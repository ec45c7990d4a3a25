//! The AWS half of the embedded cloud: S3, IAM, STS and what a bucket needs of KMS, as one state and one synchronous
//! function.
//!
//! A request is routed by the service in its signature's scope, authenticated and authorised for real, and answered
//! from the state. Knows nothing of sockets, files or the client side of this crate, so that the two cannot be wrong
//! together. Facts about AWS come from the service documentation and the SDK's models.

mod access;
mod chunked;
mod fault;
mod iam;
mod ids;
mod kms;
mod policy;
mod s3;
mod sigv4;
mod sts;
mod xml;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::sandbox::http::{Moment, Request, Response};

/// Access key id of the root of the sandbox's own account; it may do everything.
pub(crate) const ROOT_ACCESS_KEY: &str = "AKIASANDBOXROOT00000";
/// The secret that belongs to [`ROOT_ACCESS_KEY`].
pub(crate) const ROOT_SECRET_KEY: &str = "sandbox-root-secret";
/// The account of [`ROOT_ACCESS_KEY`].
pub(crate) const ACCOUNT: &str = "111122223333";
/// Access key id of the root of a second account, so that buckets of strangers can exist.
pub(crate) const OTHER_ACCESS_KEY: &str = "AKIAOTHERROOT0000000";
/// The secret that belongs to [`OTHER_ACCESS_KEY`].
pub(crate) const OTHER_SECRET_KEY: &str = "other-root-secret";
/// The account of [`OTHER_ACCESS_KEY`].
pub(crate) const OTHER_ACCOUNT: &str = "444455556666";

/// Everything that the sandbox's AWS remembers.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct AwsState {
    /// Users and policies by account id.
    accounts: BTreeMap<String, iam::Account>,
    /// Buckets by name: names are global.
    buckets: BTreeMap<String, s3::Bucket>,
}

/// Answers one request.
pub(crate) fn handle(state: &mut AwsState, moment: &Moment<'_>, request: &Request) -> Response {
    match service(request).as_str() {
        "iam" => iam::handle(state, moment, request),
        "sts" => sts::handle(state, moment, request),
        "kms" => kms::handle(state, moment, request),
        _ => s3::handle(state, moment, request),
    }
}

/// Service, operation and whether it changes something: what faults and logs are named by.
pub(crate) fn operation(request: &Request) -> (String, String, bool) {
    let service = service(request);
    if service == "s3" {
        let name = s3::operation(request);
        let mutating = !["Get", "Head", "List", "Options"].iter().any(|reading| name.starts_with(reading));
        return (service, name.to_owned(), mutating);
    }
    let name = match service.as_str() {
        "kms" => kms::operation(request).to_owned(),
        _ => iam::Parameters::read(request).action().to_owned(),
    };
    let mutating = !["Describe", "Get", "List", "Simulate"].iter().any(|reading| name.starts_with(reading));
    (service, name, mutating)
}

/// The service that a request is meant for: by its signature's scope, else by the Query protocol's version.
fn service(request: &Request) -> String {
    if let Ok(Some(signed)) = sigv4::read(request) {
        return signed.service;
    }
    let version = iam::Parameters::read(request).get("Version").unwrap_or_default().to_owned();
    match version.as_str() {
        iam::VERSION => "iam",
        sts::VERSION => "sts",
        _ => "s3",
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;
    use hyper::{HeaderMap, Method};

    use super::*;

    fn request(method: Method, path: &str, query: &[(&str, &str)], body: &str) -> Request {
        let query = query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let headers = HeaderMap::from_iter([(hyper::header::HOST, HeaderValue::from_static("127.0.0.1:1"))]);
        Request { method, path: path.to_owned(), query, headers, body: body.to_owned().into() }
    }

    #[test]
    fn operations_are_named_as_aws_names_them() {
        let table = [
            (request(Method::PUT, "/b", &[], ""), ("s3", "CreateBucket", true)),
            (request(Method::PUT, "/b/", &[("cors", "")], ""), ("s3", "PutBucketCors", true)),
            (request(Method::GET, "/b", &[("list-type", "2")], ""), ("s3", "ListObjectsV2", false)),
            (request(Method::GET, "/", &[], ""), ("s3", "ListBuckets", false)),
            (request(Method::HEAD, "/b/a%2Fb", &[], ""), ("s3", "HeadObject", false)),
            (request(Method::POST, "/b/k", &[("uploads", "")], ""), ("s3", "CreateMultipartUpload", true)),
            (
                request(Method::POST, "/", &[], "Action=CreateAccessKey&Version=2010-05-08&UserName=a"),
                ("iam", "CreateAccessKey", true),
            ),
            (
                request(Method::POST, "/", &[], "Action=GetCallerIdentity&Version=2011-06-15"),
                ("sts", "GetCallerIdentity", false),
            ),
        ];
        for (request, (service, name, mutating)) in table {
            assert_eq!(operation(&request), (service.to_owned(), name.to_owned(), mutating));
        }
    }

    #[test]
    fn the_state_survives_being_written_and_read() {
        let state = AwsState::default();
        let text = serde_json::to_string(&state).unwrap();
        let read: AwsState = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), text);
        assert!(serde_json::from_str::<AwsState>("{}").is_ok());
    }
}
