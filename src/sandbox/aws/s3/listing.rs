//! Listings of objects and of their versions, page by page, grouped by a delimiter.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::sandbox::http::Response;

use super::super::fault::Fault;
use super::super::ids;
use super::super::xml::Element;
use super::state::{Bucket, Version};
use super::{Call, document, root, rules};

/// What stays as it is when names are asked for URL-encoded.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'*').remove(b'/');

/// One entry of a listing: a key (with one of its versions), or what keys share up to the delimiter.
enum Entry<'a> {
    Version { key: &'a str, version: &'a Version, latest: bool },
    Prefix(String),
}

impl Entry<'_> {
    /// Where the listing goes on behind this entry.
    fn marker(&self) -> (String, String) {
        match self {
            Self::Version { key, version, .. } => ((*key).to_owned(), version.id.clone()),
            Self::Prefix(prefix) => (prefix.clone(), String::new()),
        }
    }
}

/// What is asked for.
struct Asked<'a> {
    prefix: &'a str,
    delimiter: &'a str,
    /// Entries behind this key (and behind this version of it) only.
    after: (String, String),
    most: usize,
    /// What was asked for; a page may be shorter.
    named: usize,
    encoded: bool,
}

/// Answers the calls of this family; `None` when the call is of another.
pub(super) fn answer(bucket: &mut Bucket, call: &Call<'_>) -> Option<Result<Response, Fault>> {
    match call.route.operation {
        "ListObjectsV2" => Some(second(bucket, call)),
        "ListObjects" => Some(first(bucket, call)),
        "ListObjectVersions" => Some(versions(bucket, call)),
        _ => None,
    }
}

fn asked<'a>(call: &'a Call<'_>, after: (String, String)) -> Result<Asked<'a>, Fault> {
    let most = match call.query("max-keys") {
        None => 1000,
        Some(text) => text.parse::<usize>().map_err(|_| {
            Fault::new(400, "InvalidArgument", "Provided max-keys not an integer or within integer range")
        })?,
    };
    Ok(Asked {
        prefix: call.query("prefix").unwrap_or_default(),
        delimiter: call.query("delimiter").unwrap_or_default(),
        after,
        most: most.min(1000).min(call.page),
        named: most.min(1000),
        encoded: call.query("encoding-type") == Some("url"),
    })
}

/// One page, and whether there is more.
fn page<'a>(bucket: &'a Bucket, asked: &Asked<'_>, all_versions: bool) -> (Vec<Entry<'a>>, bool) {
    let mut entries: Vec<Entry<'_>> = Vec::new();
    for (key, held) in bucket.objects.iter().filter(|(key, _)| key.starts_with(asked.prefix)) {
        let rest = &key[asked.prefix.len()..];
        let shared = rest.find(asked.delimiter).filter(|_| !asked.delimiter.is_empty());
        let newest_first = held
            .iter()
            .rev()
            .enumerate()
            .filter(|(index, version)| all_versions || (*index == 0 && !version.deleted));
        if let Some(end) = shared {
            let prefix = format!("{}{}", asked.prefix, &rest[..end + asked.delimiter.len()]);
            let known = matches!(entries.last(), Some(Entry::Prefix(last)) if *last == prefix);
            if !known && prefix > asked.after.0 && newest_first.count() > 0 {
                entries.push(Entry::Prefix(prefix));
            }
        } else {
            let seen = behind(&asked.after, key, held, all_versions);
            entries.extend(
                newest_first.filter(|(index, _)| *index >= seen).map(|(index, version)| Entry::Version {
                    key,
                    version,
                    latest: index == 0,
                }),
            );
        }
        if entries.len() > asked.most {
            break;
        }
    }
    let more = entries.len() > asked.most && asked.most > 0;
    entries.truncate(asked.most);
    (entries, more)
}

/// How many versions of a key (newest first) earlier pages have shown already.
fn behind(after: &(String, String), key: &str, held: &[Version], all_versions: bool) -> usize {
    match key.cmp(after.0.as_str()) {
        std::cmp::Ordering::Less => held.len(),
        std::cmp::Ordering::Greater => 0,
        std::cmp::Ordering::Equal if !all_versions => held.len(),
        std::cmp::Ordering::Equal => {
            held.iter().rev().position(|version| version.id == after.1).map_or(held.len(), |index| index + 1)
        }
    }
}

