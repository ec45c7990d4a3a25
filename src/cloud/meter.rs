//! Counts the calls of one run, and those of each environment in it, and remembers what the services said about
//! their limits.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

tokio::task_local! {
    /// On whose behalf the work that runs here sends its calls.
    static CALLER: Calls;
}

/// The calls that were sent on behalf of one environment, retries included; clones share the count. The clients
/// are shared by all environments of a run, so it is the work that is counted, and not a client.
#[derive(Clone, Debug, Default)]
pub struct Calls(Arc<AtomicU64>);

impl Calls {
    /// Does work, and counts the calls that it sends. What it spawns is not counted, unless it is wrapped too.
    pub async fn count<T>(&self, work: impl Future<Output = T>) -> T {
        CALLER.scope(self.clone(), work).await
    }

    /// How many were sent.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// One more was sent, by work that belongs to an environment or to none.
    fn note() {
        let _ = CALLER.try_with(|calls| calls.0.fetch_add(1, Ordering::Relaxed));
    }
}

/// Shared by all clients of a run; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Meter(Arc<Counts>);

#[derive(Debug)]
struct Counts {
    heroku: AtomicU64,
    aws: AtomicU64,
    heroku_remaining: AtomicU64,
}

impl Default for Counts {
    fn default() -> Self {
        Self { heroku: AtomicU64::new(0), aws: AtomicU64::new(0), heroku_remaining: AtomicU64::new(u64::MAX) }
    }
}

impl Meter {
    /// One more request went to Heroku (retries count).
    pub fn count_heroku(&self) {
        self.0.heroku.fetch_add(1, Ordering::Relaxed);
        Calls::note();
    }

    /// One more request went to AWS (retries count).
    pub fn count_aws(&self) {
        self.0.aws.fetch_add(1, Ordering::Relaxed);
        Calls::note();
    }

    /// What Heroku said in `RateLimit-Remaining`: calls left of about 4500 an hour (heroku-api.md section 1.5).
    pub fn note_heroku_remaining(&self, remaining: u64) {
        self.0.heroku_remaining.store(remaining, Ordering::Relaxed);
    }

    /// Requests sent to Heroku.
    #[cfg(test)]
    #[must_use]
    pub fn heroku(&self) -> u64 {
        self.0.heroku.load(Ordering::Relaxed)
    }

    /// Requests sent to AWS.
    #[cfg(test)]
    #[must_use]
    pub fn aws(&self) -> u64 {
        self.0.aws.load(Ordering::Relaxed)
    }

    /// Calls that Heroku still allows, once it said so.
    #[must_use]
    pub fn heroku_remaining(&self) -> Option<u64> {
        Some(self.0.heroku_remaining.load(Ordering::Relaxed)).filter(|remaining| *remaining != u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn calls_count_for_the_run_and_for_whom_they_are_sent() {
        let (meter, [one, other]) = (Meter::default(), [Calls::default(), Calls::default()]);
        let work = |times: u64| {
            let meter = meter.clone();
            async move {
                for _ in 0..times {
                    meter.count_heroku();
                    tokio::task::yield_now().await;
                    meter.count_aws();
                }
            }
        };
        tokio::join!(one.count(work(1)), other.count(work(2)));
        meter.count_heroku();
        assert_eq!((one.sent(), other.sent()), (2, 4));
        assert_eq!((meter.heroku(), meter.aws()), (4, 3));
    }
}
