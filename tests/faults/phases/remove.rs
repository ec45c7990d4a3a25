//! Less of everything, after others had their hands in it: what the change of everything does not call.

use serde_json::json;

use crate::phase::{Cache, Phase, Reads, no_more, plan_is_empty};
use crate::running::{APPLY, LOOK};
use crate::scene::{applied, neglected};

pub static PHASE: Phase = Phase {
    name: "remove",
    command: &APPLY,
    look: &LOOK,
    // What is looked at when less is wanted is what is looked at when other things are.
    reads: Reads::None,
    spec: || include_str!("remove.yaml").to_owned(),
    begins: || neglected(applied(json!({ "OLD_FLAG": "1" }))),
    prepare: no_more,
    settled: plan_is_empty,
    writes: None,
    lasts: true,
    cache: Cache::new(),
};
