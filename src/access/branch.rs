//! The branch that a repository's requests are merged into.

use std::fmt;
use std::str::FromStr;

/// A branch whose name stands for itself wherever it is written: in a workflow, in the subject of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch(String);

/// Why a text is no branch that can be written there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` cannot be used here, expected the name of a branch: letters, digits and `-_./`, and no pattern"
)]
pub struct NotABranch(String);

impl Branch {
    /// The name as git knows it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What new repositories have on GitHub.
impl Default for Branch {
    fn default() -> Self {
        Self("main".to_owned())
    }
}

impl fmt::Display for Branch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl FromStr for Branch {
    type Err = NotABranch;

    fn from_str(written: &str) -> Result<Self, NotABranch> {
        // No part begins with a dot or a dash, ends with a dot, or is what git keeps for itself.
        let is_part = |part: &str| {
            part.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '_')
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
                && !part.ends_with('.')
                && part.rsplit_once('.').is_none_or(|(_, ending)| ending != "lock")
                && !part.contains("..")
        };
        let is_branch = written.len() <= 200 && written.split('/').all(is_part);
        if is_branch { Ok(Self(written.to_owned())) } else { Err(NotABranch(written.to_owned())) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_branch_is_a_plain_name() {
        for name in ["main", "master", "release/2026.1", "v1_x-y"] {
            assert_eq!(name.parse::<Branch>().unwrap().as_str(), name);
        }
        let long = "x".repeat(201);
        for name in
            ["", "*", "release/*", "a b", "-x", "a//b", "a/", "/a", "a..b", "x.lock", ".x", "a'b", &long]
        {
            assert!(name.parse::<Branch>().is_err(), "{name}");
        }
    }
}
