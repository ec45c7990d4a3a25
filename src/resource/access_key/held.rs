//! The keys that a user holds: which of them others may use, and which one goes when a new one needs its slot
//! (aws-s3-iam.md section 4).
//!
//! What must not live here: whether a new key is needed at all.

use time::{Duration, OffsetDateTime};

use super::{Change, SLOTS, When, delivered, reached};
use crate::cloud::aws::{AccessKeyInfo, LastUse};
use crate::resource::tags::Claim;
use crate::resource::{Desired, World};
use crate::spec::{IamUser, LocalName};

/// Within this time after its creation a key is used by the apply that made it, to prove that it works, and its
/// predecessor by dynos that do not run with it yet.
const PROVING: Duration = Duration::hours(1);

/// A key that was not used for so long is used by nobody.
const QUIET: Duration = Duration::days(90);

/// A user's keys, seen with everything that may use them.
pub(super) struct Held<'a> {
    pub(super) local: &'a LocalName,
    pub(super) desired: &'a Desired<'a>,
    pub(super) world: &'a World,
    pub(super) keys: &'a [AccessKeyInfo],
    /// Whether the user was there before trueup, and the spec adopts it.
    is_adopted: bool,
}

impl<'a> Held<'a> {
    pub(super) fn of(local: &'a LocalName, desired: &'a Desired<'a>, world: &'a World) -> Self {
        let keys = world.access_key.get(local).map_or(&[][..], Vec::as_slice);
        let adopt = desired.spec().iam_users[local].adopt;
        let live = world.iam_user.get(local);
        let is_adopted = live.is_some_and(|live| Claim::of(desired, &live.tags, adopt) == Claim::Adopted);
        Self { local, desired, world, keys, is_adopted }
    }

    pub(super) fn user(&self) -> &'a IamUser {
        &self.desired.environment.spec.iam_users[self.local]
    }

    /// The keys that no config var names.
    pub(super) fn unnamed(&self) -> Vec<&'a AccessKeyInfo> {
        self.keys.iter().filter(|key| !self.is_named(key)).collect()
    }

    /// The keys that a new one replaces. What a var of somebody else's names would stop working with its key.
    pub(super) fn replaced(&self) -> Vec<&'a AccessKeyInfo> {
        let goes = self.slot().filter(|_| self.keys.len() >= SLOTS);
        let is_replaced = |key: &&AccessKeyInfo| {
            self.is_named(key) && !self.is_named_elsewhere(key) && goes.is_none_or(|goes| goes.id != key.id)
        };
        self.keys.iter().filter(is_replaced).collect()
    }

    /// The one key that makes room for another: inactive before unused, and the older of two alike. `None` when
    /// somebody may use each.
    pub(super) fn slot(&self) -> Option<&'a AccessKeyInfo> {
        let may_go = |key: &&AccessKeyInfo| {
            if self.is_named(key) {
                !key.active && !self.is_named_elsewhere(key)
            } else {
                !self.is_in_use(key)
            }
        };
        self.keys.iter().filter(may_go).min_by_key(|key| (key.active, key.created))
    }

    /// Why no key makes room for another.
    pub(super) fn no_slot(&self) -> String {
        let keys: Vec<String> = self.keys.iter().map(|key| key.in_words(self.desired.now)).collect();
        format!(
            "{} has two access keys that may both be in use, so there is no slot for a new one: {}",
            self.user().name,
            keys.join("; ")
        )
    }

    /// Whether an apply that was cut off made the key and nobody got it.
    pub(super) fn is_left_over(&self, key: &AccessKeyInfo) -> bool {
        !self.is_adopted && key.active && !self.is_in_use(key)
    }

    pub(super) fn removal(&self, key: &AccessKeyInfo, reason: &str, when: When) -> Change {
        Change::Remove {
            local: self.local.clone(),
            user: self.user().name.clone(),
            id: key.id.clone(),
            reason: reason.to_owned(),
            when,
            buckets: reached(self.local, self.desired.spec()),
        }
    }

    /// Whether a config var names the key, be it as a part of a longer value: `s3://AKIA…:…@bucket/reports`.
    fn is_named(&self, key: &AccessKeyInfo) -> bool {
        self.world.config.vars().values().any(|value| value.contains(&key.id))
    }

    /// Whether a config var that does not deliver the user's key names it too.
    fn is_named_elsewhere(&self, key: &AccessKeyInfo) -> bool {
        let spec = self.desired.spec();
        let is_delivered = |var: &str| delivered(spec, self.local).any(|(name, _)| name.as_str() == var);
        let mut vars = self.world.config.vars().iter();
        vars.any(|(var, value)| value.contains(&key.id) && !is_delivered(var))
    }

    /// When the newest key that a config var names was made.
    fn newest_named(&self) -> Option<OffsetDateTime> {
        self.keys.iter().filter(|key| key.active && self.is_named(key)).map(|key| key.created).max()
    }

    /// Whether somebody whom trueup does not see may use the key. The app itself used it until its successor was
    /// delivered, and an apply that is cut off then leaves it.
    fn is_in_use(&self, key: &AccessKeyInfo) -> bool {
        let successor = self.newest_named().filter(|made| *made > key.created);
        let is_proof =
            |time: OffsetDateTime| !self.is_adopted && time - successor.unwrap_or(key.created) <= PROVING;
        key.active
            && match key.last_use {
                LastUse::Unknown => true,
                LastUse::Never => false,
                LastUse::At { time, .. } => self.desired.now - time < QUIET && !is_proof(time),
            }
    }
}

impl AccessKeyInfo {
    /// The key as people tell it from another: `AKIA… (active, 412 days old, last used 3 days ago by s3 in us-east-1)`.
    #[must_use]
    pub fn in_words(&self, now: OffsetDateTime) -> String {
        let state = if self.active { "active" } else { "inactive" };
        let days = |since: OffsetDateTime| match (now - since).whole_days().max(0) {
            1 => "1 day".to_owned(),
            days => format!("{days} days"),
        };
        let used = match &self.last_use {
            LastUse::Unknown => "its last use is not known".to_owned(),
            LastUse::Never => "never used".to_owned(),
            LastUse::At { time, service, region } => {
                format!("last used {} ago by {service} in {region}", days(*time))
            }
        };
        format!("{} ({state}, {} old, {used})", self.id, days(self.created))
    }
}
