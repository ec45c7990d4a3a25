//! What a spec would say of a user that is to be imported.

use super::{Kind, SECTION};
use crate::resource::{Said, Sayable, World};
use crate::spec::Spec;

impl Sayable for Kind {
    fn say(asked: &Spec, world: &World, said: &mut Said) {
        for (local, user) in &asked.iam_users {
            if !world.iam_user.contains_key(local) {
                said.leave(SECTION.address(local), format!("the user {} cannot be seen", user.name));
                continue;
            }
            said.say(&["iam_users", local.as_str(), "name"], user.name.as_str());
            said.say(&["iam_users", local.as_str(), "adopt"], true);
        }
    }
}
