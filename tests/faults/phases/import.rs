//! A file of what is live, and nothing else anywhere.

use serde_json::json;

use super::create::SPEC;
use crate::phase::{Cache, Phase, Reads, no_more};
use crate::scene::applied;

const IMPORT: [&str; 8] = [
    "import",
    "ledger-production",
    "--as",
    "adopted",
    "--bucket",
    "ledger-production-uploads",
    "--iam-user",
    "ledger-production-app",
];

pub static PHASE: Phase = Phase {
    name: "import",
    command: &IMPORT,
    look: &IMPORT,
    // All it does is looking, and more than once at a thing seldom tells more.
    reads: Reads::FirstOfEach,
    spec: || SPEC.to_owned(),
    begins: || applied(json!({})),
    prepare: no_more,
    settled: |_| Ok(()),
    writes: Some("environments/adopted.yaml"),
    lasts: true,
    cache: Cache::new(),
};
