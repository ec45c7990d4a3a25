//! Whether each feature is on or off, as the spec asks. What one does, no check tells.

use super::{Kind, SECTION};
use crate::resource::proof::{Asked, Finding, Proof, Prove};

impl Prove for Kind {
    fn prove<'a>(asked: Asked<'a>, proof: &mut Proof<'a>) {
        if asked.app().is_none() {
            return;
        }
        for (name, &wanted) in asked.overview.desired.spec().app.features.iter().flatten() {
            let live = asked.overview.world.feature.iter().find(|live| live.name == name.as_str());
            proof.known(SECTION.address(name).to_string(), judge(live.map(|live| live.is_on), wanted, asked));
        }
    }
}

fn judge(live: Option<bool>, wanted: bool, asked: Asked<'_>) -> Finding {
    let word = |on| if on { "on" } else { "off" };
    match live {
        Some(live) if live == wanted => Finding::pass(word(live)),
        Some(live) => {
            let detail = format!("{}, and the spec asks for {}", word(live), word(wanted));
            Finding::fail(detail, asked.command("apply"))
        }
        None => Finding::fail("Heroku has no such feature", asked.command("plan")),
    }
}
