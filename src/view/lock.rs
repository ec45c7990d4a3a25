//! The lock in words: who holds it, why it was taken over, how it was lost.

use time::format_description::FormatItem;
use time::macros::format_description;
use time::{OffsetDateTime, UtcOffset};

use super::failure::{Words, with_hint};
use super::text::clean;
use crate::lock::{Found, Loss, State};
use crate::spec::{BucketName, EnvironmentName};

const MOMENT: &[FormatItem<'_>] = format_description!("[year]-[month]-[day] [hour]:[minute]:[second] UTC");

/// `held by ana@laptop since … until …`
pub(super) fn holder(found: &Found) -> String {
    let until = moment(found.until());
    match &found.record {
        Some(record) => {
            format!("held by {} since {} until {until}", clean(&record.owner), moment(record.taken_at))
        }
        None => format!("held by someone unknown until {until}: what it says cannot be read"),
    }
}

/// Until when it holds.
fn until(found: &Found) -> String {
    moment(found.until())
}

/// There is no bucket yet to hold it.
pub(super) fn not_taken(environment: &EnvironmentName, bucket: &BucketName) -> String {
    format!(
        "{environment} is applied without a lock this time: {bucket}, the bucket that holds the lock, does not exist yet"
    )
}

/// Somebody else has it.
pub(super) fn held(environment: &EnvironmentName, found: &Found) -> Words {
    with_hint(
        format!("{environment} is locked, so nothing was done: {}", holder(found)),
        format!(
            "wait for it to end, at the latest until {}; or break the lock with `trueup unlock {environment}` if nothing is running any more",
            until(found)
        ),
    )
}

/// The bucket that would hold it is someone else's.
pub(super) fn elsewhere(environment: &EnvironmentName, bucket: &BucketName, why: &str) -> Words {
    with_hint(
        format!("no lock can be kept in the bucket {bucket}: {why}, so nothing was done"),
        format!("`trueup plan {environment}` shows what to do about it"),
    )
}

/// Others took it each time.
pub(super) fn busy(environment: &EnvironmentName) -> Words {
    with_hint(
        format!("{environment} could not be locked, so nothing was done: others took the lock each time"),
        "run the same command again in a while",
    )
}

/// It was broken, or expired, while this run went on.
pub(super) fn lost_by_this_run(environment: &EnvironmentName) -> Words {
    with_hint(
        format!("{environment} is no longer locked by this run, so it was stopped"),
        "find out who broke the lock, then run the same command again: it continues from what is there",
    )
}

/// The spec names no bucket to hold it.
pub(super) fn no_bucket(environment: &EnvironmentName) -> Words {
    with_hint(
        format!("{environment} has no bucket, and a lock is kept in the environment's own"),
        "add a bucket to the spec, or run without --lock and make sure that only one apply runs at a time",
    )
}

/// It is another one than the one that was to be removed.
pub(super) fn changed(environment: &EnvironmentName) -> Words {
    with_hint(
        format!("the lock of {environment} changed while it was being removed, so someone may hold it"),
        "run the same command again",
    )
}

/// Why a lock that lies there does not count: `it has expired`.
pub(super) fn why_over(state: State) -> &'static str {
    match state {
        State::Held => "it is still held",
        State::Expired => "it has expired",
        State::Dead => "the process that took it, on this machine, is gone",
    }
}

/// That a lock which did not count any more is held by this run now.
pub(super) fn taken_over(environment: &EnvironmentName, found: &Found, state: State) -> String {
    format!("the lock of {environment} was taken over, since {}; it was {}", why_over(state), holder(found))
}

/// That a lock went while its environment was applied.
pub(super) fn lost(environment: &EnvironmentName, why: &Loss) -> String {
    let why = loss(why);
    format!("the lock of {environment} was lost while it was applied, so nothing new starts: {why}")
}

/// Why a lock that was held is not any more.
pub(super) fn loss(loss: &Loss) -> String {
    match loss {
        Loss::Broken(None) => "someone removed it".to_owned(),
        Loss::Broken(Some(found)) => format!("someone else took it: it is now {}", holder(found)),
        Loss::NotRenewed(error) => format!("it could not be renewed in time: {error}"),
    }
}

fn moment(moment: OffsetDateTime) -> String {
    // Someone may have written a moment at the very end of time, which has no form in UTC.
    let utc = moment.checked_to_offset(UtcOffset::UTC);
    utc.and_then(|utc| utc.format(MOMENT).ok()).unwrap_or_else(|| moment.to_string())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use time::macros::datetime;

    use super::*;
    use crate::lock::Record;

    fn found(owner: &str) -> Found {
        let now = datetime!(2026-11-23 08:00:01.5 UTC);
        let record = Record::new("production", owner, None, now).renewed(now, Duration::from_mins(10));
        Found { record: Some(record), modified: datetime!(2026-11-23 08:00:02 UTC), now }
    }

    #[test]
    fn a_holder_is_shown_with_its_times() {
        assert_eq!(
            holder(&found("ana@laptop, process 7")),
            "held by ana@laptop, process 7 since 2026-11-23 08:00:01 UTC until 2026-11-23 08:10:02 UTC"
        );
        let unknown = holder(&Found { record: None, ..found("") });
        let mut end = found("eve");
        end.record.as_mut().unwrap().taken_at = datetime!(9999-12-31 23:59:59 -23);
        assert!(holder(&end).contains("since 9999-12-31 23:59:59.0 -23:00:00"), "{}", holder(&end));
        assert!(unknown.starts_with("held by someone unknown until 2026-11-23 08:10:02 UTC"), "{unknown}");
    }

    #[test]
    fn what_someone_wrote_cannot_steer_the_terminal() {
        let shown = holder(&found("\u{202e}eve\u{1b}[2J"));
        assert!(!shown.contains(['\u{202e}', '\u{1b}']), "{shown:?}");
    }

    #[test]
    fn a_loss_says_who_has_it_now() {
        assert_eq!(loss(&Loss::Broken(None)), "someone removed it");
        let taken = loss(&Loss::Broken(Some(Box::new(found("ben@desk")))));
        assert!(taken.starts_with("someone else took it: it is now held by ben@desk since "), "{taken}");
    }
}
