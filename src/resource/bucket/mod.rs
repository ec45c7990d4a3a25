//! S3 buckets and everything that is set on them (aws-s3-iam.md section 3).
//!
//! Each setting is a write of its own, and the writes on one bucket come one at a time in a fixed order,
//! the policy last: concurrent ones are refused by S3. `wanted` says how each setting should be.

mod recheck;
mod wanted;

use std::collections::BTreeMap;

use super::{
    Action, Address, BucketPart, Desired, Draft, Field, Operation, Output, Outputs, Recheck, Resource, Row,
    Run, Shown, World, tags,
};
use crate::cloud::policy::PolicyDocument;
use crate::cloud::s3::{BucketHandle, BucketSettings, CorsRule, LifecycleRule, Presence};
use crate::cloud::{CloudError, Clouds, confirmed};
use crate::secret::Secret;
use crate::spec::{
    AwsRegion, Bucket, BucketAttribute, BucketName, ConfigValue, Encryption, LocalName, Reference, Spec,
    VarName,
};

/// The kind.
pub struct Kind;

/// What S3 said of each bucket, by the spec's own name.
pub type Observed = BTreeMap<LocalName, Seen>;

/// One bucket as S3 shows it.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Seen {
    presence: Presence,
    settings: Option<BucketSettings>,
}

impl Resource for Kind {
    type Observed = Observed;
    type Change = Change;

    async fn observe(spec: &Spec, clouds: &Clouds, seen: &World) -> Result<Observed, CloudError> {
        // Known since the first wave whenever the spec has buckets.
        let Some(owner) = &seen.account else { return Ok(Observed::new()) };
        let buckets = spec.buckets.iter().map(|(local, bucket)| async move {
            let bucket = clouds.aws.bucket(&bucket.name, &bucket.region, owner).await?;
            // Both at once: the settings are of use only when the bucket is there and ours.
            let (presence, settings) = tokio::join!(bucket.head(), bucket.settings());
            let presence = presence?;
            let settings = if matches!(presence, Presence::Present) { Some(settings?) } else { None };
            Ok::<_, CloudError>((local.clone(), Seen { presence, settings }))
        });
        Ok(futures_util::future::try_join_all(buckets).await?.into_iter().collect())
    }

