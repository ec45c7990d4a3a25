//! S3 buckets and everything that is set on them (aws-s3-iam.md section 3).
//!
//! Each setting is a file beside this one and a write of its own: see [`Setting`]. The list at the end of this
//! file is the order in which they are written, one at a time and the policy last, since S3 refuses concurrent
//! writes on one bucket. What must not live here: anything that only one setting needs.

mod cors;
mod encryption;
pub mod import;
mod lifecycle;
mod others;
mod ownership;
mod policy;
mod proof;
mod public_access;
mod removal;
mod rights;
mod seen;
mod setting;
mod tags;
mod versioning;

use std::collections::BTreeMap;

pub use removal::LOCK_KEY;

/// The names of all that is set on a bucket.
pub const SETTINGS: &[&str] = SettingWrite::NAMES;
pub use seen::{Seen, live_tags};
pub use setting::{Planned, Setting};

use removal::Removing;
use seen::Known;
use setting::{Kept, Refusal, Wish, settings};

use super::tags::Claim;
use super::{
    Action, BucketPart, Desired, Draft, Effects, Facts, Field, Look, Operation, Output, Outputs, Recheck,
    Resource, Row, Run, Section, World,
};
use crate::cloud::s3::{BucketHandle, Presence};
use crate::cloud::{CloudError, confirmed};
use crate::secret::Secret;
use crate::spec::{
    AwsRegion, Bucket, BucketAttribute, BucketName, ConfigValue, LocalName, Reference, VarName,
};

/// The kind.
pub struct Kind;

/// What the kind says of itself.
pub static SECTION: Section = Section::new("buckets").kind("aws_s3_bucket").noun("bucket");

/// What S3 said of each bucket, by the spec's own name.
pub type Observed = BTreeMap<LocalName, Seen>;

impl Resource for Kind {
    type Observed = Observed;
    type Change = Change;

    async fn observe(look: &Look<'_>) -> Result<Observed, CloudError> {
        let spec = look.spec();
        if spec.buckets.is_empty() {
            return Ok(Observed::new());
        }
        let buckets = spec.buckets.iter().map(|(local, bucket)| async move {
            let (name, region) = (&bucket.name, &bucket.region);
            // Whose the bucket must be and whether it is there do not hang on each other; of two failures the one
            // that tells who is asking says more.
            let (owner, known) = tokio::join!(look.reads().account(), Known::ask(look, bucket));
            let owner = owner?;
            if owner.partition() != region.partition() {
                let credentials = owner.partition().to_owned();
                return Ok((local.clone(), Seen::InOtherPartition { credentials }));
            }
            let handle = look.clouds().aws.bucket(name, region, &owner).await?;
            let seen = Seen::look(&handle, known?).await?;
            Ok::<_, CloudError>((local.clone(), seen.with_keys(bucket, &look.clouds().aws).await))
        });
        Ok(futures_util::future::try_join_all(buckets).await?.into_iter().collect())
    }

    fn facts(world: &World, facts: &mut Facts) {
        for (local, live) in &world.bucket {
            facts.state(&SECTION.address(local), live);
        }
    }

    fn diff(desired: &Desired<'_>, world: &World, draft: &mut Draft) {
        for (local, bucket) in &desired.spec().buckets {
            match world.bucket.get(local) {
                Some(Seen::Live(live)) => compare(local, live, desired, world, draft),
                Some(Seen::InOtherRegion { region }) => draft.blocked(
                    SECTION.address(local).part("region"),
                    format!("{} is in {region}, and a bucket cannot move to {}", bucket.name, bucket.region),
                    format!("write `region: {region}`, or choose another `name`"),
                ),
                Some(Seen::InOtherPartition { credentials }) => draft.blocked(
                    SECTION.address(local).part("region"),
                    format!(
                        "{} is in AWS's partition `{}`, and these credentials are of `{credentials}`",
                        bucket.region,
                        bucket.region.partition()
                    ),
                    "use credentials of that partition, or choose another `region`",
                ),
                Some(Seen::Forbidden) => draft.blocked(
                    SECTION.address(local).part("name"),
                    format!("{} belongs to another AWS account", bucket.name),
                    "choose another `name`, or use credentials of that account",
                ),
                Some(Seen::Absent) | None => match replaced(local, bucket, desired, world) {
                    Some(var) => draft.blocked(
                        SECTION.address(local).part("name"),
                        format!("{} is not there, and the app keeps its objects in the bucket that {var} names", bucket.name),
                        format!(
                            "write that bucket's name, or add the new one under another key, copy the objects with \
                             `aws s3 sync`, then let {var} name it; if the old bucket is of no use: heroku config:unset {var}"
                        ),
                    ),
                    None => create(local, bucket, desired, draft),
                },
            }
        }
    }
}

