//! Names that belong to someone else: the plan says whose and what to do, and an apply is refused with 3 before
//! anything is written.

use serde_json::json;
use trueup::sandbox::{OTHER_KEY, OTHER_SECRET};

use crate::children::Running;
use crate::common::{assert_nothing_written, cloud_and, fault, flat, refusal, writes};
use crate::support::{Cloud, Project, quick};

/// An app, a bucket and a user with a key.
const SHOP: &str = concat!(
    "app: { name: shop-production }\n",
    "buckets: { uploads: { name: shop-uploads, region: us-east-1 } }\n",
    "iam_users: { app: { name: shop-user, grants: { uploads: read-write } } }\n",
);

/// A project of another Heroku account and another AWS account.
fn stranger(cloud: &Cloud, spec: &str) -> Project {
    Project::with(spec)
        .at(cloud.sandbox())
        .set("HEROKU_API_KEY", "other-token")
        .set("AWS_ACCESS_KEY_ID", OTHER_KEY)
        .set("AWS_SECRET_ACCESS_KEY", OTHER_SECRET)
}

/// Applies, and sees that it is refused with these words and nothing written.
#[track_caller]
fn refused(cloud: &Cloud, project: &Project, words: &[&str]) {
    cloud.sandbox().forget_calls();
    let ran = project.run(&["apply", "--yes"]).exits(3).shows(words);
    ran.tells(&[
        "trueup refuses to make, so nothing was done",
        "hint: follow the advice beside each `blocked` line",
    ]);
    assert_nothing_written(cloud);
}

#[test]
fn an_app_of_someone_else_is_left_alone() {
    let (cloud, project) = cloud_and("app: { name: shop-production }\nconfig: { A: b }\n");
    stranger(&cloud, "app: { name: shop-production }\n").run(&["apply", "--yes"]).exits(0);
    refused(
        &cloud,
        &project,
        &["blocked app.name the app `shop-production` belongs to someone else choose another `app.name`"],
    );
}

#[test]
fn what_shows_of_an_app_of_someone_else_is_not_compared() {
    let (cloud, project) = cloud_and(DATABASE);
    project.run(&["apply", "--yes"]).exits(0);
    let theirs = json!({ "method": "GET", "path": "/apps/shop-production", "times": 99, "kind": { "refuse": {
        "status": 403, "id": "", "message": "You do not have access to the app shop-production."
    } } });
    cloud.sandbox().set_faults(vec![fault(&theirs.to_string())]);
    let plan = project.run(&["plan"]).exits(0).shows(&["blocked app.name", "belongs to someone else"]);
    assert!(!plan.stdout.contains("heroku addons:detach"), "{}", plan.stdout);
}

#[test]
fn a_refusal_that_is_not_about_whose_the_app_is_keeps_herokus_words() {
    for (status, id, message, hint) in [
        (402, "delinquent", "Account is delinquent.", "settle them at"),
        (403, "suspended", "The app is suspended.", "ask Heroku's support"),
        (403, "two_factor", "A second authentication factor is required", "heroku authorizations:create"),
        (
            403,
            "sso_required",
            "Log in through your identity provider.",
            "do first what Heroku's words ask for",
        ),
        (403, "forbidden", "Your address is not trusted.", "refuses the address of this machine"),
    ] {
        let (cloud, project) = cloud_and("app: { name: shop-production }\nconfig: { A: b }\n");
        let refusal = json!({ "service": "heroku", "times": 99,
            "kind": { "refuse": { "status": status, "id": id, "message": message } } });
        cloud.sandbox().set_faults(vec![fault(&refusal.to_string())]);
        for command in [&["plan"][..], &["apply", "--yes"]] {
            let ran = project.run(command).exits(1).tells(&[message, hint]);
            assert!(!ran.stderr.contains("someone else") && ran.stdout.is_empty(), "{ran:?}");
        }
        assert_nothing_written(&cloud);
    }
}

