//! S3: reads a request, finds its bucket, checks who asks, and hands it to the family that answers it.
//!
//! `route` names operations; `bucket` makes and unmakes buckets; `config` and `rules` hold the sub-resources;
//! `object`, `copy`, `delete`, `listing` and `multipart` and `tagging` the objects; `cors` the browser's questions.

mod acl;
mod body;
mod bucket;
mod bucket_policy;
mod bucket_tags;
mod config;
mod copy;
mod cors;
mod delete;
mod headers;
mod kms;
mod listing;
mod multipart;
mod object;
mod route;
mod rules;
mod state;
mod tagging;
mod upload;

use std::collections::BTreeMap;

use time::OffsetDateTime;

use crate::sandbox::http::{Method, Moment, Request, Response};

use super::AwsState;
use super::access::{self, Caller, Target};
use super::fault::Fault;
use super::xml::Element;
use route::Route;

pub(super) use state::Bucket;

/// The namespace of every document of S3.
const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

/// What an operation works with, beside the state.
struct Call<'a> {
    now: OffsetDateTime,
    /// Entries a page, at most.
    page: usize,
    request: &'a Request,
    route: &'a Route,
    caller: &'a Caller,
}

impl Call<'_> {
    /// A query parameter; present without a value is "".
    fn query(&self, name: &str) -> Option<&str> {
        self.request.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A header as text.
    fn header(&self, name: &str) -> Option<String> {
        super::sigv4::header(self.request, name)
    }

    /// The signature's region; unsigned requests count as us-east-1.
    fn region(&self) -> &str {
        self.caller.region.as_deref().unwrap_or("us-east-1")
    }

    /// The caller's account; only signed requests get as far as asking.
    fn account(&self) -> Result<&str, Fault> {
        self.caller.principal.account().ok_or_else(|| Fault::new(403, "AccessDenied", "Access Denied"))
    }
}

/// The name of the operation that a request asks for, such as `PutBucketCors`.
pub(super) fn operation(request: &Request) -> &'static str {
    Route::of(request).operation
}

/// Answers one request to S3.
pub(super) fn handle(state: &mut AwsState, moment: &Moment<'_>, request: &Request) -> Response {
    let route = Route::of(request);
    let head = request.method == Method::HEAD;
    let origin = super::sigv4::header(request, "origin");
    let mut answer = if request.method == Method::OPTIONS {
        cors::preflight(state, &route, request)
    } else {
        answer(state, moment, request, &route)
    }
    .unwrap_or_else(|fault| fault.into_s3(&request.path, head));
    if let (Some(origin), Some(bucket)) = (origin, state.buckets.get(&route.bucket)) {
        cors::mark(bucket, &origin, request.method.as_str(), &mut answer);
    }
    if !answer.headers.iter().any(|(name, _)| name == "x-amz-request-id") {
        answer.headers.push(("x-amz-request-id".into(), super::ids::request_id_s3()));
        answer.headers.push(("x-amz-id-2".into(), super::ids::host_id()));
    }
    answer
}

fn answer(
    state: &mut AwsState,
    moment: &Moment<'_>,
    request: &Request,
    route: &Route,
) -> Result<Response, Fault> {
    let caller = access::authenticate(state, moment, request, "InvalidAccessKeyId")?;
    let call = Call { now: moment.now, page: moment.knobs.page_size, request, route, caller: &caller };
    match route.operation {
        "ListBuckets" => return bucket::list(state, &call),
        "CreateBucket" => return bucket::create(state, &call),
        route::UNKNOWN => {
            return Err(Fault::new(
                501,
                "NotImplemented",
                "A header or query you provided implies functionality that is not implemented",
            ));
        }
        _ => {}
    }
    find(state, &call)?;
    authorise(state, &call)?;
    kms::authorise(state, &call)?;
    if let Some(answer) = copy::answer(state, &call).or_else(|| delete::answer(state, &call)) {
        return answer;
    }
    if route.operation == "PutBucketPolicy" {
        return bucket_policy::put(state, &call);
    }
    if route.operation == "DeleteBucket" {
        return bucket::delete(state, &call);
    }
    let bucket = state.buckets.get_mut(&route.bucket).ok_or_else(|| missing(&route.bucket))?;
    let families = [
        bucket::answer,
        config::answer,
        bucket_policy::answer,
        acl::answer,
        object::answer,
        tagging::answer,
        listing::answer,
        multipart::answer,
    ];
    let answered = families.into_iter().find_map(|family| family(bucket, &call)).unwrap_or_else(|| {
        Err(Fault::new(405, "MethodNotAllowed", "The specified method is not allowed against this resource."))
    });
    match answered {
        // who may not list must not learn which keys are there
        Err(fault) if fault.code == "NoSuchKey" => {
            Err(may(state, &call, "s3:ListBucket", &route.bucket, None).err().unwrap_or(fault))
        }
        answered => answered,
    }
}

