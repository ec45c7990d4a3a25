//! The fault matrix: every call of an apply fails in every way, and running it again is always the answer.
//!
//! `cargo test --test faults` runs all scenarios; words after `--` choose those whose names hold all of them:
//! `cargo test --test faults -- update CreateAccessKey SIGKILL`. It prints the table of docs/reliability.md,
//! and fails with what is wrong when one does not converge.

#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::unwrap_used,
    missing_docs,
    unreachable_pub,
    reason = "a test program"
)]

#[path = "faults/facts.rs"]
mod facts;
#[path = "faults/scenario.rs"]
mod scenario;
#[path = "faults/scene.rs"]
mod scene;
mod support;

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use scenario::{Outcome, Scenario, Target, Trouble, targets};
use scene::Phase;
use trueup::sandbox::FaultKind;

/// More than there are cores: many scenarios wait, for a time-out or a rate limit.
const AT_ONCE: usize = 8;

fn troubles(target: &Target) -> Vec<Trouble> {
    let hang = 3;
    let mut troubles = vec![
        Trouble::Fault("closed before", FaultKind::CloseBefore),
        Trouble::Fault("500 before", FaultKind::ErrorBefore),
        Trouble::Fault("502 html", FaultKind::BadGateway),
        Trouble::Fault("503", FaultKind::Unavailable),
        Trouble::Fault("429", FaultKind::RateLimit { retry_after: None }),
        Trouble::Fault("429 with Retry-After", FaultKind::RateLimit { retry_after: Some(1) }),
        Trouble::Fault("429 for too long", FaultKind::RateLimit { retry_after: Some(900) }),
        Trouble::Fault("hangs", FaultKind::Hang { seconds: hang }),
        Trouble::Fault("malformed", FaultKind::Malformed),
        Trouble::Fault("truncated", FaultKind::Truncated),
        Trouble::KilledBefore,
        Trouble::Interrupted,
    ];
    // A read does nothing, so before and after are the same.
    if target.is_write {
        troubles.extend([
            Trouble::Fault("closed after", FaultKind::CloseAfter),
            Trouble::Fault("500 after", FaultKind::ErrorAfter),
            Trouble::Fault("hangs after", FaultKind::HangAfter { seconds: hang }),
            Trouble::KilledAfter,
        ]);
    }
    troubles
}

fn scenarios() -> Vec<Scenario> {
    let mut scenarios = Vec::new();
    for phase in Phase::ALL {
        let (observing, calls) = phase.calls();
        let targets = targets(calls, observing);
        let writes = targets.iter().filter(|target| target.is_write).count();
        println!("{}: {writes} calls that change something, {} reads", phase.name(), targets.len() - writes);
        for target in targets {
            let each = troubles(&target).into_iter();
            scenarios.extend(each.map(|trouble| Scenario { phase, target: target.clone(), trouble }));
        }
    }
    scenarios
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--list") {
        return ExitCode::SUCCESS;
    }
    let words: Vec<&String> = arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
    let began = Instant::now();
    let chosen: Vec<Scenario> = scenarios()
        .into_iter()
        .filter(|scenario| words.iter().all(|word| scenario.name().contains(word.as_str())))
        .collect();
    let outcomes = run_all(&chosen);
    let mut is_good = true;
    for (scenario, outcome) in chosen.iter().zip(&outcomes) {
        if let Outcome::Not(why) = outcome {
            is_good = false;
            println!("\nNOT CONVERGED: {}\n{why}", scenario.name());
        }
    }
    print_table(&chosen, &outcomes);
    println!("in {} s", began.elapsed().as_secs());
    if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn run_all(chosen: &[Scenario]) -> Vec<Outcome> {
    let (next, outcomes) = (AtomicUsize::new(0), Mutex::new(vec![None; chosen.len()]));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(scenario) = chosen.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let outcome = scenario.run();
                    let index = chosen.iter().position(|other| std::ptr::eq(other, scenario)).unwrap();
                    outcomes.lock().unwrap()[index] = Some(outcome);
                }
            });
        }
    });
    outcomes.into_inner().unwrap().into_iter().map(|outcome| outcome.expect("each was run")).collect()
}

/// `scenarios, converged at once, at the first rerun, not`, by phase, for writes and reads.
fn print_table(chosen: &[Scenario], outcomes: &[Outcome]) {
    println!("\n| faults on | scenarios | converged at once | at the first rerun | not |");
    println!("|---|---|---|---|---|");
    let row = |name: &str, is_in: &dyn Fn(&Scenario) -> bool| {
        let of = chosen.iter().zip(outcomes).filter(|(scenario, _)| is_in(scenario));
        let outcomes: Vec<&Outcome> = of.map(|(_, outcome)| outcome).collect();
        let count = |wanted: fn(&Outcome) -> bool| outcomes.iter().filter(|outcome| wanted(outcome)).count();
        println!(
            "| {name} | {} | {} | {} | {} |",
            outcomes.len(),
            count(|outcome| *outcome == Outcome::AtOnce),
            count(|outcome| *outcome == Outcome::AtRerun),
            count(|outcome| matches!(outcome, Outcome::Not(_))),
        );
    };
    for phase in Phase::ALL {
        for (kind, is_write) in [("writes", true), ("reads", false)] {
            let is_in = |scenario: &Scenario| scenario.phase == phase && scenario.target.is_write == is_write;
            row(&format!("{kind} of {}", phase.name()), &is_in);
        }
    }
    row("all", &|_| true);
}
