//! What of the source's buckets the clone's lack, and having it copied.

use std::collections::BTreeMap;

use crate::cloud::CloudError;
use crate::cloud::s3::Amount;
use crate::resource::bucket::LOCK_KEY;
use crate::resource::task::objects::{self, Change};
use crate::resource::{Draft, Overview};
use crate::spec::{Environment, LocalName, Spec};

/// How much each bucket lacks; `None` where the source has no such bucket.
pub type Lacking = BTreeMap<LocalName, Option<Amount>>;

/// Lists both sides of every bucket of the clone.
///
/// # Errors
/// What could not be listed.
pub async fn look(overview: Overview<'_>, source: &Environment) -> Result<Lacking, CloudError> {
    let Overview { desired, reads, .. } = overview;
    let all = desired.spec().buckets.iter().map(|(local, bucket)| async move {
        let Some(origin) = source.spec.buckets.get(local) else { return Ok((local.clone(), None)) };
        let (aws, owner) = (&reads.clouds().aws, reads.account().await?);
        let here = aws.bucket(&bucket.name, &bucket.region, &owner).await?;
        let there = aws.bucket(&origin.name, &origin.region, &owner).await?;
        Ok::<_, CloudError>((local.clone(), here.lacks_of(&there, LOCK_KEY).await?))
    });
    Ok(futures_util::future::try_join_all(all).await?.into_iter().collect())
}

/// Has what is missing copied.
pub(super) fn add(clone: &Spec, source: &Environment, lacking: &Lacking, draft: &mut Draft) {
    for (local, bucket) in &clone.buckets {
        match (lacking.get(local).copied().flatten(), source.spec.buckets.get(local)) {
            (Some(amount), _) if amount == Amount::default() => draft.unchanged(),
            (Some(amount), Some(origin)) => draft.change(Change {
                local: local.clone(),
                bucket: bucket.clone(),
                source: (origin.name.clone(), origin.region.clone()),
                amount,
            }),
            _ => draft.warning(
                objects::address(local),
                format!("{} has no bucket `{local}` that is live, so there is nothing to copy", source.name),
            ),
        }
    }
}