/// The checks that come before rights: the bucket exists, has the owner that the caller expects, and is asked for in
/// its own region.
fn find(state: &AwsState, call: &Call<'_>) -> Result<(), Fault> {
    let name = &call.route.bucket;
    let bucket = state.buckets.get(name).ok_or_else(|| missing(name))?;
    if call.header("x-amz-expected-bucket-owner").is_some_and(|expected| expected != bucket.owner) {
        return Err(
            Fault::new(403, "AccessDenied", "Access Denied").header("x-amz-bucket-region", &bucket.region)
        );
    }
    let elsewhere = call.caller.region.as_ref().is_some_and(|region| *region != bucket.region);
    // the one question that any region answers
    if elsewhere && call.route.operation != "GetBucketLocation" {
        let endpoint = format!("{name}.s3.{}.amazonaws.com", bucket.region);
        return Err(Fault::new(301, "PermanentRedirect", "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.")
            .detail("Endpoint", endpoint)
            .detail("Bucket", name)
            .detail("Region", &bucket.region)
            .header("x-amz-bucket-region", &bucket.region));
    }
    Ok(())
}

/// Whether the caller may do what the route says, on the bucket or on the key that it names.
fn authorise(state: &AwsState, call: &Call<'_>) -> Result<(), Fault> {
    let action = match (call.route.action, call.query("versionId").is_some()) {
        ("s3:GetObject", true) => "s3:GetObjectVersion",
        ("s3:DeleteObject", true) => "s3:DeleteObjectVersion",
        (action, _) => action,
    };
    // rights on each key are asked for one by one
    if call.route.operation == "DeleteObjects" {
        return Ok(());
    }
    let key = call.route.key.as_deref();
    let denied = may(state, call, action, &call.route.bucket, key).and_then(|()| {
        // Tags that are sent along with an object are a right of their own.
        let sends_tags = ["PutObject", "CreateMultipartUpload"].contains(&call.route.operation)
            && call.header("x-amz-tagging").is_some_and(|tags| !tags.is_empty());
        if sends_tags { may(state, call, "s3:PutObjectTagging", &call.route.bucket, key) } else { Ok(()) }
    });
    let region = state.buckets.get(&call.route.bucket).map_or("", |bucket| &bucket.region);
    denied.map_err(|fault| fault.header("x-amz-bucket-region", region))
}

/// Whether the caller may do `action` on a bucket or on a key in it.
fn may(state: &AwsState, call: &Call<'_>, action: &str, name: &str, key: Option<&str>) -> Result<(), Fault> {
    let bucket = state.buckets.get(name).ok_or_else(|| missing(name))?;
    let resource = match key {
        Some(key) => format!("arn:aws:s3:::{name}/{key}"),
        None => format!("arn:aws:s3:::{name}"),
    };
    let mut context = BTreeMap::new();
    for parameter in ["prefix", "delimiter", "max-keys"] {
        if let Some(value) = call.query(parameter) {
            context.insert(format!("s3:{parameter}"), value.to_owned());
        }
    }
    let policy = bucket.policy.as_ref().map(|policy| (policy, bucket.public_access("RestrictPublicBuckets")));
    let target = Target { action, resource: &resource, owner: &bucket.owner, bucket: policy, context };
    access::authorise(state, call.caller, &target)
}

fn missing(bucket: &str) -> Fault {
    Fault::new(404, "NoSuchBucket", "The specified bucket does not exist").detail("BucketName", bucket)
}

/// An answer that is a document.
fn document(root: &Element) -> Response {
    let headers = vec![("content-type".into(), "application/xml".into())];
    Response { status: 200, headers, body: root.document() }
}

/// An answer without a body.
fn empty(status: u16) -> Response {
    Response { status, headers: Vec::new(), body: Vec::new() }
}

/// The root of an answer, in S3's namespace.
fn root(name: &str) -> Element {
    Element::new(name).attribute("xmlns", NAMESPACE)
}
