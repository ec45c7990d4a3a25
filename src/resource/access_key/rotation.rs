//! What somebody who rotates a user's key asks of its keys, beside what a spec does: the same changes, on other terms.

use std::collections::BTreeMap;

use super::terms::Terms;
use super::{Held, compare, delivered, released};
use crate::cloud::CloudError;
use crate::resource::{Desired, Draft, Output, Overview, World, iam_user};
use crate::spec::{LocalName, UserAttribute, VarName};

/// Since when the app is without each key of a user that no config var names any more.
///
/// # Errors
/// Releases that could not be read.
pub async fn handed_over(
    overview: Overview<'_>,
    local: &LocalName,
) -> Result<BTreeMap<String, time::OffsetDateTime>, CloudError> {
    let Overview { desired, world, reads } = overview;
    let terms = Terms::default();
    let mut moments = BTreeMap::new();
    let Some(app) = world.app.live() else { return Ok(moments) };
    for key in Held::of(local, desired, world, &terms).unnamed().into_iter().filter(|key| key.active) {
        if let Some(since) = released::since(&reads.clouds().heroku, &app.id, &key.id).await? {
            moments.insert(key.id.clone(), since);
        }
    }
    Ok(moments)
}

/// Decides what becomes of a user's keys. Gives the config vars that are to deliver a new one.
#[must_use]
pub fn rotate(
    local: &LocalName,
    desired: &Desired<'_>,
    world: &World,
    terms: &Terms,
    draft: &mut Draft,
) -> Vec<(VarName, Output)> {
    if !iam_user::is_managed(local, desired, world)
        || !compare(&Held::of(local, desired, world, terms), draft)
    {
        return Vec::new();
    }
    let outputs = delivered(desired.spec(), local).map(|(var, attribute)| {
        let output = match attribute {
            UserAttribute::AccessKeyId => Output::AccessKeyId(local.clone()),
            _ => Output::SecretAccessKey(local.clone()),
        };
        (var.clone(), output)
    });
    outputs.collect()
}
