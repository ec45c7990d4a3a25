//! Whoever was added to the app loses it when it goes.

use super::{Kind, SECTION, decide};
use crate::resource::removal::{Removal, Remove};
use crate::resource::{Action, Desired, Row, World};

impl Remove for Kind {
    type Besides = ();

    fn remove(_: &Desired<'_>, world: &World, (): &(), removal: &mut Removal) {
        let rows = decide::added(world).map(|live| Row::new(SECTION.address(&live.email), Action::Delete));
        removal.goes_with_app(rows);
    }
}
