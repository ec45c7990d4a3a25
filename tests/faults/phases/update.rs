//! A change of everything, the app's name among it.

use serde_json::json;

use crate::phase::{Cache, Phase, Reads, no_more, plan_is_empty};
use crate::running::{APPLY, LOOK};
use crate::scene::{aged, applied};

pub static PHASE: Phase = Phase {
    name: "update",
    command: &APPLY,
    look: &LOOK,
    reads: Reads::FirstOfEach,
    spec: || include_str!("update.yaml").to_owned(),
    begins: || {
        aged(applied(json!({ "LEGACY_FLAG": "1", "TAXCLOUD_KEY": "theirs", "INSTALLATION_ID": null })))
    },
    prepare: no_more,
    settled: plan_is_empty,
    writes: None,
    lasts: true,
    cache: Cache::new(),
};
