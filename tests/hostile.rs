//! Hostile input: environment files, answers of services and saved plans that nobody would write on purpose, or only
//! somebody would. Every fuzz target runs here over its corpus and over everything it ever found.
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub, dead_code, reason = "these are tests")]

mod support;
#[path = "../fuzz/src/lib.rs"]
mod targets;

#[path = "hostile/answers.rs"]
mod answers;
#[path = "hostile/elsewhere.rs"]
mod elsewhere;
#[path = "hostile/kept.rs"]
mod kept;
#[path = "hostile/mutate.rs"]
mod mutate;
#[path = "hostile/specs.rs"]
mod specs;
#[path = "hostile/templates.rs"]
mod templates;
