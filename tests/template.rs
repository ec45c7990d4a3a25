//! The Rails application that `templates/rails` gives: what it says, whether Ruby, YAML, foreman and PostgreSQL take
//! it, and every byte of it for three environments.
//!
//! `templates/rails/verify.sh` goes further on a machine that has Rails.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    unreachable_pub,
    missing_docs,
    reason = "these are tests"
)]

#[path = "support/peers.rs"]
mod programs;
mod support;

#[path = "template/commands.rs"]
mod commands;
#[path = "template/common.rs"]
mod common;
#[path = "template/database.rs"]
mod database;
#[path = "template/documents.rs"]
mod documents;
#[path = "template/files.rs"]
mod files;
#[path = "template/golden.rs"]
mod golden;
#[path = "template/ruby.rs"]
mod ruby;
#[path = "template/runbooks.rs"]
mod runbooks;
