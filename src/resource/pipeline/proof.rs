//! Whether the app is in its pipeline, at its stage.

use super::{Kind, SECTION};
use crate::resource::proof::{Asked, Finding, Proof, Prove};

impl Prove for Kind {
    fn prove<'a>(asked: Asked<'a>, proof: &mut Proof<'a>) {
        let (Some(wanted), Some(_)) = (&asked.overview.desired.spec().app.pipeline, asked.app()) else {
            return;
        };
        let (name, stage) = (wanted.name.as_str(), wanted.stage.as_str());
        let finding = match &asked.overview.world.pipeline.place {
            None => Finding::fail("the app is in no pipeline", asked.command("apply")),
            Some(place) if place.pipeline.as_deref() == Some(name) && place.stage == stage => {
                Finding::pass(format!("{stage} of {name}"))
            }
            Some(place) => {
                let detail =
                    format!("{} of {}, and the spec says {stage} of {name}", place.stage, place.name());
                Finding::fail(detail, asked.command("plan"))
            }
        };
        proof.known(SECTION.whole().to_string(), finding);
    }
}
