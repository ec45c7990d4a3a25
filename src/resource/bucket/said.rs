//! What a spec would say of a bucket that is to be imported.

use super::{Kind, SECTION, Seen, encryption};
use crate::resource::{Said, Sayable, World};
use crate::spec::{LocalName, Spec};

impl Sayable for Kind {
    fn say(asked: &Spec, world: &World, said: &mut Said) {
        for (local, bucket) in &asked.buckets {
            let Some(Seen::Live(live)) = world.bucket.get(local) else {
                said.leave(SECTION.address(local), format!("the bucket {} cannot be seen", bucket.name));
                continue;
            };
            let key = |key| ["buckets", local.as_str(), key];
            said.say(&key("name"), bucket.name.as_str());
            said.say(&key("region"), bucket.region.as_str());
            said.say(&key("adopt"), true);
            live.say(&bucket.arn(), &mut |keys, value| {
                let keys: Vec<&str> =
                    ["buckets", local.as_str()].into_iter().chain(keys.iter().copied()).collect();
                said.say(&keys, value);
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
