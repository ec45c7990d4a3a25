//! Saved plans and the events of an apply, through the program and over real HTTP.
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub, dead_code, reason = "these are tests")]

mod support;

#[path = "cli/common.rs"]
mod common;
#[path = "cli/events.rs"]
mod events;
#[path = "cli/github.rs"]
mod github;
#[path = "cli/reviewed.rs"]
mod reviewed;
#[path = "cli/saved.rs"]
mod saved;
