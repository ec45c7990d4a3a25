//! What S3 demands of the documents of a bucket, and the defaults that every new bucket has since 2023.
//!
//! Each check takes the tree that was sent and gives back the tree that is kept.

use std::collections::BTreeSet;

use sha2::{Digest as _, Sha256};

use super::super::fault::Fault;
use super::super::ids;
use super::super::xml::Element;
use super::state::Bucket;

/// A rule for one kind of document.
pub(super) type Check = fn(Element, &Bucket) -> Result<Element, Fault>;

/// The four flags of the public access block.
const BLOCKS: [&str; 4] =
    ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"];
/// Things that a lifecycle rule can do.
const LIFECYCLE_ACTIONS: [&str; 5] = [
    "AbortIncompleteMultipartUpload",
    "Expiration",
    "NoncurrentVersionExpiration",
    "NoncurrentVersionTransition",
    "Transition",
];
/// Methods that CORS knows.
const METHODS: [&str; 5] = ["GET", "PUT", "POST", "DELETE", "HEAD"];

/// 400 for a document that is not what S3 expects here.
pub(super) fn malformed() -> Fault {
    Fault::new(
        400,
        "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published schema",
    )
}

fn invalid(message: impl Into<String>) -> Fault {
    Fault::new(400, "InvalidRequest", message)
}

fn argument(message: impl Into<String>) -> Fault {
    Fault::new(400, "InvalidArgument", message)
}

/// The owner id that S3 shows instead of an account number.
pub(super) fn canonical_id(account: &str) -> String {
    hex::encode(Sha256::digest(account.as_bytes()))
}

/// Nothing public: the default of new buckets since April 2023.
pub(super) fn everything_blocked() -> Element {
    BLOCKS
        .into_iter()
        .fold(Element::new("PublicAccessBlockConfiguration"), |block, flag| block.text(flag, true))
}

/// Ownership controls with one rule.
pub(super) fn ownership(value: &str) -> Element {
    Element::new("OwnershipControls").with(Element::new("Rule").text("ObjectOwnership", value))
}

/// SSE-S3, and no encryption with customers' keys: the default of new buckets since 2023 and April 2026.
pub(super) fn default_encryption() -> Element {
    let algorithm = Element::new("ApplyServerSideEncryptionByDefault").text("SSEAlgorithm", "AES256");
    let blocked = Element::new("BlockedEncryptionTypes").text("EncryptionType", "SSE-C");
    let rule = Element::new("Rule").with(algorithm).text("BucketKeyEnabled", false).with(blocked);
    Element::new("ServerSideEncryptionConfiguration").with(rule)
}

/// For documents that nothing of the sandbox depends on.
#[expect(clippy::unnecessary_wraps, reason = "has the shape of every other check")]
pub(super) fn anything(sent: Element, _: &Bucket) -> Result<Element, Fault> {
    Ok(sent)
}

/// A flag that is not sent is off.
#[expect(clippy::needless_pass_by_value, reason = "has the shape of every other check")]
pub(super) fn public_access_block(sent: Element, _: &Bucket) -> Result<Element, Fault> {
    let mut kept = Element::new("PublicAccessBlockConfiguration");
    for flag in BLOCKS {
        match sent.value(flag).unwrap_or("false").to_ascii_lowercase().as_str() {
            value @ ("true" | "false") => kept = kept.text(flag, value),
            _ => return Err(malformed()),
        }
    }
    let known = sent.children.iter().all(|child| BLOCKS.contains(&child.name.as_str()));
    if known { Ok(kept) } else { Err(malformed()) }
}

/// One rule; a key only where KMS encrypts.
pub(super) fn encryption(sent: Element, _: &Bucket) -> Result<Element, Fault> {
    let rule = sent.child("Rule").filter(|_| sent.children.len() == 1).ok_or_else(malformed)?;
    let Some(default) = rule.child("ApplyServerSideEncryptionByDefault") else { return Ok(sent) };
    match (default.value("SSEAlgorithm"), default.value("KMSMasterKeyID")) {
        (Some("AES256"), Some(_)) => Err(argument(
            "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse",
        )),
        (Some("AES256" | "aws:kms" | "aws:kms:dsse"), _) => Ok(sent),
        _ => Err(malformed()),
    }
}

/// On or suspended, never back to "never"; not suspended under object lock, and not touched where a device is asked
/// for, which nobody has here.
pub(super) fn versioning(sent: Element, bucket: &Bucket) -> Result<Element, Fault> {
    let asks_device = |document: &Element| document.value("MfaDelete") == Some("Enabled");
    if asks_device(&sent) || bucket.documents.get("versioning").is_some_and(asks_device) {
        let message = "Mfa Authentication must be used for this request";
        return Err(Fault::new(403, "AccessDenied", message));
    }
    match sent.value("Status") {
        Some("Suspended") if bucket.documents.contains_key("object-lock") => Err(Fault::new(
            409,
            "InvalidBucketState",
            "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.",
        )),
        Some("Enabled" | "Suspended") => Ok(sent),
        _ => Err(Fault::new(
            400,
            "IllegalVersioningConfigurationException",
            "The Versioning element must be specified",
        )),
    }
}

