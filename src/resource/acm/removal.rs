//! It is a switch of the app, and the certificates go with it.

use super::Kind;
use crate::resource::removal::{Removal, Remove};
use crate::resource::{Desired, World};

impl Remove for Kind {
    type Besides = ();

    fn remove(_: &Desired<'_>, _: &World, (): &(), _: &mut Removal) {}
}
