//! Apps, add-ons, dynos and domains as other tools stumble over them.

use serde_json::{Value, json};

use crate::common::{SMALL, assert_nothing_written, cloud_and, fault, writes};
use crate::support::{Cloud, Project};

/// A cloud in which that spec was applied.
fn applied(spec: &str) -> (Cloud, Project) {
    let (cloud, project) = cloud_and(spec);
    project.run(&["apply", "--yes"]).exits(0);
    (cloud, project)
}

fn get(cloud: &Cloud, path: &str) -> Value {
    cloud.heroku("GET", &format!("/apps/shop-production/{path}"), None)
}

const DATABASE: &str = "addons: { DATABASE: { plan: heroku-postgresql:essential-0 } }\n";

/// heroku/terraform-provider-heroku#317
#[test]
fn a_database_that_cannot_change_its_plan_in_place_is_said_before_it_is_tried() {
    let (cloud, project) = applied(&format!("{SMALL}{DATABASE}"));
    let spec = format!("{SMALL}{}", DATABASE.replace("essential-0", "standard-0"));
    project.write("environments/production.yaml", &spec);
    cloud.sandbox().forget_calls();
    let ran = project.run(&["apply", "--yes"]).exits(3);
    ran.shows(&["blocked addons.DATABASE.plan", "would replace the database", "heroku pg:copy"]);
    assert_nothing_written(&cloud);
}

/// heroku/terraform-provider-heroku#386, #366
#[test]
fn a_plan_at_the_end_of_its_life_is_known_before_anything_is_made() {
    for plan in ["heroku-postgresql:mini", "heroku-postgresql:hobby-dev", "upstash-redis:free"] {
        let (cloud, project) = cloud_and(&format!("{SMALL}addons: {{ DATABASE: {{ plan: '{plan}' }} }}\n"));
        let told = format!("Heroku has no add-on plan `{plan}`");
        project.run(&["apply", "--yes"]).exits(1).tells(&[&told]);
        assert_nothing_written(&cloud);
    }
}

/// heroku/terraform-provider-heroku#24, #26, #30
#[test]
fn what_an_add_on_sets_is_neither_drift_nor_removed() {
    let spec = format!("{SMALL}{DATABASE}config: {{ A: b }}\nunmanaged: {{ config: remove }}\n");
    let (cloud, project) = applied(&spec);
    cloud.heroku("PATCH", "/apps/shop-production/config-vars", Some(json!({ "STRANGER": "x" })));
    let plan = project.run(&["plan"]).exits(0);
    plan.shows(&["- STRANGER", "1 to delete"]);
    project.run(&["apply", "--yes", "--allow-large-change"]).exits(0);
    let held = get(&cloud, "config-vars");
    assert!(held["DATABASE_URL"].is_string() && held["STRANGER"].is_null(), "{held}");
    project.run(&["plan", "--detailed-exitcode"]).exits(0).shows(&["No changes."]);
}

/// heroku/terraform-provider-heroku#183, #163
#[test]
fn vars_that_left_the_spec_stay_and_are_told() {
    let (cloud, project) = applied(&format!("{SMALL}config: {{ A: b, C: d }}\n"));
    project.write("environments/production.yaml", SMALL);
    let plan = project.run(&["plan", "--detailed-exitcode"]).exits(0);
    plan.shows(&["unmanaged config.A live, not in the spec: left alone", "config.C"]);
    assert_eq!(get(&cloud, "config-vars"), json!({ "A": "b", "C": "d" }));
}

/// git/git-scm.com#1304, openpolitics/groupthink#705
#[test]
fn dynos_of_a_type_that_no_release_has_wait_and_stop_nothing_else() {
    let formation = "formation: { web: { quantity: 1, size: standard-2x }, worker: { quantity: 1, size: standard-1x } }\n";
    let (cloud, project) = applied(&format!("{SMALL}{formation}"));
    cloud.deploy("shop-production", json!({ "web": "run" }));
    let ran = project.run(&["apply", "--yes"]).exits(0);
    ran.shows(&["deferred formation.worker"]);
    let types = get(&cloud, "formation");
    assert_eq!(types[0]["size"], "Standard-2X", "{types}");
    cloud.deploy("shop-production", json!({ "web": "run", "worker": "work" }));
    project.run(&["apply", "--yes"]).exits(0);
    project.run(&["plan", "--detailed-exitcode"]).exits(0).shows(&["No changes."]);
}

/// cloudfoundry/terraform-provider-cloudfoundry#84, lyraproj/lyra#339
#[test]
fn buildpacks_keep_their_order_and_are_equal_under_every_name() {
    let (cloud, project) = applied(&format!("{SMALL}buildpacks: [heroku/nodejs, heroku/ruby]\n"));
    let order = |cloud: &Cloud| {
        let held = get(cloud, "buildpack-installations");
        let names =
            held.as_array().unwrap().iter().map(|one| one["buildpack"]["name"].as_str().unwrap().to_owned());
        names.collect::<Vec<_>>()
    };
    assert_eq!(order(&cloud), ["heroku/nodejs", "heroku/ruby"]);
    let by_hand = json!({ "updates": [{ "buildpack": "urn:buildpack:heroku/nodejs" }, { "buildpack": "urn:buildpack:heroku/ruby" }] });
    cloud.heroku("PUT", "/apps/shop-production/buildpack-installations", Some(by_hand));
    project.run(&["plan", "--detailed-exitcode"]).exits(0).shows(&["No changes."]);
    project
        .write("environments/production.yaml", &format!("{SMALL}buildpacks: [heroku/ruby, heroku/nodejs]\n"));
    project.run(&["apply", "--yes"]).exits(0);
    assert_eq!(order(&cloud), ["heroku/ruby", "heroku/nodejs"]);
}

