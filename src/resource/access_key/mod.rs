//! The access keys of IAM users: made, proven to work, and delivered through config vars (aws-s3-iam.md
//! section 4).
//!
//! The secret of a key can be read once, when it is made. So the key that the app uses is known by its id
//! alone: a live config var names it. Which of the others may go is decided in `held`.

mod age;
mod change;
pub mod earlier;
mod held;
pub mod import;
mod needed;
pub(super) mod proof;
mod released;
mod removal;
mod retire;
mod rights;
pub mod rotation;
mod settle;
mod terms;

use std::collections::BTreeMap;

use super::{Address, Desired, Draft, Facts, Label, Look, Resource, Section, World, config, iam_user, tags};
pub use change::{Change, When, is_there, withdraw};
pub use needed::keeps;
pub use terms::{Care, Renew, Terms};

use change::Reached;
use held::{Fate, Held};
use needed::{delivered, reason_for_new, too_old};

use crate::cloud::CloudError;
use crate::cloud::aws::AccessKeyInfo;
use crate::spec::{LocalName, Spec};

/// The kind.
pub struct Kind;

/// What the kind says of itself.
pub static SECTION: Section =
    Section::new("iam_users").part("access_key").kind("aws_iam_access_key").noun("access key");

/// How many keys a user can have (aws-s3-iam.md section 4).
const SLOTS: usize = 2;

/// The keys of each user that should have one.
pub type Observed = BTreeMap<LocalName, Vec<AccessKeyInfo>>;

impl Resource for Kind {
    type Observed = Observed;
    type Change = Change;

    async fn observe(look: &Look<'_>) -> Result<Observed, CloudError> {
        let users = look.spec().iam_users.iter().filter(|(_, user)| user.access_key.is_some());
        let keys = users.map(|(local, user)| async move {
            let iam = look.clouds().aws.iam();
            let listed = async { iam.access_keys(iam_user::live_name(look, local, user).await?).await };
            let (keys, live, config) =
                tokio::join!(listed, look.of::<iam_user::Kind>(), look.of::<config::Kind>());
            let mut keys = keys?;
            keys.sort_by(|one, other| one.id.cmp(&other.id));
            let tags = live.ok().and_then(|users| users.get(local)).map(|live| &live.tags);
            let is_ours = tags.is_some_and(tags::is_claimed);
            let is_renewed = |key: &AccessKeyInfo| tags.is_some_and(|tags| settle::is_of_renewal(tags, key));
            let vars = config.ok().map(config::Observed::vars);
            let is_named = |id: &str| vars.is_some_and(|vars| vars.values().any(|value| value.contains(id)));
            // A key that the app has is in use, whatever AWS says: one call less in most plans.
            let asked = keys.iter_mut().filter(|key| !(is_ours || user.adopt) || !is_named(&key.id));
            let asked = asked.map(|key| async {
                key.last_use = iam.last_use(&key.id).await?;
                Ok::<_, CloudError>(())
            });
            futures_util::future::try_join_all(asked).await?;
            let may_go = |key: &AccessKeyInfo| (is_ours || is_renewed(key)) && key.active;
            for key in keys.iter_mut().filter(|key| may_go(key) && !is_named(&key.id)) {
                let heroku = &look.clouds().heroku;
                let id = key.id.as_str();
                let dynos = look.of_app(|app| async move { retire::dynos_with(heroku, &app, id).await });
                key.dynos = dynos.await?.unwrap_or_default();
            }
            Ok::<_, CloudError>((local.clone(), keys))
        });
        Ok(futures_util::future::try_join_all(keys).await?.into_iter().collect())
    }

    fn facts(world: &World, facts: &mut Facts) {
        for (local, live) in &world.access_key {
            facts.state(&SECTION.address(local), live);
        }
    }

    fn diff(desired: &Desired<'_>, world: &World, draft: &mut Draft) {
        for (local, user) in &desired.spec().iam_users {
            if user.access_key.is_some() && iam_user::is_managed(local, desired, world) {
                compare(&Held::of(local, desired, world, &Terms::default()), draft);
            }
        }
    }
}

/// How old the key is that the app has, in whole days.
static AGE: Label = Label { name: "age_days", words: "days old" };

