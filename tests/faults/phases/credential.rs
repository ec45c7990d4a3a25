//! Another password for the database: once, whatever happens, since each time cuts off all that use it.

use serde_json::json;

use super::create::SPEC;
use crate::phase::{Cache, Phase, Reads, no_more, plan_is_empty};
use crate::scene::applied;

pub static PHASE: Phase = Phase {
    name: "credential",
    command: &["rotate", "production", "DATABASE_URL", "--yes"],
    // Without the last word nobody says yes.
    look: &["rotate", "production", "DATABASE_URL"],
    reads: Reads::New,
    spec: || SPEC.to_owned(),
    begins: || applied(json!({})),
    prepare: no_more,
    settled: plan_is_empty,
    writes: None,
    lasts: true,
    cache: Cache::new(),
};