/// The config var by which the app uses another bucket in this one's place: making an empty one and pointing
/// the app at it would look like a rename, and lose every object from the app's sight.
fn replaced<'a>(
    local: &LocalName,
    bucket: &Bucket,
    desired: &'a Desired<'_>,
    world: &World,
) -> Option<&'a VarName> {
    let name = Secret::new(bucket.name.as_str());
    let is_other = |var: &VarName| {
        world.config.get(var.as_str()).is_some_and(|live| !live.is_empty() && !live.matches(&name))
    };
    desired.spec().config.iter().find_map(|(var, value)| match value {
        ConfigValue::From(Reference::Bucket(of, BucketAttribute::Name)) if of == local && is_other(var) => {
            Some(var)
        }
        _ => None,
    })
}

fn create(local: &LocalName, bucket: &Bucket, desired: &Desired<'_>, draft: &mut Draft) {
    let wish = Wish::new(local, bucket, None, false, desired);
    let (mut tags, mut settings) = (None, Vec::new());
    for write in SettingWrite::all(&wish, None) {
        match write {
            SettingWrite::Tags(planned) => tags = Some(planned),
            write => settings.push(write),
        }
    }
    let create = Write::Create { tags, settings: settings.clone() };
    draft.change(Change::new(local, bucket, create));
    for write in settings {
        draft.change(Change::new(local, bucket, Write::Setting(write)));
    }
}

fn compare(local: &LocalName, live: &Settings, desired: &Desired<'_>, world: &World, draft: &mut Draft) {
    let bucket = &desired.spec().buckets[local];
    let address = SECTION.address(local);
    let is_adopted = match Claim::of(desired, &live.tags, bucket.adopt) {
        Claim::Ours => false,
        Claim::Adopted => true,
        Claim::Others(owner) => {
            return draft.blocked(
                address,
                format!("the bucket {} belongs to {owner}, as its tags say", bucket.name),
                "choose another `name`, or remove its trueup tags if that environment is gone",
            );
        }
        Claim::Unclaimed => {
            return draft.blocked(
                address,
                format!(
                    "the bucket {} was there before and has no tags of trueup, so others may use it",
                    bucket.name
                ),
                format!("write `adopt: true` at buckets.{local} to have trueup manage it, or choose another `name`"),
            );
        }
    };
    let wish = Wish::new(local, bucket, Some(live), is_adopted, desired);
    others::report(&wish, live, world, draft);
    let writes = SettingWrite::all(&wish, Some(live));
    if writes.is_empty() {
        draft.unchanged();
    }
    for write in writes {
        let part = address.part(write.name());
        let unread = live.unread.get(write.name()).map(Refusal::of_unread);
        if let Some(Refusal { reason, advice }) = unread.or_else(|| write.refusal()) {
            draft.blocked(part, reason, advice);
            continue;
        }
        if let Some(ends) = write.ends() {
            draft.warning(part, ends);
        }
        draft.change(Change::new(local, bucket, Write::Setting(write)));
    }
}

/// One write on a bucket.
#[derive(Clone, Debug)]
pub struct Change {
    local: LocalName,
    name: BucketName,
    region: AwsRegion,
    write: Write,
}

/// What can be written on a bucket.
#[derive(Clone, Debug)]
enum Write {
    /// The bucket itself, with its tags.
    Create {
        /// All its tags.
        tags: Option<Planned<Tags>>,
        /// What is written afterwards, unless the bucket comes with it.
        settings: Vec<SettingWrite>,
    },
    /// One setting.
    Setting(SettingWrite),
    /// Takes it away, or what lies in it.
    Remove(Removing),
}

impl Change {
    fn new(local: &LocalName, bucket: &Bucket, write: Write) -> Self {
        Self { local: local.clone(), name: bucket.name.clone(), region: bucket.region.clone(), write }
    }

    async fn handle(&self, run: &Run) -> Result<BucketHandle, CloudError> {
        let owner = run.clouds.aws.account().await?;
        run.clouds.aws.bucket(&self.name, &self.region, &owner).await
    }

    /// Makes the bucket, and sees that it has its tags: by them alone the next run knows whose it is. Gives what it
    /// came with.
    async fn create(
        &self,
        bucket: &BucketHandle,
        tags: Option<&Planned<Tags>>,
        settings: &[SettingWrite],
    ) -> Result<Outputs, CloudError> {
        let all = tags.map(|tags| tags.after().assume()).unwrap_or_default();
        let look = || async {
            let is_there = matches!(bucket.head().await?, Presence::Present);
            Ok(is_there.then(|| bucket.note_made()))
        };
        confirmed(|| bucket.create(&all), look).await?;
        let tag = async {
            match tags {
                Some(tags) => tags.write(bucket).await,
                None => Ok(()),
            }
        };
        let looks = settings.iter().map(|write| async {
            write.is_as_made(bucket).await.then(|| self.output(BucketPart::AsMade(write.name())))
        });
        let (tagged, as_made) = tokio::join!(tag, futures_util::future::join_all(looks));
        tagged?;
        Ok(as_made.into_iter().flatten().fold(Outputs::none(), |outputs, output| outputs.and(output, "")))
    }