#[test]
fn buildpacks_that_no_spec_could_ask_for_are_read_shown_without_secrets_and_replaced() {
    let (cloud, project) = cloud_and("app: { name: shop-production }\n");
    project.run(&["apply", "--yes"]).exits(0);
    let live = json!({ "updates": [
        { "buildpack": "git://github.com/a/pack.git" },
        { "buildpack": "git@github.com:a/pack.git" },
        { "buildpack": "https://user:s3cret-t0ken@github.com/a/pack" },
    ] });
    cloud.heroku("PUT", "/apps/shop-production/buildpack-installations", Some(live));
    project.run(&["plan", "--detailed-exitcode"]).exits(0);
    project.write(
        "environments/production.yaml",
        "app: { name: shop-production }\nbuildpacks: [heroku/nodejs, heroku/ruby]\n",
    );
    for format in ["text", "json"] {
        let ran = project.run(&["plan", "--format", format]).exits(0);
        assert!(!ran.stdout.contains("s3cret"), "{}", ran.stdout);
        assert!(ran.stdout.contains("(sensitive)@github.com/a/pack"), "{}", ran.stdout);
    }
    project
        .run(&["apply", "--yes"])
        .exits(0)
        .shows(&["git://github.com/a/pack.git", "git@github.com:a/pack.git"]);
    project.run(&["plan", "--detailed-exitcode"]).exits(0);
}

const DATABASE: &str =
    "app: { name: shop-production }\naddons: { DATABASE: { plan: \"heroku-postgresql:standard-0\" } }\n";

#[test]
fn a_database_elsewhere_is_not_overwritten_by_a_new_one() {
    let (cloud, project) = cloud_and("app: { name: shop-production }\n");
    project.run(&["apply", "--yes"]).exits(0);
    let by_hand = json!({ "DATABASE_URL": "postgres://elsewhere" });
    cloud.heroku("PATCH", "/apps/shop-production/config-vars", Some(by_hand.clone()));
    cloud.sandbox().forget_calls();
    project.write("environments/production.yaml", DATABASE);
    refused(
        &cloud,
        &project,
        &[
            "blocked addons.DATABASE `DATABASE_URL` is set by hand on the app",
            "heroku config:set OLD_DATABASE_URL=\"$(heroku config:get DATABASE_URL -a shop-production)\"",
        ],
    );
    assert_eq!(cloud.heroku("GET", "/apps/shop-production/config-vars", None), by_hand);
    let moved = json!({ "OLD_DATABASE_URL": "postgres://elsewhere", "DATABASE_URL": null });
    cloud.heroku("PATCH", "/apps/shop-production/config-vars", Some(moved));
    project.run(&["apply", "--yes"]).exits(0);
    project.run(&["plan", "--detailed-exitcode"]).exits(0);
    let live = cloud.heroku("GET", "/apps/shop-production/config-vars", None);
    assert_eq!(live["OLD_DATABASE_URL"], "postgres://elsewhere");
}

