//! S3's wrappers against a scripted server: what is asked, what is made of the answers, and what is tried again.

use std::collections::BTreeMap;

use super::*;
use crate::cloud::aws::testing::{Reply, Seen, Server, bucket, client, owner, region};
use crate::cloud::policy::PolicyDocument;
use crate::cloud::{ErrorKind, Meter};
use crate::spec::Encryption;

async fn handle(server: &Server, at: &str) -> BucketHandle {
    server.aws().await.bucket(&bucket(), &region(at), &owner()).await.unwrap()
}

async fn settings(server: &Server) -> Result<BucketSettings, CloudError> {
    handle(server, "us-east-1").await.settings().await
}

/// The sub-resource that is read: `cors`.
fn part(seen: &Seen) -> &str {
    seen.call.split('?').nth(1).unwrap_or_default().trim_end_matches('=')
}

#[tokio::test]
async fn a_look_tells_where_the_bucket_is_and_whose() {
    let here = || Some("eu-west-1");
    let elsewhere = || Some("eu-central-1");
    for (status, region, presence) in [
        (200, here(), Presence::Present),
        (200, None, Presence::Present),
        (404, None, Presence::Absent),
        (403, here(), Presence::Forbidden),
        (403, elsewhere(), Presence::Forbidden),
        (301, elsewhere(), Presence::InOtherRegion { region: "eu-central-1".to_owned() }),
        (400, elsewhere(), Presence::InOtherRegion { region: "eu-central-1".to_owned() }),
        (301, None, Presence::Forbidden),
    ] {
        let reply = Reply::new(status, "");
        let reply = region.into_iter().fold(reply, |reply, name| reply.with("x-amz-bucket-region", name));
        let server = Server::always(reply).await;
        let found = handle(&server, "eu-west-1").await.head().await.unwrap();
        assert_eq!(found, presence, "{status} {region:?}");
        let seen = &server.seen()[0];
        assert_eq!(seen.call, "HEAD /ledger-uploads/", "path style, since the endpoint is not S3's own");
        assert_eq!(seen.header("x-amz-expected-bucket-owner"), "111122223333");
        assert!(seen.header("authorization").contains("/eu-west-1/s3/"));
    }
}

#[tokio::test]
async fn a_look_at_a_failing_s3_is_an_error() {
    let server = Server::always(Reply::new(500, "")).await;
    let error = handle(&server, "eu-west-1").await.head().await.unwrap_err();
    assert_eq!((error.kind, error.certainty), (ErrorKind::ServerFailed, Certainty::NotDone));
}

#[tokio::test]
async fn what_is_not_configured_is_none() {
    let server = Server::start(|seen, _| {
        let absent = match part(seen) {
            "publicAccessBlock" => "NoSuchPublicAccessBlockConfiguration",
            "ownershipControls" => "OwnershipControlsNotFoundError",
            "encryption" => "ServerSideEncryptionConfigurationNotFoundError",
            "versioning" => return Reply::new(200, "<VersioningConfiguration/>"),
            "lifecycle" => "NoSuchLifecycleConfiguration",
            "cors" => "NoSuchCORSConfiguration",
            "policy" => "NoSuchBucketPolicy",
            "tagging" => "NoSuchTagSet",
            other => panic!("{other} is not a setting that is managed"),
        };
        Reply::s3(404, absent)
    })
    .await;
    let found = settings(&server).await.unwrap();
    assert!(found.public_access_block.is_none() && found.ownership.is_none() && found.encryption.is_none());
    assert!(found.policy.is_none() && found.lifecycle.is_empty() && found.cors.is_empty());
    assert_eq!((found.versioning, found.tags.len()), (Versioning::Never, 0));
    assert_eq!(server.calls().len(), 8);
    assert!(server.seen().iter().all(|seen| seen.header("x-amz-expected-bucket-owner") == "111122223333"));
}

