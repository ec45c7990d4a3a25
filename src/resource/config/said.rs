//! What a spec would say of config vars: the value where it is plainly no secret, or else that it is set elsewhere.

use super::{Kind, SECTION, owned, plain};
use crate::resource::{Said, Sayable, Says, World};
use crate::spec::{Spec, VarName};

impl Sayable for Kind {
    fn say(_: &Spec, world: &World, said: &mut Said) {
        let owned = owned(world);
        for (name, value) in &world.config.vars {
            if owned.contains_key(name.as_str()) {
                continue;
            }
            if VarName::parse(name).is_err() {
                said.leave(SECTION.address(name), "a name that Heroku's API cannot write");
                continue;
            }
            said.say(&["config", name], plain::literal(name, value).unwrap_or(Says::Secret));
        }
    }
}
