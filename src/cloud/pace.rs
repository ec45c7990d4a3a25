//! How often a wait looks again, and how long it waits in all: one place for every poll.

use std::time::Duration;

/// A series of pauses that starts short, doubles up to `longest`, and ends when `total` is used up.
///
/// It starts short so that what is ready at once costs no wait, and grows so that a database that takes
/// minutes costs few calls.
#[derive(Clone, Debug)]
pub struct Pace {
    next: Duration,
    longest: Duration,
    left: Duration,
}

impl Pace {
    /// From `first`, doubling up to `longest`, for `total` in all.
    #[must_use]
    pub fn new(first: Duration, longest: Duration, total: Duration) -> Self {
        Self { next: first, longest, left: total }
    }

    /// For what Heroku makes ready, an add-on, a domain or a release: up to every 5 s, as the official clients do
    /// (heroku-api.md section 3).
    #[must_use]
    pub fn heroku(total: Duration) -> Self {
        Self::new(Duration::from_millis(200), Duration::from_secs(5), total)
    }

    /// For parts of Heroku that catch up with each other: three seconds.
    #[must_use]
    pub fn settling() -> Self {
        Self::new(Duration::from_millis(200), Duration::from_secs(2), Duration::from_secs(3))
    }

    /// For a new access key: up to every 8 s, for 60 s in all (aws-s3-iam.md section 4, new key lag).
    #[must_use]
    pub fn access_key() -> Self {
        Self::new(Duration::from_millis(250), Duration::from_secs(8), Duration::from_mins(1))
    }

    /// For dynos that run a new release: up to every 10 s (aws-s3-iam.md section 4, rotation).
    #[must_use]
    pub fn dynos(total: Duration) -> Self {
        Self::new(Duration::from_millis(250), Duration::from_secs(10), total)
    }

    /// For looks whether a new access key is still there, beside the wait for it: every 4 s.
    #[must_use]
    pub fn listed() -> Self {
        Self::new(Duration::from_secs(4), Duration::from_secs(4), Duration::from_mins(1))
    }

    /// For IAM, which hears of its own writes with a delay: 30 s in all (aws-s3-iam.md section 4).
    #[must_use]
    pub fn iam() -> Self {
        Self::new(Duration::from_millis(250), Duration::from_secs(8), Duration::from_secs(30))
    }

    /// For a bucket that was just made or is busy: 0.5 s to 8 s, 2 minutes in all (aws-s3-iam.md section 3).
    #[must_use]
    pub fn bucket() -> Self {
        Self::new(Duration::from_millis(500), Duration::from_secs(8), Duration::from_mins(2))
    }
}

impl Iterator for Pace {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        if self.left.is_zero() {
            return None;
        }
        let pause = self.next.min(self.left);
        self.left -= pause;
        self.next = (self.next * 2).min(self.longest);
        Some(pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_end_with_the_total() {
        let seconds = |pace: Pace| pace.map(|pause| pause.as_secs()).collect::<Vec<_>>();
        let pace = Pace::new(Duration::from_secs(1), Duration::from_secs(8), Duration::from_secs(30));
        assert_eq!(seconds(pace), [1, 2, 4, 8, 8, 7]);
    }
}
