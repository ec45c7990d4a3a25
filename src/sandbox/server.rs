//! The loopback server: reads a request whole, delays it, lets it run into a fault, and hands it to the half
//! whose it is.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::Method;
use hyper::body::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::header::{HeaderName, HeaderValue};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use time::OffsetDateTime;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::fault::{self, Call, FaultKind};
use super::http::{Moment, Request, Response, pairs};
use super::store::Store;
use super::{Knobs, aws, heroku};

/// No request of a client is larger; object uploads are for trying things out.
const LARGEST_BODY: usize = 64 * 1024 * 1024;

/// What all connections share.
pub(super) struct Shared {
    store: Store,
    knobs: Mutex<Knobs>,
    calls: Mutex<Vec<Call>>,
    /// How many calls are being answered.
    busy: watch::Sender<usize>,
    /// How many calls are held.
    held: watch::Sender<usize>,
    /// Whether held calls go on; each sending is one release.
    released: watch::Sender<bool>,
}

impl Shared {
    pub(super) fn open(store: Store, knobs: Knobs) -> Self {
        Self {
            store,
            knobs: Mutex::new(knobs),
            calls: Mutex::default(),
            busy: watch::Sender::new(0),
            held: watch::Sender::new(0),
            released: watch::Sender::new(true),
        }
    }

    pub(super) fn store(&self) -> &Store {
        &self.store
    }

    /// Waits for a release; whether the call goes on.
    async fn hold(&self) -> bool {
        let mut released = self.released.subscribe();
        self.held.send_modify(|held| *held += 1);
        // The sender lives as long as this.
        let _ = released.changed().await;
        self.held.send_modify(|held| *held -= 1);
        *released.borrow()
    }

    /// Returns when no call is being answered.
    pub(super) async fn wait_until_idle(&self) {
        // The sender lives as long as this.
        let _ = self.busy.subscribe().wait_for(|busy| *busy == 0).await;
    }

    /// Returns when a call is held.
    pub(super) async fn wait_for_held(&self) {
        // The sender lives as long as this.
        let _ = self.held.subscribe().wait_for(|held| *held > 0).await;
    }

    /// Lets every held call go on, or closes its connection.
    pub(super) fn release(&self, goes_on: bool) {
        self.released.send_replace(goes_on);
    }

    pub(super) fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn forget_calls(&self) {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    pub(super) fn change_knobs<T>(&self, change: impl FnOnce(&mut Knobs) -> T) -> T {
        change(&mut self.knobs.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Removes the databases of what nobody will remember.
    pub(super) fn remove_databases(&self) {
        if self.store.is_in_memory() {
            let knobs = self.change_knobs(|knobs| knobs.clone());
            // Memory can always be read.
            let _ = self.store.transact(false, |state| heroku::remove_databases(&state.heroku, &knobs));
        }
    }

    fn log(&self, call: &Call, status: u16) {
        let call = Call { status, ..call.clone() };
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).push(call);
    }

    fn act(&self, service: &str, mutating: bool, request: &Request) -> Response {
        let knobs = self.change_knobs(|knobs| knobs.clone());
        let moment = Moment { now: OffsetDateTime::now_utc(), knobs: &knobs };
        let acted = self.store.transact(mutating, |state| match service {
            "heroku" => heroku::handle(&mut state.heroku, &moment, request),
            _ => aws::handle(&mut state.aws, &moment, request),
        });
        acted.unwrap_or_else(|error| {
            fault::refusal(service, 500, "InternalError", &format!("the state cannot be kept: {error}"))
        })
    }
}

/// How a request ends.
enum Reply {
    Answer(Response),
    /// The answer breaks off after so many bytes.
    Broken(Response, usize),
    /// The connection is closed without an answer.
    Close,
}

pub(super) async fn serve(listener: TcpListener, shared: Arc<Shared>, mut stopped: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            _ = stopped.changed() => return,
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    tokio::spawn(connection(stream, Arc::clone(&shared)));
                }
            }
        }
    }
}

