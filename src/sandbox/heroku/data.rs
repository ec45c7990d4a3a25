//! The data API of Heroku Postgres (heroku-api.md section 8): undocumented, so no more of it than is used.

use serde_json::{Value, json};

use super::postgres::{self, Facts, Real};
use super::problem::{Answered, Problem};
use super::rotations::Rotation;
use super::state::{Addon, HerokuState, fresh_id, stamp};
use super::{Call, Line, addons, rotations, transfers};
use crate::sandbox::http::{Method, Response};

pub(super) fn route(state: &mut HerokuState, call: &Call<'_>, parts: &[&str]) -> Answered {
    match (&call.request.method, parts) {
        (method, ["client", "v11", "apps", app, "transfers", rest @ ..]) => {
            transfers::of_app(state, call, app, (method, rest))
        }
        (method, ["client", "v11", "databases", id, rest @ ..]) => {
            let database = addons::find(state, call, None, id)?.clone();
            if database.service() != "heroku-postgresql" || !database.is_provisioned(call.moment.now) {
                return Err(Problem::new(
                    404,
                    "not_found",
                    "Couldn't find that database: it is not yet provisioned.",
                ));
            }
            of_database(state, call, &database, (method, rest))
        }
        (method, ["postgres", "v0", "databases", id, "credentials"]) => {
            let database = addons::find(state, call, None, id)?.clone();
            credentials(state, call, &database, method)
        }
        (&Method::POST, ["postgres", "v0", "databases", id, "credentials", name, "credentials_rotation"]) => {
            let database = addons::find(state, call, None, id)?.clone();
            rotations::start(state, call, &database, name)
        }
        (&Method::GET, ["postgres", "v0", "databases", id, "credentials", name]) => {
            credential(addons::find(state, call, None, id)?, name)
        }
        _ => Err(Problem::no_route()),
    }
}

fn of_database(state: &mut HerokuState, call: &Call<'_>, database: &Addon, line: Line<'_>) -> Answered {
    match line {
        (&Method::GET, []) => Ok(Response::json(200, &info(state, call, database))),
        (&Method::GET, ["wait_status"]) => {
            let is_waiting = call.moment.now < database.usable_at;
            let message = if is_waiting { "preparing" } else { "available" };
            Ok(Response::json(200, &json!({ "message": message, "waiting?": is_waiting, "error?": false })))
        }
        (&Method::GET, ["transfer-schedules"]) => Ok(Response::json(
            200,
            &Value::from(state.schedules.get(&database.id).cloned().unwrap_or_default()),
        )),
        (&Method::POST, ["backups"]) => transfers::capture(state, call, database),
        (&Method::POST, ["restores"]) => transfers::restore(state, call, database),
        (&Method::POST, ["transfers"]) => transfers::copy(state, call, database),
        (&Method::POST, ["transfer-schedules"]) => schedule(state, call, database),
        (&Method::DELETE, ["transfer-schedules", id]) => {
            let schedules = state.schedules.entry(database.id.clone()).or_default();
            let before = schedules.len();
            schedules.retain(|schedule| schedule["uuid"] != json!(id));
            if schedules.len() == before {
                return Err(Problem::new(404, "not_found", "Couldn't find that schedule."));
            }
            Ok(Response::json(200, &json!({})))
        }
        _ => Err(Problem::no_route()),
    }
}

/// The default credential, and those that were made; databases on shared servers have no others.
fn credentials(state: &mut HerokuState, call: &Call<'_>, database: &Addon, method: &Method) -> Answered {
    let refused = |message: &str| Err(Problem::new(422, "unprocessable_entity", message));
    if !database.is_dedicated_database() || !database.is_provisioned(call.moment.now) {
        return refused("This database has no credentials of its own.");
    }
    match *method {
        Method::GET => {
            let names = std::iter::once("default").chain(database.credentials.iter().map(String::as_str));
            Ok(Response::json(
                200,
                &names.map(|name| credential_body(database, name)).collect::<Vec<_>>().into(),
            ))
        }
        Method::POST => {
            let name = call.body["name"].as_str().unwrap_or_default().to_owned();
            let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
            if name.len() > 50 || !name.chars().all(allowed) {
                return refused("The name has up to 50 letters, digits, dashes and underscores.");
            }
            if name.is_empty() || name == "default" || database.credentials.contains(&name) {
                return refused("The name is taken or empty.");
            }
            let word = rotations::fresh_word();
            if let Some(real) = Real::of(call.moment.knobs, database) {
                let made = real.add_role(&postgres::role_of(&database.id, &name), &word);
                made.map_err(|words| Problem::new(422, "unprocessable_entity", words))?;
            }
            if let Some(database) = state.addons.get_mut(&database.id) {
                database.rotations.insert(name.clone(), Rotation::of_new(word, call.moment.now));
                database.credentials.push(name);
            }
            Ok(Response::json(201, &json!({ "message": "created" })))
        }
        _ => Err(Problem::no_route()),
    }
}

