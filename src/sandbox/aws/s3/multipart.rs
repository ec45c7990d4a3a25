//! Multipart uploads: begin, parts, complete, abort, and the lists of both.

use std::collections::BTreeMap;

use md5::{Digest as _, Md5};

use crate::sandbox::http::Response;

use super::super::fault::Fault;
use super::super::ids;
use super::super::xml::Element;
use super::body::Body;
use super::state::{Bucket, Part, Upload, Version};
use super::{Call, document, empty, headers, object, root, rules, tagging, upload};

/// Every part but the last has at least this many bytes.
const SMALLEST_PART: usize = 5 * 1024 * 1024;
/// Numbers that parts can have.
const PART_NUMBERS: std::ops::RangeInclusive<u32> = 1..=10_000;

/// Answers the calls of this family; `None` when the call is of another.
pub(super) fn answer(bucket: &mut Bucket, call: &Call<'_>) -> Option<Result<Response, Fault>> {
    let key = call.route.key.as_deref().unwrap_or_default();
    Some(match call.route.operation {
        "CreateMultipartUpload" => create(bucket, call, key),
        "UploadPart" => upload_part(bucket, call, key),
        "CompleteMultipartUpload" => complete(bucket, call, key),
        "AbortMultipartUpload" => abort(bucket, call, key),
        "ListParts" => list_parts(bucket, call, key),
        "ListMultipartUploads" => Ok(list(bucket, call)),
        _ => return None,
    })
}

fn create(bucket: &mut Bucket, call: &Call<'_>, key: &str) -> Result<Response, Fault> {
    object::check_key(key)?;
    object::check_acl(bucket, call)?;
    let id = ids::upload();
    let upload = Upload {
        key: key.to_owned(),
        started: call.now,
        headers: headers::kept(call),
        tags: tagging::from_header(call)?,
        parts: BTreeMap::new(),
    };
    bucket.uploads.insert(id.clone(), upload);
    let result = root("InitiateMultipartUploadResult")
        .text("Bucket", &bucket.name)
        .text("Key", key)
        .text("UploadId", id);
    let mut answer = document(&result);
    answer.headers.extend(headers::encryption(bucket));
    Ok(answer)
}

/// The id of an upload that must exist for this key.
fn known<'a>(bucket: &Bucket, call: &'a Call<'_>, key: &str) -> Result<&'a str, Fault> {
    let id = call.query("uploadId").unwrap_or_default();
    match bucket.uploads.get(id) {
        Some(upload) if upload.key == key => Ok(id),
        _ => Err(no_such_upload(id)),
    }
}

fn no_such_upload(id: &str) -> Fault {
    Fault::new(404, "NoSuchUpload", "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.")
        .detail("UploadId", id)
}

fn upload_part(bucket: &mut Bucket, call: &Call<'_>, key: &str) -> Result<Response, Fault> {
    let received = upload::receive(call)?;
    let mut answer = empty(200);
    answer.headers.extend(received.checksums);
    answer.headers.extend(headers::encryption(bucket));
    let etag = keep_part(bucket, call, key, received.body)?;
    answer.headers.push(("etag".into(), etag));
    Ok(answer)
}

/// Keeps a part under the number that the call names; its entity tag, with quotes.
pub(super) fn keep_part(
    bucket: &mut Bucket,
    call: &Call<'_>,
    key: &str,
    body: Body,
) -> Result<String, Fault> {
    let id = known(bucket, call, key)?;
    let number = call
        .query("partNumber")
        .and_then(|text| text.parse().ok())
        .filter(|number| PART_NUMBERS.contains(number));
    let number = number.ok_or_else(|| {
        Fault::new(400, "InvalidArgument", "Part number must be an integer between 1 and 10000, inclusive")
    })?;
    let part = Part { modified: call.now, etag: body.etag(), body };
    let etag = format!("\"{}\"", part.etag);
    let upload = bucket.uploads.get_mut(id).ok_or_else(|| no_such_upload(id))?;
    upload.parts.insert(number, part);
    Ok(etag)
}

fn complete(bucket: &mut Bucket, call: &Call<'_>, key: &str) -> Result<Response, Fault> {
    let id = known(bucket, call, key)?;
    upload::check_conditions(bucket, call, key)?;
    let sent = Element::parse(&call.request.body).ok_or_else(rules::malformed)?;
    let upload = bucket.uploads.get(id).ok_or_else(|| no_such_upload(id))?;
    let (body, etag) = join(upload, &sent)?;
    let version = Version {
        id: bucket.next_version(),
        modified: call.now,
        deleted: false,
        etag,
        headers: upload.headers.clone(),
        tags: upload.tags.clone(),
        body,
    };
    let result = root("CompleteMultipartUploadResult")
        .text("Location", format!("/{}/{key}", bucket.name))
        .text("Bucket", &bucket.name)
        .text("Key", key)
        .text("ETag", &version.etag);
    let mut answer = document(&result);
    answer
        .headers
        .extend(object::written(bucket, &version).headers.into_iter().filter(|(name, _)| name != "etag"));
    bucket.uploads.remove(id);
    bucket.add(key, version);
    Ok(answer)
}

