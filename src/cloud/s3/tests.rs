//! S3's wrappers against a scripted server: what is asked, what is made of the answers, and what is tried again.

#![cfg(test)]

use super::*;
use crate::cloud::aws::testing::{Reply, Server, bucket, client, owner, region};
use crate::cloud::{ErrorKind, Meter};

async fn handle(server: &Server, at: &str) -> BucketHandle {
    server.aws().await.bucket(&bucket(), &region(at), &owner()).await.unwrap()
}

/// Any write.
async fn write(bucket: &BucketHandle) -> Result<(), CloudError> {
    let request = bucket.sdk().delete_bucket_policy().bucket(bucket.name());
    bucket.write("s3:DeleteBucketPolicy", || request.clone().send()).await
}

/// Any read of what may not be set.
async fn read(bucket: &BucketHandle) -> Result<bool, CloudError> {
    let sent = bucket.sdk().get_bucket_cors().bucket(bucket.name()).send();
    Ok(bucket.read_if_set("s3:GetBucketCors", "NoSuchCORSConfiguration", sent).await?.is_some())
}

#[tokio::test]
async fn a_look_tells_where_the_bucket_is_and_whose() {
    let here = || Some("eu-west-1");
    let elsewhere = || Some("eu-central-1");
    for (status, region, presence) in [
        (200, here(), Presence::Present),
        (200, None, Presence::Present),
        (404, None, Presence::Absent),
        (301, elsewhere(), Presence::InOtherRegion { region: "eu-central-1".to_owned() }),
        (400, elsewhere(), Presence::InOtherRegion { region: "eu-central-1".to_owned() }),
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
async fn what_is_not_set_is_an_answer_and_no_right_to_read_it_is_an_error() {
    let set = Server::always(Reply::new(200, "<CORSConfiguration/>")).await;
    assert!(read(&handle(&set, "us-east-1").await).await.unwrap());
    let not_set = Server::always(Reply::s3(404, "NoSuchCORSConfiguration")).await;
    assert!(!read(&handle(&not_set, "us-east-1").await).await.unwrap());
    let forbidden = Server::always(Reply::s3(403, "AccessDenied")).await;
    let error = read(&handle(&forbidden, "us-east-1").await).await.unwrap_err();
    assert_eq!((error.operation.as_str(), error.kind), ("s3:GetBucketCors", ErrorKind::Forbidden));
}

#[tokio::test]
async fn us_east_1_is_never_named_and_other_regions_always() {
    let server = Server::always(Reply::new(200, "")).await;
    for at in ["us-east-1", "eu-west-1"] {
        handle(&server, at).await.create(&BTreeMap::new()).await.unwrap();
    }
    let bodies: Vec<String> = server.seen().into_iter().map(|seen| seen.body).collect();
    assert!(!bodies[0].contains("LocationConstraint"), "{}", bodies[0]);
    assert!(bodies[1].contains("<LocationConstraint>eu-west-1</LocationConstraint>"), "{}", bodies[1]);
}

fn team() -> BTreeMap<String, String> {
    BTreeMap::from([("team".to_owned(), "ledger".to_owned())])
}

#[tokio::test]
async fn a_bucket_is_made_with_its_tags_in_every_region() {
    let server = Server::always(Reply::new(200, "")).await;
    for at in ["us-east-1", "eu-west-1"] {
        handle(&server, at).await.create(&team()).await.unwrap();
    }
    let seen = server.seen();
    assert_eq!(seen.len(), 2);
    for one in seen {
        assert!(one.body.contains("<Tag><Key>team</Key><Value>ledger</Value></Tag>"), "{}", one.body);
    }
}

#[tokio::test]
async fn where_tags_are_refused_the_bucket_is_made_without_and_nothing_else_is_tried_twice() {
    for (status, code) in [(403, "AccessDenied"), (400, "MalformedXML"), (501, "NotImplemented")] {
        let server = Server::start(move |seen, _| {
            if seen.body.contains("<Tag>") { Reply::s3(status, code) } else { Reply::new(200, "") }
        })
        .await;
        handle(&server, "us-east-1").await.create(&team()).await.unwrap();
        assert_eq!(server.calls(), ["PUT /ledger-uploads/"; 2], "{code}");
    }
    for (status, code) in [(409, "BucketAlreadyExists"), (400, "InvalidBucketName"), (400, "InvalidTag")] {
        let server = Server::always(Reply::s3(status, code)).await;
        let error = handle(&server, "us-east-1").await.create(&team()).await.unwrap_err();
        assert_eq!((error.id.as_deref(), server.calls().len()), (Some(code), 1));
    }
}

#[tokio::test]
async fn a_busy_bucket_is_waited_for_and_given_up_in_the_end() {
    let server = Server::start(|_, before| match before {
        0 => Reply::s3(409, "OperationAborted"),
        1 => Reply::s3(409, "ConditionalRequestConflict"),
        _ => Reply::new(200, ""),
    })
    .await;
    write(&handle(&server, "us-east-1").await).await.unwrap();
    assert_eq!(server.calls().len(), 3);

    let busy = Server::always(Reply::s3(409, "OperationAborted")).await;
    let error = write(&handle(&busy, "us-east-1").await).await.unwrap_err();
    assert_eq!((error.kind, error.certainty), (ErrorKind::Conflict, Certainty::NotDone));
    assert_eq!(busy.calls().len(), 5, "one try and one after each of four pauses");
}

#[tokio::test]
async fn only_a_bucket_that_this_run_made_is_waited_for() {
    let server = Server::start(|seen, before| match (seen.call.as_str(), before) {
        ("DELETE /ledger-uploads/?policy", 0 | 1) => Reply::s3(404, "NoSuchBucket"),
        _ => Reply::new(200, ""),
    })
    .await;
    let bucket = handle(&server, "us-east-1").await;
    assert!(write(&bucket).await.unwrap_err().is_not_found());
    assert_eq!(server.calls().len(), 1, "somebody deleted it: waiting brings nothing");
    bucket.create(&BTreeMap::new()).await.unwrap();
    write(&bucket).await.unwrap();
    assert_eq!(server.calls().len(), 4);
}

#[tokio::test]
async fn owned_already_is_a_refusal_to_the_first_attempt_and_unknown_to_a_later_one() {
    let create =
        async |server: &Server| handle(server, "eu-west-1").await.create(&BTreeMap::new()).await.unwrap_err();
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
    let mut write = Box::pin(self::write(&bucket));
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