fn credential(database: &Addon, name: &str) -> Answered {
    if name != "default" && !database.credentials.iter().any(|one| one == name) {
        return Err(Problem::new(404, "not_found", "Couldn't find that credential."));
    }
    Ok(Response::json(200, &credential_body(database, name)))
}

fn credential_body(database: &Addon, name: &str) -> Value {
    let state = if rotations::is_rotating(database, name) { "rotating" } else { "active" };
    json!({ "uuid": fresh_id(), "name": name, "state": state, "credentials": [] })
}

/// One schedule a name: another one of the same name takes its place.
fn schedule(state: &mut HerokuState, call: &Call<'_>, database: &Addon) -> Answered {
    let hour = &call.body["hour"];
    let hour = hour
        .as_str()
        .and_then(|hour| hour.parse::<u64>().ok())
        .or_else(|| hour.as_u64())
        .filter(|hour| *hour < 24);
    let hour =
        hour.ok_or_else(|| Problem::new(422, "unprocessable_entity", "hour must be between 0 and 23"))?;
    let zone = call.body["timezone"].as_str().unwrap_or("UTC");
    let name = call.body["schedule_name"].as_str().unwrap_or("DATABASE_URL");
    let schedule = json!({ "uuid": fresh_id(), "name": name, "hour": hour, "timezone": zone });
    let schedules = state.schedules.entry(database.id.clone()).or_default();
    schedules.retain(|one| one["name"] != json!(name));
    schedules.push(schedule.clone());
    Ok(Response::json(201, &schedule))
}

fn info(state: &HerokuState, call: &Call<'_>, database: &Addon) -> Value {
    let copies = match database {
        shared if !shared.is_dedicated_database() => "Unsupported",
        follower if follower.following.is_some() => "Unavailable on followers",
        young if call.moment.now < young.copyable_at => "Temporarily Unavailable",
        _ => "Available",
    };
    let name_of = |id: &Option<String>| {
        let addon = id.as_ref().and_then(|id| state.addons.get(id));
        addon.map(|addon| addon.name.as_str())
    };
    let is_waiting = call.moment.now < database.usable_at;
    let tier = database.plan.split(':').nth(1).unwrap_or_default();
    let status = if is_waiting { "Preparing" } else { "Available" };
    let holds = database.contents.as_ref().is_some_and(|contents| !contents.is_empty());
    let facts = Real::of(call.moment.knobs, database).and_then(|real| real.facts());
    let facts =
        facts.unwrap_or(Facts { version: "17.6".to_owned(), bytes: 9_000_000, tables: u64::from(holds) });
    let line = |name: &str, value: &str| json!({ "name": name, "values": [value] });
    let mut info = vec![
        line("Plan", tier),
        line("Status", status),
        line("Data Size", &format!("{}.{:02} MB", facts.bytes / 1_000_000, facts.bytes / 10_000 % 100)),
        line("Tables", &facts.tables.to_string()),
        line("PG Version", &facts.version),
        line("Connections", "0/120"),
        line("Fork/Follow", copies),
        line("Continuous Protection", "On"),
        line("Maintenance", "not required"),
    ];
    for (name, from) in [("Forked From", &database.forked_from), ("Following", &database.following)] {
        info.extend(name_of(from).map(|from| line(name, from)));
    }
    json!({
        "addon_id": database.id, "name": database.name, "plan": tier, "created_at": stamp(database.created_at), "postgres_version": facts.version,
        "num_bytes": facts.bytes, "num_tables": facts.tables, "num_connections": 0, "num_connections_waiting": 0, "credentials": 1 + database.credentials.len(),
        "following": name_of(&database.following), "forked_from": name_of(&database.forked_from), "leader": null, "hot_standby?": false, "standalone?": true, "waiting?": is_waiting, "is_in_recovery?": false,
        "formation": { "id": database.id, "primary": database.name },
        "info": info,
    })
}
