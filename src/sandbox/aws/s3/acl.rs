//! Access control lists: off on every new bucket, and since then only the owner's; and who owns objects, which turns
//! them on and off. What a list of a bucket lets others do is kept, and not acted on.

use crate::sandbox::http::Response;

use super::super::fault::Fault;
use super::super::xml::Element;
use super::rules::malformed;
use super::state::Bucket;
use super::{Call, document, empty, root, rules};

/// Groups that the short names of lists grant something to, and what.
const CANNED: [(&str, &[(&str, &str)]); 5] = [
    ("private", &[]),
    ("public-read", &[("global/AllUsers", "READ")]),
    ("public-read-write", &[("global/AllUsers", "READ"), ("global/AllUsers", "WRITE")]),
    ("authenticated-read", &[("global/AuthenticatedUsers", "READ")]),
    ("log-delivery-write", &[("s3/LogDelivery", "WRITE"), ("s3/LogDelivery", "READ_ACP")]),
];

/// Answers the calls of this family; `None` when the call is of another.
pub(super) fn answer(bucket: &mut Bucket, call: &Call<'_>) -> Option<Result<Response, Fault>> {
    Some(match call.route.operation {
        "GetBucketAcl" => {
            let held = bucket.documents.get("acl").cloned();
            Ok(document(&held.unwrap_or_else(|| list(&bucket.owner, &[]))))
        }
        "GetObjectAcl" => Ok(document(&list(&bucket.owner, &[]))),
        "PutBucketAcl" if !bucket.owner_enforced() => put(bucket, call),
        "PutBucketAcl" | "PutObjectAcl" => refuse(bucket, call),
        _ => return None,
    })
}

/// Exactly one of three ways; lists are turned off only while they grant nobody else anything.
pub(super) fn ownership_controls(sent: Element, bucket: &Bucket) -> Result<Element, Fault> {
    let value = sent.child("Rule").and_then(|rule| rule.value("ObjectOwnership"));
    match value {
        Some("BucketOwnerEnforced") if bucket.documents.contains_key("acl") => Err(granted()),
        Some("BucketOwnerEnforced" | "BucketOwnerPreferred" | "ObjectWriter") if sent.children.len() == 1 => {
            Ok(sent)
        }
        _ => Err(malformed()),
    }
}

/// 400 for lists that grant something where lists are to be off.
pub(super) fn granted() -> Fault {
    Fault::new(
        400,
        "InvalidBucketAclWithObjectOwnership",
        "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
    )
}

/// 400 for any use of lists on a bucket that has them switched off.
pub(super) fn acl_refused() -> Fault {
    Fault::new(400, "AccessControlListNotSupported", "The bucket does not allow ACLs")
}

/// Lists other than "the owner may do all" are refused while the bucket's owner owns everything in it.
fn refuse(bucket: &Bucket, call: &Call<'_>) -> Result<Response, Fault> {
    let private = call.header("x-amz-acl").is_some_and(|acl| acl == "bucket-owner-full-control");
    match (bucket.owner_enforced(), private) {
        (true, false) => Err(acl_refused()),
        (true, true) => Ok(empty(200)),
        (false, _) => Err(Fault::new(501, "NotImplemented", "The sandbox has no ACLs of objects")),
    }
}

fn put(bucket: &mut Bucket, call: &Call<'_>) -> Result<Response, Fault> {
    let Some(name) = call.header("x-amz-acl") else {
        return Err(Fault::new(501, "NotImplemented", "The sandbox takes no ACL but those that have a name"));
    };
    set(bucket, &name)?;
    Ok(empty(200))
}

/// Gives a bucket the list of that name.
pub(super) fn set(bucket: &mut Bucket, name: &str) -> Result<(), Fault> {
    let canned = CANNED.iter().find(|(canned, _)| *canned == name);
    let (_, grants) = canned.ok_or_else(|| Fault::new(400, "InvalidArgument", "Invalid x-amz-acl"))?;
    let is_public = grants.iter().any(|(group, _)| group.starts_with("global/"));
    if is_public && bucket.public_access("BlockPublicAcls") {
        return Err(Fault::new(403, "AccessDenied", "Access Denied"));
    }
    if grants.is_empty() {
        bucket.documents.remove("acl");
    } else {
        bucket.documents.insert("acl".to_owned(), list(&bucket.owner, grants));
    }
    Ok(())
}

/// The owner may do all, and these groups what is said.
fn list(account: &str, groups: &[(&str, &str)]) -> Element {
    let id = rules::canonical_id(account);
    let grantee = |kind: &str| {
        Element::new("Grantee")
            .attribute("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance")
            .attribute("xsi:type", kind)
    };
    let grant = |grantee, right: &str| Element::new("Grant").with(grantee).text("Permission", right);
    let owners = grant(grantee("CanonicalUser").text("ID", &id), "FULL_CONTROL");
    let others = groups.iter().map(|(group, right)| {
        grant(grantee("Group").text("URI", format!("http://acs.amazonaws.com/groups/{group}")), right)
    });
    root("AccessControlPolicy")
        .with(Element::new("Owner").text("ID", &id))
        .with(Element::new("AccessControlList").with(owners).all(others))
}
