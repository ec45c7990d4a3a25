//! The embedded cloud's state as what a user would call the same: ids, times and drawn values aside. Every
//! duplicate and every orphan is a difference.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use trueup::sandbox::{Call, ROOT_SECRET};

use crate::scene::CANARIES;
use crate::support::Ran;

/// Vars whose values are drawn at random, and must never change once they are live.
pub const GENERATED: [&str; 4] = ["SECRET_KEY_BASE", "LOCKBOX_KEY", "INSTALLATION_ID", "ANOTHER_KEY"];

/// The tag of a user that tells which key was set inactive, and when.
const INACTIVE: &str = "trueup:inactive-key";

/// What there is, by name; several things of one name are numbered.
pub fn of(state: &Value) -> Value {
    let mut facts = Facts::default();
    let heroku = &state["heroku"];
    for app in members(&heroku["apps"]) {
        facts.add(format!("app {}", text(&app["name"])), app_facts(app, state));
    }
    for build in members(&heroku["builds"]) {
        let name = format!("build of {}", app_name(heroku, &build["app"]));
        facts.add(name, build["source"]["version"].clone());
    }
    for addon in members(&heroku["addons"]) {
        let name = addon_name(heroku, &text(&addon["id"]));
        let rotated: BTreeMap<&String, &Value> = addon["rotations"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(credential, rotation)| (credential, &rotation["count"]))
            .collect();
        let holds = addon["contents"].as_str().map(str::len);
        facts.add(
            format!("addon {name}"),
            json!({
                "plan": addon["plan"], "forked": !addon["forked_from"].is_null(), "holds": holds,
                "passwords replaced": rotated,
            }),
        );
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
    for domain in members(&heroku["domains"]) {
        let name = format!("domain {} of {}", text(&domain["hostname"]), app_name(heroku, &domain["app"]));
        facts.add(name, json!(domain["becomes"]));
    }
    for pipeline in members(&heroku["pipelines"]) {
        facts.add(format!("pipeline {}", text(&pipeline["name"])), pipeline["owner"].clone());
    }
    for coupling in members(&heroku["couplings"]) {
        let pipeline = &heroku["pipelines"][text(&coupling["pipeline"])]["name"];
        let name = format!("stage of {} in {}", app_name(heroku, &coupling["app"]), text(pipeline));
        facts.add(name, coupling["stage"].clone());
    }
    for account in members(&state["aws"]["accounts"]) {
        for user in members(&account["users"]) {
            facts.add(format!("user {}", text(&user["name"])), user_facts(user));
        }
        facts.add("managed policies".to_owned(), account["policies"].clone());
    }
    for bucket in members(&state["aws"]["buckets"]) {
        facts.add(format!("bucket {}", text(&bucket["name"])), bucket_facts(bucket));
    }
    json!(facts.0)
}

/// What differs, a line a value.
pub fn differences(wanted: &Value, found: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    compare("", wanted, found, &mut lines);
    lines
}

fn compare(path: &str, wanted: &Value, found: &Value, lines: &mut Vec<String>) {
    match (wanted, found) {
        (Value::Object(one), Value::Object(other)) => {
            let names: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
            for name in names {
                compare(&format!("{path} › {name}"), &wanted[name], &found[name], lines);
            }
        }
        _ if wanted == found => {}
        _ => lines.push(format!(" {path}\n    wanted {wanted}\n    found  {found}")),
    }
}

/// The releases of the app, by what they say.
pub fn releases(state: &Value) -> Vec<String> {
    let apps = members(&state["heroku"]["apps"]);
    let ours = apps.filter(|app| text(&app["name"]).starts_with("ledger-"));
    ours.flat_map(|app| app["releases"].as_array().cloned().unwrap_or_default())
        .map(|release| text(&release["description"]))
        .collect()
}

/// All that is live of an app's environment, as it is stored: the app with what is on it, and the buckets and users that
/// bear its name.
pub fn stored(state: &Value, app: &str) -> Value {
    let (heroku, aws) = (&state["heroku"], &state["aws"]);
    let its = members(&heroku["apps"]).find(|one| one["name"] == app).cloned().unwrap_or_default();
    let of_app = |kind: &str| members(&heroku[kind]).filter(|one| one["app"] == its["id"]).cloned().collect();
    let mut stored: BTreeMap<String, Vec<Value>> =
        ["addons", "attachments", "builds", "domains", "couplings"]
            .into_iter()
            .map(|kind| (kind.to_owned(), of_app(kind)))
            .collect();
    let addons = stored["addons"].iter().map(|addon| text(&addon["id"]));
    let schedules = addons.map(|id| heroku["schedules"][id].clone()).collect();
    let is_its = |one: &&Value| text(&one["name"]).starts_with(app);
    let users = members(&aws["accounts"]).flat_map(|account| members(&account["users"]));
    stored.extend([
        ("schedules".to_owned(), schedules),
        ("users".to_owned(), users.filter(is_its).cloned().collect()),
        ("buckets".to_owned(), members(&aws["buckets"]).filter(is_its).cloned().collect()),
        ("app".to_owned(), vec![its]),
    ]);
    json!(stored)
}

/// Whether a call names an app of that name, by it or by an id, or what is on it.
pub fn names(call: &Call, stored: &Value, app: &str) -> bool {
    let known = ["app", "addons", "attachments"].into_iter().flat_map(|kind| {
        let things = stored[kind].as_array().into_iter().flatten();
        things.flat_map(|thing| [text(&thing["id"]), text(&thing["name"])])
    });
    // Names of attachments are those of every app: `DATABASE`.
    let known = known.filter(|name| name.contains('-')).chain([app.to_owned()]);
    known.into_iter().any(|name| format!("{call:?}").contains(&name))
}

/// The drawn values that are live, each by its var and its app, which may be renamed meanwhile.
pub fn generated(state: &Value) -> BTreeMap<String, Value> {
    let drawn = config(state).filter(|(_, name, _)| GENERATED.contains(&name.as_str()));
    drawn.map(|(app, name, value)| (format!("{name} of {app}"), value)).collect()
}

/// The config vars of all apps, each after its app's id.
fn config(state: &Value) -> impl Iterator<Item = (String, String, Value)> {
    members(&state["heroku"]["apps"]).flat_map(|app| {
        let vars = app["config"].as_object().cloned().unwrap_or_default();
        vars.into_iter().map(|(name, value)| (text(&app["id"]), name, value))
    })
}

/// What a scenario found that must not be.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Things that are there besides those of a run without faults.
    pub duplicates: usize,
    /// Access keys that no config var names, but one that was set inactive.
    pub orphans: usize,
    /// Releases beyond those of a run without faults.
    pub releases: usize,
    /// What was said and is secret, each by what it is.
    pub leaks: Vec<String>,
}

