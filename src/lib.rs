//! trueup makes a live environment true to its spec.
//!
//! ```text
//! environments/*.yaml ──load──▶ Spec ──┐
//!                                      ├─ plan() pure ─▶ Plan ──view──▶ text │ json
//! live APIs ─observe, asked once─▶ World ┘                 │
//!                                                        apply ──▶ Events ──view──▶ progress
//! ```
//!
//! The rooms, in the order in which data flows: `spec` (what the user wrote), `secret` (values that are never
//! shown), `cloud` (the only calls to services), `resource` (one file a kind), `plan` (pure decisions), `apply` (does
//! what the plan says), `lock` (keeps two applies apart), `fleet` (many environments side by side), `render` (the
//! app from a template), `message` (what commands have to say, as data), `view` (words it and prints), `cli` (commands),
//! `settings` (the operator's environment), `terminal` (what may not reach one), and `sandbox`, an embedded cloud that
//! shares no code with the rest.

pub mod apply;
pub mod cli;
pub mod cloud;
pub mod fleet;
#[doc(hidden)]
pub mod fuzzing;
pub mod lock;
pub mod message;
pub mod plan;
pub mod render;
pub mod resource;
pub mod sandbox;
pub mod secret;
pub mod settings;
pub mod spec;
mod terminal;
pub mod view;