    fn output(&self, part: BucketPart) -> Output {
        Output::Bucket(self.local.clone(), part)
    }

    /// What is observed once it is done.
    #[cfg(test)]
    fn assume_of(&self, observed: &mut Observed) {
        let seen = observed.entry(self.local.clone()).or_insert(Seen::Absent);
        match (&self.write, seen) {
            (Write::Create { tags, .. }, seen) => {
                let tags = tags.as_ref().map(|tags| tags.after().assume()).unwrap_or_default();
                *seen = Seen::Live(Box::new(Settings { tags, ..Settings::default() }));
            }
            (Write::Setting(write), Seen::Live(settings)) => write.assume(settings),
            (Write::Remove(removing), seen) => removing.assume(seen),
            (Write::Setting(_), seen) => panic!("a setting of a bucket that is not there: {seen:?}"),
        }
    }
}

impl Operation for Change {
    fn describe(&self) -> Vec<Row> {
        let (action, fields) = match &self.write {
            Write::Create { tags, .. } => {
                let name = Field::plain("name", None, Some(&self.name));
                let region = Field::plain("region", None, Some(&self.region));
                let tags = tags.iter().flat_map(Planned::fields);
                (Action::Create, [name, region].into_iter().chain(tags).collect())
            }
            Write::Setting(write) => (Action::Update, write.fields()),
            Write::Remove(removing) => return vec![removing.row(self)],
        };
        vec![Row::new(SECTION.address(&self.local), action).titled(&self.name).with(fields)]
    }

    fn effects(&self) -> Effects {
        if let Write::Remove(removing) = &self.write { removing.effects() } else { Effects::default() }
    }

    fn needs(&self) -> Vec<Output> {
        match &self.write {
            Write::Create { .. } => Vec::new(),
            Write::Setting(_) => vec![self.output(BucketPart::Bucket)],
            Write::Remove(removing) => removing.needs(self),
        }
    }

    /// All that is written before it.
    fn follows(&self) -> Vec<Output> {
        match &self.write {
            Write::Create { .. } => Vec::new(),
            Write::Remove(removing) => removing.follows(),
            Write::Setting(write) => {
                let earlier = SettingWrite::NAMES.iter().take_while(|name| **name != write.name());
                let earlier = earlier.map(|name| BucketPart::Setting(name));
                [BucketPart::Bucket].into_iter().chain(earlier).map(|part| self.output(part)).collect()
            }
        }
    }

    fn gives(&self) -> Vec<Output> {
        vec![self.output(match &self.write {
            Write::Create { .. } => BucketPart::Bucket,
            Write::Setting(write) => BucketPart::Setting(write.name()),
            Write::Remove(removing) => return vec![removing.gives(self)],
        })]
    }

    async fn recheck(&self, run: &Run) -> Result<Recheck, CloudError> {
        let bucket = self.handle(run).await?;
        match &self.write {
            Write::Create { .. } => {
                let is_there = matches!(bucket.head().await?, Presence::Present);
                Ok(Recheck::judge(!is_there, false, || format!("the bucket {} was created", self.name)))
            }
            // What this run made is as this run made it.
            Write::Setting(write) if bucket.is_made_by_this_run() => {
                let as_made = self.output(BucketPart::AsMade(write.name()));
                Ok(if run.has(&as_made) { Recheck::Done(Outputs::none()) } else { Recheck::AsPlanned })
            }
            Write::Setting(write) => write.recheck(&bucket).await,
            Write::Remove(removing) => removing.recheck(&bucket, run).await,
        }
    }

    async fn apply(&self, run: &Run) -> Result<Outputs, CloudError> {
        let bucket = self.handle(run).await?;
        match &self.write {
            Write::Create { tags, settings } => self.create(&bucket, tags.as_ref(), settings).await,
            Write::Setting(write) => write.apply(&bucket).await.map(|()| Outputs::none()),
            Write::Remove(removing) => removing.apply(&bucket, run).await.map(|()| Outputs::none()),
        }
    }

    #[cfg(test)]
    fn assume(&self, world: &mut World, _: &mut Outputs) {
        self.assume_of(&mut world.bucket);
    }
}

settings! {
    public_access: PublicAccess,
    ownership: Ownership,
    encryption: Encryption,
    versioning: Versioning,
    lifecycle: Lifecycle,
    cors: Cors,
    tags: Tags,
    policy: Policy,
}

#[cfg(test)]
mod laws;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
