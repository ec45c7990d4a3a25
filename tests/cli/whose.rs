//! `--base REV`: whose each change is, from the spec at a git revision and what is live.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::common::{cloud_and, refusal};
use crate::selected::{commit, git};
use crate::support::{Cloud, Project};

const SPEC: &str =
    "app: { name: shop-production }\nconfig:\n  RAILS_ENV: production\n  MODE: fast\n  LEVEL: info\n";

/// An environment as its spec wants it, and that spec committed as `main`.
fn in_sync() -> (Cloud, Project) {
    let (cloud, project) = cloud_and(SPEC);
    project.run(&["apply", "--yes"]).exits(0);
    project.write(".gitignore", "home/\n.trueup/\n");
    git(&project, &["init", "--quiet", "--initial-branch=main"]);
    commit(&project);
    (cloud, project)
}

fn set(cloud: &Cloud, vars: &Value) {
    cloud.heroku("PATCH", "/apps/shop-production/config-vars", Some(vars.clone()));
}

fn spec(project: &Project, config: &str) {
    project.write(
        "environments/production.yaml",
        &format!("app: {{ name: shop-production }}\nconfig:\n{config}"),
    );
}

/// The causes of a plan's changes, by address.
fn causes(project: &Project, arguments: &[&str]) -> BTreeMap<String, String> {
    let plan = project.run(&[&["plan", "--format", "json"], arguments].concat()).exits(0).json();
    let text = |value: &Value| value.as_str().unwrap_or("none").to_owned();
    let changes = plan["changes"].as_array().unwrap().iter();
    changes.map(|change| (text(&change["address"]), text(&change["cause"]))).collect()
}

fn expect(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(address, cause)| ((*address).to_owned(), (*cause).to_owned())).collect()
}

#[test]
fn a_change_is_the_specs_that_of_what_is_live_or_of_both() {
    let (cloud, project) = in_sync();
    set(&cloud, &json!({ "MODE": "slow", "LEVEL": "debug" }));
    spec(&project, "  RAILS_ENV: staging\n  MODE: fast\n  LEVEL: warn\n  FRESH: x\n");
    let expected = expect(&[
        ("config.RAILS_ENV", "spec"),
        ("config.MODE", "drift"),
        ("config.LEVEL", "both"),
        ("config.FRESH", "new"),
    ]);
    cloud.sandbox().forget_calls();
    assert_eq!(causes(&project, &["--base", "main"]), expected);
    let with = cloud.sandbox().calls().len();
    cloud.sandbox().forget_calls();
    let without: Vec<String> = causes(&project, &[]).into_values().collect();
    assert_eq!(without, ["none"; 4], "nobody asked");
    // One release names two vars, which the one before it had touched.
    let releases = 1 + 2;
    assert_eq!(
        cloud.sandbox().calls().len() + releases,
        with,
        "what moved is looked up in the releases, once, and in what two of them held"
    );
    let text = project.run(&["plan", "--base", "main"]).exits(0);
    text.shows(&[
        "~ LEVEL changed to warn spec and live changed",
        "~ MODE changed to fast live changed",
        "+ FRESH x new in the spec",
        "~ RAILS_ENV changed to staging the spec changed",
    ]);
    project
        .run(&["plan", "--base", "main", "--format", "markdown"])
        .exits(0)
        .shows(&["spec and live changed"]);
    let drift = project.run(&["drift", "--base", "main", "--format", "json"]).exits(2).json();
    let findings = drift["environments"][0]["findings"].as_array().unwrap().clone();
    let found = findings.iter().map(|one| one["cause"].as_str().unwrap()).collect::<Vec<_>>();
    assert_eq!(found, ["new", "both", "drift", "spec"], "in the order of addresses");
    project.run(&["apply", "--base", "main", "--yes"]).exits(0).shows(&["spec and live changed"]);
    assert!(causes(&project, &["--base", "main"]).is_empty());
}

#[test]
fn what_a_plan_would_do_is_the_same_whoever_is_to_blame() {
    let (cloud, project) = in_sync();
    set(&cloud, &json!({ "MODE": "slow" }));
    let digest = |arguments: &[&str]| {
        let plan = project.run(&[&["plan", "--format", "json"], arguments].concat()).exits(0).json();
        plan["plan_digest"].as_str().unwrap().to_owned()
    };
    assert_eq!(digest(&["--base", "main"]), digest(&[]));
    project.run(&["plan", "--base", "main", "--out", ".trueup/plan.json"]).exits(0);
    project.run(&["apply", "--plan", ".trueup/plan.json"]).exits(0);
}

