//! From nothing.

use crate::phase::{Cache, Phase, Reads, no_more, plan_is_empty};
use crate::running::{APPLY, LOOK};
use crate::scene::shared_addons;

pub const SPEC: &str = include_str!("create.yaml");

pub static PHASE: Phase = Phase {
    name: "create",
    command: &APPLY,
    look: &LOOK,
    reads: Reads::All,
    spec: || SPEC.to_owned(),
    begins: shared_addons,
    prepare: no_more,
    settled: plan_is_empty,
    writes: None,
    lasts: true,
    cache: Cache::new(),
};