    fn diff(desired: &Desired<'_>, world: &World, draft: &mut Draft) {
        for (local, bucket) in &desired.spec().buckets {
            match world.bucket.get(local).map(|seen| (&seen.presence, &seen.settings)) {
                Some((Presence::Present, Some(live))) => compare(local, bucket, live, desired, draft),
                Some((Presence::InOtherRegion { region }, _)) => draft.blocked(
                    Address::bucket(local).part("region"),
                    format!("{} is in {region}, and a bucket cannot move to {}", bucket.name, bucket.region),
                    format!("write `region: {region}`, or choose another `name`"),
                ),
                Some((Presence::Forbidden, _)) => draft.blocked(
                    Address::bucket(local).part("name"),
                    format!(
                        "{} belongs to another AWS account, or this identity may not see it",
                        bucket.name
                    ),
                    "choose another `name`, or use credentials that may manage it",
                ),
                _ => match replaced(local, bucket, desired, world) {
                    Some(var) => draft.blocked(
                        Address::bucket(local).part("name"),
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
    let writes = [Write::Create].into_iter().chain(wanted::writes(bucket, None, desired));
    for write in writes {
        draft.change(Change {
            local: local.clone(),
            name: bucket.name.clone(),
            region: bucket.region.clone(),
            write,
        });
    }
}

fn compare(
    local: &LocalName,
    bucket: &Bucket,
    live: &BucketSettings,
    desired: &Desired<'_>,
    draft: &mut Draft,
) {
    if let Some(owner) = tags::other_owner(desired, &live.tags) {
        return draft.blocked(
            Address::bucket(local),
            format!("the bucket {} belongs to {owner}, as its tags say", bucket.name),
            "choose another `name`, or remove its trueup tags if that environment is gone",
        );
    }
    let writes = wanted::writes(bucket, Some(live), desired);
    if writes.is_empty() {
        draft.unchanged();
    }
    for write in writes {
        draft.change(Change {
            local: local.clone(),
            name: bucket.name.clone(),
            region: bucket.region.clone(),
            write,
        });
    }
}

/// One write on a bucket.
#[derive(Clone, Debug)]
pub struct Change {
    /// The spec's name for it.
    pub local: LocalName,
    /// Its real name.
    pub name: BucketName,
    /// Its region.
    pub region: AwsRegion,
    /// What is written.
    pub write: Write,
}

/// What can be written on a bucket. Deleting one is left to `destroy`.
#[derive(Clone, Debug)]
pub enum Write {
    /// `CreateBucket`.
    Create,
    /// `PutPublicAccessBlock`, all four settings alike.
    PublicAccess {
        /// Whether the public was kept out; `None` when only in part, or not said.
        before: Option<bool>,
        /// Whether it will be.
        blocked: bool,
    },
    /// `PutBucketOwnershipControls`, to `BucketOwnerEnforced`.
    Ownership {
        /// What is live.
        before: Option<String>,
    },
    /// `PutBucketEncryption`.
    Encryption {
        /// What is live, in words.
        before: Option<String>,
        /// What will be.
        after: Encryption,
        /// Kinds of encryption that the bucket refuses, carried over as they are.
        blocked_types: Vec<String>,
    },
    /// `PutBucketVersioning`.
    Versioning {
        /// What is live, in words; `None` for a new bucket.
        before: Option<String>,
        /// Whether versions are kept from now on.
        enabled: bool,
    },
    /// `PutBucketLifecycleConfiguration`; foreign rules are carried over.
    Lifecycle {
        /// What is live.
        before: Vec<LifecycleRule>,
        /// What will be; empty removes the configuration.
        after: Vec<LifecycleRule>,
    },
    /// `PutBucketCors`.
    Cors {
        /// What is live.
        before: Vec<CorsRule>,
        /// What will be.
        after: Vec<CorsRule>,
    },
    /// `PutBucketTagging`, the whole set with foreign tags carried over.
    Tags {
        /// What is live.
        before: tags::Tags,
        /// What will be.
        after: tags::Tags,
    },
    /// `PutBucketPolicy`; foreign statements are carried over.
    Policy {
        /// What is live.
        before: Option<PolicyDocument>,
        /// What will be; `None` removes it.
        after: Option<PolicyDocument>,
    },
}

impl Write {
    fn part(&self) -> BucketPart {
        match self {
            Self::Create => BucketPart::Bucket,
            Self::PublicAccess { .. } => BucketPart::PublicAccess,
            Self::Ownership { .. } => BucketPart::Ownership,
            Self::Encryption { .. } => BucketPart::Encryption,
            Self::Versioning { .. } => BucketPart::Versioning,
            Self::Lifecycle { .. } => BucketPart::Lifecycle,
            Self::Cors { .. } => BucketPart::Cors,
            Self::Tags { .. } => BucketPart::Tags,
            Self::Policy { .. } => BucketPart::Policy,
        }
    }
}

impl Change {
    async fn handle(&self, run: &Run) -> Result<BucketHandle, CloudError> {
        let owner = run.clouds.aws.account().await?;
        run.clouds.aws.bucket(&self.name, &self.region, &owner).await
    }
}

impl Operation for Change {
    fn describe(&self) -> Vec<Row> {
        let action = if matches!(self.write, Write::Create) { Action::Create } else { Action::Update };
        let fields = match &self.write {
            Write::Create => {
                vec![
                    Field::plain("name", None, Some(&self.name)),
                    Field::plain("region", None, Some(&self.region)),
                ]
            }
            Write::PublicAccess { before, blocked } => {
                let word = |blocked: bool| if blocked { "blocked" } else { "open" };
                vec![field("public_access", before.map(word), Some(word(*blocked)))]
            }
            Write::Ownership { before } => {
                vec![field("ownership", before.as_deref(), Some("BucketOwnerEnforced"))]
            }
            Write::Encryption { before, after, .. } => {
                vec![field("encryption", before.as_deref(), Some(&wanted::encryption_word(after)))]
            }
            Write::Versioning { before, enabled } => {
                vec![field(
                    "versioning",
                    before.as_deref(),
                    Some(if *enabled { "enabled" } else { "suspended" }),
                )]
            }
            Write::Lifecycle { before, after } => wanted::lifecycle_fields(before, after),
            Write::Cors { before, after } => wanted::cors_fields(before, after),
            Write::Tags { before, after } => tags::fields(before, &tags::missing(before, after)),
            Write::Policy { before, after } => wanted::policy_fields(before.as_ref(), after.as_ref()),
        };
        vec![Row::new(Address::bucket(&self.local), "aws_s3_bucket", action).titled(&self.name).with(fields)]
    }

    fn needs(&self) -> Vec<Output> {
        let bucket = Output::Bucket(self.local.clone(), BucketPart::Bucket);
        if matches!(self.write, Write::Create) { Vec::new() } else { vec![bucket] }
    }

    fn follows(&self) -> Vec<Output> {
        self.write.part().earlier().map(|part| Output::Bucket(self.local.clone(), part)).collect()
    }

    fn gives(&self) -> Vec<Output> {
        vec![Output::Bucket(self.local.clone(), self.write.part())]
    }

    async fn recheck(&self, run: &Run) -> Result<Recheck, CloudError> {
        let bucket = self.handle(run).await?;
        match &self.write {
            Write::Create => {
                let is_there = matches!(bucket.head().await?, Presence::Present);
                Ok(Recheck::judge(!is_there, false, || format!("the bucket {} was created", self.name)))
            }
            // What this run made is as this run made it.
            _ if bucket.is_made_by_this_run() => Ok(Recheck::AsPlanned),
            write => recheck::of(write, &bucket).await,
        }
    }

    async fn apply(&self, run: &Run) -> Result<Outputs, CloudError> {
        let bucket = self.handle(run).await?;
        match &self.write {
            Write::Create => {
                let look = || async {
                    let is_there = matches!(bucket.head().await?, Presence::Present);
                    Ok(is_there.then(|| bucket.note_made()))
                };
                confirmed(|| bucket.create(), look).await?;
            }
            Write::PublicAccess { blocked, .. } => bucket.put_public_access_block(*blocked).await?,
            Write::Ownership { .. } => bucket.put_ownership_enforced().await?,
            Write::Encryption { after, blocked_types, .. } => {
                bucket.put_encryption(after, blocked_types).await?;
            }
            Write::Versioning { enabled, .. } => bucket.put_versioning(*enabled).await?,
            Write::Lifecycle { after, .. } if after.is_empty() => bucket.delete_lifecycle().await?,
            Write::Lifecycle { after, .. } => bucket.put_lifecycle(after).await?,
            Write::Cors { after, .. } => bucket.put_cors(after).await?,
            Write::Tags { after, .. } => bucket.put_tags(after).await?,
            Write::Policy { after: Some(after), .. } => bucket.put_policy(after).await?,
            Write::Policy { after: None, .. } => bucket.delete_policy().await?,
        }
        Ok(Outputs::none())
    }
}

fn field(path: &str, before: Option<&str>, after: Option<&str>) -> Field {
    let shown = |text: Option<&str>| text.map_or(Shown::Nothing, |text| Shown::Plain(text.to_owned()));
    Field { path: path.to_owned(), before: shown(before), after: shown(after), note: None }
}

#[cfg(test)]
mod tests;
