//! One scenario: an apply that runs into one fault, then the plain apply again, then what there is at the end.

use std::path::Path;

use serde_json::Value;
use trueup::sandbox::{Call, Fault, FaultKind};

use crate::facts::{self, Found};
use crate::phase::Phase;
use crate::running::{Ended, bounded, shown, signalled};
use crate::scene::Scene;

/// As many calls as a program could ever send: for good.
const FOR_GOOD: u32 = 99;

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The service or the network fails in this way, once or for good.
    Fault { name: &'static str, kind: FaultKind, is_for_good: bool },
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
    pub is_write: bool,
    /// Whether it is made before the plan is known: then nothing may be written when it fails.
    pub is_observing: bool,
}

pub struct Scenario {
    pub phase: &'static Phase,
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
        format!("{} · {operation}{nth} · {}", self.phase.name, self.trouble.name())
    }

    /// How it ended, and what was found that must not be.
    pub fn run(&self) -> (Outcome, Found) {
        let mut found = Found::default();
        let scene = Scene::set(self.phase);
        let outcome = self.runs(&scene, &mut found).unwrap_or_else(Outcome::Not);
        let outcome = if found.leaks.is_empty() || matches!(outcome, Outcome::Not(_)) {
            outcome
        } else {
            Outcome::Not(format!("secrets in the output: {}", found.leaks.join(", ")))
        };
        (outcome, found)
    }

    fn runs(&self, scene: &Scene, found: &mut Found) -> Result<Outcome, String> {
        scene.cloud.sandbox().set_faults(vec![self.fault()]);
        let first = match self.trouble {
            Trouble::Fault { .. } => Ended::Exited(bounded(scene, self.phase.command)?),
            Trouble::KilledBefore | Trouble::KilledAfter => signalled(scene, self.phase.command, true)?,
            Trouble::Interrupted => signalled(scene, self.phase.command, false)?,
        };
        // What hangs is done in the end, whoever has stopped waiting for it.
        scene.cloud.block_on(scene.cloud.sandbox().wait_until_idle());
        let between = scene.state();
        found.listen(first.ran(), &[&between]);
        self.check_first(scene, &first)?;
        self.check_untouched(scene, &between)?;
        if let (Some(path), Some(wanted)) = (self.phase.writes, self.phase.file()) {
            return self.writes(scene, &first, found, (&scene.project.file(path), wanted));
        }
        scene.cloud.sandbox().set_faults(Vec::new());
        scene.cloud.sandbox().forget_calls();
        let again = bounded(scene, self.phase.command)?;
        found.listen(&again, &[&between, &scene.state()]);
        found.count(self.phase.wanted(), &scene.state());
        self.check_untouched(scene, &scene.state())?;
        if again.code != 0 {
            return Err(format!("the rerun failed\n{}\n{}", first.shown(), shown(&again)));
        }
        // A rerun that found nothing to do has shown already that the plan is empty.
        let has_written = scene.cloud.sandbox().calls().iter().any(|call| call.mutating);
        if has_written || !again.stdout.contains("No changes.") {
            (self.phase.settled)(scene)?;
        }
        self.compare(scene, &between, found.releases).map_err(|what| format!("{what}\n{}", first.shown()))?;
        Ok(if first.is_done() { Outcome::AtOnce } else { Outcome::AtRerun })
    }

    /// A file is there whole or not at all, the rerun writes it, and nothing else changes anywhere.
    fn writes(
        &self,
        scene: &Scene,
        first: &Ended,
        found: &mut Found,
        (file, wanted): (&Path, &str),
    ) -> Result<Outcome, String> {
        let told = |what: &str| Err(format!("{what}\n{}", first.shown()));
        let there = std::fs::read_to_string(file).ok();
        if there.as_deref().is_some_and(|text| text != wanted) {
            return told("the file is not that of a run without faults");
        }
        if there.is_none() && first.is_done() {
            return told("it ended well, and there is no file");
        }
        let folder =
            std::fs::read_dir(scene.project.file("environments")).map_err(|error| error.to_string())?;
        let mut names = folder.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
        if names.any(|name| name.starts_with(".trueup-")) {
            return told("half a file is left");
        }
        if there.is_some() {
            std::fs::remove_file(file).map_err(|error| error.to_string())?;
        }
        scene.cloud.sandbox().set_faults(Vec::new());
        let again = bounded(scene, self.phase.command)?;
        found.listen(&again, &[&scene.state()]);
        if again.code != 0 || std::fs::read_to_string(file).ok().as_deref() != Some(wanted) {
            return Err(format!("the rerun did not write it\n{}\n{}", first.shown(), shown(&again)));
        }
        if scene.cloud.sandbox().calls().iter().any(|call| call.mutating) {
            return told("something was changed");
        }
        Ok(if first.is_done() { Outcome::AtOnce } else { Outcome::AtRerun })
    }

    fn fault(&self) -> Fault {
        let (kind, times) = match &self.trouble {
            Trouble::Fault { kind, is_for_good, .. } => {
                (kind.clone(), if *is_for_good { FOR_GOOD } else { 1 })
            }
            Trouble::KilledBefore | Trouble::Interrupted => (FaultKind::HoldBefore, 1),
            Trouble::KilledAfter => (FaultKind::HoldAfter, 1),
        };
        Fault {
            service: None,
            method: None,
            path: None,
            operation: Some(self.target.operation.clone()),
            mutating: None,
            skip: self.target.skip,
            times,
            kind,
        }
    }

    /// What must hold right after the run with the fault.
    fn check_first(&self, scene: &Scene, first: &Ended) -> Result<(), String> {
        if !scene.has_struck(&self.target) {
            return Err(format!("the fault never struck\n{}", first.shown()));
        }
        if first.ran().stderr.contains("internal error in trueup") {
            return Err(first.shown());
        }
        if !self.target.is_observing || first.is_done() {
            return Ok(());
        }
        if scene.cloud.sandbox().calls().iter().any(|call| call.mutating) {
            return Err(format!("a read failed, and something was written\n{}", first.shown()));
        }
        match first {
            Ended::Exited(ran) if ran.code != 1 && self.trouble != Trouble::Interrupted => {
                Err(format!("a read failed, and the exit code is {}\n{}", ran.code, first.shown()))
            }
            _ => Ok(()),
        }
    }

    /// What must stay as it is does, and no call since the last look at them that changes something names it.
    fn check_untouched(&self, scene: &Scene, state: &Value) -> Result<(), String> {
        let Some(app) = self.phase.untouched() else { return Ok(()) };
        let before = facts::stored(self.phase.beginning(), app);
        let differences = facts::differences(&before, &facts::stored(state, app));
        if !differences.is_empty() {
            return Err(format!("{app} is not as it was:\n{}", differences.join("\n")));
        }
        let calls = scene.cloud.sandbox().calls();
        match calls.iter().find(|call| call.mutating && facts::names(call, &before, app)) {
            Some(call) => Err(format!("a call that changes something names {app}: {call:?}")),
            None => Ok(()),
        }
    }

    /// Compares the end with that of a run without faults.
    fn compare(&self, scene: &Scene, between: &Value, too_many: usize) -> Result<(), String> {
        let (wanted, state) = (self.phase.wanted(), scene.state());
        let differences = facts::differences(&facts::of(wanted), &facts::of(&state));
        if !differences.is_empty() {
            let differences = differences.join("\n");
            return Err(format!("the end differs from that of a run without faults:\n{differences}"));
        }
        if too_many > 0 {
            let (usual, releases) = (facts::releases(wanted), facts::releases(&state));
            return Err(format!("more releases than without faults: {releases:?}, not {usual:?}"));
        }
        if !self.phase.lasts {
            return Ok(());
        }
        let live = facts::generated(&state);
        let lost = facts::generated(between).into_iter().find(|(name, value)| live.get(name) != Some(value));
        lost.map_or(Ok(()), |(name, _)| Err(format!("the generated value of {name} was overwritten")))
    }
}

