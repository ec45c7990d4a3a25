//! Which rights an environment needs, as JSON.

use schemars::JsonSchema;
use serde::Serialize;

use super::json::pretty;
use crate::access::{Access, Policy, TrustPolicy};

/// The rights that a command on an environment needs.
#[derive(Serialize, JsonSchema)]
pub(super) struct Document<'a> {
    /// A policy for the AWS identity; null when the environment has nothing on AWS.
    aws: Option<&'a Policy>,
    /// The scopes of the Heroku token.
    heroku_scopes: Vec<&'static str>,
    /// The trust policy of the role, when that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    trust: Option<&'a TrustPolicy>,
}

/// Keys of an environment's rights: `aws` and `trust` are documents that IAM takes as they are.
#[must_use]
pub fn json(access: &Access) -> String {
    let heroku_scopes = access.scopes.iter().map(|scope| scope.as_str()).collect();
    pretty(&Document { aws: access.aws.as_ref(), heroku_scopes, trust: access.trust.as_ref() })
}
