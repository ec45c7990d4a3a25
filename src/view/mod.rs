//! How plans, progress, reports and errors look. Knows plans and events only; renders into text that `cli`
//! writes out.
//!
//! The printed line is derived from the change that will run. What must not live here: decisions, clients,
//! and the environment of the operator.

pub mod error;
mod fields;
mod human;
pub mod json;
pub mod progress;
pub mod report;
mod style;
mod summary;

use std::time::Duration;

pub use human::plan;
pub use style::Theme;

use crate::secret::FingerprintKey;

/// How a plan is shown.
#[derive(Clone, Debug)]
pub struct Options {
    /// With colour or without.
    pub theme: Theme,
    /// Whether secret values are shown: on a terminal only, which the caller makes sure of.
    pub reveal: bool,
    /// How many columns there are.
    pub width: usize,
    /// The key of this run's fingerprints.
    pub key: FingerprintKey,
}

/// What it took to make a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Looking {
    /// How many requests were sent.
    pub calls: u64,
    /// How long it took.
    pub elapsed: Duration,
}

/// A number and its noun: `1 release`, `2 releases`.
#[must_use]
pub(crate) fn count(number: impl Into<u64>, noun: &str) -> String {
    match number.into() {
        1 => format!("1 {noun}"),
        number => format!("{number} {noun}s"),
    }
}

/// Seconds as people read them: `0.2 s`, `42 s`, `3 min 20 s`.
#[must_use]
pub(crate) fn seconds(duration: Duration) -> String {
    match duration.as_secs() {
        0..10 => format!("{:.1} s", duration.as_secs_f64()),
        whole @ 10..120 => format!("{whole} s"),
        whole => format!("{} min {} s", whole / 60, whole % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nouns_agree_with_their_numbers() {
        assert_eq!(count(0_u64, "release"), "0 releases");
        assert_eq!(count(1_u64, "release"), "1 release");
        assert_eq!(count(2_u64, "release"), "2 releases");
    }

    #[test]
    fn durations_are_as_exact_as_they_are_short() {
        assert_eq!(seconds(Duration::from_millis(180)), "0.2 s");
        assert_eq!(seconds(Duration::from_secs(42)), "42 s");
        assert_eq!(seconds(Duration::from_secs(200)), "3 min 20 s");
    }
}
