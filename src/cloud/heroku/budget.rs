//! The hour's budget of calls: whether what a run needs fits into what is left, and how far apart calls must be when
//! it does not (heroku-api.md section 1.5).
//!
//! Pure: the clock arrives as an argument. What must not live here: asking what is left, and waiting.

use std::time::Duration;

use tokio::time::Instant;

/// More calls than an account ever has at once.
const MOST: f64 = 4500.0;

/// How calls come back to an account, and how many of them a run leaves to others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refill {
    /// What comes back, evenly.
    pub(super) calls_a_minute: u32,
    /// What a run that needs many calls does not touch: the dashboard, other runs and people have the same budget.
    pub(super) reserve: u64,
    /// How many runs side by side share both, this one among them.
    pub(super) siblings: u32,
}

impl Default for Refill {
    fn default() -> Self {
        Self { calls_a_minute: 75, reserve: 75, siblings: 1 }
    }
}

impl Refill {
    /// What is left to one of so many runs that do their parts at the same time (life-and-ci.md section 10).
    pub(super) fn shared_by(self, siblings: u32) -> Self {
        Self { siblings: siblings.max(1), ..self }
    }

    /// This run's part of what an account has. Heroku counts the calls of all of them, so each answer tells again what
    /// there is to share.
    fn share_of(self, account: u64) -> u64 {
        account / u64::from(self.siblings)
    }

    /// A run that needs few calls is one of those for which others leave some.
    fn reserve_of(self, needed: u64) -> u64 {
        self.share_of(self.reserve).min(needed)
    }

    /// What comes back to this run.
    fn calls_a_second(self) -> f64 {
        f64::from(self.calls_a_minute.max(1)) / f64::from(self.siblings) / 60.0
    }

    /// How long it takes until so many calls have come back.
    fn time_for(self, calls: f64) -> Duration {
        Duration::from_secs_f64(calls.max(0.0) / self.calls_a_second())
    }
}

/// What the calls of a run mean for the hour's budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// The calls that the account had left; `None` when that is not known.
    pub left: Option<u64>,
    /// The calls that the run needs.
    pub needed: u64,
    /// How long the run takes at least, since calls have to come back for it; `None` when it fits, as far as is known.
    pub takes: Option<Duration>,
}

impl Budget {
    pub(super) fn of(left: Option<u64>, needed: u64, refill: Refill) -> Self {
        let wanted = needed.saturating_add(refill.reserve_of(needed));
        let missing = left.map_or(0, |left| wanted.saturating_sub(left));
        let takes = (missing > 0).then(|| refill.time_for(as_calls(missing)));
        Self { left, needed, takes }
    }
}

/// The calls that this run knows to be left, as it makes some and as Heroku says how many there are.
#[derive(Debug)]
pub(super) struct Allowance {
    refill: Refill,
    /// How many are not touched; `None` lets every call pass.
    reserve: Option<u64>,
    /// `None` until Heroku said it.
    left: Option<Left>,
    /// Calls that were made and are not answered yet.
    under_way: u64,
}

#[derive(Clone, Copy, Debug)]
struct Left {
    calls: f64,
    at: Instant,
}

impl Allowance {
    pub(super) fn new(refill: Refill) -> Self {
        Self { refill, reserve: None, left: None, under_way: 0 }
    }

