//! The objects of a clone as its users meet them: large ones, those that change on the way, copies that S3 refuses only
//! after it has said yes, and runs that were cut off.

use std::process::{Command, Stdio};

use serde_json::{Value, json};
use trueup::sandbox::{Call, Knobs, ROOT_KEY, ROOT_SECRET, Sandbox};

use crate::common::{cloud_and, fault, refusal};
use crate::object_store;
use crate::support::{Cloud, LEDGER, Project, quick};

const SOURCE: &str = "ledger-production-uploads";
const COPY: &str = "ledger-review-7-uploads";
const CLONE: [&str; 5] = ["clone", "production", "review-7", "--objects", "--yes"];
/// More than one call copies.
const SIX_GIB: u64 = 6 << 30;

/// The reference environment, applied, with these objects in its bucket: their keys and what is stored of each.
fn holding(objects: &Value, knobs: Knobs) -> (Cloud, Project) {
    let (cloud, project) = cloud_and(LEDGER);
    project.run(&["apply", "--yes"]).exits(0);
    let mut state = cloud.sandbox().state().unwrap();
    state["aws"]["buckets"][SOURCE]["objects"] = objects.clone();
    let cloud = Cloud::serving(|| Sandbox::start_from(state, knobs));
    let project = Project::with(LEDGER).at(cloud.sandbox());
    (cloud, project)
}

/// An object of zeros, of which none are kept.
fn zeros(size: u64, more: &Value) -> Value {
    let mut whole = json!({
        "id": "v1", "modified": "2026-01-01T00:00:00Z", "deleted": false, "etag": format!("\"{size}\""),
        "headers": {}, "body": "", "hole": size
    });
    whole.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!([whole])
}

fn s3(cloud: &Cloud) -> aws_sdk_s3::Client {
    object_store::client(&cloud.sandbox().url(), ROOT_KEY, ROOT_SECRET)
}

fn put(cloud: &Cloud, key: &str, text: &'static str) {
    let put = s3(cloud).put_object().bucket(SOURCE).key(key).body(text.as_bytes().to_vec().into());
    cloud.block_on(put.send()).unwrap();
}

/// The calls of an operation so far.
fn calls(cloud: &Cloud, operation: &str) -> Vec<Call> {
    let calls = cloud.sandbox().calls().into_iter();
    calls.filter(|call| call.operation == operation).collect()
}

fn copied(cloud: &Cloud, key: &str) -> String {
    let get = s3(cloud).get_object().bucket(COPY).key(key);
    let body = cloud.block_on(async { get.send().await.unwrap().body.collect().await.unwrap() });
    String::from_utf8(body.into_bytes().to_vec()).unwrap()
}

/// Runs the clone, and does something while one of its calls is held.
fn while_held(cloud: &Cloud, project: &Project, fault: &Value, act: impl FnOnce()) -> i32 {
    cloud.sandbox().set_faults(vec![serde_json::from_value(fault.clone()).unwrap()]);
    let mut command = tokio::process::Command::from(project.command(&CLONE));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    let mut child = cloud.block_on(async { command.spawn() }).unwrap();
    cloud.wait_for_held();
    act();
    cloud.sandbox().release(true);
    cloud.block_on(child.wait()).unwrap().code().unwrap_or(-1)
}

#[test]
fn what_is_archived_is_told_and_everything_else_is_copied() {
    let (cloud, project) = holding(&json!({}), quick());
    for key in ["archive/1", "archive/2", "one", "two"] {
        put(&cloud, key, "body");
    }
    let refuse = json!({ "refuse": { "status": 403, "id": "InvalidObjectState", "message": "Operation is not valid for the source object's storage class" } });
    let fault = json!({ "operation": "CopyObject", "path": format!("/{COPY}/archive/*"), "times": 100, "kind": refuse });
    cloud.sandbox().set_faults(vec![serde_json::from_value(fault).unwrap()]);
    let ran = project.run(&CLONE).exits(1);
    assert!(
        ran.stderr.contains("2 objects are, `archive/1` the first of them, archived in Glacier"),
        "{}",
        ran.stderr
    );
    assert!(!ran.stderr.contains("trueup policy"), "{}", ran.stderr);
    assert_eq!((copied(&cloud, "one"), copied(&cloud, "two")), ("body".to_owned(), "body".to_owned()));
    cloud.sandbox().set_faults(Vec::new());
    project.run(&CLONE).exits(0);
    assert_eq!(copied(&cloud, "archive/2"), "body");
}

