//! Log drains go with the app.

use super::{Kind, SECTION};
use crate::resource::removal::{Removal, Remove};
use crate::resource::{Action, Desired, Row, World};

impl Remove for Kind {
    type Besides = ();

    fn remove(_: &Desired<'_>, world: &World, (): &(), removal: &mut Removal) {
        let drains = world.log_drain.iter().filter(|live| !live.is_addons);
        removal.goes_with_app(drains.map(|live| Row::new(SECTION.address(&live.id), Action::Delete)));
    }
}
