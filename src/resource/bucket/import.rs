//! What a spec would say of a bucket that is to be imported.

use super::{Kind, SECTION, Seen, encryption};
use crate::resource::{Importable, SpecDraft, World};
use crate::spec::{LocalName, Spec};

impl Importable for Kind {
    fn import(asked: &Spec, world: &World, draft: &mut SpecDraft) {
        for (local, bucket) in &asked.buckets {
            let Some(Seen::Live(live)) = world.bucket.get(local) else {
                draft.leave(SECTION.address(local), format!("the bucket {} cannot be seen", bucket.name));
                continue;
            };
            let key = |key| ["buckets", local.as_str(), key];
            draft.set(&key("name"), bucket.name.as_str());
            draft.set(&key("region"), bucket.region.as_str());
            draft.set(&key("adopt"), true);
            live.import(&bucket.arn(), &mut |keys, value| {
                let keys: Vec<&str> =
                    ["buckets", local.as_str()].into_iter().chain(keys.iter().copied()).collect();
                draft.set(&keys, value);
            });
        }
    }
}

/// The key of KMS by which a live bucket encrypts, which its users need a right to.
#[must_use]
pub fn kms_key(local: &LocalName, world: &World) -> Option<String> {
    let Some(Seen::Live(live)) = world.bucket.get(local) else { return None };
    live.encryption.as_ref().and_then(encryption::Encryption::key).map(str::to_owned)
}
