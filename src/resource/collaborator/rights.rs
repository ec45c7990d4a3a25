//! Which scopes collaborators need of the Heroku token (life-and-ci.md section 11).

use super::Kind;
use crate::resource::rights::{Asked, Entitled, Rights, Scope};

impl Entitled for Kind {
    fn to_read(asked: &Asked<'_>, rights: &mut Rights) {
        rights.scope(Scope::Read);
        // Whether one of those who are live is the account itself.
        if asked.spec.app.collaborators.is_some() {
            rights.scope(Scope::Identity);
        }
    }

    fn to_make(asked: &Asked<'_>, rights: &mut Rights) {
        if asked.spec.app.collaborators.as_ref().is_some_and(|people| !people.is_empty()) {
            rights.scope(Scope::Write);
        }
    }

    /// They lose it with the app.
    fn to_remove(_: &Asked<'_>, _: &mut Rights) {}
}
