//! What a spec would say of those who were added to the app. The owner and the team have it anyway.

use super::{Kind, SECTION, decide};
use crate::resource::{Importable, SpecDraft, SpecValue, World};
use crate::spec::{Email, Permission, Spec};

impl Importable for Kind {
    fn import(_: &Spec, world: &World, draft: &mut SpecDraft) {
        for live in decide::added(world) {
            let rights = live
                .permissions
                .iter()
                .map(|name| Permission::ALL.into_iter().find(|permission| permission.as_str() == name));
            let rights: Option<Vec<Permission>> = rights.collect();
            match (Email::parse(&live.email), rights) {
                (Ok(email), Some(mut rights)) => {
                    rights.sort_unstable();
                    let rights = rights.into_iter().map(|right| right.to_string()).collect();
                    draft.set(&["app", "collaborators", email.as_str()], SpecValue::Texts(rights));
                }
                (Err(_), _) => draft.leave(SECTION.address(&live.email), "a name that a spec cannot write"),
                (_, None) => draft.leave(SECTION.address(&live.email), "a right that a spec cannot write"),
            }
        }
    }
}
