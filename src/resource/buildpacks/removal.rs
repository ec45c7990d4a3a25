//! Buildpacks are a setting of the app, and go with it.

use super::{Kind, SECTION};
use crate::resource::removal::{Removal, Remove};
use crate::resource::{Action, Desired, Row, World};

impl Remove for Kind {
    type Besides = ();

    fn remove(_: &Desired<'_>, world: &World, (): &(), removal: &mut Removal) {
        let is_set = !world.buildpacks.is_empty();
        removal.goes_with_app(is_set.then(|| Row::new(SECTION.whole(), Action::Delete)));
    }
}
