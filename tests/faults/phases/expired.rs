//! What has expired goes by itself, as in a nightly job.

use serde_json::json;

use super::create::SPEC;
use crate::phase::{Cache, Phase, Reads, no_more};
use crate::running::bounded;
use crate::scene::{aged, applied};

const EXPIRED: [&str; 7] =
    ["destroy", "--expired", "--all", "--no-backup", "--empty-buckets", "--confirm", "ledger-*"];

pub static PHASE: Phase = Phase {
    name: "destroy of the expired",
    command: &EXPIRED,
    // Without a name it looks, asks, and ends there.
    look: &["destroy", "--expired", "--all", "--no-backup", "--empty-buckets"],
    reads: Reads::None,
    spec: || {
        let unprotected = SPEC.replace("    versioning:", "    protect: false\n    versioning:");
        let unprotected = unprotected.replace("    extensions:", "    protect: false\n    extensions:");
        format!("{unprotected}\nexpires: 2020-01-01T00:00:00Z\n")
    },
    begins: || aged(applied(json!({}))),
    prepare: no_more,
    settled: |scene| {
        let last = bounded(scene, &EXPIRED)?;
        if last.code == 0 && last.stdout.contains("nothing of production is live") {
            return Ok(());
        }
        Err(format!("something is left after the rerun\n{}", last.stdout))
    },
    writes: None,
    lasts: false,
    cache: Cache::new(),
};
