//! Another access key in the place of the one that is too old, up to the end of the old one.

use serde_json::json;

use super::create::SPEC;
use crate::phase::{Cache, Phase, Reads, no_more, plan_is_empty};
use crate::running::LOOK;
use crate::scene::{aged, applied};

pub static PHASE: Phase = Phase {
    name: "rotate",
    command: &["rotate", "production", "--grace", "0", "--settle", "0", "--yes"],
    look: &LOOK,
    reads: Reads::New,
    spec: || SPEC.to_owned(),
    begins: || aged(applied(json!({}))),
    prepare: no_more,
    settled: plan_is_empty,
    writes: None,
    lasts: true,
    cache: Cache::new(),
};
