//! The account of whoever asks.

use serde_json::{Value, json};

use super::Call;
use super::budget::Bucket;
use super::problem::Answered;
use super::state::{HerokuState, id_of};
use crate::sandbox::http::{Method, Response};

/// `None` when the path is another family's.
pub(super) fn route(state: &HerokuState, call: &Call<'_>, parts: &[&str]) -> Option<Answered> {
    match (&call.request.method, parts) {
        (&Method::GET, ["account", "rate-limits"]) => {
            let left = state.budgets.get(&call.who.email).map(Bucket::left);
            Some(Ok(Response::json(200, &json!({ "remaining": left }))))
        }
        (&Method::GET, ["account"] | ["users", _]) => Some(Ok(Response::json(200, &body(call)))),
        (&Method::GET, ["account", "features"] | ["teams"]) => Some(Ok(Response::json(200, &json!([])))),
        _ => None,
    }
}

fn body(call: &Call<'_>) -> Value {
    let email = &call.who.person;
    let since = "2026-01-01T00:00:00Z";
    json!({
        "allow_tracking": false, "beta": false, "created_at": since, "email": email, "federated": false, "id": id_of(email),
        "identity_provider": null, "last_login": null, "name": "Sandbox", "sms_number": null, "suspended_at": null, "delinquent_at": null,
        "two_factor_authentication": false, "updated_at": since, "verified": true, "country_of_residence": null,
        "default_organization": null, "default_team": null,
    })
}
