//! Calls to hosts that an answer of Heroku's named: where code is put, where the output of a build or a backup is read,
//! and the app itself (`visit`). They get no token and none of the API's headers. The addresses of all but the app are
//! secrets: whoever has one needs no token.
//!
//! What must not live here: what the output says, and where a backup is put.

mod visit;

use std::net::IpAddr;
use std::time::{Duration, Instant};

use reqwest::header::RANGE;
use reqwest::{Client, Response};
use url::Url;

use super::endpoint::{self, Endpoint, Reach};
use super::transport::Timing;
use super::{CloudError, ErrorKind, Heroku, HerokuSettings, Meter};
use crate::cloud::clean::{clean, root_cause};
use crate::cloud::retry::{CallKind, Decision, RetryPolicy, Tried};
use crate::cloud::{Certainty, Proxy, Service, Stop};
use crate::secret::Secret;

/// An upload may be no slower than this many bytes a second.
const SLOWEST: u64 = 64 * 1024;
/// The longest that one answer is read: the phases of a build have an hour each, and a backup that takes longer goes on
/// with another answer.
const LONGEST: Duration = Duration::from_hours(2);
/// The longest part of a refusal that is kept.
const LONGEST_REFUSAL: usize = 300;

/// The way to such hosts.
pub(super) struct Elsewhere {
    user_agent: String,
    proxy: Proxy,
    /// Whether Heroku itself is on this machine: only then may it name addresses here.
    is_here: bool,
    connect: Duration,
    request: Duration,
    retry: RetryPolicy,
    stop: Stop,
    meter: Meter,
}

/// A host, ready to be asked.
struct There {
    url: Url,
    endpoint: Endpoint,
    client: Client,
}

/// What became of reading an output.
pub(super) enum Opened {
    /// It has not begun: there is nothing at its address.
    NotThere,
    /// There is no more than what was read already.
    Ended,
    /// What comes, beginning so many bytes before what was read already.
    Open(Response, u64),
}

impl Elsewhere {
    pub(super) fn new(settings: &HerokuSettings, meter: Meter, timing: &Timing) -> Self {
        Self {
            user_agent: settings.user_agent.clone(),
            proxy: settings.proxy.clone(),
            is_here: crate::cloud::is_loopback(&settings.api_url),
            connect: timing.connect,
            request: timing.request,
            retry: timing.retry,
            stop: timing.stop.clone(),
            meter,
        }
    }

    /// How long nothing may come while something is read.
    pub(super) fn patience(&self) -> Duration {
        self.request
    }

    fn reach(&self, operation: &str, address: &Secret) -> Result<There, CloudError> {
        let refused = |message: &str| {
            CloudError::new(Service::Heroku("Heroku".to_owned()), operation, ErrorKind::BadAddress, message)
        };
        let url = Url::parse(address.reveal())
            .map_err(|_| refused("the address that Heroku named for it cannot be read"))?;
        let endpoint = Endpoint::new(&site(&url), &self.proxy)
            .map_err(|error| CloudError { operation: operation.to_owned(), ..error })?;
        if endpoint.reach != Reach::Remote && !self.is_here {
            return Err(refused("Heroku named an address on this machine for it"));
        }
        self.there(url, endpoint, None)
    }

    /// A host, which is looked for at that address when there is one.
    fn there(&self, url: Url, endpoint: Endpoint, address: Option<IpAddr>) -> Result<There, CloudError> {
        let limits = (self.connect, self.request);
        let client = endpoint::client_to(&endpoint, address, &self.user_agent, limits)?;
        Ok(There { url, endpoint, client })
    }

