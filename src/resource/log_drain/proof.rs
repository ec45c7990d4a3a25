//! Whether there are as many drains as the spec names. Where one leads is a secret that a check is not given, and whether
//! lines arrive, who reads them knows.

use super::{Kind, SECTION, is_fir};
use crate::resource::proof::{Asked, Finding, Proof, Prove};

impl Prove for Kind {
    fn prove<'a>(asked: Asked<'a>, proof: &mut Proof<'a>) {
        let wanted = asked.overview.desired.spec().app.log_drains.as_deref().unwrap_or_default().len();
        if wanted == 0 || asked.app().is_none() || is_fir(asked.app()) {
            return;
        }
        let live = asked.overview.world.log_drain.iter().filter(|live| !live.is_addons).count();
        let finding = if live < wanted {
            Finding::fail(format!("{live} there, and the spec names {wanted}"), asked.command("apply"))
        } else {
            Finding::pass(format!(
                "{live} there, and the spec names {wanted}; where they lead is not looked at"
            ))
        };
        proof.known(SECTION.whole().to_string(), finding);
    }
}
