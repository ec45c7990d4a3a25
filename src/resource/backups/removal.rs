//! Backup schedules go with their database.

use super::{Kind, SECTION};
use crate::resource::removal::{Removal, Remove};
use crate::resource::{Action, Desired, Row, World};

impl Remove for Kind {
    type Besides = ();

    fn remove(_: &Desired<'_>, world: &World, (): &(), removal: &mut Removal) {
        let live = world.backups.iter().filter(|(_, schedules)| !schedules.is_empty());
        removal.goes_with_app(live.map(|(name, _)| Row::new(SECTION.address(name), Action::Delete)));
    }
}
