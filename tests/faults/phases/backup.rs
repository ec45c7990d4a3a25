//! A backup of the database of an environment that runs.

use serde_json::json;

use super::create::SPEC;
use crate::phase::{Cache, Phase, Reads, no_more};
use crate::running::bounded;
use crate::scene::applied;

pub static PHASE: Phase = Phase {
    name: "backup",
    command: &["backup", "production", "--yes"],
    // Without the last word nobody says yes.
    look: &["backup", "production"],
    reads: Reads::New,
    spec: || SPEC.to_owned(),
    begins: || applied(json!({})),
    prepare: no_more,
    settled: |scene| {
        let listed = bounded(scene, &["backup", "production", "list"])?;
        if listed.code == 0 && listed.stdout.contains("completed") && !listed.stdout.contains("failed") {
            return Ok(());
        }
        Err(format!("there is no backup after the rerun\n{}", listed.stdout))
    },
    writes: None,
    lasts: true,
    cache: Cache::new(),
};
