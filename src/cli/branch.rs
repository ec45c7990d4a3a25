//! The branch that a project's requests are merged into.

use std::path::Path;

use crate::access::Branch;
use crate::fleet;

/// As it was said, else as the clone knows it of its origin, else as new repositories have it.
pub(super) fn of(asked: Option<&Branch>, project: &Path) -> Branch {
    let known = || fleet::default_branch(project)?.parse().ok();
    asked.cloned().or_else(known).unwrap_or_default()
}
