//! One scenario: an apply that runs into one fault, then the plain apply again.

use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use trueup::sandbox::{Call, Fault, FaultKind};

use crate::facts;
use crate::scene::{self, Phase, Scene};
use crate::support::Ran;

/// How an apply is called, in every run.
pub const APPLY: [&str; 4] = ["apply", "--yes", "--allow-commands", "--allow-large-change"];
/// No run takes as long; one that does hangs.
const PATIENCE: Duration = Duration::from_secs(100);

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The service or the network fails in this way.
    Fault(&'static str, FaultKind),
    /// `kill -9` before the service acted.
    KilledBefore,
    /// `kill -9` after it acted.
    KilledAfter,
    /// Ctrl-C while the call is under way.
    Interrupted,
}

/// Which call it strikes: the one of that operation after so many others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub operation: String,
    pub skip: u32,
    /// For how many calls from there on; a read that is to fail for good fails again when repeated.
    pub times: u32,
    pub is_write: bool,
    /// Whether it is made before the plan is known: then nothing may be written when it fails.
    pub is_observing: bool,
}

#[derive(Clone, Debug)]
pub struct Scenario {
    pub phase: Phase,
    pub target: Target,
    pub trouble: Trouble,
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The run with the fault did everything.
    AtOnce,
    /// The run after it did the rest.
    AtRerun,
    /// Something is wrong, in words.
    Not(String),
}

impl Scenario {
    pub fn name(&self) -> String {
        let Target { operation, skip, .. } = &self.target;
        let nth = if *skip == 0 { String::new() } else { format!(" #{}", skip + 1) };
        format!("{} · {operation}{nth} · {}", self.phase.name(), self.trouble.name())
    }

    pub fn run(&self) -> Outcome {
        match self.try_run() {
            Ok(outcome) => outcome,
            Err(problem) => Outcome::Not(problem),
        }
    }

    fn try_run(&self) -> Result<Outcome, String> {
        let scene = Scene::set(self.phase);
        let (kind, times) = self.trouble.strikes(self.target.times);
        scene.cloud.sandbox().set_faults(vec![Fault {
            service: None,
            method: None,
            path: None,
            operation: Some(self.target.operation.clone()),
            mutating: None,
            skip: self.target.skip,
            times,
            kind,
        }]);
        let first = self.run_into_trouble(&scene)?;
        // What hangs is done in the end, whoever has stopped waiting for it.
        scene.cloud.block_on(scene.cloud.sandbox().wait_until_idle());
        if !scene.has_struck(&self.target) {
            return Err(format!("the fault never struck\n{}", shown(first.as_ref())));
        }
        let calls = scene.cloud.sandbox().calls();
        let has_failed = first.as_ref().is_none_or(|ran| ran.code != 0);
        if self.target.is_observing && has_failed && calls.iter().any(|call| call.mutating) {
            return Err(format!("a read failed, and something was written\n{}", shown(first.as_ref())));
        }
        if let Some(panicked) = first.as_ref().filter(|ran| ran.stderr.contains("defect of its own")) {
            return Err(shown(Some(panicked)));
        }
        let between = scene.state();
        scene.cloud.sandbox().set_faults(Vec::new());
        scene.cloud.sandbox().forget_calls();
        let again = bounded(&scene, &APPLY)?;
        if again.code != 0 {
            return Err(format!("the rerun failed\n{}\n{}", shown(first.as_ref()), shown(Some(&again))));
        }
        if scene.cloud.sandbox().calls().iter().any(|call| call.mutating) {
            let plan = bounded(&scene, &["plan", "--detailed-exitcode", "--allow-commands"])?;
            if plan.code != 0 {
                return Err(format!("the plan after the rerun is not empty\n{}", shown(Some(&plan))));
            }
        }
        self.compare(&scene, &between)
            .map_err(|difference| format!("{difference}\n{}", shown(first.as_ref())))?;
        Ok(if has_failed { Outcome::AtRerun } else { Outcome::AtOnce })
    }

