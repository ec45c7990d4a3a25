//! The access key that an earlier release has: whether it still works.

use std::collections::BTreeMap;

use super::needed::delivered;
use crate::resource::World;
use crate::secret::Secret;
use crate::spec::{LocalName, Spec, UserAttribute};

/// What the key of a user is that these config vars deliver, beside the one that the app has today.
#[must_use]
pub fn of_vars(
    local: &LocalName,
    vars: &BTreeMap<String, Secret>,
    spec: &Spec,
    world: &World,
) -> &'static str {
    let ids = delivered(spec, local).filter(|(_, which)| *which == UserAttribute::AccessKeyId);
    let then: Vec<&Secret> = ids.filter_map(|(var, _)| vars.get(var.as_str())).collect();
    if then.is_empty() {
        return "half of another access key";
    }
    let live = world.access_key.get(local).map_or(&[][..], Vec::as_slice);
    match live.iter().find(|key| then.iter().any(|id| id.contains(&key.id))) {
        None => "an access key that is deleted",
        Some(key) if key.active => "another access key",
        Some(_) => "an access key that is inactive",
    }
}