async fn connection(stream: TcpStream, shared: Arc<Shared>) {
    // Small answers must not wait for the client's acknowledgement.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| respond(Arc::clone(&shared), request));
    // An error here is a client that went away, or a fault that closed the connection.
    let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

/// An error makes the server close the connection without an answer. A call runs to its end, and is counted,
/// even when its client goes away: so does one that a real service has received.
async fn respond(
    shared: Arc<Shared>,
    request: hyper::Request<Incoming>,
) -> Result<hyper::Response<Answer>, io::Error> {
    let request = whole(request).await?;
    let is_head = request.method == Method::HEAD;
    let answered = tokio::spawn(async move {
        shared.busy.send_modify(|busy| *busy += 1);
        let reply = answer(&shared, &request).await;
        shared.busy.send_modify(|busy| *busy -= 1);
        reply
    });
    match answered.await.map_err(io::Error::other)? {
        Reply::Answer(response) => Ok(built(is_head, response, None)),
        Reply::Broken(response, after) => Ok(built(is_head, response, Some(after))),
        Reply::Close => Err(io::Error::other("closed by a fault")),
    }
}

async fn whole(request: hyper::Request<Incoming>) -> Result<Request, io::Error> {
    let (head, body) = request.into_parts();
    let body = http_body_util::Limited::new(body, LARGEST_BODY)
        .collect()
        .await
        .map_err(io::Error::other)?
        .to_bytes();
    Ok(Request {
        method: head.method,
        path: head.uri.path().to_owned(),
        query: pairs(head.uri.query().unwrap_or_default()),
        headers: head.headers,
        body,
    })
}

async fn answer(shared: &Shared, request: &Request) -> Reply {
    if let Some(rest) = request.path.strip_prefix("/_sandbox/") {
        return Reply::Answer(control(shared, rest, request));
    }
    let (service, operation, mutating) = identify(request);
    let call = Call {
        service,
        method: request.method.to_string(),
        path: request.path.clone(),
        operation,
        mutating,
        status: 0,
    };
    let (latency, struck) =
        shared.change_knobs(|knobs| (knobs.latency, fault::take(&mut knobs.faults, &call)));
    pause(latency).await;
    let reply = match struck {
        None => Reply::Answer(shared.act(&call.service, mutating, request)),
        Some(kind) => strike(shared, &call, kind, request).await,
    };
    let status = match &reply {
        Reply::Answer(response) | Reply::Broken(response, _) => response.status,
        Reply::Close => 0,
    };
    shared.log(&call, status);
    reply
}

async fn pause(duration: Duration) {
    if !duration.is_zero() {
        tokio::time::sleep(duration).await;
    }
}

async fn strike(shared: &Shared, call: &Call, kind: FaultKind, request: &Request) -> Reply {
    let act = || shared.act(&call.service, call.mutating, request);
    let failed = || fault::failed(&call.service);
    Reply::Answer(match kind {
        FaultKind::HoldBefore if shared.hold().await => act(),
        FaultKind::CloseBefore | FaultKind::HoldBefore => return Reply::Close,
        FaultKind::CloseAfter => {
            act();
            return Reply::Close;
        }
        FaultKind::Truncated => {
            let response = act();
            // What has no body breaks off before its head.
            return match response.body.len() / 2 {
                0 => Reply::Close,
                half => Reply::Broken(response, half),
            };
        }
        FaultKind::ErrorBefore => failed(),
        FaultKind::ErrorAfter => {
            act();
            failed()
        }
        FaultKind::BadGateway => {
            Response::typed(502, "text/html", b"<html><body><h1>502 Bad Gateway</h1></body></html>".to_vec())
        }
        FaultKind::Unavailable => {
            fault::refusal(&call.service, 503, "service_unavailable", "Service unavailable")
        }
        FaultKind::RateLimit { retry_after } => fault::too_many(&call.service, retry_after),
        FaultKind::Hang { seconds } => {
            pause(Duration::from_secs(seconds)).await;
            act()
        }
        FaultKind::HangAfter { seconds } => {
            let response = act();
            pause(Duration::from_secs(seconds)).await;
            response
        }
        FaultKind::HoldAfter => {
            let response = act();
            if !shared.hold().await {
                return Reply::Close;
            }
            response
        }
        FaultKind::Malformed => {
            let mut response = Response { body: b"{\"id\": <not".to_vec(), ..act() };
            response.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("content-length"));
            response
        }
        FaultKind::Refuse { status, id, message } => fault::refusal(&call.service, status, &id, &message),
    })
}

