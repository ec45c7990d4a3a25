//! The keys that a user holds: which of them others may use, and which one goes when a new one needs its slot
//! (aws-s3-iam.md section 4).
//!
//! What must not live here: whether a new key is needed at all.

use time::{Duration, OffsetDateTime};

use super::settle::{self, PROVING};
use super::terms::Terms;
use super::{Change, SLOTS, When, delivered, reached};
use crate::cloud::aws::{AccessKeyInfo, LastUse};
use crate::resource::tags::{Claim, Tags};
use crate::resource::{Desired, World};
use crate::spec::{IamUser, LocalName};

/// A key that was not used for so long is used by nobody.
const QUIET: Duration = Duration::days(90);

/// What becomes of a key that no config var names.
pub(super) enum Fate {
    /// An apply that was cut off made it, and nobody got it: it is removed.
    LeftOver,
    /// The app had it before the one that it has now: it is set inactive.
    Replaced,
    /// The same, and dynos run with it: it stays until they have ended.
    Running,
    /// It was set inactive at that time, and may be needed again: it stays for a while.
    Settling(OffsetDateTime),
    /// It was set inactive at that time, and nobody missed it: it is removed.
    Settled(OffsetDateTime),
    /// It was set inactive at that time, and somebody used it after that: it stays.
    Missed(OffsetDateTime),
    /// Somebody uses it, or may, or it is not trueup's: it stays.
    Others,
}

/// What is written down before an adopted user gets a new key.
#[derive(Clone, Debug)]
pub struct Renewal {
    /// The key that the app has.
    pub(super) replaced: String,
}

/// A user's keys, seen with everything that may use them.
pub(super) struct Held<'a> {
    pub(super) local: &'a LocalName,
    pub(super) desired: &'a Desired<'a>,
    pub(super) world: &'a World,
    pub(super) keys: &'a [AccessKeyInfo],
    pub(super) terms: &'a Terms,
    tags: Option<&'a Tags>,
    /// Whether the user was there before trueup, and the spec adopts it.
    is_adopted: bool,
}

impl<'a> Held<'a> {
    pub(super) fn of(
        local: &'a LocalName,
        desired: &'a Desired<'a>,
        world: &'a World,
        terms: &'a Terms,
    ) -> Self {
        let keys = world.access_key.get(local).map_or(&[][..], Vec::as_slice);
        let adopt = desired.spec().iam_users[local].adopt;
        let live = world.iam_user.get(local);
        let is_adopted = live.is_some_and(|live| Claim::of(desired, &live.tags, adopt) == Claim::Adopted);
        Self { local, desired, world, keys, terms, tags: live.map(|live| &live.tags), is_adopted }
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

    /// What becomes of a key that no config var names, with a new one on its way or not.
    pub(super) fn fate(&self, key: &AccessKeyInfo, is_renewed: bool) -> Fate {
        if let Some(since) = self.inactive_since(key) {
            let is_over = self.desired.now >= since + self.terms.settle;
            return match key.last_use {
                LastUse::At { time, .. }
                    if time > since && !self.is_quiet(time) && !self.terms.care.is_forced() =>
                {
                    Fate::Missed(since)
                }
                _ if is_over => Fate::Settled(since),
                _ => Fate::Settling(since),
            };
        }
        if !key.active {
            return Fate::Others;
        }
        if self.terms.was_the_apps(key) {
            return Fate::Replaced;
        }
        if self.is_of_others(key) {
            return Fate::Others;
        }
        if !key.dynos.is_empty() {
            return Fate::Running;
        }
        let successor = if is_renewed { Some(self.desired.now) } else { self.newest_named() };
        match successor {
            _ if self.is_in_use(key) => Fate::Others,
            // One that was made at the same time, by an apply beside the one that got through, was nobody's.
            Some(made) if made - key.created > PROVING => Fate::Replaced,
            _ => Fate::LeftOver,
        }
    }

    /// Whether a key that trueup set inactive fills the slot that a new one would need.
    pub(super) fn is_settling(&self) -> bool {
        let is_settling =
            |key: &AccessKeyInfo| matches!(self.fate(key, false), Fate::Settling(_) | Fate::Missed(_));
        self.keys.len() >= SLOTS && self.unnamed().into_iter().any(is_settling)
    }

    /// Whether a rotation is not over: the key that the app had before is still there. A command that names the key ends
    /// that one first; after a week it asks for another.
    pub(super) fn is_under_way(&self) -> bool {
        const WEEK: Duration = Duration::days(7);
        let is_young = self.newest_named().is_some_and(|made| self.desired.now - made < WEEK);
        self.unnamed().into_iter().any(|key| match self.fate(key, false) {
            Fate::Replaced | Fate::Running | Fate::Settling(_) | Fate::Missed(_) => true,
            Fate::Settled(_) => is_young,
            Fate::LeftOver | Fate::Others => false,
        })
    }

    /// The key that the app has.
    pub(super) fn current(&self) -> Option<&'a AccessKeyInfo> {
        self.keys.iter().find(|key| self.is_delivered(key))
    }

    /// Whether a key of an adopted user is none that trueup made or replaced.
    fn is_of_others(&self, key: &AccessKeyInfo) -> bool {
        self.is_adopted && !self.tags.is_some_and(|tags| settle::is_of_renewal(tags, key))
    }

    fn inactive_since(&self, key: &AccessKeyInfo) -> Option<OffsetDateTime> {
        settle::since(self.tags?, &key.id).filter(|_| !key.active)
    }

    fn is_quiet(&self, used: OffsetDateTime) -> bool {
        self.desired.now - used >= QUIET
    }

    /// The change that takes a key out of use, which the app has had until the one that replaces it.
    pub(super) fn retirement(&self, key: &AccessKeyInfo) -> Change {
        let newer = self.newest_named().filter(|made| *made > key.created);
        Change::Retire {
            local: self.local.clone(),
            user: self.user().name.clone(),
            id: key.id.clone(),
            replaced: newer.unwrap_or(self.desired.now),
            care: self.terms.care,
            delivered: delivered(self.desired.spec(), self.local)
                .map(|(var, which)| (var.clone(), which))
                .collect(),
            buckets: reached(self.local, self.desired.spec()),
        }
    }

    /// What an adopted user is tagged with before it gets a new key in the place of the one that the app has. Of one of
    /// ours every key is ours.
    pub(super) fn renewal(&self) -> Option<Renewal> {
        self.current().filter(|_| self.is_adopted).map(|key| Renewal { replaced: key.id.clone() })
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

    /// Whether a config var that delivers the user's key names it.
    pub(super) fn is_delivered(&self, key: &AccessKeyInfo) -> bool {
        self.is_named(key) && !self.is_named_elsewhere(key)
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
        let is_proof = |time: OffsetDateTime| {
            !self.is_of_others(key) && time - successor.unwrap_or(key.created) <= PROVING
        };
        key.active
            && match key.last_use {
                LastUse::Unknown => true,
                LastUse::Never => false,
                LastUse::At { time, .. } => !self.is_quiet(time) && !is_proof(time),
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
