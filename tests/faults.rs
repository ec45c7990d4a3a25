//! The fault matrix: every call of an apply fails in every way, and running it again is always the answer.
//!
//! `cargo test --test faults` runs all scenarios; words after `--` choose those whose names hold all of them:
//! `cargo test --test faults -- update CreateAccessKey SIGKILL`. It prints the table of docs/reliability.md,
//! and fails with what is wrong when one does not converge.

#![allow(
    clippy::expect_used,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used,
    missing_docs,
    unreachable_pub,
    reason = "a test program"
)]

#[path = "faults/facts.rs"]
mod facts;
#[path = "faults/phase.rs"]
mod phase;
#[path = "faults/phases/mod.rs"]
mod phases;
#[path = "faults/running.rs"]
mod running;
#[path = "faults/scenario.rs"]
mod scenario;
#[path = "faults/scene.rs"]
mod scene;
mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use facts::Found;
use phase::Reads;
use scenario::{Outcome, Scenario, Trouble, targets};

/// More than there are cores: many scenarios wait, for a time-out or a rate limit.
const AT_ONCE: usize = 8;

fn scenarios() -> Vec<Scenario> {
    let (mut scenarios, mut known) = (Vec::new(), BTreeSet::new());
    for phase in phases::ALL {
        let (observing, calls) = phase.calls();
        let mut targets = targets(calls, observing);
        targets.retain(|target| {
            let is_first = target.skip == 0;
            match phase.reads {
                Reads::NewOfAll => is_first && !known.contains(&target.operation),
                _ if target.is_write => true,
                Reads::All => true,
                Reads::FirstOfEach => is_first,
                Reads::New => is_first && !known.contains(&target.operation),
                Reads::None => false,
            }
        });
        known.extend(targets.iter().map(|target| target.operation.clone()));
        let writes = targets.iter().filter(|target| target.is_write).count();
        println!("{}: {writes} calls that change something, {} reads", phase.name, targets.len() - writes);
        for target in targets {
            let each = Trouble::all(&target).into_iter();
            scenarios.extend(each.map(|trouble| Scenario { phase, target: target.clone(), trouble }));
        }
    }
    scenarios
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| matches!(argument.as_str(), "--list" | "--ignored")) {
        return ExitCode::SUCCESS;
    }
    let words = words(&arguments);
    let began = Instant::now();
    let chosen: Vec<Scenario> = scenarios()
        .into_iter()
        .filter(|scenario| words.iter().all(|word| scenario.name().contains(word.as_str())))
        .collect();
    let outcomes = run_all(&chosen);
    print_table(&chosen, &outcomes);
    print_found(&outcomes);
    println!("in {} s", began.elapsed().as_secs());
    let failed = chosen.iter().zip(&outcomes).filter(|(_, (outcome, _))| matches!(outcome, Outcome::Not(_)));
    let failed: Vec<String> = failed.map(|(scenario, _)| format!("  {}", scenario.name())).collect();
    if failed.is_empty() {
        return ExitCode::SUCCESS;
    }
    println!("\nnot converged, and told above:\n{}", failed.join("\n"));
    ExitCode::FAILURE
}

/// What is neither an option of the usual harness, which `cargo test` hands to every test program, nor its value.
fn words(arguments: &[String]) -> Vec<&String> {
    const WITH_VALUE: [&str; 7] =
        ["--test-threads", "--skip", "--format", "--color", "--logfile", "--shuffle-seed", "-Z"];
    let mut words = Vec::new();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        if WITH_VALUE.contains(&argument.as_str()) {
            rest.next();
        } else if !argument.starts_with('-') {
            words.push(argument);
        }
    }
    words
}

fn run_all(chosen: &[Scenario]) -> Vec<(Outcome, Found)> {
    let (next, outcomes) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
    let work = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(scenario) = chosen.get(index) else { return };
            let outcome = scenario.run();
            if let Outcome::Not(why) = &outcome.0 {
                println!("\nNOT CONVERGED: {}\n{why}", scenario.name());
            }
            let mut outcomes = outcomes.lock().unwrap();
            outcomes.insert(index, outcome);
            if outcomes.len() % 100 == 0 {
                eprintln!("{} of {} scenarios", outcomes.len(), chosen.len());
            }
        }
    };
    std::thread::scope(|scope| (0..AT_ONCE).for_each(|_| drop(scope.spawn(work))));
    outcomes.into_inner().unwrap().into_values().collect()
}

/// `scenarios, converged at once, at the first rerun, not`, by phase, for writes and reads.
fn print_table(chosen: &[Scenario], outcomes: &[(Outcome, Found)]) {
    println!("\n| faults on | scenarios | converged at once | at the first rerun | not |");
    println!("|---|---|---|---|---|");
    let row = |name: &str, is_in: &dyn Fn(&Scenario) -> bool| {
        let of = chosen.iter().zip(outcomes).filter(|(scenario, _)| is_in(scenario));
        let outcomes: Vec<&Outcome> = of.map(|(_, (outcome, _))| outcome).collect();
        let count = |wanted: fn(&Outcome) -> bool| outcomes.iter().filter(|outcome| wanted(outcome)).count();
        println!(
            "| {name} | {} | {} | {} | {} |",
            outcomes.len(),
            count(|outcome| *outcome == Outcome::AtOnce),
            count(|outcome| *outcome == Outcome::AtRerun),
            count(|outcome| matches!(outcome, Outcome::Not(_))),
        );
    };
    for phase in phases::ALL {
        for (kind, is_write) in [("writes", true), ("reads", false)] {
            if phase.reads == Reads::None && !is_write {
                continue;
            }
            let is_in = |scenario: &Scenario| {
                scenario.phase.name == phase.name && scenario.target.is_write == is_write
            };
            row(&format!("{kind} of {}", phase.name), &is_in);
        }
    }
    row("all", &|_| true);
}

/// What must be nought.
fn print_found(outcomes: &[(Outcome, Found)]) {
    let sum = |count: fn(&Found) -> usize| outcomes.iter().map(|(_, found)| count(found)).sum::<usize>();
    println!(
        "\nduplicates: {}, orphans: {}, releases too many: {}, leaks: {}",
        sum(|found| found.duplicates),
        sum(|found| found.orphans),
        sum(|found| found.releases),
        sum(|found| found.leaks.len()),
    );
}
