//! Buckets themselves: create, head, locate, list, delete; names, regions and the defaults of a new one.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::sandbox::http::Response;

use super::super::access::{self, Target};
use super::super::fault::Fault;
use super::super::xml::Element;
use super::super::{AwsState, ids};
use super::state::Bucket;
use super::{Call, acl, bucket_tags, document, empty, missing, root, rules};

/// Buckets an account may have.
const MOST_BUCKETS: usize = 10_000;
/// Buckets that a page lists, at most.
const MOST_LISTED: usize = 10_000;
/// Regions that buckets can be made in.
const REGIONS: [&str; 24] = [
    "af-south-1",
    "ap-east-1",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ca-central-1",
    "ca-west-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "me-central-1",
    "sa-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];
/// Beginnings of names that AWS keeps for itself.
const RESERVED_PREFIXES: [&str; 3] = ["xn--", "sthree-", "amzn-s3-demo-"];
/// Ends of names that AWS keeps for itself.
const RESERVED_SUFFIXES: [&str; 5] = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"];

/// Answers the calls of this family; `None` when the call is of another.
pub(super) fn answer(bucket: &mut Bucket, call: &Call<'_>) -> Option<Result<Response, Fault>> {
    match call.route.operation {
        "HeadBucket" => {
            let mut answer = empty(200);
            answer.headers.push(("x-amz-bucket-region".into(), bucket.region.clone()));
            Some(Ok(answer))
        }
        "GetBucketLocation" => {
            // us-east-1 is the empty constraint
            let constraint = if bucket.region == "us-east-1" { "" } else { &bucket.region };
            let answer = Element { text: constraint.to_owned(), ..root("LocationConstraint") };
            Some(Ok(document(&answer)))
        }
        _ => None,
    }
}

/// `CreateBucket`.
pub(super) fn create(state: &mut AwsState, call: &Call<'_>) -> Result<Response, Fault> {
    let (name, account) = (&call.route.bucket, call.account()?);
    may_anywhere(state, call, "s3:CreateBucket", &format!("arn:aws:s3:::{name}"))?;
    let body = if call.request.body.is_empty() {
        Element::default()
    } else {
        Element::parse(&call.request.body).ok_or_else(rules::malformed)?
    };
    let region = region(call.region(), body.value("LocationConstraint"))?;
    check_name(name, account, &region, call.header("x-amz-bucket-namespace").as_deref())?;
    if let Some(held) = state.buckets.get(name) {
        return again(held, account, &region);
    }
    if state.buckets.values().filter(|bucket| bucket.owner == account).count() >= MOST_BUCKETS {
        return Err(Fault::new(
            400,
            "TooManyBuckets",
            "You have attempted to create more buckets than allowed",
        ));
    }
    let mut bucket = fresh(call, account, &region)?;
    if let Some(tags) = body.child("Tags") {
        may_anywhere(state, call, "s3:TagResource", &format!("arn:aws:s3:::{name}"))?;
        let set = Element::new("TagSet").all(tags.children.iter().cloned());
        let tagging = bucket_tags::tagging(Element::new("Tagging").with(set), &bucket)?;
        bucket.documents.insert("tagging".into(), tagging);
    }
    state.buckets.insert(name.clone(), bucket);
    Ok(located(name))
}

fn located(name: &str) -> Response {
    let mut answer = empty(200);
    answer.headers.push(("location".into(), format!("/{name}")));
    answer
}

/// A name that is taken: by its owner in us-east-1 that is no mistake, everywhere else it is.
fn again(held: &Bucket, account: &str, region: &str) -> Result<Response, Fault> {
    if held.owner != account {
        return Err(Fault::new(409, "BucketAlreadyExists", "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.")
            .detail("BucketName", &held.name));
    }
    if region == "us-east-1" && held.region == "us-east-1" {
        return Ok(located(&held.name));
    }
    Err(Fault::new(
        409,
        "BucketAlreadyOwnedByYou",
        "Your previous request to create the named bucket succeeded and you already own it.",
    )
    .detail("BucketName", &held.name))
}

/// The region of a new bucket, from the endpoint's and the constraint.
fn region(endpoint: &str, constraint: Option<&str>) -> Result<String, Fault> {
    let illegal = |which: &str| {
        Fault::new(
            400,
            "IllegalLocationConstraintException",
            format!(
                "The {which} location constraint is incompatible for the region specific endpoint this request was sent to."
            ),
        )
    };
    match constraint.filter(|constraint| !constraint.is_empty()) {
        None if endpoint == "us-east-1" => Ok(endpoint.to_owned()),
        None => Err(illegal("unspecified")),
        Some("EU") if ["us-east-1", "eu-west-1"].contains(&endpoint) => Ok("eu-west-1".to_owned()),
        Some(named) if !REGIONS.contains(&named) => Err(Fault::new(
            400,
            "InvalidLocationConstraint",
            "The specified location-constraint is not valid",
        )
        .detail("LocationConstraint", named)),
        // the first region's endpoint is the global one
        Some(named) if endpoint == "us-east-1" || named == endpoint => Ok(named.to_owned()),
        Some(named) => Err(illegal(named)),
    }
}

fn fresh(call: &Call<'_>, account: &str, region: &str) -> Result<Bucket, Fault> {
    let ownership = call.header("x-amz-object-ownership").unwrap_or_else(|| "BucketOwnerEnforced".into());
    let public_acl = call.header("x-amz-acl").is_some_and(|acl| acl != "private");
    if public_acl && ownership == "BucketOwnerEnforced" {
        return Err(acl::granted());
    }
    let mut documents = BTreeMap::from([
        ("publicAccessBlock".to_owned(), rules::everything_blocked()),
        ("ownershipControls".to_owned(), rules::ownership(&ownership)),
        ("encryption".to_owned(), rules::default_encryption()),
    ]);
    if call.header("x-amz-bucket-object-lock-enabled").is_some_and(|flag| flag.eq_ignore_ascii_case("true")) {
        let lock = Element::new("ObjectLockConfiguration").text("ObjectLockEnabled", "Enabled");
        documents.insert("object-lock".to_owned(), lock);
        // a lock is on versions
        documents.insert(
            "versioning".to_owned(),
            Element::new("VersioningConfiguration").text("Status", "Enabled"),
        );
    }
    Ok(Bucket {
        name: call.route.bucket.clone(),
        owner: account.to_owned(),
        region: region.to_owned(),
        created: call.now,
        documents,
        lifecycle_minimum: None,
        policy: None,
        objects: BTreeMap::new(),
        uploads: BTreeMap::new(),
    })
}

/// `DeleteBucket`.
pub(super) fn delete(state: &mut AwsState, call: &Call<'_>) -> Result<Response, Fault> {
    let name = &call.route.bucket;
    let bucket = state.buckets.get(name).ok_or_else(|| missing(name))?;
    if !bucket.objects.is_empty() {
        let message = match bucket.versioning() {
            Some(_) => {
                "The bucket you tried to delete is not empty. You must delete all versions in the bucket."
            }
            None => "The bucket you tried to delete is not empty",
        };
        return Err(Fault::new(409, "BucketNotEmpty", message).detail("BucketName", name));
    }
    state.buckets.remove(name);
    Ok(empty(204))
}

/// `ListBuckets`: by name, and all at once unless a parameter asks for pages.
pub(super) fn list(state: &AwsState, call: &Call<'_>) -> Result<Response, Fault> {
    let account = call.account()?;
    may_anywhere(state, call, "s3:ListAllMyBuckets", "arn:aws:s3:::*")?;
    let (prefix, wanted) = (call.query("prefix"), call.query("bucket-region"));
    let after = call.query("continuation-token").map(bucket_of_token).transpose()?;
    let most = call.query("max-buckets").map(most_buckets).transpose()?;
    let is_paged = prefix.or(wanted).is_some() || after.is_some() || most.is_some();
    let mut rest = state
        .buckets
        .values()
        .filter(|bucket| bucket.owner == account && bucket.name.starts_with(prefix.unwrap_or_default()))
        .filter(|bucket| wanted.is_none_or(|wanted| wanted == bucket.region))
        .filter(|bucket| after.as_ref().is_none_or(|after| bucket.name > *after));
    let most = most.unwrap_or(if is_paged { MOST_LISTED } else { usize::MAX });
    let page: Vec<&Bucket> = rest.by_ref().take(most).collect();
    let entries = page.iter().map(|bucket| {
        Element::new("Bucket")
            .text("Name", &bucket.name)
            .text("CreationDate", ids::iso_milliseconds(bucket.created))
            // who asks without any parameter does not learn it
            .maybe("BucketRegion", is_paged.then_some(&bucket.region))
    });
    let token = page.last().filter(|_| rest.next().is_some()).map(|bucket| STANDARD.encode(&bucket.name));
    let owner = Element::new("Owner").text("ID", rules::canonical_id(account));
    let answer = root("ListAllMyBucketsResult").with(owner).with(Element::new("Buckets").all(entries));
    Ok(document(&answer.maybe("ContinuationToken", token).maybe("Prefix", prefix)))
}

fn most_buckets(text: &str) -> Result<usize, Fault> {
    text.parse().ok().filter(|most| (1..=MOST_LISTED).contains(most)).ok_or_else(|| {
        Fault::new(
            400,
            "InvalidArgument",
            format!("Argument max-buckets must be an integer between 1 and {MOST_LISTED}"),
        )
    })
}

/// The last bucket of the page before.
fn bucket_of_token(token: &str) -> Result<String, Fault> {
    let name = STANDARD.decode(token).ok().and_then(|name| String::from_utf8(name).ok());
    name.ok_or_else(|| {
        Fault::new(400, "InvalidArgument", "The continuation token provided is incorrect")
            .detail("ArgumentName", "continuation-token")
    })
}

/// Rights that are not on a bucket that exists.
fn may_anywhere(state: &AwsState, call: &Call<'_>, action: &str, resource: &str) -> Result<(), Fault> {
    let owner = call.account()?;
    let target = Target { action, resource, owner, bucket: None, context: BTreeMap::new() };
    access::authorise(state, call.caller, &target)
}

fn check_name(name: &str, account: &str, region: &str, namespace: Option<&str>) -> Result<(), Fault> {
    let own_end = format!("-{account}-{region}-an");
    let namespace_fits = match namespace {
        Some("account-regional") => name.ends_with(&own_end) && name.len() > own_end.len(),
        _ => !name.ends_with("-an"),
    };
    if namespace_fits && name_is_valid(name) {
        return Ok(());
    }
    Err(Fault::new(400, "InvalidBucketName", "The specified bucket is not valid.").detail("BucketName", name))
}

fn name_is_valid(name: &str) -> bool {
    let outer =
        |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let bytes = name.as_bytes();
    (3..=63).contains(&bytes.len())
        && bytes.iter().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(byte))
        && outer(bytes.first())
        && outer(bytes.last())
        && !name.contains("..")
        && name.parse::<Ipv4Addr>().is_err()
        && !RESERVED_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        && !RESERVED_SUFFIXES.iter().any(|suffix| name.ends_with(suffix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_rules_of_s3() {
        for name in ["abc", "ledger-production-uploads", "a.b.c", "1-2-3", &"a".repeat(63)] {
            assert!(name_is_valid(name), "{name}");
        }
        let long = "a".repeat(64);
        for name in [
            "ab",
            &long,
            "My-Bucket",
            "a_b_c",
            "a..b",
            "192.168.0.1",
            "xn--abc",
            "sthree-a",
            "a-s3alias",
            "-abc",
            "abc-",
            "abc--x-s3",
        ] {
            assert!(!name_is_valid(name), "{name}");
        }
    }

    #[test]
    fn names_of_the_account_namespace_end_in_account_and_region() {
        let name = "logs-111122223333-eu-west-1-an";
        let check = |name: &str, namespace| check_name(name, "111122223333", "eu-west-1", namespace).is_ok();
        assert!(check(name, Some("account-regional")));
        assert!(!check(name, None));
        assert!(!check("logs", Some("account-regional")));
        assert!(check("logs", None));
    }

    #[test]
    fn a_constraint_must_fit_the_endpoint() {
        let table = [
            ("us-east-1", None, Ok("us-east-1")),
            ("us-east-1", Some("us-east-1"), Err("InvalidLocationConstraint")),
            ("us-east-1", Some("eu-west-1"), Ok("eu-west-1")),
            ("eu-west-1", None, Err("IllegalLocationConstraintException")),
            ("eu-west-1", Some("eu-west-1"), Ok("eu-west-1")),
            ("eu-west-1", Some("us-west-2"), Err("IllegalLocationConstraintException")),
            ("eu-west-1", Some("mars-1"), Err("InvalidLocationConstraint")),
        ];
        for (endpoint, constraint, expected) in table {
            let found = region(endpoint, constraint).map_err(|fault| fault.code);
            assert_eq!(found.as_deref().map_err(String::as_str), expected, "{endpoint} {constraint:?}");
        }
    }
}
