//! Does what a plan says, independent branches at once, and decides nothing new.
//!
//! [`Applying`] drives `plan::schedule` with tasks and hands out [`Event`]s, one after the other. What must not
//! live here: printing, and any choice about what should be.

mod applying;
mod event;
mod step;

pub use applying::Applying;
pub use event::{Event, Outcome};

use std::time::Duration;

use crate::cloud::ErrorKind;
use crate::resource::Published;

/// What became of every step of a plan.
#[derive(Clone, Debug)]
pub struct Report {
    /// One outcome a step, in the plan's order.
    pub outcomes: Vec<Outcome>,
    /// Whether the user asked to stop.
    pub stopped: bool,
    /// Values that the steps brought about and that a user needs to know.
    pub outputs: Vec<Published>,
    /// How many calls were sent, retries included.
    pub calls: u64,
    /// How long it took.
    pub elapsed: Duration,
}

impl Report {
    /// Whether every step is done.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.outcomes.iter().all(|outcome| matches!(outcome, Outcome::Done))
    }

    /// Whether it was stopped before any step began.
    #[must_use]
    pub fn is_untouched(&self) -> bool {
        self.stopped && self.outcomes.iter().all(|outcome| matches!(outcome, Outcome::NotDone(None)))
    }

    /// Whether nothing failed but that others moved what the plan rests on: a refusal, and no failure.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        let mut failures = self.outcomes.iter().filter_map(Outcome::error).peekable();
        failures.peek().is_some() && failures.all(|error| error.kind == ErrorKind::Moved)
    }
}

#[cfg(test)]
mod tests;
