//! The JSON Schemas: the committed ones are those of the program, and what the program prints fits them.

use serde_json::{Value, json};

use crate::common::{cloud_and, fault, refusal};
use crate::support::{Cloud, LEDGER, Project, Ran, quick};

/// What there is a schema of.
const SCHEMAS: [&str; 10] =
    ["environment", "plan", "drift", "status", "verify", "events", "matrix", "backups", "doctor", "policy"];

fn schema(of: &str) -> Value {
    Project::empty().run(&["schema", of]).exits(0).json()
}

#[track_caller]
fn assert_fits(of: &str, document: &Value) {
    let validator = jsonschema::validator_for(&schema(of)).unwrap();
    let errors: Vec<String> = validator.iter_errors(document).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{of}: {errors:#?}\n{document:#}");
}

/// Asserts that the schema is not so wide that anything fits: not without a key, nor with a value of another type.
#[track_caller]
fn assert_tells(of: &str, document: &Value) {
    let validator = jsonschema::validator_for(&schema(of)).unwrap();
    let whole = document.as_object().unwrap();
    for key in whole.keys() {
        let mut less = whole.clone();
        less.remove(key);
        let mut other = whole.clone();
        other.insert(key.clone(), json!({ "neither": ["of", "these"] }));
        // A key that is left out when there is nothing to tell may be missing.
        let may_be_missing = ["aws_account", "trust"].contains(&&**key);
        assert!(may_be_missing || !validator.is_valid(&Value::Object(less)), "{of}: without `{key}`");
        assert!(!validator.is_valid(&Value::Object(other)), "{of}: with another `{key}`");
    }
}

#[test]
fn the_committed_ones_are_those_of_the_program() {
    for of in SCHEMAS {
        let file = format!("docs/{of}.schema.json");
        let committed = std::fs::read_to_string(format!("{}/{file}", env!("CARGO_MANIFEST_DIR")));
        let printed = Project::empty().run(&["schema", of]).exits(0).stdout;
        assert!(
            committed.unwrap_or_default() == printed,
            "{file} is stale; write it anew with: cargo run -- schema {of} > {file}"
        );
    }
    let default = Project::empty().run(&["schema"]).exits(0).json();
    assert_eq!(default, schema("environment"));
}

/// A fleet with everything that a plan can tell: changes, deferred and unmanaged things, blocked ones, and two that
/// have no plan.
fn fleet() -> (Cloud, Project) {
    let (cloud, project) = cloud_and(LEDGER);
    project.write("environments/web.yaml", "app: { name: shop-web }\nconfig: { A: b }\n");
    project.run(&["apply", "--all", "--yes"]).exits(0);
    let by_hand = json!({ "RAILS_ENV": "staging", "NOT_IN_THE_SPEC": "x" });
    cloud.heroku("PATCH", "/apps/ledger-production/config-vars", Some(by_hand));
    let moved = "app: { name: shop-web, region: eu }\nformation: { web: { quantity: 1 } }\n";
    project.write("environments/moved.yaml", &moved.replace("shop-web", "shop-moved"));
    project.write("environments/web.yaml", moved);
    project.write("environments/broken.yaml", "app: { name: shop, regoin: us }\n");
    project.write("environments/failing.yaml", "app: { name: shop-failing }\n");
    cloud.sandbox().set_faults(vec![fault(
        r#"{ "path": "/apps/shop-failing", "times": 99,
             "kind": { "refuse": { "status": 403, "id": "two_factor", "message": "Two-factor is required." } } }"#,
    )]);
    (cloud, project)
}

#[test]
fn plans_fit_their_schema_one_and_many() {
    let (_cloud, project) = fleet();
    let plan = |arguments: &[&str]| project.run(&[&["plan", "--format", "json"], arguments].concat()).json();
    let production = plan(&["production"]);
    assert_fits("plan", &production);
    assert_tells("plan", &production);
    let all = plan(&["--all"]);
    assert_fits("plan", &all);
    assert_tells("plan", &all);
    let has = |what: &str| {
        let environments = all["environments"].as_array().unwrap();
        environments.iter().any(|one| match &one[what] {
            Value::Array(list) => !list.is_empty(),
            other => !other.is_null(),
        })
    };
    for what in ["changes", "unmanaged", "deferred", "blocked", "error"] {
        assert!(has(what), "no environment has `{what}`: {all:#}");
    }
}

#[test]
fn findings_fit_their_schema() {
    let (_cloud, project) = fleet();
    project.write(
        "acknowledged.yaml",
        "- { environment: production, address: config.RAILS_ENV, reason: a trial, until: 2999-01-01 }\n\
         - { environment: web, address: config.A, reason: a trial, until: 2020-01-01 }\n",
    );
    let printed = project.run(&["drift", "--all", "--format", "json"]).exits(1).json();
    assert_fits("drift", &printed);
    assert_tells("drift", &printed);
    let environments = printed["environments"].as_array().unwrap();
    for what in ["findings", "acknowledged", "expired", "unmanaged", "error"] {
        let has = |one: &Value| one[what].as_array().map_or(!one[what].is_null(), |list| !list.is_empty());
        assert!(environments.iter().any(has), "no environment has `{what}`: {printed:#}");
    }
}

