//! Whether it is on or off, as the spec asks. How far each domain's certificate is, the domains say.

use super::{Kind, SECTION};
use crate::resource::proof::{Asked, Finding, Proof, Prove};

impl Prove for Kind {
    fn prove<'a>(asked: Asked<'a>, proof: &mut Proof<'a>) {
        let (Some(app), Some(wanted)) = (asked.app(), asked.overview.desired.spec().app.acm) else { return };
        let finding = match (app.acm, wanted) {
            (true, true) => Finding::pass("Heroku gets and renews the certificates of the app's domains"),
            (false, false) => Finding::pass("Heroku manages no certificates of the app, as the spec asks"),
            (false, true) => {
                Finding::fail("Heroku manages no certificates of the app", asked.command("apply"))
            }
            (true, false) => Finding::fail(
                "Heroku manages the certificates of the app, and the spec says that it should not",
                asked.command("apply"),
            ),
        };
        proof.known(SECTION.whole().to_string(), finding);
    }
}
