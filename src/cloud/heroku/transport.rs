//! Sends one call: the token, the headers, the retries, and what the service says on the side (rate limit, warnings).
//!
//! What must not live here: what a body means. Nothing of a body or a header is logged.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, LOCATION, RANGE, RETRY_AFTER};
use serde::de::DeserializeOwned;
use time::OffsetDateTime;

use super::HerokuSettings;
use super::answer::Answer;
use super::budget::Refill;
use super::call::{Api, Call};
use super::credentials::{Credentials, TokenSource};
use super::endpoint::{self, Endpoint};
use super::failure;
use super::pacer::{Pacer, Pass};
use super::scopes::Scopes;
use crate::cloud::announce::{Announcements, WORTH_ANNOUNCING};
use crate::cloud::clean::clean;
use crate::cloud::retry::{Decision, RetryPolicy, Tried, parse_retry_after};
use crate::cloud::{Certainty, CloudError, ErrorKind, Meter, Pace, Stop, Stopped};
use crate::secret::{FingerprintKey, Secret};

/// More than any list or app can fill; a body beyond it is not Heroku's.
const LARGEST_BODY: usize = 16 * 1024 * 1024;

/// How long things may take.
#[derive(Clone, Debug)]
pub(super) struct Timing {
    pub(super) connect: Duration,
    /// From sending to the last byte; Heroku's own router gives up at 30 s.
    pub(super) request: Duration,
    pub(super) retry: RetryPolicy,
    pub(super) refill: Refill,
    /// For an app that was just made.
    pub(super) fresh: Pace,
    /// Asked, it ends every wait between two calls.
    pub(super) stop: Stop,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            request: Duration::from_secs(30),
            retry: RetryPolicy::default(),
            refill: Refill::default(),
            fresh: Pace::new(Duration::from_millis(250), Duration::from_secs(5), Duration::from_mins(1)),
            stop: Stop::default(),
        }
    }
}

impl Timing {
    /// Pauses of a millisecond at most and little time in all, with the real table of repetitions, and calls that come
    /// back two hundred a second.
    #[cfg(feature = "testing")]
    pub(super) fn impatient() -> Self {
        let millisecond = Duration::from_millis(1);
        let retry = RetryPolicy {
            base: millisecond,
            rate_limited_base: millisecond,
            total: millisecond * 500,
            rate_limited_total: millisecond * 5,
        };
        let refill = Refill { calls_a_minute: 12_000, reserve: 10, siblings: 1 };
        let fresh = Pace::new(millisecond, millisecond, millisecond * 4);
        Self { retry, refill, fresh, ..Self::default() }
    }
}

/// Sends calls to both APIs with one token.
pub(super) struct Transport {
    platform: (Endpoint, reqwest::Client),
    data: (Endpoint, reqwest::Client),
    credentials: Credentials,
    meter: Meter,
    retry: RetryPolicy,
    stop: Stop,
    pacer: Pacer,
    warned: Mutex<BTreeSet<String>>,
    announced: Announcements,
}

/// A failed attempt, with the wait that the service asked for.
struct Failed {
    error: CloudError,
    retry_after: Option<Duration>,
}

impl From<CloudError> for Failed {
    fn from(error: CloudError) -> Self {
        Self { error, retry_after: None }
    }
}

impl Transport {
    pub(super) fn new(settings: HerokuSettings, meter: Meter, timing: Timing) -> Result<Self, CloudError> {
        let platform = Endpoint::new(&settings.api_url, &settings.proxy)?;
        let data = Endpoint::new(&settings.data_api_url, &settings.proxy)?;
        let client =
            |endpoint| endpoint::client(endpoint, &settings.user_agent, timing.connect, timing.request);
        let platform_client = client(&platform)?;
        let data_client =
            if data.is_reached_as(&platform) { platform_client.clone() } else { client(&data)? };
        let credentials = Credentials::new(TokenSource {
            given: settings.token,
            netrc: settings.netrc,
            program: settings.run_heroku_program.then(|| "heroku".into()),
            machine: platform.name.clone(),
        });
        Ok(Self {
            platform: (platform, platform_client),
            data: (data, data_client),
            credentials,
            meter,
            retry: timing.retry,
            stop: timing.stop.clone(),
            pacer: Pacer::new(timing.refill, timing.stop),
            warned: Mutex::default(),
            announced: Announcements::default(),
        })
    }

    /// The host that a call goes to.
    pub(super) fn service_of(&self, call: &Call) -> &str {
        &self.destination(call).0.name
    }

    fn endpoint_of(&self, call: &Call) -> &Endpoint {
        &self.destination(call).0
    }

    fn destination(&self, call: &Call) -> &(Endpoint, reqwest::Client) {
        match call.api {
            Api::Platform => &self.platform,
            Api::Data => &self.data,
        }
    }

    /// A key that follows from the token, for digests that only a holder of the token may compare.
    pub(super) async fn derived_key(&self, label: &str) -> Result<FingerprintKey, CloudError> {
        let token = self.credentials.token().await.map_err(|reason| {
            let account = Call::get(&["account"]);
            failure::harmless(&account, self.service_of(&account), ErrorKind::NoCredentials, reason)
        })?;
        Ok(FingerprintKey::derived(&token.secret, label))
    }

