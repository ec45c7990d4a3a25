//! What dynos cost a month: how many of each process type run afterwards, of which size.

use super::SECTION;
use crate::resource::bill::Bill;
use crate::resource::{Desired, World};
use crate::spec::DynoSize;

/// Adds each process type that has dynos. What waits for a release costs nothing until then.
pub(super) fn add(desired: &Desired<'_>, world: &World, bill: &mut Bill) {
    for live in &world.formation {
        let asked = desired.spec().formation.iter().find(|(name, _)| name.as_str() == live.process_type);
        let asked = asked.map(|(_, asked)| asked);
        let quantity = asked.and_then(|asked| asked.quantity);
        let quantity = quantity.map_or(live.quantity, |quantity| quantity.nearest(live.quantity));
        let size = asked.and_then(|asked| asked.size.as_ref()).map(DynoSize::as_str);
        let each = size.or(live.size.as_deref()).and_then(|size| world.catalog.dyno_cents(size));
        if quantity > 0 {
            let cents = each.map(|each| each * i64::from(quantity));
            bill.add(SECTION.address(&live.process_type), cents);
        }
    }
}