/// A list in XML cannot write every key: S3 writes them encoded to whoever asks for that.
#[test]
fn every_key_that_s3_takes_is_copied_and_can_be_emptied_away() {
    let (cloud, project) = holding(&json!({}), quick());
    let long = "k".repeat(1024);
    let keys = [
        "a+b c.txt",
        "/leading",
        "//double//slash",
        "folder/",
        "a%2Fb%20c",
        "q?x=1&y=2#z",
        "<lt>&amp;\"'",
        "new\nline\r\ttab",
        "control\u{1}\u{1f}",
        "ünï/cödé 日本 😀",
        " both ends ",
        &long,
    ];
    for key in keys {
        put(&cloud, key, "body");
    }
    project.run(&[&CLONE[..], &["--ttl", "1d"]].concat()).exits(0);
    for key in keys {
        assert_eq!(copied(&cloud, key), "body", "{key:?}");
    }
    let destroy = ["destroy", "review-7", "--yes", "--confirm", "ledger-review-7", "--no-backup"];
    project.run(&[&destroy[..], &["--empty-buckets"]].concat()).exits(0);
    let state = cloud.sandbox().state().unwrap();
    assert!(state["aws"]["buckets"][COPY].is_null());
    assert_eq!(state["aws"]["buckets"][SOURCE]["objects"].as_object().unwrap().len(), keys.len());
}

#[test]
fn what_is_too_large_for_one_call_is_copied_in_parts_with_all_that_it_has() {
    let more = json!({
        "headers": {
            "content-type": "video/mp4", "cache-control": "max-age=60", "content-disposition": "inline",
            "content-encoding": "gzip", "content-language": "de", "x-amz-meta-owner": "ledger"
        },
        "tags": { "kind": "film + sound = one", "team": "ledger" }
    });
    let (cloud, project) = holding(&json!({ "film.mp4": zeros(SIX_GIB, &more) }), quick());
    project.run(&CLONE).exits(0).shows(&["copies 1 object, 6.4 GB within S3"]);
    let head = cloud.block_on(s3(&cloud).head_object().bucket(COPY).key("film.mp4").send()).unwrap();
    assert_eq!(head.content_length(), i64::try_from(SIX_GIB).ok());
    assert_eq!(head.e_tag().map(|etag| etag.ends_with("-6\"")), Some(true), "six parts of 1 GiB");
    assert_eq!(head.content_type(), Some("video/mp4"));
    assert_eq!(head.cache_control(), Some("max-age=60"));
    assert_eq!(head.content_disposition(), Some("inline"));
    assert_eq!(head.content_encoding(), Some("gzip"));
    assert_eq!(head.content_language(), Some("de"));
    assert_eq!(head.metadata().unwrap()["owner"], "ledger");
    let tags = s3(&cloud).get_object_tagging().bucket(COPY).key("film.mp4");
    let tags = cloud.block_on(tags.send()).unwrap();
    let tags: Vec<(&str, &str)> = tags.tag_set().iter().map(|tag| (tag.key(), tag.value())).collect();
    assert_eq!(tags, [("kind", "film + sound = one"), ("team", "ledger")]);
    assert!(calls(&cloud, "CopyObject").is_empty(), "S3 would have refused it");
    // Its entity tag is another one now, and that does not make it another object.
    project.run(&CLONE).exits(0);
    assert_eq!(calls(&cloud, "UploadPartCopy").len(), 6);
}

