//! IAM users: their path, tags and permissions boundary (aws-s3-iam.md section 4). Policy and access key are kinds of their own.

mod change;
mod proof;
mod removal;

use std::collections::BTreeMap;

use super::tags::Claim;
use super::{Desired, Draft, Facts, Look, Resource, Section, World, iam_user_others, tags};
use crate::cloud::CloudError;
use crate::cloud::aws::User;
use crate::spec::{IamUser, LocalName, UserName};
pub use change::Change;

mod import;

/// The kind.
pub struct Kind;

/// What the kind says of itself.
pub static SECTION: Section = Section::new("iam_users").kind("aws_iam_user").noun("user");

/// The key of the spec, and what a plan calls it.
const BOUNDARY: &str = "permissions_boundary";

/// The users that are live, by the spec's own name.
pub type Observed = BTreeMap<LocalName, User>;

/// Whether trueup may change anything of a user: one that is not there yet, ours, or adopted.
#[must_use]
pub fn is_managed(local: &LocalName, desired: &Desired<'_>, world: &World) -> bool {
    let adopt = desired.spec().iam_users.get(local).is_some_and(|user| user.adopt);
    world.iam_user.get(local).is_none_or(|live| Claim::of(desired, &live.tags, adopt).is_managed())
}

/// The name of a live user, when it is the one that the spec renames.
#[must_use]
pub fn old_name<'a>(user: &'a IamUser, live: &User) -> Option<&'a UserName> {
    let name = live.arn.rsplit('/').next().unwrap_or_default();
    user.renamed_from.as_ref().filter(|old| name.eq_ignore_ascii_case(old.as_str()))
}

/// The name under which a user of the spec is live, which may be the one before.
pub(super) async fn live_name<'a>(
    look: &Look<'a>,
    local: &LocalName,
    user: &'a IamUser,
) -> Result<&'a UserName, CloudError> {
    if user.renamed_from.is_none() {
        return Ok(&user.name);
    }
    let live = look.of::<Kind>().await?.get(local);
    Ok(live.and_then(|live| old_name(user, live)).unwrap_or(&user.name))
}

/// Whether a live user is on the path that the spec asks for. An adopted one keeps its own unless asked.
#[must_use]
pub fn keeps_path(user: &IamUser, live: &User, desired: &Desired<'_>) -> bool {
    let is_left = !user.is_path_given && Claim::of(desired, &live.tags, user.adopt) == Claim::Adopted;
    is_left || live.path == user.path.as_str()
}

/// Whether a live user keeps its ARN, of which name and path are parts.
#[must_use]
pub fn keeps_arn(user: &IamUser, live: &User, desired: &Desired<'_>) -> bool {
    keeps_path(user, live, desired) && old_name(user, live).is_none()
}

impl Resource for Kind {
    type Observed = Observed;
    type Change = Change;

    async fn observe(look: &Look<'_>) -> Result<Observed, CloudError> {
        let users = look.spec().iam_users.iter().map(|(local, user)| async move {
            let live = match (look.reads().user(&user.name).await?, &user.renamed_from) {
                (None, Some(old)) => look.reads().user(old).await?,
                (live, _) => live,
            };
            Ok::<_, CloudError>(live.map(|live| (local.clone(), live)))
        });
        Ok(futures_util::future::try_join_all(users).await?.into_iter().flatten().collect())
    }

    fn facts(world: &World, facts: &mut Facts) {
        for (local, live) in &world.iam_user {
            facts.state(&SECTION.address(local), live);
        }
    }

    fn diff(desired: &Desired<'_>, world: &World, draft: &mut Draft) {
        for (local, user) in &desired.spec().iam_users {
            let Some(live) = world.iam_user.get(local) else {
                draft.change(Change::Create {
                    local: local.clone(),
                    name: user.name.clone(),
                    path: user.path.clone(),
                    tags: tags::wanted(desired, &user.tags),
                    boundary: user.permissions_boundary.clone(),
                });
                continue;
            };
            let name = old_name(user, live).unwrap_or(&user.name);
            let wanted = match Claim::of(desired, &live.tags, user.adopt) {
                Claim::Ours => tags::wanted(desired, &user.tags),
                Claim::Adopted => user.tags.clone(),
                Claim::Others(owner) => {
                    draft.blocked(
                        SECTION.address(local),
                        format!("the user {name} belongs to {owner}, as its tags say"),
                        "choose another `name`, or remove its trueup tags if that environment is gone",
                    );
                    continue;
                }
                Claim::Unclaimed => {
                    unclaimed(local, desired, world, draft);
                    continue;
                }
            };
            let before = draft.changes.len();
            differences(local, live, &wanted, desired, draft);
            if draft.changes.len() == before {
                draft.unchanged();
            }
            iam_user_others::report(local, user, live, draft);
        }
    }
}

/// What has to change of a user that is ours, or adopted.
fn differences(
    local: &LocalName,
    live: &User,
    wanted: &tags::Tags,
    desired: &Desired<'_>,
    draft: &mut Draft,
) {
    let user = &desired.spec().iam_users[local];
    let from = old_name(user, live);
    let path = (!keeps_path(user, live, desired)).then(|| (live.path.clone(), user.path.clone()));
    if from.is_some() || path.is_some() {
        let from = from.unwrap_or(&user.name).clone();
        draft.change(Change::Move { local: local.clone(), from, name: user.name.clone(), path });
    }
    let boundary = user.permissions_boundary.as_ref();
    if let Some(after) = boundary.filter(|wanted| live.boundary.as_deref() != Some(wanted.as_str())) {
        draft.change(Change::Bound {
            local: local.clone(),
            name: user.name.clone(),
            before: live.boundary.clone(),
            after: after.clone(),
        });
    }
    let missing = tags::missing(&live.tags, wanted);
    if !missing.is_empty() {
        draft.change(Change::Tag {
            local: local.clone(),
            name: user.name.clone(),
            before: live.tags.clone(),
            set: missing,
        });
    }
}

/// Others may use what stood there before: nothing of it is touched without consent.
fn unclaimed(local: &LocalName, desired: &Desired<'_>, world: &World, draft: &mut Draft) {
    let user = &desired.spec().iam_users[local];
    let live = world.iam_user.get(local);
    let name = live.and_then(|live| old_name(user, live)).unwrap_or(&user.name);
    let keys = world.access_key.get(local).map_or(&[][..], Vec::as_slice);
    let keys: Vec<String> = keys.iter().map(|key| key.in_words(desired.now)).collect();
    let keys = if keys.is_empty() { String::new() } else { format!("; its keys: {}", keys.join("; ")) };
    draft.blocked(
        SECTION.address(local),
        format!("the user {name} was there before and has no tags of trueup, so others may use it{keys}"),
        format!(
            "write `adopt: true` at iam_users.{local} to have trueup manage it, or choose another `name`"
        ),
    );
}

#[cfg(test)]
#[path = "iam_user_adoption_tests.rs"]
mod adoption_tests;

#[cfg(test)]
#[path = "iam_user_tests.rs"]
mod tests;
