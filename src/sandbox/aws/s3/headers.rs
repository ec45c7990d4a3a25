//! Headers of objects: which of a PUT are kept, which a GET gives back, and the range that it asks for.

use std::collections::BTreeMap;

use super::super::fault::Fault;
use super::super::ids;
use super::Call;
use super::state::{Bucket, Version};

/// Headers of a PUT that belong to the object.
const KEPT: [&str; 7] = [
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-type",
    "expires",
    "x-amz-website-redirect-location",
];

/// What a PUT says about the object beside its body.
pub(super) fn kept(call: &Call<'_>) -> BTreeMap<String, String> {
    let mut kept: BTreeMap<String, String> = call
        .request
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .filter(|(name, _)| KEPT.contains(&name.as_str()) || name.starts_with("x-amz-meta-"))
        .collect();
    // the framing of the upload is no encoding of the object
    if let Some(encoding) = kept.remove("content-encoding") {
        let left: Vec<&str> = encoding
            .split(',')
            .map(str::trim)
            .filter(|part| *part != "aws-chunked" && !part.is_empty())
            .collect();
        if !left.is_empty() {
            kept.insert("content-encoding".into(), left.join(","));
        }
    }
    kept.entry("content-type".into()).or_insert_with(|| "binary/octet-stream".into());
    kept
}

/// Headers of a GET or HEAD: what was kept, and what the service adds.
pub(super) fn of(bucket: &Bucket, version: &Version, call: &Call<'_>) -> Vec<(String, String)> {
    let checksums =
        call.header("x-amz-checksum-mode").is_some_and(|mode| mode.eq_ignore_ascii_case("enabled"));
    let partial = call.header("range").is_some();
    let mut headers: Vec<(String, String)> = version
        .headers
        .iter()
        // a checksum is of the whole object
        .filter(|(name, _)| !name.starts_with("x-amz-checksum-") || (checksums && !partial))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    for (name, value) in &call.request.query {
        if let Some(header) = name.strip_prefix("response-").filter(|header| KEPT.contains(header)) {
            headers.retain(|(held, _)| held != header);
            // what comes from a URL may hold line ends, which no header can
            headers.push((header.to_owned(), value.replace(char::is_control, "")));
        }
    }
    headers.push(("etag".into(), version.etag.clone()));
    headers.push(("last-modified".into(), ids::http_date(version.modified)));
    headers.push(("accept-ranges".into(), "bytes".into()));
    if !version.tags.is_empty() {
        headers.push(("x-amz-tagging-count".into(), version.tags.len().to_string()));
    }
    headers.extend(encryption(bucket));
    headers.extend(version_id(bucket, &version.id));
    headers
}

/// The header that names the version, where the bucket has or had versioning.
pub(super) fn version_id(bucket: &Bucket, id: &str) -> Option<(String, String)> {
    bucket.versioning().map(|_| ("x-amz-version-id".to_owned(), id.to_owned()))
}

/// The header that names the encryption.
pub(super) fn encryption(bucket: &Bucket) -> Option<(String, String)> {
    let rule = bucket.documents.get("encryption")?.child("Rule")?;
    let algorithm = rule.child("ApplyServerSideEncryptionByDefault")?.value("SSEAlgorithm")?;
    Some(("x-amz-server-side-encryption".to_owned(), algorithm.to_owned()))
}

/// First byte and byte after the last that a `Range` asks for; `None` for the whole. A form that is not known here
/// is ignored, as HTTP wants it.
pub(super) fn range(header: Option<&str>, length: usize) -> Result<Option<(usize, usize)>, Fault> {
    let Some((first, last)) =
        header.and_then(|range| range.strip_prefix("bytes=")).and_then(|range| range.split_once('-'))
    else {
        return Ok(None);
    };
    let unsatisfiable = || {
        Fault::new(416, "InvalidRange", "The requested range is not satisfiable")
            .detail("ActualObjectSize", length.to_string())
    };
    let (start, end) = match (first.parse::<usize>(), last.parse::<usize>()) {
        (Ok(first), Ok(last)) if first > last => return Ok(None),
        (Ok(first), Ok(last)) => (first, last.saturating_add(1).min(length)),
        (Ok(first), Err(_)) if last.is_empty() => (first, length),
        (Err(_), Ok(0)) if first.is_empty() => return Err(unsatisfiable()),
        (Err(_), Ok(suffix)) if first.is_empty() => (length.saturating_sub(suffix), length),
        _ => return Ok(None),
    };
    if start >= length { Err(unsatisfiable()) } else { Ok(Some((start, end))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        let table = [
            (None, Ok(None)),
            (Some("bytes=0-3"), Ok(Some((0, 4)))),
            (Some("bytes=8-99"), Ok(Some((8, 10)))),
            (Some("bytes=4-"), Ok(Some((4, 10)))),
            (Some("bytes=-3"), Ok(Some((7, 10)))),
            (Some("bytes=-99"), Ok(Some((0, 10)))),
            (Some("bytes=10-"), Err(416)),
            (Some("bytes=3-1"), Ok(None)),
            (Some("lines=1-2"), Ok(None)),
        ];
        for (header, expected) in table {
            assert_eq!(range(header, 10).map_err(|fault| fault.status), expected, "{header:?}");
        }
    }
}
