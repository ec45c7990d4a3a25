//! The buckets and users that apps name in their config vars, for an import of many, where nobody says which are whose.
//!
//! A bucket is meant where a var holds its whole name, a user where a var holds the id of one of its keys. What several
//! apps name is one environment's alone, or nobody's; what is not taken is told.

use std::collections::BTreeMap;

use futures_util::future::try_join_all;

use super::Asked;
use super::aws::first_region;
use crate::cloud::aws::BucketRegions;
use crate::cloud::s3::Presence;
use crate::cloud::{CloudError, Reads};
use crate::resource::Left;
use crate::secret::Secret;
use crate::spec::{AwsRegion, BucketName, Environment, EnvironmentName, UserName};

/// What an app names, each with the var that does.
#[derive(Debug, Default)]
pub struct Named {
    buckets: BTreeMap<BucketName, String>,
    users: BTreeMap<UserName, String>,
    left: Vec<Left>,
}

/// What environments of the project manage already.
#[derive(Debug, Default)]
pub struct Managed {
    buckets: BTreeMap<BucketName, EnvironmentName>,
    users: BTreeMap<UserName, EnvironmentName>,
}

impl Managed {
    /// By these.
    #[must_use]
    pub fn by(environments: &[Environment]) -> Self {
        let mut managed = Self::default();
        for Environment { name, spec, .. } in environments {
            let buckets = spec.buckets.values().map(|bucket| (bucket.name.clone(), name.clone()));
            managed.buckets.extend(buckets);
            managed.users.extend(spec.iam_users.values().map(|user| (user.name.clone(), name.clone())));
        }
        managed
    }
}

/// Whether a var by its name holds a bucket.
fn tells_of_bucket(var: &str) -> bool {
    var.to_ascii_uppercase().contains("BUCKET")
}

/// Whether a var by its name holds the id of a key, and another one its secret.
fn tells_of_key(var: &str, vars: &BTreeMap<String, Secret>) -> bool {
    var.strip_suffix("ACCESS_KEY_ID")
        .is_some_and(|front| vars.contains_key(&format!("{front}SECRET_ACCESS_KEY")))
}

/// Looks up what an app names. What cannot be read stops nothing, and is told.
pub async fn named(asked: &Asked, reads: &Reads) -> Named {
    let mut named = Named::default();
    // An app that cannot be read is told of when it is looked at.
    let Ok(vars) = reads.config_vars(asked.app.as_str()).await else { return named };
    let (buckets, users) = tokio::join!(buckets(&vars, reads), users(&vars, reads));
    let unread = |named: &mut Named, of: &dyn Fn(&str) -> bool, error: &CloudError| {
        let told = vars.keys().filter(|var| of(var));
        named
            .left
            .extend(told.map(|var| left(var, format!("what it names could not be looked up: {error}"))));
    };
    match buckets {
        Ok(buckets) => named.buckets = buckets,
        Err(error) => unread(&mut named, &tells_of_bucket, &error),
    }
    match users {
        Ok(users) => named.users = users,
        Err(error) => unread(&mut named, &|var| tells_of_key(var, &vars), &error),
    }
    named
}

fn left(var: &str, reason: String) -> Left {
    Left { address: format!("config.{var}"), reason }
}

/// One list tells of all the account's; without it each is asked for that a var seems to hold.
async fn buckets(
    vars: &BTreeMap<String, Secret>,
    reads: &Reads,
) -> Result<BTreeMap<BucketName, String>, CloudError> {
    if !vars.keys().any(|var| tells_of_bucket(var)) {
        return Ok(BTreeMap::new());
    }
    let owner = reads.account().await?;
    let region = AwsRegion::parse(first_region(owner.partition())).expect("it is a region");
    if let Some(listed) = reads.buckets(&region).await? {
        return Ok(listed_in(&listed, vars));
    }
    let told = vars.iter().filter(|(var, _)| tells_of_bucket(var));
    let asked = told.filter_map(|(var, value)| Some((var, name_in(value)?))).map(|(var, name)| {
        let (owner, region) = (owner.clone(), region.clone());
        async move {
            let head = reads.clouds().aws.bucket(&name, &region, &owner).await?.head().await?;
            let is_ours = matches!(head, Presence::Present | Presence::InOtherRegion { .. });
            Ok::<_, CloudError>(is_ours.then(|| (name, var.clone())))
        }
    });
    Ok(try_join_all(asked).await?.into_iter().flatten().collect())
}

