//! Many environments at once: calls, wall time and memory of a plan without changes over 10, 50 and 500 of them.

use std::time::Duration;

use trueup::sandbox::{Budget, Knobs};

use crate::Table;
use crate::measure::{measure, median, megabytes, milliseconds};
use crate::support::{Cloud, Project, quick};

const SIZES: [usize; 3] = [10, 50, 500];
const RUNS: usize = 3;

/// A client's environment: add-on, buildpacks, config and formation.
fn spec(number: usize) -> String {
    format!(
        "app: {{ name: client-{number:03}, region: us, stack: heroku-24 }}\n\
         addons: {{ DATABASE: {{ plan: \"heroku-postgresql:essential-0\" }} }}\n\
         buildpacks: [heroku/ruby]\n\
         config: {{ RAILS_ENV: production, CLIENT: \"{number}\" }}\n\
         formation: {{ web: {{ quantity: 1, size: basic }} }}\n"
    )
}

/// Calls enough for every run: a fleet is made in one go here, and looked at several times in the same hour.
fn without_end() -> Budget {
    Budget { size: u32::MAX, ..Budget::default() }
}

pub(crate) fn rows(table: &mut Table) {
    for size in SIZES {
        let cloud = Cloud::start(Knobs { budget: without_end(), ..quick() });
        let project = Project::empty().at(cloud.sandbox());
        for number in 0..size {
            project.write(&format!("environments/client-{number:03}.yaml"), &spec(number));
        }
        project.run(&["apply", "--all", "--yes"]).exits(0);
        cloud.sandbox().forget_calls();
        cloud.sandbox().set_latency(Duration::from_millis(100));
        let runs: Vec<_> = (0..RUNS).map(|_| measure(&project, &["plan", "--all"])).collect();
        let calls = cloud.sandbox().calls().len() / RUNS;
        let what = |figure: &str| format!("plan of {size} environments: {figure}");
        table.row(&what("Heroku requests"), &calls.to_string());
        table.row(&what("wall, 100 ms a call"), &milliseconds(median(runs.iter().map(|run| run.wall))));
        let peak = runs.iter().map(|run| run.peak_kib).max().unwrap_or_default();
        table.row(&what("peak memory"), &megabytes(peak));
    }
}
