//! Which scopes log drains need of the Heroku token (life-and-ci.md section 11).

use super::Kind;
use crate::resource::rights::{Asked, Entitled, Rights, Scope};

impl Entitled for Kind {
    fn to_read(_: &Asked<'_>, rights: &mut Rights) {
        rights.scope(Scope::Read);
    }

    fn to_make(asked: &Asked<'_>, rights: &mut Rights) {
        if asked.spec.app.log_drains.as_ref().is_some_and(|drains| !drains.is_empty()) {
            rights.scope(Scope::Write);
        }
    }

    /// They go with the app.
    fn to_remove(_: &Asked<'_>, _: &mut Rights) {}
}
