//! Whether a user needs a new key: what the config vars deliver × which keys are live.

use time::Duration;

use super::Held;
use super::terms::{Renew, Terms};
use crate::cloud::aws::AccessKeyInfo;
use crate::resource::{Desired, World, iam_user};
use crate::secret::Secret;
use crate::spec::{ConfigValue, LocalName, Reference, Spec, UserAttribute, VarName};

/// The config vars that take a key's id or secret, each with which of both.
pub(super) fn delivered<'a>(
    spec: &'a Spec,
    local: &'a LocalName,
) -> impl Iterator<Item = (&'a VarName, UserAttribute)> {
    spec.config.iter().filter_map(move |(var, value)| match value {
        ConfigValue::From(Reference::IamUser(
            user,
            attribute @ (UserAttribute::AccessKeyId | UserAttribute::SecretAccessKey),
        )) if user == local => Some((var, *attribute)),
        _ => None,
    })
}

/// Whether the key that the app has stays.
#[must_use]
pub fn keeps(local: &LocalName, desired: &Desired<'_>, world: &World) -> bool {
    desired.spec().iam_users[local].access_key.is_none()
        || !iam_user::is_managed(local, desired, world)
        || reason_for_new(&Held::of(local, desired, world, &Terms::default())).is_none()
}

/// Why a user needs a new key; `None` while the one that the app has is good.
pub(super) fn reason_for_new(held: &Held<'_>) -> Option<String> {
    let mut current: Option<&AccessKeyInfo> = None;
    for (var, attribute) in delivered(held.desired.spec(), held.local) {
        let Some(live) = held.world.config.get(var.as_str()).filter(|live| !live.is_empty()) else {
            return Some(if held.keys.is_empty() {
                "the app has none".to_owned()
            } else {
                format!("{var} is not set")
            });
        };
        if attribute == UserAttribute::SecretAccessKey {
            continue;
        }
        let Some(key) = held.keys.iter().find(|key| live.matches(&Secret::new(key.id.clone()))) else {
            return Some(format!("{var} names no key of {}", held.user().name));
        };
        if current.is_some_and(|other| other.id != key.id) {
            return Some("config vars name different keys".to_owned());
        }
        current = Some(key);
    }
    let key = current?;
    if !key.active {
        return Some("the key that the app has is inactive".to_owned());
    }
    let age = (held.desired.now - key.created).max(Duration::ZERO);
    match held.terms.renew {
        // A key that works can wait until the one before it is gone.
        Renew::BySpec => too_old(held, key).filter(|_| !held.is_settling()),
        Renew::Named | Renew::OlderThan(_) if held.is_under_way() => None,
        Renew::Named => Some(format!("{} days old, and named to be rotated", age.whole_days())),
        Renew::OlderThan(limit) => (age > limit).then(|| {
            format!("{} days old, and older than {} is to be rotated", age.whole_days(), limit.whole_days())
        }),
    }
}

/// Why a key is to be replaced that works.
pub(super) fn too_old(held: &Held<'_>, key: &AccessKeyInfo) -> Option<String> {
    let age = held.desired.now - key.created;
    let limit = held.user().access_key.as_ref()?.max_age?;
    (age > Duration::days(i64::from(limit.days)))
        .then(|| format!("{} days old, and the spec allows {}", age.whole_days(), limit.days))
}