#[test]
fn the_status_fits_its_schema() {
    let (_cloud, project) = fleet();
    let printed = project.run(&["status", "--format", "json"]).exits(1).json();
    assert_fits("status", &printed);
    assert_tells("status", &printed);
    let states: Vec<&Value> =
        printed["environments"].as_array().unwrap().iter().map(|one| &one["state"]).collect();
    assert_eq!(
        states,
        [&Value::Null, &json!("unreachable"), &json!("absent"), &json!("changed"), &json!("blocked")]
    );
    let mut wrong = printed.clone();
    wrong["environments"][3]["state"] = json!("fine");
    assert!(!jsonschema::validator_for(&schema("status")).unwrap().is_valid(&wrong));
}

#[test]
fn checks_fit_their_schema() {
    let (_cloud, project) = fleet();
    for environment in ["production", "moved"] {
        let printed = project.run(&["verify", environment, "--format", "json"]).json();
        assert_fits("verify", &printed);
        assert_tells("verify", &printed);
    }
}

/// The lines of the file of events.
fn events(project: &Project) -> Vec<Value> {
    let text = std::fs::read_to_string(project.file("events")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn events_fit_their_schema_whatever_happens() {
    let (cloud, project) = cloud_and(LEDGER);
    let apply = || -> Ran { project.run(&["apply", "--yes", "--events", "events"]) };
    cloud.sandbox().set_faults(vec![refusal(1, "POST addons", (422, "invalid_params", "No."))]);
    let failed = {
        apply().exits(1);
        events(&project)
    };
    apply().exits(0);
    let lines = [failed, events(&project)].concat();
    let types: std::collections::BTreeSet<&str> =
        lines.iter().map(|line| line["type"].as_str().unwrap()).collect();
    for expected in ["plan", "started", "done", "failed", "skipped", "finished"] {
        assert!(types.contains(expected), "no line is `{expected}`: {types:?}");
    }
    for line in &lines {
        assert_fits("events", line);
    }
    for wrong in [json!({ "type": "started" }), json!({ "type": "new", "time": "x", "environment": "y" })] {
        assert!(!jsonschema::validator_for(&schema("events")).unwrap().is_valid(&wrong), "{wrong}");
    }
}

#[test]
fn a_matrix_fits_its_schema() {
    let project = Project::with("app: { name: shop }\n");
    let matrix = project.run(&["matrix"]).exits(0).json();
    assert_fits("matrix", &matrix);
    assert_tells("matrix", &matrix);
}

#[test]
fn backups_and_what_became_of_trying_one_fit_their_schemas() {
    let (_cloud, project) = cloud_and(LEDGER);
    project.run(&["apply", "--yes"]).exits(0);
    project.run(&["backup", "production", "--yes"]).exits(0);
    let listed = project.run(&["backup", "production", "list", "--format", "json"]).exits(0).json();
    assert_fits("backups", &listed);
    assert_tells("backups", &listed);
    for (key, value) in [("status", json!("fine")), ("bytes", json!("many")), ("database", Value::Null)] {
        let mut wrong = listed.clone();
        wrong["backups"][0][key] = value;
        let validator = jsonschema::validator_for(&schema("backups")).unwrap();
        assert!(!validator.is_valid(&wrong), "with another `{key}`");
    }
    let tried = project.set("PATH", "").run(&["backup", "production", "verify", "--format", "json"]).json();
    assert_fits("verify", &tried);
    assert_tells("verify", &tried);
}

#[test]
fn what_the_doctor_finds_fits_its_schema() {
    let (_cloud, project) = cloud_and(LEDGER);
    let project = project.set("HEROKU_API_KEY", "bad-token");
    let found = project.run(&["doctor", "--format", "json"]).exits(1).json();
    assert_fits("doctor", &found);
    assert_tells("doctor", &found);
    let findings = found["findings"].as_array().unwrap();
    for status in ["ok", "fail"] {
        assert!(findings.iter().any(|one| one["status"] == status), "nothing is `{status}`: {found:#}");
    }
    let mut wrong = found.clone();
    wrong["findings"][0]["status"] = json!("fine");
    assert!(!jsonschema::validator_for(&schema("doctor")).unwrap().is_valid(&wrong));
}

#[test]
fn rights_fit_their_schema_with_and_without_aws_and_trust() {
    let project = Project::with(&format!("{LEDGER}aws: {{ account: \"111122223333\" }}\n"));
    for arguments in [&["policy"][..], &["policy", "--for", "plan", "--trust", "github:octo/ledger"]] {
        let rights = project.run(arguments).exits(0).json();
        assert_fits("policy", &rights);
        assert_tells("policy", &rights);
        assert_eq!(rights["trust"].is_object(), arguments.len() > 1, "{rights:#}");
    }
    let without = Project::with("app: { name: shop }\n").run(&["policy"]).exits(0).json();
    assert_eq!(without["aws"], Value::Null);
    assert_fits("policy", &without);
}

#[test]
fn what_there_is_no_schema_of_is_said_with_what_there_is() {
    let ran = Project::empty().run(&["schema", "plans"]).exits(1);
    ran.tells(&[
        "environment, plan, drift, status, verify, events, matrix, backups, doctor, policy",
        "'plan'",
    ]);
}

#[test]
fn an_empty_cloud_has_a_plan_that_fits_too() {
    let cloud = Cloud::start(quick());
    let project = Project::with(LEDGER).at(cloud.sandbox());
    assert_fits("plan", &project.run(&["plan", "--format", "json"]).exits(0).json());
}
