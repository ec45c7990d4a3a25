//! What carries this environment's tags and is not in its spec: a user or a bucket that got another name there, or by
//! hand. It is left alone and told, since its keys may still work.
//!
//! An account may have hundreds of each. Those whose names are most like the spec's are asked for their tags, unless one
//! list tells the tags of all. What must not live here: anything that is written.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::try_join_all;

use super::rights::{Asked, Rights};
use super::tags::{Claim, Tags, is_of_app};
use super::{Desired, Draft, Look, World, access_key, bucket, config, iam_user};
use crate::cloud::CloudError;
use crate::cloud::aws::AccessKeyInfo;
use crate::spec::{BucketName, ConfigValue, Reference, Spec, UserAttribute, UserName, UserPath};

/// How many users, and how many buckets, are asked for their tags.
const MOST: usize = 10;
/// With how many letters a bucket's name has to begin like one of the spec to be asked.
const ALIKE: usize = 4;

/// What was found of the app's beside its spec.
#[derive(Clone, Debug, Default)]
pub struct Strays {
    /// Users by name.
    pub users: BTreeMap<UserName, Stray>,
    /// The tags of buckets.
    pub buckets: BTreeMap<BucketName, Tags>,
    /// Whether these credentials may not list users.
    pub are_users_hidden: bool,
}

/// A user beside the spec.
#[derive(Clone, Debug, Default)]
pub struct Stray {
    /// Its tags.
    pub tags: Tags,
    /// Its access keys that work.
    pub keys: Vec<AccessKeyInfo>,
}

/// Looks for them; what may not be looked at is left out.
pub(super) async fn observe(look: &Look<'_>) -> Result<Strays, CloudError> {
    if look.account().await?.is_none() {
        return Ok(Strays::default());
    }
    let (users, buckets) = tokio::try_join!(users(look), buckets(look))?;
    let are_users_hidden = users.is_none();
    Ok(Strays { users: users.unwrap_or_default(), buckets, are_users_hidden })
}

async fn users(look: &Look<'_>) -> Result<Option<BTreeMap<UserName, Stray>>, CloudError> {
    let spec = look.spec();
    let paths = paths(spec);
    let listed = look.reads().others(&paths, |tags| is_of_app(spec, tags));
    let (listed, live, owners) =
        tokio::try_join!(listed, look.of::<iam_user::Kind>(), owners_of_delivered_keys(look))?;
    let Some(listed) = listed else { return Ok(None) };
    // A user that is to be renamed is live under its old name, and is the spec's.
    let renamed =
        spec.iam_users.iter().filter_map(|(local, user)| iam_user::old_name(user, live.get(local)?));
    let own = spec.iam_users.values().map(|user| &user.name).chain(renamed);
    let own: BTreeSet<String> = own.map(|name| name.as_str().to_ascii_lowercase()).collect();
    let is_other = |name: &UserName| !own.contains(&name.as_str().to_ascii_lowercase());
    let names = spec.iam_users.values().map(|user| user.name.as_str());
    let mut asked = most_alike(listed, names.chain([spec.app.name.as_str()]), UserName::as_str, 0);
    asked.extend(owners);
    asked.extend(spec.iam_users.values().filter_map(|user| user.renamed_from.clone()));
    let asked = asked.into_iter().filter(is_other).collect::<BTreeSet<_>>();
    let found = try_join_all(asked.into_iter().map(|name| stray(look, name))).await?;
    Ok(Some(found.into_iter().flatten().collect()))
}

/// Where users of the environment would be.
fn paths(spec: &Spec) -> BTreeSet<UserPath> {
    let paths: BTreeSet<UserPath> = spec.iam_users.values().map(|user| user.path.clone()).collect();
    if paths.is_empty() { BTreeSet::from([UserPath::usual()]) } else { paths }
}

