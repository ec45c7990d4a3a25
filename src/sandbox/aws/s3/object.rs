//! One object at a time: put, get, head.

use crate::sandbox::http::Response;

use super::super::fault::Fault;
use super::state::{Bucket, Version};
use super::{Call, acl, empty, headers, tagging, upload};

/// Answers the calls of this family; `None` when the call is of another.
pub(super) fn answer(bucket: &mut Bucket, call: &Call<'_>) -> Option<Result<Response, Fault>> {
    let key = call.route.key.as_deref()?;
    match call.route.operation {
        "PutObject" => Some(put(bucket, call, key)),
        "GetObject" | "HeadObject" => Some(get(bucket, call, key)),
        _ => None,
    }
}

fn put(bucket: &mut Bucket, call: &Call<'_>, key: &str) -> Result<Response, Fault> {
    check_key(key)?;
    check_acl(bucket, call)?;
    let received = upload::receive(call)?;
    upload::check_conditions(bucket, call, key)?;
    let mut kept = headers::kept(call);
    kept.extend(received.checksums.clone());
    let version = Version {
        id: bucket.next_version(),
        modified: call.now,
        deleted: false,
        etag: format!("\"{}\"", received.body.etag()),
        headers: kept,
        tags: tagging::from_header(call)?,
        body: received.body,
    };
    let mut answer = written(bucket, &version);
    answer.headers.extend(received.checksums);
    bucket.add(key, version);
    Ok(answer)
}

/// The answer to a write: what is known of the new version.
pub(super) fn written(bucket: &Bucket, version: &Version) -> Response {
    let mut answer = empty(200);
    answer.headers.push(("etag".into(), version.etag.clone()));
    answer.headers.extend(headers::encryption(bucket));
    answer.headers.extend(headers::version_id(bucket, &version.id));
    answer
}

/// Names of objects have 1 to 1,024 bytes.
pub(super) fn check_key(key: &str) -> Result<(), Fault> {
    if key.len() <= 1024 {
        return Ok(());
    }
    Err(Fault::new(400, "KeyTooLongError", "Your key is too long").detail("MaxSizeAllowed", "1024"))
}

/// Refuses ACLs where they are switched off; `bucket-owner-full-control` is what holds then anyway.
pub(super) fn check_acl(bucket: &Bucket, call: &Call<'_>) -> Result<(), Fault> {
    let granted = call.request.headers.keys().any(|name| name.as_str().starts_with("x-amz-grant-"));
    let canned = call.header("x-amz-acl").is_some_and(|acl| acl != "bucket-owner-full-control");
    if bucket.owner_enforced() && (granted || canned) { Err(acl::acl_refused()) } else { Ok(()) }
}

fn get(bucket: &Bucket, call: &Call<'_>, key: &str) -> Result<Response, Fault> {
    let version = find(bucket, key, call.query("versionId"))?;
    if call.header("if-match").is_some_and(|wanted| !upload::same_etag(&wanted, version)) {
        return Err(upload::precondition_failed("If-Match"));
    }
    if call.header("if-none-match").is_some_and(|known| upload::same_etag(&known, version)) {
        return Err(Fault::new(304, "NotModified", "Not Modified").header("etag", &version.etag));
    }
    let length = version.body.len();
    let range = headers::range(call.header("range").as_deref(), length)?;
    let (start, end) = range.unwrap_or((0, length));
    let mut answer = empty(if range.is_some() { 206 } else { 200 });
    answer.headers = headers::of(bucket, version, call);
    answer.headers.push(("content-length".into(), (end - start).to_string()));
    if range.is_some() {
        answer.headers.push(("content-range".into(), format!("bytes {start}-{}/{length}", end - 1)));
    }
    if call.route.operation == "GetObject" {
        answer.body = version.body.piece(start..end).into_bytes();
    }
    Ok(answer)
}

/// The version that is meant, which must not be a delete marker.
pub(super) fn find<'a>(bucket: &'a Bucket, key: &str, id: Option<&str>) -> Result<&'a Version, Fault> {
    let Some(id) = id else {
        let marker =
            bucket.objects.get(key).and_then(|versions| versions.last()).filter(|version| version.deleted);
        return bucket.current(key).ok_or_else(|| match marker {
            Some(marker) => {
                no_such_key(key).header("x-amz-delete-marker", "true").header("x-amz-version-id", &marker.id)
            }
            None => no_such_key(key),
        });
    };
    match bucket.version(key, id) {
        Some(version) if version.deleted => Err(Fault::new(
            405,
            "MethodNotAllowed",
            "The specified method is not allowed against this resource.",
        )
        .header("x-amz-delete-marker", "true")),
        Some(version) => Ok(version),
        None => Err(Fault::new(404, "NoSuchVersion", "The specified version does not exist.")
            .detail("Key", key)
            .detail("VersionId", id)),
    }
}

/// 404 for an object that is not there.
pub(super) fn no_such_key(key: &str) -> Fault {
    Fault::new(404, "NoSuchKey", "The specified key does not exist.").detail("Key", key)
}
