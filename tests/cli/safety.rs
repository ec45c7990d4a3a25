//! What trueup never does by itself, and what it asks to be told twice.

use serde_json::json;

use crate::common::{assert_nothing_written, cloud_and};
use crate::support::{Cloud, LEDGER, Project, Ran};

/// An app with this many config vars, all of them `before` or `after`.
fn spec(count: usize, value: &str) -> String {
    let vars: String = (0..count).map(|number| format!("  VAR_{number}: {value}\n")).collect();
    format!("app: {{ name: shop-production }}\nconfig:\n{vars}")
}

fn applied(spec: &str) -> (Cloud, Project) {
    let (cloud, project) = cloud_and(spec);
    project.run(&["apply", "--yes"]).exits(0);
    cloud.sandbox().forget_calls();
    (cloud, project)
}

fn rewrite(project: &Project, spec: &str) {
    project.write("environments/production.yaml", spec);
}

#[test]
fn a_change_of_most_of_what_is_there_wants_to_be_meant() {
    let (cloud, project) = applied(&spec(12, "before"));
    rewrite(&project, &spec(12, "after"));
    let words = "12 of 13 existing resources would be changed or deleted, more than 30 %";
    project.run(&["plan"]).exits(0).tells(&[words, "`apply` will want --allow-large-change"]);
    project.run(&["apply", "--yes"]).exits(3).tells(&[words, "nothing was done", "add --allow-large-change"]);
    assert_nothing_written(&cloud);
    project.run(&["apply", "--yes", "--allow-large-change"]).exits(0);
    project.run(&["plan", "--detailed-exitcode"]).exits(0);
}

#[test]
fn removing_most_of_what_is_there_wants_to_be_meant_too() {
    let (cloud, project) = applied(&spec(12, "before"));
    rewrite(&project, "app: { name: shop-production }\nunmanaged: { config: remove }\n");
    project.run(&["apply", "--yes"]).exits(3).tells(&["12 of 13 existing resources"]);
    assert_nothing_written(&cloud);
}

#[test]
fn new_things_small_environments_and_small_changes_are_no_large_change() {
    let (_cloud, project) = applied(&spec(4, "before"));
    rewrite(&project, &spec(4, "after"));
    project.run(&["apply", "--yes"]).exits(0);
    rewrite(&project, &spec(40, "after"));
    project.run(&["apply", "--yes"]).exits(0);
    let changed = spec(40, "after").replacen(": after", ": changed", 12);
    rewrite(&project, &changed);
    project.run(&["apply", "--yes"]).exits(0);
}

#[test]
fn what_leaves_the_spec_stays_live_and_is_told() {
    let (cloud, project) = applied(LEDGER);
    rewrite(&project, "app: { name: ledger-production }\n");
    let plan = project.run(&["plan"]).exits(0).shows(&["unmanaged addons.DATABASE"]);
    assert!(plan.stdout.contains("No changes."), "{}", plan.stdout);
    project.run(&["apply", "--yes"]).exits(0);
    assert_nothing_written(&cloud);
    let addons = cloud.heroku("GET", "/apps/ledger-production/addons", None);
    assert_eq!(addons.as_array().unwrap().len(), 1);
}

#[test]
fn vars_that_the_spec_does_not_name_go_only_when_it_says_so_and_each_is_listed() {
    let (cloud, project) = applied("app: { name: shop-production }\nconfig: { KEPT: a }\n");
    let by_hand = json!({ "BY_HAND": "1", "ANOTHER": "2" });
    cloud.heroku("PATCH", "/apps/shop-production/config-vars", Some(by_hand));
    project
        .run(&["apply", "--yes"])
        .exits(0)
        .shows(&["unmanaged config.ANOTHER live, not in the spec: left alone", "unmanaged config.BY_HAND"]);
    let live = || cloud.heroku("GET", "/apps/shop-production/config-vars", None);
    assert_eq!(live(), json!({ "KEPT": "a", "BY_HAND": "1", "ANOTHER": "2" }));
    rewrite(&project, "app: { name: shop-production }\nconfig: { KEPT: a }\nunmanaged: { config: remove }\n");
    project.run(&["apply", "--yes"]).exits(0).shows(&["- ANOTHER", "- BY_HAND", "2 to delete"]);
    assert_eq!(live(), json!({ "KEPT": "a" }));
}

#[track_caller]
fn is_blocked(spec: &str, words: &[&str]) -> Ran {
    let (cloud, project) = applied(LEDGER);
    rewrite(&project, spec);
    let ran = project.run(&["apply", "--yes", "--allow-large-change"]).exits(3).shows(words);
    assert_nothing_written(&cloud);
    ran
}

#[test]
fn a_database_is_never_replaced() {
    is_blocked(
        &LEDGER.replace("heroku-postgresql:standard-0", "heroku-postgresql:essential-0"),
        &["blocked addons.DATABASE.plan", "would replace the database", "heroku pg:copy"],
    );
}

#[test]
fn a_bucket_is_never_replaced_neither_by_its_name_nor_by_its_region() {
    is_blocked(
        &LEDGER.replace("name: ledger-production-uploads", "name: ledger-production-files"),
        &["blocked buckets.uploads.name", "AWS_S3_BUCKET names", "aws s3 sync"],
    );
    is_blocked(
        &LEDGER.replace("region: us-east-1", "region: eu-west-1"),
        &["blocked buckets.uploads.region", "a bucket cannot move to eu-west-1"],
    );
}
