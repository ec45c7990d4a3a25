//! Whether the next build takes the buildpacks of the spec. That the last one did, the app proves that runs.

use super::{Kind, SECTION, are};
use crate::cloud::heroku::LiveBuildpack;
use crate::resource::proof::{Asked, Finding, Proof, Prove};

impl Prove for Kind {
    fn prove<'a>(asked: Asked<'a>, proof: &mut Proof<'a>) {
        let (Some(wanted), Some(_)) = (&asked.overview.desired.spec().buildpacks, asked.app()) else {
            return;
        };
        let live = &asked.overview.world.buildpacks;
        let told = match live.iter().map(LiveBuildpack::shown).collect::<Vec<_>>() {
            names if names.is_empty() => "none: Heroku chooses them".to_owned(),
            names => names.join(", "),
        };
        let finding = if are(live, wanted) {
            Finding::pass(told)
        } else {
            Finding::fail(format!("{told}, which are not those of the spec"), asked.command("apply"))
        };
        proof.known(SECTION.whole().to_string(), finding);
    }
}
