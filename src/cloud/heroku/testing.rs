//! Small servers on loopback for this room's tests: one that answers calls and remembers them, one that breaks.
//!
//! What must not live here: tests, and anything of the embedded cloud, which must not be wrong in the same way.

#![cfg(test)]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, Response};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use url::Url;

use super::transport::Timing;
use super::{Heroku, HerokuSettings};
use crate::cloud::retry::RetryPolicy;
use crate::cloud::{Meter, Pace};

/// The token that every test client sends.
pub(super) const TOKEN: &str = "HRKU-canary-0123456789";

/// A call as a server got it.
#[derive(Clone)]
pub(super) struct Seen {
    /// `GET /apps/ledger`
    pub(super) call: String,
    pub(super) headers: HeaderMap,
    /// `Null` without a body.
    pub(super) body: Value,
}

impl Seen {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// What a server answers.
#[derive(Clone)]
pub(super) struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl Reply {
    pub(super) fn new(status: u16, body: impl Into<String>) -> Self {
        Self { status, headers: Vec::new(), body: body.into() }
    }

    /// 200 with JSON.
    #[expect(clippy::needless_pass_by_value, reason = "takes what `json!` gives")]
    pub(super) fn json(body: Value) -> Self {
        Self::new(200, body.to_string())
    }

    /// An error as Heroku writes it.
    pub(super) fn error(status: u16, id: &str, message: &str) -> Self {
        Self::new(status, serde_json::json!({ "id": id, "message": message }).to_string())
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// A server that answers each call by a function of the call and of how many came before it.
pub(super) struct Server {
    pub(super) url: Url,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    pub(super) async fn start(answer: impl Fn(&Seen, usize) -> Reply + Send + Sync + 'static) -> Self {
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let (answer, log) = (Arc::new(answer), Arc::clone(&seen));
        let router = axum::Router::new().fallback(move |request: Request<Body>| {
            let (answer, log) = (Arc::clone(&answer), Arc::clone(&log));
            async move {
                let seen = read(request).await;
                let before = log.lock().unwrap().len();
                let reply = answer(&seen, before);
                log.lock().unwrap().push(seen);
                response(reply)
            }
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = url_of(&listener);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, seen }
    }

    /// A server that gives the same answer to every call.
    pub(super) async fn always(reply: Reply) -> Self {
        Self::start(move |_, _| reply.clone()).await
    }

    /// A client of this server that is in no mood to wait.
    pub(super) fn heroku(&self) -> Heroku {
        heroku(&self.url, Meter::default())
    }

    pub(super) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// The calls in order: `GET /apps/ledger`.
    pub(super) fn calls(&self) -> Vec<String> {
        self.seen().into_iter().map(|seen| seen.call).collect()
    }

    /// The only call.
    pub(super) fn only(&self) -> Seen {
        let mut seen = self.seen();
        assert_eq!(seen.len(), 1, "one call");
        seen.remove(0)
    }
}

async fn read(request: Request<Body>) -> Seen {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    Seen {
        call: format!("{} {}", head.method, head.uri),
        headers: head.headers,
        body: serde_json::from_slice(&body).unwrap_or(Value::Null),
    }
}

fn response(reply: Reply) -> Response<Body> {
    let builder = Response::builder().status(reply.status);
    let builder =
        reply.headers.into_iter().fold(builder, |builder, (name, value)| builder.header(name, value));
    builder.body(Body::from(reply.body)).unwrap()
}

fn url_of(listener: &TcpListener) -> Url {
    Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap()
}

/// A server that writes these bytes to each connection in turn, the last ones from then on, and closes it.
pub(super) async fn raw(answers: &'static [&'static str]) -> (Url, Arc<Mutex<usize>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = url_of(&listener);
    let connections: Arc<Mutex<usize>> = Arc::default();
    let count = Arc::clone(&connections);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let answer = {
                let mut count = count.lock().unwrap();
                *count += 1;
                answers[(*count).min(answers.len()) - 1]
            };
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(answer.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    });
    (url, connections)
}

/// An address where nobody listens.
pub(super) async fn nobody() -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    url_of(&listener)
}

pub(super) fn settings(url: &Url) -> HerokuSettings {
    HerokuSettings::at(url, TOKEN)
}

/// Pauses of a millisecond or so; the counts of the real policy.
pub(super) fn impatient() -> Timing {
    let retry = RetryPolicy {
        base: Duration::from_millis(1),
        rate_limited_base: Duration::from_millis(1),
        ..RetryPolicy::default()
    };
    let millisecond = Duration::from_millis(1);
    let fresh = Pace::new(millisecond, millisecond, millisecond * 4);
    Timing { retry, fresh, ..Timing::default() }
}

pub(super) fn heroku(url: &Url, meter: Meter) -> Heroku {
    Heroku::connect_with(settings(url), meter, impatient()).unwrap()
}
