//! The program as its users meet it, over real HTTP: what it says, prints and counts, how it exits, and that nothing
//! was written that should not be. One binary, since each links the whole program.
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub, dead_code, reason = "these are tests")]

#[path = "../support/children.rs"]
mod children;
#[path = "../support/dns.rs"]
mod dns;
#[path = "../support/object_store.rs"]
mod object_store;
#[path = "../support/mod.rs"]
mod support;

mod access;
mod action;
mod addons;
mod attachments;
mod backup;
mod beside;
mod buckets;
mod certificates;
mod checks;
mod ci_page;
mod clone;
mod collaborators;
mod common;
mod copied_databases;
mod deploy;
mod destroy;
mod doctor;
mod drift;
mod dropped;
mod events;
mod expired;
mod features;
mod files;
mod github;
mod gitlab;
mod gitlab_rules;
mod graph;
mod help;
mod import;
mod import_aws;
mod import_many;
mod keys;
mod kubernetes;
mod least_rights;
mod limits;
mod log_drains;
mod loopback;
mod machine;
mod midway;
mod objects;
mod offline;
mod others;
mod output;
mod pages;
mod pipelines;
mod plan_changes;
mod policy;
mod refused;
mod render;
mod restore;
mod reviewed;
mod rights_to_clone;
mod rights_to_destroy;
mod roles;
mod rollback;
mod rotate;
mod safety;
mod saved;
mod schema;
mod scopes;
mod secrecy;
mod selected;
mod server;
mod several;
mod several_applied;
mod several_buckets;
mod shards;
mod status;
mod strays;
mod templates;
mod trust;
mod untrusted;
mod verify;
mod verify_database;
mod verify_domains;
mod whose;
mod workflow;
