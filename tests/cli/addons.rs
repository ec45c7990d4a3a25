//! Add-ons as the field has them: made from each other, without their vars, given up on, under several names, and in
//! parts. An apply from nothing comes to "no changes", and what cannot be is told before anything is written.

use std::time::Duration;

use serde_json::{Value, json};
use trueup::sandbox::Knobs;

use crate::children::{Running, wait_for};
use crate::common::{assert_nothing_written, cloud_and, flat};
use crate::support::{Cloud, Project, quick};

const SHOP: &str = "app: { name: shop-production }\n";

const DATABASE: &str =
    "app: { name: shop-production }\naddons: { DATABASE: { plan: \"heroku-postgresql:standard-0\" } }\n";

/// A cloud in which a database takes so long, and a project with this spec.
fn slow(provisioning: Duration, spec: &str) -> (Cloud, Project) {
    let cloud = Cloud::start(Knobs { provisioning, ..quick() });
    let project = Project::with(spec).at(cloud.sandbox());
    (cloud, project)
}

fn addons(cloud: &Cloud) -> Vec<Value> {
    cloud.heroku("GET", "/apps/shop-production/addons", None).as_array().unwrap().clone()
}

/// The add-on that a name of the app stands for, and the attachment's id.
fn attachment(cloud: &Cloud, name: &str) -> (String, String) {
    let one = cloud.heroku("GET", &format!("/apps/shop-production/addon-attachments/{name}"), None);
    (one["addon"]["name"].as_str().unwrap().to_owned(), one["id"].as_str().unwrap().to_owned())
}

#[track_caller]
fn refused(cloud: &Cloud, project: &Project, words: &[&str]) {
    cloud.sandbox().forget_calls();
    project.run(&["apply", "--yes"]).exits(3).shows(words);
    assert_nothing_written(cloud);
}

#[test]
fn a_chain_of_copies_is_ordered_link_by_link_from_nothing_to_no_changes() {
    let spec = "app: { name: shop-production }\naddons:\n  \
        ANALYSIS: { plan: \"heroku-postgresql:standard-0\", config: { fork: copy_url } }\n  \
        COPY: { plan: \"heroku-postgresql:standard-0\", config: { fork: \"shop-production::LEADER\" } }\n  \
        LEADER: { plan: \"heroku-postgresql:standard-0\" }\n  \
        REPLICA: { plan: \"heroku-postgresql:standard-0\", config: { follow: LEADER_URL } }\n";
    let (cloud, project) = slow(Duration::from_millis(400), spec);
    project.run(&["apply", "--yes"]).exits(0);
    project.run(&["plan", "--detailed-exitcode"]).exits(0).shows(&["No changes"]);
    let origin = |name: &str, key: &str| {
        let (addon, _) = attachment(&cloud, name);
        cloud.heroku("GET", &format!("/client/v11/databases/{addon}"), None)[key].clone()
    };
    let (leader, copy) = (json!(attachment(&cloud, "LEADER").0), json!(attachment(&cloud, "COPY").0));
    assert_eq!(origin("COPY", "forked_from"), leader);
    assert_eq!(origin("ANALYSIS", "forked_from"), copy);
    assert_eq!(origin("REPLICA", "following"), leader);
    assert_eq!(addons(&cloud).len(), 4);
}

#[test]
fn a_database_of_an_earlier_run_is_copied_as_soon_as_it_can_be() {
    let (cloud, project) = slow(Duration::from_secs(2), DATABASE);
    project.run(&["apply", "--yes"]).exits(0);
    let both = DATABASE.replace(
        "addons: {",
        "addons: { COPY: { plan: \"heroku-postgresql:standard-0\", config: { fork: DATABASE } },",
    );
    project.write("environments/production.yaml", &both);
    project.run(&["apply", "--yes"]).exits(0);
    assert_eq!(addons(&cloud).len(), 2);
}

