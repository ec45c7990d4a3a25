//! Config vars (heroku-api.md section 4).

use serde_json::{Map, Value};

use super::Call;
use super::problem::{Answered, Problem};
use super::state::HerokuState;
use crate::sandbox::http::{Method, Response};

/// All keys and values of an app together.
const LARGEST: usize = 64 * 1024;

pub(super) fn route(state: &mut HerokuState, call: &Call<'_>, app: &str, method: &Method) -> Answered {
    match *method {
        Method::GET => Ok(Response::json(200, &all(state, call, app))),
        Method::PATCH => patch(state, call, app),
        _ => Err(Problem::no_route()),
    }
}

fn all(state: &HerokuState, call: &Call<'_>, app: &str) -> Value {
    let own = state.app(app).config.clone();
    let vars: Map<String, Value> = own
        .into_iter()
        .chain(state.owned_values(app, call.moment.now))
        .map(|(name, value)| (name, Value::from(value)))
        .collect();
    Value::Object(vars)
}

/// One release for all keys; none when nothing changes; all or nothing when an owned var is among them.
fn patch(state: &mut HerokuState, call: &Call<'_>, app: &str) -> Answered {
    let changes = call
        .body
        .as_object()
        .ok_or_else(|| Problem::new(400, "bad_request", "The request body must be an object."))?;
    let is_word =
        |name: &String| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if let Some(name) = changes.keys().find(|name| !is_word(name)) {
        return Err(Problem::invalid(format!("Config var key {name} is invalid.")));
    }
    if let Some((name, _)) = changes.iter().find(|(_, value)| !value.is_string() && !value.is_null()) {
        return Err(Problem::invalid(format!("The value of config var {name} must be a string or null.")));
    }
    let owned = state.owned_vars(app, call.moment.now);
    let refused: Vec<&str> =
        changes.keys().filter(|name| owned.contains(*name)).map(String::as_str).collect();
    if !refused.is_empty() {
        return Err(Problem::invalid(format!("Cannot overwrite attachment values {}.", refused.join(", "))));
    }
    let mut config = state.app(app).config.clone();
    let (mut set, mut removed) = (Vec::new(), Vec::new());
    for (name, value) in changes {
        match value.as_str() {
            Some(text) if config.get(name).map(String::as_str) != Some(text) => {
                config.insert(name.clone(), text.to_owned());
                set.push(name.as_str());
            }
            None if config.remove(name).is_some() => removed.push(name.as_str()),
            _ => {}
        }
    }
    let size: usize = config.iter().map(|(name, value)| name.len() + value.len()).sum();
    if size > LARGEST {
        return Err(Problem::invalid("The total size of config vars cannot exceed 64 kB."));
    }
    state.app_mut(app).config = config;
    if let Some(description) = describe(&set, &removed) {
        state.release(app, description, call.moment.now);
    }
    Ok(Response::json(200, &all(state, call, app)))
}

fn describe(set: &[&str], removed: &[&str]) -> Option<String> {
    match (set, removed) {
        ([], []) => None,
        (set, []) => Some(format!("Set {} config vars", set.join(", "))),
        ([], removed) => Some(format!("Remove {} config vars", removed.join(", "))),
        (set, removed) => Some(format!("Set {}, remove {} config vars", set.join(", "), removed.join(", "))),
    }
}