/// Whose request it is: what is signed for AWS, or names nothing of Heroku's, is AWS's, which has anonymous
/// requests.
fn identify(request: &Request) -> (String, String, bool) {
    let scheme = request.header("authorization").and_then(|value| value.split(' ').next());
    let is_heroku = match scheme {
        Some(scheme) => matches!(scheme, "Bearer" | "Basic"),
        None => {
            request.header("accept").is_some_and(|accept| accept.contains("heroku"))
                || request.path.starts_with("/buildpacks")
        }
    };
    let is_heroku = is_heroku || request.path.starts_with(heroku::ELSEWHERE);
    if is_heroku { heroku::operation(request) } else { aws::operation(request) }
}

/// What tests and the impatient turn while it runs; neither counted nor delayed.
fn control(shared: &Shared, path: &str, request: &Request) -> Response {
    let refused = |message: String| {
        Response::json(422, &serde_json::json!({ "id": "invalid_params", "message": message }))
    };
    match (&request.method, path) {
        (&Method::GET, "calls") => Response::json(200, &serde_json::json!(shared.calls())),
        (&Method::DELETE, "calls") => {
            shared.forget_calls();
            Response::empty(204)
        }
        (&Method::PUT, "faults") => match serde_json::from_slice(&request.body) {
            Ok(faults) => shared.change_knobs(|knobs| {
                knobs.faults = faults;
                Response::empty(204)
            }),
            Err(error) => refused(error.to_string()),
        },
        (&Method::PUT, "knobs") => match serde_json::from_slice(&request.body) {
            Ok(knobs) => shared.change_knobs(|current| {
                *current = knobs;
                Response::empty(204)
            }),
            Err(error) => refused(error.to_string()),
        },
        _ => Response::json(
            404,
            &serde_json::json!({ "id": "not_found", "message": "calls, faults or knobs" }),
        ),
    }
}

fn built(is_head: bool, response: Response, breaks_after: Option<usize>) -> hyper::Response<Answer> {
    let has_length = response.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let mut built = hyper::Response::new(Answer {
        body: if is_head { Bytes::new() } else { Bytes::from(response.body.clone()) },
        ending: breaks_after.map_or(Ending::Whole, Ending::After),
    });
    *built.status_mut() = hyper::StatusCode::from_u16(response.status).unwrap_or(hyper::StatusCode::OK);
    for (name, value) in response.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            built.headers_mut().append(name, value);
        }
    }
    if breaks_after.is_some() && !has_length {
        built.headers_mut().insert("content-length", HeaderValue::from(response.body.len()));
    }
    built
}

/// A body that may break off before its end.
struct Answer {
    body: Bytes,
    ending: Ending,
}

/// How a body ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    Whole,
    /// It breaks off after so many bytes.
    After(usize),
    /// They are sent before it breaks off: the server forgets what it has not sent when a body fails.
    Sending,
    Broken,
}

impl Body for Answer {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        match self.ending {
            Ending::Whole if self.body.is_empty() => Poll::Ready(None),
            Ending::Whole => Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut self.body))))),
            Ending::After(bytes) => {
                self.ending = Ending::Sending;
                Poll::Ready(Some(Ok(Frame::data(self.body.slice(..bytes.min(self.body.len()))))))
            }
            Ending::Sending => {
                self.ending = Ending::Broken;
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Ending::Broken => Poll::Ready(Some(Err(io::Error::other("broken off by a fault")))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.ending == Ending::Whole && self.body.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        match self.ending {
            Ending::Whole => SizeHint::with_exact(self.body.len() as u64),
            _ => SizeHint::default(),
        }
    }
}