#[test]
fn a_var_that_a_rollback_took_away_is_a_finding_with_its_repair() {
    let (cloud, project) = cloud_and(SHOP);
    project.run(&["apply", "--yes"]).exits(0);
    cloud.deploy("shop-production", json!({ "web": "true" }));
    let releases = cloud.heroku("GET", "/apps/shop-production/releases", None);
    let deployed = releases.as_array().unwrap().last().unwrap()["id"].clone();
    project.write("environments/production.yaml", DATABASE);
    project.run(&["apply", "--yes"]).exits(0);
    cloud.heroku("POST", "/apps/shop-production/releases", Some(json!({ "release": deployed })));
    let (database, id) = attachment(&cloud, "DATABASE");
    let attach = |name: &str| format!("heroku addons:attach {database} --as {name} -a shop-production");
    refused(
        &cloud,
        &project,
        &["blocked addons.DATABASE", "`DATABASE_URL` is not set: a rollback", &attach("DATABASE_SPARE")],
    );
    // The repair, line by line.
    let again = |name: &str| json!({ "addon": database, "app": "shop-production", "name": name });
    cloud.heroku("POST", "/addon-attachments", Some(again("DATABASE_SPARE")));
    cloud.heroku("DELETE", &format!("/addon-attachments/{id}"), None);
    cloud.heroku("POST", "/addon-attachments", Some(again("DATABASE")));
    let (_, spare) = attachment(&cloud, "DATABASE_SPARE");
    cloud.heroku("DELETE", &format!("/addon-attachments/{spare}"), None);
    project.run(&["plan", "--detailed-exitcode"]).exits(0).shows(&["No changes"]);
}

#[test]
fn a_wait_for_an_addon_that_vanished_ends_at_once() {
    let (cloud, project) = slow(Duration::from_hours(1), DATABASE);
    let apply = Running::start(&project, &["apply", "--yes"]);
    wait_for(&cloud, "POST addons", 1);
    let id = addons(&cloud)[0]["id"].as_str().unwrap().to_owned();
    cloud.heroku("DELETE", &format!("/apps/shop-production/addons/{id}"), None);
    apply.end().exits(1).tells(&["it disappeared while it was being provisioned"]);
}

#[test]
fn a_provider_that_gave_up_ends_the_wait_and_is_a_finding_from_then_on() {
    let knobs = Knobs {
        provisioning: Duration::from_millis(200),
        addon_state: "deprovisioned".to_owned(),
        ..quick()
    };
    let cloud = Cloud::start(knobs);
    let project = Project::with(DATABASE).at(cloud.sandbox());
    project.run(&["apply", "--yes"]).exits(1).tells(&["the provider could not provision it"]);
    let database = addons(&cloud)[0]["name"].as_str().unwrap().to_owned();
    let repair = format!("heroku addons:destroy {database} -a shop-production");
    refused(&cloud, &project, &["Heroku shows it as deprovisioned", &repair]);
}

#[test]
fn a_state_that_is_not_known_is_shown_as_served_and_changes_nothing() {
    let short = DATABASE.replace("standard-0\"", "standard-0\", wait: 1s");
    // With its vars set it can be used, for an apply as for a plan.
    let cloud = Cloud::start(Knobs { addon_state: "resting".to_owned(), ..quick() });
    let project = Project::with(&short).at(cloud.sandbox());
    project.run(&["apply", "--yes"]).exits(0);
    project.run(&["plan", "--detailed-exitcode"]).exits(0).shows(&["its state is `resting`"]);
    let cloud = Cloud::start(Knobs { addon_state: "failed".to_owned(), ..quick() });
    let project = Project::with(&short).at(cloud.sandbox());
    project.run(&["apply", "--yes"]).exits(1).tells(&["not ready after 1 second"]);
    project.run(&["plan", "--detailed-exitcode"]).exits(0).shows(&["its state is `failed`"]);
}

#[test]
fn a_wait_is_as_long_as_the_spec_says_and_its_usual_length_is_told_beforehand() {
    let short = DATABASE.replace("standard-0\"", "standard-0\", wait: 1s");
    let (_cloud, project) = slow(Duration::from_hours(1), &short);
    project.run(&["plan"]).exits(0).shows(&["takes minutes, usually up to 5"]);
    let told =
        &["not ready after 1 second", "`wait` at `addons.DATABASE`, or `--wait`, sets how long is waited"];
    project.run(&["apply", "--yes"]).exits(1).tells(told);
    // What was ordered is waited for again, and not ordered twice.
    project.run(&["plan"]).exits(0).shows(&["~ addons.DATABASE", "takes minutes, usually up to 5"]);
}