#[tokio::test]
async fn what_is_configured_is_read() {
    let server = Server::start(|seen, _| Reply::new(200, match part(seen) {
        "publicAccessBlock" => "<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls><BlockPublicPolicy>true</BlockPublicPolicy><RestrictPublicBuckets>false</RestrictPublicBuckets></PublicAccessBlockConfiguration>",
        "ownershipControls" => "<OwnershipControls><Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule></OwnershipControls>",
        "encryption" => "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>aws:kms</SSEAlgorithm><KMSMasterKeyID>abc</KMSMasterKeyID></ApplyServerSideEncryptionByDefault><BlockedEncryptionTypes><EncryptionType>SSE-C</EncryptionType></BlockedEncryptionTypes></Rule></ServerSideEncryptionConfiguration>",
        "versioning" => "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>",
        "lifecycle" => "<LifecycleConfiguration><Rule><ID>trueup</ID><Status>Enabled</Status><Filter><Prefix></Prefix></Filter><Expiration><Days>9</Days></Expiration></Rule></LifecycleConfiguration>",
        "cors" => "<CORSConfiguration><CORSRule><AllowedOrigin>https://app.example</AllowedOrigin><AllowedMethod>PUT</AllowedMethod></CORSRule></CORSConfiguration>",
        "policy" => r#"{"Version":"2012-10-17","Statement":[]}"#,
        _ => "<Tagging><TagSet><Tag><Key>team</Key><Value>ledger</Value></Tag></TagSet></Tagging>",
    }))
    .await;
    let found = settings(&server).await.unwrap();
    assert_eq!(found.public_access_block.unwrap().all(), None, "three of four");
    assert_eq!(found.ownership.as_deref(), Some("BucketOwnerEnforced"));
    let encryption = found.encryption.unwrap();
    assert_eq!(encryption.encryption, Encryption::Kms("abc".to_owned()));
    assert_eq!(encryption.blocked_types, ["SSE-C"]);
    assert_eq!(found.versioning, Versioning::Suspended);
    assert!(found.lifecycle[0].same_meaning(&LifecycleRule::new("trueup", None, None, Some(9))));
    assert_eq!(found.cors[0].origins, ["https://app.example"]);
    assert!(found.policy.unwrap().same_meaning(&PolicyDocument::default()));
    assert_eq!(found.tags, BTreeMap::from([("team".to_owned(), "ledger".to_owned())]));
}

#[tokio::test]
async fn a_policy_that_cannot_be_read_is_not_absent() {
    let server = Server::start(|seen, _| match part(seen) {
        "policy" => Reply::new(200, "{ half"),
        _ => Reply::Hang,
    })
    .await;
    let error = settings(&server).await.unwrap_err();
    assert_eq!((error.operation.as_str(), error.kind), ("s3:GetBucketPolicy", ErrorKind::Malformed));
}

#[tokio::test]
async fn no_right_to_read_a_setting_is_an_error_and_not_an_absence() {
    let server = Server::always(Reply::s3(403, "AccessDenied")).await;
    assert_eq!(settings(&server).await.unwrap_err().kind, ErrorKind::Forbidden);
}

#[tokio::test]
async fn us_east_1_is_never_named_and_other_regions_always() {
    let server = Server::always(Reply::new(200, "")).await;
    for at in ["us-east-1", "eu-west-1"] {
        handle(&server, at).await.create().await.unwrap();
    }
    let bodies: Vec<String> = server.seen().into_iter().map(|seen| seen.body).collect();
    assert!(!bodies[0].contains("LocationConstraint"), "{}", bodies[0]);
    assert!(bodies[1].contains("<LocationConstraint>eu-west-1</LocationConstraint>"), "{}", bodies[1]);
}

#[tokio::test]
async fn a_busy_bucket_is_waited_for_and_given_up_in_the_end() {
    let server = Server::start(|_, before| match before {
        0 => Reply::s3(409, "OperationAborted"),
        1 => Reply::s3(409, "ConditionalRequestConflict"),
        _ => Reply::new(200, ""),
    })
    .await;
    handle(&server, "us-east-1").await.put_versioning(true).await.unwrap();
    assert_eq!(server.calls().len(), 3);

    let busy = Server::always(Reply::s3(409, "OperationAborted")).await;
    let error = handle(&busy, "us-east-1").await.put_versioning(true).await.unwrap_err();
    assert_eq!((error.kind, error.certainty), (ErrorKind::Conflict, Certainty::NotDone));
    assert_eq!(busy.calls().len(), 5, "one try and one after each of four pauses");
}