/// The parts that are named, in their order, and the entity tag of the whole.
fn join(upload: &Upload, sent: &Element) -> Result<(Body, String), Fault> {
    let named: Vec<&Element> = sent.named("Part").collect();
    let invalid = || {
        Fault::new(
            400,
            "InvalidPart",
            "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
        )
    };
    let (mut body, mut digest, mut previous) = (Body::default(), Md5::new(), 0);
    for (index, part) in named.iter().enumerate() {
        let number: u32 =
            part.value("PartNumber").and_then(|text| text.parse().ok()).ok_or_else(rules::malformed)?;
        if number <= previous {
            return Err(Fault::new(
                400,
                "InvalidPartOrder",
                "The list of parts was not in ascending order. Parts must be ordered by part number.",
            ));
        }
        previous = number;
        let held = upload.parts.get(&number).ok_or_else(invalid)?;
        if part.value("ETag").is_none_or(|etag| etag.trim_matches('"') != held.etag) {
            return Err(invalid());
        }
        if index + 1 < named.len() && held.body.len() < SMALLEST_PART {
            return Err(Fault::new(
                400,
                "EntityTooSmall",
                "Your proposed upload is smaller than the minimum allowed size",
            )
            .detail("PartNumber", number.to_string()));
        }
        body.append(&held.body);
        digest.update(held.body.digest());
    }
    if named.is_empty() {
        return Err(rules::malformed());
    }
    let digest = hex::encode(digest.finalize());
    Ok((body, format!("\"{digest}-{}\"", named.len())))
}

fn abort(bucket: &mut Bucket, call: &Call<'_>, key: &str) -> Result<Response, Fault> {
    let id = known(bucket, call, key)?;
    bucket.uploads.remove(id);
    Ok(empty(204))
}

fn list_parts(bucket: &Bucket, call: &Call<'_>, key: &str) -> Result<Response, Fault> {
    let id = known(bucket, call, key)?;
    let after: u32 = call.query("part-number-marker").and_then(|text| text.parse().ok()).unwrap_or(0);
    let most =
        call.query("max-parts").and_then(|text| text.parse().ok()).unwrap_or(1000).min(1000).min(call.page);
    let upload = bucket.uploads.get(id).ok_or_else(|| no_such_upload(id))?;
    let rest: Vec<(&u32, &Part)> = upload.parts.iter().filter(|(number, _)| **number > after).collect();
    let page = &rest[..rest.len().min(most)];
    let more = rest.len() > page.len();
    let head = root("ListPartsResult")
        .text("Bucket", &bucket.name)
        .text("Key", key)
        .text("UploadId", id)
        .text("PartNumberMarker", after)
        .maybe("NextPartNumberMarker", page.last().filter(|_| more).map(|(number, _)| number))
        .text("MaxParts", most)
        .text("IsTruncated", more);
    let parts = page.iter().map(|(number, part)| {
        Element::new("Part")
            .text("PartNumber", number)
            .text("LastModified", ids::iso_milliseconds(part.modified))
            .text("ETag", format!("\"{}\"", part.etag))
            .text("Size", part.body.len())
    });
    Ok(document(&head.all(parts)))
}

fn list(bucket: &Bucket, call: &Call<'_>) -> Response {
    let prefix = call.query("prefix").unwrap_or_default();
    let after =
        (call.query("key-marker").unwrap_or_default(), call.query("upload-id-marker").unwrap_or_default());
    let most =
        call.query("max-uploads").and_then(|text| text.parse().ok()).unwrap_or(1000).min(1000).min(call.page);
    let mut rest: Vec<(&str, &str, &Upload)> = bucket
        .uploads
        .iter()
        .map(|(id, upload)| (upload.key.as_str(), id.as_str(), upload))
        .filter(|(key, id, _)| key.starts_with(prefix) && (*key, *id) > after)
        // without an upload id, the marker means all uploads of its key
        .filter(|(key, ..)| !after.1.is_empty() || *key != after.0 || after.0.is_empty())
        .collect();
    rest.sort_by_key(|(key, id, _)| (*key, *id));
    let page = &rest[..rest.len().min(most)];
    let more = rest.len() > page.len();
    let last = page.last().filter(|_| more);
    let head = root("ListMultipartUploadsResult")
        .text("Bucket", &bucket.name)
        .text("KeyMarker", after.0)
        .text("UploadIdMarker", after.1)
        .maybe("NextKeyMarker", last.map(|(key, ..)| key))
        .maybe("NextUploadIdMarker", last.map(|(_, id, _)| id))
        .text("MaxUploads", most)
        .text("IsTruncated", more);
    document(&head.all(page.iter().map(|(key, id, upload)| {
        Element::new("Upload")
            .text("Key", key)
            .text("UploadId", id)
            .text("StorageClass", "STANDARD")
            .text("Initiated", ids::iso_milliseconds(upload.started))
    })))
}
