//! What add-ons cost a month: those that the spec asks for, and those that the app has and keeps.

use super::SECTION;
use crate::resource::bill::Bill;
use crate::resource::{Desired, World};
use crate::spec;

/// Adds each that is billed to the app; what is attached from elsewhere is paid there.
pub(super) fn add(desired: &Desired<'_>, world: &World, bill: &mut Bill) {
    let mut counted: Vec<&str> = Vec::new();
    for (name, wanted) in &desired.spec().addons {
        let spec::Addon::Create(wanted) = wanted else { continue };
        let live = world.attachment(name).and_then(|attachment| world.addon_of(attachment));
        let cents = match live {
            Some(live) if wanted.plan.is(&live.plan) => live.monthly_at_most(),
            Some(_) | None => world.catalog.monthly_cents(&wanted.plan),
        };
        bill.add(SECTION.address(name), cents);
        counted.extend(live.map(|live| live.id.as_str()));
    }
    let app = world.app.live().map(|app| app.name.as_str());
    let left = world.addon.iter().filter(|live| Some(live.app_name.as_str()) == app);
    for live in left.filter(|live| !counted.contains(&live.id.as_str())) {
        let attachment = world.attachment.iter().find(|attachment| attachment.addon_id == live.id);
        let name = attachment.map_or(&live.name, |attachment| &attachment.name);
        bill.add(SECTION.address(name), live.monthly_at_most());
    }
}