#[test]
fn a_value_from_the_operators_side_is_of_the_spec_when_its_source_is_another() {
    let (_cloud, project) = in_sync();
    let project = project.set("MODE_SOURCE", "slow").set("OTHER", "x");
    spec(
        &project,
        "  RAILS_ENV: production\n  MODE: { env: MODE_SOURCE }\n  LEVEL: info\n  FRESH: { env: OTHER }\n",
    );
    assert_eq!(
        causes(&project, &["--base", "main"]),
        expect(&[("config.MODE", "spec"), ("config.FRESH", "new")])
    );
}

#[test]
fn an_environment_that_the_revision_did_not_have_is_new_and_one_that_was_renamed_is_the_same() {
    let (cloud, project) = in_sync();
    set(&cloud, &json!({ "MODE": "slow" }));
    project.write("environments/fresh.yaml", "app: { name: shop-fresh }\nconfig: { A: b }\n");
    assert_eq!(
        causes(&project, &["fresh", "--base", "main"]),
        expect(&[("app", "new"), ("config.A", "new")])
    );
    std::fs::remove_file(project.file("environments/fresh.yaml")).unwrap();
    git(&project, &["mv", "environments/production.yaml", "environments/prod.yaml"]);
    assert_eq!(causes(&project, &["--base", "main"]), expect(&[("config.MODE", "drift")]));
}

#[test]
fn through_what_an_environment_extends_the_spec_changed_too() {
    let (_cloud, project) = in_sync();
    project.write("environments/base.yaml", "config: { MODE: fast }\n");
    project.write(
        "environments/production.yaml",
        "extends: base.yaml\napp: { name: shop-production }\nconfig: { RAILS_ENV: production, LEVEL: info }\n",
    );
    commit(&project);
    project.write("environments/base.yaml", "config: { MODE: slow }\n");
    assert_eq!(causes(&project, &["--base", "HEAD"]), expect(&[("config.MODE", "spec")]));
}

#[test]
fn a_revision_that_is_not_there_is_an_error_and_a_spec_with_a_mistake_there_is_none() {
    let (_cloud, project) = in_sync();
    for command in ["plan", "apply", "drift"] {
        let ran = project.run(&[command, "--base", "origin/main"]).exits(1);
        assert!(ran.stderr.contains("git knows no revision `origin/main` here"), "{}", ran.stderr);
        assert!(ran.stderr.contains("hint: name a branch, tag or commit"), "{}", ran.stderr);
    }
    spec(&project, "  RAILS_ENV: production\n  MODE: [1]\n");
    commit(&project);
    spec(&project, "  RAILS_ENV: production\n  MODE: slow\n");
    let ran = project.run(&["plan", "--base", "HEAD", "--format", "json"]).exits(0);
    assert!(ran.stderr.contains("its spec at HEAD cannot be used"), "{}", ran.stderr);
    assert_eq!(ran.json()["changes"][0].get("cause"), None);
    project.run(&["apply", "--plan", "x", "--base", "HEAD"]).exits(1).tells(&["cannot be used with"]);
}

#[test]
fn in_a_shallow_clone_the_history_is_to_be_fetched_first() {
    let (_cloud, project) = in_sync();
    let first = git(&project, &["rev-parse", "HEAD"]);
    spec(&project, "  RAILS_ENV: staging\n");
    commit(&project);
    let clone = Project::empty();
    let source = format!("file://{}", project.path().display());
    git(&clone, &["clone", "--quiet", "--depth", "1", &source, "shop"]);
    let ran = clone.run(&["-C", "shop", "--sandbox", "plan", "--base", first.trim()]).exits(1);
    assert!(ran.stderr.contains("this clone is shallow"), "{}", ran.stderr);
}

/// Sets config vars as somebody else who works on the app.
fn colleague_sets(cloud: &Cloud, vars: &Value) {
    cloud.heroku_as("colleague-token", "PATCH", "/apps/shop-production/config-vars", Some(vars.clone()));
}

#[test]
fn who_moved_what_is_live_is_told_from_the_releases_which_are_read_once_and_only_then() {
    let (cloud, project) = in_sync();
    spec(&project, "  RAILS_ENV: staging\n  MODE: fast\n  LEVEL: info\n");
    cloud.sandbox().forget_calls();
    project.run(&["plan", "--base", "main"]).exits(0);
    let asked = |cloud: &Cloud, what: &str| {
        cloud.sandbox().calls().into_iter().filter(|call| call.operation == what).count()
    };
    assert_eq!(asked(&cloud, "GET releases"), 0, "nothing moved");
    colleague_sets(&cloud, &json!({ "MODE": "canary-slow" }));
    cloud.deploy("shop-production", json!({ "web": "puma" }));
    cloud.sandbox().forget_calls();
    let ran = project.run(&["drift", "--format", "json"]).exits(2);
    assert_eq!((asked(&cloud, "GET releases"), asked(&cloud, "GET config-vars")), (1, 1));
    let findings = ran.json()["environments"][0]["findings"].clone();
    let mode =
        findings.as_array().unwrap().iter().find(|one| one["address"] == "config.MODE").unwrap().clone();
    let by = &mode["by"];
    assert_eq!(by["who"], "colleague@trueup.example");
    assert_eq!((&by["who_is"], &by["what"]), (&json!("person"), &json!("Set MODE config vars")));
    assert!(by["release"].is_u64() && by["when"].as_str().unwrap().ends_with('Z'), "{by}");
    let version = by["release"].as_u64().unwrap();
    let told = format!("by colleague@trueup.example in v{version}, today");
    project.run(&["drift"]).exits(2).shows(&[&told]);
    let text = project.run(&["plan", "--base", "main"]).exits(0);
    text.shows(&[&format!("live changed, {told}")]);
    let page = project.run(&["plan", "--base", "main", "--format", "html"]).exits(0);
    page.shows(&[&format!("live changed, {told}"), "the spec changed"]);
    for format in ["json", "markdown", "text", "html"] {
        let ran = project.run(&["plan", "--base", "main", "--format", format]).exits(0);
        assert!(!ran.stdout.contains("canary-slow"), "{format}: {}", ran.stdout);
    }
}

