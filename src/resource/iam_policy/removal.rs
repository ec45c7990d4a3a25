//! The policy that trueup wrote goes with its user.

use super::{Kind, SECTION};
use crate::resource::removal::{Removal, Remove};
use crate::resource::{Action, Desired, Row, World};

impl Remove for Kind {
    type Besides = ();

    fn remove(_: &Desired<'_>, world: &World, (): &(), removal: &mut Removal) {
        let held = world.iam_policy.iter().filter(|(_, live)| live.document.is_some());
        for (local, _) in held {
            removal.goes_with_user(local, [Row::new(SECTION.address(local), Action::Delete)]);
        }
    }
}
