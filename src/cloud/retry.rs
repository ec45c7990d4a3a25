//! What may be repeated, how often and for how long: the one place that knows.
//!
//! Pure: the clock, the answer and the dice arrive as arguments. What must not live here: sleeping, sending.

use std::time::Duration;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use super::{CloudError, ErrorKind};

/// What repeating a call would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallKind {
    /// Changes nothing.
    Read,
    /// Sets absolute values, so that twice leaves what once leaves.
    IdempotentWrite,
    /// Makes something, or does not bear repeating: twice may make two.
    Create,
}

/// How a call failed, as far as repeating it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// No connection: nothing was sent.
    NotSent,
    /// Sent, and no answer came in time.
    TimedOut,
    /// Sent, and the connection was lost before the whole answer came.
    CutOff,
    /// 502, 503 or 504: what stands in front of the service failed, or the service could not answer now.
    Gateway,
    /// Any other 5xx: the service failed while it worked on the call.
    Server,
    /// A whole answer that could not be understood.
    Unreadable,
    /// 429: nothing was done, and waiting is all that helps.
    TooMany,
    /// Any other refusal: the same call would be refused again.
    Refused,
}

/// How often a call is sent in all: the table of docs/reliability.md. What it gives up on is looked for by
/// `confirmed` where a repetition could make two. A rate limit is bounded by time instead of by count.
pub const TABLE: [(Failure, Sends); 8] = [
    (Failure::NotSent, Sends { read: 2, idempotent_write: 2, create: 2 }),
    (Failure::TimedOut, Sends { read: 2, idempotent_write: 1, create: 1 }),
    (Failure::CutOff, Sends { read: 4, idempotent_write: 3, create: 1 }),
    (Failure::Gateway, Sends { read: 4, idempotent_write: 3, create: 1 }),
    (Failure::Server, Sends { read: 4, idempotent_write: 1, create: 1 }),
    (Failure::Unreadable, Sends { read: 1, idempotent_write: 1, create: 1 }),
    (Failure::TooMany, Sends { read: u32::MAX, idempotent_write: u32::MAX, create: u32::MAX }),
    (Failure::Refused, Sends { read: 1, idempotent_write: 1, create: 1 }),
];

/// How often each kind of call is sent, the first time included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sends {
    /// A read.
    pub read: u32,
    /// A write that may be repeated.
    pub idempotent_write: u32,
    /// A write that may not.
    pub create: u32,
}

impl Failure {
    /// What kind of failure an error is.
    #[must_use]
    pub fn of(error: &CloudError) -> Self {
        match (error.kind, error.status) {
            (ErrorKind::Unreachable, _) => Self::NotSent,
            (ErrorKind::TimedOut, _) => Self::TimedOut,
            (ErrorKind::Malformed, None) => Self::CutOff,
            (ErrorKind::Malformed, Some(_)) => Self::Unreadable,
            (ErrorKind::ServerFailed, Some(502..=504)) => Self::Gateway,
            (ErrorKind::ServerFailed, _) => Self::Server,
            (ErrorKind::RateLimited, _) => Self::TooMany,
            _ => Self::Refused,
        }
    }

    /// How often a call that fails like this is sent in all.
    #[must_use]
    pub fn sends(self, call: CallKind) -> u32 {
        let row = TABLE.iter().find(|(failure, _)| *failure == self);
        let Some((_, Sends { read, idempotent_write, create })) = row.copied() else { return 1 };
        match call {
            CallKind::Read => read,
            CallKind::IdempotentWrite => idempotent_write,
            CallKind::Create => create,
        }
    }
}

/// How a call went so far.
#[derive(Clone, Copy, Debug)]
pub struct Tried {
    /// How often it was sent or meant to be sent; 1 after the first failure.
    pub attempts: u32,
    /// Time since the first attempt began, waits included.
    pub elapsed: Duration,
    /// What the service asked for in `Retry-After`.
    pub retry_after: Option<Duration>,
    /// A random number from 0 up to 1, which spreads callers that failed together.
    pub jitter: f64,
}

/// What to do after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Hand the failure on.
    GiveUp,
    /// Wait this long, then send the same call again.
    After(Duration),
}

/// The bounds within which calls are repeated.
#[derive(Clone, Copy, Debug)]
pub struct RetryPolicy {
    /// The longest first pause after a failure; doubles with each attempt.
    pub base: Duration,
    /// The first pause after a 429 that does not say how long; doubles with each attempt.
    pub rate_limited_base: Duration,
    /// No call starts again after this long, unless it was never sent or timed out (each costs 30 s by itself).
    pub total: Duration,
    /// No call waits for its rate limit beyond this.
    pub rate_limited_total: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            base: Duration::from_millis(200),
            rate_limited_base: Duration::from_secs(2),
            total: Duration::from_secs(30),
            rate_limited_total: Duration::from_mins(2),
        }
    }
}

