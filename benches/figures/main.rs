//! Every figure that README and docs state: `cargo bench` prints them as a table.
//!
//! Requests are counted by the embedded cloud, with 100 ms added to every answer; wall time is that of the
//! whole process, the median of several runs; memory is the peak resident size that the kernel reports.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program that prints a table, and stops at the first surprise"
)]

use std::time::Duration;

mod chain;
mod fleet;
mod measure;
#[path = "../../tests/support/mod.rs"]
mod support;

use measure::{Measured, measure, median, megabytes, milliseconds};
use support::{Cloud, Project, quick};
use trueup::sandbox::{Call, Knobs};

const PRODUCTION: &str = include_str!("../../environments/production.yaml");
const BASE: &str = include_str!("../../environments/base.yaml");
const RUNS: usize = 7;

fn main() {
    let cloud = Cloud::start(Knobs { latency: Duration::ZERO, ..quick() });
    let project = Project::empty().at(cloud.sandbox());
    project.write("environments/base.yaml", BASE);
    project.write("environments/production.yaml", PRODUCTION);

    let mut table = Table::default();
    project.run(&["apply", "--yes"]).exits(0);
    let apply = cloud.sandbox().calls();
    table.row("apply from nothing: requests", &apply.len().to_string());
    for (what, method, path) in [
        ("config PATCH", "PATCH", "config-vars"),
        ("formation PATCH", "PATCH", "formation"),
        ("buildpacks PUT", "PUT", "buildpack-installations"),
    ] {
        let count = apply.iter().filter(|call| call.method == method && call.path.ends_with(path)).count();
        table.row(&format!("apply from nothing: {what}"), &count.to_string());
    }

    cloud.sandbox().forget_calls();
    cloud.sandbox().set_latency(Duration::from_millis(100));
    let runs: Vec<Measured> =
        (0..RUNS).map(|_| measure(&project, &["plan", "--detailed-exitcode"])).collect();
    let calls = cloud.sandbox().calls();
    let of = |service: &str| calls.iter().filter(|call: &&Call| call.service == service).count() / RUNS;
    table.row("plan without changes: Heroku requests", &of("heroku").to_string());
    table.row("plan without changes: AWS requests", &(of("s3") + of("iam") + of("sts")).to_string());
    table.row(
        "plan without changes: wall, 100 ms a call",
        &milliseconds(median(runs.iter().map(|run| run.wall))),
    );
    let peak = runs.iter().map(|run| run.peak_kib).max().unwrap_or_default();
    table.row("plan without changes: peak memory", &megabytes(peak));

    chain::rows(&mut table);
    fleet::rows(&mut table);

    let starts = (0..21).map(|_| measure(&project, &["--version"]).wall);
    table.row("trueup --version: wall", &milliseconds(median(starts)));
    let size = std::fs::metadata(env!("CARGO_BIN_EXE_trueup")).map_or(0, |file| file.len());
    table.row("binary size", &megabytes(size / 1024));
    table.print();
}

#[derive(Default)]
struct Table(Vec<(String, String)>);

impl Table {
    fn row(&mut self, what: &str, figure: &str) {
        self.0.push((what.to_owned(), figure.to_owned()));
    }

    fn print(&self) {
        let width = self.0.iter().map(|(what, _)| what.len()).max().unwrap_or_default();
        println!("| {:width$} | figure |", "what");
        println!("|{}|--------|", "-".repeat(width + 2));
        for (what, figure) in &self.0 {
            println!("| {what:width$} | {figure:>6} |");
        }
    }
}
