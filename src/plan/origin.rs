//! Whose a change is: what moved since a revision of the spec.
//!
//! What must not live here: how that is told, which is `drift`'s.

use crate::resource::Cause;

/// Where a change comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Whose it is.
    pub cause: Cause,
}
