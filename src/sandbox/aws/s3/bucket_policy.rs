//! The policy of a bucket.

use crate::sandbox::http::Response;

use super::super::AwsState;
use super::super::access;
use super::super::fault::Fault;
use super::super::policy;
use super::state::Bucket;
use super::{Call, config, document, empty, missing, root};

/// `PutBucketPolicy`: needs to know who exists in every account.
pub(super) fn put(state: &mut AwsState, call: &Call<'_>) -> Result<Response, Fault> {
    let name = &call.route.bucket;
    super::upload::check_integrity(call, &call.request.body)?;
    let text = String::from_utf8_lossy(&call.request.body);
    let document = policy::bucket::check(&text, name, &|principal| access::exists(state, principal))?;
    let bucket = state.buckets.get_mut(name).ok_or_else(|| missing(name))?;
    if bucket.public_access("BlockPublicPolicy") && policy::public::is_public(&document) {
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
            document(&root("PolicyStatus").text("IsPublic", policy::public::is_public(policy)))
        }),
        "DeleteBucketPolicy" => {
            bucket.policy = None;
            Ok(empty(204))
        }
        _ => return None,
    })
}

fn held(bucket: &Bucket) -> Result<&serde_json::Value, Fault> {
    let absent = || config::not_found(bucket, "NoSuchBucketPolicy", "The bucket policy does not exist");
    bucket.policy.as_ref().ok_or_else(absent)
}
