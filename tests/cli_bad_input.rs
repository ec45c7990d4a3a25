//! Bad input, bad access and bad luck, through the program: what it says, how it exits, and that nothing was
//! written that should not be.
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub, dead_code, reason = "these are tests")]

mod support;

#[path = "cli/access.rs"]
mod access;
#[path = "cli/addons.rs"]
mod addons;
#[path = "support/children.rs"]
mod children;
#[path = "cli/common.rs"]
mod common;
#[path = "cli/files.rs"]
mod files;
#[path = "cli/machine.rs"]
mod machine;
#[path = "cli/midway.rs"]
mod midway;
#[path = "cli/others.rs"]
mod others;
#[path = "cli/safety.rs"]
mod safety;
