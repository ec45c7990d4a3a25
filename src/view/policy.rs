//! Which rights an environment needs, as JSON.

use serde::Serialize;

use crate::access::{Access, Policy, TrustPolicy};

#[derive(Serialize)]
struct Answer<'a> {
    aws: Option<&'a Policy>,
    heroku_scopes: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trust: Option<&'a TrustPolicy>,
}

/// Keys of an environment's rights: `aws` and `trust` are documents that IAM takes as they are.
#[must_use]
pub fn json(access: &Access) -> String {
    let heroku_scopes = access.scopes.iter().map(|scope| scope.as_str()).collect();
    let answer = Answer { aws: access.aws.as_ref(), heroku_scopes, trust: access.trust.as_ref() };
    let mut text = serde_json::to_string_pretty(&answer).unwrap_or_default();
    text.push('\n');
    text
}
