//! What a spec would say of a user's access keys.

use super::Kind;
use crate::resource::{Said, Sayable, World};
use crate::spec::Spec;

impl Sayable for Kind {
    fn say(_: &Spec, _: &World, _: &mut Said) {}
}