#[test]
fn a_copy_in_parts_that_breaks_off_leaves_no_parts_and_is_made_whole_by_the_next_run() {
    let (cloud, project) = holding(&json!({ "film.mp4": zeros(SIX_GIB, &json!({})) }), quick());
    for (operation, skip) in [("UploadPartCopy", 3), ("CompleteMultipartUpload", 0)] {
        let mut refused = refusal(1, operation, (403, "AccessDenied", "Access Denied"));
        refused.skip = skip;
        cloud.sandbox().set_faults(vec![refused]);
        project.run(&CLONE).exits(1).tells(&[&format!("`s3:{operation}` failed"), "Access Denied"]);
        let left = cloud.block_on(s3(&cloud).list_multipart_uploads().bucket(COPY).send()).unwrap();
        assert!(left.uploads().is_empty(), "parts cost money, and nobody sees them");
    }
    project.run(&CLONE).exits(0);
    let head = cloud.block_on(s3(&cloud).head_object().bucket(COPY).key("film.mp4").send()).unwrap();
    assert_eq!(head.content_length(), i64::try_from(SIX_GIB).ok());
}

#[test]
fn a_copy_in_parts_ends_soon_when_it_is_asked_to_and_leaves_no_parts() {
    let (cloud, project) = holding(&json!({ "film.mp4": zeros(2 * SIX_GIB, &json!({})) }), quick());
    let held = r#"{ "operation": "UploadPartCopy", "times": 4, "kind": "hold-before" }"#;
    cloud.sandbox().set_faults(vec![fault(held)]);
    let mut child = project.command(&CLONE).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    cloud.wait_for_held();
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    // The signal is heard before the next part is begun.
    while cloud.sandbox().calls().iter().all(|call| call.operation != "AbortMultipartUpload") {
        cloud.sandbox().release(true);
        assert!(calls(&cloud, "UploadPartCopy").len() < 12, "it goes on");
        std::thread::yield_now();
    }
    assert_ne!(child.wait().unwrap().code(), Some(0));
    let left = cloud.block_on(s3(&cloud).list_multipart_uploads().bucket(COPY).send()).unwrap();
    assert!(left.uploads().is_empty());
    project.run(&CLONE).exits(0);
}

#[test]
fn an_object_that_fails_leaves_no_parts_of_another() {
    let objects = json!({ "film.mp4": zeros(SIX_GIB, &json!({})), "note": zeros(3, &json!({})) });
    let (cloud, project) = holding(&objects, quick());
    let held = r#"{ "operation": "CreateMultipartUpload", "kind": "hold-after" }"#;
    let denied = refusal(1, "CopyObject", (403, "AccessDenied", "Access Denied"));
    cloud.sandbox().set_faults(vec![fault(held), denied]);
    let mut child = project.command(&CLONE).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    cloud.wait_for_held();
    // The upload is begun, and its answer on the way, when the other one fails.
    while calls(&cloud, "CopyObject").is_empty() {
        std::thread::yield_now();
    }
    cloud.sandbox().release(true);
    assert_eq!(child.wait().unwrap().code(), Some(1));
    cloud.block_on(cloud.sandbox().wait_until_idle());
    let left = cloud.block_on(s3(&cloud).list_multipart_uploads().bucket(COPY).send()).unwrap();
    assert!(left.uploads().is_empty());
}

#[test]
fn a_failure_that_s3_tells_under_a_good_status_is_one() {
    let objects = json!({ "film.mp4": zeros(SIX_GIB, &json!({})), "note": zeros(3, &json!({})) });
    for (operation, key) in [("CopyObject", "note"), ("CompleteMultipartUpload", "film.mp4")] {
        let (cloud, project) = holding(&objects, quick());
        let message = "We encountered an internal error. Please try again.";
        cloud.sandbox().set_faults(vec![refusal(1, operation, (200, "InternalError", message))]);
        project.run(&CLONE).exits(0);
        assert!(cloud.block_on(s3(&cloud).head_object().bucket(COPY).key(key).send()).is_ok(), "{operation}");

        let (cloud, project) = holding(&objects, quick());
        cloud.sandbox().set_faults(vec![refusal(99, operation, (200, "AccessDenied", "Access Denied"))]);
        project.run(&CLONE).exits(1).tells(&[&format!("`s3:{operation}` failed"), "Access Denied"]);
        assert!(cloud.block_on(s3(&cloud).head_object().bucket(COPY).key(key).send()).is_err());
    }
}