#[test]
fn the_operator_limits_every_wait_whatever_the_spec_says() {
    let knobs = Knobs { provisioning: Duration::from_hours(1), domain: Duration::from_hours(1), ..quick() };
    let spec = DATABASE.replace("standard-0\"", "standard-0\", wait: 12h");
    let spec = spec.replace("app: { name", "app: { domains: [app.shop.example], name");
    let cloud = Cloud::start(knobs);
    let project = Project::with(&spec).at(cloud.sandbox());
    project.run(&["apply", "--yes", "--wait", "1s"]).exits(1).tells(&[
        "wait for add-on DATABASE",
        "wait for domain app.shop.example",
        "not ready after 1 second",
    ]);
    project.run(&["apply", "--yes", "--wait", "a while"]).exits(1).tells(&["from `1s` to `12h`"]);
}

#[test]
fn vars_of_a_known_service_are_refused_offline_and_external_ones_are_satisfied() {
    let spec = |value: &str| {
        format!(
            "{SHOP}addons: {{ CACHE: {{ plan: \"memcachier:dev\" }}, CRON: {{ plan: \"scheduler:standard\" }} }}\n\
             config: {{ CACHE_SERVERS: {value}, CRON_URL: https://cron.example, OTHER: b }}\n"
        )
    };
    let (cloud, project) = cloud_and(&spec("mine"));
    project.run(&["apply", "--yes"]).exits(1).tells(&["`CACHE_SERVERS` belongs to the add-on `CACHE`"]);
    assert_nothing_written(&cloud);
    project.write("environments/production.yaml", &spec("{ external: true }"));
    project.run(&["apply", "--yes"]).exits(0);
    project.run(&["plan", "--detailed-exitcode"]).exits(0).shows(&["No changes"]);
    let vars = cloud.heroku("GET", "/apps/shop-production/config-vars", None);
    assert_eq!((&vars["CRON_URL"], &vars["OTHER"]), (&json!("https://cron.example"), &json!("b")));
}

#[test]
fn a_var_that_turns_out_to_be_an_addons_is_left_to_it_and_the_others_are_set() {
    let spec = format!(
        "{SHOP}addons: {{ FILES: {{ plan: \"bucketeer:hobbyist\" }} }}\n\
         config: {{ FILES_BUCKET_NAME: mine, FILES_PREFIX: a, OTHER: b }}\n"
    );
    let (cloud, project) = cloud_and(&spec);
    let plan = project.run(&["plan"]).exits(0);
    let warned = "should that add-on set it too, it is left to the add-on";
    assert!(flat(&plan.stdout).contains(warned), "{}", plan.stdout);
    let ran = project.run(&["apply", "--yes"]).exits(1);
    ran.tells(&[
        "`FILES_BUCKET_NAME` turned out to belong to the add-on bucketeer",
        "every other var is set",
    ]);
    let vars = cloud.heroku("GET", "/apps/shop-production/config-vars", None);
    assert_eq!((&vars["FILES_PREFIX"], &vars["OTHER"]), (&json!("a"), &json!("b")));
    assert_ne!(vars["FILES_BUCKET_NAME"], "mine");
    // From then on it is known, and said the same way.
    project.run(&["plan"]).exits(1).tells(&["`FILES_BUCKET_NAME` belongs to the add-on bucketeer"]);
    let external = spec.replace("FILES_BUCKET_NAME: mine", "FILES_BUCKET_NAME: { external: true }");
    project.write("environments/production.yaml", &external);
    project.run(&["plan", "--detailed-exitcode"]).exits(0).shows(&["No changes"]);
}

#[test]
fn a_var_that_heroku_refuses_is_left_to_its_add_on_and_the_others_are_set() {
    let spec = format!(
        "{SHOP}addons: {{ MONITOR: {{ plan: \"newrelic:wayne\" }} }}\n\
         config: {{ NEW_RELIC_LOG: stdout, OTHER: b, TOKEN: {{ generate: hex, bytes: 8 }} }}\n"
    );
    let (cloud, project) = cloud_and(&spec);
    let ran = project.run(&["apply", "--yes"]).exits(1);
    ran.tells(&["`NEW_RELIC_LOG` turned out to belong to the add-on newrelic", "every other var is set"]);
    let vars = cloud.heroku("GET", "/apps/shop-production/config-vars", None);
    assert_eq!(vars["OTHER"], "b");
    assert!(vars["TOKEN"].is_string() && vars["NEW_RELIC_LOG"] != "stdout", "{vars}");
    project.run(&["plan"]).exits(1).tells(&["`NEW_RELIC_LOG` belongs to the add-on newrelic"]);
}

