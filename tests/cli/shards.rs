//! Hundreds of environments in parts: no part loses one or takes another's, and together they keep to the one budget
//! that the account has.

use std::collections::BTreeSet;

use serde_json::json;
use trueup::sandbox::{Budget, Knobs};

use crate::children::Running;
use crate::support::{Cloud, Project, quick};

const ENVIRONMENTS: usize = 400;
const SHARDS: usize = 8;
/// What the account has when the parts begin, of which nothing comes back.
const LEFT: usize = 2000;

/// A fleet whose apps are there, each with an environment that asks for its config vars and its buildpacks.
fn fleet() -> (Cloud, Project) {
    let left = u32::try_from(LEFT + ENVIRONMENTS).unwrap();
    let budget = Budget { size: 4500, left: Some(left), calls_a_minute: 0 };
    let cloud = Cloud::start(Knobs { budget, ..quick() });
    let project = Project::empty().at(cloud.sandbox());
    let apps: Vec<String> = (0..ENVIRONMENTS).map(|number| format!("client-{number}-shop")).collect();
    for (number, app) in apps.iter().enumerate() {
        let spec = format!("app: {{ name: {app} }}\nconfig: {{ A: b }}\nbuildpacks: [heroku/ruby]\n");
        project.write(&format!("environments/client-{number}.yaml"), &spec);
    }
    let url = format!("{}/apps", cloud.sandbox().url());
    cloud.block_on(async move {
        let client = reqwest::Client::new();
        for app in apps {
            let request = client.post(&url).bearer_auth("owner-token").json(&json!({ "name": app }));
            let request = request.header("Accept", "application/vnd.heroku+json; version=3");
            assert!(request.send().await.unwrap().status().is_success());
        }
    });
    cloud.sandbox().forget_calls();
    (cloud, project)
}

#[test]
fn eight_parts_of_four_hundred_environments_keep_one_budget_lose_none_and_double_none() {
    let (cloud, project) = fleet();
    let shards: Vec<String> = (1..=SHARDS).map(|number| format!("{number}/{SHARDS}")).collect();
    let runs: Vec<Running> = shards
        .iter()
        .map(|shard| Running::start(&project, &["plan", "--all", "--shard", shard, "--format", "json"]))
        .collect();
    let mut planned = Vec::new();
    for (run, shard) in runs.into_iter().zip(&shards) {
        let ran = run.end().exits(0);
        let plans = ran.json()["environments"].as_array().unwrap().clone();
        let names: Vec<String> =
            plans.iter().map(|plan| plan["environment"].as_str().unwrap().to_owned()).collect();
        let matrix = project.run(&["matrix", "--all", "--shard", shard]).exits(0).json();
        let listed =
            matrix["include"].as_array().unwrap().iter().map(|job| job["environment"].as_str().unwrap());
        assert!(names.iter().eq(listed), "{shard}: a part is the same to every command");
        assert!(
            plans.iter().all(|plan| plan["changes"].as_array().is_some_and(|changes| changes.len() == 2)),
            "{shard}: every one was looked at"
        );
        planned.extend(names);
    }
    assert_eq!(planned.len(), ENVIRONMENTS, "none is lost");
    assert_eq!(planned.iter().collect::<BTreeSet<_>>().len(), ENVIRONMENTS, "none is there twice");

    let calls = cloud.sandbox().calls();
    assert!(calls.iter().all(|call| call.status < 400), "nothing is refused, for its number or otherwise");
    let spent = calls.iter().filter(|call| call.service == "heroku").count();
    let lists = spent - 3 * ENVIRONMENTS;
    assert!(
        (1..=3 * SHARDS).contains(&lists),
        "three a part are of the account, and three of each app: {lists}"
    );
    let left = cloud.heroku("GET", "/account/rate-limits", None);
    assert_eq!(left["remaining"], LEFT - spent, "all of them drew on one budget");
}
