//! What is run in a scenario, where it begins and how it ends without a fault.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use serde_json::Value;
use trueup::sandbox::Call;

use crate::running::{PLAN, bounded};
use crate::scene::{Scene, run};
use crate::support::Project;

/// A command that runs into faults; a file in `phases/` each.
pub struct Phase {
    pub name: &'static str,
    /// What is run, with the fault and again.
    pub command: &'static [&'static str],
    /// What only looks, as the command does before its plan is known.
    pub look: &'static [&'static str],
    /// Which of its looks are struck.
    pub reads: Reads,
    /// The environment's file.
    pub spec: fn() -> String,
    /// The state that it begins with.
    pub begins: fn() -> Value,
    /// What else the project has.
    pub prepare: fn(&Project),
    /// What must hold after the rerun, besides that the state is as it should be.
    pub settled: fn(&Scene) -> Result<(), String>,
    /// The file that it writes and nothing else anywhere, when it is of that sort.
    pub writes: Option<&'static str>,
    /// Whether the environment is there at the end, with what was drawn for it.
    pub lasts: bool,
    pub cache: Cache,
}

/// Which looks of a phase are struck.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reads {
    /// Every one.
    All,
    /// The first of each sort.
    FirstOfEach,
    /// The first of each sort that no phase before has: most are those of an apply.
    New,
    /// The same, and of what changes something too.
    NewOfAll,
    /// None: all are those of another phase.
    None,
}

/// What is made once for all scenarios of a phase.
pub struct Cache {
    beginning: OnceLock<Value>,
    usual: OnceLock<Usual>,
}

/// A run without faults: the calls of looking alone, of the whole command, and the state at the end.
struct Usual {
    observing: Vec<Call>,
    calls: Vec<Call>,
    state: Value,
    /// The file that was written, if it writes one.
    file: Option<String>,
}

impl Cache {
    pub const fn new() -> Self {
        Self { beginning: OnceLock::new(), usual: OnceLock::new() }
    }
}

impl Phase {
    /// The state that it begins with.
    pub fn beginning(&self) -> &Value {
        self.cache.beginning.get_or_init(self.begins)
    }

    /// The calls of looking alone, and those of the whole command.
    pub fn calls(&self) -> (&[Call], &[Call]) {
        let usual = self.usual();
        (&usual.observing, &usual.calls)
    }

    /// The app of the environment that is cloned, which must stay as it is, down to the last byte, and which no call that
    /// changes something may name.
    pub fn untouched(&self) -> Option<&'static str> {
        self.command.starts_with(&["clone", "production"]).then_some("ledger-production")
    }

    /// The file that it writes, without faults.
    pub fn file(&self) -> Option<&str> {
        self.usual().file.as_deref()
    }

    /// How it ends without faults.
    pub fn wanted(&self) -> &Value {
        &self.usual().state
    }

    fn usual(&self) -> &Usual {
        self.cache.usual.get_or_init(|| {
            let scene = Scene::set(self);
            // One that asks a question ends there.
            drop(bounded(&scene, self.look).expect("it ends"));
            let observing = certain(scene.cloud.sandbox().calls());
            assert!(!observing.iter().any(|call| call.mutating), "{} only looks", self.name);
            let file = self.writes.map(|path| scene.project.file(path));
            // All that it does elsewhere is looking.
            if let Some(file) = &file {
                std::fs::remove_file(file).expect("it was written");
            }
            scene.cloud.sandbox().forget_calls();
            run(&scene, self.command);
            let file = file.map(|file| std::fs::read_to_string(file).expect("it was written"));
            let calls = certain(scene.cloud.sandbox().calls());
            Usual { observing, calls, state: scene.state(), file }
        })
    }
}

/// The calls that come in every run: how often a domain, a build, a release or a credential is looked at until it is
/// ready, beyond the first time, depends on the machine.
fn certain(calls: Vec<Call>) -> Vec<Call> {
    let mut looked_at = BTreeSet::new();
    let mut is_look_again = |call: &Call| {
        let is_awaited = ["/domains/", "/builds/", "/releases/", "/streams/", "/transfers/", "/credentials/"];
        call.method == "GET"
            && is_awaited.iter().any(|part| call.path.contains(part))
            && !looked_at.insert(call.path.clone())
    };
    calls.into_iter().filter(|call| !is_look_again(call)).collect()
}

/// The project has nothing but its spec.
pub fn no_more(_: &Project) {}

/// A plan has nothing to do.
pub fn plan_is_empty(scene: &Scene) -> Result<(), String> {
    let plan = bounded(scene, &PLAN)?;
    if plan.code == 0 {
        Ok(())
    } else {
        Err(format!("the plan after the rerun is not empty\n{}", plan.stdout))
    }
}
