//! Waits that are worth telling, each once: calls that go out together wait together.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A wait from this length on is told: a shorter one is not noticed.
pub(super) const WORTH_TELLING: Duration = Duration::from_secs(2);

/// Until when somebody has told of a wait.
#[derive(Debug, Default)]
pub(super) struct Told(Mutex<Option<Instant>>);

impl Told {
    /// Whether nobody has told of a wait that lasts as long.
    pub(super) fn is_news(&self, pause: Duration) -> bool {
        let until = Instant::now() + pause;
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_news = told.is_none_or(|told| until > told + WORTH_TELLING);
        if is_news {
            *told = Some(until);
        }
        is_news
    }
}
