//! `app.pipeline`, from nothing to no change: one pipeline for environments that share it, moves that are told, and names
//! that several have.

use serde_json::{Value, json};

use crate::common::{assert_nothing_written, cloud_and, writes};
use crate::support::{Cloud, Project, quick};

const PRODUCTION: &str = "app: { name: ledger-production, pipeline: { name: ledger, stage: production } }\n";

fn place(cloud: &Cloud, app: &str) -> (String, String) {
    let coupling = cloud.heroku("GET", &format!("/apps/{app}/pipeline-couplings"), None);
    let pipeline = format!("/pipelines/{}", coupling["pipeline"]["id"].as_str().unwrap());
    let pipeline = cloud.heroku("GET", &pipeline, None);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (text(&pipeline["name"]), text(&coupling["stage"]))
}

fn pipeline(cloud: &Cloud, name: &str) -> String {
    let made = cloud.heroku("POST", "/pipelines", Some(json!({ "name": name })));
    made["id"].as_str().unwrap().to_owned()
}

#[track_caller]
fn is_unchanged(cloud: &Cloud, project: &Project) {
    cloud.sandbox().forget_calls();
    project.run(&["plan", "production", "--detailed-exitcode"]).exits(0).shows(&["No changes"]);
    project.run(&["apply", "production", "--yes"]).exits(0);
    assert_nothing_written(cloud);
}

#[test]
fn a_pipeline_is_created_and_entered_and_then_there_is_nothing_to_do() {
    let (cloud, project) = cloud_and(PRODUCTION);
    project.run(&["plan"]).exits(0).shows(&[
        "+ app.pipeline ledger",
        "no pipeline has that name yet: a new one of the acting account",
        "stage production",
    ]);
    project.run(&["apply", "--yes"]).exits(0);
    assert_eq!(writes(&cloud), ["POST apps", "POST pipelines", "POST pipeline-couplings"]);
    assert_eq!(place(&cloud, "ledger-production"), ("ledger".to_owned(), "production".to_owned()));
    is_unchanged(&cloud, &project);
}

#[test]
fn the_pipeline_of_a_teams_app_is_the_teams() {
    let (cloud, project) = cloud_and(&PRODUCTION.replace("pipeline:", "team: books, pipeline:"));
    project.run(&["apply", "--yes"]).exits(0);
    let team = cloud.heroku("GET", "/apps/ledger-production", None)["team"]["id"].clone();
    let pipelines = cloud.heroku("GET", "/pipelines", None);
    assert_eq!(pipelines[0]["owner"], json!({ "id": team, "type": "team" }));
}

#[test]
fn environments_that_are_applied_side_by_side_share_one_pipeline() {
    let cloud = Cloud::start(quick());
    let project = Project::empty().at(cloud.sandbox());
    for stage in ["production", "staging", "development"] {
        let spec = PRODUCTION.replace("production", stage);
        project.write(&format!("environments/{stage}.yaml"), &spec);
    }
    project.run(&["apply", "--all", "--yes"]).exits(0);
    assert_eq!(cloud.heroku("GET", "/pipelines", None).as_array().unwrap().len(), 1);
    for stage in ["production", "staging", "development"] {
        assert_eq!(place(&cloud, &format!("ledger-{stage}")), ("ledger".to_owned(), stage.to_owned()));
    }
    cloud.sandbox().forget_calls();
    project.run(&["plan", "--all", "--detailed-exitcode"]).exits(0);
    let calls = cloud.sandbox().calls();
    let of_pipelines: Vec<_> = calls.iter().filter(|call| call.path.contains("pipeline")).collect();
    assert_eq!(of_pipelines.len(), 2, "a list and a name for all three: {of_pipelines:?}");
}

#[test]
fn another_stage_and_another_pipeline_are_moves_that_the_plan_tells() {
    let (cloud, project) = cloud_and(PRODUCTION);
    project.run(&["apply", "--yes"]).exits(0);
    project.write("environments/production.yaml", &PRODUCTION.replace("stage: production", "stage: staging"));
    project.run(&["plan"]).exits(0).shows(&["~ app.pipeline ledger", "stage production → staging"]);
    project.run(&["apply", "--yes"]).exits(0);
    assert_eq!(place(&cloud, "ledger-production"), ("ledger".to_owned(), "staging".to_owned()));
    pipeline(&cloud, "books");
    let moved = PRODUCTION.replace("name: ledger,", "name: books,");
    project.write("environments/production.yaml", &moved);
    project.run(&["plan"]).exits(0).shows(&[
        "~ app.pipeline books",
        "name ledger → books",
        "leaves the pipeline ledger, and for a moment the app is in none",
    ]);
    cloud.sandbox().forget_calls();
    project.run(&["apply", "--yes"]).exits(0);
    assert_eq!(writes(&cloud), ["DELETE pipeline-couplings", "POST pipeline-couplings"]);
    assert_eq!(place(&cloud, "ledger-production"), ("books".to_owned(), "production".to_owned()));
    is_unchanged(&cloud, &project);
}

