//! Which scopes add-ons need of the Heroku token (life-and-ci.md section 11).

use super::Kind;
use crate::resource::rights::{Asked, Entitled, Rights, Scope};
use crate::spec::Addon;

impl Entitled for Kind {
    fn to_read(_: &Asked<'_>, rights: &mut Rights) {
        rights.scope(Scope::Read);
    }

    /// An add-on sets config vars, and is ready when they are there.
    fn to_make(asked: &Asked<'_>, rights: &mut Rights) {
        if asked.spec.addons.values().any(|addon| matches!(addon, Addon::Create(_))) {
            rights.scope(Scope::WriteProtected);
        }
    }

    /// They go with the app.
    fn to_remove(_: &Asked<'_>, _: &mut Rights) {}
}