    /// Whole calls that are left now, as far as is known.
    pub(super) fn left(&mut self, now: Instant) -> Option<u64> {
        self.fill(now);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "from 0 to a few thousand"
        )]
        self.left.map(|left| left.calls as u64)
    }

    /// From now on calls wait for their turn, so that a run of so many neither meets the limit nor takes what is left
    /// to others.
    pub(super) fn pace(&mut self, needed: u64, now: Instant) -> Budget {
        self.reserve = Some(self.refill.reserve_of(needed));
        Budget::of(self.left(now), needed, self.refill)
    }

    /// Begins a call, or says how long it has to wait first.
    pub(super) fn begin(&mut self, now: Instant) -> Result<(), Duration> {
        self.fill(now);
        if let (Some(left), Some(reserve)) = (self.left, self.reserve) {
            let missing = as_calls(reserve) + 1.0 - left.calls;
            if missing > 0.0 {
                return Err(self.refill.time_for(missing));
            }
        }
        self.under_way += 1;
        if let Some(left) = &mut self.left {
            left.calls = (left.calls - 1.0).max(0.0);
        }
        Ok(())
    }

    /// Ends a call, with what Heroku said is left after it.
    pub(super) fn end(&mut self, said: Option<u64>, now: Instant) {
        self.under_way = self.under_way.saturating_sub(1);
        if let Some(said) = said {
            self.note(said, now);
        }
    }

    /// Heroku says what is left. Of the calls that are under way it may have counted none, and an answer may have been
    /// overtaken by a later one: so what is known to be less counts.
    pub(super) fn note(&mut self, said: u64, now: Instant) {
        self.fill(now);
        let safe = as_calls(self.refill.share_of(said).saturating_sub(self.under_way));
        let calls = match self.left {
            Some(left) if self.under_way > 0 => left.calls.min(safe),
            _ => safe,
        };
        self.left = Some(Left { calls, at: now });
    }

    /// Lets in what has come back since.
    fn fill(&mut self, now: Instant) {
        if let Some(left) = &mut self.left {
            let seconds = now.saturating_duration_since(left.at).as_secs_f64();
            let filled = left.calls + seconds * self.refill.calls_a_second();
            *left = Left { calls: filled.min(MOST.max(left.calls)), at: now };
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "an hour has a few thousand calls")]
fn as_calls(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_run_fits_when_what_is_left_covers_it_and_leaves_some_to_others() {
        let table = [
            // left, needed, seconds that it takes
            (Some(4500), 1700, None),
            (Some(1775), 1700, None),
            (Some(1774), 1700, Some(0.8)),
            (Some(300), 1700, Some(1180.0)),
            (Some(0), 1700, Some(1420.0)),
            (Some(4500), 9000, Some(3660.0)),
            // Few calls leave few to others.
            (Some(20), 10, None),
            (Some(19), 10, Some(0.8)),
            (Some(0), 0, None),
            // Nobody knows.
            (None, 1700, None),
        ];
        for (left, needed, seconds) in table {
            let takes = seconds.map(Duration::from_secs_f64);
            let expected = Budget { left, needed, takes };
            assert_eq!(Budget::of(left, needed, Refill::default()), expected, "{left:?} {needed}");
        }
    }

    /// An allowance that knows what is left.
    fn with(left: u64, now: Instant) -> Allowance {
        let mut allowance = Allowance::new(Refill { calls_a_minute: 60, reserve: 10, siblings: 1 });
        allowance.begin(now).unwrap();
        allowance.end(Some(left), now);
        allowance
    }

    /// How many calls may begin at once, and how long the next one has to wait.
    fn burst(allowance: &mut Allowance, now: Instant) -> (usize, Option<Duration>) {
        for begun in 0..1000 {
            if let Err(wait) = allowance.begin(now) {
                return (begun, Some(wait));
            }
        }
        (1000, None)
    }

    #[test]
    fn nothing_waits_until_a_run_says_what_it_needs() {
        let now = Instant::now();
        let mut allowance = with(3, now);
        assert_eq!(burst(&mut allowance, now), (1000, None));
    }

    #[test]
    fn nothing_waits_while_nobody_knows_what_is_left() {
        let now = Instant::now();
        let mut allowance = Allowance::new(Refill::default());
        assert_eq!(allowance.pace(5000, now), Budget { left: None, needed: 5000, takes: None });
        assert_eq!(burst(&mut allowance, now), (1000, None));
    }

    #[test]
    fn calls_pass_at_once_down_to_the_reserve_and_then_as_they_come_back() {
        let now = Instant::now();
        let mut allowance = with(25, now);
        let budget = allowance.pace(100, now);
        assert_eq!(budget, Budget { left: Some(25), needed: 100, takes: Some(85 * SECOND) });
        assert_eq!(burst(&mut allowance, now), (15, Some(SECOND)));
        assert_eq!(burst(&mut allowance, now + SECOND / 2), (0, Some(SECOND / 2)), "half of it is there");
        assert_eq!(burst(&mut allowance, now + 3 * SECOND), (3, Some(SECOND)));
    }

    #[test]
    fn what_heroku_says_counts_when_nothing_is_under_way() {
        let now = Instant::now();
        for said in [3, 4000] {
            let mut allowance = with(500, now);
            allowance.begin(now).unwrap();
            allowance.end(Some(said), now);
            assert_eq!(
                allowance.left(now),
                Some(said),
                "others use it too, and it may be larger than thought"
            );
        }
    }

    #[test]
    fn calls_under_way_are_taken_off_and_an_answer_that_is_overtaken_gives_nothing_back() {
        let now = Instant::now();
        let mut allowance = with(100, now);
        for _ in 0..5 {
            allowance.begin(now).unwrap();
        }
        assert_eq!(allowance.left(now), Some(95));
        allowance.end(Some(60), now);
        assert_eq!(allowance.left(now), Some(56), "four may not be counted yet");
        allowance.end(Some(97), now);
        assert_eq!(allowance.left(now), Some(56));
        for said in [None, Some(58), Some(57)] {
            allowance.end(said, now);
        }
        assert_eq!(allowance.left(now), Some(57), "all are counted");
    }

    #[test]
    fn runs_side_by_side_keep_to_their_shares_and_read_them_again_on_the_way() {
        let now = Instant::now();
        let refill = Refill { calls_a_minute: 60, reserve: 40, siblings: 1 }.shared_by(4);
        let mut allowance = Allowance::new(refill);
        allowance.note(400, now);
        let budget = allowance.pace(1000, now);
        // 100 of 400 are left to each of four, 10 of them for others, and 15 come back to each in a minute.
        assert_eq!((budget.left, budget.takes), (Some(100), Some(Duration::from_secs(910 * 4))));
        assert_eq!(burst(&mut allowance, now).0, 90);
        // The others were slower than that, so more is left to all than was thought.
        let now = now + SECOND;
        let mut allowance = Allowance::new(refill);
        allowance.pace(1000, now);
        for said in [400, 300] {
            allowance.begin(now).unwrap();
            allowance.end(Some(said), now);
        }
        assert_eq!(allowance.left(now), Some(75));
    }

    #[test]
    fn no_more_comes_back_than_an_account_holds() {
        let now = Instant::now();
        let mut allowance = with(4400, now);
        assert_eq!(allowance.left(now + Duration::from_hours(5)), Some(4500));
        let mut larger = with(9000, now);
        assert_eq!(larger.left(now + Duration::from_hours(5)), Some(9000), "some have more than others");
    }
}
