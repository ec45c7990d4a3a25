//! Whether what the spec attaches is attached, and can be used where it is a database.

use super::{Kind, SECTION, Wanted, wanted};
use crate::resource::addon::database;
use crate::resource::proof::{Asked, Finding, Proof, Prove};

impl Prove for Kind {
    fn prove<'a>(asked: Asked<'a>, proof: &mut Proof<'a>) {
        for wanted in wanted(asked.overview.desired.spec()) {
            let finding = is_attached(&wanted, asked);
            let is_attached = finding.carries();
            proof.known(SECTION.address(wanted.name).to_string(), finding);
            if is_attached && asked.app().is_some() {
                database::prove_attached(wanted.name, asked, proof);
            }
        }
    }
}

fn is_attached(wanted: &Wanted<'_>, asked: Asked<'_>) -> Finding {
    let (Wanted { name, part, .. }, world) = (wanted, asked.overview.world);
    match world.attachment(name) {
        Some(live) if wanted.is_same(live, wanted.own_id(&world.attachment)) => {
            Finding::pass(format!("{part} is attached"))
        }
        Some(live) => {
            let detail = match live.part() {
                Some(other) => format!("`{name}` is {other} of {}, not {part}", live.addon_name),
                None => format!("`{name}` is {}, not {part}", live.addon_name),
            };
            Finding::fail(detail, asked.command("plan"))
        }
        None => Finding::fail(format!("{part} is not attached"), asked.command("apply")),
    }
}