#[test]
fn what_attach_names_is_looked_up_by_the_plan() {
    let (cloud, project) =
        cloud_and(&format!("{SHOP}addons: {{ CACHE: {{ attach: no-such-redis }} }}\nconfig: {{ A: b }}\n"));
    for command in [&["plan"][..], &["apply", "--yes"]] {
        let ran = project.run(command).exits(1);
        ran.tells(&["there is no add-on `no-such-redis` that this account may use", "production.yaml:2:"]);
    }
    assert_nothing_written(&cloud);
    let theirs = json!({ "name": "their-shop" });
    cloud.heroku_as("other-token", "POST", "/apps", Some(theirs));
    let order = json!({ "plan": "heroku-redis:mini", "name": "no-such-redis" });
    cloud.heroku_as("other-token", "POST", "/apps/their-shop/addons", Some(order));
    project.run(&["plan"]).exits(1).tells(&["no add-on `no-such-redis` that this account may use"]);
}

#[test]
fn a_backup_under_the_colour_of_the_database_is_its_backup() {
    let (cloud, project) = cloud_and(DATABASE);
    project.run(&["apply", "--yes"]).exits(0);
    let (database, _) = attachment(&cloud, "DATABASE");
    let colour = json!({ "addon": database, "app": "shop-production", "name": "HEROKU_POSTGRESQL_COPPER" });
    cloud.heroku("POST", "/addon-attachments", Some(colour));
    let path = format!("/client/v11/databases/{database}/transfer-schedules");
    let by_hand = json!({ "hour": "05", "timezone": "UTC", "schedule_name": "HEROKU_POSTGRESQL_COPPER_URL" });
    cloud.heroku("POST", &path, Some(by_hand));
    let spec = |hour: &str| {
        DATABASE.replace("standard-0\"", &format!("standard-0\", backups: {{ at: \"{hour}:00 UTC\" }}"))
    };
    project.write("environments/production.yaml", &spec("05"));
    project.run(&["plan", "--detailed-exitcode"]).exits(0).shows(&["No changes"]);
    project.write("environments/production.yaml", &spec("02"));
    project.run(&["apply", "--yes"]).exits(0).shows(&["05:00 UTC", "02:00 UTC"]);
    project.run(&["plan", "--detailed-exitcode"]).exits(0);
    let kept = cloud.heroku("GET", &path, None);
    assert_eq!(kept.as_array().unwrap().len(), 1, "{kept}");
}

#[test]
fn a_credential_and_a_pool_are_attached_compared_and_moved() {
    let (cloud, project) = cloud_and(
        "app: { name: desk-production }\naddons: { LEDGER: { plan: \"heroku-postgresql:standard-0\" } }\n",
    );
    project.run(&["apply", "--yes"]).exits(0);
    let database =
        cloud.heroku("GET", "/apps/desk-production/addons", None)[0]["name"].as_str().unwrap().to_owned();
    let spec = |reader: &str| {
        format!(
            "{SHOP}addons:\n  READER: {{ attach: {database}{reader} }}\n  POOL: {{ attach: {database}, pool: true }}\n"
        )
    };
    let readonly = spec(", credential: readonly");
    project.write("environments/production.yaml", &readonly);
    project.run(&["apply", "--yes"]).exits(3).shows(&[
        &format!("the database {database} has no credential `readonly`"),
        &format!("heroku pg:credentials:create {database} --name readonly -a desk-production"),
    ]);
    let credentials = format!("/postgres/v0/databases/{database}/credentials");
    cloud.heroku("POST", &credentials, Some(json!({ "name": "readonly" })));
    project.run(&["apply", "--yes"]).exits(0);
    project.run(&["plan", "--detailed-exitcode"]).exits(0).shows(&["No changes"]);
    let vars = |name: &str| cloud.heroku("GET", "/apps/shop-production/config-vars", None)[name].clone();
    assert_ne!(vars("READER_URL"), vars("POOL_URL"));
    // The add-on as such is another thing than a credential of it.
    project.write("environments/production.yaml", &spec(""));
    project.run(&["apply", "--yes"]).exits(0).shows(&["credential:readonly", "default"]);
    project.run(&["plan", "--detailed-exitcode"]).exits(0).shows(&["No changes"]);
    let whole = cloud.heroku("GET", "/apps/desk-production/config-vars", None)["LEDGER_URL"].clone();
    assert_eq!(vars("READER_URL"), whole);
}
