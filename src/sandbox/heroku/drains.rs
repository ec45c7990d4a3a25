//! Log drains (heroku-api.md section 7). Those of add-ons do not exist here unless the state says so.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::page::paged;
use super::problem::{Answered, Problem};
use super::state::{App, HerokuState, fresh_id, id_of, stamp};
use super::{Call, Line};
use crate::sandbox::http::{Method, Response};

/// Where an app's log lines go besides.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Drain {
    id: String,
    url: String,
    /// The add-on that added it.
    #[serde(default)]
    addon: Option<String>,
    created_at: OffsetDateTime,
}

/// Drains an app may have.
const MOST: usize = 5;
/// How a drain's URL may begin.
const SCHEMES: [&str; 4] = ["syslog://", "syslog+tls://", "http://", "https://"];

pub(super) fn route(state: &mut HerokuState, call: &Call<'_>, app: &str, line: Line<'_>) -> Answered {
    let owner = state.app(app);
    let drains = &owner.drains;
    let find = |which: &str| {
        let is_it = |drain: &&Drain| drain.id == which || drain.url == which || token(drain) == which;
        let found = drains.iter().find(is_it).cloned();
        found.ok_or_else(|| Problem::not_found("drain", "Couldn't find that log drain."))
    };
    match line {
        (&Method::GET, []) => {
            paged(call, &drains.iter().map(|drain| body(owner, drain)).collect::<Vec<_>>(), "id")
        }
        (&Method::GET, [which]) => Ok(Response::json(200, &body(owner, &find(which)?))),
        (&Method::POST, []) => add(state, call, app),
        (&Method::DELETE, [which]) => {
            let gone = find(which)?;
            if gone.addon.is_some() {
                return Err(Problem::forbidden());
            }
            let response = Response::json(200, &body(owner, &gone));
            state.app_mut(app).drains.retain(|drain| drain.id != gone.id);
            Ok(response)
        }
        _ => Err(Problem::no_route()),
    }
}

fn add(state: &mut HerokuState, call: &Call<'_>, app: &str) -> Answered {
    let url = call.body["url"].as_str().ok_or_else(|| Problem::invalid("url is required"))?;
    if !SCHEMES.iter().any(|scheme| url.len() > scheme.len() && url.starts_with(scheme)) {
        return Err(Problem::invalid("Url is not a valid drain URL."));
    }
    let drains = &state.app(app).drains;
    if drains.iter().any(|drain| drain.url == url) {
        return Err(Problem::invalid(format!("Url {url} has already been taken")));
    }
    if drains.len() >= MOST {
        return Err(Problem::invalid(format!("You can't have more than {MOST} log drains on an app.")));
    }
    let drain = Drain { id: fresh_id(), url: url.to_owned(), addon: None, created_at: call.moment.now };
    let response = Response::json(201, &body(state.app(app), &drain));
    state.app_mut(app).drains.push(drain);
    Ok(response)
}

fn token(drain: &Drain) -> String {
    format!("d.{}", id_of(&drain.id))
}

fn body(app: &App, drain: &Drain) -> Value {
    let addon = drain.addon.as_ref().map(|name| json!({ "id": id_of(name), "name": name }));
    json!({
        "addon": addon, "app": app.reference(), "created_at": stamp(drain.created_at), "id": drain.id, "token": token(drain),
        "updated_at": stamp(drain.created_at), "url": drain.url,
    })
}
