//! A scripted AWS on loopback for this room's tests: it answers by a function of the call and remembers what it saw.
//!
//! What must not live here: tests, and anything of the embedded cloud, which must not be wrong in the same way.

#![cfg(test)]

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_config::SdkConfig;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Request, Response};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use url::Url;

use super::{AccessKeyPair, Aws, AwsSettings, Owner, Paces};
use crate::cloud::{Meter, Pace, Stop};
use crate::secret::Secret;
use crate::spec::{AwsRegion, BucketName, UserName};

/// A call as the server got it.
#[derive(Clone, Debug)]
pub(in crate::cloud) struct Seen {
    /// `PUT /uploads?cors`, or the action of IAM and STS: `CreateUser`.
    pub(in crate::cloud) call: String,
    pub(in crate::cloud) headers: HeaderMap,
    pub(in crate::cloud) body: String,
    /// The client's side of the connection.
    connection: Option<SocketAddr>,
}

impl Seen {
    pub(in crate::cloud) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Whether the request is signed with this key.
    pub(in crate::cloud) fn is_by(&self, id: &str) -> bool {
        self.header("authorization").contains(&format!("Credential={id}/"))
    }
}

/// What the server answers; `Hang` is no answer within the client's patience.
#[derive(Clone, Debug)]
pub(in crate::cloud) enum Reply {
    Answer { status: u16, headers: Vec<(&'static str, String)>, body: String },
    Hang,
}

impl Reply {
    pub(in crate::cloud) fn new(status: u16, body: impl Into<String>) -> Self {
        Self::Answer { status, headers: Vec::new(), body: body.into() }
    }

    pub(in crate::cloud) fn with(self, name: &'static str, value: &str) -> Self {
        match self {
            Self::Answer { status, mut headers, body } => {
                headers.push((name, value.to_owned()));
                Self::Answer { status, headers, body }
            }
            Self::Hang => Self::Hang,
        }
    }

    /// An error as S3 writes it.
    pub(in crate::cloud) fn s3(status: u16, code: &str) -> Self {
        let body = format!("<Error><Code>{code}</Code><Message>said {code}</Message></Error>");
        Self::new(status, body).with("x-amz-request-id", "REQ1")
    }

    /// An error as IAM and STS write it.
    pub(in crate::cloud) fn iam(status: u16, code: &str) -> Self {
        let error =
            format!("<Error><Type>Sender</Type><Code>{code}</Code><Message>said {code}</Message></Error>");
        let body = format!("<ErrorResponse>{error}<RequestId>REQ1</RequestId></ErrorResponse>");
        Self::new(status, body).with("x-amzn-requestid", "REQ1")
    }

    /// A success of an action of IAM or STS.
    pub(in crate::cloud) fn result(action: &str, inner: &str) -> Self {
        Self::new(
            200,
            format!("<{action}Response><{action}Result>{inner}</{action}Result></{action}Response>"),
        )
    }

    pub(in crate::cloud) fn identity(account: &str) -> Self {
        let inner = format!(
            "<Arn>arn:aws:iam::{account}:user/app</Arn><UserId>U</UserId><Account>{account}</Account>"
        );
        Self::result("GetCallerIdentity", &inner)
    }
}

/// The server.
pub(in crate::cloud) struct Server {
    pub(in crate::cloud) url: Url,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    /// Answers each call by a function of the call and of how many of the same came before it.
    pub(in crate::cloud) async fn start(
        answer: impl Fn(&Seen, usize) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let (answer, log) = (Arc::new(answer), Arc::clone(&seen));
        let router = axum::Router::new().fallback(move |request: Request<Body>| {
            let (answer, log) = (Arc::clone(&answer), Arc::clone(&log));
            async move {
                let seen = read(request).await;
                let before = {
                    let mut log = log.lock().unwrap();
                    log.push(seen.clone());
                    log.iter().filter(|one| one.call == seen.call).count() - 1
                };
                respond(answer(&seen, before)).await
            }
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = url_of(&listener);
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await });
        Self { url, seen }
    }

    /// The same answer to every call.
    pub(in crate::cloud) async fn always(reply: Reply) -> Self {
        Self::start(move |_, _| reply.clone()).await
    }

    /// A client of this server that is in no mood to wait.
    pub(in crate::cloud) async fn aws(&self) -> Aws {
        client(&self.url, &Meter::default()).await
    }

    /// One that waits for a new key for as long as it takes.
    pub(in crate::cloud) async fn patient_aws(&self) -> Aws {
        paced(&self.url, &Meter::default(), patient(), |config| config).await
    }

    pub(in crate::cloud) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// The calls in order.
    pub(in crate::cloud) fn calls(&self) -> Vec<String> {
        self.seen().into_iter().map(|seen| seen.call).collect()
    }

    /// How many connections the calls came over.
    pub(in crate::cloud) fn connections(&self) -> usize {
        self.seen().iter().filter_map(|seen| seen.connection).collect::<std::collections::BTreeSet<_>>().len()
    }
}

async fn read(request: Request<Body>) -> Seen {
    let (head, body) = request.into_parts();
    let body = String::from_utf8(to_bytes(body, usize::MAX).await.unwrap().to_vec()).unwrap();
    let action =
        body.strip_prefix("Action=").map(|rest| rest.split('&').next().unwrap_or_default().to_owned());
    Seen {
        call: action.unwrap_or_else(|| format!("{} {}", head.method, head.uri)),
        connection: head.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0),
        headers: head.headers,
        body,
    }
}

async fn respond(reply: Reply) -> Response<Body> {
    let Reply::Answer { status, headers, body } = reply else { return std::future::pending().await };
    let builder = Response::builder().status(status);
    let builder = headers.into_iter().fold(builder, |builder, (name, value)| builder.header(name, value));
    builder.body(Body::from(body)).unwrap()
}

fn url_of(listener: &TcpListener) -> Url {
    Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap()
}

/// An address where nobody listens.
pub(in crate::cloud) async fn nobody() -> Url {
    url_of(&TcpListener::bind("127.0.0.1:0").await.unwrap())
}

/// A server that reads a request and closes the connection.
pub(in crate::cloud) async fn closing() -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = url_of(&listener);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 4096]).await;
        }
    });
    url
}

