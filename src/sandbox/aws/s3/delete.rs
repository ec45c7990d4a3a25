//! `DeleteObject` and `DeleteObjects`, with the markers that versioning leaves behind.

use std::collections::BTreeMap;

use crate::sandbox::http::Response;

use super::super::AwsState;
use super::super::fault::Fault;
use super::super::xml::Element;
use super::state::{Bucket, Version};
use super::{Call, document, empty, may, missing, root, rules, upload};

/// Keys in one `DeleteObjects`, at most.
const MOST_KEYS: usize = 1000;

/// What a deletion did.
#[derive(Debug, Default, Eq, PartialEq)]
struct Deleted {
    /// The version that was removed, or the id of the marker that was left.
    version: Option<String>,
    /// Whether that is a delete marker.
    marker: bool,
}

/// Answers the calls of this family; `None` when the call is of another.
pub(super) fn answer(state: &mut AwsState, call: &Call<'_>) -> Option<Result<Response, Fault>> {
    match call.route.operation {
        "DeleteObject" => Some(delete_one(state, call)),
        "DeleteObjects" => Some(delete_many(state, call)),
        _ => None,
    }
}

fn delete_one(state: &mut AwsState, call: &Call<'_>) -> Result<Response, Fault> {
    let name = &call.route.bucket;
    let bucket = state.buckets.get_mut(name).ok_or_else(|| missing(name))?;
    let key = call.route.key.as_deref().unwrap_or_default();
    if call.header("if-match").is_some() {
        upload::check_conditions(bucket, call, key)?;
    }
    let deleted = delete(bucket, call, key, call.query("versionId"));
    let mut answer = empty(204);
    if deleted.marker {
        answer.headers.push(("x-amz-delete-marker".into(), "true".into()));
    }
    answer.headers.extend(deleted.version.map(|id| ("x-amz-version-id".to_owned(), id)));
    Ok(answer)
}

fn delete(bucket: &mut Bucket, call: &Call<'_>, key: &str, id: Option<&str>) -> Deleted {
    if let Some(id) = id {
        return delete_version(bucket, key, id);
    }
    if bucket.versioning().is_none() {
        bucket.objects.remove(key);
        return Deleted::default();
    }
    let marker = Version {
        id: bucket.next_version(),
        modified: call.now,
        deleted: true,
        etag: String::new(),
        headers: BTreeMap::new(),
        tags: BTreeMap::new(),
        body: super::body::Body::default(),
    };
    let version = Some(marker.id.clone());
    bucket.add(key, marker);
    Deleted { version, marker: true }
}

fn delete_version(bucket: &mut Bucket, key: &str, id: &str) -> Deleted {
    let marker = bucket.version(key, id).is_some_and(|version| version.deleted);
    if let Some(versions) = bucket.objects.get_mut(key) {
        versions.retain(|version| version.id != id);
        if versions.is_empty() {
            bucket.objects.remove(key);
        }
    }
    Deleted { version: Some(id.to_owned()), marker }
}

fn delete_many(state: &mut AwsState, call: &Call<'_>) -> Result<Response, Fault> {
    upload::check_integrity(call, &call.request.body)?;
    let sent = Element::parse(&call.request.body).ok_or_else(rules::malformed)?;
    let objects: Vec<&Element> = sent.named("Object").collect();
    if !(1..=MOST_KEYS).contains(&objects.len()) {
        return Err(rules::malformed());
    }
    let quiet = sent.value("Quiet") == Some("true");
    let mut result = root("DeleteResult");
    for object in objects {
        let key = object.value("Key").ok_or_else(rules::malformed)?;
        let id = object.value("VersionId").filter(|id| !id.is_empty());
        let action = if id.is_some() { "s3:DeleteObjectVersion" } else { "s3:DeleteObject" };
        // one key that is refused does not stop the others
        if let Err(fault) = may(state, call, action, &call.route.bucket, Some(key)) {
            let error = Element::new("Error").text("Key", key).maybe("VersionId", id);
            result = result.with(error.text("Code", fault.code).text("Message", fault.message));
            continue;
        }
        let bucket = state.buckets.get_mut(&call.route.bucket).ok_or_else(|| missing(&call.route.bucket))?;
        let deleted = delete(bucket, call, key, id);
        if !quiet {
            result = result.with(show(key, id, &deleted));
        }
    }
    Ok(document(&result))
}

fn show(key: &str, id: Option<&str>, deleted: &Deleted) -> Element {
    let shown = Element::new("Deleted").text("Key", key).maybe("VersionId", id);
    if deleted.marker {
        shown.text("DeleteMarker", true).maybe("DeleteMarkerVersionId", deleted.version.as_ref())
    } else {
        shown
    }
}
