//! Several names of one add-on on one app, from nothing to no change: further names, a pool, and a named credential.

use serde_json::json;

use crate::common::{assert_nothing_written, cloud_and, writes};

const SPEC: &str = "app: { name: shop-production }
addons:
  DATABASE: { plan: \"heroku-postgresql:standard-0\" }
  READER: { attach: DATABASE }
  REPORTS: { attach: DATABASE, credential: readonly }
  POOL: { attach: DATABASE, pool: true }
";

#[test]
fn names_of_an_addon_that_the_spec_creates_come_with_it_in_one_apply() {
    let (cloud, project) = cloud_and(SPEC);
    project.run(&["plan"]).exits(0).shows(&[
        "+ addons.POOL DATABASE (attached)",
        "DATABASE gets the credential readonly, which may do nothing until SQL grants it something",
        "namespace credential:readonly",
    ]);
    project.run(&["apply", "--yes"]).exits(0);
    let made = writes(&cloud);
    assert_eq!(made.iter().filter(|call| *call == "POST addon-attachments").count(), 3, "{made:?}");
    let database = cloud.heroku("GET", "/apps/shop-production/addons", None);
    assert_eq!(database.as_array().unwrap().len(), 1, "one add-on, and one bill");
    let vars = cloud.heroku("GET", "/apps/shop-production/config-vars", None);
    assert_eq!(vars["READER_URL"], vars["DATABASE_URL"]);
    assert_ne!(vars["REPORTS_URL"], vars["DATABASE_URL"]);
    cloud.sandbox().forget_calls();
    project.run(&["plan", "--detailed-exitcode"]).exits(0).shows(&["No changes"]);
    project.run(&["apply", "--yes"]).exits(0);
    assert_nothing_written(&cloud);
}

#[test]
fn a_credential_that_is_there_is_used_and_one_that_is_missing_is_made() {
    let (cloud, project) = cloud_and(&SPEC.lines().take(3).collect::<Vec<_>>().join("\n"));
    project.run(&["apply", "--yes"]).exits(0);
    let addons = cloud.heroku("GET", "/apps/shop-production/addons", None);
    let credentials = format!("/postgres/v0/databases/{}/credentials", addons[0]["id"].as_str().unwrap());
    for (credential, is_made) in [("readonly", false), ("writer", true)] {
        if !is_made {
            cloud.heroku("POST", &credentials, Some(json!({ "name": credential })));
        }
        project.write("environments/production.yaml", &SPEC.replace("readonly", credential));
        cloud.sandbox().forget_calls();
        project.run(&["apply", "--yes"]).exits(0);
        assert_eq!(writes(&cloud).iter().any(|call| call == "POST credentials"), is_made);
        project.run(&["plan", "--detailed-exitcode"]).exits(0);
    }
}

#[test]
fn import_names_further_names_by_the_key_of_their_addon() {
    let (cloud, project) = cloud_and(SPEC);
    project.run(&["apply", "--yes"]).exits(0);
    project.run(&["import", "shop-production", "--as", "adopted"]).exits(0);
    let file = std::fs::read_to_string(project.file("environments/adopted.yaml")).unwrap();
    for said in [
        "  READER:\n    attach: DATABASE\n",
        "  REPORTS:\n    attach: DATABASE\n    credential: readonly\n",
        "  POOL:\n    attach: DATABASE\n    pool: true\n",
    ] {
        assert!(file.contains(said), "{said}\n{file}");
    }
    cloud.sandbox().forget_calls();
    project.run(&["plan", "adopted", "--detailed-exitcode"]).exits(0);
    project.run(&["apply", "adopted", "--yes"]).exits(0);
    assert_nothing_written(&cloud);
}
