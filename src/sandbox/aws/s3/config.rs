//! Sub-resources of a bucket that are one document each: one table, one way to put, get and delete them.
//!
//! Whether a document is right is asked of `rules`; the policy has rules of its own and lives in `bucket_policy`.

use crate::sandbox::http::{Method, Request, Response};

use super::super::fault::Fault;
use super::super::xml::Element;
use super::state::Bucket;
use super::{Call, NAMESPACE, acl, bucket_tags, document, empty, rules};

/// Header beside the lifecycle document.
const LIFECYCLE_MINIMUM: &str = "x-amz-transition-default-minimum-object-size";

/// What a GET answers when nothing was put.
enum Absent {
    /// 404 with code and message.
    Code(&'static str, &'static str),
    /// A document with these leaves.
    Document(&'static [(&'static str, &'static str)]),
}

/// One kind of sub-resource.
struct Kind {
    /// The query parameter that selects it, also its name in the state.
    query: &'static str,
    /// Operations of GET, PUT and DELETE; empty where there is none.
    operations: [&'static str; 3],
    /// Rights for GET, and for PUT and DELETE.
    actions: [&'static str; 2],
    /// Name of the document's root.
    root: &'static str,
    absent: Absent,
    /// Status of a PUT.
    put: u16,
    check: rules::Check,
}

const KINDS: [Kind; 13] = [
    Kind {
        query: "publicAccessBlock",
        operations: ["GetPublicAccessBlock", "PutPublicAccessBlock", "DeletePublicAccessBlock"],
        actions: ["s3:GetBucketPublicAccessBlock", "s3:PutBucketPublicAccessBlock"],
        root: "PublicAccessBlockConfiguration",
        absent: Absent::Code(
            "NoSuchPublicAccessBlockConfiguration",
            "The public access block configuration was not found",
        ),
        put: 200,
        check: rules::public_access_block,
    },
    Kind {
        query: "ownershipControls",
        operations: [
            "GetBucketOwnershipControls",
            "PutBucketOwnershipControls",
            "DeleteBucketOwnershipControls",
        ],
        actions: ["s3:GetBucketOwnershipControls", "s3:PutBucketOwnershipControls"],
        root: "OwnershipControls",
        absent: Absent::Code(
            "OwnershipControlsNotFoundError",
            "The bucket ownership controls were not found",
        ),
        put: 200,
        check: acl::ownership_controls,
    },
    Kind {
        query: "encryption",
        operations: ["GetBucketEncryption", "PutBucketEncryption", "DeleteBucketEncryption"],
        actions: ["s3:GetEncryptionConfiguration", "s3:PutEncryptionConfiguration"],
        root: "ServerSideEncryptionConfiguration",
        absent: Absent::Code(
            "ServerSideEncryptionConfigurationNotFoundError",
            "The server side encryption configuration was not found",
        ),
        put: 200,
        check: rules::encryption,
    },
    Kind {
        query: "versioning",
        operations: ["GetBucketVersioning", "PutBucketVersioning", ""],
        actions: ["s3:GetBucketVersioning", "s3:PutBucketVersioning"],
        root: "VersioningConfiguration",
        absent: Absent::Document(&[]),
        put: 200,
        check: rules::versioning,
    },
    Kind {
        query: "lifecycle",
        operations: [
            "GetBucketLifecycleConfiguration",
            "PutBucketLifecycleConfiguration",
            "DeleteBucketLifecycle",
        ],
        actions: ["s3:GetLifecycleConfiguration", "s3:PutLifecycleConfiguration"],
        root: "LifecycleConfiguration",
        absent: Absent::Code("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist"),
        put: 200,
        check: rules::lifecycle,
    },
    Kind {
        query: "cors",
        operations: ["GetBucketCors", "PutBucketCors", "DeleteBucketCors"],
        actions: ["s3:GetBucketCORS", "s3:PutBucketCORS"],
        root: "CORSConfiguration",
        absent: Absent::Code("NoSuchCORSConfiguration", "The CORS configuration does not exist"),
        put: 200,
        check: rules::cors,
    },
    Kind {
        query: "tagging",
        operations: ["GetBucketTagging", "PutBucketTagging", "DeleteBucketTagging"],
        actions: ["s3:GetBucketTagging", "s3:PutBucketTagging"],
        root: "Tagging",
        absent: Absent::Code("NoSuchTagSet", "The TagSet does not exist"),
        put: 204,
        check: bucket_tags::tagging,
    },
    Kind {
        query: "logging",
        operations: ["GetBucketLogging", "PutBucketLogging", ""],
        actions: ["s3:GetBucketLogging", "s3:PutBucketLogging"],
        root: "BucketLoggingStatus",
        absent: Absent::Document(&[]),
        put: 200,
        check: rules::anything,
    },
    Kind {
        query: "notification",
        operations: ["GetBucketNotificationConfiguration", "PutBucketNotificationConfiguration", ""],
        actions: ["s3:GetBucketNotification", "s3:PutBucketNotification"],
        root: "NotificationConfiguration",
        absent: Absent::Document(&[]),
        put: 200,
        check: rules::anything,
    },
    Kind {
        query: "object-lock",
        operations: ["GetObjectLockConfiguration", "PutObjectLockConfiguration", ""],
        actions: ["s3:GetBucketObjectLockConfiguration", "s3:PutBucketObjectLockConfiguration"],
        root: "ObjectLockConfiguration",
        absent: Absent::Code(
            "ObjectLockConfigurationNotFoundError",
            "Object Lock configuration does not exist for this bucket",
        ),
        put: 200,
        check: rules::anything,
    },
    Kind {
        query: "accelerate",
        operations: ["GetBucketAccelerateConfiguration", "PutBucketAccelerateConfiguration", ""],
        actions: ["s3:GetAccelerateConfiguration", "s3:PutAccelerateConfiguration"],
        root: "AccelerateConfiguration",
        absent: Absent::Document(&[]),
        put: 200,
        check: rules::anything,
    },
    Kind {
        query: "requestPayment",
        operations: ["GetBucketRequestPayment", "PutBucketRequestPayment", ""],
        actions: ["s3:GetBucketRequestPayment", "s3:PutBucketRequestPayment"],
        root: "RequestPaymentConfiguration",
        absent: Absent::Document(&[("Payer", "BucketOwner")]),
        put: 200,
        check: rules::anything,
    },
    Kind {
        query: "website",
        operations: ["GetBucketWebsite", "PutBucketWebsite", "DeleteBucketWebsite"],
        actions: ["s3:GetBucketWebsite", "s3:PutBucketWebsite"],
        root: "WebsiteConfiguration",
        absent: Absent::Code(
            "NoSuchWebsiteConfiguration",
            "The specified bucket does not have a website configuration",
        ),
        put: 200,
        check: rules::anything,
    },
];

/// Operation and right of a request on a sub-resource of this table.
pub(super) fn route(request: &Request) -> Option<(&'static str, &'static str)> {
    if request.method == Method::GET && request.query.iter().any(|(name, _)| name == "replication") {
        return Some(("GetBucketReplication", "s3:GetReplicationConfiguration"));
    }
    let kind = KINDS.iter().find(|kind| request.query.iter().any(|(name, _)| name == kind.query))?;
    let index =
        [Method::GET, Method::PUT, Method::DELETE].iter().position(|method| *method == request.method)?;
    let operation = kind.operations[index];
    (!operation.is_empty()).then(|| (operation, kind.actions[index.min(1)]))
}

/// Answers the calls of this family; `None` when the call is of another.
pub(super) fn answer(bucket: &mut Bucket, call: &Call<'_>) -> Option<Result<Response, Fault>> {
    let operation = call.route.operation;
    if operation == "GetBucketReplication" {
        return Some(Err(not_found(
            bucket,
            "ReplicationConfigurationNotFoundError",
            "The replication configuration was not found",
        )));
    }
    let kind = KINDS.iter().find(|kind| kind.operations.contains(&operation))?;
    Some(match kind.operations.iter().position(|name| *name == operation) {
        Some(0) => get(bucket, kind),
        Some(1) => put(bucket, call, kind),
        _ => Ok(delete(bucket, kind)),
    })
}

fn get(bucket: &Bucket, kind: &Kind) -> Result<Response, Fault> {
    let held = match (bucket.documents.get(kind.query), &kind.absent) {
        (Some(held), _) => held.clone(),
        (None, Absent::Code(code, message)) => return Err(not_found(bucket, code, message)),
        (None, Absent::Document(leaves)) => {
            leaves.iter().fold(Element::new(kind.root), |root, (name, text)| root.text(name, text))
        }
    };
    let mut answer = document(&held.attribute("xmlns", NAMESPACE));
    if kind.query == "lifecycle" {
        let minimum = bucket.lifecycle_minimum.as_deref().unwrap_or("all_storage_classes_128K");
        answer.headers.push((LIFECYCLE_MINIMUM.into(), minimum.to_owned()));
    }
    Ok(answer)
}

fn put(bucket: &mut Bucket, call: &Call<'_>, kind: &Kind) -> Result<Response, Fault> {
    super::upload::check_integrity(call, &call.request.body)?;
    let sent = Element::parse(&call.request.body).filter(|sent| sent.name == kind.root);
    let checked = (kind.check)(sent.ok_or_else(rules::malformed)?, bucket)?;
    bucket.documents.insert(kind.query.to_owned(), checked);
    let mut answer = empty(kind.put);
    if kind.query == "lifecycle" {
        bucket.lifecycle_minimum = call.header(LIFECYCLE_MINIMUM);
        let minimum = bucket.lifecycle_minimum.clone().unwrap_or_else(|| "all_storage_classes_128K".into());
        answer.headers.push((LIFECYCLE_MINIMUM.into(), minimum));
    }
    Ok(answer)
}

fn delete(bucket: &mut Bucket, kind: &Kind) -> Response {
    bucket.documents.remove(kind.query);
    if kind.query == "encryption" {
        // there is no bucket without encryption: taking it away means back to the default
        bucket.documents.insert("encryption".into(), rules::default_encryption());
    }
    empty(204)
}

/// 404 for something that is not configured.
pub(super) fn not_found(bucket: &Bucket, code: &str, message: &str) -> Fault {
    Fault::new(404, code, message).detail("BucketName", &bucket.name)
}
