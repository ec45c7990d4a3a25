//! The policy of a bucket and its ACL, which since 2023 is a fixed answer.

use crate::sandbox::http::Response;

use super::super::AwsState;
use super::super::access;
use super::super::fault::Fault;
use super::super::policy;
use super::super::xml::Element;
use super::state::Bucket;
use super::{Call, config, document, empty, missing, root, rules};

/// `PutBucketPolicy`: needs to know who exists in every account.
pub(super) fn put(state: &mut AwsState, call: &Call<'_>) -> Result<Response, Fault> {
    let name = &call.route.bucket;
    super::upload::check_integrity(call, &call.request.body)?;
    let text = String::from_utf8_lossy(&call.request.body);
    let document = policy::bucket::check(&text, name, &|principal| access::exists(state, principal))?;
    let bucket = state.buckets.get_mut(name).ok_or_else(|| missing(name))?;
    if bucket.public_access("BlockPublicPolicy") && policy::bucket::is_public(&document) {
        let arn = call.caller.principal.arn().unwrap_or_default();
        return Err(Fault::new(
            403,
            "AccessDenied",
            format!(
                "User: {arn} is not authorized to perform: s3:PutBucketPolicy on resource: \"arn:aws:s3:::{name}\" because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access."
            ),
        ));
    }
    bucket.policy = Some(document);
    Ok(empty(204))
}

/// Answers the calls of this family; `None` when the call is of another.
pub(super) fn answer(bucket: &mut Bucket, call: &Call<'_>) -> Option<Result<Response, Fault>> {
    Some(match call.route.operation {
        "GetBucketPolicy" => held(bucket).map(|policy| Response {
            status: 200,
            headers: vec![("content-type".into(), "application/json".into())],
            body: policy::bucket::render(policy).into_bytes(),
        }),
        "GetBucketPolicyStatus" => held(bucket).map(|policy| {
            document(&root("PolicyStatus").text("IsPublic", policy::bucket::is_public(policy)))
        }),
        "DeleteBucketPolicy" => {
            bucket.policy = None;
            Ok(empty(204))
        }
        "GetBucketAcl" | "GetObjectAcl" => Ok(document(&owner_only(&bucket.owner))),
        "PutBucketAcl" | "PutObjectAcl" => put_acl(bucket, call),
        _ => return None,
    })
}

fn held(bucket: &Bucket) -> Result<&serde_json::Value, Fault> {
    let absent = || config::not_found(bucket, "NoSuchBucketPolicy", "The bucket policy does not exist");
    bucket.policy.as_ref().ok_or_else(absent)
}

/// ACLs other than "the owner may do all" are refused while the bucket's owner owns everything in it.
fn put_acl(bucket: &Bucket, call: &Call<'_>) -> Result<Response, Fault> {
    let private = call.header("x-amz-acl").is_some_and(|acl| acl == "bucket-owner-full-control");
    match (bucket.owner_enforced(), private) {
        (true, false) => Err(acl_refused()),
        (true, true) => Ok(empty(200)),
        (false, _) => Err(Fault::new(501, "NotImplemented", "The sandbox has no ACLs")),
    }
}

/// 400 for any use of ACLs on a bucket that has them switched off.
pub(super) fn acl_refused() -> Fault {
    Fault::new(400, "AccessControlListNotSupported", "The bucket does not allow ACLs")
}

fn owner_only(account: &str) -> Element {
    let id = rules::canonical_id(account);
    let grantee = Element::new("Grantee")
        .attribute("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance")
        .attribute("xsi:type", "CanonicalUser")
        .text("ID", &id);
    let grant = Element::new("Grant").with(grantee).text("Permission", "FULL_CONTROL");
    root("AccessControlPolicy")
        .with(Element::new("Owner").text("ID", &id))
        .with(Element::new("AccessControlList").with(grant))
}