impl RetryPolicy {
    /// Whether a call that failed is sent again, and when.
    #[must_use]
    pub fn decide(&self, call: CallKind, failure: &CloudError, tried: Tried) -> Decision {
        let failure = Failure::of(failure);
        if failure == Failure::TooMany {
            return self.after_rate_limit(tried);
        }
        // The slow ones are bounded by their count alone: a single timeout already uses up the whole time.
        let is_slow = matches!(failure, Failure::NotSent | Failure::TimedOut);
        let in_time = is_slow || tried.elapsed < self.total;
        if tried.attempts >= failure.sends(call) || !in_time {
            return Decision::GiveUp;
        }
        Decision::After(doubled(self.base, tried.attempts).mul_f64(tried.jitter.clamp(0.0, 1.0)))
    }

    /// A 429 did nothing, so any call may be sent again; waiting is all that helps.
    fn after_rate_limit(&self, tried: Tried) -> Decision {
        let guessed = || {
            doubled(self.rate_limited_base, tried.attempts).mul_f64(1.0 + tried.jitter.clamp(0.0, 1.0) / 4.0)
        };
        // A service that asks for no wait at all would otherwise be called for minutes without a pause.
        let pause = tried.retry_after.map_or_else(guessed, |asked| asked.max(self.base));
        if tried.elapsed.saturating_add(pause) > self.rate_limited_total {
            Decision::GiveUp
        } else {
            Decision::After(pause)
        }
    }
}

fn doubled(base: Duration, attempts: u32) -> Duration {
    base.saturating_mul(2_u32.saturating_pow(attempts.saturating_sub(1)))
}

