//! Passwords of databases that are replaced (life-and-ci.md section 4): that takes a while, and ends with another URL in
//! the vars of every app that has the credential, a release by the provider on each, and a restart of its dynos.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;
use time::OffsetDateTime;

use super::Call;
use super::problem::{Answered, Problem};
use super::state::{Addon, HerokuState, fresh_id};
use crate::sandbox::http::{Moment, Response};

/// The credential that every database has.
const DEFAULT: &str = "default";

/// What became of the password of a credential.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Rotation {
    /// How often it was replaced.
    count: u32,
    /// When the last one is over.
    ends_at: OffsetDateTime,
    is_over: bool,
    /// What a credential of its own has in its URL since.
    pub(super) word: String,
}

/// Begins one.
pub(super) fn start(state: &mut HerokuState, call: &Call<'_>, database: &Addon, name: &str) -> Answered {
    let refused = |message: &str| Err(Problem::new(422, "unprocessable_entity", message));
    if database.service() != "heroku-postgresql" || !database.is_provisioned(call.moment.now) {
        return Err(Problem::new(
            404,
            "not_found",
            "Couldn't find that database: it is not yet provisioned.",
        ));
    }
    if name != DEFAULT && !database.credentials.iter().any(|one| one == name) {
        return Err(Problem::new(404, "not_found", "Couldn't find that credential."));
    }
    let body = call.body.as_object();
    if body.is_none_or(|body| body.iter().any(|(key, value)| key != "forced" || !value.is_boolean())) {
        return refused("Nothing but `forced` can be said of a rotation.");
    }
    if is_rotating(database, name) {
        return refused("The credential is being rotated already.");
    }
    let before = database.rotations.get(name).map_or(0, |rotation| rotation.count);
    let rotation = Rotation {
        count: before + 1,
        ends_at: call.moment.now + call.moment.knobs.rotation,
        is_over: false,
        word: database.rotations.get(name).map(|rotation| rotation.word.clone()).unwrap_or_default(),
    };
    if let Some(database) = state.addons.get_mut(&database.id) {
        database.rotations.insert(name.to_owned(), rotation);
    }
    Ok(Response::json(200, &json!({ "message": format!("Rotating {name}") })))
}

pub(super) fn is_rotating(database: &Addon, name: &str) -> bool {
    database.rotations.get(name).is_some_and(|rotation| !rotation.is_over)
}

/// Ends those whose time has come.
pub(super) fn advance(state: &mut HerokuState, moment: &Moment<'_>) {
    let mut over = Vec::new();
    for addon in state.addons.values_mut() {
        let Addon { id, value, rotations, .. } = addon;
        for (name, rotation) in rotations.iter_mut() {
            if rotation.is_over || rotation.ends_at > moment.now {
                continue;
            }
            (rotation.is_over, rotation.word) = (true, fresh_id().replace('-', ""));
            if name == DEFAULT {
                *value = match moment.knobs.postgres {
                    Some(_) => renamed(value, rotation.count),
                    None => with_password(value, &rotation.word),
                };
            }
            over.push((id.clone(), name.clone(), rotation.ends_at));
        }
    }
    for (addon, name, at) in over {
        for (app, names) in affected(state, &addon, &name) {
            let description = format!("Update {} by heroku-postgresql", names.join(", "));
            state.release(&app, description, at).user =
                Some("heroku-postgresql@addons.heroku.com".to_owned());
        }
    }
}

/// Every app that has the database, or the credential alone, with the names under which it does.
fn affected(state: &HerokuState, addon: &str, name: &str) -> BTreeMap<String, Vec<String>> {
    let part = format!("credential:{name}");
    let has = |namespace: &Option<String>| name == DEFAULT || namespace.as_ref() == Some(&part);
    let mut apps = BTreeMap::<String, Vec<String>>::new();
    for one in state.attachments.values().filter(|one| one.addon == addon && has(&one.namespace)) {
        apps.entry(one.app.clone()).or_default().push(one.name.clone());
    }
    apps
}

/// Another URL of a real server, whose roles are not ours to change: the same, but for what its connections are called.
fn renamed(url: &str, count: u32) -> String {
    let Ok(mut url) = url::Url::parse(url) else { return url.to_owned() };
    url.set_query(Some(&format!("application_name=rotated-{count}")));
    url.to_string()
}

/// The same URL with another password.
fn with_password(url: &str, word: &str) -> String {
    let Ok(mut url) = url::Url::parse(url) else { return url.to_owned() };
    // It can be refused for URLs without a host alone.
    let _ = url.set_password(Some(word));
    url.to_string()
}