#[tokio::test]
async fn only_a_bucket_that_this_run_made_is_waited_for() {
    let server = Server::start(|seen, before| match (part(seen), before) {
        ("publicAccessBlock", 2) => Reply::new(200, ""),
        ("publicAccessBlock", _) => Reply::s3(404, "NoSuchBucket"),
        _ => Reply::new(200, ""),
    })
    .await;
    let bucket = handle(&server, "us-east-1").await;
    let put = async || bucket.put_public_access_block(true).await;
    assert!(put().await.unwrap_err().is_not_found());
    assert_eq!(server.calls().len(), 1, "somebody deleted it: waiting brings nothing");
    bucket.create().await.unwrap();
    put().await.unwrap();
    assert_eq!(server.calls().len(), 4);
}

#[tokio::test]
async fn owned_already_is_a_refusal_to_the_first_attempt_and_unknown_to_a_later_one() {
    let create = async |server: &Server| handle(server, "eu-west-1").await.create().await.unwrap_err();
    let taken = Server::always(Reply::s3(409, "BucketAlreadyOwnedByYou")).await;
    assert_eq!(create(&taken).await.certainty, Certainty::NotDone);

    // The first attempt made the bucket, and its answer was a failure.
    let lost = Server::start(|_, before| match before {
        0 => Reply::s3(500, "InternalError"),
        _ => Reply::s3(409, "BucketAlreadyOwnedByYou"),
    })
    .await;
    assert_eq!(create(&lost).await.certainty, Certainty::Unknown);
}

#[tokio::test]
async fn a_write_waits_until_the_one_before_it_on_that_bucket_has_ended() {
    let server = Server::always(Reply::new(200, "")).await;
    let aws = server.aws().await;
    let name = bucket();
    let bucket = aws.bucket(&name, &region("us-east-1"), &owner()).await.unwrap();
    let before = aws.bucket_lock(&name).lock_owned().await;
    let mut write = Box::pin(bucket.delete_policy());
    // Each look is a whole round trip: time enough for a write that does not wait.
    let looks = Box::pin(async {
        for _ in 0..5 {
            bucket.head().await.unwrap();
        }
    });
    let first = futures_util::future::select(&mut write, looks).await;
    assert!(matches!(first, futures_util::future::Either::Right(_)), "the write waits");
    assert_eq!(server.calls(), ["HEAD /ledger-uploads/"; 5]);
    drop(before);
    write.await.unwrap();
    assert_eq!(server.calls()[5], "DELETE /ledger-uploads/?policy");
}

#[tokio::test]
async fn a_bucket_that_is_gone_was_removed() {
    let server = Server::always(Reply::s3(404, "NoSuchBucket")).await;
    handle(&server, "us-east-1").await.delete().await.unwrap();
    let full = Server::always(Reply::s3(409, "BucketNotEmpty")).await;
    let error = handle(&full, "us-east-1").await.delete().await.unwrap_err();
    assert_eq!(error.id.as_deref(), Some("BucketNotEmpty"));
}

#[tokio::test]
async fn the_blocked_kinds_of_encryption_are_carried_over() {
    let server = Server::always(Reply::new(200, "")).await;
    let kms = Encryption::Kms("abc".to_owned());
    let bucket = handle(&server, "us-east-1").await;
    bucket.put_encryption(&kms, &["SSE-C".to_owned()]).await.unwrap();
    bucket.put_encryption(&Encryption::Aes256, &[]).await.unwrap();
    let bodies: Vec<String> = server.seen().into_iter().map(|seen| seen.body).collect();
    assert!(bodies[0].contains("<EncryptionType>SSE-C</EncryptionType>"), "{}", bodies[0]);
    assert!(bodies[0].contains("<KMSMasterKeyID>abc</KMSMasterKeyID>"), "{}", bodies[0]);
    assert!(!bodies[1].contains("BlockedEncryptionTypes"), "{}", bodies[1]);
}

#[tokio::test]
async fn calls_one_after_another_share_a_connection() {
    let server = Server::always(Reply::new(200, "")).await;
    let meter = Meter::default();
    let aws = client(&server.url, &meter).await;
    let bucket = aws.bucket(&bucket(), &region("us-east-1"), &owner()).await.unwrap();
    for _ in 0..5 {
        bucket.head().await.unwrap();
    }
    assert_eq!((meter.aws(), server.connections()), (5, 1));
}
