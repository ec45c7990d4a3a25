//! What is asked before something is done.

use super::text::{clean, listed};

/// More environments than this are counted instead of named.
const NAMED: usize = 5;

/// Whether plans are to be applied.
#[must_use]
pub fn apply(environments: &[&str]) -> String {
    let subject = if environments.len() > NAMED {
        format!("{} environments", environments.len())
    } else {
        clean(&listed(environments))
    };
    format!("Apply these changes to {subject}?")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_environments_are_named_and_many_are_counted() {
        assert_eq!(apply(&["production"]), "Apply these changes to production?");
        assert_eq!(apply(&["api", "jobs", "web"]), "Apply these changes to api, jobs and web?");
        assert_eq!(apply(&["e"; 6]), "Apply these changes to 6 environments?");
    }
}
