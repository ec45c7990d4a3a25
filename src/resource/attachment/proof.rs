//! Whether what the spec attaches is attached.

use super::Kind;
use crate::resource::proof::{Asked, Finding, Proof, Prove};
use crate::spec::Addon;

impl Prove for Kind {
    fn prove<'a>(asked: Asked<'a>, proof: &mut Proof<'a>) {
        let (spec, world) = (asked.overview.desired.spec(), asked.overview.world);
        for (name, addon) in &spec.addons {
            let Addon::Attach(wanted) = addon else { continue };
            let finding = match world.attachment(name) {
                Some(live) if live.addon_name == wanted.addon.as_str() => {
                    Finding::pass(format!("{wanted} is attached"))
                }
                Some(live) => Finding::fail(
                    format!("`{name}` is {}, not {}", live.addon_name, wanted.addon),
                    asked.command("plan"),
                ),
                None => Finding::fail(format!("{wanted} is not attached"), asked.command("apply")),
            };
            proof.known(format!("addons.{name}"), finding);
        }
    }
}
