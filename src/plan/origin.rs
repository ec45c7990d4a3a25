//! Whose a change is: what moved since a revision of the spec.
//!
//! What must not live here: how that is told, which is `drift`'s.

use serde::Serialize;

/// Whose a change is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Cause {
    /// The spec changed since the revision, and live is as that wanted it.
    Spec,
    /// Live moved, and the spec did not.
    Drift,
    /// Both did.
    Both,
    /// The revision's spec did not name it, and it is not live.
    New,
}

/// Where a change comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Whose it is.
    pub cause: Cause,
}