/// A user, when its tags name the app.
async fn stray(look: &Look<'_>, name: UserName) -> Result<Option<(UserName, Stray)>, CloudError> {
    let tags = look.reads().tags_of_user(&name).await?;
    let Some(tags) = tags.filter(|tags| is_of_app(look.spec(), tags)) else { return Ok(None) };
    let iam = look.clouds().aws.iam();
    let mut keys = look.reads().keys_of_user(&name).await?;
    keys.retain(|key| key.active);
    for key in &mut keys {
        key.last_use = iam.last_use(&key.id).await?;
    }
    Ok(Some((name, Stray { tags, keys })))
}

/// Who has the keys that the app was given and that no user of the spec has.
async fn owners_of_delivered_keys(look: &Look<'_>) -> Result<Vec<UserName>, CloudError> {
    let delivered = look.spec().config.iter().filter_map(|(var, value)| match value {
        ConfigValue::From(Reference::IamUser(user, UserAttribute::AccessKeyId)) => Some((var, user)),
        _ => None,
    });
    let delivered: Vec<_> = delivered.collect();
    if delivered.is_empty() {
        return Ok(Vec::new());
    }
    let (config, keys) = tokio::try_join!(look.of::<config::Kind>(), look.of::<access_key::Kind>())?;
    let strange = delivered.into_iter().filter_map(|(var, user)| {
        let id = config.get(var.as_str())?;
        let is_known = keys.get(user).is_some_and(|keys| keys.iter().any(|key| id.contains(&key.id)));
        (!is_known).then_some(id)
    });
    let iam = look.clouds().aws.iam();
    let owners = try_join_all(strange.map(|id| iam.owner_of_key(id))).await?;
    Ok(owners.into_iter().flatten().collect())
}

async fn buckets(look: &Look<'_>) -> Result<BTreeMap<BucketName, Tags>, CloudError> {
    let spec = look.spec();
    let Some(first) = spec.buckets.values().next() else { return Ok(BTreeMap::new()) };
    let is_foreign = look.reads().account().await?.partition() != first.region.partition();
    if is_foreign {
        return Ok(BTreeMap::new());
    }
    let Some(listed) = look.reads().buckets(&first.region).await? else { return Ok(BTreeMap::new()) };
    let is_other = |name: &&BucketName| spec.buckets.values().all(|bucket| bucket.name != **name);
    // Of many environments each asks for what is plainly its own.
    let is_near =
        |name: &&BucketName| !look.reads().are_of_many() || name.as_str().starts_with(spec.app.name.as_str());
    let names = spec.buckets.values().map(|bucket| bucket.name.as_str());
    let others = listed.keys().filter(is_other).filter(is_near);
    let asked = most_alike(others, names.chain([spec.app.name.as_str()]), |name| name.as_str(), ALIKE);
    let found = asked.into_iter().map(|name| async {
        let told = listed.get(name).and_then(|region| region.as_deref());
        let region = told.and_then(|region| crate::spec::AwsRegion::parse(region).ok());
        let region = region.unwrap_or_else(|| first.region.clone());
        let tags = look.reads().tags_of_bucket(name, &region).await?;
        Ok::<_, CloudError>(tags.filter(|tags| is_of_app(spec, tags)).map(|tags| (name.clone(), tags)))
    });
    Ok(try_join_all(found).await?.into_iter().flatten().collect())
}

/// Those whose names begin most like one of these.
fn most_alike<'a, T>(
    all: impl IntoIterator<Item = T>,
    names: impl Iterator<Item = &'a str>,
    name_of: impl Fn(&T) -> &str,
    least: usize,
) -> Vec<T> {
    let names: Vec<&str> = names.collect();
    let common = |one: &str, other: &str| one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
    let likeness = |one: &T| names.iter().map(|name| common(name_of(one), name)).max().unwrap_or_default();
    let mut ranked: Vec<(usize, T)> =
        all.into_iter().map(|one| (likeness(&one), one)).filter(|(likeness, _)| *likeness >= least).collect();
    ranked.sort_by_key(|(likeness, _)| Reverse(*likeness));
    ranked.into_iter().take(MOST).map(|(_, one)| one).collect()
}

