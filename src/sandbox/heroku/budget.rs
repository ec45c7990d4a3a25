//! How many calls an account may make: a bucket that holds an hour's calls and fills again evenly
//! (heroku-api.md section 1.5).
//!
//! What must not live here: which calls are free.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::sandbox::Budget;

/// The calls that one account has left.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Bucket {
    /// In calls; a part of one is on its way.
    left: f64,
    /// When that was so.
    at: OffsetDateTime,
}

impl Bucket {
    /// The bucket of an account that has made no call yet.
    pub(super) fn fresh(budget: &Budget, now: OffsetDateTime) -> Self {
        Self { left: f64::from(budget.left.unwrap_or(budget.size).min(budget.size)), at: now }
    }

    /// Lets in what has come back since; a clock that was set back brings nothing.
    pub(super) fn fill(&mut self, budget: &Budget, now: OffsetDateTime) {
        let minutes = (now - self.at).as_seconds_f64().max(0.0) / 60.0;
        let filled = self.left + minutes * f64::from(budget.calls_a_minute);
        *self = Self { left: filled.min(f64::from(budget.size)), at: now };
    }

    /// Takes one call out; `false` when there is none.
    pub(super) fn take(&mut self) -> bool {
        let has_one = self.left >= 1.0;
        if has_one {
            self.left -= 1.0;
        }
        has_one
    }

    /// Whole calls that are left.
    pub(super) fn left(&self) -> u32 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "from 0 to the size, a u32"
        )]
        let whole = self.left as u32;
        whole
    }
}

#[cfg(test)]
mod tests {
    use time::Duration;
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-11-23 08:00:00 UTC);

    fn budget(size: u32) -> Budget {
        Budget { size, ..Budget::default() }
    }

    /// How many calls are let through at once.
    fn burst(bucket: &mut Bucket) -> usize {
        std::iter::from_fn(|| bucket.take().then_some(())).count()
    }

    #[test]
    fn an_hour_holds_4500_calls_of_which_75_come_back_in_a_minute() {
        let budget = Budget::default();
        let mut bucket = Bucket::fresh(&budget, NOW);
        assert_eq!(burst(&mut bucket), 4500);
        bucket.fill(&budget, NOW + Duration::minutes(1));
        assert_eq!(bucket.left(), 75);
        bucket.fill(&budget, NOW + Duration::hours(2));
        assert_eq!(bucket.left(), 4500, "and no more than the hour's");
    }

    #[test]
    fn parts_of_a_call_add_up_however_often_one_looks() {
        let budget = budget(10);
        let mut bucket = Bucket::fresh(&budget, NOW);
        burst(&mut bucket);
        let made = (1..=40).filter(|tick| {
            bucket.fill(&budget, NOW + Duration::milliseconds(200) * *tick);
            bucket.take()
        });
        assert_eq!(made.count(), 10, "one each 800 ms, in 8 s");
    }

    #[test]
    fn an_account_can_begin_with_less_and_with_no_more_than_it_holds() {
        for (left, expected) in [(Some(3), 3), (Some(0), 0), (Some(900), 10), (None, 10)] {
            let budget = Budget { left, ..budget(10) };
            assert_eq!(burst(&mut Bucket::fresh(&budget, NOW)), expected);
        }
    }

    #[test]
    fn a_clock_that_is_set_back_neither_gives_nor_takes() {
        let budget = budget(10);
        let mut bucket = Bucket::fresh(&Budget { left: Some(4), ..budget.clone() }, NOW);
        bucket.fill(&budget, NOW - Duration::hours(1));
        assert_eq!(bucket.left(), 4);
    }
}
