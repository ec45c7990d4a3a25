//! Whether everybody whom the spec names may work on the app, with the rights that it says.

use std::collections::BTreeSet;

use super::{Kind, address, in_words, names};
use crate::cloud::heroku::Collaborator;
use crate::resource::proof::{Asked, Finding, Proof, Prove};
use crate::spec::Permission;

impl Prove for Kind {
    fn prove<'a>(asked: Asked<'a>, proof: &mut Proof<'a>) {
        if asked.app().is_none() {
            return;
        }
        for (email, permissions) in asked.overview.desired.spec().app.collaborators.iter().flatten() {
            let people = &asked.overview.world.collaborator.people;
            let live = people.iter().find(|live| live.email == email.as_str());
            proof.known(address(email).to_string(), judge(live, permissions, asked));
        }
    }
}

fn judge(live: Option<&Collaborator>, wanted: &BTreeSet<Permission>, asked: Asked<'_>) -> Finding {
    let Some(live) = live else {
        return Finding::fail("may not work on the app", asked.command("apply"));
    };
    // An app that no team gives rights for tells none.
    let wanted = names(wanted);
    if live.permissions.is_empty() || live.permissions == wanted {
        return Finding::pass(in_words(&live.permissions));
    }
    let detail = format!("{}, and the spec says {}", in_words(&live.permissions), in_words(&wanted));
    Finding::fail(detail, asked.command("apply"))
}
