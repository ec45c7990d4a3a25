//! What a spec would say of the pipeline that the app is in.

use super::{Kind, SECTION};
use crate::resource::{Importable, SpecDraft, World};
use crate::spec::{PipelineName, Spec, Stage};

impl Importable for Kind {
    fn import(_: &Spec, world: &World, draft: &mut SpecDraft) {
        let Some(place) = &world.pipeline.place else { return };
        let name = place.pipeline.as_deref().and_then(PipelineName::parse);
        let stage = Stage::ALL.into_iter().find(|stage| stage.as_str() == place.stage);
        let (Some(name), Some(stage)) = (name, stage) else {
            let reason = format!("in the pipeline {}, which a spec cannot write", place.name());
            return draft.leave(SECTION.whole(), reason);
        };
        draft.set(&["app", "pipeline", "name"], name.as_str());
        draft.set(&["app", "pipeline", "stage"], stage.as_str());
    }
}