/// heroku/cli#3404, heroku/cli#2981, heroku/legacy-cli#1657
#[test]
fn a_backup_at_an_hour_or_in_a_zone_that_heroku_does_not_take_is_refused_offline() {
    let spec = |at: &str| {
        format!(
            "{SMALL}addons: {{ DATABASE: {{ plan: heroku-postgresql:standard-0, backups: {{ at: '{at}' }} }} }}\n"
        )
    };
    for (at, words) in [
        ("02:03 Etc/UTC", "expected a whole hour and a time zone"),
        ("24:00 UTC", "expected a whole hour and a time zone"),
        ("02:00", "expected a whole hour and a time zone"),
        ("02:00 PST", "write `02:00 America/Los_Angeles`"),
        ("03:00 CEST", "write `03:00 Europe/Paris`"),
    ] {
        let (cloud, project) = cloud_and(&spec(at));
        project.run(&["apply", "--yes"]).exits(1).tells(&[words]);
        assert_nothing_written(&cloud);
    }
    for at in ["02:00 America/Argentina/Buenos_Aires", "23:00 Etc/UTC", "00:00 CET"] {
        let (_cloud, project) = applied(&spec(at));
        project.run(&["plan", "--detailed-exitcode"]).exits(0).shows(&["No changes."]);
    }
}

/// DNSControl/dnscontrol#719, #2097, martyzz1/heroku3.py#115
#[test]
fn a_domain_has_one_spelling_and_is_never_added_again() {
    let spec = |domains: &str| format!("app: {{ name: shop-production, domains: [{domains}] }}\n");
    let (cloud, project) = applied(&spec("App.Shop.Example, '*.shop.example', xn--bcher-kva.example"));
    project.run(&["plan", "--detailed-exitcode"]).exits(0).shows(&["No changes."]);
    project.write(
        "environments/production.yaml",
        &spec("app.shop.example, '*.SHOP.example', XN--bcher-kva.example"),
    );
    project.run(&["plan", "--detailed-exitcode"]).exits(0).shows(&["No changes."]);
    assert_eq!(writes(&cloud).iter().filter(|call| *call == "POST domains").count(), 3);
    for (domain, words) in [
        ("app.shop.example.", "expected a host name such as"),
        ("https://app.shop.example", "expected a host name such as"),
        ("bücher.example", "`xn--bcher-kva.example`"),
    ] {
        project.write("environments/production.yaml", &spec(&format!("'{domain}'")));
        project.run(&["validate"]).exits(1).tells(&[words]);
    }
}

/// heroku/terraform-provider-heroku#71, heroku/terraform-provider-heroku#142
#[test]
fn parts_of_heroku_that_have_not_heard_of_a_new_app_are_asked_again() {
    let spec = format!(
        "app: {{ name: shop-production, domains: [a.shop.example] }}\n{DATABASE}config: {{ A: b }}\n"
    );
    let (cloud, project) = cloud_and(&spec);
    let unheard = |method: &str, path: &str, (status, id, message): (u16, &str, &str)| {
        let answer = json!({ "status": status, "id": id, "message": message });
        let fault = json!({ "method": method, "path": path, "times": 2, "kind": { "refuse": answer } });
        self::fault(&fault.to_string())
    };
    let missing = (404, "not_found", "Couldn't find that app.");
    let early =
        (422, "app_not_provisioned", "App shop-production is being provisioned. Please try again later.");
    cloud.sandbox().set_faults(vec![
        unheard("POST", "/apps/*/addons", missing),
        unheard("POST", "/apps/*/domains", early),
        unheard("PATCH", "/apps/*/config-vars", missing),
    ]);
    project.run(&["apply", "--yes"]).exits(0);
    project.run(&["plan", "--detailed-exitcode"]).exits(0).shows(&["No changes."]);
    assert_eq!(writes(&cloud).len(), 4);
}

/// heroku/terraform-provider-heroku#214
#[test]
fn options_that_cannot_be_read_back_never_replace_an_add_on() {
    let spec = |policy: &str| {
        format!(
            "{SMALL}addons: {{ CACHE: {{ plan: heroku-redis:mini, config: {{ maxmemory_policy: {policy} }} }} }}\n"
        )
    };
    let (cloud, project) = applied(&spec("volatile-ttl"));
    let before = get(&cloud, "addons");
    project.write("environments/production.yaml", &spec("allkeys-lru"));
    project.run(&["plan", "--detailed-exitcode"]).exits(0).shows(&["No changes."]);
    project.run(&["apply", "--yes"]).exits(0);
    assert_eq!(get(&cloud, "addons"), before);
}

/// heroku/terraform-provider-heroku#282
#[test]
fn what_is_deployed_by_hand_is_no_drift() {
    let (cloud, project) = applied(&format!(
        "{SMALL}config: {{ A: b }}\nformation: {{ web: {{ quantity: 1, size: basic }} }}\n"
    ));
    cloud.deploy("shop-production", json!({ "web": "run" }));
    project.run(&["apply", "--yes"]).exits(0);
    cloud.deploy("shop-production", json!({ "web": "run another", "console": "bin/rails c" }));
    let ran = project.run(&["plan", "--detailed-exitcode"]).exits(0);
    ran.shows(&["No changes."]);
}