/// Decides what becomes of a user's keys; whether it gets a new one.
fn compare(held: &Held<'_>, draft: &mut Draft) -> bool {
    let local = held.local;
    let mut stay: Vec<&AccessKeyInfo> = held.unnamed();
    // One that another apply has made and not delivered yet looks like one that was left: as long as there is
    // a free slot it stays until the config of this run is live, and is looked at once more.
    let mut when = if held.keys.len() < SLOTS { When::AfterDelivery } else { When::AtOnce };
    let reason = reason_for_new(held);
    let is_renewed = reason.is_some();
    match reason {
        None => kept(held, draft),
        Some(reason) => {
            let known = held.keys.iter().map(|key| key.id.clone()).collect();
            if held.keys.len() >= SLOTS {
                let Some(goes) = held.slot() else {
                    draft.blocked(
                        SECTION.address(local),
                        held.no_slot(),
                        "take one out of use and delete it: aws iam delete-access-key",
                    );
                    return false;
                };
                let reason = "it makes room for the new key";
                draft.change(held.removal(goes, reason, When::BeforeSuccessor));
                stay.retain(|key| key.id != goes.id);
                when = When::AfterDelivery;
            }
            replace(held, known, reason, draft);
            for old in held.replaced() {
                if old.active {
                    retire(held, old, draft);
                } else {
                    draft.change(held.removal(old, "the new key takes its place", When::AfterDelivery));
                }
            }
        }
    }
    for key in stay {
        unnamed(held, key, &held.fate(key, is_renewed), when, draft);
    }
    is_renewed
}

/// Takes a key out of use, and deletes it right after when it need not settle.
fn retire(held: &Held<'_>, key: &AccessKeyInfo, draft: &mut Draft) {
    draft.change(held.retirement(key));
    if held.terms.settle.is_zero() {
        draft.change(held.removal(key, "the new key takes its place", When::Retired));
    }
}

/// The key that the app has stays, though it may be too old.
fn kept(held: &Held<'_>, draft: &mut Draft) {
    draft.unchanged();
    let address = SECTION.address(held.local);
    let Some(current) = held.keys.iter().find(|key| held.is_delivered(key)) else { return };
    let days = age::days(current, held.desired.now);
    draft.output(address.clone(), &AGE, days.to_string());
    match too_old(held, current).filter(|_| held.is_settling()) {
        Some(reason) => {
            draft.deferred(address, format!("{reason}; a new one is made when the inactive key is gone"));
        }
        None => {
            if let Some(reason) = age::worth_a_word(days, held.user()) {
                draft.warning(address, reason);
            }
        }
    }
}

/// Says what becomes of a key that no config var names.
fn unnamed(held: &Held<'_>, key: &AccessKeyInfo, fate: &Fate, when: When, draft: &mut Draft) {
    let address = address(held.local, &key.id);
    let inactive = |since| format!("inactive since {}", settle::in_words(since));
    match *fate {
        Fate::LeftOver => draft.change(held.removal(key, "no config var names it", when)),
        Fate::Replaced => retire(held, key, draft),
        Fate::Settled(since) => draft.change(held.removal(key, &inactive(since), When::Settled)),
        Fate::Running => {
            let reason = format!("stays active as long as {}", retire::still_have(&key.dynos, "it"));
            draft.deferred(address, reason);
        }
        Fate::Settling(since) => {
            let due = settle::in_words(since + held.terms.settle);
            let reason = format!("{}, will be deleted by an apply after {due}", inactive(since));
            draft.deferred(address, reason);
        }
        Fate::Missed(since) => {
            let reason = format!(
                "{}, and used after that, so it is not deleted: {}",
                inactive(since),
                key.in_words(held.desired.now)
            );
            draft.warning(address, reason);
        }
        Fate::Others => {
            let reason = format!("no config var names it: left alone ({})", key.in_words(held.desired.now));
            draft.unmanaged(address, &reason);
        }
    }
}

/// Where one key of a user stands.
fn address(local: &LocalName, id: &str) -> Address {
    SECTION.address(local).part(id)
}

/// Makes another key, beside the known ones.
fn replace(held: &Held<'_>, known: Vec<String>, reason: String, draft: &mut Draft) {
    let (local, spec) = (held.local, held.desired.spec());
    draft.change(Change::Create {
        local: local.clone(),
        user: held.user().name.clone(),
        reason,
        known,
        buckets: reached(local, spec),
        delivered: delivered(spec, local).map(|(var, _)| var.clone()).collect(),
        renewal: held.renewal(),
    });
}

/// The buckets that a user's key must reach.
fn reached(local: &LocalName, spec: &Spec) -> Vec<Reached> {
    let grants = spec.iam_users[local].grants.keys();
    let buckets = grants.filter_map(|bucket| Some((bucket.clone(), spec.buckets.get(bucket)?)));
    buckets.map(|(local, bucket)| (local, bucket.name.clone(), bucket.region.clone())).collect()
}

#[cfg(test)]
mod tests;