    /// Sends the call, again where that is safe, until there is a good answer or a reason to stop.
    pub(super) async fn send(&self, call: &Call) -> Result<Answer, CloudError> {
        let began = Instant::now();
        // Waiting for the hour's budget is not the call's fault, and does not count as trying.
        let mut paced = Duration::ZERO;
        let mut attempts = 0;
        let mut in_doubt = false;
        loop {
            attempts += 1;
            let pass = self.admit(call).await?;
            paced += pass.as_ref().map_or(Duration::ZERO, |pass| pass.waited);
            let Failed { mut error, retry_after } = match self.attempt(call, pass).await {
                Ok(answer) => return Ok(answer),
                Err(failed) => failed,
            };
            // A later refusal does not undo what an earlier attempt may have done.
            in_doubt |= error.certainty == Certainty::Unknown;
            let elapsed = began.elapsed().saturating_sub(paced);
            let tried = Tried { attempts, elapsed, retry_after, jitter: jitter() };
            let is_tried_again = match self.retry.decide(call.kind, &error, tried) {
                Decision::After(pause) => {
                    let left = self.retry.rate_limited_total.saturating_sub(tried.elapsed + pause);
                    let announcement = announcement(&error, pause, left);
                    self.announced.wait(announcement, pause, &self.stop).await.is_ok()
                }
                Decision::GiveUp => false,
            };
            if !is_tried_again {
                if in_doubt {
                    error.certainty = Certainty::Unknown;
                }
                error.message.push_str(&effort(tried));
                return Err(error);
            }
        }
    }

    /// Where calls wait for the hour's budget.
    pub(super) fn pacer(&self) -> &Pacer {
        &self.pacer
    }

    /// Waits until the hour's budget allows the call; one that costs nothing needs no pass.
    async fn admit(&self, call: &Call) -> Result<Option<Pass<'_>>, CloudError> {
        if call.is_free() {
            return Ok(None);
        }
        let announce = |wait: Duration| {
            if wait >= WORTH_ANNOUNCING && self.announced.is_news(wait) {
                let seconds = wait.as_secs();
                tracing::warn!(
                    "Heroku's calls of this hour are nearly used up; waiting {seconds} s for more"
                );
            }
        };
        let pass = self.pacer.admit(announce).await.map_err(|Stopped| {
            let message = "Heroku's calls of this hour are nearly used up, and the wait for more was stopped";
            failure::harmless(call, self.service_of(call), ErrorKind::RateLimited, message)
        })?;
        Ok(Some(pass))
    }

    async fn attempt(&self, call: &Call, mut pass: Option<Pass<'_>>) -> Result<Answer, Failed> {
        let request = self.request(call).await?;
        self.meter.count_heroku();
        let sent = Instant::now();
        let answer = match request.send().await {
            Ok(response) => {
                let left = remaining(response.headers());
                // Whether the data API draws on the same budget is not known.
                if let (Some(pass), Api::Platform) = (&mut pass, call.api) {
                    pass.said = left;
                }
                self.receive(call, response).await
            }
            Err(failure) => Err(failure::unanswered(call, self.endpoint_of(call), &failure).into()),
        };
        let status = match &answer {
            Ok(answer) => Some(answer.status),
            Err(failed) => failed.error.status,
        };
        let ms = sent.elapsed().as_millis();
        tracing::debug!(method = %call.method, path = call.path(), status, ms, "heroku");
        answer
    }

    async fn request(&self, call: &Call) -> Result<reqwest::RequestBuilder, CloudError> {
        let (endpoint, client) = self.destination(call);
        if let Some(segment) = call.misleading_segment() {
            let message = format!("`{segment}` is not a name");
            return Err(failure::harmless(call, &endpoint.name, ErrorKind::Invalid, &message));
        }
        let token =
            self.credentials.token().await.map_err(|reason| {
                failure::harmless(call, &endpoint.name, ErrorKind::NoCredentials, reason)
            })?;
        let mut request = client
            .request(call.method.clone(), call.url(endpoint))
            .header(ACCEPT, format!("application/vnd.heroku+json; version={}", call.version))
            .header(AUTHORIZATION, if call.is_basic { &token.basic } else { &token.header });
        for (name, value) in &call.headers {
            request = request.header(*name, *value);
        }
        if let Some(range) = &call.range {
            request = request.header(RANGE, range);
        }
        if let Some(body) = &call.body {
            request = request.header(CONTENT_TYPE, "application/json").body(body.clone());
        }
        Ok(request)
    }

    async fn receive(&self, call: &Call, response: reqwest::Response) -> Result<Answer, Failed> {
        let headers = response.headers().clone();
        let secrets = self.secrets_of(call);
        self.note_headers(&headers, &secrets);
        let service = self.service_of(call);
        let answer = Answer {
            status: response.status().as_u16(),
            service: service.to_owned(),
            next_range: header(&headers, "next-range"),
            request_id: request_id(&headers, &secrets),
            redirects_to: redirect_host(&response),
            scopes: Scopes::of(&headers),
            date: header(&headers, "date"),
            body: read_body(call, self.endpoint_of(call), response).await?,
        };
        if (200..300).contains(&answer.status) {
            return Ok(answer);
        }
        let retry_after = header(&headers, RETRY_AFTER.as_str())
            .and_then(|text| parse_retry_after(&text, OffsetDateTime::now_utc()));
        let mut error = failure::refused(call, &answer, &secrets);
        if let Some(origin) = self.credentials.origin().filter(|_| error.kind == ErrorKind::Unauthorized) {
            let said = error.message.trim_end_matches('.');
            error.message = format!("{said}; the token is that of {origin}");
        }
        Err(Failed { error, retry_after })
    }

    /// What must not show when the service quotes it.
    fn secrets_of<'a>(&'a self, call: &'a Call) -> Vec<&'a Secret> {
        self.credentials.known().into_iter().chain(&call.hidden).collect()
    }

    fn note_headers(&self, headers: &HeaderMap, secrets: &[&Secret]) {
        if let Some(remaining) = remaining(headers) {
            self.meter.note_heroku_remaining(remaining);
        }
        for name in ["x-heroku-warning", "warning-message"] {
            let Some(warning) = header(headers, name) else { continue };
            let warning = clean(&warning, secrets, 500);
            let mut warned = self.warned.lock().unwrap_or_else(PoisonError::into_inner);
            if warned.insert(warning.clone()) {
                tracing::warn!("Heroku says: {warning}");
            }
        }
    }
}

