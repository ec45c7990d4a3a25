//! Who works on an app (heroku-api.md section 2, life-and-ci.md section 9.3).
//!
//! Rights of its own has a collaborator only of an app of a team of an Enterprise account: here, of one whose name ends
//! in `-enterprise`. What must not live here: members of teams, of which there are none.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::page::paged;
use super::problem::{Answered, Problem};
use super::state::{App, HerokuState, id_of, stamp};
use super::{Call, Line};
use crate::sandbox::http::{Method, Response};

/// All rights there are.
const RIGHTS: [&str; 4] = ["view", "deploy", "operate", "manage"];

/// `by_team` says that the path began with `/teams/apps`.
pub(super) fn route(
    state: &mut HerokuState,
    call: &Call<'_>,
    (app, by_team): (&str, bool),
    line: Line<'_>,
) -> Answered {
    if by_team && state.app(app).team.is_none() {
        return Err(Problem::not_found("app", "Couldn't find that app."));
    }
    match line {
        (&Method::GET, []) => paged(call, &all(state.app(app)), "id"),
        (&Method::GET, [who]) => {
            let email = find(state.app(app), who)?;
            Ok(Response::json(200, &body(state.app(app), &email)))
        }
        (&Method::POST, []) => add(state, call, (app, by_team)),
        (&Method::PATCH, [who]) if by_team => {
            let email = added(state.app(app), who)?;
            let rights = rights(state.app(app), call)?;
            state.app_mut(app).collaborators.insert(email.clone(), rights);
            Ok(Response::json(200, &body(state.app(app), &email)))
        }
        (&Method::DELETE, [who]) => {
            let email = added(state.app(app), who)?;
            let gone = body(state.app(app), &email);
            state.app_mut(app).collaborators.remove(&email);
            Ok(Response::json(200, &gone))
        }
        _ => Err(Problem::no_route()),
    }
}

/// The features of a team.
pub(super) fn team_features(call: &Call<'_>, team: &str) -> Answered {
    let name = "org-access-controls";
    let since = "2026-01-01T00:00:00Z";
    let feature = json!({
        "created_at": since, "updated_at": since, "id": id_of(name), "name": name, "description": name, "state": "public",
        "doc_url": "https://devcenter.heroku.com/articles/app-permissions", "enabled": true, "display_name": name,
        "feedback_email": "feedback@heroku.com",
    });
    let features = if is_enterprise(team) { vec![feature] } else { Vec::new() };
    paged(call, &features, "id")
}

fn is_enterprise(team: &str) -> bool {
    team.ends_with("-enterprise")
}

fn add(state: &mut HerokuState, call: &Call<'_>, (app, by_team): (&str, bool)) -> Answered {
    let held = state.app(app);
    let email =
        call.body["user"].as_str().ok_or_else(|| Problem::invalid("user is required"))?.to_lowercase();
    if !email.contains('@') {
        return Err(Problem::not_found("account", "Couldn't find that user."));
    }
    if held.owner == email || held.collaborators.contains_key(&email) {
        return Err(Problem::invalid(format!("{email} is already a collaborator on {}.", held.name)));
    }
    let gives_rights = held.team.as_deref().is_some_and(is_enterprise);
    let granted = match (gives_rights, by_team) {
        (true, true) => rights(held, call)?,
        (true, false) => return Err(Problem::invalid("permissions are required for apps of this team.")),
        (false, _) if !call.body["permissions"].is_null() => return Err(no_rights()),
        (false, _) => BTreeSet::new(),
    };
    state.app_mut(app).collaborators.insert(email.clone(), granted);
    Ok(Response::json(201, &body(state.app(app), &email)))
}

fn no_rights() -> Problem {
    Problem::invalid("App permissions are not available to this team.")
}

fn rights(app: &App, call: &Call<'_>) -> Result<BTreeSet<String>, Problem> {
    if !app.team.as_deref().is_some_and(is_enterprise) {
        return Err(no_rights());
    }
    let given =
        call.body["permissions"].as_array().ok_or_else(|| Problem::invalid("permissions is required"))?;
    let names = given.iter().map(|name| {
        let known = name.as_str().filter(|name| RIGHTS.contains(name));
        known.map(str::to_owned).ok_or_else(|| Problem::invalid(format!("{name} is not a valid permission.")))
    });
    names.collect()
}

/// The address of one who works on the app, by address or id.
fn find(app: &App, who: &str) -> Result<String, Problem> {
    let who = who.to_lowercase();
    let mut emails = app.collaborators.keys().chain([&app.owner]);
    let found = emails.find(|email| **email == who || row_id(app, email) == who);
    found.cloned().ok_or_else(|| Problem::not_found("collaborator", "Couldn't find that collaborator."))
}

/// The same of one who was added.
fn added(app: &App, who: &str) -> Result<String, Problem> {
    let email = find(app, who)?;
    if email == app.owner {
        return Err(Problem::invalid("The owner of an app can't be changed or removed."));
    }
    Ok(email)
}

fn all(app: &App) -> Vec<Value> {
    [&app.owner].into_iter().chain(app.collaborators.keys()).map(|email| body(app, email)).collect()
}

fn row_id(app: &App, email: &str) -> String {
    id_of(&format!("{}{email}", app.id))
}

fn body(app: &App, email: &str) -> Value {
    let rights = app.collaborators.get(email).into_iter().flatten();
    let rights: Vec<Value> = rights.map(|name| json!({ "name": name, "description": name })).collect();
    let role = if email == app.owner { "owner" } else { "collaborator" };
    json!({
        "app": app.reference(), "created_at": stamp(app.created_at), "id": row_id(app, email), "permissions": rights,
        "role": role, "updated_at": stamp(app.created_at),
        "user": { "email": email, "federated": false, "id": id_of(email) },
    })
}
