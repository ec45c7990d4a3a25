//! Buildpack installations: an ordered list, replaced as a whole (heroku-api.md section 6).

use serde_json::{Value, json};

use super::Call;
use super::problem::{Answered, Problem};
use super::state::HerokuState;
use crate::sandbox::http::{Method, Response};

pub(super) fn route(state: &mut HerokuState, call: &Call<'_>, app: &str, method: &Method) -> Answered {
    if *method == Method::PUT {
        let updates =
            call.body["updates"].as_array().ok_or_else(|| Problem::invalid("updates must be an array"))?;
        let given = updates.iter().map(|update| update["buildpack"].as_str().unwrap_or_default());
        state.app_mut(app).buildpacks = given.map(check).collect::<Result<_, _>>()?;
    } else if *method != Method::GET {
        return Err(Problem::no_route());
    }
    let installed = state.app(app).buildpacks.iter().enumerate();
    let bodies: Vec<Value> = installed.map(|(ordinal, name)| body(ordinal, name)).collect();
    Ok(Response::json(200, &Value::from(bodies)))
}

/// A registry name, its URN, or a URL. Registry names are kept without the URN's prefix.
fn check(given: &str) -> Result<String, Problem> {
    let name = given.strip_prefix("urn:buildpack:").unwrap_or(given);
    let is_url = name.contains("://") || name.starts_with("git@");
    let is_registered =
        name.split_once('/').is_some_and(|(owner, rest)| !owner.is_empty() && !rest.is_empty());
    if is_url || is_registered {
        Ok(name.to_owned())
    } else {
        Err(Problem::invalid(format!("Buildpack {given} is not valid.")))
    }
}

fn body(ordinal: usize, name: &str) -> Value {
    let url = if name.contains("://") || name.starts_with("git@") {
        name.to_owned()
    } else {
        format!("urn:buildpack:{name}")
    };
    json!({ "ordinal": ordinal, "buildpack": { "name": name, "url": url } })
}
