//! trueup makes a live environment true to its spec.
//!
//! ```text
//! environments/*.yaml ──load──▶ Spec ──┐
//!                                      ├─ plan() pure ─▶ Plan ──view──▶ text │ json
//! live APIs ─observe, asked once─▶ World ┘                 │
//!                                                        apply ──▶ Events ──view──▶ progress
//! ```
//!
//! Where to look, in the order in which data flows:
//!
//! | room | what is in it |
//! |---|---|
//! | `spec` | what the user wrote: YAML as types, with every mistake and its place |
//! | `secret` | values that are never shown, their fingerprints, and where they come from |
//! | `cloud` | the clients: the only calls to Heroku, AWS, DNS and databases |
//! | `resource` | one file a kind of resource: how it is observed, compared, changed, removed, proven |
//! | `plan` | from a spec and what is live to ordered steps; pure |
//! | `apply` | carries out a plan, as a series of events |
//! | `lifecycle` | commands beyond plan and apply: what each looks at, and its pure plan or findings |
//! | `fleet`, `drift`, `status` | which environments, many at once; whose change it is; a line for each |
//! | `lock`, `access`, `git` | one apply at a time; the privileges that a command needs; a project at a revision |
//! | `render`, `source` | the app from a template; the code of an app as a tarball |
//! | `message`, `view` | what commands have to say, as data; how it is worded and printed, a file a format |
//! | `cli` | arguments, and the commands: each is a few calls in a row |
//! | `settings`, `terminal` | the operator's environment variables; what must not reach a terminal |
//! | `sandbox` | the embedded Heroku, S3, IAM and STS; it shares no code with the rest |
//! | `testing` | what integration tests, benches and fuzz targets use of all of these |
//!
//! Imports go one way, from `cli` down to `spec`; `tests/architecture.rs` checks that, and that the pure rooms stay pure.
//!
//! Public is what others need: `cli` for the program, `sandbox` for whoever tests against the embedded cloud, and,
//! with the feature of its name, `testing`. Everything else is private to the crate, so that the compiler finds what
//! nobody uses; a `pub` within a room means for the other rooms.

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
