//! What a spec would say of the domains that were added to the app.

use super::{Kind, SECTION};
use crate::cloud::heroku::DomainStatus;
use crate::resource::{Importable, SpecDraft, SpecValue, World};
use crate::spec::{Hostname, Spec};

impl Importable for Kind {
    fn import(_: &Spec, world: &World, draft: &mut SpecDraft) {
        let mut names = Vec::new();
        for live in &world.domain {
            let address = SECTION.address(&live.hostname);
            if !matches!(live.status, DomainStatus::None | DomainStatus::Succeeded) {
                draft.leave(address, "Heroku has not added it yet");
            } else if Hostname::parse(&live.hostname).is_err() {
                draft.leave(address, "a name that a spec cannot write");
            } else {
                names.push(live.hostname.clone());
            }
        }
        if !names.is_empty() {
            draft.set(&["app", "domains"], SpecValue::Texts(names));
        }
    }
}
