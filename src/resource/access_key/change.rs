//! What can be done to an access key, and how it is done.
//!
//! What must not live here: which key, and why.

use std::collections::BTreeMap;

use time::OffsetDateTime;

use super::held::Renewal;
use super::retire::Old;
use super::terms::Care;
use super::{SECTION, address, iam_user, retire, settle};
use crate::cloud::aws::AccessKeyPair;
use crate::cloud::{CloudError, ErrorKind};
#[cfg(test)]
use crate::resource::World;
use crate::resource::{Action, BucketPart, Field, Operation, Output, Outputs, Recheck, Row, Run, Shown};
use crate::spec::{AwsRegion, BucketName, LocalName, UserAttribute, UserName, VarName};

/// When an old key goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// At once: an apply that was cut off left it, and it fills a slot.
    AtOnce,
    /// Just before a new one is made, since a user has two slots, and after all that may fail before that.
    BeforeSuccessor,
    /// After the new one is delivered, so that the app always has one that works.
    AfterDelivery,
    /// At once: it was set inactive long enough ago.
    Settled,
    /// Right after it was set inactive, since somebody said that it need not settle.
    Retired,
}

/// What can be done to an access key.
#[derive(Clone, Debug)]
pub enum Change {
    /// `CreateAccessKey`, then the proof that the key works.
    Create {
        /// The spec's name for the user.
        local: LocalName,
        /// The user.
        user: UserName,
        /// Why.
        reason: String,
        /// The ids of the keys that the plan knows of.
        known: Vec<String>,
        /// The buckets that the key must reach.
        buckets: Vec<Reached>,
        /// The config vars that deliver it.
        delivered: Vec<VarName>,
        /// What the user is tagged with before, so that it is known whose the keys are.
        renewal: Option<Renewal>,
    },
    /// `UpdateAccessKey`: sets a key inactive once no dyno runs with it, and writes down when.
    Retire {
        /// The spec's name for the user.
        local: LocalName,
        /// The user.
        user: UserName,
        /// The key's id.
        id: String,
        /// Since when the app has another.
        replaced: OffsetDateTime,
        /// What is watched before.
        care: Care,
        /// The config vars that deliver the user's key, each with which half.
        delivered: Vec<(VarName, UserAttribute)>,
        /// The buckets that the key must reach that the app has.
        buckets: Vec<Reached>,
    },
    /// `DeleteAccessKey`.
    Remove {
        /// The spec's name for the user.
        local: LocalName,
        /// The user.
        user: UserName,
        /// The key's id.
        id: String,
        /// Why.
        reason: String,
        /// When.
        when: When,
        /// The buckets that a successor must reach.
        buckets: Vec<Reached>,
    },
}

/// A bucket that a key must reach.
pub(super) type Reached = (LocalName, BucketName, AwsRegion);

/// What must be there before a key is made. One that cannot be delivered helps nobody: the app first.
fn rests_on(local: &LocalName, buckets: &[Reached]) -> impl Iterator<Item = Output> {
    let reached = buckets.iter().map(|(bucket, ..)| Output::Bucket(bucket.clone(), BucketPart::Bucket));
    [Output::User(local.clone()), Output::Policy(local.clone()), Output::App].into_iter().chain(reached)
}

impl Operation for Change {
    fn describe(&self) -> Vec<Row> {
        let row = |local, action| Row::new(SECTION.address(local), action);
        let field = |path: &str, before, after, note| Field { path: path.to_owned(), before, after, note };
        vec![match self {
            Self::Create { local, user, reason, delivered, .. } => {
                let vars: Vec<&str> = delivered.iter().map(VarName::as_str).collect();
                row(local, Action::Create).titled(user).because(reason).with([
                    field("id", Shown::Nothing, Shown::AfterApply { sensitive: true }, None),
                    Field::plain("delivered_as", None, Some(&vars.join(", "))),
                ])
            }
            Self::Retire { local, user, id, care, .. } => Row::new(address(local, id), Action::Update)
                .titled(user)
                .because("the new key takes its place, once every dyno has that")
                .with([Field::plain("status", Some(&"active"), Some(&"inactive")).with_note(match care {
                    Care::Brief => "an apply 24 hours later deletes it",
                    Care::Rotation { .. } => "deleted once it has settled",
                })]),
            Self::Remove { local, user, id, reason, .. } => Row::new(address(local, id), Action::Delete)
                .titled(user)
                .because(reason)
                .with([Field::plain("id", Some(id), None)]),
        }]
    }

