//! `CopyObject` and `UploadPartCopy`: read in one bucket and write in another, so they see the whole state.

use percent_encoding::percent_decode_str;

use crate::sandbox::http::Response;

use super::super::AwsState;
use super::super::fault::Fault;
use super::super::ids;
use super::state::Version;
use super::{Call, document, headers, kms, may, missing, multipart, object, root, tagging, upload};

/// The most that one call copies (aws-s3-iam.md section 3).
const LARGEST: usize = 5 << 30;

/// Answers the calls of this family; `None` when the call is of another.
pub(super) fn answer(state: &mut AwsState, call: &Call<'_>) -> Option<Result<Response, Fault>> {
    let key = call.route.key.as_deref()?;
    match call.route.operation {
        "CopyObject" => Some(copy(state, call, key)),
        "UploadPartCopy" => Some(copy_part(state, call, key)),
        _ => None,
    }
}

/// What a copy reads.
struct Source {
    bucket: String,
    key: String,
    version: Version,
    /// The header that names the version, where the bucket has versions.
    version_header: Option<(String, String)>,
    /// Whether the call named a version.
    named: bool,
}

/// The object that `x-amz-copy-source` names, if the caller may read it.
fn source(state: &AwsState, call: &Call<'_>) -> Result<Source, Fault> {
    let (name, key, id) = read_source(&call.header("x-amz-copy-source").unwrap_or_default())?;
    let action = if id.is_some() { "s3:GetObjectVersion" } else { "s3:GetObject" };
    let bucket = state.buckets.get(&name).ok_or_else(|| missing(&name))?;
    may(state, call, action, &name, Some(&key))?;
    let version = object::find(bucket, &key, id.as_deref())?.clone();
    kms::may_read(state, call, &version)?;
    if call.header("x-amz-copy-source-if-match").is_some_and(|wanted| !upload::same_etag(&wanted, &version)) {
        return Err(upload::precondition_failed("x-amz-copy-source-If-Match"));
    }
    let version_header = headers::version_id(bucket, &version.id)
        .map(|(_, id)| ("x-amz-copy-source-version-id".to_owned(), id));
    Ok(Source { bucket: name, key, version, version_header, named: id.is_some() })
}

fn copy(state: &mut AwsState, call: &Call<'_>, key: &str) -> Result<Response, Fault> {
    object::check_key(key)?;
    let source = source(state, call)?;
    if source.version.body.len() > LARGEST {
        return Err(too_large());
    }
    // Tags go along, unless others are sent; who may not read or write them copies nothing that has some.
    let takes_tags = !source.version.tags.is_empty()
        && call.header("x-amz-tagging-directive").is_none_or(|directive| directive != "REPLACE");
    if takes_tags {
        let read = if source.named { "s3:GetObjectVersionTagging" } else { "s3:GetObjectTagging" };
        may(state, call, read, &source.bucket, Some(&source.key))?;
        may(state, call, "s3:PutObjectTagging", &call.route.bucket, Some(key))?;
    }
    let replaced = |header: &str| call.header(header).is_some_and(|directive| directive == "REPLACE");
    let (new_headers, new_tags) = (replaced("x-amz-metadata-directive"), replaced("x-amz-tagging-directive"));
    if !new_headers && !source.named && source.bucket == call.route.bucket && source.key == key {
        return Err(Fault::new(
            400,
            "InvalidRequest",
            "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
        ));
    }
    let bucket = state.buckets.get_mut(&call.route.bucket).ok_or_else(|| missing(&call.route.bucket))?;
    object::check_acl(bucket, call)?;
    upload::check_conditions(bucket, call, key)?;
    let mut version = source.version;
    version.id = bucket.next_version();
    version.modified = call.now;
    version.etag = format!("\"{}\"", version.body.etag());
    if new_headers {
        version.headers = headers::kept(call);
    }
    if new_tags {
        version.tags = tagging::from_header(call)?;
    }
    let result = root("CopyObjectResult")
        .text("LastModified", ids::iso_milliseconds(call.now))
        .text("ETag", &version.etag);
    let mut answer = document(&result);
    let written = object::written(bucket, &version).headers;
    answer.headers.extend(written.into_iter().filter(|(name, _)| name != "etag"));
    answer.headers.extend(source.version_header);
    bucket.add(key, version);
    Ok(answer)
}

fn copy_part(state: &mut AwsState, call: &Call<'_>, key: &str) -> Result<Response, Fault> {
    let source = source(state, call)?;
    let body = source.version.body;
    let (start, end) = part(call.header("x-amz-copy-source-range").as_deref(), body.len())?;
    let bucket = state.buckets.get_mut(&call.route.bucket).ok_or_else(|| missing(&call.route.bucket))?;
    let etag = multipart::keep_part(bucket, call, key, body.piece(start..end))?;
    let result =
        root("CopyPartResult").text("LastModified", ids::iso_milliseconds(call.now)).text("ETag", etag);
    let mut answer = document(&result);
    answer.headers.extend(source.version_header);
    Ok(answer)
}

/// First byte and byte after the last of a part; what is asked for has to be there.
fn part(header: Option<&str>, length: usize) -> Result<(usize, usize), Fault> {
    let Some(asked) = header else {
        return if length > LARGEST { Err(too_large()) } else { Ok((0, length)) };
    };
    let invalid = |message: String| Err(Fault::new(400, "InvalidArgument", message));
    let range = asked.strip_prefix("bytes=").and_then(|range| range.split_once('-'));
    let range = range.and_then(|(first, last)| Some((first.parse().ok()?, last.parse().ok()?)));
    match range {
        Some((first, last)) if first <= last && last < length => {
            let range = (first, last + 1);
            if range.1 - range.0 > LARGEST { Err(too_large()) } else { Ok(range) }
        }
        Some((first, last)) if first <= last => {
            invalid(format!("Range specified is not valid for source object of size: {length}"))
        }
        _ => invalid(
            "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the \
             zero-based offsets of the first and last bytes to copy"
                .to_owned(),
        ),
    }
}

fn too_large() -> Fault {
    let message = format!(
        "The specified copy source is larger than the maximum allowable size for a copy source: {LARGEST}"
    );
    Fault::new(400, "InvalidRequest", message)
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
    fn a_part_lies_within_its_source_and_has_5_gib_at_most() {
        let most = LARGEST;
        for (range, length, expected) in [
            (None, 10, Ok((0, 10))),
            (None, most + 1, Err("InvalidRequest")),
            (Some("bytes=0-9".to_owned()), 10, Ok((0, 10))),
            (Some("bytes=5-10".to_owned()), 10, Err("InvalidArgument")),
            (Some("bytes=5-".to_owned()), 10, Err("InvalidArgument")),
            (Some(format!("bytes=1-{most}")), 2 * most, Ok((1, most + 1))),
            (Some(format!("bytes=0-{most}")), 2 * most, Err("InvalidRequest")),
        ] {
            let found = part(range.as_deref(), length).map_err(|fault| fault.code);
            assert_eq!(found, expected.map_err(str::to_owned), "{range:?} of {length}");
        }
    }

    #[test]
    fn a_source_is_a_bucket_a_key_and_perhaps_a_version() {
        let read = |source| read_source(source).ok();
        let expected = |id: Option<&str>| Some(("b".to_owned(), "a b/c".to_owned(), id.map(str::to_owned)));
        assert_eq!(read("/b/a%20b/c"), expected(None));
        assert_eq!(read("b/a%20b/c?versionId=v1"), expected(Some("v1")));
        assert_eq!(read("b"), None);
    }
}
