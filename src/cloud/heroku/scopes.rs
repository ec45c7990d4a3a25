//! What Heroku says of a token's scopes beside an answer (life-and-ci.md section 11).

use reqwest::header::HeaderMap;

/// The scopes, from the narrowest that is of use to the widest. What is not among them is not repeated.
const KNOWN: [&str; 6] = ["identity", "read", "write", "read-protected", "write-protected", "global"];

/// What the token has, and what the call takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Scopes {
    has: Vec<&'static str>,
    takes: Vec<&'static str>,
}

impl Scopes {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        Self { has: listed(headers, "oauth-scope"), takes: listed(headers, "oauth-scope-accepted") }
    }

    /// What the token has.
    pub(super) fn has(&self) -> &[&'static str] {
        &self.has
    }

    /// In words, when the token is too narrow for the call.
    pub(super) fn missing(&self) -> Option<String> {
        let narrowest = self.takes.first()?;
        if self.has.is_empty() || self.has.iter().any(|scope| self.takes.contains(scope)) {
            return None;
        }
        let has: Vec<String> = self.has.iter().map(|scope| format!("`{scope}`")).collect();
        Some(format!("the token has {}, and this call takes `{narrowest}`", has.join(" and ")))
    }
}

fn listed(headers: &HeaderMap, name: &str) -> Vec<&'static str> {
    let written = headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let words: Vec<&str> = written.split([' ', ',']).collect();
    KNOWN.into_iter().filter(|scope| words.contains(scope)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing(has: &'static str, takes: &'static str) -> Option<String> {
        let mut headers = HeaderMap::new();
        for (name, value) in [("oauth-scope", has), ("oauth-scope-accepted", takes)] {
            if !value.is_empty() {
                headers.insert(name, value.parse().unwrap());
            }
        }
        Scopes::of(&headers).missing()
    }

    #[test]
    fn what_is_missing_is_the_narrowest_scope_that_the_call_takes() {
        let told = |has, takes| missing(has, takes).unwrap();
        assert_eq!(
            told("read", "global read-protected write-protected"),
            "the token has `read`, and this call takes `read-protected`"
        );
        assert_eq!(
            told("identity read-protected", "global write write-protected"),
            "the token has `identity` and `read-protected`, and this call takes `write`"
        );
    }

    #[test]
    fn nothing_is_said_where_the_scope_is_not_the_reason_or_not_known() {
        for (has, takes) in [
            ("global", "global write"),
            ("read", ""),
            ("", "read"),
            ("surprise", "read"),
            ("read", "surprise"),
            ("write", "read write"),
        ] {
            assert_eq!(missing(has, takes), None, "{has} {takes}");
        }
    }
}
