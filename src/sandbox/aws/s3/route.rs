//! From method, address and query to the name of an operation and the right that it needs. Pure tables.

use percent_encoding::percent_decode_str;

use crate::sandbox::http::{Method, Request};

use super::config;

/// What nothing here knows.
pub(super) const UNKNOWN: &str = "Unknown";

/// Where a request goes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Route {
    /// Empty for the service itself.
    pub(super) bucket: String,
    /// Decoded; `None` for the bucket itself.
    pub(super) key: Option<String>,
    /// Such as `GetBucketCors`.
    pub(super) operation: &'static str,
    /// Such as `s3:GetBucketCORS`.
    pub(super) action: &'static str,
}

/// Method, the query parameter that selects (empty: none), operation, action.
type Line = (Method, &'static str, &'static str, &'static str);

/// Operations on a bucket that are no plain sub-resource; those with a parameter stand first.
const ON_BUCKET: [Line; 15] = [
    (Method::GET, "location", "GetBucketLocation", "s3:GetBucketLocation"),
    (Method::GET, "policyStatus", "GetBucketPolicyStatus", "s3:GetBucketPolicyStatus"),
    (Method::GET, "policy", "GetBucketPolicy", "s3:GetBucketPolicy"),
    (Method::PUT, "policy", "PutBucketPolicy", "s3:PutBucketPolicy"),
    (Method::DELETE, "policy", "DeleteBucketPolicy", "s3:DeleteBucketPolicy"),
    (Method::GET, "acl", "GetBucketAcl", "s3:GetBucketAcl"),
    (Method::PUT, "acl", "PutBucketAcl", "s3:PutBucketAcl"),
    (Method::GET, "versions", "ListObjectVersions", "s3:ListBucketVersions"),
    (Method::GET, "uploads", "ListMultipartUploads", "s3:ListBucketMultipartUploads"),
    (Method::POST, "delete", "DeleteObjects", "s3:DeleteObject"),
    (Method::GET, "list-type", "ListObjectsV2", "s3:ListBucket"),
    (Method::GET, "", "ListObjects", "s3:ListBucket"),
    (Method::HEAD, "", "HeadBucket", "s3:ListBucket"),
    (Method::PUT, "", "CreateBucket", "s3:CreateBucket"),
    (Method::DELETE, "", "DeleteBucket", "s3:DeleteBucket"),
];

/// Operations on an object; those with a parameter stand first.
const ON_OBJECT: [Line; 14] = [
    (Method::POST, "uploads", "CreateMultipartUpload", "s3:PutObject"),
    (Method::POST, "uploadId", "CompleteMultipartUpload", "s3:PutObject"),
    (Method::PUT, "uploadId", "UploadPart", "s3:PutObject"),
    (Method::DELETE, "uploadId", "AbortMultipartUpload", "s3:AbortMultipartUpload"),
    (Method::GET, "uploadId", "ListParts", "s3:ListMultipartUploadParts"),
    (Method::GET, "acl", "GetObjectAcl", "s3:GetObjectAcl"),
    (Method::PUT, "acl", "PutObjectAcl", "s3:PutObjectAcl"),
    (Method::GET, "tagging", "GetObjectTagging", "s3:GetObjectTagging"),
    (Method::PUT, "tagging", "PutObjectTagging", "s3:PutObjectTagging"),
    (Method::DELETE, "tagging", "DeleteObjectTagging", "s3:DeleteObjectTagging"),
    (Method::GET, "", "GetObject", "s3:GetObject"),
    (Method::HEAD, "", "HeadObject", "s3:GetObject"),
    (Method::PUT, "", "PutObject", "s3:PutObject"),
    (Method::DELETE, "", "DeleteObject", "s3:DeleteObject"),
];

/// Query parameters that name a part of a bucket or object which this sandbox does not have.
const ELSEWHERE: [&str; 10] = [
    "analytics",
    "inventory",
    "metrics",
    "intelligent-tiering",
    "torrent",
    "restore",
    "retention",
    "legal-hold",
    "select",
    "attributes",
];

impl Route {
    /// Where a request goes; the bucket is in the path, or in the host as `BUCKET.localhost`.
    pub(super) fn of(request: &Request) -> Self {
        let (bucket, key) = address(request);
        let (operation, action) = match (&request.method, bucket.is_empty(), &key) {
            (&Method::OPTIONS, ..) => ("OptionsObject", ""),
            (&Method::GET, true, _) => ("ListBuckets", "s3:ListAllMyBuckets"),
            (_, true, _) => (UNKNOWN, ""),
            (_, false, None) => config::route(request).unwrap_or_else(|| pick(&ON_BUCKET, request)),
            (_, false, Some(_)) => on_object(request),
        };
        Self { bucket, key, operation, action }
    }
}

fn on_object(request: &Request) -> (&'static str, &'static str) {
    let (operation, action) = pick(&ON_OBJECT, request);
    match (operation, request.headers.contains_key("x-amz-copy-source")) {
        ("PutObject", true) => ("CopyObject", action),
        ("UploadPart", true) => ("UploadPartCopy", action),
        _ => (operation, action),
    }
}

fn pick(lines: &[Line], request: &Request) -> (&'static str, &'static str) {
    let asked = |name: &str| request.query.iter().any(|(key, _)| key == name);
    if ELSEWHERE.into_iter().any(asked) {
        return (UNKNOWN, "");
    }
    lines
        .iter()
        .find(|(method, parameter, ..)| {
            *method == request.method && (parameter.is_empty() || asked(parameter))
        })
        .map_or((UNKNOWN, ""), |(_, _, operation, action)| (operation, action))
}

fn address(request: &Request) -> (String, Option<String>) {
    let host = request.headers.get("host").and_then(|host| host.to_str().ok()).unwrap_or_default();
    let host = host.split(':').next().unwrap_or_default();
    let path = request.path.strip_prefix('/').unwrap_or(&request.path);
    let (bucket, key) = match host.strip_suffix(".localhost") {
        Some(bucket) => (bucket.to_owned(), path),
        None => match path.split_once('/') {
            Some((bucket, key)) => (decode(bucket), key),
            None => (decode(path), ""),
        },
    };
    (bucket, Some(decode(key)).filter(|key| !key.is_empty()))
}

fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use hyper::HeaderMap;
    use hyper::header::HeaderValue;

    use super::*;

    fn route(method: Method, host: &'static str, path: &str, query: &[&str]) -> Route {
        let query = query.iter().map(|name| ((*name).to_owned(), String::new())).collect();
        let headers = HeaderMap::from_iter([(hyper::header::HOST, HeaderValue::from_static(host))]);
        Route::of(&Request { method, path: path.to_owned(), query, headers, body: vec![].into() })
    }

    #[test]
    fn a_bucket_stands_in_the_path_or_in_the_host() {
        let expected = ("b".to_owned(), Some("a b/c".to_owned()));
        for (host, path) in [("127.0.0.1:8000", "/b/a%20b/c"), ("b.localhost:8000", "/a%20b/c")] {
            let found = route(Method::GET, host, path, &[]);
            assert_eq!((found.bucket, found.key), expected);
        }
    }

    #[test]
    fn a_parameter_selects_the_operation_and_its_right() {
        let table = [
            (Method::GET, "/b", vec!["cors"], "GetBucketCors", "s3:GetBucketCORS"),
            (Method::DELETE, "/b", vec!["cors"], "DeleteBucketCors", "s3:PutBucketCORS"),
            (Method::PUT, "/b", vec!["encryption"], "PutBucketEncryption", "s3:PutEncryptionConfiguration"),
            (Method::GET, "/b/", vec!["versions", "prefix"], "ListObjectVersions", "s3:ListBucketVersions"),
            (Method::PUT, "/b/k", vec!["partNumber", "uploadId"], "UploadPart", "s3:PutObject"),
            (Method::PUT, "/b/k", vec!["x-id"], "PutObject", "s3:PutObject"),
            (Method::PATCH, "/b/k", vec![], UNKNOWN, ""),
            (Method::GET, "/b", vec!["metrics"], UNKNOWN, ""),
        ];
        for (method, path, query, operation, action) in table {
            let found = route(method, "127.0.0.1", path, &query);
            assert_eq!((found.operation, found.action), (operation, action));
        }
    }
}