    /// Puts bytes where Heroku said, as the signature of that address wants it: of an exact length, without a type, and
    /// without anything that asks first (life-and-ci.md section 6.1).
    async fn put(&self, address: &Secret, bytes: &[u8]) -> Result<(), CloudError> {
        const OPERATION: &str = "upload of the code";
        let there = self.reach(OPERATION, address)?;
        let began = Instant::now();
        let mut attempts = 0;
        loop {
            attempts += 1;
            let allowed = self.request + Duration::from_secs(bytes.len() as u64 / SLOWEST);
            let request = there.client.put(there.url.clone()).timeout(allowed).body(bytes.to_vec());
            self.meter.count_heroku();
            let answer = request.send().await;
            tracing::debug!(method = "PUT", host = there.endpoint.name, "source");
            let error = match answer {
                Ok(answer) if answer.status().is_success() => return Ok(()),
                Ok(answer) => refused(OPERATION, &there, answer, address).await,
                Err(failure) => unanswered(OPERATION, &there, &failure),
            };
            let tried = Tried { attempts, elapsed: began.elapsed(), retry_after: None, jitter: 1.0 };
            match self.retry.decide(CallKind::IdempotentWrite, &error, tried) {
                Decision::After(pause) if self.stop.pause(pause).await.is_ok() => {}
                Decision::After(_) | Decision::GiveUp => return Err(error),
            }
        }
    }

    /// Opens what lies at an address, behind what was read of it already.
    pub(super) async fn open(
        &self,
        operation: &str,
        address: &Secret,
        read: u64,
    ) -> Result<Opened, CloudError> {
        let there = self.reach(operation, address)?;
        let mut request = there.client.get(there.url.clone()).timeout(LONGEST);
        if read > 0 {
            request = request.header(RANGE, format!("bytes={read}-"));
        }
        self.meter.count_heroku();
        let sent = tokio::time::timeout(self.request, request.send()).await;
        let answer = match sent {
            Ok(Ok(answer)) => answer,
            Ok(Err(failure)) => return Err(unanswered(operation, &there, &failure)),
            Err(_) => return Err(silent(operation, &there)),
        };
        match answer.status().as_u16() {
            404 => Ok(Opened::NotThere),
            416 => Ok(Opened::Ended),
            206 => Ok(Opened::Open(answer, 0)),
            200..=299 => Ok(Opened::Open(answer, read)),
            _ => Err(refused(operation, &there, answer, address).await),
        }
    }

    /// Waits until a read is to be tried again that has failed so often since anything came; `false` when it is not.
    pub(super) async fn tries_again(&self, error: &CloudError, attempts: u32, since: Instant) -> bool {
        let tried = Tried { attempts, elapsed: since.elapsed(), retry_after: None, jitter: 1.0 };
        match self.retry.decide(CallKind::Read, error, tried) {
            Decision::After(pause) => self.stop.pause(pause).await.is_ok(),
            Decision::GiveUp => false,
        }
    }
}

impl Heroku {
    /// Puts a tarball where a source wants it.
    pub async fn upload(&self, address: &Secret, tarball: &[u8]) -> Result<(), CloudError> {
        self.elsewhere.put(address, tarball).await
    }
}

/// A host without a path.
fn site(url: &Url) -> Url {
    let mut site = url.clone();
    site.set_path("");
    site.set_query(None);
    site.set_fragment(None);
    site
}

fn silent(operation: &str, there: &There) -> CloudError {
    let service = Service::Heroku(there.endpoint.name.clone());
    CloudError::new(service, operation, ErrorKind::TimedOut, "no complete answer came in time")
}

fn unanswered(operation: &str, there: &There, failure: &reqwest::Error) -> CloudError {
    let kind = if failure.is_connect() {
        ErrorKind::Unreachable
    } else if failure.is_timeout() {
        ErrorKind::TimedOut
    } else {
        ErrorKind::Malformed
    };
    // The error's own text would quote the address.
    let message = match kind {
        ErrorKind::TimedOut => "no complete answer came in time".to_owned(),
        ErrorKind::Unreachable if failure.is_timeout() => "no connection was made in time".to_owned(),
        _ => root_cause(failure),
    };
    let service = Service::Heroku(there.endpoint.name.clone());
    CloudError { via: there.endpoint.via(), ..CloudError::new(service, operation, kind, message) }
}

