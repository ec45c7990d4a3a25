//! Where every scenario begins: the reference environment from nothing, or applied, deployed and about to be
//! changed in everything that can change. Each begins once, and is copied for each scenario.

use std::collections::BTreeSet;
use std::sync::OnceLock;
use std::time::Duration;

use serde_json::{Value, json};
use trueup::sandbox::{Call, Knobs, Sandbox};

use crate::running::{APPLY, DESTROY, bounded};
use crate::scenario::Target;
use crate::support::{Cloud, Project, quick};

const CREATE: &str = include_str!("create.yaml");
const UPDATE: &str = include_str!("update.yaml");
const REMOVE: &str = include_str!("remove.yaml");

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

/// What is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// From nothing.
    Create,
    /// A change of everything, the app's name among it.
    Update,
    /// Less of everything, after others had their hands in it: what the change of everything does not call.
    Remove,
    /// Nothing of the environment any more, its full bucket included.
    Destroy,
}

/// A cloud and a project of one scenario.
pub struct Scene {
    pub cloud: Cloud,
    pub project: Project,
}

/// A run without faults: the calls of looking alone, of the whole apply, and the state at the end.
struct Usual {
    observing: Vec<Call>,
    calls: Vec<Call>,
    state: Value,
}

impl Phase {
    pub const ALL: [Self; 4] = [Self::Create, Self::Update, Self::Remove, Self::Destroy];

    pub fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Remove => "remove",
            Self::Destroy => "destroy",
        }
    }

    /// What is run, with the fault and again.
    pub fn command(self) -> &'static [&'static str] {
        match self {
            Self::Create | Self::Update | Self::Remove => &APPLY,
            Self::Destroy => &DESTROY,
        }
    }

    fn spec(self) -> &'static str {
        static UNPROTECTED: OnceLock<String> = OnceLock::new();
        match self {
            Self::Destroy => UNPROTECTED.get_or_init(|| {
                let unprotected = CREATE.replace("    versioning:", "    protect: false\n    versioning:");
                unprotected.replace("    extensions:", "    protect: false\n    extensions:")
            }),
            Self::Create => CREATE,
            Self::Update => UPDATE,
            Self::Remove => REMOVE,
        }
    }

    /// The state that it begins with.
    fn begins(self) -> &'static Value {
        static BEGINNINGS: [OnceLock<Value>; Phase::ALL.len()] =
            [const { OnceLock::new() }; Phase::ALL.len()];
        BEGINNINGS[self as usize].get_or_init(|| match self {
            Self::Create => shared_addons(),
            Self::Update => aged(applied(
                json!({ "LEGACY_FLAG": "1", "TAXCLOUD_KEY": "theirs", "INSTALLATION_ID": null }),
            )),
            Self::Remove => neglected(applied(json!({ "OLD_FLAG": "1" }))),
            Self::Destroy => aged(applied(json!({}))),
        })
    }

    fn usual(self) -> &'static Usual {
        static USUAL: [OnceLock<Usual>; Phase::ALL.len()] = [const { OnceLock::new() }; Phase::ALL.len()];
        USUAL[self as usize].get_or_init(|| {
            let scene = Scene::set(self);
            match self {
                // Without a name it looks, asks, and ends there.
                Self::Destroy => drop(bounded(&scene, &DESTROY[..4]).expect("it ends")),
                Self::Create | Self::Update | Self::Remove => run(&scene, &["plan", "--allow-commands"]),
            }
            let observing = Self::certain(scene.cloud.sandbox().calls());
            scene.cloud.sandbox().forget_calls();
            run(&scene, self.command());
            Usual { observing, calls: Self::certain(scene.cloud.sandbox().calls()), state: scene.state() }
        })
    }

    /// The calls that come in every run: how often a domain is looked at until it is ready, beyond the first time,
    /// depends on the machine.
    fn certain(calls: Vec<Call>) -> Vec<Call> {
        let mut looked_at = BTreeSet::new();
        let mut is_look_again = |call: &Call| {
            call.method == "GET" && call.path.contains("/domains/") && !looked_at.insert(call.path.clone())
        };
        calls.into_iter().filter(|call| !is_look_again(call)).collect()
    }

    /// The calls of looking alone, and those of the whole apply.
    pub fn calls(self) -> (&'static [Call], &'static [Call]) {
        let usual = self.usual();
        (&usual.observing, &usual.calls)
    }

    /// How it ends without faults.
    pub fn wanted(self) -> &'static Value {
        &self.usual().state
    }
}

impl Scene {
    pub fn set(phase: Phase) -> Self {
        let cloud = Cloud::serving(|| Sandbox::start_from(phase.begins().clone(), knobs()));
        Self { project: project(&cloud, phase.spec()), cloud }
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

/// Nothing takes time but a domain: it is still pending when it is looked at first.
fn knobs() -> Knobs {
    Knobs { domain: Duration::from_millis(150), ..quick() }
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
fn shared_addons() -> Value {
    let cloud = Cloud::start(quick());
    cloud.heroku("POST", "/apps", Some(json!({ "name": "owner-of-shared" })));
    for name in ["shared-one", "shared-two"] {
        let order = json!({ "plan": "heroku-redis:mini", "name": name });
        cloud.heroku("POST", "/apps/owner-of-shared/addons", Some(order));
    }
    cloud.sandbox().state().expect("the state is in memory")
}

/// The environment made and deployed, with config vars changed by hand.
fn applied(drift: Value) -> Value {
    let scene = Scene::set(Phase::Create);
    run(&scene, &APPLY);
    scene.cloud.deploy("ledger-production", json!({ "web": "bin/web", "worker": "bin/worker" }));
    run(&scene, &APPLY);
    scene.cloud.heroku("PATCH", "/apps/ledger-production/config-vars", Some(drift));
    scene.state()
}

/// The same state, in which the access key is due to be replaced and one that nobody uses fills the other slot, and
/// the bucket holds what must not be lost.
fn aged(mut state: Value) -> Value {
    let user = user(&mut state);
    user["keys"][0]["created"] = json!("2020-01-01T00:00:00Z");
    user["keys"].as_array_mut().unwrap().push(abandoned(true));
    state["aws"]["buckets"]["ledger-production-uploads"]["objects"]["invoice.pdf"] = json!([{
        "id": "null", "modified": "2020-01-01T00:00:00Z", "deleted": false, "etag": "\"1\"", "headers": {},
        "body": "aW52b2ljZQ=="
    }]);
    state
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
fn neglected(mut state: Value) -> Value {
    let bucket = &mut state["aws"]["buckets"]["ledger-production-uploads"];
    bucket["policy"] = Value::Null;
    bucket["documents"].as_object_mut().unwrap().remove("ownershipControls");
    let user = user(&mut state);
    user["keys"].as_array_mut().unwrap().push(abandoned(false));
    user["tags"]["trueup:inactive-key"] = json!(format!("{ABANDONED} since 2020-01-01T00:00:00Z"));
    state
}

fn run(scene: &Scene, arguments: &[&str]) {
    let ran = bounded(scene, arguments).expect("it ends");
    assert_eq!(ran.code, 0, "without faults:\n{}\n{}", ran.stdout, ran.stderr);
}
