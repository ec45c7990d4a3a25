//! Access keys go with their user.

use super::{Kind, SECTION};
use crate::resource::removal::{Removal, Remove};
use crate::resource::{Action, Desired, Row, World};

impl Remove for Kind {
    type Besides = ();

    fn remove(_: &Desired<'_>, world: &World, (): &(), removal: &mut Removal) {
        for (local, keys) in &world.access_key {
            let rows = keys.iter().map(|key| Row::new(SECTION.address(local).part(&key.id), Action::Delete));
            removal.goes_with_user(local, rows);
        }
    }
}