#[test]
fn of_two_pipelines_of_one_name_both_are_told_and_none_is_taken() {
    let (cloud, project) = cloud_and(PRODUCTION);
    let ids = [pipeline(&cloud, "ledger"), pipeline(&cloud, "ledger")];
    project.run(&["plan"]).exits(0).shows(&[
        "blocked app.pipeline",
        "2 pipelines are called `ledger`",
        &ids[0],
        &ids[1],
        "heroku pipelines:add ID -a ledger-production -s production",
    ]);
    cloud.sandbox().forget_calls();
    project.run(&["apply", "--yes"]).exits(3);
    assert_nothing_written(&cloud);
    cloud.heroku("POST", "/apps", Some(json!({ "name": "ledger-production" })));
    let by_hand = json!({ "app": "ledger-production", "pipeline": ids[1], "stage": "production" });
    cloud.heroku("POST", "/pipeline-couplings", Some(by_hand));
    is_unchanged(&cloud, &project);
}

#[test]
fn a_spec_without_a_pipeline_asks_nothing_of_any() {
    let (cloud, project) = cloud_and("app: { name: ledger-production }\n");
    project.run(&["apply", "--yes"]).exits(0);
    project.run(&["plan"]).exits(0);
    let calls = cloud.sandbox().calls();
    assert!(calls.iter().all(|call| !call.path.contains("pipeline")), "{calls:?}");
}

#[test]
fn import_writes_the_pipeline_and_a_plan_right_after_is_empty() {
    let (cloud, project) = cloud_and(PRODUCTION);
    project.run(&["apply", "--yes"]).exits(0);
    pipeline(&cloud, "ledger");
    project.run(&["import", "ledger-production", "--as", "adopted"]).exits(0);
    let file = std::fs::read_to_string(project.file("environments/adopted.yaml")).unwrap();
    assert!(file.contains("  pipeline:\n    name: ledger\n    stage: production\n"), "{file}");
    project.run(&["plan", "adopted", "--detailed-exitcode"]).exits(0);
}

#[test]
fn destroy_says_when_a_pipeline_is_left_without_any_app() {
    let (cloud, project) = cloud_and(PRODUCTION);
    project.run(&["apply", "--yes"]).exits(0);
    let destroy = ["destroy", "production", "--confirm", "ledger-production"];
    project.run(&destroy).exits(0).shows(&[
        "- app.pipeline ledger (production)",
        "the pipeline ledger stays, without any app: `heroku pipelines:destroy ledger` removes it",
    ]);
    assert_eq!(cloud.heroku("GET", "/pipelines", None).as_array().unwrap().len(), 1);
    // The next one is not the last: its spec says nothing of the pipeline, and the line is there all the same.
    project.run(&["apply", "--yes"]).exits(0);
    let staging = PRODUCTION.replace("production", "staging");
    project.write("environments/staging.yaml", &staging);
    project.run(&["apply", "staging", "--yes"]).exits(0);
    project.write("environments/staging.yaml", "app: { name: ledger-staging }\n");
    let last = project.run(&["destroy", "staging", "--confirm", "ledger-staging"]).exits(0);
    assert!(!last.stdout.contains("without any app"), "{}", last.stdout);
    last.shows(&["- app.pipeline ledger (staging)"]);
}

#[test]
fn the_rights_are_those_that_a_pipeline_takes() {
    for (app, scopes) in [
        (PRODUCTION.to_owned(), json!(["identity", "read-protected", "write"])),
        (PRODUCTION.replace("pipeline:", "team: books, pipeline:"), json!(["read-protected", "write"])),
    ] {
        let (cloud, project) = cloud_and(&app);
        let said = project.run(&["policy", "production"]).exits(0).json()["heroku_scopes"].clone();
        assert_eq!(said, scopes);
        // A token with just these scopes is enough.
        let token = cloud.heroku("POST", "/oauth/authorizations", Some(json!({ "scope": said })));
        let token = token["access_token"]["token"].as_str().unwrap().to_owned();
        project.set("HEROKU_API_KEY", &token).run(&["apply", "--yes"]).exits(0);
    }
}
