//! Tags of single objects; those of buckets are a sub-resource like the others and live in `config`.

use std::collections::BTreeMap;

use crate::sandbox::http::Response;

use super::super::fault::Fault;
use super::super::xml::Element;
use super::state::{Bucket, Version};
use super::{Call, bucket_tags, document, empty, object, root, rules, upload};

/// Tags an object may have.
const MOST_TAGS: usize = 10;

/// Answers the calls of this family; `None` when the call is of another.
pub(super) fn answer(bucket: &mut Bucket, call: &Call<'_>) -> Option<Result<Response, Fault>> {
    let key = call.route.key.as_deref()?;
    Some(match call.route.operation {
        "GetObjectTagging" => get(bucket, call, key),
        "PutObjectTagging" => sent(call).and_then(|tags| replace(bucket, call, &tags, 200)),
        "DeleteObjectTagging" => replace(bucket, call, &BTreeMap::new(), 204),
        _ => return None,
    })
}

fn get(bucket: &Bucket, call: &Call<'_>, key: &str) -> Result<Response, Fault> {
    let tags = &object::find(bucket, key, call.query("versionId"))?.tags;
    let tags = tags.iter().map(|(key, value)| Element::new("Tag").text("Key", key).text("Value", value));
    Ok(document(&root("Tagging").with(Element::new("TagSet").all(tags))))
}

fn sent(call: &Call<'_>) -> Result<BTreeMap<String, String>, Fault> {
    upload::check_integrity(call, &call.request.body)?;
    let document = Element::parse(&call.request.body).ok_or_else(rules::malformed)?;
    let tags = document.child("TagSet").ok_or_else(rules::malformed)?;
    check(tags.children.iter().map(|tag| {
        (tag.value("Key").unwrap_or_default().to_owned(), tag.value("Value").unwrap_or_default().to_owned())
    }))
}

/// The tags that a PUT of an object brings along as `x-amz-tagging: a=b&c=d`.
pub(super) fn from_header(call: &Call<'_>) -> Result<BTreeMap<String, String>, Fault> {
    let header = call.header("x-amz-tagging").unwrap_or_default();
    check(url::form_urlencoded::parse(header.as_bytes()).into_owned())
}

fn check(tags: impl Iterator<Item = (String, String)>) -> Result<BTreeMap<String, String>, Fault> {
    let mut kept = BTreeMap::new();
    for (key, value) in tags {
        bucket_tags::check_tag(&key, &value)?;
        if kept.insert(key, value).is_some() {
            return Err(Fault::new(400, "InvalidTag", "Cannot provide multiple Tags with the same key"));
        }
    }
    if kept.len() > MOST_TAGS {
        return Err(Fault::new(400, "BadRequest", "Object tags cannot be greater than 10"));
    }
    Ok(kept)
}

fn replace(
    bucket: &mut Bucket,
    call: &Call<'_>,
    tags: &BTreeMap<String, String>,
    status: u16,
) -> Result<Response, Fault> {
    let key = call.route.key.as_deref().unwrap_or_default();
    let id = object::find(bucket, key, call.query("versionId"))?.id.clone();
    let versions: &mut [Version] = bucket.objects.get_mut(key).map_or(&mut [], Vec::as_mut_slice);
    for version in versions.iter_mut().filter(|version| version.id == id) {
        version.tags.clone_from(tags);
    }
    Ok(empty(status))
}
