//! What a spec would say of the buildpacks: all of them in their order, or nothing.

use super::{Kind, SECTION};
use crate::resource::{Said, Sayable, Says, World};
use crate::spec::Spec;

impl Sayable for Kind {
    fn say(_: &Spec, world: &World, said: &mut Said) {
        let written: Option<Vec<&str>> = world.buildpacks.iter().map(|live| live.as_written()).collect();
        match written {
            Some(packs) if packs.is_empty() => {}
            Some(packs) => {
                said.say(&["buildpacks"], Says::Texts(packs.into_iter().map(str::to_owned).collect()));
            }
            None => {
                said.leave(SECTION.whole(), "one of them holds a secret, or is none that a spec can write");
            }
        }
    }
}
