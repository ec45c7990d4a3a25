//! Pipelines, and which app is in which (heroku-api.md section 7).
//!
//! Names are not unique, and an app is in one pipeline at most.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::page::{paged, paged_by};
use super::problem::{Answered, Problem};
use super::state::{HerokuState, fresh_id, id_of, stamp};
use super::{Call, apps, find_app};
use crate::sandbox::http::{Method, Response};

const STAGES: [&str; 5] = ["test", "review", "development", "staging", "production"];

/// A pipeline.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Pipeline {
    id: String,
    name: String,
    /// The account that may see it.
    account: String,
    /// `team` or `user`, and their id.
    owner: (String, String),
    created_at: OffsetDateTime,
    updated_at: OffsetDateTime,
}

/// That an app is in a pipeline.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Coupling {
    id: String,
    app: String,
    pipeline: String,
    stage: String,
    created_at: OffsetDateTime,
    updated_at: OffsetDateTime,
}

pub(super) fn route(state: &mut HerokuState, call: &Call<'_>, parts: &[&str]) -> Answered {
    match (&call.request.method, parts) {
        (&Method::GET, ["pipelines"]) => list(state, call),
        (&Method::POST, ["pipelines"]) => create(state, call),
        (&Method::GET, ["pipelines", id]) => read(state, call, id),
        (&Method::PATCH, ["pipelines", id]) => rename(state, call, id),
        (&Method::DELETE, ["pipelines", id]) => delete(state, call, id),
        (&Method::GET, ["pipelines", id, "pipeline-couplings"]) => {
            let pipeline = find(state, call, id)?.id.clone();
            couplings(state, call, Some(&pipeline))
        }
        (&Method::GET, ["pipeline-couplings"]) => couplings(state, call, None),
        (&Method::POST, ["pipeline-couplings"]) => couple(state, call),
        (method, ["pipeline-couplings", id]) => coupled(state, call, id, method),
        (&Method::POST, ["filters", "apps"]) => filter(state, call),
        _ => Err(Problem::no_route()),
    }
}

/// Where one app is: an object, not a list.
pub(super) fn of_app(state: &HerokuState, app: &str) -> Answered {
    let coupling = state.couplings.values().find(|coupling| coupling.app == app).ok_or_else(uncoupled)?;
    Ok(Response::json(200, &coupling_body(coupling)))
}

/// What an app takes along when it goes. Its pipeline stays.
pub(super) fn remove_all(state: &mut HerokuState, app: &str) {
    state.couplings.retain(|_, coupling| coupling.app != app);
}

fn visible<'a>(state: &'a HerokuState, call: &'a Call<'_>) -> impl Iterator<Item = &'a Pipeline> {
    state.pipelines.values().filter(|pipeline| pipeline.account == call.who.email)
}

/// Narrowed down by `eq[name]`, as the official client asks.
fn list(state: &HerokuState, call: &Call<'_>) -> Answered {
    let name = call.request.query.iter().find(|(key, _)| key == "eq[name]").map(|(_, name)| name);
    let asked = visible(state, call).filter(|pipeline| name.is_none_or(|name| pipeline.name == *name));
    let bodies: Vec<Value> = asked.map(body).collect();
    paged_by(call, &bodies, &["id", "name"])
}

fn create(state: &mut HerokuState, call: &Call<'_>) -> Answered {
    let name = valid_name(call)?;
    let owner = owner(state, call)?;
    let now = call.moment.now;
    let pipeline = Pipeline {
        id: fresh_id(),
        name,
        account: call.who.email.clone(),
        owner,
        created_at: now,
        updated_at: now,
    };
    let response = Response::json(201, &body(&pipeline));
    state.pipelines.insert(pipeline.id.clone(), pipeline);
    Ok(response)
}

fn valid_name(call: &Call<'_>) -> Result<String, Problem> {
    let name = call.body["name"].as_str().ok_or_else(|| Problem::invalid("name is required"))?;
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let first = name.starts_with(|c: char| c.is_ascii_lowercase());
    if first && (3..=30).contains(&name.len()) && name.chars().all(allowed) {
        return Ok(name.to_owned());
    }
    Err(Problem::invalid(
        "Name must start with a letter, have 3 to 30 characters, and can only contain lowercase letters, digits, and dashes.",
    ))
}

/// Whoever asks, or a team whose apps they may see.
fn owner(state: &HerokuState, call: &Call<'_>) -> Result<(String, String), Problem> {
    let me = id_of(&call.who.person);
    let given = &call.body["owner"];
    if given.is_null() {
        return Ok(("user".to_owned(), me));
    }
    let (Some(id), Some(kind)) = (given["id"].as_str(), given["type"].as_str()) else {
        return Err(Problem::invalid("owner needs an id and a type"));
    };
    let mut teams = state.apps.values().filter(|app| app.owner == call.who.email);
    let is_right = match kind {
        "user" => id == me,
        "team" => teams.any(|app| app.team.as_deref().is_some_and(|team| id_of(team) == id)),
        _ => return Err(Problem::invalid("owner type must be user or team")),
    };
    if is_right { Ok((kind.to_owned(), id.to_owned())) } else { Err(Problem::forbidden()) }
}

