//! Several environments in one run: side by side, in order, and none in another's way.
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub, dead_code, reason = "these are tests")]

mod support;

#[path = "support/children.rs"]
mod children;
#[path = "cli/common.rs"]
mod common;
#[path = "cli/selected.rs"]
mod selected;
#[path = "cli/several.rs"]
mod several;
#[path = "cli/several_applied.rs"]
mod several_applied;
#[path = "cli/several_buckets.rs"]
mod several_buckets;
