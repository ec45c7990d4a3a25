//! What a spec would say of a bucket that is to be imported.

use super::{Kind, SECTION, Seen};
use crate::resource::{Said, Sayable, World};
use crate::spec::Spec;

impl Sayable for Kind {
    fn say(asked: &Spec, world: &World, said: &mut Said) {
        for (local, bucket) in &asked.buckets {
            let Some(Seen::Live(_)) = world.bucket.get(local) else {
                said.leave(SECTION.address(local), format!("the bucket {} cannot be seen", bucket.name));
                continue;
            };
            let say = |said: &mut Said, key: &str, text: &str| {
                said.say(&["buckets", local.as_str(), key], text);
            };
            say(said, "name", bucket.name.as_str());
            say(said, "region", bucket.region.as_str());
            said.say(&["buckets", local.as_str(), "adopt"], true);
        }
    }
}