fn second(bucket: &Bucket, call: &Call<'_>) -> Result<Response, Fault> {
    let token = call.query("continuation-token");
    let after = token.or(call.query("start-after")).unwrap_or_default().to_owned();
    let asked = asked(call, (after, String::new()))?;
    let (entries, more) = page(bucket, &asked, false);
    let next = entries.last().filter(|_| more).map(|entry| entry.marker().0);
    let owner = (call.query("fetch-owner") == Some("true")).then_some(bucket.owner.as_str());
    let head = head("ListBucketResult", bucket, &asked)
        .text("KeyCount", entries.len())
        .text("IsTruncated", more)
        .maybe("ContinuationToken", token)
        .maybe("NextContinuationToken", next)
        .maybe("StartAfter", call.query("start-after"));
    Ok(document(&head.all(entries.iter().map(|entry| show(entry, &asked, "Contents", owner)))))
}

fn first(bucket: &Bucket, call: &Call<'_>) -> Result<Response, Fault> {
    let marker = call.query("marker").unwrap_or_default();
    let asked = asked(call, (marker.to_owned(), String::new()))?;
    let (entries, more) = page(bucket, &asked, false);
    let next = entries.last().filter(|_| more).map(|entry| encode(&entry.marker().0, &asked));
    let head = head("ListBucketResult", bucket, &asked)
        .text("Marker", marker)
        .text("IsTruncated", more)
        .maybe("NextMarker", next);
    Ok(document(&head.all(entries.iter().map(|entry| show(entry, &asked, "Contents", Some(&bucket.owner))))))
}

fn versions(bucket: &Bucket, call: &Call<'_>) -> Result<Response, Fault> {
    let after = (
        call.query("key-marker").unwrap_or_default().to_owned(),
        call.query("version-id-marker").unwrap_or_default().to_owned(),
    );
    let asked = asked(call, after)?;
    let (entries, more) = page(bucket, &asked, true);
    let next = entries.last().filter(|_| more).map(Entry::marker);
    let head = head("ListVersionsResult", bucket, &asked)
        .text("KeyMarker", encode(&asked.after.0, &asked))
        .text("VersionIdMarker", &asked.after.1)
        .text("IsTruncated", more)
        .maybe("NextKeyMarker", next.as_ref().map(|(key, _)| encode(key, &asked)))
        .maybe("NextVersionIdMarker", next.as_ref().map(|(_, id)| id).filter(|id| !id.is_empty()));
    Ok(document(&head.all(entries.iter().map(|entry| show(entry, &asked, "Version", Some(&bucket.owner))))))
}

fn head(name: &str, bucket: &Bucket, asked: &Asked<'_>) -> Element {
    root(name)
        .text("Name", &bucket.name)
        .text("Prefix", encode(asked.prefix, asked))
        .maybe(
            "Delimiter",
            Some(asked.delimiter).filter(|text| !text.is_empty()).map(|text| encode(text, asked)),
        )
        .text("MaxKeys", asked.named)
        .maybe("EncodingType", asked.encoded.then_some("url"))
}

fn show(entry: &Entry<'_>, asked: &Asked<'_>, name: &str, owner: Option<&str>) -> Element {
    let (key, version, latest) = match entry {
        Entry::Prefix(prefix) => return Element::new("CommonPrefixes").text("Prefix", encode(prefix, asked)),
        Entry::Version { key, version, latest } => (key, version, *latest),
    };
    let of_version = name == "Version";
    let mut shown =
        Element::new(if version.deleted { "DeleteMarker" } else { name }).text("Key", encode(key, asked));
    if of_version {
        shown = shown.text("VersionId", &version.id).text("IsLatest", latest);
    }
    shown = shown.text("LastModified", ids::iso_milliseconds(version.modified));
    if !version.deleted {
        shown = shown
            .text("ETag", &version.etag)
            .text("Size", version.body.len())
            .text("StorageClass", "STANDARD");
    }
    match owner {
        Some(owner) => shown.with(Element::new("Owner").text("ID", rules::canonical_id(owner))),
        None => shown,
    }
}

fn encode(text: &str, asked: &Asked<'_>) -> String {
    if asked.encoded { utf8_percent_encode(text, ENCODED).to_string() } else { text.to_owned() }
}
