//! What a spec would say of a user that is to be imported.

use super::{BOUNDARY, Kind, SECTION, tags};
use crate::resource::{Importable, SpecDraft, World};
use crate::spec::{PolicyArn, Spec, UserPath};

impl Importable for Kind {
    fn import(asked: &Spec, world: &World, draft: &mut SpecDraft) {
        for (local, user) in &asked.iam_users {
            let Some(live) = world.iam_user.get(local) else {
                draft.leave(SECTION.address(local), format!("the user {} cannot be seen", user.name));
                continue;
            };
            let key = |key| ["iam_users", local.as_str(), key];
            draft.set(&key("name"), user.name.as_str());
            draft.set(&key("adopt"), true);
            match UserPath::parse(&live.path) {
                Ok(path) => draft.set(&key("path"), path.as_str()),
                Err(_) => draft.leave(SECTION.address(local).part("path"), "a path that a spec cannot write"),
            }
            match live.boundary.as_deref().map(PolicyArn::parse) {
                Some(Ok(boundary)) => draft.set(&key(BOUNDARY), boundary.as_str()),
                Some(Err(_)) => {
                    draft.leave(SECTION.address(local).part(BOUNDARY), "no policy that a spec can write");
                }
                None => {}
            }
            for (name, value) in tags::of_people(&live.tags) {
                draft.set(&["iam_users", local.as_str(), "tags", name], value);
            }
        }
    }
}
