//! Waits that are worth telling, each once: calls that go out together wait together.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A wait from this length on is announced: a shorter one is not noticed.
pub(super) const WORTH_ANNOUNCING: Duration = Duration::from_secs(2);

/// Until when a wait has been announced.
#[derive(Debug, Default)]
pub(super) struct Announcements(Mutex<Option<Instant>>);

impl Announcements {
    /// Whether no wait that lasts as long has been announced yet.
    pub(super) fn is_news(&self, pause: Duration) -> bool {
        let until = Instant::now() + pause;
        let mut announced = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_news = announced.is_none_or(|announced| until > announced + WORTH_ANNOUNCING);
        if is_news {
            *announced = Some(until);
        }
        is_news
    }
}
