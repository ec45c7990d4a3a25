//! Process types that run and are not in the spec.

use super::{Live, SECTION, Scale};
use crate::resource::{Desired, Draft, World};

/// There is nothing to take away but the dynos.
pub(super) fn beside(desired: &Desired<'_>, world: &World, scales: &mut Vec<Scale>, draft: &mut Draft) {
    let spec = desired.spec();
    let is_named = |live: &Live| spec.formation.keys().any(|name| name.as_str() == live.process_type);
    for live in world.formation.iter().filter(|live| live.quantity > 0 && !is_named(live)) {
        let address = SECTION.address(&live.process_type);
        let dropped = desired.before.and_then(|before| {
            let mut types = before.spec.formation.keys();
            Some((types.find(|name| name.as_str() == live.process_type)?, before.prune))
        });
        match dropped {
            Some((process_type, true)) => {
                draft.pruned.push(address);
                scales.push(Scale::away(process_type.clone(), live, &world.catalog));
            }
            Some((_, false)) => draft.prunable(address),
            None if !spec.formation.is_empty() => {
                draft.unmanaged(address, "live, not in the spec: left alone");
            }
            None => {}
        }
    }
}
