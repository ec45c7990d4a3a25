//! What a spec would say of a user that is to be imported.

use super::{BOUNDARY, Kind, SECTION, tags};
use crate::resource::{Said, Sayable, World};
use crate::spec::{PolicyArn, Spec, UserPath};

impl Sayable for Kind {
    fn say(asked: &Spec, world: &World, said: &mut Said) {
        for (local, user) in &asked.iam_users {
            let Some(live) = world.iam_user.get(local) else {
                said.leave(SECTION.address(local), format!("the user {} cannot be seen", user.name));
                continue;
            };
            let key = |key| ["iam_users", local.as_str(), key];
            said.say(&key("name"), user.name.as_str());
            said.say(&key("adopt"), true);
            match UserPath::parse(&live.path) {
                Ok(path) => said.say(&key("path"), path.as_str()),
                Err(_) => said.leave(SECTION.address(local).part("path"), "a path that a spec cannot write"),
            }
            match live.boundary.as_deref().map(PolicyArn::parse) {
                Some(Ok(boundary)) => said.say(&key(BOUNDARY), boundary.as_str()),
                Some(Err(_)) => {
                    said.leave(SECTION.address(local).part(BOUNDARY), "no policy that a spec can write");
                }
                None => {}
            }
            for (name, value) in tags::of_people(&live.tags) {
                said.say(&["iam_users", local.as_str(), "tags", name], value);
            }
        }
    }
}
