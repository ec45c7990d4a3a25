//! The commands as a person in a hurry meets them: what they write, print and count.
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub, dead_code, reason = "these are tests")]

mod support;

#[path = "support/object_store.rs"]
mod object_store;

#[path = "cli/beside.rs"]
mod beside;
#[path = "cli/buckets.rs"]
mod buckets;
#[path = "cli/common.rs"]
mod common;
#[path = "cli/guide.rs"]
mod guide;
#[path = "cli/keys.rs"]
mod keys;
#[path = "cli/offline.rs"]
mod offline;
#[path = "cli/output.rs"]
mod output;
#[path = "cli/render.rs"]
mod render;
#[path = "cli/secrecy.rs"]
mod secrecy;
#[path = "cli/server.rs"]
mod server;
#[path = "cli/strays.rs"]
mod strays;
#[path = "cli/templates.rs"]
mod templates;
