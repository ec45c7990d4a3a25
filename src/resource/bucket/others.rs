//! What others set on a bucket beside what the spec says: left alone, but never passed over in silence. What opens
//! the bucket or empties it is a warning.
//!
//! What must not live here: anything that is written.

use super::{SECTION, Settings, lifecycle};
use crate::cloud::policy;
use crate::resource::Draft;
use crate::spec::{Bucket, LocalName, PublicAccess};

/// Reports statements and rules that are not trueup's.
pub(super) fn report(local: &LocalName, bucket: &Bucket, live: &Settings, draft: &mut Draft) {
    statements(local, bucket, live, draft);
    rules(local, bucket, live, draft);
}

fn statements(local: &LocalName, bucket: &Bucket, live: &Settings, draft: &mut Draft) {
    let ours = policy::tls_only(&bucket.arn());
    let others = live.policy.as_ref().map(|policy| policy.others(&ours)).unwrap_or_default();
    let address = SECTION.address(local).part("policy");
    for one in &others {
        let Some(actions) = &one.opens else { continue };
        let effect = match bucket.public_access {
            PublicAccess::Blocked => "; the public access block of the spec keeps them out",
            PublicAccess::Open => "",
        };
        draft.warning(
            address.clone(),
            format!("the statement {} lets everyone on the internet do {actions}{effect}", one.name),
        );
    }
    if !others.is_empty() {
        let names: Vec<&str> = others.iter().map(|one| one.name.as_str()).collect();
        draft.unmanaged(address, &format!("statements of others: left alone ({})", names.join(", ")));
    }
}

fn rules(local: &LocalName, bucket: &Bucket, live: &Settings, draft: &mut Draft) {
    let others = lifecycle::others(&live.lifecycle, bucket.lifecycle.as_ref());
    let address = SECTION.address(local).part("lifecycle");
    for rule in others.iter().filter(|rule| rule.expires_everything()) {
        draft.warning(
            address.clone(),
            format!("the rule {} of others deletes every object in time", rule.name()),
        );
    }
    if !others.is_empty() {
        let names: Vec<&str> = others.iter().map(|rule| rule.name()).collect();
        draft.unmanaged(address, &format!("rules of others: left alone ({})", names.join(", ")));
    }
}

/// Why the policy of a bucket cannot be written: S3 takes none that names somebody who is gone.
pub(super) fn unwritable(bucket: &Bucket, live: &Settings) -> Option<String> {
    let ours = policy::tls_only(&bucket.arn());
    let others = live.policy.as_ref()?.others(&ours);
    others.into_iter().find_map(|one| {
        let gone = one.gone?;
        Some(format!(
            "the statement {} of its policy names {gone}, a user or role that was deleted, and S3 takes no policy with one",
            one.name
        ))
    })
}
