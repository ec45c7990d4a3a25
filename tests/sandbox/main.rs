//! The embedded cloud, asked over loopback HTTP: the rules of the real services that bite.
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub, dead_code, reason = "these are tests")]

#[path = "../support/aws_client.rs"]
mod aws_client;
#[path = "../support/heroku_client.rs"]
mod heroku_client;
#[path = "../support/heroku_schema.rs"]
mod heroku_schema;

mod aws;
mod aws_lists;
mod heroku;
mod heroku_addons;
mod heroku_answers;
mod heroku_builds;
mod heroku_copies;
mod heroku_domains;
mod heroku_faults;
mod heroku_lists;
mod heroku_pipelines;
mod heroku_scopes;
mod heroku_state;
mod heroku_transfers;
mod terraform;
