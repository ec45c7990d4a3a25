//! `status`: a line an environment, of what a plan reads and the release that runs.

use serde_json::{Value, json};
use trueup::sandbox::{Budget, Knobs};

use crate::common::{assert_nothing_written, cloud_and, fault};
use crate::support::{Cloud, LEDGER, Project, Ran, quick};

/// The items of the status as JSON.
fn items(ran: &Ran) -> Vec<Value> {
    let document = ran.json();
    assert_eq!(document["format_version"], "1.0");
    document["environments"].as_array().unwrap().clone()
}

/// One that is in sync, one that is not, one that is not created, one that is somebody else's, and one whose service
/// fails.
fn fleet() -> (Cloud, Project) {
    let (cloud, project) = cloud_and(LEDGER);
    let small = |app: &str| format!("app: {{ name: {app} }}\nconfig: {{ A: b }}\n");
    project.write("environments/staging.yaml", &small("shop-staging"));
    project.write("environments/web.yaml", &small("shop-web"));
    project.run(&["apply", "--all", "--yes"]).exits(0);
    project.write("environments/staging.yaml", &small("shop-staging").replace("A: b", "A: c, D: e"));
    project.write("environments/new.yaml", &small("shop-new"));
    let others = Project::with("app: { name: taken-shop }\n").at(cloud.sandbox());
    others.set("HEROKU_API_KEY", "other-token").run(&["apply", "--yes"]).exits(0);
    project.write("environments/taken.yaml", &small("taken-shop"));
    cloud.sandbox().set_faults(vec![fault(
        r#"{ "path": "/apps/shop-web/config-vars", "times": 99,
             "kind": { "refuse": { "status": 403, "id": "forbidden", "message": "Two-factor is required." } } }"#,
    )]);
    (cloud, project)
}

#[test]
fn a_fleet_is_a_line_an_environment_and_one_that_cannot_be_asked_stops_no_other() {
    let (cloud, project) = fleet();
    cloud.sandbox().forget_calls();
    let ran = project.run(&["status"]).exits(1);
    let lines: Vec<Vec<&str>> =
        ran.stdout.lines().map(|line| line.split("  ").filter(|cell| !cell.is_empty()).collect()).collect();
    let begin = |row: usize| lines[row].iter().take(3).map(|cell| cell.trim()).collect::<Vec<_>>();
    assert_eq!(begin(1), ["new", "not created", "shop-new"]);
    assert_eq!(begin(2), ["production", "in sync", "ledger-production"]);
    assert_eq!(begin(3), ["staging", "2 changes", "shop-staging"]);
    assert_eq!(begin(4), ["taken", "blocked", "taken-shop"]);
    assert_eq!(begin(5), ["web", "unreachable", "shop-web"]);
    ran.shows(&["5 environments: 1 in sync, 1 changed, 1 not created, 1 blocked, 1 unreachable."]).tells(&[
        "error: web: `GET /apps/shop-web/config-vars` failed",
        "Two-factor is required",
        "1 of 5 environments failed",
    ]);
    assert_nothing_written(&cloud);
}

#[test]
fn as_json_it_is_the_documented_list() {
    let (_cloud, project) = fleet();
    let ran = project.run(&["status", "--all", "--format", "json"]).exits(1);
    let items = items(&ran);
    let state = |item: &Value| json!([item["environment"], item["app"], item["state"], item["changes"]]);
    assert_eq!(
        items.iter().map(state).collect::<Vec<_>>(),
        [
            json!(["new", "shop-new", "absent", 2]),
            json!(["production", "ledger-production", "in_sync", 0]),
            json!(["staging", "shop-staging", "changed", 2]),
            json!(["taken", "taken-shop", "blocked", 1]),
            json!(["web", "shop-web", "unreachable", null]),
        ]
    );
    let production = items[1].as_object().unwrap();
    let keys: Vec<&str> = production.keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        [
            "environment",
            "app",
            "state",
            "changes",
            "release",
            "database_plan",
            "monthly_cents",
            "oldest_key_days",
            "expires"
        ]
    );
    assert_eq!(production["database_plan"], "heroku-postgresql:standard-0");
    assert_eq!(production["oldest_key_days"], 0);
    assert_eq!(production["expires"], Value::Null);
    let release = &production["release"];
    assert!(release["version"].as_u64().is_some_and(|version| version > 1), "{release}");
    assert!(release["at"].as_str().is_some_and(|at| at.ends_with('Z')) && release["by"].is_string());
    assert!(items[4]["error"]["message"].as_str().unwrap().contains("Two-factor"), "{}", items[4]);
}

#[test]
fn what_an_app_costs_is_its_database_and_its_dynos() {
    let spec =
        "app: { name: shop-production }\naddons: { DATABASE: { plan: \"heroku-postgresql:standard-0\" } }\n";
    let (cloud, project) = cloud_and(spec);
    project.run(&["apply", "--yes"]).exits(0);
    let cents = || items(&project.run(&["status", "--format", "json"]).exits(0))[0]["monthly_cents"].clone();
    assert_eq!(cents(), 5000);
    cloud.deploy("shop-production", json!({ "web": "bin/rails server" }));
    project.write(
        "environments/production.yaml",
        &format!("{spec}formation: {{ web: {{ quantity: 2, size: standard-1x }} }}\n"),
    );
    project.run(&["apply", "--yes"]).exits(0);
    assert_eq!(cents(), 5000 + 2 * 2500);
    project.run(&["status"]).exits(0).shows(&["standard-0", "$100.00", "$100.00/month."]);
}

