//! The access keys of IAM users: made, proven to work, and delivered through config vars (aws-s3-iam.md
//! section 4).
//!
//! The secret of a key can be read once, when it is made. So the key that the app uses is known by its id
//! alone: a live config var names it. Which of the others may go is decided in `held`.

mod held;
mod needed;

use std::collections::BTreeMap;

use super::{
    Action, Block, BucketPart, Desired, Draft, Facts, Field, Look, Operation, Output, Outputs, Recheck,
    Resource, Row, Run, Section, Shown, World, config, iam_user, tags,
};
pub use needed::keeps;

use held::Held;
use needed::{delivered, reason_for_new};

use crate::cloud::aws::{AccessKeyInfo, AccessKeyPair};
use crate::cloud::{CloudError, ErrorKind};
use crate::spec::{AwsRegion, BucketName, LocalName, Spec, UserName, VarName};

/// The kind.
pub struct Kind;

/// What the kind says of itself.
pub static SECTION: Section = Section {
    key: "iam_users",
    part: Some("access_key"),
    kind: "aws_iam_access_key",
    noun: "access key",
    block: Block::Each,
};

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
            let (keys, live, config) = tokio::join!(
                iam.access_keys(&user.name),
                look.of::<iam_user::Kind>(),
                look.of::<config::Kind>()
            );
            let mut keys = keys?;
            keys.sort_by(|one, other| one.id.cmp(&other.id));
            let tags = live.ok().and_then(|users| users.get(local)).map(|live| &live.tags);
            let is_ours = tags.is_some_and(tags::is_claimed);
            let vars = config.ok().map(config::Observed::vars);
            let is_named = |id: &str| vars.is_some_and(|vars| vars.values().any(|value| value.contains(id)));
            // A key that the app has is in use, whatever AWS says: one call less in most plans.
            let asked = keys.iter_mut().filter(|key| !(is_ours || user.adopt) || !is_named(&key.id));
            let asked = asked.map(|key| async {
                key.last_use = iam.last_use(&key.id).await?;
                Ok::<_, CloudError>(())
            });
            futures_util::future::try_join_all(asked).await?;
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
                compare(&Held::of(local, desired, world), draft);
            }
        }
    }
}

fn compare(held: &Held<'_>, draft: &mut Draft) {
    let (local, user) = (held.local, held.user());
    let mut stay: Vec<&AccessKeyInfo> = held.unnamed();
    // One that another apply has made and not delivered yet looks like one that was left: as long as there is
    // a free slot it stays until the config of this run is live, and is looked at once more.
    let mut when = if held.keys.len() < SLOTS { When::AfterDelivery } else { When::AtOnce };
    match reason_for_new(local, user, held.desired, held.world) {
        None => draft.unchanged(),
        Some(reason) => {
            let known = held.keys.iter().map(|key| key.id.clone()).collect();
            if held.keys.len() >= SLOTS {
                let Some(goes) = held.slot() else {
                    return draft.blocked(
                        SECTION.address(local),
                        held.no_slot(),
                        "take one out of use and delete it: aws iam delete-access-key",
                    );
                };
                let reason = "it makes room for the new key";
                draft.change(held.removal(goes, reason, When::BeforeSuccessor));
                stay.retain(|key| key.id != goes.id);
                when = When::AfterDelivery;
            }
            replace(local, held.desired, Renewal { known, reason }, draft);
            for old in held.replaced() {
                let reason = "the new key takes its place";
                draft.change(held.removal(old, reason, When::AfterDelivery));
            }
        }
    }
    for key in stay {
        if held.is_left_over(key) {
            draft.change(held.removal(key, "no config var names it", when));
        } else {
            let reason = format!("no config var names it: left alone ({})", key.in_words(held.desired.now));
            draft.unmanaged(address(local, &key.id), &reason);
        }
    }
}

/// Where one key of a user stands.
fn address(local: &LocalName, id: &str) -> super::Address {
    SECTION.address(local).part(id)
}

/// Why a user gets another key, and which ones it has.
struct Renewal {
    known: Vec<String>,
    reason: String,
}

fn replace(local: &LocalName, desired: &Desired<'_>, renewal: Renewal, draft: &mut Draft) {
    let spec = desired.spec();
    let user = &spec.iam_users[local];
    draft.change(Change::Create {
        local: local.clone(),
        user: user.name.clone(),
        reason: renewal.reason,
        known: renewal.known,
        buckets: reached(local, spec),
        delivered: delivered(spec, local).map(|(var, _)| var.clone()).collect(),
    });
}

/// The buckets that a user's key must reach.
fn reached(local: &LocalName, spec: &Spec) -> Vec<Reached> {
    let grants = spec.iam_users[local].grants.keys();
    let buckets = grants.filter_map(|bucket| Some((bucket.clone(), spec.buckets.get(bucket)?)));
    buckets.map(|(local, bucket)| (local, bucket.name.clone(), bucket.region.clone())).collect()
}

/// When an old key goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// At once: an apply that was cut off left it, and it fills a slot.
    AtOnce,
    /// Just before a new one is made, since a user has two slots, and after all that may fail before that.
    BeforeSuccessor,
    /// After the new one is delivered, so that the app always has one that works.
    AfterDelivery,
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
type Reached = (LocalName, BucketName, AwsRegion);

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
            Self::Remove { when: When::AtOnce, .. } => Vec::new(),
            Self::Remove { when: When::BeforeSuccessor, local, buckets, .. } => {
                rests_on(local, buckets).collect()
            }
            Self::Remove { when: When::AfterDelivery, .. } => vec![Output::Config],
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
            Self::Remove { when: When::AfterDelivery, .. } => vec![Output::Nothing],
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
            Self::Remove { user, id, .. } => {
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
            Self::Create { local, user, known, buckets, .. } => {
                let key = create(run, user, known).await?;
                run.progress.update("waiting until the new key works");
                let reach: Vec<(BucketName, AwsRegion)> =
                    buckets.iter().map(|(_, name, region)| (name.clone(), region.clone())).collect();
                if let Err(error) = run.clouds.aws.prove_key(&key, &reach).await {
                    // It was never delivered, and it would fill a slot.
                    run.clouds.aws.iam().delete_access_key(user, &key.id).await?;
                    return Err(error);
                }
                Ok(outputs(local, &key))
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
                let key = super::testing::key(&format!("AKIANEW{}", keys.len()), 0);
                outputs.merge(
                    Outputs::none().and(Output::AccessKeyId(local.clone()), key.id.clone()).and_secret(
                        Output::SecretAccessKey(local.clone()),
                        crate::secret::Secret::new("a new secret"),
                    ),
                );
                keys.push(key);
            }
            Self::Remove { local, id, .. } => {
                world.access_key.entry(local.clone()).or_default().retain(|key| key.id != *id);
            }
        }
    }
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

#[cfg(test)]
mod tests;
