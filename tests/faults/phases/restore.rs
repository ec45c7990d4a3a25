//! A database with what an older backup of it holds, after a backup of what is in it.

use super::create::SPEC;
use crate::phase::{Cache, Phase, Reads, no_more, plan_is_empty};
use crate::scene::{contents, overwritten};

pub static PHASE: Phase = Phase {
    name: "restore",
    command: &[
        "restore",
        "production",
        "--from",
        "b001",
        "--allow-protected",
        "--confirm",
        "ledger-production",
    ],
    // Without a name it looks, asks, and ends there.
    look: &["restore", "production", "--from", "b001", "--allow-protected"],
    reads: Reads::New,
    spec: || SPEC.to_owned(),
    begins: overwritten,
    prepare: no_more,
    settled: |scene| {
        plan_is_empty(scene)?;
        let found = contents(&scene.state());
        if found.contains("what is at") { Err(format!("the database holds {found}")) } else { Ok(()) }
    },
    writes: None,
    lasts: true,
    cache: Cache::new(),
};