impl Found {
    /// Looks for everything secret in what a run said.
    pub fn listen(&mut self, ran: &Ran, states: &[&Value]) {
        let said = |secret: &str| ran.stdout.contains(secret) || ran.stderr.contains(secret);
        let leaks = secrets(states).into_iter().filter(|(_, secret)| !secret.is_empty() && said(secret));
        self.leaks.extend(leaks.map(|(what, _)| what));
    }

    /// Counts what there is too much of.
    pub fn count(&mut self, wanted: &Value, state: &Value) {
        let (usual, facts) = (of(wanted), of(state));
        let names = facts.as_object().into_iter().flat_map(serde_json::Map::keys);
        self.duplicates = names.filter(|name| usual.get(name).is_none()).count();
        self.releases = releases(state).len().saturating_sub(releases(wanted).len());
        let vars: Vec<String> = config(state).map(|(.., value)| text(&value)).collect();
        self.orphans = active_keys(state).iter().filter(|id| !vars.contains(id)).count();
    }
}

/// Everything that no output may hold, each with what it is.
fn secrets(states: &[&Value]) -> Vec<(String, String)> {
    let mut secrets = vec![
        ("the Heroku token".to_owned(), "owner-token".to_owned()),
        ("the operator's AWS secret".to_owned(), ROOT_SECRET.to_owned()),
    ];
    secrets.extend(CANARIES.map(|canary| (canary.to_owned(), canary.to_owned())));
    for state in states {
        secrets.extend(generated(state).into_iter().map(|(name, value)| (name, text(&value))));
        secrets.extend(keys(state).into_iter().map(|(id, secret)| (format!("the secret of {id}"), secret)));
        let transfers = members(&state["heroku"]["transfers"]);
        let links = transfers.flat_map(|one| one["links"].as_array().cloned().unwrap_or_default());
        secrets.extend(links.map(|link| ("the address of a backup".to_owned(), text(&link[0]))));
        let urls = members(&state["heroku"]["addons"]).map(|addon| text(&addon["value"]));
        secrets.extend(urls.map(|url| ("an add-on's URL".to_owned(), url)));
    }
    secrets
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
    let formation: BTreeMap<String, Value> = app["formation"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|process| (text(&process["kind"]), without(process, &["id", "changed_at"])))
        .collect();
    let drains = app["drains"].as_array().into_iter().flatten().map(|drain| text(&drain["url"]));
    let mut drains: Vec<String> = drains.collect();
    drains.sort();
    json!({
        "acm": app["acm"], "collaborators": app["collaborators"], "drains": drains, "team": app["team"], "region": app["region"], "build_stack": app["build_stack"],
        "maintenance": app["maintenance"], "buildpacks": app["buildpacks"], "features": app["features"],
        "formation": formation, "config": config.collect::<BTreeMap<_, _>>(),
    })
}

