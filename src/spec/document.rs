//! Files beside the environments, read as they are: bounded, with places, and with every mistake at once.
//!
//! What must not live here: what such a file may say, which is its own room's.

use std::path::Path;

use serde::de::DeserializeOwned;

use super::finding::{Finding, Severity};
use super::tree::{Node, Value};
use super::{SpecError, decode, load};

/// What a file says, and where.
pub struct Document<T> {
    /// What it says.
    pub value: T,
    root: Node,
}

impl<T: DeserializeOwned + Default> Document<T> {
    /// Reads a file, by its path within the project or a whole one. An empty one says nothing.
    pub fn load(project: &Path, file: &Path) -> Result<Self, SpecError> {
        let (root, mut findings) = load::tree(project, file)?;
        let Some(root) = root else { return Err(SpecError::from_findings(findings)) };
        if findings.is_empty() && matches!(root.value, Value::Null) {
            return Ok(Self { value: T::default(), root });
        }
        let decoded = decode::all::<T>(root);
        findings.extend(decoded.findings);
        match decoded.value {
            Some(value) if findings.iter().all(|finding| finding.severity != Severity::Error) => {
                Ok(Self { value, root: decoded.root })
            }
            _ => Err(SpecError::from_findings(findings)),
        }
    }
}

impl<T> Document<T> {
    /// A mistake that shows only with what others know, at its place.
    #[must_use]
    pub fn mistake(&self, path: &str, message: impl Into<String>) -> Finding {
        Finding::error(path, message).at(&self.root.place(path))
    }
}
