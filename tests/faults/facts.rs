//! The embedded cloud's state as what a user would call the same: ids, times and drawn values aside. Every
//! duplicate and every orphan is a difference.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// Vars whose values are drawn at random, and must never change once they are live.
pub const GENERATED: [&str; 4] = ["SECRET_KEY_BASE", "LOCKBOX_KEY", "INSTALLATION_ID", "ANOTHER_KEY"];

/// What there is, by name; several things of one name are numbered.
pub fn of(state: &Value) -> BTreeMap<String, Value> {
    let mut facts = Facts::default();
    let heroku = &state["heroku"];
    for app in members(&heroku["apps"]) {
        facts.add(format!("app {}", text(&app["name"])), app_facts(app, state));
    }
    for addon in members(&heroku["addons"]) {
        let name = addon_name(heroku, &text(&addon["id"]));
        facts.add(format!("addon {name}"), json!({ "plan": addon["plan"] }));
    }
    for attachment in members(&heroku["attachments"]) {
        let name =
            format!("attachment {} of {}", text(&attachment["name"]), app_name(heroku, &attachment["app"]));
        facts.add(name, json!(addon_name(heroku, &text(&attachment["addon"]))));
    }
    for (addon, schedules) in heroku["schedules"].as_object().into_iter().flatten() {
        for schedule in schedules.as_array().into_iter().flatten() {
            let at = json!([schedule["name"], schedule["hour"], schedule["timezone"]]);
            facts.add(format!("backups of {}", addon_name(heroku, addon)), at);
        }
    }
    for account in members(&state["aws"]["accounts"]) {
        for user in members(&account["users"]) {
            facts.add(format!("user {}", text(&user["name"])), user_facts(user));
        }
        facts.add("managed policies".to_owned(), account["policies"].clone());
    }
    for bucket in members(&state["aws"]["buckets"]) {
        facts.add(format!("bucket {}", text(&bucket["name"])), without(bucket, &["created"]));
    }
    facts.0
}

/// The releases of the app, by what they say.
pub fn releases(state: &Value) -> Vec<String> {
    let apps = members(&state["heroku"]["apps"]);
    let ours = apps.filter(|app| app["name"] == "ledger-production");
    ours.flat_map(|app| app["releases"].as_array().cloned().unwrap_or_default())
        .map(|release| text(&release["description"]))
        .collect()
}

/// The drawn values that are live.
pub fn generated(state: &Value) -> BTreeMap<String, Value> {
    let apps = members(&state["heroku"]["apps"]);
    let vars = apps.flat_map(|app| app["config"].as_object().cloned().unwrap_or_default());
    vars.filter(|(name, _)| GENERATED.contains(&name.as_str())).collect()
}

#[derive(Default)]
struct Facts(BTreeMap<String, Value>);

impl Facts {
    fn add(&mut self, name: String, fact: Value) {
        let count = self.0.keys().filter(|other| other.split(" (").next() == Some(&name)).count();
        let name = if count == 0 { name } else { format!("{name} ({})", count + 1) };
        self.0.insert(name, fact);
    }
}

fn app_facts(app: &Value, state: &Value) -> Value {
    let keys = keys(state);
    let config = app["config"].as_object().into_iter().flatten().map(|(name, value)| {
        let value = text(value);
        let delivered = keys.iter().find_map(|(id, secret)| match () {
            () if value == *id => Some("the id of a live key"),
            () if value == *secret => Some("the secret of a live key"),
            () => None,
        });
        let shown = match delivered {
            Some(what) => what.to_owned(),
            None if GENERATED.contains(&name.as_str()) => "drawn".to_owned(),
            None if value.contains(text(&app["id"]).get(..8).unwrap_or("?")) => "its address".to_owned(),
            None => value,
        };
        (name.clone(), shown)
    });
    json!({
        "team": app["team"], "region": app["region"], "build_stack": app["build_stack"],
        "maintenance": app["maintenance"], "buildpacks": app["buildpacks"], "features": app["features"],
        "formation": app["formation"], "config": config.collect::<BTreeMap<_, _>>(),
    })
}

fn user_facts(user: &Value) -> Value {
    let keys: Vec<Value> =
        user["keys"].as_array().into_iter().flatten().map(|key| key["active"].clone()).collect();
    let mut facts = without(user, &["id", "created", "keys"]);
    facts["keys"] = json!(keys);
    facts
}

/// The id and secret of every access key.
fn keys(state: &Value) -> Vec<(String, String)> {
    let users = members(&state["aws"]["accounts"]).flat_map(|account| members(&account["users"]));
    let keys = users.flat_map(|user| user["keys"].as_array().cloned().unwrap_or_default());
    keys.map(|key| (text(&key["id"]), text(&key["secret"]))).collect()
}

/// An add-on has a random name: it is known by its service and its app.
fn addon_name(heroku: &Value, id: &str) -> String {
    let addon = &heroku["addons"][id];
    let service = text(&addon["plan"]).split(':').next().unwrap_or_default().to_owned();
    let name = text(&addon["name"]);
    let own = if name.starts_with("shared") { name } else { service };
    format!("{own} of {}", app_name(heroku, &addon["app"]))
}

fn app_name(heroku: &Value, id: &Value) -> String {
    text(&heroku["apps"][text(id)]["name"])
}

fn without(value: &Value, keys: &[&str]) -> Value {
    let mut value = value.clone();
    if let Some(map) = value.as_object_mut() {
        map.retain(|key, _| !keys.contains(&key.as_str()));
    }
    value
}

fn members(map: &Value) -> impl Iterator<Item = &Value> {
    map.as_object().into_iter().flat_map(serde_json::Map::values)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