#[expect(
    clippy::disallowed_methods,
    reason = "what a var of that name holds is asked for as a bucket's name"
)]
fn name_in(value: &Secret) -> Option<BucketName> {
    BucketName::parse(value.reveal()).ok()
}

fn listed_in(listed: &BucketRegions, vars: &BTreeMap<String, Secret>) -> BTreeMap<BucketName, String> {
    let holder = |name: &BucketName| {
        let mut told = vars.iter().filter(|(var, _)| tells_of_bucket(var));
        told.find(|(_, value)| value.matches(&Secret::new(name.as_str()))).map(|(var, _)| var.clone())
    };
    listed.keys().filter_map(|name| Some((name.clone(), holder(name)?))).collect()
}

async fn users(
    vars: &BTreeMap<String, Secret>,
    reads: &Reads,
) -> Result<BTreeMap<UserName, String>, CloudError> {
    let iam = reads.clouds().aws.iam();
    let told = vars.iter().filter(|(var, _)| tells_of_key(var, vars));
    let asked = told.map(|(var, id)| {
        let iam = &iam;
        async move {
            let owner = iam.owner_of_key(id).await?;
            Ok::<_, CloudError>(owner.map(|user| (user, var.clone())))
        }
    });
    Ok(try_join_all(asked).await?.into_iter().flatten().collect())
}

/// Gives each app what it alone names, or what has its name in front where several do; tells the others whose it is. Pure.
pub fn share_out(apps: &mut [Asked], named: Vec<Named>, managed: &Managed) {
    let (mut buckets, mut users) = (Vec::new(), Vec::new());
    for (asked, named) in apps.iter_mut().zip(named) {
        asked.left = named.left;
        asked.telling = named.buckets.values().chain(named.users.values()).cloned().collect();
        buckets.push(named.buckets);
        users.push(named.users);
    }
    let taken = taken(apps, &buckets, ("bucket", &managed.buckets));
    for (asked, taken) in apps.iter_mut().zip(taken) {
        asked.buckets = taken.0;
        asked.left.extend(taken.1);
    }
    let taken = self::taken(apps, &users, ("IAM user", &managed.users));
    for (asked, taken) in apps.iter_mut().zip(taken) {
        asked.users = taken.0;
        asked.left.extend(taken.1);
    }
}

/// What each app takes of what it names, and what it leaves and why.
fn taken<N: Ord + Clone + std::fmt::Display>(
    apps: &[Asked],
    named: &[BTreeMap<N, String>],
    (noun, managed): (&str, &BTreeMap<N, EnvironmentName>),
) -> Vec<(Vec<N>, Vec<Left>)> {
    let share = |(number, named_here): (usize, &BTreeMap<N, String>)| {
        let (mut taken, mut told) = (Vec::new(), Vec::new());
        for (name, var) in named_here {
            let rivals: Vec<usize> =
                (0..apps.len()).filter(|other| named[*other].contains_key(name)).collect();
            let environment = |number: usize| &apps[number].environment;
            let owner = managed.get(name).or_else(|| owner(name, apps, &rivals).map(environment));
            match owner {
                Some(owner) if owner == environment(number) && !managed.contains_key(name) => {
                    taken.push(name.clone());
                }
                Some(owner) => {
                    told.push(left(var, format!("the {noun} {name} is in {owner}, which manages it")));
                }
                None => {
                    let all: Vec<String> = rivals.iter().map(|other| apps[*other].app.to_string()).collect();
                    told.push(left(
                        var,
                        format!(
                            "the {noun} {name} is named by {}, and one environment alone can manage it",
                            all.join(", ")
                        ),
                    ));
                }
            }
        }
        (taken, told)
    };
    named.iter().enumerate().map(share).collect()
}

/// The one that names a thing, or the one whose name is the longest in front of the thing's.
fn owner(name: &impl std::fmt::Display, apps: &[Asked], rivals: &[usize]) -> Option<usize> {
    if let [only] = rivals {
        return Some(*only);
    }
    let name = name.to_string();
    let in_front = |number: &&usize| {
        let app = apps[**number].app.as_str();
        name.strip_prefix(app).is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '.', '_']))
    };
    rivals.iter().filter(in_front).max_by_key(|number| apps[**number].app.as_str().len()).copied()
}