#[test]
fn after_a_rollback_the_config_vars_of_releases_tell() {
    let (cloud, project) = in_sync();
    cloud.deploy("shop-production", json!({ "web": "puma" }));
    set(&cloud, &json!({ "MODE": "slow" }));
    cloud.deploy("shop-production", json!({ "web": "puma" }));
    let releases = cloud.heroku("GET", "/apps/shop-production/releases", None);
    let last = releases.as_array().unwrap().last().unwrap().clone();
    project.run(&["apply", "--yes"]).exits(0);
    cloud.heroku_as(
        "colleague-token",
        "POST",
        "/apps/shop-production/releases",
        Some(json!({ "release": last["id"] })),
    );
    let drift = project.run(&["drift", "--format", "json"]).exits(2).json();
    let by = &drift["environments"][0]["findings"][0]["by"];
    assert_eq!(by["what"], format!("Rollback to v{}", last["version"]));
    assert_eq!(by["who"], "colleague@trueup.example");
}

#[test]
fn a_supplied_value_that_differs_is_the_sources_unless_somebody_touched_the_var() {
    let (cloud, project) =
        cloud_and("app: { name: shop-production }\nconfig: { MODE: { env: MODE_SOURCE } }\n");
    let project = project.set("MODE_SOURCE", "fast");
    project.run(&["apply", "--yes"]).exits(0);
    let cause = |project: &Project| {
        let found = project.run(&["drift", "--format", "json"]).exits(2).json();
        found["environments"][0]["findings"][0]["cause"].as_str().unwrap().to_owned()
    };
    let project = project.set("MODE_SOURCE", "faster");
    assert_eq!(cause(&project), "source");
    project.run(&["drift"]).exits(2).shows(&["supplied value or live differs"]);
    colleague_sets(&cloud, &json!({ "MODE": "slow" }));
    assert_eq!(cause(&project), "drift");
    project.run(&["drift"]).exits(2).shows(&["supplied value or live differs, by colleague@trueup.example"]);
}

#[test]
fn releases_that_may_not_be_read_are_a_warning() {
    let (cloud, project) = in_sync();
    set(&cloud, &json!({ "MODE": "slow" }));
    cloud.sandbox().set_faults(vec![refusal(9, "GET releases", (403, "forbidden", "No."))]);
    let ran = project.run(&["plan", "--base", "main", "--format", "json"]).exits(0).json();
    assert_eq!((&ran["changes"][0]["cause"], ran["changes"][0].get("by")), (&json!("drift"), None));
    assert_eq!(ran["warnings"][0]["address"], "config");
}

#[test]
fn who_took_an_add_on_away_is_told_from_the_release_in_which_it_went() {
    let spec = "app: { name: shop-production }\nconfig: { A: b }\naddons: { CACHE: { plan: \"heroku-redis:mini\" } }\n";
    let (cloud, project) = cloud_and(spec);
    project.run(&["apply", "--yes"]).exits(0);
    let addon = cloud.heroku("GET", "/apps/shop-production/addons", None)[0]["id"].clone();
    let path = format!("/apps/shop-production/addons/{}", addon.as_str().unwrap());
    cloud.heroku_as("colleague-token", "DELETE", &path, None);
    let drift = project.run(&["drift", "--format", "json"]).exits(2).json();
    let finding = &drift["environments"][0]["findings"][0];
    assert_eq!((&finding["address"], &finding["cause"]), (&json!("addons.CACHE"), &json!("drift")));
    let by = &finding["by"];
    assert_eq!((&by["who"], &by["what"]), (&json!("colleague@trueup.example"), &json!("Detach CACHE")));
    project.run(&["drift"]).exits(2).shows(&["plan heroku-redis:mini, by colleague@trueup.example in v"]);
}
