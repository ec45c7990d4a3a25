//! Conditional puts, bounded reads and exact deletes against a scripted server.

#![cfg(test)]

use time::macros::datetime;

use super::*;
use crate::cloud::ErrorKind;
use crate::cloud::aws::testing::{Reply, Server, bucket, owner, region};

const KEY: &str = ".trueup/lock";

fn stamp(version: Option<&str>) -> Stamp {
    Stamp { etag: "\"e1\"".to_owned(), version: version.map(str::to_owned) }
}

async fn handle(server: &Server) -> BucketHandle {
    server.aws().await.bucket(&bucket(), &region("us-east-1"), &owner()).await.unwrap()
}

fn object(body: &str) -> Reply {
    Reply::new(200, body)
        .with("etag", "\"e1\"")
        .with("last-modified", "Mon, 23 Nov 2026 08:00:00 GMT")
        .with("date", "Mon, 23 Nov 2026 08:01:30 GMT")
}

#[tokio::test]
async fn a_put_says_its_condition_and_whose_the_bucket_must_be() {
    let server = Server::always(Reply::new(200, "").with("etag", "\"e2\"")).await;
    let bucket = handle(&server).await;
    let first = bucket.put_object_if(KEY, b"{}", Condition::Absent).await.unwrap();
    assert_eq!(first, Put::Written(Stamp { etag: "\"e2\"".to_owned(), version: None }));
    bucket.put_object_if(KEY, b"{}", Condition::Still(&stamp(None))).await.unwrap();
    let [new, over] = &server.seen()[..] else { panic!("two puts") };
    assert_eq!((new.header("if-none-match"), new.header("if-match")), ("*", ""));
    assert_eq!((over.header("if-none-match"), over.header("if-match")), ("", "\"e1\""));
    assert_eq!(new.header("x-amz-expected-bucket-owner"), "111122223333");
    assert_eq!(new.body, "{}");
}

#[tokio::test]
async fn a_condition_that_does_not_hold_is_an_answer_and_not_an_error() {
    for (status, code) in [(412, "PreconditionFailed"), (404, "NoSuchKey")] {
        let server = Server::always(Reply::s3(status, code)).await;
        let put = handle(&server).await.put_object_if(KEY, b"{}", Condition::Still(&stamp(None))).await;
        assert_eq!(put.unwrap(), Put::Refused, "{code}");
        assert!(!handle(&server).await.delete_object(KEY, &stamp(None)).await.unwrap(), "{code}");
    }
}

#[tokio::test]
async fn a_race_is_tried_again_and_other_refusals_are_not() {
    let server = Server::start(|_, before| match before {
        0 => Reply::s3(409, "ConditionalRequestConflict"),
        _ => Reply::s3(412, "PreconditionFailed"),
    })
    .await;
    let put = handle(&server).await.put_object_if(KEY, b"{}", Condition::Absent).await;
    assert_eq!((put.unwrap(), server.calls().len()), (Put::Refused, 2));
    let server = Server::always(Reply::s3(403, "AccessDenied")).await;
    let error = handle(&server).await.put_object_if(KEY, b"{}", Condition::Absent).await.unwrap_err();
    assert_eq!((error.kind, server.calls().len()), (ErrorKind::Forbidden, 1));
}

#[tokio::test]
async fn a_read_brings_the_services_clock_and_its_version() {
    let server = Server::always(object("held").with("x-amz-version-id", "v1")).await;
    let found = handle(&server).await.get_object(KEY).await.unwrap().unwrap();
    assert_eq!(found.body.as_deref(), Some(&b"held"[..]));
    assert_eq!(found.stamp, stamp(Some("v1")));
    assert_eq!(found.modified, datetime!(2026-11-23 08:00 UTC));
    assert_eq!(found.answered, Some(datetime!(2026-11-23 08:01:30 UTC)));
    assert_eq!(server.seen()[0].header("x-amz-expected-bucket-owner"), "111122223333");
}

#[tokio::test]
async fn what_is_not_there_is_none_and_what_is_too_long_has_no_body() {
    let server = Server::always(Reply::s3(404, "NoSuchKey")).await;
    assert_eq!(handle(&server).await.get_object(KEY).await.unwrap(), None);
    let server = Server::always(object(&"x".repeat(LONGEST_BODY + 1))).await;
    assert_eq!(handle(&server).await.get_object(KEY).await.unwrap().unwrap().body, None);
    let server = Server::always(object(&"x".repeat(LONGEST_BODY))).await;
    let body = handle(&server).await.get_object(KEY).await.unwrap().unwrap().body;
    assert_eq!(body.map(|body| body.len()), Some(LONGEST_BODY));
    let server = Server::always(Reply::s3(404, "NoSuchBucket")).await;
    assert!(handle(&server).await.get_object(KEY).await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn a_version_is_deleted_by_its_id_and_anything_else_by_its_tag() {
    let server = Server::always(Reply::new(204, "")).await;
    let bucket = handle(&server).await;
    assert!(bucket.delete_object(KEY, &stamp(Some("v1"))).await.unwrap());
    assert!(bucket.delete_object(KEY, &stamp(None)).await.unwrap());
    let [version, plain] = &server.seen()[..] else { panic!("two deletes") };
    assert!(version.call.contains("versionId=v1"), "{}", version.call);
    assert_eq!(version.header("if-match"), "");
    assert!(!plain.call.contains("versionId"), "{}", plain.call);
    assert_eq!(plain.header("if-match"), "\"e1\"");
}
