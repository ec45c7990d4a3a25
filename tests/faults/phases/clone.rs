//! A new environment from an old one, which stays as it is: with all that can be taken along, and with nothing of it.

use serde_json::json;

use super::create::SPEC;
use crate::phase::{Cache, Phase, Reads, no_more};
use crate::running::bounded;
use crate::scene::{CANARIES, ESSENTIAL, Scene, applied, essential, filled};

/// Without the last word nobody says yes.
const WITH_ALL_OF_IT: [&str; 9] = [
    "clone",
    "production",
    "review-7",
    "--data",
    "--objects",
    "--code",
    "--copy-vars=TAXCLOUD_KEY",
    "--allow-commands",
    "--yes",
];
const WITH_NOTHING: [&str; 5] = ["clone", "production", "review-7", "--allow-commands", "--yes"];

pub static WITH_ALL: Phase = Phase {
    name: "clone",
    command: &WITH_ALL_OF_IT,
    look: WITH_ALL_OF_IT.split_at(8).0,
    reads: Reads::New,
    spec: || SPEC.to_owned(),
    begins: || filled(applied(json!({ "TAXCLOUD_KEY": CANARIES[1] }))),
    prepare: no_more,
    settled: both_are_as_their_files_say,
    writes: None,
    lasts: true,
    cache: Cache::new(),
};

pub static EMPTY: Phase = Phase {
    name: "clone without data",
    command: &WITH_NOTHING,
    look: WITH_NOTHING.split_at(4).0,
    // It looks at nothing else than the other.
    reads: Reads::None,
    spec: || SPEC.to_owned(),
    begins: || filled(applied(json!({}))),
    prepare: no_more,
    settled: both_are_as_their_files_say,
    writes: None,
    lasts: true,
    cache: Cache::new(),
};

/// With a database that Heroku does not fork.
pub static COPIED: Phase = Phase {
    name: "clone by copy",
    command: &["clone", "production", "review-7", "--data", "--code", "--allow-commands", "--yes"],
    look: &["clone", "production", "review-7", "--data", "--code", "--allow-commands"],
    // All else it does is what the others do.
    reads: Reads::NewOfAll,
    spec: on_a_shared_server,
    begins: || filled(essential(applied(json!({})))),
    prepare: no_more,
    settled: both_are_as_their_files_say,
    writes: None,
    lasts: true,
    cache: Cache::new(),
};

fn on_a_shared_server() -> String {
    SPEC.replace("heroku-postgresql:standard-0", ESSENTIAL).replace("    config: { version: \"17\" }\n", "")
}

fn both_are_as_their_files_say(scene: &Scene) -> Result<(), String> {
    let plan = bounded(scene, &["plan", "--all", "--detailed-exitcode", "--allow-commands"])?;
    if plan.code == 0 {
        Ok(())
    } else {
        Err(format!("the plan after the rerun is not empty\n{}", plan.stdout))
    }
}
