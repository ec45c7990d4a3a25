//! How many calls of a run come one after the other: what no width makes faster. Each waits for the latency of the
//! embedded cloud, so the longest chain is how much longer a run takes with latency than without, in latencies.

use std::time::Duration;

use crate::Table;
use crate::measure::{measure, median};
use crate::support::{Cloud, Project, SMALL, quick};

/// Long enough that what the program itself takes rounds to nothing.
const LATENCY: Duration = Duration::from_millis(200);
const RUNS: usize = 3;
const CLONE: [&str; 4] = ["clone", "production", "review-7", "--yes"];

pub(crate) fn rows(table: &mut Table) {
    let calls = {
        let cloud = Cloud::start(quick());
        Project::with(SMALL).at(cloud.sandbox()).run(&["apply", "--yes"]).exits(0);
        cloud.sandbox().calls().len()
    };
    table.row("small environment from nothing, plan and apply: requests", &calls.to_string());
    for (what, arguments, is_live) in [
        ("plan without changes", &["plan"][..], true),
        ("plan and apply from nothing", &["apply", "--yes"], false),
    ] {
        let chain = chain(arguments, is_live);
        table.row(&format!("small environment, {what}: longest chain of calls"), &chain.to_string());
    }
    let time = |arguments: &[&str], is_live| {
        median((0..RUNS).map(|_| wall(arguments, is_live, Duration::from_millis(100))))
    };
    let (apply, clone) = (time(&["apply", "--yes"], false), time(&CLONE, true));
    let row = "small environment from nothing, plan and apply: wall, 100 ms a call";
    table.row(row, &crate::measure::milliseconds(apply));
    let row = "small environment, clone without data: wall, 100 ms a call";
    table.row(row, &crate::measure::milliseconds(clone));
    let ratio = format!("{:.2}", clone.as_secs_f64() / apply.as_secs_f64());
    table.row("small environment, clone without data: wall, in applies from nothing", &ratio);
}

fn chain(arguments: &[&str], is_live: bool) -> u128 {
    let time = |latency| median((0..RUNS).map(|_| wall(arguments, is_live, latency)));
    let more = time(LATENCY).saturating_sub(time(Duration::ZERO));
    (more.as_millis() + LATENCY.as_millis() / 2) / LATENCY.as_millis()
}

/// One run in a cloud of its own.
fn wall(arguments: &[&str], is_live: bool, latency: Duration) -> Duration {
    let cloud = Cloud::start(quick());
    let project = Project::with(SMALL).at(cloud.sandbox());
    if is_live {
        project.run(&["apply", "--yes"]).exits(0);
    }
    cloud.sandbox().set_latency(latency);
    measure(&project, arguments).wall
}
