//! Every way in which the embedded cloud can be made to fail, seen from the bytes on the connection: what was
//! answered, and whether the call was carried out.

use std::time::Duration;

use crate::heroku_client::{Heroku, VERSION};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use trueup::sandbox::{Fault, FaultKind};

const PATCH: &str = "PATCH /apps/shop/config-vars";

/// What came back on a connection until it was closed.
#[derive(Debug)]
struct Bytes {
    head: String,
    body: Vec<u8>,
}

impl Bytes {
    fn status(&self) -> u16 {
        self.head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default()
    }

    fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.into_iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    fn length(&self) -> usize {
        self.header("content-length").and_then(|length| length.parse().ok()).expect("a content-length")
    }

    fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }
}

/// Sends `A=1` for the app `shop` and leaves the connection open.
async fn begin(heroku: &Heroku) -> TcpStream {
    let mut stream = TcpStream::connect(heroku.sandbox.address()).await.expect("it listens");
    let body = r#"{"A":"1"}"#;
    let request = format!(
        "{PATCH} HTTP/1.1\r\nhost: sandbox\r\nauthorization: Bearer owner-token\r\naccept: {VERSION}\r\n\
         connection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.expect("it reads");
    stream
}

/// All that comes until the connection is closed; `None` when nothing came at all.
async fn end(mut stream: TcpStream) -> Option<Bytes> {
    let mut bytes = Vec::new();
    // A connection that is reset has given what it gave.
    let _ = stream.read_to_end(&mut bytes).await;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n")?;
    Some(Bytes { head: head.to_owned(), body: body.as_bytes().to_vec() })
}

/// A cloud with an app `shop`, whose next change of vars fails in this way.
async fn failing(kind: FaultKind) -> Heroku {
    let heroku = Heroku::with_shop().await;
    heroku.sandbox.set_faults(vec![fault(json!({ "operation": "PATCH config-vars", "kind": kind }))]);
    heroku
}

fn fault(text: Value) -> Fault {
    serde_json::from_value(text).expect("a fault")
}

/// What a fault makes of the call, and the vars after it.
async fn strike(kind: FaultKind) -> (Option<Bytes>, Value) {
    let heroku = failing(kind).await;
    let bytes = end(begin(&heroku).await).await;
    (bytes, heroku.get("/apps/shop/config-vars").await.done())
}

fn untouched() -> Value {
    json!({})
}

fn changed() -> Value {
    json!({ "A": "1" })
}

#[tokio::test]
async fn close_before_gives_nothing_and_does_nothing() {
    let (bytes, vars) = strike(FaultKind::CloseBefore).await;
    assert!(bytes.is_none(), "{bytes:?}");
    assert_eq!(vars, untouched());
}

#[tokio::test]
async fn close_after_gives_nothing_and_is_done() {
    let (bytes, vars) = strike(FaultKind::CloseAfter).await;
    assert!(bytes.is_none(), "{bytes:?}");
    assert_eq!(vars, changed());
}

#[tokio::test]
async fn error_before_and_error_after_look_the_same() {
    let (before, vars) = strike(FaultKind::ErrorBefore).await;
    assert_eq!(vars, untouched());
    let (after, vars) = strike(FaultKind::ErrorAfter).await;
    assert_eq!(vars, changed());
    for bytes in [before.unwrap(), after.unwrap()] {
        assert_eq!(bytes.status(), 500);
        assert_eq!(bytes.json().unwrap()["id"], "server_error");
    }
}

#[tokio::test]
async fn bad_gateway_is_a_page_of_a_proxy() {
    let (bytes, vars) = strike(FaultKind::BadGateway).await;
    let bytes = bytes.unwrap();
    assert_eq!((bytes.status(), bytes.header("content-type")), (502, Some("text/html")));
    assert!(bytes.json().is_none() && bytes.length() == bytes.body.len());
    assert_eq!(vars, untouched());
}

#[tokio::test]
async fn unavailable_is_503_in_herokus_words() {
    let (bytes, vars) = strike(FaultKind::Unavailable).await;
    let bytes = bytes.unwrap();
    assert_eq!((bytes.status(), &bytes.json().unwrap()["id"]), (503, &json!("service_unavailable")));
    assert_eq!(vars, untouched());
}

#[tokio::test]
async fn rate_limit_says_when_to_come_back_or_does_not() {
    for (retry_after, expected) in [(Some(7), Some("7")), (None, None)] {
        let (bytes, vars) = strike(FaultKind::RateLimit { retry_after }).await;
        let bytes = bytes.unwrap();
        assert_eq!((bytes.status(), bytes.header("retry-after")), (429, expected));
        assert_eq!(bytes.json().unwrap()["id"], "rate_limit");
        assert_eq!(vars, untouched());
    }
}

#[tokio::test]
async fn hang_does_nothing_yet_and_hang_after_has_done_it() {
    for (kind, expected) in [
        (FaultKind::Hang { seconds: 3600 }, untouched()),
        (FaultKind::HangAfter { seconds: 3600 }, changed()),
    ] {
        let heroku = failing(kind).await;
        let stream = begin(&heroku).await;
        let answered = tokio::time::timeout(Duration::from_millis(200), end(stream)).await;
        assert!(answered.is_err(), "{answered:?}");
        assert_eq!(heroku.get("/apps/shop/config-vars").await.done(), expected);
    }
}

#[tokio::test]
async fn a_hang_ends_in_the_usual_answer() {
    for kind in [FaultKind::Hang { seconds: 0 }, FaultKind::HangAfter { seconds: 0 }] {
        let (bytes, vars) = strike(kind).await;
        assert_eq!(bytes.unwrap().json().unwrap(), changed());
        assert_eq!(vars, changed());
    }
}

#[tokio::test]
async fn malformed_is_done_and_whole_but_no_json() {
    let (bytes, vars) = strike(FaultKind::Malformed).await;
    let bytes = bytes.unwrap();
    assert_eq!((bytes.status(), bytes.length()), (200, bytes.body.len()));
    assert!(bytes.json().is_none(), "{bytes:?}");
    assert_eq!(vars, changed());
}

#[tokio::test]
async fn truncated_is_done_and_promises_more_than_it_sends() {
    let (bytes, vars) = strike(FaultKind::Truncated).await;
    let bytes = bytes.unwrap();
    assert_eq!(bytes.status(), 200);
    assert!(bytes.length() > bytes.body.len() && !bytes.body.is_empty(), "{bytes:?}");
    assert_eq!(vars, changed());
}

#[tokio::test]
async fn refuse_says_what_the_test_says() {
    let kind =
        FaultKind::Refuse { status: 403, id: "two_factor".to_owned(), message: "code, please".to_owned() };
    let (bytes, vars) = strike(kind).await;
    let bytes = bytes.unwrap();
    let expected = json!({ "id": "two_factor", "message": "code, please" });
    assert_eq!((bytes.status(), bytes.json()), (403, Some(expected)));
    assert_eq!(vars, untouched());
}

#[tokio::test]
async fn a_client_that_goes_away_does_not_undo_its_call() {
    let heroku = Heroku::with_shop().await;
    heroku.sandbox.set_latency(Duration::from_millis(100));
    heroku.sandbox.forget_calls();
    drop(begin(&heroku).await);
    while heroku.sandbox.calls().is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(heroku.get("/apps/shop/config-vars").await.done(), changed());
}

#[tokio::test]
async fn a_fault_strikes_the_calls_that_it_names_as_often_as_it_says() {
    let heroku = Heroku::with_shop().await;
    heroku.sandbox.set_faults(vec![
        fault(json!({ "service": "heroku", "path": "/apps/*/formation", "times": 2, "kind": "unavailable" })),
        fault(json!({ "service": "s3", "times": 9, "kind": "close-before" })),
        fault(json!({ "mutating": true, "skip": 1, "kind": "error-before" })),
    ]);
    heroku.sandbox.forget_calls();
    for _ in 0..3 {
        heroku.get("/apps/shop/formation").await;
        heroku.get("/apps/shop").await;
        heroku.send(PATCH, json!({ "A": "1" })).await;
    }
    let calls = heroku.sandbox.calls();
    let statuses = |operation: &str| -> Vec<u16> {
        calls.iter().filter(|call| call.operation == operation).map(|call| call.status).collect()
    };
    assert_eq!(statuses("GET formation"), [503, 503, 200]);
    assert_eq!(statuses("GET apps"), [200, 200, 200]);
    assert_eq!(statuses("PATCH config-vars"), [200, 500, 200]);
}

#[tokio::test]
async fn calls_faults_and_knobs_can_be_turned_over_http() {
    let heroku = Heroku::with_shop().await;
    heroku.ask("DELETE /_sandbox/calls", &[], None).await.done();
    heroku.send("PUT /_sandbox/faults", json!([{ "method": "GET", "kind": "error-before" }])).await.done();
    heroku.get("/apps").await.refused(500, "server_error");
    heroku.send("PUT /_sandbox/knobs", json!({ "page_size": 1 })).await.done();
    heroku.send("POST /apps", json!({ "name": "desk" })).await.done();
    assert_eq!(heroku.get("/apps").await.status, 206);
    let calls = heroku.get("/_sandbox/calls").await.done();
    let seen = |call: &Value| format!("{} {}", call["operation"].as_str().unwrap(), call["status"]);
    let seen: Vec<String> = calls.as_array().unwrap().iter().map(seen).collect();
    assert_eq!(seen, ["GET apps 500", "POST apps 201", "GET apps 206"]);
    heroku
        .send("PUT /_sandbox/faults", json!([{ "kind": "no-such-kind" }]))
        .await
        .refused(422, "invalid_params");
    heroku.get("/_sandbox/nothing").await.refused(404, "not_found");
}