/// By id or by a name that is the only one.
fn find<'a>(state: &'a HerokuState, call: &'a Call<'_>, id: &str) -> Result<&'a Pipeline, Problem> {
    let missing = || Problem::not_found("pipeline", "Couldn't find that pipeline.");
    let mut found = visible(state, call).filter(|pipeline| pipeline.id == id || pipeline.name == id);
    match (found.next(), found.next()) {
        (Some(pipeline), None) => Ok(pipeline),
        (None, _) => Err(missing()),
        (Some(_), Some(_)) => {
            Err(Problem::new(422, "multiple_matches", "Multiple pipelines match that name."))
        }
    }
}

fn read(state: &HerokuState, call: &Call<'_>, id: &str) -> Answered {
    Ok(Response::json(200, &body(find(state, call, id)?)))
}

fn rename(state: &mut HerokuState, call: &Call<'_>, id: &str) -> Answered {
    let (id, name) = (find(state, call, id)?.id.clone(), valid_name(call)?);
    if let Some(pipeline) = state.pipelines.get_mut(&id) {
        pipeline.name = name;
        pipeline.updated_at = call.moment.now;
    }
    read(state, call, &id)
}

fn delete(state: &mut HerokuState, call: &Call<'_>, id: &str) -> Answered {
    let pipeline = find(state, call, id)?.clone();
    state.couplings.retain(|_, coupling| coupling.pipeline != pipeline.id);
    state.pipelines.remove(&pipeline.id);
    Ok(Response::json(200, &body(&pipeline)))
}

fn couplings(state: &HerokuState, call: &Call<'_>, pipeline: Option<&str>) -> Answered {
    let is_mine = |coupling: &&Coupling| state.app(&coupling.app).owner == call.who.email;
    let asked = state.couplings.values().filter(is_mine);
    let asked = asked.filter(|coupling| pipeline.is_none_or(|pipeline| coupling.pipeline == pipeline));
    let bodies: Vec<Value> = asked.map(coupling_body).collect();
    paged(call, &bodies, "id")
}

fn couple(cloud: &mut HerokuState, call: &Call<'_>) -> Answered {
    let required = |key: &str| Problem::invalid(format!("{key} is required"));
    let app = call.named("app").ok_or_else(|| required("app"))?;
    let pipeline = call.named("pipeline").ok_or_else(|| required("pipeline"))?;
    let app = find_app(cloud, call, app)?.id.clone();
    let stage = stage(call)?;
    let pipeline = visible(cloud, call).find(|one| one.id == pipeline).map(|one| one.id.clone());
    let pipeline = pipeline.ok_or_else(|| Problem::not_found("pipeline", "Couldn't find that pipeline."))?;
    if cloud.couplings.values().any(|coupling| coupling.app == app) {
        return Err(Problem::invalid("App is already coupled to a pipeline"));
    }
    let now = call.moment.now;
    let coupling = Coupling { id: fresh_id(), app, pipeline, stage, created_at: now, updated_at: now };
    let response = Response::json(201, &coupling_body(&coupling));
    cloud.couplings.insert(coupling.id.clone(), coupling);
    Ok(response)
}

fn stage(call: &Call<'_>) -> Result<String, Problem> {
    let stage = call.body["stage"].as_str().ok_or_else(|| Problem::invalid("stage is required"))?;
    if STAGES.contains(&stage) {
        return Ok(stage.to_owned());
    }
    Err(Problem::invalid(format!("stage must be one of {}", STAGES.join(", "))))
}

fn coupled(state: &mut HerokuState, call: &Call<'_>, id: &str, method: &Method) -> Answered {
    let found = state.couplings.get(id).filter(|one| state.app(&one.app).owner == call.who.email);
    let mut coupling = found.cloned().ok_or_else(uncoupled)?;
    match *method {
        Method::GET => {}
        // Only the stage: what is in another pipeline is another coupling.
        Method::PATCH => {
            coupling.stage = stage(call)?;
            coupling.updated_at = call.moment.now;
            state.couplings.insert(id.to_owned(), coupling.clone());
        }
        Method::DELETE => {
            state.couplings.remove(id);
        }
        _ => return Err(Problem::no_route()),
    }
    Ok(Response::json(200, &coupling_body(&coupling)))
}

/// The apps of some ids, by which the official client shows what is in a pipeline.
fn filter(state: &HerokuState, call: &Call<'_>) -> Answered {
    let ids: Vec<&str> =
        call.body["in"]["id"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let asked = state.apps.values().filter(|app| ids.contains(&app.id.as_str()));
    let bodies: Vec<Value> = asked.filter(|app| app.owner == call.who.email).map(apps::body).collect();
    paged(call, &bodies, "id")
}

fn uncoupled() -> Problem {
    Problem::not_found("pipeline_coupling", "Couldn't find that pipeline coupling.")
}

fn body(pipeline: &Pipeline) -> Value {
    let (kind, owner) = &pipeline.owner;
    json!({
        "created_at": stamp(pipeline.created_at), "id": pipeline.id, "name": pipeline.name, "owner": { "id": owner, "type": kind },
        "updated_at": stamp(pipeline.updated_at), "generation": { "id": id_of("cedar"), "name": "cedar" },
    })
}

fn coupling_body(coupling: &Coupling) -> Value {
    json!({
        "app": { "id": coupling.app }, "created_at": stamp(coupling.created_at), "id": coupling.id,
        "pipeline": { "id": coupling.pipeline }, "stage": coupling.stage, "updated_at": stamp(coupling.updated_at),
    })
}