impl Trouble {
    fn name(&self) -> String {
        match self {
            Self::Fault { name, is_for_good: false, .. } => (*name).to_owned(),
            Self::Fault { name, .. } => format!("{name}, for good"),
            Self::KilledBefore => "SIGKILL before".to_owned(),
            Self::KilledAfter => "SIGKILL after".to_owned(),
            Self::Interrupted => "SIGINT".to_owned(),
        }
    }

    /// Everything that can happen to a call.
    pub fn all(target: &Target) -> Vec<Self> {
        // Longer than the patience of the program, which is a second.
        let seconds = 3;
        let once = |name, kind| Self::Fault { name, kind, is_for_good: false };
        let failures = [
            ("closed before", FaultKind::CloseBefore),
            ("500 before", FaultKind::ErrorBefore),
            ("502 html", FaultKind::BadGateway),
            ("503", FaultKind::Unavailable),
            ("429 for too long", FaultKind::RateLimit { retry_after: Some(900) }),
            ("hangs", FaultKind::Hang { seconds }),
            ("malformed", FaultKind::Malformed),
            ("truncated", FaultKind::Truncated),
        ];
        let mut troubles: Vec<Self> = failures.iter().map(|(name, kind)| once(name, kind.clone())).collect();
        troubles.extend([
            once("429", FaultKind::RateLimit { retry_after: None }),
            once("429 with Retry-After", FaultKind::RateLimit { retry_after: Some(1) }),
            Self::KilledBefore,
            Self::Interrupted,
        ]);
        if target.is_write {
            troubles.extend([
                once("closed after", FaultKind::CloseAfter),
                once("500 after", FaultKind::ErrorAfter),
                once("hangs after", FaultKind::HangAfter { seconds }),
                Self::KilledAfter,
            ]);
        } else {
            // A read does nothing, so before and after are the same; but it is repeated, so it must also fail
            // each time.
            let failures =
                failures.into_iter().filter(|(_, kind)| !matches!(kind, FaultKind::RateLimit { .. }));
            troubles.extend(failures.map(|(name, kind)| Self::Fault { name, kind, is_for_good: true }));
        }
        troubles
    }
}

/// The calls of a run as targets: each operation with its number.
pub fn targets(calls: &[Call], observing: &[Call]) -> Vec<Target> {
    let count = |calls: &[Call], operation: &str| {
        u32::try_from(calls.iter().filter(|call| call.operation == operation).count()).unwrap_or(u32::MAX)
    };
    let target = |(index, call): (usize, &Call)| {
        let skip = count(&calls[..index], &call.operation);
        let is_observing = skip < count(observing, &call.operation);
        Target { operation: call.operation.clone(), skip, is_write: call.mutating, is_observing }
    };
    calls.iter().enumerate().map(target).collect()
}