#[test]
fn one_that_is_plainly_named_is_a_list_too() {
    let (_cloud, project) = cloud_and("app: { name: shop-production }\n");
    for arguments in [&["status", "production"][..], &["status"], &["status", "prod*"]] {
        let ran = project.run(&[arguments, &["--format", "json"]].concat()).exits(0);
        assert_eq!(items(&ran).len(), 1);
    }
}

#[test]
fn a_file_with_a_mistake_is_an_item_without_a_state() {
    let (_cloud, project) = cloud_and("app: { name: shop-production }\n");
    project.write("environments/broken.yaml", "app: { name: shop-broken, regoin: us }\n");
    let ran = project.run(&["status", "--format", "json"]).exits(1);
    let broken = &items(&ran)[0];
    assert_eq!(broken["environment"], "broken");
    assert!(broken["error"]["message"].as_str().unwrap().contains("unknown key `regoin`"), "{broken}");
    assert!(broken.get("state").is_none());
    project.run(&["status"]).exits(1).shows(&["broken failed", "1 not created, 1 failed."]);
}

#[test]
fn a_token_that_may_not_see_releases_sees_all_else() {
    let (cloud, project) = cloud_and("app: { name: shop-production }\n");
    project.run(&["apply", "--yes"]).exits(0);
    cloud.sandbox().set_faults(vec![fault(
        r#"{ "path": "/apps/shop-production/releases", "times": 99,
             "kind": { "refuse": { "status": 403, "id": "forbidden", "message": "The scope does not allow it." } } }"#,
    )]);
    let ran = project.run(&["status", "--format", "json"]).exits(0);
    assert_eq!(items(&ran)[0]["state"], "in_sync");
    assert_eq!(items(&ran)[0]["release"], Value::Null);
}

#[test]
fn nothing_selected_is_said_and_is_no_failure() {
    let (cloud, project) = cloud_and("app: { name: shop-production }\n");
    let shard = ["1/2", "2/2"]
        .into_iter()
        .find(|shard| project.run(&["matrix", "--shard", shard]).stdout.trim() == "{\"include\":[]}");
    let shard = shard.unwrap();
    cloud.sandbox().forget_calls();
    let ran = project.run(&["status", "--shard", shard]).exits(0);
    assert_eq!(ran.stdout, "");
    ran.tells(&["no environment is selected"]);
    let ran = project.run(&["status", "--shard", shard, "--format", "json"]).exits(0);
    assert_eq!(items(&ran), [Value::Null; 0]);
    assert!(cloud.sandbox().calls().is_empty());
}

#[test]
fn one_more_call_than_a_plan_for_each_and_one_for_all_prices() {
    let count = 20;
    let cloud = Cloud::start(Knobs { budget: Budget::default(), ..quick() });
    let project = Project::empty().at(cloud.sandbox());
    for number in 0..count {
        let spec = format!("app: {{ name: shop-{number} }}\nformation: {{ web: {{ quantity: 1 }} }}\n");
        project.write(&format!("environments/e{number}.yaml"), &spec);
    }
    project.run(&["apply", "--all", "--yes"]).exits(0);
    for number in 0..count {
        cloud.deploy(&format!("shop-{number}"), json!({ "web": "bin/rails server" }));
    }
    let calls = |arguments: &[&str]| {
        cloud.sandbox().forget_calls();
        project.run(arguments).exits(0);
        cloud.sandbox().calls().len()
    };
    let plan = calls(&["plan", "--all"]);
    assert_eq!(calls(&["status", "--all"]), plan + count + 1);
}

#[test]
fn as_markdown_it_is_a_comment_that_is_found_again_with_the_worst_first() {
    let (_cloud, project) = fleet();
    let ran = project.run(&["status", "--format", "markdown"]).exits(1);
    assert!(
        ran.stdout.starts_with("<!-- trueup:status:all -->\n### trueup status: 5 environments\n"),
        "{}",
        ran.stdout
    );
    let names = ["`web`", "`taken`", "`new`", "`staging`", "`production`"];
    let places: Vec<Option<usize>> =
        names.iter().map(|name| ran.stdout.find(&format!("| {name} |"))).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{}", ran.stdout);
    ran.shows(&["- `staging`: config.A, config.D", "- `web`: ", "Two-factor"]);
    let one = project.run(&["status", "production", "--format", "markdown"]).exits(0);
    assert!(one.stdout.starts_with("<!-- trueup:status:production -->\n### trueup status: `production`\n"));
}

#[test]
fn the_summary_of_a_job_gets_it_whatever_is_printed() {
    let (_cloud, project) = cloud_and("app: { name: shop-production }\n");
    let summary = project.file("summary.md").display().to_string();
    let project = project.set("GITHUB_ACTIONS", "true").set("GITHUB_STEP_SUMMARY", &summary);
    for format in ["text", "json", "html", "markdown"] {
        project.write("summary.md", "before\n");
        project.run(&["status", "--format", format]).exits(0);
        let written = std::fs::read_to_string(&summary).unwrap();
        assert!(written.starts_with("before\n<!-- trueup:status:all -->\n"), "{format}: {written}");
    }
}