fn settings(url: &Url) -> AwsSettings {
    AwsSettings { is_closed: true, ..AwsSettings::at(url, ("AKIDOPERATOR", "canary-operator")) }
}

/// Four pauses of a millisecond each.
fn impatient() -> Paces {
    let millisecond = Duration::from_millis(1);
    let pace = Pace::new(millisecond, millisecond, millisecond * 4);
    let seldom = Pace::new(Duration::from_secs(4), Duration::from_secs(4), Duration::from_secs(4));
    Paces { bucket: pace.clone(), iam: pace.clone(), access_key: pace, listed: seldom, stop: Stop::default() }
}

/// The same, but a new key is waited for as long as it is listed.
fn patient() -> Paces {
    let millisecond = Duration::from_millis(1);
    let long = Pace::new(millisecond, millisecond, Duration::from_secs(20));
    Paces { access_key: long.clone(), listed: long, ..impatient() }
}

/// A client that is as patient as the real one, and counts its patience in milliseconds.
pub(in crate::cloud) async fn client(url: &Url, meter: &Meter) -> Aws {
    client_with(url, meter, |config| config).await
}

/// Such a client whose configuration is changed before its first use.
pub(in crate::cloud) async fn client_with(
    url: &Url,
    meter: &Meter,
    change: impl FnOnce(SdkConfig) -> SdkConfig,
) -> Aws {
    paced(url, meter, impatient(), change).await
}

async fn paced(url: &Url, meter: &Meter, paces: Paces, change: impl FnOnce(SdkConfig) -> SdkConfig) -> Aws {
    let settings = settings(url);
    let config = super::load::load(&settings, &super::credentials::Trail::default()).await.unwrap();
    let retries = config.retry_config().unwrap().clone().with_initial_backoff(Duration::from_millis(1));
    let config = change(config.to_builder().retry_config(retries).build());
    let aws = Aws::connect_with(settings, meter.clone(), paces).unwrap();
    assert!(aws.0.config.set(config).is_ok(), "nothing is loaded yet");
    aws
}

pub(in crate::cloud) fn key() -> AccessKeyPair {
    AccessKeyPair { id: "AKIDAPP".to_owned(), secret: Secret::new("canary-app") }
}

pub(in crate::cloud) fn bucket() -> BucketName {
    BucketName::parse("ledger-uploads").unwrap()
}

pub(in crate::cloud) fn region(name: &str) -> AwsRegion {
    AwsRegion::parse(name).unwrap()
}

pub(in crate::cloud) fn user() -> UserName {
    UserName::parse("ledger-app").unwrap()
}

pub(in crate::cloud) fn owner() -> Owner {
    Owner::of("111122223333")
}
