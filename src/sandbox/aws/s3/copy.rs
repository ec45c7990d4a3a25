//! CopyObject: reads in one bucket and writes in another, so it sees the whole state.

use percent_encoding::percent_decode_str;

use crate::sandbox::http::Response;

use super::super::AwsState;
use super::super::fault::Fault;
use super::super::ids;
use super::state::Version;
use super::{Call, document, headers, may, missing, object, root, upload};

/// Answers CopyObject; `None` for any other call.
pub(super) fn answer(state: &mut AwsState, call: &Call<'_>) -> Option<Result<Response, Fault>> {
    let key = call.route.key.as_deref().filter(|_| call.route.operation == "CopyObject")?;
    Some(copy(state, call, key))
}

fn copy(state: &mut AwsState, call: &Call<'_>, key: &str) -> Result<Response, Fault> {
    object::check_key(key)?;
    let source = call.header("x-amz-copy-source").unwrap_or_default();
    let (from_bucket, from_key, id) = read_source(&source)?;
    let action = if id.is_some() { "s3:GetObjectVersion" } else { "s3:GetObject" };
    let from = state.buckets.get(&from_bucket).ok_or_else(|| missing(&from_bucket))?;
    may(state, call, action, &from_bucket, Some(&from_key))?;
    let replaced = call.header("x-amz-metadata-directive").is_some_and(|directive| directive == "REPLACE");
    if !replaced && from_bucket == call.route.bucket && from_key == key && id.is_none() {
        return Err(Fault::new(
            400,
            "InvalidRequest",
            "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
        ));
    }
    let found = object::find(from, &from_key, id.as_deref())?;
    if call.header("x-amz-copy-source-if-match").is_some_and(|wanted| !upload::same_etag(&wanted, found)) {
        return Err(upload::precondition_failed("x-amz-copy-source-If-Match"));
    }
    let kept = if replaced { headers::kept(call) } else { found.headers.clone() };
    let (body, from_id) = (found.body.clone(), headers::version_id(from, &found.id));
    let bucket = state.buckets.get_mut(&call.route.bucket).ok_or_else(|| missing(&call.route.bucket))?;
    object::check_acl(bucket, call)?;
    upload::check_conditions(bucket, call, key)?;
    let etag = format!("\"{}\"", upload::md5_hex(&body));
    let version =
        Version { id: bucket.next_version(), modified: call.now, deleted: false, etag, headers: kept, body };
    let result = root("CopyObjectResult")
        .text("LastModified", ids::iso_milliseconds(call.now))
        .text("ETag", &version.etag);
    let mut answer = document(result);
    answer
        .headers
        .extend(object::written(bucket, &version).headers.into_iter().filter(|(name, _)| name != "etag"));
    answer.headers.extend(from_id.map(|(_, id)| ("x-amz-copy-source-version-id".to_owned(), id)));
    bucket.add(key, version);
    Ok(answer)
}

/// `/bucket/key?versionId=…`, percent-encoded, with or without the first slash.
fn read_source(source: &str) -> Result<(String, String, Option<String>), Fault> {
    let (path, id) = match source.split_once("?versionId=") {
        Some((path, id)) => (path, Some(id.to_owned())),
        None => (source, None),
    };
    let path = percent_decode_str(path).decode_utf8_lossy().into_owned();
    match path.trim_start_matches('/').split_once('/') {
        Some((bucket, key)) if !bucket.is_empty() && !key.is_empty() => {
            Ok((bucket.to_owned(), key.to_owned(), id))
        }
        _ => Err(Fault::new(
            400,
            "InvalidArgument",
            "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_a_bucket_a_key_and_perhaps_a_version() {
        let read = |source| read_source(source).ok();
        let expected = |id: Option<&str>| Some(("b".to_owned(), "a b/c".to_owned(), id.map(str::to_owned)));
        assert_eq!(read("/b/a%20b/c"), expected(None));
        assert_eq!(read("b/a%20b/c?versionId=v1"), expected(Some("v1")));
        assert_eq!(read("b"), None);
    }
}
