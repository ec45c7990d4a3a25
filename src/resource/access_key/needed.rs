//! Whether a user needs a new key: what the config vars deliver × which keys are live.

use time::Duration;

use crate::cloud::aws::AccessKeyInfo;
use crate::resource::{Desired, World, iam_user};
use crate::secret::Secret;
use crate::spec::{ConfigValue, IamUser, LocalName, Reference, Spec, UserAttribute, VarName};

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
    let user = &desired.spec().iam_users[local];
    user.access_key.is_none()
        || !iam_user::is_managed(local, desired, world)
        || reason_for_new(local, user, desired, world).is_none()
}

/// Why the user needs a new key; `None` while the one that the app has is good.
pub(super) fn reason_for_new(
    local: &LocalName,
    user: &IamUser,
    desired: &Desired<'_>,
    world: &World,
) -> Option<String> {
    let keys = world.access_key.get(local).map_or(&[][..], Vec::as_slice);
    let mut current: Option<&AccessKeyInfo> = None;
    for (var, attribute) in delivered(desired.spec(), local) {
        let Some(live) = world.config.get(var.as_str()).filter(|live| !live.is_empty()) else {
            return Some(if keys.is_empty() {
                "the app has none".to_owned()
            } else {
                format!("{var} is not set")
            });
        };
        if attribute == UserAttribute::SecretAccessKey {
            continue;
        }
        let Some(key) = keys.iter().find(|key| live.matches(&Secret::new(key.id.clone()))) else {
            return Some(format!("{var} names no key of {}", user.name));
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
    let age = desired.now - key.created;
    let limit = user.access_key.as_ref()?.max_age?;
    (age > Duration::days(i64::from(limit.days)))
        .then(|| format!("{} days old, and the spec allows {}", age.whole_days(), limit.days))
}
