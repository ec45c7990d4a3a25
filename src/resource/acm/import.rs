//! What a spec would say of it: that it is on, where it is.

use super::Kind;
use crate::resource::{Importable, SpecDraft, World};
use crate::spec::Spec;

impl Importable for Kind {
    fn import(_: &Spec, world: &World, draft: &mut SpecDraft) {
        if world.acm == Some(true) {
            draft.set(&["app", "acm"], true);
        }
    }
}
