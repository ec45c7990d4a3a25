//! Config vars go with the app. Their values are told nowhere.

use super::{Kind, SECTION};
use crate::resource::removal::{Removal, Remove};
use crate::resource::{Action, Desired, Row, World};

impl Remove for Kind {
    type Besides = ();

    fn remove(_: &Desired<'_>, world: &World, (): &(), removal: &mut Removal) {
        let names = world.config.vars().keys();
        removal.goes_with_app(names.map(|name| Row::new(SECTION.address(name), Action::Delete)));
    }
}
