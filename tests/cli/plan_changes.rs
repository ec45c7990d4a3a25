//! Another plan for a database: in place with what that means, or refused with the whole way to it.

use serde_json::{Value, json};

use crate::common::{assert_nothing_written, cloud_and, writes};
use crate::support::{Cloud, Project};

fn spec(tier: &str) -> String {
    format!(
        "app: {{ name: shop-production }}\naddons: {{ DATABASE: {{ plan: \"heroku-postgresql:{tier}\" }} }}\n"
    )
}

/// A database of that tier, which another app uses too.
fn shared(tier: &str) -> (Cloud, Project) {
    let (cloud, project) = cloud_and(&spec(tier));
    project.run(&["apply", "--yes"]).exits(0);
    let addons = cloud.heroku("GET", "/apps/shop-production/addons", None);
    cloud.heroku("POST", "/apps", Some(json!({ "name": "shop-reports" })));
    let attach = json!({ "addon": addons[0]["id"], "app": "shop-reports", "name": "SHOP" });
    cloud.heroku("POST", "/addon-attachments", Some(attach));
    cloud.sandbox().forget_calls();
    (cloud, project)
}

fn url(cloud: &Cloud) -> Value {
    cloud.heroku("GET", "/apps/shop-production/config-vars", None)["DATABASE_URL"].clone()
}

#[test]
fn a_change_in_place_says_what_happens_and_whom_it_touches() {
    let (cloud, project) = shared("standard-0");
    let before = url(&cloud);
    project.write("environments/production.yaml", &spec("standard-2"));
    project.run(&["plan"]).exits(0).shows(&[
        "~ addons.DATABASE heroku-postgresql:standard-2",
        "heroku-postgresql:standard-0 → heroku-postgresql:standard-2",
        "moved in the background for up to hours while the app runs, then under a minute without the database",
        "its URL changes, its version stays, followers go along",
        "touches the app shop-reports too (as SHOP)",
    ]);
    project.run(&["apply", "--yes"]).exits(0);
    assert_eq!(writes(&cloud), ["PATCH addons"]);
    assert_ne!(url(&cloud), before);
    project.run(&["plan", "--detailed-exitcode"]).exits(0);
}

#[test]
fn what_takes_a_new_database_is_refused_before_anything_is_written() {
    let (cloud, project) = shared("essential-0");
    project.write("environments/production.yaml", &spec("standard-0"));
    project.run(&["plan"]).exits(0).shows(&[
        "blocked addons.DATABASE.plan",
        "would replace the database",
        "also used by the app shop-reports (as SHOP)",
        "heroku pg:copy DATABASE NEW -a shop-production --confirm shop-production",
    ]);
    project.run(&["apply", "--yes"]).exits(3);
    assert_nothing_written(&cloud);
}

#[test]
fn a_plan_that_is_as_it_should_be_asks_for_nobody_elses_use_of_it() {
    let (cloud, project) = shared("standard-0");
    project.run(&["plan", "--detailed-exitcode"]).exits(0);
    let asked = cloud.sandbox().calls();
    assert!(asked.iter().all(|call| !call.path.starts_with("/client/")), "{asked:?}");
    let of_addon = |path: &str| path.starts_with("/addons/");
    assert!(asked.iter().all(|call| !of_addon(&call.path)), "{asked:?}");
}
