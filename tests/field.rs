//! What people report of the tools that do this job, tried on trueup: docs/field-reports.md lists the reports, each with
//! its test. A file an area.
#![allow(
    clippy::doc_markdown,
    clippy::unwrap_used,
    missing_docs,
    unreachable_pub,
    dead_code,
    reason = "these are tests, and reports have names of their own"
)]

mod support;

#[path = "support/children.rs"]
mod children;
#[path = "cli/common.rs"]
mod common;

#[path = "support/object_store.rs"]
mod object_store;

#[path = "field/buckets.rs"]
mod buckets;
#[path = "field/credentials.rs"]
mod credentials;
#[path = "field/files.rs"]
mod files;
#[path = "field/heroku.rs"]
mod heroku;
#[path = "field/list.rs"]
mod list;
#[path = "field/output.rs"]
mod output;
#[path = "field/users.rs"]
mod users;
#[path = "field/values.rs"]
mod values;