/// The rights to look at what would be looked at.
pub(super) fn to_read(asked: &Asked<'_>, rights: &mut Rights) {
    let spec = asked.spec;
    if !asked.is_on_aws() {
        return;
    }
    // A right on the account as a whole, whatever path is listed.
    rights.allow(&["iam:ListUsers"], "*");
    for path in paths(spec) {
        let actions = ["iam:GetAccessKeyLastUsed", "iam:GetUser", "iam:ListAccessKeys"];
        rights.allow(&actions, &asked.user(path.as_str(), "*"));
    }
    if spec.buckets.is_empty() {
        return;
    }
    rights.allow(&["s3:ListAllMyBuckets"], "*");
    let names = spec.buckets.values().map(|bucket| bucket.name.as_str());
    for beginning in names.chain([spec.app.name.as_str()]).filter_map(|name| name.get(..ALIKE)) {
        rights.allow(&["s3:GetBucketTagging"], &asked.buckets(beginning));
    }
}

/// Tells of those that are this environment's.
pub(super) fn report(desired: &Desired<'_>, world: &World, draft: &mut Draft) {
    const LEFT: &str = "carries this environment's tags and is not in the spec: left alone";
    const DROPPED: &str = "dropped from the spec, and stays: remove it by hand when nobody needs it";
    let is_ours = |tags: &Tags| Claim::of(desired, tags, false) == Claim::Ours;
    let strays = &world.strays;
    for (name, stray) in strays.users.iter().filter(|(_, stray)| is_ours(&stray.tags)) {
        let dropped = desired.before.and_then(|before| {
            before.spec.iam_users.iter().find(|(_, then)| then.name == *name).map(|(local, _)| local)
        });
        let address = match dropped {
            Some(local) => iam_user::SECTION.address(local),
            None => iam_user::SECTION.address(name),
        };
        match dropped {
            Some(_) => draft.dropped(address.clone(), format!("{name}: {DROPPED}")),
            None => draft.unmanaged(address.clone(), LEFT),
        }
        for key in &stray.keys {
            let key_in_words = key.in_words(desired.now);
            let advice = successor(desired.spec(), world).map_or_else(
                || {
                    format!(
                        "when nobody needs it: aws iam delete-access-key --user-name {name} --access-key-id {}",
                        key.id
                    )
                },
                |local| format!("write `renamed_from: {name}` at iam_users.{local} to keep the user, keys and all"),
            );
            let reason =
                format!("a user that is not in the spec has a key that works: {key_in_words}; {advice}");
            draft.warning(address.clone(), reason);
        }
    }
    for (name, _) in strays.buckets.iter().filter(|(_, tags)| is_ours(tags)) {
        let dropped =
            desired.before.and_then(|before| before.spec.buckets.iter().find(|(_, then)| then.name == *name));
        match dropped {
            Some((local, then)) if then.protect => draft.protected(bucket::SECTION.address(local)),
            Some((local, _)) => draft.dropped(bucket::SECTION.address(local), format!("{name}: {DROPPED}")),
            None => draft.unmanaged(bucket::SECTION.address(name), LEFT),
        }
    }
    if strays.are_users_hidden && !desired.spec().iam_users.is_empty() {
        let reason = "whether the environment has other users is not known: they could not be listed (the right is iam:ListUsers)";
        draft.warning(iam_user::SECTION.whole(), reason);
    }
}

/// The user of the spec that is not there yet, when there is one and it could be another that is renamed.
fn successor<'a>(spec: &'a Spec, world: &World) -> Option<&'a crate::spec::LocalName> {
    let mut absent = spec.iam_users.keys().filter(|local| !world.iam_user.contains_key(*local));
    absent.next().filter(|_| absent.next().is_none())
}

#[cfg(test)]
#[path = "strays_tests.rs"]
mod tests;
