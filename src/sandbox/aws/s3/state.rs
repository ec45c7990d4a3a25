//! What S3 remembers: buckets, their sub-resources, objects with all their versions, unfinished uploads.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;

use super::super::xml::Element;
use super::body::Body;
use super::kms;

/// One bucket.
#[derive(Clone, Deserialize, Serialize)]
pub(crate) struct Bucket {
    pub(super) name: String,
    /// 12-digit account.
    pub(crate) owner: String,
    pub(crate) region: String,
    #[serde(with = "time::serde::rfc3339")]
    pub(super) created: OffsetDateTime,
    /// Sub-resources by the query parameter that names them (`cors`, `lifecycle` …), as trees.
    pub(super) documents: BTreeMap<String, Element>,
    /// Travels as a header beside the lifecycle document.
    pub(super) lifecycle_minimum: Option<String>,
    pub(crate) policy: Option<Value>,
    /// Versions by key, oldest first; a key without versions is not here.
    pub(super) objects: BTreeMap<String, Vec<Version>>,
    /// Unfinished uploads by id.
    pub(super) uploads: BTreeMap<String, Upload>,
}

/// One version of an object, or a marker that it was deleted.
#[derive(Clone, Deserialize, Serialize)]
pub(crate) struct Version {
    /// `null` where it was written without versioning.
    pub(super) id: String,
    #[serde(with = "time::serde::rfc3339")]
    pub(super) modified: OffsetDateTime,
    pub(super) deleted: bool,
    /// With its quotes.
    pub(super) etag: String,
    /// Headers that were sent with it and come back with it.
    pub(super) headers: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) tags: BTreeMap<String, String>,
    #[serde(flatten)]
    pub(super) body: Body,
}

/// One multipart upload that is not complete.
#[derive(Clone, Deserialize, Serialize)]
pub(crate) struct Upload {
    pub(super) key: String,
    #[serde(with = "time::serde::rfc3339")]
    pub(super) started: OffsetDateTime,
    pub(super) headers: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) tags: BTreeMap<String, String>,
    pub(super) parts: BTreeMap<u32, Part>,
}

/// One part of an upload.
#[derive(Clone, Deserialize, Serialize)]
pub(crate) struct Part {
    #[serde(with = "time::serde::rfc3339")]
    pub(super) modified: OffsetDateTime,
    /// Without quotes.
    pub(super) etag: String,
    #[serde(flatten)]
    pub(super) body: Body,
}

impl Bucket {
    /// One of the four flags of the public access block; false when there is no block.
    pub(crate) fn public_access(&self, flag: &str) -> bool {
        let block = self.documents.get("publicAccessBlock");
        block.and_then(|block| block.value(flag)).is_some_and(|value| value == "true")
    }

    /// Whether ACLs are switched off.
    pub(super) fn owner_enforced(&self) -> bool {
        let rule = self.documents.get("ownershipControls").and_then(|controls| controls.child("Rule"));
        rule.and_then(|rule| rule.value("ObjectOwnership")) == Some("BucketOwnerEnforced")
    }

    /// `Enabled`, `Suspended`, or `None` where versioning was never on.
    pub(super) fn versioning(&self) -> Option<&str> {
        self.documents.get("versioning").and_then(|versioning| versioning.value("Status"))
    }

    /// The version of a key that is read without naming one; a delete marker counts as nothing.
    pub(super) fn current(&self, key: &str) -> Option<&Version> {
        self.objects.get(key).and_then(|versions| versions.last()).filter(|version| !version.deleted)
    }

    /// A named version, marker or not.
    pub(super) fn version(&self, key: &str, id: &str) -> Option<&Version> {
        self.objects.get(key)?.iter().find(|version| version.id == id)
    }

    /// Adds a version as the current one: where versioning is not enabled it takes the place of the `null` one.
    pub(super) fn add(&mut self, key: &str, mut version: Version) {
        version.headers.remove(kms::KEY);
        let by = kms::key_of(self).filter(|_| !version.deleted);
        version.headers.extend(by.map(|by| (kms::KEY.to_owned(), by)));
        let versions = self.objects.entry(key.to_owned()).or_default();
        if version.id == "null" {
            versions.retain(|held| held.id != "null");
        }
        versions.push(version);
    }

    /// The id that a new version gets.
    pub(super) fn next_version(&self) -> String {
        if self.versioning() == Some("Enabled") { super::super::ids::version() } else { "null".to_owned() }
    }
}
