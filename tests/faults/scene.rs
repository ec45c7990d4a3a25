//! Clouds and projects of scenarios, and the states that phases begin with. Each state is made once, and is copied
//! for each scenario.

use std::sync::OnceLock;
use std::time::Duration;

use base64::Engine as _;
use serde_json::{Value, json};
use trueup::sandbox::{Knobs, Sandbox};

use crate::phase::Phase;
use crate::phases::create;
use crate::running::{APPLY, bounded};
use crate::scenario::Target;
use crate::support::{Cloud, Project, quick};

/// The plan of a database that cannot be forked.
pub const ESSENTIAL: &str = "heroku-postgresql:essential-0";
const ABANDONED: &str = "AKIAABANDONED0000000";

/// What the operator keeps in variables, files and a program: never to be seen in any output.
pub const CANARIES: [&str; 8] = [
    "canary-variable-1",
    "canary-variable-2",
    "canary-file-1",
    "canary-file-2",
    "canary-program-1",
    "canary-program-2",
    "canary-drain-1",
    "canary-drain-2",
];

/// A cloud and a project of one scenario.
pub struct Scene {
    pub cloud: Cloud,
    pub project: Project,
}

impl Scene {
    pub fn set(phase: &Phase) -> Self {
        let scene = Self::of(phase.beginning().clone(), &(phase.spec)());
        (phase.prepare)(&scene.project);
        scene
    }

    /// That state, and a project with that spec.
    fn of(state: Value, spec: &str) -> Self {
        let cloud = Cloud::serving(|| Sandbox::start_from(state, knobs()));
        Self { project: project(&cloud, spec), cloud }
    }

    pub fn state(&self) -> Value {
        self.cloud.sandbox().state().expect("the state is in memory")
    }

    /// Whether enough calls of that operation came for the fault to strike.
    pub fn has_struck(&self, target: &Target) -> bool {
        let calls = self.cloud.sandbox().calls();
        calls.iter().filter(|call| call.operation == target.operation).count() > target.skip as usize
    }
}

/// Nothing takes time but a domain and another password: each is still pending when it is looked at first.
fn knobs() -> Knobs {
    let pending = Duration::from_millis(150);
    Knobs { domain: pending, rotation: pending, ..quick() }
}

fn project(cloud: &Cloud, spec: &str) -> Project {
    let project = Project::with(spec).at(cloud.sandbox());
    let [key, second_key, certificate, second_certificate, plaid, second_plaid, drain, second_drain] =
        CANARIES;
    for (name, text) in [
        ("certificate.pem", certificate),
        ("certificate-2.pem", second_certificate),
        ("plaid.txt", plaid),
        ("plaid-2.txt", second_plaid),
    ] {
        project.write(&format!("environments/{name}"), text);
    }
    project
        .set("OPENAI_API_KEY", key)
        .set("OPENAI_API_KEY_2", second_key)
        .set("LOG_DRAIN_URL", &format!("syslog+tls://user:{drain}@logs.example:514"))
        .set("SECOND_DRAIN_URL", &format!("https://logs.example/?token={second_drain}"))
        // A call that hangs must not make the scenario last.
        .set("TRUEUP_TIMEOUT", "1")
}

/// Another app, whose add-ons the environment attaches.
pub fn shared_addons() -> Value {
    let cloud = Cloud::start(quick());
    cloud.heroku("POST", "/apps", Some(json!({ "name": "owner-of-shared" })));
    for name in ["shared-one", "shared-two"] {
        let order = json!({ "plan": "heroku-redis:mini", "name": name });
        cloud.heroku("POST", "/apps/owner-of-shared/addons", Some(order));
    }
    cloud.sandbox().state().expect("the state is in memory")
}

/// The environment, just made.
pub fn made() -> Value {
    let scene = Scene::of(shared_addons(), create::SPEC);
    run(&scene, &APPLY);
    scene.state()
}

/// The environment made and deployed, with config vars changed by hand.
pub fn applied(drift: Value) -> Value {
    static APPLIED: OnceLock<Value> = OnceLock::new();
    let applied = APPLIED.get_or_init(|| {
        let scene = Scene::of(made(), create::SPEC);
        scene.cloud.deploy("ledger-production", json!({ "web": "bin/web", "worker": "bin/worker" }));
        run(&scene, &APPLY);
        scene.state()
    });
    let scene = Scene::of(applied.clone(), create::SPEC);
    scene.cloud.heroku("PATCH", "/apps/ledger-production/config-vars", Some(drift));
    scene.state()
}

/// The same state, in which the access key is due to be replaced and one that nobody uses fills the other slot, and
/// the bucket holds what must not be lost.
pub fn aged(mut state: Value) -> Value {
    let user = user(&mut state);
    user["keys"][0]["created"] = json!("2020-01-01T00:00:00Z");
    user["keys"].as_array_mut().unwrap().push(abandoned(true));
    state["aws"]["buckets"]["ledger-production-uploads"]["objects"]["invoice.pdf"] = json!([{
        "id": "null", "modified": "2020-01-01T00:00:00Z", "deleted": false, "etag": "\"1\"", "headers": {},
        "body": "aW52b2ljZQ=="
    }]);
    state
}

