//! On which terms keys are renewed and taken out of use: those of a spec, or those of somebody who rotates them.

use std::collections::BTreeMap;

use time::{Duration, OffsetDateTime};

use super::settle::SETTLE;
use crate::cloud::aws::{AccessKeyInfo, LastUse};

/// The terms.
#[derive(Clone, Debug)]
pub struct Terms {
    /// Which key gets a successor though it works.
    pub renew: Renew,
    /// How long a key stays inactive before it is deleted.
    pub settle: Duration,
    /// What is watched before an old key is set inactive.
    pub care: Care,
    /// The keys that the app had, each with the moment since when a release is without it.
    pub handed_over: BTreeMap<String, OffsetDateTime>,
}

/// Which key gets a successor though it works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Renew {
    /// One that is older than its spec allows.
    BySpec,
    /// One that is older than this.
    OlderThan(Duration),
    /// Whichever the app has.
    Named,
}

/// What is watched before an old key is set inactive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Care {
    /// For less than a minute, whether somebody uses it when no dyno has it any more.
    Brief,
    /// As somebody who rotates it says.
    Rotation {
        /// From the release with the new key on, the old one may still be used for so long.
        grace: Duration,
        /// A later use that is older than this is no reason to keep it.
        quiet_for: Duration,
        /// Whether nothing is one.
        is_forced: bool,
    },
}

impl Default for Terms {
    fn default() -> Self {
        Self { renew: Renew::BySpec, settle: SETTLE, care: Care::Brief, handed_over: BTreeMap::new() }
    }
}

impl Terms {
    /// Whether the app had a key before the one that it has now, as its releases tell.
    pub(super) fn was_the_apps(&self, key: &AccessKeyInfo) -> bool {
        self.handed_over.contains_key(&key.id)
    }
}

impl Care {
    pub(super) fn is_forced(self) -> bool {
        matches!(self, Self::Rotation { is_forced: true, .. })
    }
}

/// A use of an old key that tells of somebody who still has it: later than the release with the new key and the grace
/// after it, and not so long ago that whoever it was has ended.
pub(super) fn objection(
    last_use: &LastUse,
    (released, grace, quiet_for): (OffsetDateTime, Duration, Duration),
    now: OffsetDateTime,
) -> Option<&LastUse> {
    let LastUse::At { time, .. } = last_use else { return None };
    (*time > released + grace && now - *time < quiet_for).then_some(last_use)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::testing::NOW;

    #[test]
    fn only_a_use_after_the_grace_that_is_not_long_ago_is_an_objection() {
        let minutes = Duration::minutes;
        // Minutes ago: the release, the last use; then whether the use counts, with 10 minutes' grace and an hour's quiet.
        for (released, used, expected) in [
            (30, 45, false),
            (30, 25, false),
            (30, 20, false),
            (30, 19, true),
            (30, 0, true),
            (300, 59, true),
            (300, 60, false),
            (300, 200, false),
            (5, 1, false),
        ] {
            let last_use = LastUse::At {
                time: NOW - minutes(used),
                service: "s3".to_owned(),
                region: "us-east-1".to_owned(),
            };
            let limits = (NOW - minutes(released), minutes(10), minutes(60));
            assert_eq!(objection(&last_use, limits, NOW).is_some(), expected, "{released}, {used}");
        }
        for silent in [LastUse::Never, LastUse::Unknown] {
            assert_eq!(objection(&silent, (NOW, minutes(0), minutes(60)), NOW), None);
        }
    }
}
