//! Passwords of databases that are replaced (life-and-ci.md section 4): that takes a while, and ends with another URL in
//! the vars of every app that has the credential, a release by the provider on each, and a restart of its dynos.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;
use time::OffsetDateTime;

use super::Call;
use super::postgres::{self, Real};
use super::problem::{Answered, Problem};
use super::state::{Addon, HerokuState, fresh_id};
use crate::sandbox::http::{Moment, Response};

/// The credential that every database has.
const DEFAULT: &str = "default";

/// What became of the password of a credential.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Rotation {
    /// When the last one is over.
    ends_at: OffsetDateTime,
    is_over: bool,
    /// Whether connections made with the old one end then.
    #[serde(default)]
    resets: bool,
    /// The password of a credential besides the default one.
    pub(super) word: String,
    /// What it is to be.
    #[serde(default)]
    next: String,
}

impl Rotation {
    /// A password that nobody has replaced yet.
    pub(super) fn of_new(word: String, now: OffsetDateTime) -> Self {
        Self { ends_at: now, is_over: true, resets: false, word, next: String::new() }
    }
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
    let rotation = Rotation {
        ends_at: call.moment.now + call.moment.knobs.rotation,
        is_over: false,
        resets: name == DEFAULT || call.body["forced"] == true,
        word: database.rotations.get(name).map(|rotation| rotation.word.clone()).unwrap_or_default(),
        next: fresh_word(),
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
        let is_due = |rotation: &&Rotation| !rotation.is_over && rotation.ends_at <= moment.now;
        let due: Vec<(String, Rotation)> = addon
            .rotations
            .iter()
            .filter(|(_, one)| is_due(one))
            .map(|(name, one)| (name.clone(), one.clone()))
            .collect();
        for (name, rotation) in due {
            let role = (name != DEFAULT).then(|| postgres::role_of(&addon.id, &name));
            // One that the server does not replace now is tried again with the next call.
            let is_replaced = Real::of(moment.knobs, addon).is_none_or(|real| {
                real.set_password(role.as_deref(), &rotation.next, rotation.resets).is_ok()
            });
            if !is_replaced {
                continue;
            }
            if name == DEFAULT {
                addon.value = with_password(&addon.value, &rotation.next);
            }
            over.push((addon.id.clone(), name.clone(), rotation.ends_at));
            addon.rotations.insert(name, Rotation { is_over: true, word: rotation.next.clone(), ..rotation });
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

/// A new password.
pub(super) fn fresh_word() -> String {
    format!("p{}", fresh_id().replace('-', ""))
}

/// The same URL with another password.
pub(super) fn with_password(url: &str, word: &str) -> String {
    let Ok(mut url) = url::Url::parse(url) else { return url.to_owned() };
    // It can be refused for URLs without a host alone.
    let _ = url.set_password(Some(word));
    url.to_string()
}
