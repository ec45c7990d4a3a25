//! A request to stop, which reaches every wait: of a step, and of a client between two tries.
//!
//! What must not live here: who asks, and what is done instead.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

/// A request to stop, which can be waited for. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Stop(CancellationToken);

impl Stop {
    /// One that is asked for with this one, and can be asked for alone.
    #[must_use]
    pub fn child(&self) -> Self {
        Self(self.0.child_token())
    }

    /// Asks everything that waits to end.
    pub fn ask(&self) {
        self.0.cancel();
    }

    /// Whether that was asked.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        self.0.is_cancelled()
    }

    /// Ends as soon as that is asked.
    pub async fn asked(&self) {
        self.0.cancelled().await;
    }

    /// Waits; a request to stop ends the wait at once.
    pub async fn pause(&self, duration: Duration) -> Result<(), Stopped> {
        tokio::select! {
            biased;
            () = self.asked() => Err(Stopped),
            () = tokio::time::sleep(duration) => Ok(()),
        }
    }
}

/// A request to stop ended a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped;

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_request_to_stop_ends_a_wait_that_has_begun() {
        let stop = Stop::default();
        let later = async {
            tokio::task::yield_now().await;
            stop.clone().ask();
        };
        let (paused, ()) = tokio::join!(stop.pause(Duration::from_hours(1)), later);
        assert_eq!(paused, Err(Stopped));
    }

    #[tokio::test]
    async fn after_a_request_to_stop_no_wait_begins() {
        let stop = Stop::default();
        stop.ask();
        assert!(stop.is_asked());
        assert_eq!(stop.pause(Duration::ZERO).await, Err(Stopped));
    }

    #[test]
    fn what_is_asked_of_a_part_is_not_asked_of_the_whole() {
        let whole = Stop::default();
        let [one, other] = [whole.child(), whole.child()];
        one.ask();
        assert!(one.is_asked() && !other.is_asked() && !whole.is_asked());
        whole.ask();
        assert!(other.is_asked());
    }

    #[tokio::test]
    async fn without_a_request_a_wait_ends_by_itself() {
        assert_eq!(Stop::default().pause(Duration::from_millis(1)).await, Ok(()));
    }
}
