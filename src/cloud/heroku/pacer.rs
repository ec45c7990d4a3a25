//! Lets calls begin as the hour's budget allows; one for all clones of the client.
//!
//! What must not live here: how many calls fit, which `budget` works out, and what a call is.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::budget::{Allowance, Budget, Refill};
use crate::cloud::{Stop, Stopped};

/// Where calls wait for their turn.
#[derive(Debug)]
pub(super) struct Pacer {
    allowance: Mutex<Allowance>,
    /// One waits for the next call that comes back, the others for it, in order.
    turn: tokio::sync::Mutex<()>,
    /// Asked, it ends every wait for a turn.
    stop: Stop,
}

/// A call that may be made, until this is dropped.
#[derive(Debug)]
pub(super) struct Pass<'a> {
    pacer: &'a Pacer,
    /// How long it waited.
    pub(super) waited: Duration,
    /// What Heroku said is left after it.
    pub(super) said: Option<u64>,
}

impl Pacer {
    pub(super) fn new(refill: Refill, stop: Stop) -> Self {
        Self { allowance: Mutex::new(Allowance::new(refill)), turn: tokio::sync::Mutex::default(), stop }
    }

    /// Whether it is known what is left.
    pub(super) fn knows(&self) -> bool {
        self.allowance().left(Instant::now()).is_some()
    }

    /// Heroku says what is left.
    pub(super) fn note(&self, left: u64) {
        self.allowance().note(left, Instant::now());
    }

    /// From now on calls are paced as a run of so many has to be.
    pub(super) fn pace(&self, needed: u64) -> Budget {
        self.allowance().pace(needed, Instant::now())
    }

    /// Waits until a call may be made, and says before a wait how long it will be.
    pub(super) async fn admit(&self, waiting: impl Fn(Duration)) -> Result<Pass<'_>, Stopped> {
        let arrived = Instant::now();
        let _turn = self.turn.lock().await;
        loop {
            let now = Instant::now();
            // The lock is not held while it waits.
            let begun = self.allowance().begin(now);
            match begun {
                Ok(()) => return Ok(Pass { pacer: self, waited: now - arrived, said: None }),
                Err(wait) => {
                    waiting(wait);
                    self.stop.pause(wait).await?;
                }
            }
        }
    }

    fn allowance(&self) -> MutexGuard<'_, Allowance> {
        self.allowance.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        self.pacer.allowance().end(self.said, Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;

    use super::*;

    const QUIET: fn(Duration) = |_| ();

    /// A pacer that knows what is left, of an account to which 60 calls a minute come back.
    async fn with(left: u64) -> Pacer {
        let pacer = Pacer::new(Refill { calls_a_minute: 60, reserve: 10, siblings: 1 }, Stop::default());
        pacer.admit(QUIET).await.unwrap().said = Some(left);
        pacer
    }

    #[tokio::test(start_paused = true)]
    async fn a_run_that_does_not_fit_takes_as_long_as_was_said() {
        let pacer = with(30).await;
        let takes = pacer.pace(100).takes.unwrap();
        let began = Instant::now();
        let call = async || drop(pacer.admit(QUIET).await.unwrap());
        join_all((0..100).map(|_| call())).await;
        let took = began.elapsed();
        assert!(took.abs_diff(takes) <= Duration::from_secs(1), "{took:?} {takes:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_run_that_fits_does_not_wait_at_all() {
        let pacer = with(200).await;
        assert_eq!(pacer.pace(100).takes, None);
        for _ in 0..100 {
            assert_eq!(pacer.admit(QUIET).await.unwrap().waited, Duration::ZERO);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_others_use_is_waited_for() {
        let pacer = with(200).await;
        pacer.pace(100);
        pacer.admit(QUIET).await.unwrap().said = Some(0);
        let waits = Mutex::new(Vec::new());
        let pass = pacer.admit(|wait| waits.lock().unwrap().push(wait.as_secs())).await.unwrap();
        assert_eq!(pass.waited.as_secs(), 11, "for the reserve and for itself");
        assert_eq!(*waits.lock().unwrap(), [11], "and it was said before");
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_is_given_up_while_it_waits_holds_nobody_up() {
        let pacer = with(0).await;
        pacer.pace(100);
        let hurried = tokio::time::timeout(Duration::from_secs(2), pacer.admit(QUIET)).await;
        assert!(hurried.is_err());
        assert_eq!(
            pacer.admit(QUIET).await.unwrap().waited.as_secs(),
            9,
            "two of the eleven seconds are over"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_to_stop_ends_every_wait_for_a_turn() {
        let pacer = with(0).await;
        pacer.pace(100);
        let (first, second, ()) =
            tokio::join!(pacer.admit(QUIET), pacer.admit(QUIET), async { pacer.stop.ask() });
        assert!(first.is_err() && second.is_err(), "nobody was sent");
    }
}
