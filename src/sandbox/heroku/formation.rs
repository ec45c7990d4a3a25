//! Formation: process types of the current release, their quantity and size (heroku-api.md section 5).

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::page::paged;
use super::problem::{Answered, Problem};
use super::state::{App, HerokuState, Process, id_of, stamp};
use super::{Call, Line, catalog};
use crate::sandbox::http::{Method, Response};

pub(super) fn route(state: &mut HerokuState, call: &Call<'_>, app: &str, line: Line<'_>) -> Answered {
    match line {
        (&Method::GET, []) => paged(call, &all(state.app(app)), "type"),
        (&Method::GET, [kind]) => Ok(Response::json(200, &body(state.app(app), find(state.app(app), kind)?))),
        (&Method::PATCH, []) => {
            let updates = call.body["updates"].as_array().cloned();
            let updates = updates.ok_or_else(|| Problem::invalid("updates must be an array"))?;
            change(state, call, app, &updates)?;
            Ok(Response::json(200, &Value::from(all(state.app(app)))))
        }
        (&Method::PATCH, [kind]) => {
            let mut update = call.body.clone();
            update["type"] = json!(kind);
            change(state, call, app, &[update])?;
            Ok(Response::json(200, &body(state.app(app), find(state.app(app), kind)?)))
        }
        _ => Err(Problem::no_route()),
    }
}

fn find<'a>(app: &'a App, kind: &str) -> Result<&'a Process, Problem> {
    let found = app.formation.iter().find(|process| process.kind == kind);
    found.ok_or_else(|| Problem::not_found("formation", format!("Couldn't find that process type ({kind}).")))
}

/// All updates or none.
fn change(state: &mut HerokuState, call: &Call<'_>, app: &str, updates: &[Value]) -> Result<(), Problem> {
    let mut formation = state.app(app).formation.clone();
    for update in updates {
        let kind = update["type"].as_str().unwrap_or_default();
        let process = formation.iter_mut().find(|process| process.kind == kind);
        let process = process.ok_or_else(|| {
            Problem::not_found("formation", format!("Couldn't find that process type ({kind})."))
        })?;
        process.quantity = quantity(&update["quantity"], process.quantity)?;
        if let Some(size) = size(update) {
            process.size = catalog::check_size(size)?;
        }
        process.changed_at = call.moment.now;
    }
    check_mix(&formation)?;
    state.app_mut(app).formation = formation;
    Ok(())
}

fn size(update: &Value) -> Option<&str> {
    let size = &update["dyno_size"];
    size["name"].as_str().or_else(|| size.as_str()).or_else(|| update["size"].as_str())
}

/// A number, a number as text, or a step such as `+1`.
fn quantity(value: &Value, current: u32) -> Result<u32, Problem> {
    let refused = || Problem::invalid("Quantity must be an integer.");
    if value.is_null() {
        return Ok(current);
    }
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let number: i64 = text.parse().map_err(|_| refused())?;
    // A step is text; the number -1 is none.
    let is_step = value.is_string() && text.starts_with(['+', '-']);
    if number < 0 && !is_step {
        return Err(refused());
    }
    let wanted = if is_step { i64::from(current) + number } else { number };
    u32::try_from(wanted.max(0)).ok().filter(|wanted| *wanted <= 100).ok_or_else(refused)
}

/// Eco only with eco and basic only with basic, each with one dyno a type; the rest may mix.
fn check_mix(formation: &[Process]) -> Result<(), Problem> {
    let tier = |process: &Process| match process.size.as_str() {
        "eco" => 0,
        "basic" => 1,
        _ => 2,
    };
    let running: Vec<&Process> = formation.iter().filter(|process| process.quantity > 0).collect();
    for process in &running {
        if tier(process) < 2 && process.quantity > 1 {
            let size = catalog::as_served(&process.size);
            return Err(Problem::invalid(format!(
                "Cannot update to more than 1 {size} dynos per process type."
            )));
        }
        if let Some(other) = running.iter().find(|other| tier(other) != tier(process)) {
            return Err(Problem::invalid(format!(
                "Cannot use the following dyno types in the same app: {} and {}",
                catalog::as_served(&process.size),
                catalog::as_served(&other.size)
            )));
        }
    }
    Ok(())
}

/// What a release with these process types makes of the formation: `web` starts at 1, all others at 0.
pub(super) fn after_release(app: &App, types: &[(String, String)], now: OffsetDateTime) -> Vec<Process> {
    let usual = app.formation.first().map_or("basic", |process| process.size.as_str());
    let process = |(kind, command): &(String, String)| {
        let known = app.formation.iter().find(|process| process.kind == *kind).cloned();
        let known = known.unwrap_or_else(|| Process {
            id: id_of(&format!("{}/{kind}", app.id)),
            kind: kind.clone(),
            command: String::new(),
            quantity: u32::from(kind == "web"),
            size: usual.to_owned(),
            changed_at: now,
        });
        Process { command: command.clone(), ..known }
    };
    types.iter().map(process).collect()
}

fn all(app: &App) -> Vec<Value> {
    app.formation.iter().map(|process| body(app, process)).collect()
}

fn body(app: &App, process: &Process) -> Value {
    let size = catalog::as_served(&process.size);
    json!({
        "app": { "name": app.name, "id": app.id }, "command": process.command, "created_at": stamp(app.created_at),
        "dyno_size": { "id": id_of(&process.size), "name": size }, "id": process.id, "quantity": process.quantity, "size": size,
        "type": process.kind, "updated_at": stamp(process.changed_at),
    })
}
