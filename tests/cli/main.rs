//! The program as its users meet it, over real HTTP: what it says, prints and counts, how it exits, and that nothing
//! was written that should not be. One binary, since each links the whole program.
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub, dead_code, reason = "these are tests")]

#[path = "../support/children.rs"]
mod children;
#[path = "../support/object_store.rs"]
mod object_store;
#[path = "../support/mod.rs"]
mod support;

mod access;
mod addons;
mod beside;
mod buckets;
mod common;
mod destroy;
mod events;
mod files;
mod github;
mod guide;
mod keys;
mod machine;
mod midway;
mod offline;
mod others;
mod output;
mod refused;
mod render;
mod reviewed;
mod roles;
mod safety;
mod saved;
mod secrecy;
mod selected;
mod server;
mod several;
mod several_applied;
mod several_buckets;
mod strays;
mod templates;
mod trust;
