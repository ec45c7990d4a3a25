//! The same scenarios against programs that are not ours: our embedded cloud can be as wrong as our client.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests stop at the first surprise")]

#[path = "support/children.rs"]
mod children;
#[path = "support/object_store.rs"]
mod object_store;
#[path = "support/peers.rs"]
mod programs;
#[path = "support/mod.rs"]
mod support;

#[path = "peers/aws.rs"]
mod aws;
#[path = "peers/ci.rs"]
mod ci;
#[path = "peers/copies.rs"]
mod copies;
#[path = "peers/database.rs"]
mod database;
#[path = "peers/heroku.rs"]
mod heroku;
#[path = "peers/live.rs"]
mod live;
#[path = "peers/moto.rs"]
mod moto;
#[path = "peers/moto_rights.rs"]
mod moto_rights;
#[path = "peers/pages.rs"]
mod pages;
#[path = "peers/postgres.rs"]
mod postgres;
#[path = "peers/rights.rs"]
mod rights;
