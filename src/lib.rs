//! trueup makes a live environment true to its spec.
//!
//! ```text
//! environments/*.yaml ──load──▶ Spec ──┐
//!                                      ├─ plan() pure ─▶ Plan ──view──▶ text │ json
//! live APIs ─observe, asked once─▶ World ┘                 │
//!                                                        apply ──▶ Events ──view──▶ progress
//! ```
//!
//! The rooms, in the order in which data flows: `spec` (what the user wrote), `secret` (values that are never shown),
//! `cloud` (the only calls to services), `resource` (one file a kind), `plan` (pure decisions), `apply` (does what the
//! plan says), `status` (how an environment is), `lock` (keeps two applies apart), `access` (which rights a command
//! needs), `git` (a project at a revision), `fleet` (which environments, and many side by side), `drift` (what is live
//! and not as it should be), `lifecycle` (commands beyond plan and apply: what they look at and decide), `render` (the
//! app from a template), `source` (the code of an app as a tarball), `message` (what commands have to say, as data), `view`
//! (words it and prints), `cli` (commands), `settings` (the operator's environment), `terminal` (what may not reach
//! one), `sandbox`, an embedded cloud that shares no code with the rest, and `testing`, what tests take of all of
//! these.
//!
//! Public is what others need: `cli` for the program, `sandbox` for whoever tests against the embedded cloud, and,
//! with the feature of its name, `testing` for the integration tests and the fuzz targets. The rest is the crate's own,
//! so that the compiler finds what nobody uses; a `pub` within a room means for the other rooms.

mod access;
mod apply;
pub mod cli;
mod cloud;
mod drift;
mod fleet;
mod git;
mod lifecycle;
mod lock;
mod message;
mod plan;
mod render;
mod resource;
pub mod sandbox;
mod secret;
mod settings;
mod source;
mod spec;
mod status;
mod terminal;
#[cfg(feature = "testing")]
pub mod testing;
mod view;
