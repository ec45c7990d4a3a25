//! The policy that trueup wrote goes with its user.

use super::{Kind, SECTION};
use crate::resource::removal::{Removal, Remove};
use crate::resource::{Action, Desired, Row, World};

impl Remove for Kind {
    type Besides = ();

    fn remove(_: &Desired<'_>, world: &World, (): &(), removal: &mut Removal) {
        for local in world.iam_policy.keys() {
            removal.goes_with_user(local, [Row::new(SECTION.address(local), Action::Delete)]);
        }
    }
}
