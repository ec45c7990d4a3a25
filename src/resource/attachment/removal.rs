//! Attachments go with the app. The add-ons of other apps stay where they are.

use super::{Kind, SECTION};
use crate::resource::removal::{Removal, Remove};
use crate::resource::{Action, Desired, Row, World, addon};

impl Remove for Kind {
    type Besides = ();

    fn remove(_: &Desired<'_>, world: &World, (): &(), removal: &mut Removal) {
        let told: Vec<&str> = addon::owned(world).map(|(_, first)| first.id.as_str()).collect();
        let app = world.app.live().map(|app| app.name.as_str());
        let rest = world.attachment.iter().filter(|one| !told.contains(&one.id.as_str()));
        removal.goes_with_app(rest.map(|one| {
            let title = format!("{} (attached)", one.addon_name);
            let row = Row::new(SECTION.address(&one.name), Action::Delete).titled(&title);
            let is_others = Some(one.addon_app.as_str()) != app;
            if is_others {
                row.because(&format!("the add-on stays with the app {}", one.addon_app))
            } else {
                row
            }
        }));
    }
}
