//! Dynos: those of the formation, which run the newest release a moment after it was made, and one-off dynos, which
//! keep theirs until they end (heroku-api.md section 5).

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::catalog;
use super::page::paged;
use super::problem::{Answered, Problem};
use super::state::{App, HerokuState, Release, fresh_id, id_of, stamp};
use super::{Call, Line};
use crate::sandbox::http::{Method, Response};

/// A dyno lives no longer than a day when nothing else is said.
const LONGEST: i64 = 24 * 60 * 60;

/// A dyno that somebody started with a command of their own.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct OneOff {
    id: String,
    name: String,
    kind: String,
    command: String,
    size: String,
    /// The number of the release that it runs.
    version: u64,
    started_at: OffsetDateTime,
    ends_at: OffsetDateTime,
}

pub(super) fn route(state: &mut HerokuState, call: &Call<'_>, app: &str, line: Line<'_>) -> Answered {
    let now = call.moment.now;
    state.app_mut(app).one_offs.retain(|dyno| dyno.ends_at > now);
    match line {
        (&Method::GET, []) => paged(call, &all(state.app(app), call), "id"),
        (&Method::GET, [which]) => {
            let is_it = |dyno: &&Value| dyno["id"] == *which || dyno["name"] == *which;
            all(state.app(app), call)
                .iter()
                .find(is_it)
                .map(|dyno| Response::json(200, dyno))
                .ok_or_else(unknown)
        }
        (&Method::POST, []) => start(state, call, app),
        (&Method::DELETE, []) => Ok(Response::json(202, &json!({}))),
        (&Method::DELETE, [which]) | (&Method::POST, [which, "actions", "stop"]) => {
            let dynos = &mut state.app_mut(app).one_offs;
            dynos.retain(|dyno| dyno.id != *which && dyno.name != *which);
            Ok(Response::json(202, &json!({})))
        }
        _ => Err(Problem::no_route()),
    }
}

fn start(state: &mut HerokuState, call: &Call<'_>, app: &str) -> Answered {
    let command = call.body["command"].as_str().ok_or_else(|| Problem::invalid("command is required"))?;
    let seconds = call.body["time_to_live"].as_i64().unwrap_or(LONGEST);
    if !(1..=LONGEST).contains(&seconds) {
        return Err(Problem::invalid("time_to_live must be between 1 and 86400"));
    }
    let now = call.moment.now;
    let app = state.app_mut(app);
    let numbers = app.one_offs.iter().filter_map(|dyno| dyno.name.rsplit('.').next()?.parse::<u32>().ok());
    let kind = call.body["type"].as_str().unwrap_or("run").to_owned();
    let dyno = OneOff {
        id: fresh_id(),
        name: format!("{kind}.{}", numbers.max().unwrap_or_default() + 1),
        kind,
        command: command.to_owned(),
        size: call.body["size"].as_str().unwrap_or("basic").to_ascii_lowercase(),
        version: app.current().map_or(0, |release| release.version),
        started_at: now,
        ends_at: now + Duration::from_secs(seconds.unsigned_abs()),
    };
    let body = one_off(app, &dyno);
    app.one_offs.push(dyno);
    Ok(Response::json(201, &body))
}

fn all(app: &App, call: &Call<'_>) -> Vec<Value> {
    let release = running(app, call);
    let each =
        app.formation.iter().flat_map(|process| (1..=process.quantity).map(move |number| (process, number)));
    let formation = each.map(|(process, number)| {
        let name = format!("{}.{number}", process.kind);
        json!({
            "attach_url": null, "command": process.command, "created_at": stamp(process.changed_at), "id": id_of(&format!("{}{name}", app.id)),
            "name": name, "release": shown(release), "app": app.reference(), "size": catalog::as_served(&process.size),
            "state": "up", "type": process.kind, "updated_at": stamp(process.changed_at),
        })
    });
    formation.chain(app.one_offs.iter().map(|dyno| one_off(app, dyno))).collect()
}

/// The release that the formation runs: dynos take a moment to restart.
fn running<'a>(app: &'a App, call: &Call<'_>) -> Option<&'a Release> {
    let has_settled = |release: &&Release| {
        release.status() == "succeeded" && release.created_at + call.moment.knobs.restart <= call.moment.now
    };
    app.releases.iter().rev().find(has_settled).or(app.releases.first())
}

fn shown(release: Option<&Release>) -> Value {
    json!({ "id": release.map_or("", |release| &release.id), "version": release.map_or(0, |release| release.version) })
}

fn one_off(app: &App, dyno: &OneOff) -> Value {
    let release = app.releases.iter().find(|release| release.version == dyno.version);
    json!({
        "attach_url": null, "command": dyno.command, "created_at": stamp(dyno.started_at), "id": dyno.id, "name": dyno.name,
        "release": shown(release), "app": app.reference(), "size": catalog::as_served(&dyno.size), "state": "up",
        "type": dyno.kind, "updated_at": stamp(dyno.started_at),
    })
}

fn unknown() -> Problem {
    Problem::not_found("dyno", "Couldn't find that dyno.")
}