    /// The run with the fault; `None` when it was killed.
    fn run_into_trouble(&self, scene: &Scene) -> Result<Option<Ran>, String> {
        let signal = match self.trouble {
            Trouble::Fault(..) => return bounded(scene, &APPLY).map(Some),
            Trouble::KilledBefore | Trouble::KilledAfter => "-KILL",
            Trouble::Interrupted => "-INT",
        };
        let is_killed = signal == "-KILL";
        let sandbox = scene.cloud.sandbox();
        scene.cloud.block_on(async {
            let work = async {
                let child = command(scene, &APPLY).spawn().map_err(|error| error.to_string())?;
                let pid = child.id().ok_or("it ended at once")?;
                sandbox.wait_for_held().await;
                let status = std::process::Command::new("kill").args([signal, &pid.to_string()]).status();
                status.map_err(|error| error.to_string())?;
                if !is_killed {
                    sandbox.release(true);
                }
                let output = child.wait_with_output().await.map_err(|error| error.to_string())?;
                if is_killed {
                    sandbox.release(false);
                }
                Ok::<_, String>(output)
            };
            let output = tokio::time::timeout(PATIENCE, work).await.map_err(|_| "it hangs".to_owned())??;
            Ok((!is_killed).then(|| Ran::from(output)))
        })
    }

    fn compare(&self, scene: &Scene, between: &Value) -> Result<(), String> {
        let (wanted, state) = (self.phase.wanted(), scene.state());
        let differences = scene::differences(&facts::of(&wanted), &facts::of(&state));
        if !differences.is_empty() {
            return Err(format!(
                "the end differs from that of a run without faults:\n{}",
                differences.join("\n")
            ));
        }
        let (usual, releases) = (facts::releases(&wanted), facts::releases(&state));
        if releases.len() > usual.len() {
            return Err(format!("more releases than without faults: {releases:?}, not {usual:?}"));
        }
        let live = facts::generated(&state);
        let lost = facts::generated(between).into_iter().find(|(name, value)| live.get(name) != Some(value));
        lost.map_or(Ok(()), |(name, _)| Err(format!("the generated value of {name} was overwritten")))
    }
}

impl Trouble {
    pub fn name(&self) -> &'static str {
        match self {
            Self::Fault(name, _) => name,
            Self::KilledBefore => "SIGKILL before",
            Self::KilledAfter => "SIGKILL after",
            Self::Interrupted => "SIGINT",
        }
    }

    /// The fault of the embedded cloud, and how often it strikes.
    fn strikes(&self, times: u32) -> (FaultKind, u32) {
        match self {
            // Waited out each time, for two seconds and more.
            Self::Fault(_, kind @ FaultKind::RateLimit { retry_after: None | Some(1) }) => (kind.clone(), 1),
            Self::Fault(_, kind) => (kind.clone(), times),
            Self::KilledBefore | Self::Interrupted => (FaultKind::HoldBefore, 1),
            Self::KilledAfter => (FaultKind::HoldAfter, 1),
        }
    }
}

fn command(scene: &Scene, arguments: &[&str]) -> tokio::process::Command {
    let mut command = tokio::process::Command::from(scene.project.command(arguments));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

/// Runs the program to its end, and no longer than is bearable.
pub fn bounded(scene: &Scene, arguments: &[&str]) -> Result<Ran, String> {
    scene.cloud.block_on(async {
        let output = tokio::time::timeout(PATIENCE, command(scene, arguments).output()).await;
        output
            .map_err(|_| format!("`{}` hangs", arguments[0]))?
            .map(Ran::from)
            .map_err(|error| error.to_string())
    })
}

fn shown(ran: Option<&Ran>) -> String {
    ran.map_or_else(
        || "(killed)".to_owned(),
        |ran| format!("--- exit {}\n{}", ran.code, ran.stderr.trim_end()),
    )
}

/// The calls of a run as targets: each operation with its number.
pub fn targets(calls: &[Call], observing: &[Call]) -> Vec<Target> {
    let count = |calls: &[Call], operation: &str| {
        u32::try_from(calls.iter().filter(|call| call.operation == operation).count()).unwrap_or(u32::MAX)
    };
    let mut targets = Vec::new();
    for (index, call) in calls.iter().enumerate() {
        let skip = count(&calls[..index], &call.operation);
        let is_observing = skip < count(observing, &call.operation);
        let times = if call.mutating { 1 } else { 99 };
        targets.push(Target {
            operation: call.operation.clone(),
            skip,
            times,
            is_write: call.mutating,
            is_observing,
        });
    }
    targets
}