/// What a store says in XML: its name for it, and its sentence.
async fn refused(operation: &str, there: &There, answer: Response, address: &Secret) -> CloudError {
    let status = answer.status();
    let text = answer.text().await.unwrap_or_default();
    let part = |name: &str| {
        let rest = text.split_once(&format!("<{name}>"))?.1;
        let inner = rest.split_once("</")?.0;
        Some(clean(inner, &[address], LONGEST_REFUSAL)).filter(|text| !text.is_empty())
    };
    let kind = match status.as_u16() {
        500.. => ErrorKind::ServerFailed,
        429 => ErrorKind::RateLimited,
        _ => ErrorKind::Invalid,
    };
    let reason = || status.canonical_reason().unwrap_or("no reason given").to_owned();
    let message = part("Message").unwrap_or_else(reason);
    let service = Service::Heroku(there.endpoint.name.clone());
    CloudError {
        status: Some(status.as_u16()),
        id: part("Code"),
        certainty: Certainty::NotDone,
        ..CloudError::new(service, operation, kind, message)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Reply, Server, TOKEN};
    use super::*;

    fn address(server: &Server, path: &str) -> Secret {
        Secret::new(server.url.join(path).unwrap())
    }

    #[tokio::test]
    async fn a_tarball_is_put_with_its_length_and_nothing_that_breaks_the_signature() {
        let server = Server::always(Reply::new(200, "")).await;
        let put_url = address(&server, "/blob?Signature=abc%2Fdef");
        server.heroku().upload(&put_url, b"tarball").await.unwrap();
        let seen = server.only();
        assert_eq!(seen.call, "PUT /blob?Signature=abc%2Fdef");
        assert_eq!(seen.header("content-length"), Some("7"));
        for absent in ["authorization", "content-type", "expect", "transfer-encoding"] {
            assert_eq!(seen.header(absent), None, "{absent}");
        }
        let quoted = seen.headers.values().any(|value| value.to_str().unwrap().contains(TOKEN));
        assert!(!quoted, "the token went along");
    }

    #[tokio::test]
    async fn a_store_that_fails_is_asked_again_and_one_that_refuses_is_quoted_without_its_address() {
        let server = Server::start(|_, before| Reply::new(if before == 0 { 503 } else { 200 }, "")).await;
        server.heroku().upload(&address(&server, "/blob"), b"x").await.unwrap();
        assert_eq!(server.calls().len(), 2);
        let body =
            "<Error><Code>SignatureDoesNotMatch</Code><Message>not for /blob?Signature=abc</Message></Error>";
        let server = Server::always(Reply::new(403, body)).await;
        let error = server.heroku().upload(&address(&server, "/blob?Signature=abc"), b"x").await.unwrap_err();
        assert_eq!(error.id.as_deref(), Some("SignatureDoesNotMatch"));
        assert_eq!((error.status, error.kind), (Some(403), ErrorKind::Invalid));
        assert_eq!(server.calls().len(), 1);
    }

    #[tokio::test]
    async fn an_address_that_nothing_is_sent_to_is_refused() {
        let server = Server::always(Reply::new(200, "")).await;
        for text in [
            "http://store.example/blob",
            "ftp://store.example",
            "no address",
            "https://me:pass@store.example/",
        ] {
            let error = server.heroku().upload(&Secret::new(text), b"x").await.unwrap_err();
            assert_eq!(error.kind, ErrorKind::BadAddress, "{text}");
        }
        assert_eq!(server.calls(), [""; 0]);
    }

    #[test]
    fn heroku_over_the_network_names_no_address_on_this_machine() {
        let mut settings = super::super::testing::settings(&Url::parse("https://api.heroku.com").unwrap());
        settings.timeout = None;
        let elsewhere = Elsewhere::new(&settings, Meter::default(), &Timing::default());
        for text in ["http://127.0.0.1:1/blob", "https://localhost/blob"] {
            let error = elsewhere.reach("upload", &Secret::new(text)).err().unwrap();
            assert_eq!(error.kind, ErrorKind::BadAddress, "{text}");
        }
        assert!(elsewhere.reach("upload", &Secret::new("https://store.example/blob?x=1")).is_ok());
    }
}
