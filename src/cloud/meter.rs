//! Counts the calls of one run and remembers what the services said about their limits.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

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
    }

    /// One more request went to AWS (retries count).
    pub fn count_aws(&self) {
        self.0.aws.fetch_add(1, Ordering::Relaxed);
    }

    /// What Heroku said in `RateLimit-Remaining`: calls left of about 4500 an hour (heroku-api.md section 1.5).
    pub fn note_heroku_remaining(&self, remaining: u64) {
        self.0.heroku_remaining.store(remaining, Ordering::Relaxed);
    }

    /// Requests sent to Heroku.
    #[must_use]
    pub fn heroku(&self) -> u64 {
        self.0.heroku.load(Ordering::Relaxed)
    }

    /// Requests sent to AWS.
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
