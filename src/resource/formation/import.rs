//! What a spec would say of the formation: what runs, and of what size.

use super::{Kind, SECTION};
use crate::resource::{Importable, SpecDraft, World};
use crate::spec::{DynoSize, ProcessType, Spec};

impl Importable for Kind {
    fn import(_: &Spec, world: &World, draft: &mut SpecDraft) {
        let (running, off): (Vec<_>, Vec<_>) = world.formation.iter().partition(|live| live.quantity > 0);
        for live in running {
            if ProcessType::parse(&live.process_type).is_err() {
                draft.leave(SECTION.address(&live.process_type), "a name that a spec cannot write");
                continue;
            }
            draft.set(&["formation", &live.process_type, "quantity"], live.quantity);
            let size = live.size.as_deref().and_then(|size| DynoSize::parse(size).ok());
            if let Some(size) = size {
                draft.set(&["formation", &live.process_type, "size"], size.as_str());
            } else if let Some(size) = &live.size {
                let address = SECTION.address(&live.process_type).part("size");
                draft.leave(address, format!("a spec cannot write {size}"));
            }
        }
        if !off.is_empty() {
            let names: Vec<&str> = off.iter().map(|live| live.process_type.as_str()).collect();
            draft.remark("formation", format!("Without dynos: {}.", names.join(", ")));
        }
    }
}
