//! Authorizations: tokens of an account with scopes of their own, and an end if they were made with one
//! (life-and-ci.md section 11).

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use super::Call;
use super::page::paged;
use super::problem::{Answered, Problem};
use super::scopes::ALL;
use super::state::{HerokuState, fresh_id, id_of, stamp};
use crate::sandbox::http::{Method, Response};

/// A token that was made.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Authorization {
    id: String,
    pub(super) email: String,
    token: String,
    description: Option<String>,
    pub(super) scopes: Vec<String>,
    created_at: OffsetDateTime,
    expires_at: Option<OffsetDateTime>,
    is_revoked: bool,
}

impl Authorization {
    fn is_over(&self, now: OffsetDateTime) -> bool {
        self.is_revoked || self.expires_at.is_some_and(|end| end <= now)
    }
}

/// The authorization that a token comes from, if one was made for it; an error when that is over.
pub(super) fn of_token<'a>(
    state: &'a HerokuState,
    token: &str,
    now: OffsetDateTime,
) -> Result<Option<&'a Authorization>, ()> {
    match state.authorizations.values().find(|one| one.token == token) {
        Some(one) if one.is_over(now) => Err(()),
        found => Ok(found),
    }
}

/// `None` when the path is another family's.
pub(super) fn route(state: &mut HerokuState, call: &Call<'_>, parts: &[&str]) -> Option<Answered> {
    Some(match (&call.request.method, parts) {
        (&Method::POST, ["oauth", "authorizations"]) => create(state, call),
        (&Method::GET, ["oauth", "authorizations"]) => {
            let mine = state.authorizations.values().filter(|one| is_mine(one, call));
            let bodies: Vec<Value> = mine.map(|one| body(one, call, &masked(&one.token))).collect();
            paged(call, &bodies, "id")
        }
        (&Method::GET, ["oauth", "authorizations", id]) => {
            find(state, call, id).map(|one| Response::json(200, &body(one, call, &masked(&one.token))))
        }
        (&Method::DELETE, ["oauth", "authorizations", id]) => revoke(state, call, id),
        _ => return None,
    })
}

fn is_mine(one: &Authorization, call: &Call<'_>) -> bool {
    one.email == call.who.email && !one.is_over(call.moment.now)
}

fn find<'a>(state: &'a HerokuState, call: &Call<'_>, id: &str) -> Result<&'a Authorization, Problem> {
    let found = state.authorizations.get(id).filter(|one| is_mine(one, call));
    found.ok_or_else(|| Problem::not_found("authorization", "Couldn't find that authorization."))
}

fn revoke(state: &mut HerokuState, call: &Call<'_>, id: &str) -> Answered {
    let id = find(state, call, id)?.id.clone();
    let Some(one) = state.authorizations.get_mut(&id) else { return Err(Problem::no_route()) };
    // Its token has to be refused from now on, so it is not forgotten.
    one.is_revoked = true;
    let one = one.clone();
    Ok(Response::json(200, &body(&one, call, &masked(&one.token))))
}

fn create(state: &mut HerokuState, call: &Call<'_>) -> Answered {
    let scopes = call.body["scope"].as_array().filter(|scopes| !scopes.is_empty());
    let scopes = scopes.ok_or_else(|| Problem::invalid("Scope is required."))?;
    let known = |scope: &Value| scope.as_str().filter(|scope| ALL.contains(scope)).map(str::to_owned);
    let scopes: Option<Vec<String>> = scopes.iter().map(known).collect();
    let scopes = scopes.ok_or_else(|| Problem::invalid("Scope is invalid."))?;
    let id = fresh_id();
    let one = Authorization {
        id: id.clone(),
        email: call.who.email.clone(),
        token: format!("HRKU-{}", fresh_id()),
        description: call.body["description"].as_str().map(str::to_owned),
        scopes,
        created_at: call.moment.now,
        expires_at: call.body["expires_in"].as_i64().map(|left| call.moment.now + Duration::seconds(left)),
        is_revoked: false,
    };
    // Shown once.
    let answer = Response::json(201, &body(&one, call, &one.token));
    state.authorizations.insert(id, one);
    Ok(answer)
}

fn masked(token: &str) -> String {
    let end = token.len().saturating_sub(4);
    format!("HRKU-{}{}", "*".repeat(10), &token[end..])
}

fn body(one: &Authorization, call: &Call<'_>, token: &str) -> Value {
    let left = one.expires_at.map(|end| (end - call.moment.now).whole_seconds());
    json!({
        "id": one.id, "description": one.description, "scope": one.scopes,
        "access_token": { "id": id_of(&one.id), "token": token, "expires_in": left },
        "client": null, "grant": null, "refresh_token": null, "session": null,
        "created_at": stamp(one.created_at), "updated_at": stamp(one.created_at),
        "user": { "id": id_of(&one.email), "email": one.email, "full_name": "Sandbox" },
    })
}
