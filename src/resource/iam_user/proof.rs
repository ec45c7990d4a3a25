//! Whether the user is there. What it is for, its access key proves.

use super::{Kind, SECTION};
use crate::resource::proof::{Asked, Finding, Proof, Prove};

impl Prove for Kind {
    fn prove<'a>(asked: Asked<'a>, proof: &mut Proof<'a>) {
        for (local, user) in &asked.overview.desired.spec().iam_users {
            let finding = match asked.overview.world.iam_user.get(local) {
                Some(live) => Finding::pass(format!("{} is there", live.arn)),
                None => Finding::fail(format!("there is no user {}", user.name), asked.command("apply")),
            };
            proof.known(SECTION.address(local).to_string(), finding);
        }
    }
}
