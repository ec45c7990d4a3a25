//! What a lock that lies in the bucket means: pure, so that a table can say all of it.
//!
//! Whether it has expired is asked of the service's clock alone: it is as old as the answer's `Date` is later
//! than the object's `LastModified`, and it holds as long as its writer said. Neither clock of the two
//! machines that compete takes part. Where an answer carries no `Date`, the local clock stands in.

use std::time::Duration;

use time::OffsetDateTime;

use super::process::Process;
use super::record::Record;

/// How long a lock that cannot be read holds.
pub const USUAL_LIFETIME: Duration = Duration::from_mins(10);

/// A lock as it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What it says; `None` for what is no lock of ours to read: garbage, or a later format.
    pub record: Option<Record>,
    /// When it was written, by the service's clock.
    pub modified: OffsetDateTime,
    /// What the service's clock says now.
    pub now: OffsetDateTime,
}

/// What a lock means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Someone holds it.
    Held,
    /// Its time is over.
    Expired,
    /// The process that took it is provably gone.
    Dead,
}

impl Found {
    /// Until when it holds, by the service's clock.
    #[must_use]
    pub fn until(&self) -> OffsetDateTime {
        self.modified + self.record.as_ref().map_or(USUAL_LIFETIME, Record::lifetime)
    }

    /// What it means to a process; `None` is a process that cannot prove anything.
    #[must_use]
    pub fn state(&self, here: Option<&Process>) -> State {
        self.state_if(|holder| here.is_some_and(|here| here.sees_gone(holder)))
    }

    fn state_if(&self, is_gone: impl Fn(&Process) -> bool) -> State {
        let holder = self.record.as_ref().and_then(|record| record.process.as_ref());
        if self.now >= self.until() {
            State::Expired
        } else if holder.is_some_and(is_gone) {
            State::Dead
        } else {
            State::Held
        }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const WRITTEN: OffsetDateTime = datetime!(2026-11-23 08:00 UTC);

    /// A lock for ten minutes whose writer's clock is a day wrong.
    fn record(process: Option<Process>) -> Record {
        let wrong = WRITTEN - Duration::from_hours(24);
        Record::new("production", "ana@laptop", process, wrong).renewed(wrong, Duration::from_mins(10))
    }

    #[test]
    fn a_lock_holds_until_it_expires_or_its_process_is_gone() {
        let minutes = |minutes| Duration::from_mins(minutes);
        for (record, age, is_gone, state) in [
            (Some(record(None)), minutes(0), true, State::Held),
            (Some(record(None)), minutes(9), true, State::Held),
            (Some(record(None)), minutes(10), true, State::Expired),
            (Some(record(Some(Process::holder()))), minutes(0), false, State::Held),
            (Some(record(Some(Process::holder()))), minutes(0), true, State::Dead),
            (Some(record(Some(Process::holder()))), minutes(10), true, State::Expired),
            (None, minutes(9), true, State::Held),
            (None, minutes(10), true, State::Expired),
        ] {
            let found = Found { record, modified: WRITTEN, now: WRITTEN + age };
            assert_eq!(found.state_if(|_| is_gone), state, "{found:?}");
        }
    }

    #[test]
    fn a_clock_of_the_service_that_steps_back_expires_nothing() {
        let found =
            Found { record: Some(record(None)), modified: WRITTEN, now: WRITTEN - Duration::from_hours(1) };
        assert_eq!(found.state(None), State::Held);
    }

    #[test]
    fn who_can_prove_nothing_waits_for_the_lock_to_expire() {
        let found = Found { record: Some(record(Some(Process::holder()))), modified: WRITTEN, now: WRITTEN };
        assert_eq!(found.state(None), State::Held);
    }
}
