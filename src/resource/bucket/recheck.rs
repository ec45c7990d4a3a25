//! Whether a setting of a bucket is still as the plan saw it. Most settings are replaced as a whole, so what
//! somebody else added in between would be lost.

use super::{Write, wanted};
use crate::cloud::CloudError;
use crate::cloud::policy;
use crate::cloud::s3::{BucketHandle, CorsRule, LifecycleRule, PublicAccessBlock, Versioning};
use crate::resource::Recheck;

/// Reads the one setting again that a write would replace.
pub(super) async fn of(write: &Write, bucket: &BucketHandle) -> Result<Recheck, CloudError> {
    let moved = |what: &'static str| move || format!("{what} of the bucket changed");
    Ok(match write {
        Write::Create => Recheck::AsPlanned,
        Write::PublicAccess { before, blocked } => {
            let live = bucket.public_access_block().await?.and_then(PublicAccessBlock::all);
            Recheck::of(&live, before, &Some(*blocked), moved("the public access"))
        }
        Write::Ownership { before } => {
            let after = Some("BucketOwnerEnforced".to_owned());
            Recheck::of(&bucket.ownership().await?, before, &after, moved("the object ownership"))
        }
        Write::Encryption { before, after, .. } => {
            let live = bucket.encryption().await?.map(|live| wanted::encryption_word(&live.encryption));
            Recheck::of(&live, before, &Some(wanted::encryption_word(after)), moved("the encryption"))
        }
        Write::Versioning { before, enabled } => {
            let live = bucket.versioning().await?;
            let is_before = before.as_deref() == Some(wanted::versioning_word(live));
            Recheck::judge(is_before, (live == Versioning::Enabled) == *enabled, moved("the versioning"))
        }
        Write::Lifecycle { before, after } => {
            let live = bucket.lifecycle().await?;
            Recheck::judge(live == *before, all(&live, after, same_rule), moved("the lifecycle"))
        }
        Write::Cors { before, after } => {
            let live = bucket.cors().await?;
            let is_like = |rules: &[CorsRule]| all(&live, rules, CorsRule::same_meaning);
            Recheck::judge(is_like(before), is_like(after), moved("the cross-origin rules"))
        }
        Write::Tags { before, after } => Recheck::of(&bucket.tags().await?, before, after, moved("the tags")),
        Write::Policy { before, after } => {
            let live = bucket.policy().await?;
            let is_like = |other: &Option<_>| policy::same_meaning(live.as_ref(), other.as_ref());
            Recheck::judge(is_like(before), is_like(after), moved("the policy"))
        }
    })
}

/// A rule that S3 gave holds more than one that the spec asks for, and means the same.
fn same_rule(live: &LifecycleRule, wanted: &LifecycleRule) -> bool {
    live == wanted || (live.id == wanted.id && live.same_meaning(wanted))
}

fn all<T>(live: &[T], wanted: &[T], is_same: fn(&T, &T) -> bool) -> bool {
    live.len() == wanted.len() && live.iter().zip(wanted).all(|(live, wanted)| is_same(live, wanted))
}
