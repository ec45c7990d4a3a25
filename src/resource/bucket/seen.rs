//! What S3 shows of a bucket, and how it is looked for.
//!
//! What must not live here: what is made of it.

use super::Settings;
use crate::cloud::CloudError;
use crate::cloud::aws::Aws;
use crate::cloud::s3::{BucketHandle, Presence};
use crate::resource::tags::Tags;
use crate::resource::{Look, World};
use crate::spec::Bucket;

/// One bucket as S3 shows it.
#[derive(Clone, Debug, serde::Serialize)]
pub enum Seen {
    /// No bucket has that name.
    Absent,
    /// It is there, in the spec's region, and ours.
    Live(Box<Settings>),
    /// It is there, in another region.
    InOtherRegion {
        /// Which.
        region: String,
    },
    /// The credentials are of another of AWS's clouds than the bucket's region, and were not tried.
    InOtherPartition {
        /// That of the credentials.
        credentials: String,
    },
    /// It is someone else's.
    Forbidden,
}

/// The tags of the buckets that are live.
pub fn live_tags(world: &World) -> impl Iterator<Item = &Tags> {
    world.bucket.values().filter_map(|seen| match seen {
        Seen::Live(settings) => Some(&settings.tags),
        Seen::Absent | Seen::InOtherRegion { .. } | Seen::InOtherPartition { .. } | Seen::Forbidden => None,
    })
}

impl Seen {
    /// The same, once KMS was asked whether the spec names the key by which the bucket encrypts.
    pub(super) async fn with_keys(mut self, spec: &Bucket, aws: &Aws) -> Self {
        if let Self::Live(live) = &mut self
            && let Some(encryption) = &mut live.encryption
        {
            Box::pin(encryption.compare_keys(spec, aws)).await;
        }
        self
    }

    /// Looks at a bucket, of which others may have said already whether it is there.
    pub(super) async fn look(bucket: &BucketHandle, known: Known) -> Result<Self, CloudError> {
        // The settings are of use only when the bucket is there and ours.
        let (presence, settings) = match known {
            Known::Absent => return Ok(Self::Absent),
            Known::There => match Settings::read(bucket).await {
                // It may be gone by now, hidden from these credentials, or somebody else's.
                Err(error) if matches!(error.status, Some(301 | 307 | 400 | 403 | 404)) => {
                    (bucket.head().await, Err(error))
                }
                settings => (Ok(Presence::Present), settings),
            },
            Known::Nothing => match bucket.head().await {
                Ok(Presence::Present) => (Ok(Presence::Present), Settings::read(bucket).await),
                presence => (presence, Ok(Settings::default())),
            },
        };
        Ok(match presence? {
            Presence::Absent => Self::Absent,
            Presence::Present => Self::Live(Box::new(settings?)),
            Presence::InOtherRegion { region } => Self::InOtherRegion { region },
            Presence::Forbidden => Self::Forbidden,
        })
    }
}

/// What is known of a bucket before it is asked for its settings.
#[derive(Clone, Copy)]
pub(super) enum Known {
    /// There is none of that name.
    Absent,
    /// One answers in the spec's region, whoever it belongs to.
    There,
    /// Only the bucket itself tells.
    Nothing,
}

impl Known {
    /// By the list of all buckets of the account, which answers for several environments, or else by a first look.
    pub(super) async fn ask(look: &Look<'_>, bucket: &Bucket) -> Result<Self, CloudError> {
        let (name, region) = (&bucket.name, &bucket.region);
        match look.reads().lists_bucket(name, region).await? {
            Some(true) => Ok(Self::There),
            // It may be somebody else's.
            Some(false) => Ok(Self::Nothing),
            None => Ok(match look.clouds().aws.glance_at_bucket(name, region).await? {
                Some(true) => Self::There,
                Some(false) => Self::Absent,
                None => Self::Nothing,
            }),
        }
    }
}