    fn needs(&self) -> Vec<Output> {
        match self {
            Self::Create { local, buckets, .. } => {
                rests_on(local, buckets).chain([Output::KeySlot(local.clone())]).collect()
            }
            Self::Remove { local, when: When::AtOnce | When::Settled, .. } => {
                vec![Output::User(local.clone())]
            }
            Self::Remove { when: When::BeforeSuccessor, local, buckets, .. } => {
                rests_on(local, buckets).collect()
            }
            Self::Retire { local, .. } | Self::Remove { local, when: When::AfterDelivery, .. } => {
                vec![Output::Config, Output::User(local.clone())]
            }
            Self::Remove { local, id, when: When::Retired, .. } => vec![retired(local, id)],
        }
    }

    fn gives(&self) -> Vec<Output> {
        match self {
            Self::Create { local, .. } => {
                vec![Output::AccessKeyId(local.clone()), Output::SecretAccessKey(local.clone())]
            }
            Self::Remove { local, when: When::AtOnce | When::BeforeSuccessor, .. } => {
                vec![Output::KeySlot(local.clone())]
            }
            Self::Retire { local, id, .. } => vec![retired(local, id)],
            Self::Remove { when: When::AfterDelivery | When::Settled | When::Retired, .. } => {
                vec![Output::Nothing]
            }
        }
    }

    async fn recheck(&self, run: &Run) -> Result<Recheck, CloudError> {
        match self {
            Self::Create { local, .. } if run.has_made(&iam_user::SECTION.address(local)) => {
                Ok(Recheck::AsPlanned)
            }
            Self::Create { user, known, .. } => {
                let keys = run.clouds.aws.iam().access_keys(user).await?;
                let is_new = keys.iter().any(|key| !known.contains(&key.id));
                Ok(Recheck::judge(!is_new, false, || another_key(user)))
            }
            Self::Remove { user, id, when: When::Settled | When::Retired, .. } => {
                let keys = run.clouds.aws.iam().access_keys(user).await?;
                let key = keys.iter().find(|key| key.id == *id);
                Ok(Recheck::judge(key.is_some_and(|key| !key.active), key.is_none(), || {
                    format!("the access key {id} was set active again")
                }))
            }
            Self::Retire { user, id, .. } | Self::Remove { user, id, .. } => {
                let vars = match run.clouds.heroku.config_vars(&run.app()).await {
                    Err(error) if error.is_not_found() => BTreeMap::new(),
                    answer => answer?,
                };
                let var = vars.iter().find(|(_, value)| value.contains(id)).map(|(name, _)| name);
                Ok(Recheck::judge(var.is_none(), false, || {
                    format!("an access key of {user} came into use as {}", var.map_or("", String::as_str))
                }))
            }
        }
    }

    async fn apply(&self, run: &Run) -> Result<Outputs, CloudError> {
        match self {
            Self::Create { local, user, known, buckets, renewal, .. } => {
                if let Some(Renewal { replaced }) = renewal {
                    let tag = settle::renewal_tag(Run::now(), replaced);
                    run.clouds.aws.iam().tag_user(user, &tag).await?;
                }
                let key = create(run, user, known).await?;
                run.progress.update("waiting until the new key works");
                let proof = Box::pin(prove(run, user, &key, buckets));
                if let Err(error) = proof.await {
                    // It was never delivered, and it would fill a slot.
                    run.clouds.aws.iam().delete_access_key(user, &key.id).await?;
                    return Err(error);
                }
                Ok(outputs(local, &key))
            }
            Self::Retire { user, id, replaced, care, delivered, buckets, .. } => {
                let old = Old { user, id, replaced: *replaced, delivered, buckets };
                Box::pin(retire::retire(run, &old, *care)).await?;
                Ok(Outputs::none())
            }
            Self::Remove { user, id, .. } => {
                run.clouds.aws.iam().delete_access_key(user, id).await?;
                Ok(Outputs::none())
            }
        }
    }

