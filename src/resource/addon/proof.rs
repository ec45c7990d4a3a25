//! Whether the app's own add-ons are there, and its databases can be used.

pub mod database;
mod rows;

use super::{Kind, SECTION};
use crate::cloud::heroku::AddonState;
use crate::resource::World;
use crate::resource::proof::{Asked, Finding, Proof, Prove};
use crate::spec::{Addon, AttachmentName};

impl Prove for Kind {
    fn prove<'a>(asked: Asked<'a>, proof: &mut Proof<'a>) {
        for (name, addon) in &asked.overview.desired.spec().addons {
            let Addon::Create(wanted) = addon else { continue };
            proof.known(SECTION.address(name).to_string(), is_there(name, asked));
            if wanted.plan.is_postgres() && asked.app().is_some() {
                let version = wanted.config.get("version").map(String::as_str);
                let wanted =
                    database::Wanted { version, extensions: &wanted.extensions, origin: asked.origin };
                database::prove(name, wanted, asked, proof);
            }
        }
    }
}

fn is_there(name: &AttachmentName, asked: Asked<'_>) -> Finding {
    let world: &World = asked.overview.world;
    let live = world.attachment(name).and_then(|attachment| world.addon_of(attachment));
    let Some(live) = live else {
        return Finding::fail("there is no such add-on", asked.command("apply"));
    };
    let (plan, addon) = (&live.plan, &live.name);
    match &live.state {
        AddonState::Provisioned => Finding::pass(format!("{plan}, {addon}, is provisioned")),
        AddonState::Provisioning => {
            Finding::fail(format!("{addon} is still being made"), asked.command("apply"))
        }
        AddonState::Deprovisioning | AddonState::Deprovisioned | AddonState::Other(_) => Finding::fail(
            format!("{addon} cannot be used: Heroku says that it is {:?}", live.state),
            format!("heroku addons:info {addon}"),
        ),
    }
}