/// Reads a `Retry-After` header: whole seconds, or an HTTP date to be compared with `now`.
#[must_use]
pub fn parse_retry_after(header: &str, now: OffsetDateTime) -> Option<Duration> {
    let header = header.trim();
    if let Ok(seconds) = header.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = OffsetDateTime::parse(header, &Rfc2822).ok()?;
    Some(Duration::try_from(at - now).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::cloud::Certainty;

    const NOW: Tried = Tried { attempts: 1, elapsed: Duration::ZERO, retry_after: None, jitter: 1.0 };

    fn failure(kind: ErrorKind, status: Option<u16>) -> CloudError {
        CloudError {
            operation: "GET /apps".to_owned(),
            service: crate::cloud::Service::Heroku("api.heroku.com".to_owned()),
            kind,
            status,
            id: None,
            message: "no".to_owned(),
            request_id: None,
            via: None,
            certainty: Certainty::NotDone,
        }
    }

    /// How often a call is sent in all when it fails in the same way each time, without any time passing.
    fn sends(call: CallKind, kind: ErrorKind, status: Option<u16>) -> u32 {
        let failure = failure(kind, status);
        (1..20)
            .find(|attempts| {
                let tried = Tried { attempts: *attempts, ..NOW };
                RetryPolicy::default().decide(call, &failure, tried) == Decision::GiveUp
            })
            .expect("every failure ends")
    }

    #[test]
    fn the_table_has_one_row_for_each_failure() {
        for (index, (failure, _)) in TABLE.iter().enumerate() {
            assert_eq!(TABLE.iter().position(|(other, _)| other == failure), Some(index), "{failure:?}");
        }
    }

    #[test]
    fn how_often_each_kind_of_call_is_sent_for_each_kind_of_failure() {
        use CallKind::{Create, IdempotentWrite, Read};
        use ErrorKind as Kind;
        //   failure                                      read, idempotent write, create
        let table = [
            (Kind::Unreachable, None, [2, 2, 2]),
            (Kind::TimedOut, None, [2, 1, 1]),
            (Kind::Malformed, None, [4, 3, 1]),
            (Kind::Malformed, Some(200), [1, 1, 1]),
            (Kind::ServerFailed, Some(500), [4, 1, 1]),
            (Kind::ServerFailed, Some(502), [4, 3, 1]),
            (Kind::ServerFailed, Some(503), [4, 3, 1]),
            (Kind::ServerFailed, Some(504), [4, 3, 1]),
            (Kind::NotFound, Some(404), [1, 1, 1]),
            (Kind::Unauthorized, Some(401), [1, 1, 1]),
            (Kind::Forbidden, Some(403), [1, 1, 1]),
            (Kind::Invalid, Some(422), [1, 1, 1]),
            (Kind::Conflict, Some(409), [1, 1, 1]),
            (Kind::NoCredentials, None, [1, 1, 1]),
        ];
        for (kind, status, expected) in table {
            let sent = [Read, IdempotentWrite, Create].map(|call| sends(call, kind, status));
            assert_eq!(sent, expected, "{kind:?} {status:?}");
        }
    }

    #[test]
    fn pauses_double_and_jitter_takes_all_of_them() {
        let failure = failure(ErrorKind::ServerFailed, Some(503));
        let pause = |attempts, jitter| {
            RetryPolicy::default().decide(CallKind::Read, &failure, Tried { attempts, jitter, ..NOW })
        };
        assert_eq!(pause(1, 1.0), Decision::After(Duration::from_millis(200)));
        assert_eq!(pause(2, 1.0), Decision::After(Duration::from_millis(400)));
        assert_eq!(pause(3, 0.5), Decision::After(Duration::from_millis(400)));
        assert_eq!(pause(3, 0.0), Decision::After(Duration::ZERO));
    }

    #[test]
    fn a_read_ends_when_its_time_is_used_up() {
        let failure = failure(ErrorKind::ServerFailed, Some(503));
        let after = |seconds| Tried { elapsed: Duration::from_secs(seconds), ..NOW };
        let policy = RetryPolicy::default();
        assert_ne!(policy.decide(CallKind::Read, &failure, after(29)), Decision::GiveUp);
        assert_eq!(policy.decide(CallKind::Read, &failure, after(30)), Decision::GiveUp);
    }

    #[test]
    fn a_read_that_timed_out_is_tried_once_more_although_its_time_is_used_up() {
        let failure = failure(ErrorKind::TimedOut, None);
        let tried = Tried { elapsed: Duration::from_secs(31), ..NOW };
        assert_ne!(RetryPolicy::default().decide(CallKind::Read, &failure, tried), Decision::GiveUp);
    }

    #[test]
    fn a_rate_limit_is_waited_out_for_every_call_as_the_service_asks() {
        let failure = failure(ErrorKind::RateLimited, Some(429));
        let tried = Tried { retry_after: Some(Duration::from_secs(12)), ..NOW };
        for call in [CallKind::Read, CallKind::IdempotentWrite, CallKind::Create] {
            let decision = RetryPolicy::default().decide(call, &failure, tried);
            assert_eq!(decision, Decision::After(Duration::from_secs(12)));
        }
    }

    #[test]
    fn a_rate_limit_without_a_time_doubles_from_two_seconds_and_spreads_a_little() {
        let failure = failure(ErrorKind::RateLimited, Some(429));
        let pause = |attempts, jitter| {
            RetryPolicy::default().decide(CallKind::Create, &failure, Tried { attempts, jitter, ..NOW })
        };
        assert_eq!(pause(1, 0.0), Decision::After(Duration::from_secs(2)));
        assert_eq!(pause(2, 0.0), Decision::After(Duration::from_secs(4)));
        assert_eq!(pause(2, 1.0), Decision::After(Duration::from_secs(5)));
        assert_eq!(pause(7, 0.0), Decision::GiveUp);
        assert_eq!(pause(u32::MAX, 1.0), Decision::GiveUp);
    }

    #[test]
    fn a_rate_limit_beyond_two_minutes_is_handed_on() {
        let failure = failure(ErrorKind::RateLimited, Some(429));
        let decide = |asked, elapsed| {
            let tried = Tried {
                retry_after: Some(Duration::from_secs(asked)),
                elapsed: Duration::from_secs(elapsed),
                ..NOW
            };
            RetryPolicy::default().decide(CallKind::Read, &failure, tried)
        };
        assert_eq!(decide(120, 0), Decision::After(Duration::from_mins(2)));
        assert_eq!(decide(121, 0), Decision::GiveUp);
        assert_eq!(decide(60, 61), Decision::GiveUp);
        assert_eq!(decide(u64::MAX, 61), Decision::GiveUp);
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = datetime!(2026-11-23 08:00:00 UTC);
        let seconds = |header| parse_retry_after(header, now).map(|pause| pause.as_secs());
        assert_eq!(seconds("12"), Some(12));
        assert_eq!(seconds(" 0 "), Some(0));
        assert_eq!(seconds("Mon, 23 Nov 2026 08:01:30 GMT"), Some(90));
        assert_eq!(seconds("Mon, 23 Nov 2026 07:00:00 GMT"), Some(0));
        assert_eq!(seconds("soon"), None);
        assert_eq!(seconds("-5"), None);
        assert_eq!(seconds("1.5"), None);
    }
}
