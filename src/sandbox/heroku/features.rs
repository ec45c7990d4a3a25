//! App features, which the official program calls labs (heroku-api.md section 2).

use serde_json::{Value, json};

use super::page::paged;
use super::problem::{Answered, Problem};
use super::state::{App, HerokuState, id_of, stamp};
use super::{Call, Line};
use crate::sandbox::http::{Method, Response};

/// What there is, and how far Heroku is with it.
const FEATURES: [(&str, &str); 4] = [
    ("http-end-to-end-continuations", "public"),
    ("http-sticky-sessions", "beta"),
    ("preboot", "public"),
    (METADATA, "public"),
];

/// The one whose switch makes a release (life-and-ci.md section 7).
const METADATA: &str = "runtime-dyno-metadata";

pub(super) fn route(state: &mut HerokuState, call: &Call<'_>, app: &str, line: Line<'_>) -> Answered {
    match line {
        (&Method::GET, []) => {
            let features: Vec<Value> = FEATURES.iter().map(|one| body(state.app(app), *one)).collect();
            paged(call, &features, "id")
        }
        (&Method::GET, [name]) => Ok(Response::json(200, &body(state.app(app), find(name)?))),
        (&Method::PATCH, [name]) => switch(state, call, app, find(name)?),
        _ => Err(Problem::no_route()),
    }
}

/// By name or id.
fn find(name: &str) -> Result<(&'static str, &'static str), Problem> {
    let found = FEATURES.into_iter().find(|(one, _)| *one == name || id_of(one) == name);
    found.ok_or_else(|| Problem::not_found("feature", "Couldn't find that feature."))
}

fn switch(state: &mut HerokuState, call: &Call<'_>, app: &str, feature: (&'static str, &str)) -> Answered {
    let enabled = call.body["enabled"].as_bool();
    let enabled = enabled.ok_or_else(|| Problem::invalid("enabled must be true or false"))?;
    let before = state.app_mut(app).features.insert(feature.0.to_owned(), enabled).unwrap_or_default();
    if feature.0 == METADATA && before != enabled {
        let description = if enabled {
            "Enable runtime-dyno-metadata"
        } else {
            "Remove HEROKU_APP_ID, HEROKU_APP_NAME, HEROKU_RELEASE_CREATED_AT, HEROKU_RELEASE_VERSION config vars"
        };
        state.release(app, description.to_owned(), call.moment.now);
    }
    Ok(Response::json(200, &body(state.app(app), feature)))
}

fn body(app: &App, (name, state): (&str, &str)) -> Value {
    json!({
        "created_at": stamp(app.created_at), "updated_at": stamp(app.created_at), "id": id_of(name), "name": name,
        "description": name, "doc_url": "https://devcenter.heroku.com/categories/labs", "state": state,
        "enabled": app.features.get(name).copied().unwrap_or_default(), "display_name": name,
        "feedback_email": "feedback@heroku.com",
    })
}