#[test]
fn a_database_elsewhere_that_is_set_after_the_plan_is_not_overwritten_either() {
    let (cloud, project) = cloud_and("app: { name: shop-production }\n");
    project.run(&["apply", "--yes"]).exits(0);
    project.write("environments/production.yaml", DATABASE);
    cloud.sandbox().set_faults(vec![fault(r#"{ "operation": "POST addons", "kind": "hold-before" }"#)]);
    let apply = Running::start(&project, &["apply", "--yes"]);
    cloud.wait_for_held();
    let by_hand = json!({ "DATABASE_URL": "postgres://elsewhere" });
    cloud.heroku("PATCH", "/apps/shop-production/config-vars", Some(by_hand.clone()));
    cloud.sandbox().release(true);
    apply.end().exits(3).tells(&[
        "`DATABASE_URL` is set by hand on the app, and the add-on would overwrite it",
        "hint: run the same command again",
    ]);
    assert_eq!(cloud.heroku("GET", "/apps/shop-production/config-vars", None), by_hand);
    project.run(&["apply", "--yes"]).exits(3).shows(&["blocked addons.DATABASE"]);
}

#[test]
fn a_database_that_lost_its_name_is_found_again_and_not_ordered_twice() {
    let (cloud, project) = cloud_and(DATABASE);
    project.run(&["apply", "--yes"]).exits(0);
    let addons = cloud.heroku("GET", "/apps/shop-production/addons", None);
    let database = addons[0]["name"].as_str().unwrap().to_owned();
    let attachments = cloud.heroku("GET", "/apps/shop-production/addon-attachments", None);
    let colour = json!({ "addon": database, "app": "shop-production", "name": "COPPER" });
    cloud.heroku("POST", "/addon-attachments", Some(colour));
    let id = attachments[0]["id"].as_str().unwrap();
    cloud.heroku("DELETE", &format!("/addon-attachments/{id}"), None);
    cloud.sandbox().forget_calls();
    let line = format!("heroku addons:attach {database} --as DATABASE -a shop-production");
    refused(&cloud, &project, &["blocked addons.DATABASE the app has", &line]);
    let again = json!({ "addon": database, "app": "shop-production", "name": "DATABASE" });
    cloud.heroku("POST", "/addon-attachments", Some(again));
    project.run(&["plan", "--detailed-exitcode"]).exits(0);
}

#[test]
fn a_var_that_only_some_plans_of_a_service_set_is_not_overwritten_either() {
    let (cloud, project) = cloud_and("app: { name: shop-production }\n");
    project.run(&["apply", "--yes"]).exits(0);
    let by_hand = json!({ "CACHE_TLS_URL": "rediss://elsewhere" });
    cloud.heroku("PATCH", "/apps/shop-production/config-vars", Some(by_hand.clone()));
    project.write(
        "environments/production.yaml",
        "app: { name: shop-production }\naddons: { CACHE: { plan: \"heroku-redis:mini\" } }\n",
    );
    let kept = "heroku config:set OLD_CACHE_TLS_URL=";
    refused(&cloud, &project, &["blocked addons.CACHE `CACHE_TLS_URL` is set by hand on the app", kept]);
    assert_eq!(cloud.heroku("GET", "/apps/shop-production/config-vars", None), by_hand);
}

#[test]
fn a_var_that_nobody_could_know_to_be_the_add_ons_is_kept_and_said_how() {
    for monitor in ["plan: \"newrelic:wayne\"", "attach: desk-monitor"] {
        let (cloud, project) = cloud_and("app: { name: shop-production }\n");
        project.run(&["apply", "--yes"]).exits(0);
        cloud.heroku("POST", "/apps", Some(json!({ "name": "desk-production" })));
        let order = json!({ "plan": "newrelic:wayne", "name": "desk-monitor" });
        cloud.heroku("POST", "/apps/desk-production/addons", Some(order));
        let by_hand = json!({ "NEW_RELIC_LOG": "/var/log/mine" });
        cloud.heroku("PATCH", "/apps/shop-production/config-vars", Some(by_hand.clone()));
        let spec = format!("app: {{ name: shop-production }}\naddons: {{ MONITOR: {{ {monitor} }} }}\n");
        project.write("environments/production.yaml", &spec);
        let ran = project.run(&["apply", "--yes"]).exits(1).tells(&[
            "Nothing is confirmed for you: `NEW_RELIC_LOG` is set by hand on the app",
            "heroku config:unset NEW_RELIC_LOG -a shop-production",
            "hint: this does not resolve itself",
        ]);
        assert!(!ran.stderr.contains("do this one step with the `heroku` program"), "{}", ran.stderr);
        assert_eq!(cloud.heroku("GET", "/apps/shop-production/config-vars", None), by_hand);
    }
}

#[test]
fn databases_without_names_are_all_told_and_none_is_ordered() {
    let (cloud, project) = cloud_and("app: { name: shop-production }\n");
    project.run(&["apply", "--yes"]).exits(0);
    let order = |colour: &str| {
        let name = json!({ "name": format!("HEROKU_POSTGRESQL_{colour}") });
        let order = json!({ "plan": "heroku-postgresql:standard-0", "attachment": name });
        cloud.heroku("POST", "/apps/shop-production/addons", Some(order))["name"].as_str().unwrap().to_owned()
    };
    let (copper, jade) = (order("COPPER"), order("JADE"));
    project.write("environments/production.yaml", DATABASE);
    let line = |database: &str| format!("heroku addons:attach {database} --as DATABASE -a shop-production");
    refused(&cloud, &project, &["blocked addons.DATABASE", &line(&copper), &line(&jade)]);
}

#[test]
fn what_heroku_wants_confirmed_is_not_confirmed_for_the_user() {
    let (cloud, project) = cloud_and(DATABASE);
    cloud.sandbox().set_faults(vec![refusal(
        1,
        "POST addons",
        (423, "confirmation_required", "The add-on is not in the app's network."),
    )]);
    project.run(&["apply", "--yes"]).exits(1).tells(&[
        "The add-on is not in the app's network. (423, confirmation_required",
        "hint: Heroku wants this confirmed by a person",
    ]);
    project.run(&["apply", "--yes"]).exits(0);
}

#[test]
fn a_name_that_is_taken_only_when_it_is_asked_for_says_to_choose_another() {
    let (cloud, project) = cloud_and("app: { name: shop-production }\nconfig: { A: b }\n");
    cloud.sandbox().set_faults(vec![refusal(
        9,
        "POST apps",
        (422, "invalid_params", "Name shop-production is already taken"),
    )]);
    project.run(&["apply", "--yes"]).exits(1).tells(&[
        "not done app create",
        "Name shop-production is already taken (422, invalid_params",
        "hint: choose another `app.name`",
        "config.A create",
    ]);
    assert!(writes(&cloud).is_empty());
}

#[test]
fn a_bucket_of_another_account_is_left_alone() {
    let (cloud, project) = cloud_and(SHOP);
    let theirs = SHOP.replace("shop-production", "their-shop");
    stranger(&cloud, &theirs).run(&["apply", "--yes"]).exits(0);
    refused(
        &cloud,
        &project,
        &[
            "blocked buckets.uploads",
            "shop-uploads",
            "belongs to another AWS account",
            "choose another `name`",
        ],
    );
}

#[test]
fn a_bucket_in_another_region_is_left_where_it_is() {
    let (cloud, project) = cloud_and(SHOP);
    project.run(&["apply", "--yes"]).exits(0);
    project.write("environments/production.yaml", &SHOP.replace("us-east-1", "eu-west-1"));
    refused(
        &cloud,
        &project,
        &[
            "blocked buckets.uploads.region shop-uploads is in us-east-1, and a bucket cannot move to eu-west-1",
        ],
    );
}

#[test]
fn what_another_environment_has_tagged_is_its_own() {
    let (cloud, project) = cloud_and(SHOP);
    project.run(&["apply", "--yes"]).exits(0);
    std::fs::remove_file(project.file("environments/production.yaml")).unwrap();
    project.write("environments/staging.yaml", &SHOP.replace("shop-production", "shop-staging"));
    refused(
        &cloud,
        &project,
        &[
            "blocked buckets.uploads",
            "blocked iam_users.app the user shop-user belongs to environment production of app shop-production",
            "choose another `name`, or remove its trueup tags if that environment is gone",
        ],
    );
}

#[test]
fn a_region_that_cannot_change_says_what_to_do() {
    let (cloud, project) = cloud_and("app: { name: shop-production, region: us }\n");
    project.run(&["apply", "--yes"]).exits(0);
    project.write("environments/production.yaml", "app: { name: shop-production, region: eu }\n");
    refused(&cloud, &project, &["blocked app.region", "us", "eu"]);
    let plan = project.run(&["plan", "--format", "json"]).exits(0).json();
    assert_eq!(plan["blocked"][0]["address"], "app.region");
    assert!(plan["blocked"][0]["advice"].as_str().is_some_and(|advice| !advice.is_empty()), "{plan}");
}

#[test]
fn a_plan_of_what_is_refused_still_shows_the_rest() {
    let (cloud, project) = cloud_and(SHOP);
    stranger(&cloud, "app: { name: shop-production }\n").run(&["apply", "--yes"]).exits(0);
    let ran = project.run(&["plan", "--detailed-exitcode"]);
    assert!(flat(&ran.stdout).contains("+ buckets.uploads"), "{}", ran.stdout);
    assert_eq!(cloud.heroku("GET", "/apps", None), json!([]));
    assert_eq!(ran.code, 2, "a difference is a difference, also when it cannot be made");
}

#[test]
fn the_second_account_is_another_world() {
    let cloud = Cloud::start(quick());
    let ours = Project::with(SHOP).at(cloud.sandbox());
    ours.run(&["apply", "--yes"]).exits(0);
    // Users are of an account, so the same name is free there; buckets and apps are of the whole world.
    let theirs = SHOP.replace("shop-production", "their-shop").replace("shop-uploads", "their-uploads");
    stranger(&cloud, &theirs).run(&["apply", "--yes"]).exits(0);
    ours.run(&["plan", "--detailed-exitcode"]).exits(0);
}