impl Answer {
    /// The body as `T`. A write whose answer cannot be understood may have been done.
    pub(super) fn decode<T: DeserializeOwned>(&self, call: &Call) -> Result<T, CloudError> {
        serde_json::from_slice(&self.body).map_err(|error| CloudError {
            status: Some(self.status),
            request_id: self.request_id.clone(),
            ..failure::malformed(call, &self.service, &failure::why_undecodable(&error))
        })
    }
}

async fn read_body(
    call: &Call,
    endpoint: &Endpoint,
    mut response: reqwest::Response,
) -> Result<Vec<u8>, CloudError> {
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() <= LARGEST_BODY => body.extend_from_slice(&chunk),
            Ok(Some(_)) => {
                let error = failure::malformed(call, &endpoint.name, "the answer is larger than 16 MiB");
                return Err(CloudError { status: Some(response.status().as_u16()), ..error });
            }
            Ok(None) => return Ok(body),
            Err(failure) => return Err(failure::unanswered(call, endpoint, &failure)),
        }
    }
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(|text| text.trim().to_owned())
}

/// The calls that are left after this one.
fn remaining(headers: &HeaderMap) -> Option<u64> {
    header(headers, "ratelimit-remaining")?.parse().ok()
}

/// Heroku joins the ids of every hop with commas; the first is enough for its support.
fn request_id(headers: &HeaderMap, secrets: &[&Secret]) -> Option<String> {
    let ids = header(headers, "request-id").or_else(|| header(headers, "x-request-id"))?;
    let first = ids.split(',').map(str::trim).find(|id| !id.is_empty())?;
    Some(clean(first, secrets, 64))
}

fn redirect_host(response: &reqwest::Response) -> Option<String> {
    let location =
        header(response.headers(), LOCATION.as_str()).filter(|_| response.status().is_redirection())?;
    response.url().join(&location).ok()?.host_str().map(str::to_owned)
}

/// What was tried before giving up, in words after the message; nothing after a single try.
fn effort(tried: Tried) -> String {
    let (attempts, seconds) = (tried.attempts, tried.elapsed.as_secs());
    let times = match (attempts, seconds) {
        (..=1, _) => String::new(),
        (_, 0) => format!("; tried {attempts} times"),
        _ => format!("; tried {attempts} times in {seconds} s"),
    };
    let asked = tried.retry_after.map(|asked| format!("; it asks to wait {} s", asked.as_secs()));
    format!("{times}{}", asked.unwrap_or_default())
}

/// A random number from 0 up to 1. Without a random source there is no spreading, and no harm.
fn jitter() -> f64 {
    f64::from(getrandom::u32().unwrap_or(u32::MAX)) / f64::from(u32::MAX)
}

/// What a person who watches should know of a wait that is long enough to be noticed.
fn announcement(error: &CloudError, pause: Duration, then: Duration) -> Option<String> {
    let seconds = Some(pause.as_secs()).filter(|_| pause >= WORTH_ANNOUNCING)?;
    Some(if error.kind == ErrorKind::RateLimited {
        let then = then.as_secs();
        format!("Heroku allows no more calls for now; waiting {seconds} s, and after that {then} s at most")
    } else {
        format!("`{}` failed on {}; trying again in {seconds} s", error.operation, error.service)
    })
}

#[cfg(test)]
#[path = "transport_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "waiting_tests.rs"]
mod waiting_tests;