fn user_facts(user: &Value) -> Value {
    let keys: Vec<&Value> = user["keys"].as_array().into_iter().flatten().collect();
    let mut facts = without(user, &["id", "created", "keys"]);
    if let Some(tag) = facts["tags"].get_mut(INACTIVE) {
        *tag = json!(keys.iter().any(|key| is_set_inactive(user, key)));
    }
    let keys: Vec<&Value> = keys.into_iter().map(|key| &key["active"]).collect();
    facts["keys"] = json!(keys);
    facts
}

/// What the spec says nothing about in the encryption is AWS's own choice: a bucket that was just made has more of
/// it written out than one whose encryption was set, with the same meaning for all that the spec can say.
fn bucket_facts(bucket: &Value) -> Value {
    let mut facts = without(bucket, &["created"]);
    let rules = facts["documents"]["encryption"]["children"].as_array_mut();
    for rule in rules.into_iter().flatten() {
        let parts = rule["children"].as_array_mut();
        let _ = parts.map(|parts| parts.retain(|part| part["name"] == "ApplyServerSideEncryptionByDefault"));
    }
    // An object is its newest version, whenever that was written; a copy whose answer was lost is made once more.
    for versions in facts["objects"].as_object_mut().into_iter().flat_map(serde_json::Map::values_mut) {
        let newest = versions.as_array().and_then(|versions| versions.last());
        *versions = newest.map(|newest| without(newest, &["id", "modified"])).unwrap_or_default();
    }
    facts
}

/// The id and secret of every access key.
fn keys(state: &Value) -> Vec<(String, String)> {
    let users = members(&state["aws"]["accounts"]).flat_map(|account| members(&account["users"]));
    let keys = users.flat_map(|user| user["keys"].as_array().cloned().unwrap_or_default());
    keys.map(|key| (text(&key["id"]), text(&key["secret"]))).collect()
}

/// Whether the user's tag tells since when a key is inactive.
fn is_set_inactive(user: &Value, key: &Value) -> bool {
    key["active"] == json!(false) && text(&user["tags"][INACTIVE]).starts_with(&text(&key["id"]))
}

/// The keys that somebody could use.
fn active_keys(state: &Value) -> Vec<String> {
    let users = members(&state["aws"]["accounts"]).flat_map(|account| members(&account["users"]));
    let keys = users.flat_map(|user| {
        let keys = user["keys"].as_array().into_iter().flatten();
        keys.filter(|key| !is_set_inactive(user, key)).map(|key| text(&key["id"])).collect::<Vec<_>>()
    });
    keys.collect()
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
