//! How plans, progress, reports and errors look. Knows data only, and has no client to ask; renders into
//! text that `cli` writes out.
//!
//! A plan goes from `sheet` (what is printed) through `blocks`, `sections` and `summary` to
//! text, or to JSON. Text from services and people passes `text::clean`, so that it cannot steer a terminal.
//! The printed line is derived from the change that will run. What must not live here: decisions, clients,
//! and the environment of the operator.

pub mod answer;
pub mod backup;
mod blocks;
mod check;
mod distrust;
pub mod doctor;
pub mod drift;
pub mod error;
pub mod events;
pub mod failure;
mod fields;
mod files;
pub mod github;
pub mod graph;
pub mod html;
mod human;
mod import;
pub mod json;
mod labels;
mod layout;
mod lock;
pub mod markdown;
pub mod notice;
mod origin;
pub mod policy;
pub mod progress;
pub mod question;
pub mod reference;
mod refusal;
pub mod report;
pub mod rotate;
pub mod schema;
mod sections;
pub mod selection;
mod sheet;
pub mod status;
mod style;
mod summary;
mod text;
pub mod topics;
pub mod verify;

#[cfg(test)]
mod laws;
#[cfg(test)]
mod plan_tests;
#[cfg(test)]
mod testing;

use std::time::Duration;

pub use files::{FilesOptions, files};
pub use human::plan;
pub use style::Theme;
pub use summary::Total;

use crate::secret::FingerprintKey;

/// How a plan is shown.
#[derive(Clone, Debug)]
pub struct Options {
    /// With colour or without.
    pub theme: Theme,
    /// Whether secret values are shown: on a terminal only, which the caller makes sure of.
    pub reveal: bool,
    /// How many columns there are.
    pub width: usize,
    /// The key of this run's fingerprints.
    pub key: FingerprintKey,
    /// Whether the digest of what would be done is shown.
    pub digest: bool,
}

/// What it took to make a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Looking {
    /// How many requests were sent.
    pub calls: u64,
    /// How long it took.
    pub elapsed: Duration,
}
