//! The code of before, with the config vars of today, up to the end of a release phase.

use super::create::SPEC;
use crate::phase::{Cache, Phase, Reads, no_more, plan_is_empty};
use crate::scene::replaced;

pub static PHASE: Phase = Phase {
    name: "rollback",
    command: &["rollback", "production", "--yes"],
    // Without the last word nobody says yes.
    look: &["rollback", "production"],
    reads: Reads::New,
    spec: || SPEC.to_owned(),
    begins: replaced,
    prepare: no_more,
    settled: plan_is_empty,
    writes: None,
    lasts: true,
    cache: Cache::new(),
};
