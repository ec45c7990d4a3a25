//! Waits that are worth telling, each once: calls that go out together wait together.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::{Stop, Stopped};

/// A wait from this length on is announced: a shorter one is not noticed.
pub(super) const WORTH_ANNOUNCING: Duration = Duration::from_secs(2);

/// How often a long wait says what is left of it.
const ANNOUNCED_EVERY: Duration = Duration::from_secs(10);

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

    /// Waits for the next try, and says so if that is news, and how much is left as it goes.
    pub(super) async fn wait(
        &self,
        announcement: Option<String>,
        pause: Duration,
        stop: &Stop,
    ) -> Result<(), Stopped> {
        let announcement = announcement.filter(|_| self.is_news(pause));
        if let Some(announcement) = &announcement {
            tracing::warn!("{announcement}");
        }
        let mut left = pause;
        while left > ANNOUNCED_EVERY {
            stop.pause(ANNOUNCED_EVERY).await?;
            left -= ANNOUNCED_EVERY;
            if announcement.is_some() {
                tracing::warn!("{} s left until the next try", left.as_secs());
            }
        }
        stop.pause(left).await
    }
}
