//! What a spec named at a revision and names no more: proposed by `--base`, taken away by `--prune`, unless it is
//! protected.

use serde_json::{Value, json};

use crate::common::{assert_nothing_written, cloud_and, fault, refusal, writes};
use crate::selected::{commit, git};
use crate::support::{Cloud, Project};

const APP: &str = "app: { name: shop-production }\nconfig: { RAILS_ENV: production }\n";
const MORE: &str = "\
app: { name: shop-production, domains: [shop.example] }
config: { RAILS_ENV: production, OLD_FLAG: on, MODE: { external: true } }
formation: { web: { quantity: 1, size: standard-1x }, worker: { quantity: 2, size: standard-1x } }
addons:
  DATABASE: { plan: \"heroku-postgresql:essential-0\" }
  CACHE: { plan: \"heroku-redis:mini\" }
";

/// An environment that has it all, with that spec committed, and then a spec that names only the app and a var.
fn dropped() -> (Cloud, Project) {
    let (cloud, project) = cloud_and(MORE);
    project.run(&["apply", "--yes"]).exits(0);
    cloud.deploy("shop-production", json!({ "web": "puma", "worker": "sidekiq" }));
    project.run(&["apply", "--yes"]).exits(0);
    set(&cloud, &json!({ "BESIDES": "x", "MODE": "fast" }));
    project.write(".gitignore", "home/\n.trueup/\n");
    git(&project, &["init", "--quiet", "--initial-branch=main"]);
    commit(&project);
    project.write("environments/production.yaml", APP);
    cloud.sandbox().forget_calls();
    (cloud, project)
}

fn set(cloud: &Cloud, vars: &Value) {
    cloud.heroku("PATCH", "/apps/shop-production/config-vars", Some(vars.clone()));
}

fn plan(project: &Project, arguments: &[&str]) -> Value {
    project.run(&[&["plan", "--format", "json"], arguments].concat()).exits(0).json()
}

/// Addresses of a list, of which the cause is that they were dropped.
fn addresses(list: &Value) -> Vec<&str> {
    let dropped = list.as_array().unwrap().iter().filter(|one| one["cause"] == "dropped");
    dropped.map(|one| one["address"].as_str().unwrap()).collect()
}

#[test]
fn what_was_dropped_is_proposed_and_stays_until_it_is_to_be_pruned() {
    let (cloud, project) = dropped();
    let proposed = plan(&project, &["--base", "main"]);
    assert_eq!(proposed["changes"], json!([]));
    assert_eq!(
        addresses(&proposed["unmanaged"]),
        [
            "addons.CACHE",
            "addons.DATABASE",
            "app.domains.shop.example",
            "config.OLD_FLAG",
            "formation.web",
            "formation.worker"
        ]
    );
    let text = project.run(&["plan", "--base", "main"]).exits(0);
    text.shows(&[
        "config.OLD_FLAG dropped from the spec: `apply --base … --prune` removes it",
        "addons.DATABASE dropped from the spec, and stays, since it was protected there",
        "config.BESIDES live, not in the spec: left alone",
        "config.MODE live, not in the spec: left alone",
    ]);
    project.run(&["apply", "--base", "main", "--yes"]).exits(0);
    assert_nothing_written(&cloud);
}

#[test]
fn pruned_it_goes_but_for_what_is_protected_and_what_never_was_the_specs() {
    let (cloud, project) = dropped();
    let pruned = plan(&project, &["--base", "main", "--prune"]);
    let gone =
        ["addons.CACHE", "app.domains.shop.example", "config.OLD_FLAG", "formation.web", "formation.worker"];
    let mut changes = addresses(&pruned["changes"]);
    changes.sort_unstable();
    assert_eq!(changes, gone);
    let actions = pruned["changes"].as_array().unwrap().iter().map(|change| change["action"].clone());
    assert!(actions.into_iter().all(|action| action == "delete"), "{pruned}");
    assert_eq!(addresses(&pruned["unmanaged"]), ["addons.DATABASE"]);
    assert_ne!(pruned["plan_digest"], plan(&project, &["--base", "main"])["plan_digest"]);
    let ran = project.run(&["apply", "--base", "main", "--prune", "--yes"]).exits(0);
    ran.shows(&["addons.DATABASE dropped from the spec, and stays, since it was protected there"]);
    let mut written = writes(&cloud);
    written.sort();
    assert_eq!(written.len(), 4, "{written:?}");
    let vars = cloud.heroku("GET", "/apps/shop-production/config-vars", None);
    assert_eq!((&vars["BESIDES"], &vars["MODE"], vars.get("OLD_FLAG")), (&json!("x"), &json!("fast"), None));
    let addons = cloud.heroku("GET", "/apps/shop-production/addons", None);
    assert_eq!(addons.as_array().unwrap().len(), 1);
    let formation = cloud.heroku("GET", "/apps/shop-production/formation", None);
    assert!(formation.as_array().unwrap().iter().all(|one| one["quantity"] == 0), "{formation}");
    let again = project.run(&["apply", "--base", "main", "--prune", "--yes"]).exits(0);
    again.shows(&["No changes."]);
}

#[test]
fn what_is_reviewed_with_its_removals_is_applied_by_its_digest_and_never_from_a_file() {
    let (_cloud, project) = dropped();
    let digest = plan(&project, &["--base", "main", "--prune"])["plan_digest"].as_str().unwrap().to_owned();
    project.run(&["apply", "--base", "main", "--expect", &digest]).exits(3);
    project.run(&["apply", "--base", "main", "--prune", "--expect", &digest]).exits(0);
    for arguments in [
        &["plan", "--base", "main", "--prune", "--out", "x"][..],
        &["apply", "--plan", "x", "--base", "main", "--prune"],
    ] {
        project.run(arguments).exits(1).tells(&["cannot be used with"]);
    }
    project.run(&["plan", "--prune"]).exits(1).tells(&["--base <REV>"]);
}

#[test]
fn a_spec_with_a_mistake_at_the_revision_prunes_nothing() {
    let (cloud, project) = dropped();
    project.write("environments/production.yaml", "app: { nam: x }\n");
    commit(&project);
    project.write("environments/production.yaml", APP);
    let ran = project.run(&["apply", "--base", "HEAD", "--prune", "--yes"]).exits(1);
    assert!(ran.stderr.contains("unknown key `nam`"), "{}", ran.stderr);
    assert_nothing_written(&cloud);
}

#[test]
fn a_plan_that_is_saved_beside_dropped_domains_still_holds() {
    let (_cloud, project) = dropped();
    project.write("environments/production.yaml", &APP.replace("production }\n", "staging }\n"));
    project.run(&["plan", "--base", "main", "--out", ".trueup/plan.json"]).exits(0);
    project.run(&["apply", "--plan", ".trueup/plan.json"]).exits(0);
}

#[test]
fn a_bucket_that_was_dropped_stays_and_is_told_under_its_name_in_the_spec() {
    let spec = "app: { name: shop-production }\nbuckets:\n  uploads: { name: shop-production-uploads, region: us-east-1 }\n";
    let old = "  archive: { name: shop-production-archive, region: us-east-1, protect: false }\n";
    let (_cloud, project) = cloud_and(&format!("{spec}{old}"));
    project.run(&["apply", "--yes"]).exits(0);
    git(&project, &["init", "--quiet", "--initial-branch=main"]);
    commit(&project);
    project.write("environments/production.yaml", spec);
    let pruned = plan(&project, &["--base", "main", "--prune"]);
    assert_eq!((&pruned["changes"], addresses(&pruned["unmanaged"])), (&json!([]), vec!["buckets.archive"]));
}

#[test]
fn a_removal_whose_answer_is_lost_was_done_and_one_that_is_refused_is_done_by_the_next_run() {
    for operation in ["DELETE addons", "DELETE domains"] {
        let (cloud, project) = dropped();
        let pruning = ["apply", "--base", "main", "--prune", "--yes"];
        cloud.sandbox().set_faults(vec![fault(&format!(
            r#"{{ "operation": "{operation}", "times": 1, "kind": "close-after" }}"#
        ))]);
        project.run(&pruning).exits(0);
        assert_eq!(plan(&project, &["--base", "main", "--prune"])["changes"], json!([]), "{operation}");
    }
    let (cloud, project) = dropped();
    let pruning = ["apply", "--base", "main", "--prune", "--yes"];
    cloud.sandbox().set_faults(vec![refusal(1, "DELETE addons", (422, "invalid_params", "It is in use."))]);
    let ran = project.run(&pruning).exits(1);
    assert!(ran.stderr.contains("It is in use."), "{}", ran.stderr);
    project.run(&pruning).exits(0);
    assert_eq!(plan(&project, &["--base", "main", "--prune"])["changes"], json!([]));
}

#[test]
fn what_was_attached_is_taken_from_the_app_and_stays_where_it_is() {
    let owner = "app: { name: shared-production }\naddons: { REDIS: { plan: \"heroku-redis:mini\" } }\n";
    let (cloud, project) = cloud_and(owner);
    project.run(&["apply", "--yes"]).exits(0);
    let shared = cloud.heroku("GET", "/apps/shared-production/addons", None)[0]["name"].clone();
    let shared = shared.as_str().unwrap();
    let attached = format!("app: {{ name: shop-production }}\naddons: {{ CACHE: {{ attach: {shared} }} }}\n");
    project.write("environments/production.yaml", &attached);
    project.run(&["apply", "--yes"]).exits(0);
    git(&project, &["init", "--quiet", "--initial-branch=main"]);
    commit(&project);
    project.write("environments/production.yaml", "app: { name: shop-production }\n");
    assert_eq!(addresses(&plan(&project, &["--base", "main"])["unmanaged"]), ["addons.CACHE"]);
    let pruning = ["apply", "--base", "main", "--prune", "--yes"];
    cloud.sandbox().set_faults(vec![fault(
        r#"{ "operation": "DELETE addon-attachments", "times": 1, "kind": "close-after" }"#,
    )]);
    project.run(&pruning).exits(0).shows(&["addons.CACHE"]);
    assert_eq!(cloud.heroku("GET", "/apps/shop-production/addon-attachments", None), json!([]));
    let addons = cloud.heroku("GET", "/apps/shared-production/addons", None);
    assert_eq!(addons.as_array().unwrap().len(), 1, "the add-on stays");
    project.run(&pruning).exits(0).shows(&["No changes."]);
}
