//! What a spec would say of the domains that were added to the app.

use super::{Kind, SECTION};
use crate::cloud::heroku::DomainStatus;
use crate::resource::{Said, Sayable, Says, World};
use crate::spec::{Hostname, Spec};

impl Sayable for Kind {
    fn say(_: &Spec, world: &World, said: &mut Said) {
        let mut names = Vec::new();
        for live in &world.domain {
            let address = SECTION.address(&live.hostname);
            if !matches!(live.status, DomainStatus::None | DomainStatus::Succeeded) {
                said.leave(address, "Heroku has not added it yet");
            } else if Hostname::parse(&live.hostname).is_err() {
                said.leave(address, "a name that a spec cannot write");
            } else {
                names.push(live.hostname.clone());
            }
        }
        if !names.is_empty() {
            said.say(&["app", "domains"], Says::Texts(names));
        }
    }
}
