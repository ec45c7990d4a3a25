//! Which scopes it needs of the Heroku token (life-and-ci.md section 11).

use super::Kind;
use crate::resource::rights::{Asked, Entitled, Rights, Scope};

impl Entitled for Kind {
    fn to_read(_: &Asked<'_>, rights: &mut Rights) {
        rights.scope(Scope::Read);
    }

    fn to_make(asked: &Asked<'_>, rights: &mut Rights) {
        if asked.spec.app.acm.is_some() {
            rights.scope(Scope::Write);
        }
    }

    fn to_remove(_: &Asked<'_>, _: &mut Rights) {}
}