#[test]
fn an_object_that_changes_on_the_way_is_copied_as_it_is_then_and_never_in_two_halves() {
    for (object, operation) in
        [(zeros(SIX_GIB, &json!({})), "UploadPartCopy"), (zeros(3, &json!({})), "CopyObject")]
    {
        let (cloud, project) = holding(&json!({ "report": object }), quick());
        let held = json!({ "operation": operation, "skip": 0, "kind": "hold-before" });
        let code = while_held(&cloud, &project, &held, || put(&cloud, "report", "the new one"));
        assert_eq!(code, 0);
        assert_eq!(copied(&cloud, "report"), "the new one");
        let refused = calls(&cloud, operation).into_iter().filter(|call| call.status == 412).count();
        assert!(refused > 0, "S3 was told which one is meant");
    }
}

#[test]
fn an_object_that_goes_on_the_way_is_not_missed() {
    let objects = json!({ "one": zeros(1, &json!({})), "two": zeros(2, &json!({})) });
    let (cloud, project) = holding(&objects, quick());
    let held = json!({ "operation": "CopyObject", "path": "*/two", "kind": "hold-before" });
    let remove = || {
        let delete = s3(&cloud).delete_object().bucket(SOURCE).key("two");
        cloud.block_on(delete.send()).unwrap();
    };
    assert_eq!(while_held(&cloud, &project, &held, remove), 0);
    let listed = cloud.block_on(s3(&cloud).list_objects_v2().bucket(COPY).send()).unwrap();
    assert_eq!(listed.contents().iter().map(|one| one.key().unwrap()).collect::<Vec<_>>(), ["one"]);
}

#[test]
fn both_sides_are_compared_at_the_end_so_that_what_was_lost_meanwhile_is_copied_again() {
    let objects = json!({ "one": zeros(1, &json!({})), "two": zeros(2, &json!({})) });
    let (cloud, project) = holding(&objects, quick());
    let held = json!({ "operation": "CopyObject", "path": "*/two", "kind": "hold-after" });
    let lose = || {
        let delete = s3(&cloud).delete_object().bucket(COPY).key("two");
        cloud.block_on(delete.send()).unwrap();
    };
    assert_eq!(while_held(&cloud, &project, &held, lose), 0);
    let found = cloud.block_on(s3(&cloud).head_object().bucket(COPY).key("two").send()).unwrap();
    assert_eq!(found.content_length(), Some(2));
    assert_eq!(calls(&cloud, "CopyObject").len(), 3, "one of them twice");
}

#[test]
fn a_run_that_was_cut_off_goes_on_with_what_is_missing_whatever_the_number_of_pages() {
    let (cloud, project) = holding(&json!({}), Knobs { page_size: 2, ..quick() });
    for key in ["photo-1", "photo-2", "photo-3", "photo-4", "photo-5", "photo-6", "photo-7"] {
        put(&cloud, key, "a photo");
    }
    let mut refused = refusal(99, "CopyObject", (403, "AccessDenied", "Access Denied"));
    refused.skip = 4;
    cloud.sandbox().set_faults(vec![refused]);
    project.run(&CLONE).exits(1);
    cloud.sandbox().set_faults(Vec::new());
    cloud.block_on(cloud.sandbox().wait_until_idle());
    let there = || {
        let state = cloud.sandbox().state().unwrap();
        state["aws"]["buckets"][COPY]["objects"].as_object().unwrap().len()
    };
    let before = there();
    assert!(before < 7, "three were refused");
    cloud.sandbox().forget_calls();
    project.run(&CLONE).exits(0);
    assert_eq!((calls(&cloud, "CopyObject").len(), there()), (7 - before, 7));
}
