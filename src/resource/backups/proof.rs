//! Whether backups are made when they should be, and the newest is young enough.

use time::{Duration, OffsetDateTime};

use super::{Kind, SECTION, is_at, moment, names, of_database, scheduled};
use crate::cloud::heroku::{Attachment, Transfer};
use crate::resource::proof::{Asked, Finding, Proof, Prove};
use crate::resource::task::transfer;
use crate::spec::{AttachmentName, Backups};

/// One a day, and some hours for making it.
const LATE: Duration = Duration::hours(30);
/// Two were missed.
const TOO_LATE: Duration = Duration::hours(78);

impl Prove for Kind {
    fn prove<'a>(asked: Asked<'a>, proof: &mut Proof<'a>) {
        let (desired, world) = (asked.overview.desired, asked.overview.world);
        for (name, _, wanted) in scheduled(desired.spec()) {
            let address = SECTION.address(name);
            let Some(attachment) = world.attachment(name) else {
                proof.known(address.to_string(), Finding::skipped("the database is not there"));
                continue;
            };
            proof.known(address.to_string(), schedule(name, wanted, asked));
            let newest = newest(asked, attachment);
            proof.check(address.part("newest").to_string(), newest);
        }
    }
}

fn schedule(name: &AttachmentName, wanted: &Backups, asked: Asked<'_>) -> Finding {
    let world = asked.overview.world;
    let live = world.backups.get(name).and_then(|all| of_database(all, &names(name, world)));
    match live {
        Some(live) if is_at(live, wanted) => Finding::pass(format!("daily at {}", moment(live))),
        Some(live) => {
            Finding::fail(format!("made at {}, not when the spec says", moment(live)), asked.command("apply"))
        }
        None => Finding::fail("no backup is scheduled", asked.command("apply")),
    }
}

async fn newest(asked: Asked<'_>, attachment: &Attachment) -> Finding {
    let (overview, backup) = (asked.overview, asked.command("backup"));
    match asked.clouds().heroku.transfers(&attachment.addon_app).await {
        Ok(transfers) => {
            let own = transfer::of_database(&overview.world.attachment, attachment, transfers);
            let backups: Vec<Transfer> = own.into_iter().filter(Transfer::is_backup).collect();
            judge(&backups, overview.desired.now, &backup)
        }
        Err(error) => Finding::failed(&error, format!("{backup} list")),
    }
}

/// With the command that makes one.
fn judge(backups: &[Transfer], now: OffsetDateTime, capture: &str) -> Finding {
    let listing = || format!("{capture} list");
    let newest = backups.iter().find(|backup| backup.state.is_over());
    let last_failed = newest.is_some_and(|newest| !newest.state.is_good());
    let Some(good) = backups.iter().find(|backup| backup.state.is_good()) else {
        return if last_failed {
            Finding::fail("no backup has succeeded", listing())
        } else {
            Finding::warn("there is none yet", capture)
        };
    };
    let age = now - good.begun;
    let told = format!("{} old", in_words(age));
    match () {
        () if age > TOO_LATE => Finding::fail(told, capture),
        () if last_failed => {
            let detail = format!("{told}, and the one after it failed");
            Finding::warn(detail, listing())
        }
        () if age > LATE => Finding::warn(told, capture),
        () => Finding::pass(told),
    }
}

fn in_words(age: Duration) -> String {
    match (age.whole_days(), age.whole_hours(), age.whole_minutes().max(0)) {
        (days @ 2.., ..) => format!("{days} days"),
        (_, hours @ 2.., _) => format!("{hours} hours"),
        (.., minutes) => format!("{minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::cloud::heroku::{TransferKind, TransferState};
    use crate::resource::proof::Outcome;

    const NOW: OffsetDateTime = datetime!(2026-11-26 12:00 UTC);

    fn copy(hours_ago: i64, succeeded: Option<bool>) -> Transfer {
        let state = match succeeded {
            Some(true) => TransferState::Succeeded(0),
            Some(false) => TransferState::Failed,
            None => TransferState::Running,
        };
        Transfer {
            id: String::new(),
            number: 1,
            kind: TransferKind::Scheduled,
            from: "DATABASE".to_owned(),
            to: "BACKUP".to_owned(),
            begun: NOW - Duration::hours(hours_ago),
            ended: None,
            state,
            source_bytes: 0,
            processed_bytes: 0,
            address: None,
        }
    }

    #[test]
    fn the_newest_that_succeeded_decides_and_a_failure_after_it_is_told() {
        use Outcome::{Fail, Pass, Warn};
        for (copies, outcome, told) in [
            (vec![], Warn, "there is none yet"),
            (vec![copy(0, None)], Warn, "there is none yet"),
            (vec![copy(10, Some(true))], Pass, "10 hours old"),
            (vec![copy(0, None), copy(24, Some(true))], Pass, "24 hours old"),
            (vec![copy(40, Some(true))], Warn, "40 hours old"),
            (
                vec![copy(4, Some(false)), copy(28, Some(true))],
                Warn,
                "28 hours old, and the one after it failed",
            ),
            (vec![copy(100, Some(true))], Fail, "4 days old"),
            (vec![copy(4, Some(false)), copy(100, Some(true))], Fail, "4 days old"),
            (vec![copy(4, Some(false))], Fail, "no backup has succeeded"),
        ] {
            let finding = judge(&copies, NOW, "trueup backup production");
            assert_eq!((finding.outcome, finding.detail.as_str()), (outcome, told));
        }
    }
}