    #[cfg(test)]
    fn assume(&self, world: &mut World, outputs: &mut Outputs) {
        match self {
            Self::Create { local, .. } => {
                let keys = world.access_key.entry(local.clone()).or_default();
                let key = crate::resource::testing::key(&format!("AKIANEW{}", keys.len()), 0);
                outputs.merge(
                    Outputs::none().and(Output::AccessKeyId(local.clone()), key.id.clone()).and_secret(
                        Output::SecretAccessKey(local.clone()),
                        crate::secret::Secret::new("a new secret"),
                    ),
                );
                keys.push(key);
            }
            Self::Retire { local, id, .. } => {
                let keys = world.access_key.entry(local.clone()).or_default();
                keys.iter_mut().filter(|key| key.id == *id).for_each(|key| key.active = false);
                let user = world.iam_user.get_mut(local).expect("a user with keys is live");
                user.tags.extend(settle::tag(id, crate::resource::testing::NOW));
            }
            Self::Remove { local, id, .. } => {
                world.access_key.entry(local.clone()).or_default().retain(|key| key.id != *id);
            }
        }
    }
}

/// A key is set inactive, by a step of this plan.
fn retired(local: &LocalName, id: &str) -> Output {
    Output::Of(address(local, id), "retired")
}

/// Waits until a key reaches all that it must.
pub(super) async fn prove(
    run: &Run,
    user: &UserName,
    key: &AccessKeyPair,
    buckets: &[Reached],
) -> Result<(), CloudError> {
    let reach: Vec<(BucketName, AwsRegion)> =
        buckets.iter().map(|(_, name, region)| (name.clone(), region.clone())).collect();
    run.clouds.aws.prove_key(user, key, &reach).await
}

fn another_key(user: &UserName) -> String {
    format!("{user} got another access key")
}

/// Two applies that looked at the same moment are told apart by the number of slots.
async fn create(run: &Run, user: &UserName, known: &[String]) -> Result<AccessKeyPair, CloudError> {
    let iam = run.clouds.aws.iam();
    match iam.create_access_key(user, known).await {
        Err(error)
            if error.kind == ErrorKind::Conflict
                && iam.access_keys(user).await?.iter().any(|key| !known.contains(&key.id)) =>
        {
            Err(CloudError::moved(format!("{} since the plan", another_key(user))))
        }
        answer => answer,
    }
}

/// Removes a key of this run that was not delivered: nobody will ever use it, and it fills a slot.
pub async fn withdraw(run: &Run, local: &LocalName) -> Result<(), CloudError> {
    let user = &run.environment.spec.iam_users[local].name;
    let Some(id) = run.plain(&Output::AccessKeyId(local.clone())) else { return Ok(()) };
    run.clouds.aws.iam().delete_access_key(user, &id).await
}

/// Whether a key of this run is still there: another apply may have taken it for an orphan.
pub async fn is_there(run: &Run, local: &LocalName) -> Result<bool, CloudError> {
    let user = &run.environment.spec.iam_users[local].name;
    let Some(id) = run.plain(&Output::AccessKeyId(local.clone())) else { return Ok(false) };
    let key = AccessKeyPair { id, secret: run.output(&Output::SecretAccessKey(local.clone()))? };
    run.clouds.aws.iam().still_has_key(user, &key).await
}

fn outputs(local: &LocalName, key: &AccessKeyPair) -> Outputs {
    Outputs::none()
        .and(Output::AccessKeyId(local.clone()), key.id.clone())
        .and_secret(Output::SecretAccessKey(local.clone()), key.secret.clone())
}
