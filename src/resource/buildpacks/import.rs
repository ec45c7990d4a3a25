//! What a spec would say of the buildpacks: all of them in their order, or nothing.

use super::{Kind, SECTION};
use crate::resource::{Importable, SpecDraft, SpecValue, World};
use crate::spec::Spec;

impl Importable for Kind {
    fn import(_: &Spec, world: &World, draft: &mut SpecDraft) {
        let written: Option<Vec<&str>> = world.buildpacks.iter().map(|live| live.as_written()).collect();
        match written {
            Some(packs) if packs.is_empty() => {}
            Some(packs) => {
                draft.set(&["buildpacks"], SpecValue::Texts(packs.into_iter().map(str::to_owned).collect()));
            }
            None => {
                draft.leave(SECTION.whole(), "one of them holds a secret, or is none that a spec can write");
            }
        }
    }
}
