//! Nothing of the environment any more, its full bucket included.

use serde_json::json;

use super::create::SPEC;
use crate::phase::{Cache, Phase, Reads, no_more};
use crate::running::bounded;
use crate::scene::{aged, applied};

const DESTROY: [&str; 6] =
    ["destroy", "production", "--no-backup", "--empty-buckets", "--confirm", "ledger-production"];

pub static PHASE: Phase = Phase {
    name: "destroy",
    command: &DESTROY,
    // Without a name it looks, asks, and ends there.
    look: &["destroy", "production", "--no-backup", "--empty-buckets"],
    reads: Reads::New,
    spec: || {
        let unprotected = SPEC.replace("    versioning:", "    protect: false\n    versioning:");
        unprotected.replace("    extensions:", "    protect: false\n    extensions:")
    },
    begins: || aged(applied(json!({}))),
    prepare: no_more,
    settled: |scene| {
        let last = bounded(scene, &DESTROY)?;
        if last.code == 0 && last.stdout.starts_with("nothing of production is live") {
            return Ok(());
        }
        Err(format!("something is left after the rerun\n{}", last.stdout))
    },
    writes: None,
    untouched: None,
    lasts: false,
    cache: Cache::new(),
};
