//! What a spec would say of the features: those that are on.

use super::{Kind, SECTION};
use crate::resource::{Importable, SpecDraft, World};
use crate::spec::{FeatureName, Spec};

impl Importable for Kind {
    fn import(_: &Spec, world: &World, draft: &mut SpecDraft) {
        for live in world.feature.iter().filter(|live| live.is_on) {
            if FeatureName::parse(&live.name).is_ok() {
                draft.set(&["app", "features", &live.name], true);
            } else {
                draft.leave(SECTION.address(&live.name), "a name that a spec cannot write");
            }
        }
    }
}