/// The same state, in which the database is on a shared server.
pub fn essential(mut state: Value) -> Value {
    for addon in state["heroku"]["addons"].as_object_mut().into_iter().flat_map(serde_json::Map::values_mut) {
        if addon["plan"] == "heroku-postgresql:standard-0" {
            addon["plan"] = json!(ESSENTIAL);
        }
    }
    state
}

/// The same state, in which the bucket holds two objects, one of them with what goes along with it.
pub fn filled(mut state: Value) -> Value {
    state["aws"]["buckets"]["ledger-production-uploads"]["objects"] = json!({
        "invoice.pdf": [{
            "id": "v1", "modified": "2020-01-01T00:00:00Z", "deleted": false,
            "etag": "\"e5f96ae00443877315fbb64fd3d90005\"", "headers": { "content-type": "application/pdf" },
            "tags": { "kind": "invoice" }, "body": "aW52b2ljZQ=="
        }],
        "logo.png": [{
            "id": "v2", "modified": "2020-01-01T00:00:00Z", "deleted": false,
            "etag": "\"96d6f2e7e1f705ab5e59c84a6dc009b2\"", "headers": {}, "body": "bG9nbw=="
        }]
    });
    state
}

/// The environment with other code than before, and since then with another access key and other config vars.
pub fn replaced() -> Value {
    let scene = Scene::of(applied(json!({ "TAXCLOUD_KEY": "theirs", "OLD_FLAG": "1" })), create::SPEC);
    scene.cloud.deploy(
        "ledger-production",
        json!({ "web": "bin/web", "worker": "bin/worker", "release": "bin/migrate" }),
    );
    scene.cloud.deploy("ledger-production", json!({ "web": "bin/broken", "worker": "bin/worker" }));
    run(&scene, &["rotate", "production", "AWS_ACCESS_KEY_ID", "--grace", "0", "--settle", "0", "--yes"]);
    let vars = json!({ "TAXCLOUD_KEY": "theirs as well", "OLD_FLAG": null, "NEW_FLAG": "1" });
    scene.cloud.heroku("PATCH", "/apps/ledger-production/config-vars", Some(vars));
    scene.state()
}

/// The environment with a backup of its database, which holds something else since.
pub fn overwritten() -> Value {
    let scene = Scene::of(applied(json!({})), create::SPEC);
    run(&scene, &["backup", "production", "--yes"]);
    let addons = scene.cloud.heroku("GET", "/apps/ledger-production/addons", None);
    let is_postgres = |addon: &&Value| addon["addon_service"]["name"] == "heroku-postgresql";
    let database = addons.as_array().unwrap().iter().find(is_postgres).unwrap()["id"].as_str().unwrap();
    let other = json!({ "backup_url": "https://elsewhere.example/dump" });
    scene.cloud.heroku("POST", &format!("/client/v11/databases/{database}/restores"), Some(other));
    assert!(contents(&scene.state()).contains("what is at"));
    scene.state()
}

/// What the databases hold whose contents were ever replaced.
pub fn contents(state: &Value) -> String {
    let addons = state["heroku"]["addons"].as_object().into_iter().flat_map(serde_json::Map::values);
    let contents = addons.filter_map(|addon| addon["contents"].as_str());
    let decode = |text| base64::engine::general_purpose::STANDARD.decode(text).unwrap_or_default();
    contents.map(|text| String::from_utf8_lossy(&decode(text)).into_owned()).collect()
}

fn user(state: &mut Value) -> &mut Value {
    let account = state["aws"]["accounts"].as_object_mut().and_then(|all| all.values_mut().next()).unwrap();
    &mut account["users"]["ledger-production-app"]
}

/// A key that nobody uses.
fn abandoned(active: bool) -> Value {
    json!({
        "id": ABANDONED, "secret": "canary-abandoned", "active": active, "created": "2019-01-01T00:00:00Z",
        "last_used": null
    })
}

/// The same state, in which the bucket lost two settings, and the user has a key that was set inactive long ago.
pub fn neglected(mut state: Value) -> Value {
    let bucket = &mut state["aws"]["buckets"]["ledger-production-uploads"];
    bucket["policy"] = Value::Null;
    bucket["documents"].as_object_mut().unwrap().remove("ownershipControls");
    let user = user(&mut state);
    user["keys"].as_array_mut().unwrap().push(abandoned(false));
    user["tags"]["trueup:inactive-key"] = json!(format!("{ABANDONED}/since/2020-01-01T00:00:00Z"));
    state
}

/// Runs it, without a fault.
pub fn run(scene: &Scene, arguments: &[&str]) {
    let ran = bounded(scene, arguments).expect("it ends");
    assert_eq!(ran.code, 0, "without faults:\n{}\n{}", ran.stdout, ran.stderr);
}