/// Rules with unique ids and something to do; a rule without an id gets one.
pub(super) fn lifecycle(mut sent: Element, _: &Bucket) -> Result<Element, Fault> {
    if !(1..=1000).contains(&sent.children.len()) || sent.children.iter().any(|rule| rule.name != "Rule") {
        return Err(malformed());
    }
    let has = |name: &str| sent.children.iter().any(|rule| rule.child(name).is_some());
    if has("Prefix") && has("Filter") {
        return Err(invalid(
            "Base level prefix cannot be used in Lifecycle V2, prefixes are only supported in the Filter.",
        ));
    }
    let mut seen = BTreeSet::new();
    for rule in &mut sent.children {
        lifecycle_rule(rule)?;
        let id = match rule.value("ID").filter(|id| !id.is_empty()) {
            Some(id) if id.chars().count() > 255 => {
                return Err(argument("ID length should not exceed allowed limit of 255"));
            }
            Some(id) => id.to_owned(),
            None => {
                rule.children.retain(|child| child.name != "ID");
                let id = ids::rule();
                rule.children.insert(0, Element::leaf("ID", &id));
                id
            }
        };
        if !seen.insert(id.clone()) {
            return Err(argument(format!(
                "Rule ID must be unique. Found same ID for more than one rule: {id}"
            )));
        }
    }
    Ok(sent)
}

fn lifecycle_rule(rule: &Element) -> Result<(), Fault> {
    if !matches!(rule.value("Status"), Some("Enabled" | "Disabled")) {
        return Err(malformed());
    }
    // a rule says what it is for: by Filter, or in the old way by Prefix, but not both
    if rule.child("Filter").is_some() == rule.child("Prefix").is_some() {
        return Err(malformed());
    }
    if !rule.children.iter().any(|child| LIFECYCLE_ACTIONS.contains(&child.name.as_str())) {
        return Err(invalid("At least one action needs to be specified in a rule"));
    }
    let filter = rule.child("Filter");
    let tagged = filter.is_some_and(|filter| {
        filter.child("Tag").is_some() || filter.child("And").is_some_and(|and| and.child("Tag").is_some())
    });
    if tagged && rule.child("AbortIncompleteMultipartUpload").is_some() {
        return Err(invalid("AbortIncompleteMultipartUpload cannot be specified with Tags"));
    }
    let expiration = rule.child("Expiration");
    let marker = expiration.is_some_and(|expiration| expiration.child("ExpiredObjectDeleteMarker").is_some());
    if marker && expiration.is_some_and(|expiration| expiration.children.len() > 1) {
        return Err(malformed());
    }
    let days = [
        ("AbortIncompleteMultipartUpload", "DaysAfterInitiation"),
        ("Expiration", "Days"),
        ("NoncurrentVersionExpiration", "NoncurrentDays"),
    ];
    for (action, name) in days {
        let given = rule.child(action).and_then(|action| action.value(name));
        if given.is_some_and(|days| !days.parse::<u32>().is_ok_and(|days| days > 0)) {
            return Err(argument(format!("'{name}' for {action} action must be a positive integer")));
        }
    }
    Ok(())
}

/// 1 to 100 rules, known methods, one star an origin or header at most.
pub(super) fn cors(sent: Element, _: &Bucket) -> Result<Element, Fault> {
    if !(1..=100).contains(&sent.children.len()) || sent.children.iter().any(|rule| rule.name != "CORSRule") {
        return Err(malformed());
    }
    for rule in &sent.children {
        if rule.child("AllowedMethod").is_none() || rule.child("AllowedOrigin").is_none() {
            return Err(malformed());
        }
        for method in rule.named("AllowedMethod") {
            if !METHODS.contains(&method.text.as_str()) {
                return Err(invalid(format!(
                    "Found unsupported HTTP method in CORS config. Unsupported method is {}",
                    method.text
                )));
            }
        }
        for (name, what) in [("AllowedOrigin", "AllowedOrigin"), ("AllowedHeader", "AllowedHeader")] {
            if let Some(wild) = rule.named(name).find(|value| value.text.matches('*').count() > 1) {
                return Err(invalid(format!(
                    "{what} \"{}\" can not have more than one wildcard.",
                    wild.text
                )));
            }
        }
        if rule.value("MaxAgeSeconds").is_some_and(|seconds| seconds.parse::<u32>().is_err()) {
            return Err(malformed());
        }
    }
    Ok(sent)
}

#[cfg(test)]
#[path = "rules_tests.rs"]
pub(super) mod tests;
