//! Who works on the app: whoever is named is added, and nobody else is touched.

use serde_json::json;

use crate::common::{assert_nothing_written, cloud_and, writes};

const APP: &str = "/apps/shop-production";
const PERSONAL: &str = "app: { name: shop-production, collaborators: { ops@ledger.example: [] } }\n";
const TEAM: &str = "\
app:
  name: shop-production
  team: acme-enterprise
  collaborators: { Ops@ledger.example: [deploy, operate] }
";

#[test]
fn a_personal_app_gets_its_collaborators_and_others_are_told() {
    let (cloud, project) = cloud_and(PERSONAL);
    project.run(&["apply", "--yes"]).exits(0);
    let guest = json!({ "user": "guest@ledger.example" });
    cloud.heroku("POST", &format!("{APP}/collaborators"), Some(guest));
    cloud.sandbox().forget_calls();
    project.run(&["plan", "--detailed-exitcode"]).exits(0).shows(&[
        "unmanaged app.collaborators.guest@ledger.example has the app, and is not in the spec: left alone",
    ]);
    project.run(&["apply", "--yes"]).exits(0);
    assert_nothing_written(&cloud);
}

#[test]
fn rights_in_a_personal_app_are_a_mistake_with_the_reason() {
    let (cloud, project) = cloud_and(&PERSONAL.replace("[]", "[deploy]"));
    project.run(&["validate"]).exits(1).tells(&[
        "a personal app gives `ops@ledger.example` no rights of its own",
        "write `[]`, or `app.team` when a team owns the app",
    ]);
    project.run(&["apply", "--yes"]).exits(1);
    assert_nothing_written(&cloud);
}

#[test]
fn rights_are_given_and_changed_where_the_team_has_them() {
    let (cloud, project) = cloud_and(TEAM);
    project.run(&["apply", "--yes"]).exits(0);
    let rights = || {
        let rows = cloud.heroku("GET", &format!("{APP}/collaborators"), None);
        let row =
            rows.as_array().unwrap().iter().find(|row| row["user"]["email"] == "ops@ledger.example").unwrap();
        let names = row["permissions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|right| right["name"].as_str().unwrap().to_owned());
        names.collect::<Vec<_>>()
    };
    assert_eq!(rights(), ["deploy", "operate", "view"]);
    project.run(&["plan", "--detailed-exitcode"]).exits(0);
    project.write("environments/production.yaml", &TEAM.replace("[deploy, operate]", "[view]"));
    project.run(&["plan"]).exits(0).shows(&["~ ops@ledger.example view, deploy, operate → view"]);
    cloud.sandbox().forget_calls();
    project.run(&["apply", "--yes"]).exits(0);
    assert_eq!(writes(&cloud), ["PATCH collaborators"]);
    assert_eq!(rights(), ["view"]);
}

#[test]
fn rights_are_refused_where_the_team_has_none() {
    let (cloud, project) = cloud_and(&TEAM.replace("acme-enterprise", "acme"));
    project.run(&["apply", "--yes"]).exits(3).tells(&[]).shows(&[
        "the team acme gives collaborators no rights of their own",
        "write `[]` at app.collaborators.ops@ledger.example",
    ]);
    assert_nothing_written(&cloud);
}

#[test]
fn a_token_that_may_not_know_whose_it_is_changes_nobody() {
    let (cloud, project) = cloud_and(TEAM);
    project.run(&["apply", "--yes"]).exits(0);
    project.write("environments/production.yaml", &TEAM.replace("[deploy, operate]", "[view]"));
    let scope = crate::common::refusal(9, "GET account", (403, "forbidden", "The scope does not allow it."));
    cloud.sandbox().set_faults(vec![scope]);
    cloud.sandbox().forget_calls();
    project.run(&["apply", "--yes"]).exits(3).shows(&["use a token that also has the scope `identity`"]);
    assert_nothing_written(&cloud);
}
