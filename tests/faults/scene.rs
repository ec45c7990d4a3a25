//! Where every scenario begins: the reference environment from nothing, or applied, deployed and about to be
//! changed in everything that can change. Each begins once, and is copied for each scenario.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde_json::{Value, json};
use trueup::sandbox::{Call, Sandbox};

use crate::scenario::{APPLY, Target, bounded};
use crate::support::{Cloud, Project, quick};

const CREATE: &str = include_str!("create.yaml");
const UPDATE: &str = include_str!("update.yaml");

/// What is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// From nothing.
    Create,
    /// A change of everything.
    Update,
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
    pub const ALL: [Self; 2] = [Self::Create, Self::Update];

    pub fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
        }
    }

    fn spec(self) -> &'static str {
        match self {
            Self::Create => CREATE,
            Self::Update => UPDATE,
        }
    }

    /// The state that it begins with.
    fn begins(self) -> &'static Value {
        static BEGINNINGS: [OnceLock<Value>; 2] = [OnceLock::new(), OnceLock::new()];
        BEGINNINGS[self as usize].get_or_init(|| match self {
            Self::Create => shared_addons(),
            Self::Update => applied(),
        })
    }

    fn usual(self) -> &'static Usual {
        static USUAL: [OnceLock<Usual>; 2] = [OnceLock::new(), OnceLock::new()];
        USUAL[self as usize].get_or_init(|| {
            let scene = Scene::set(self);
            run(&scene, &["plan", "--allow-commands"]);
            let observing = scene.cloud.sandbox().calls();
            scene.cloud.sandbox().forget_calls();
            run(&scene, &APPLY);
            Usual { observing, calls: scene.cloud.sandbox().calls(), state: scene.state() }
        })
    }

    /// The calls of looking alone, and those of the whole apply.
    pub fn calls(self) -> (&'static [Call], &'static [Call]) {
        let usual = self.usual();
        (&usual.observing, &usual.calls)
    }

    /// How it ends without faults.
    pub fn wanted(self) -> Value {
        self.usual().state.clone()
    }
}

impl Scene {
    pub fn set(phase: Phase) -> Self {
        let cloud = Cloud::serving(|| Sandbox::start_from(phase.begins().clone(), quick()));
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

fn project(cloud: &Cloud, spec: &str) -> Project {
    let project = Project::with(spec).at(cloud.sandbox());
    for (name, text) in [
        ("certificate.pem", "first certificate\n"),
        ("certificate-2.pem", "second certificate\n"),
        ("plaid.txt", "first plaid"),
        ("plaid-2.txt", "second plaid"),
    ] {
        project.write(&format!("environments/{name}"), text);
    }
    project
        .set("OPENAI_API_KEY", "first key")
        .set("OPENAI_API_KEY_2", "second key")
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

/// The environment made, deployed and drifted.
fn applied() -> Value {
    let scene = Scene::set(Phase::Create);
    run(&scene, &APPLY);
    scene.cloud.deploy("ledger-production", json!({ "web": "bin/web", "worker": "bin/worker" }));
    run(&scene, &APPLY);
    let drift = json!({ "LEGACY_FLAG": "1", "TAXCLOUD_KEY": "theirs", "AWS_SECRET_ACCESS_KEY": null });
    scene.cloud.heroku("PATCH", "/apps/ledger-production/config-vars", Some(drift));
    scene.state()
}

fn run(scene: &Scene, arguments: &[&str]) {
    let ran = bounded(scene, arguments).expect("it ends");
    assert_eq!(ran.code, 0, "without faults:\n{}\n{}", ran.stdout, ran.stderr);
}

/// What differs, a line a thing.
pub fn differences(wanted: &BTreeMap<String, Value>, found: &BTreeMap<String, Value>) -> Vec<String> {
    let names: std::collections::BTreeSet<&String> = wanted.keys().chain(found.keys()).collect();
    let differing = names.into_iter().filter(|name| wanted.get(*name) != found.get(*name));
    let shown = |fact: Option<&Value>| fact.map_or("nothing".to_owned(), ToString::to_string);
    differing
        .map(|name| {
            format!("  {name}\n    wanted {}\n    found  {}", shown(wanted.get(name)), shown(found.get(name)))
        })
        .collect()
}
