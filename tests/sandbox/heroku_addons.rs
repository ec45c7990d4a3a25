//! The rules of add-ons and attachments that bite, asked of the embedded Heroku over HTTP.

use std::time::Duration;

use crate::heroku_client::{Answer, Heroku, VERSION, quick};
use serde_json::{Value, json};
use trueup::sandbox::{Knobs, Options};

const DATABASE: &str = "/client/v11/databases/ledger-db";

/// A cloud with an app `shop` whose database takes so long.
async fn slow(provisioning: Duration) -> Heroku {
    let heroku =
        Heroku::with(Options { knobs: Knobs { provisioning, ..quick() }, ..Options::default() }).await;
    heroku.send("POST /apps", json!({ "name": "shop" })).await.done();
    heroku
}

/// A cloud with the apps `shop` and `desk`, and a database `ledger-db` on the first.
async fn with_database() -> Heroku {
    let heroku = Heroku::with_shop().await;
    heroku.send("POST /apps", json!({ "name": "desk" })).await.done();
    order(&heroku, "heroku-postgresql:standard-0").await.done();
    heroku
}

async fn order(heroku: &Heroku, plan: &str) -> Answer {
    let body = json!({ "plan": { "name": plan }, "name": "ledger-db", "attachment": { "name": "DATABASE" } });
    heroku.send("POST /apps/shop/addons", body).await
}

async fn attach(heroku: &Heroku, body: Value) -> Answer {
    heroku.send("POST /addon-attachments", body).await
}

// ---- provisioning

#[tokio::test]
async fn a_database_that_is_being_made_gives_no_vars_and_is_unknown_to_the_data_api() {
    let heroku = slow(Duration::from_hours(1)).await;
    let answer = order(&heroku, "heroku-postgresql:standard-0").await;
    assert_eq!((answer.status, &answer.body["state"]), (202, &json!("provisioning")));
    assert_eq!(heroku.get("/apps/shop/addons/ledger-db").await.done()["config_vars"], json!([]));
    assert_eq!(heroku.get("/apps/shop/config-vars").await.done(), json!({}));
    heroku.get(DATABASE).await.refused(404, "not_found");
    heroku.get(&format!("{DATABASE}/wait_status")).await.refused(404, "not_found");
}

#[tokio::test]
async fn the_three_clocks_strike_in_their_order() {
    let heroku = slow(Duration::from_millis(150)).await;
    order(&heroku, "heroku-postgresql:standard-0").await.done();
    let mut seen = Vec::new();
    while seen.last() != Some(&"usable") {
        // Asked from the last clock to the first, so that none can strike in between and look early.
        let waits = heroku.get(&format!("{DATABASE}/wait_status")).await;
        let has_var = !heroku.get("/apps/shop/config-vars").await.done()["DATABASE_URL"].is_null();
        let state = heroku.get("/addons/ledger-db").await.done()["state"].clone();
        if waits.status == 200 {
            assert!(has_var && state == "provisioned", "{state} {has_var}");
        }
        let now = match (waits.status, &waits.body["waiting?"]) {
            (404, _) => "being made",
            (200, Value::Bool(true)) => "prepared",
            (200, Value::Bool(false)) => "usable",
            _ => panic!("{waits:?}"),
        };
        if seen.last() != Some(&now) {
            seen.push(now);
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let order = ["being made", "prepared", "usable"];
    assert!(seen.is_sorted_by_key(|one| order.iter().position(|other| other == one)), "{seen:?}");
}

#[tokio::test]
async fn what_needs_no_machine_is_there_at_once() {
    let heroku = slow(Duration::from_hours(1)).await;
    let answer = heroku.send("POST /apps/shop/addons", json!({ "plan": "papertrail:choklad" })).await;
    assert_eq!((answer.status, &answer.body["state"]), (201, &json!("provisioned")));
    assert_eq!(answer.body["config_vars"], json!(["PAPERTRAIL_API_TOKEN"]));
}

// ---- orders

#[tokio::test]
async fn an_addon_is_one_release_and_its_going_another() {
    let heroku = with_database().await;
    heroku.ask("DELETE /apps/shop/addons/ledger-db", &[], None).await.done();
    assert_eq!(heroku.releases("shop").await[2..], ["Attach DATABASE", "Detach DATABASE"]);
    heroku.get("/addons/ledger-db").await.refused(404, "not_found");
    assert_eq!(heroku.get("/apps/shop/config-vars").await.done(), json!({}));
}

#[tokio::test]
async fn unknown_plans_and_bad_or_taken_names_are_refused_and_nothing_is_made() {
    let heroku = with_database().await;
    for body in [
        json!({ "plan": "heroku-postgresql:hobby-dev" }),
        json!({ "plan": "nothing:at-all" }),
        json!({}),
        json!({ "plan": "papertrail:choklad", "name": "ledger-db" }),
        json!({ "plan": "papertrail:choklad", "name": "1st" }),
        json!({ "plan": "papertrail:choklad", "attachment": { "name": "DATABASE" } }),
        json!({ "plan": "papertrail:choklad", "attachment": { "name": "not-a-var" } }),
    ] {
        heroku.send("POST /apps/shop/addons", body.clone()).await.refused(422, "invalid_params");
    }
    assert_eq!(heroku.get("/addons").await.done().as_array().unwrap().len(), 1);
    assert_eq!(heroku.releases("shop").await.len(), 3);
}

#[tokio::test]
async fn a_var_that_is_set_is_overwritten_only_when_confirmed_with_the_apps_name() {
    let heroku = Heroku::with_shop().await;
    let vars = json!({ "DATABASE_URL": "elsewhere", "CACHE_SERVERS": "elsewhere", "CACHE_URL": "kept" });
    heroku.send("PATCH /apps/shop/config-vars", vars.clone()).await.done();
    let orders = [("heroku-postgresql:standard-0", "DATABASE"), ("memcachier:dev", "CACHE")];
    for (plan, name) in orders {
        let order =
            |confirm: &str| json!({ "plan": plan, "attachment": { "name": name }, "confirm": confirm });
        for confirm in ["", "desk"] {
            let answer = heroku.send("POST /apps/shop/addons", order(confirm)).await;
            answer.refused(423, "confirmation_required");
        }
    }
    assert_eq!(heroku.get("/apps/shop/config-vars").await.done(), vars);
    for (plan, name) in orders {
        let order = json!({ "plan": plan, "attachment": { "name": name }, "confirm": "shop" });
        heroku.send("POST /apps/shop/addons", order).await.done();
    }
    let live = heroku.get("/apps/shop/config-vars").await.done();
    for var in ["DATABASE_URL", "CACHE_SERVERS", "CACHE_USERNAME", "CACHE_PASSWORD"] {
        assert!(live[var].as_str().is_some_and(|value| value != "elsewhere"), "{var}: {live}");
    }
    assert_eq!(live["CACHE_URL"], "kept");
}

#[tokio::test]
async fn attaching_does_not_overwrite_a_var_either() {
    let heroku = with_database().await;
    heroku.send("PATCH /apps/desk/config-vars", json!({ "LEDGER_URL": "elsewhere" })).await.done();
    let body =
        |confirm: &str| json!({ "addon": "ledger-db", "app": "desk", "name": "LEDGER", "confirm": confirm });
    attach(&heroku, body("")).await.refused(423, "confirmation_required");
    attach(&heroku, body("desk")).await.done();
    assert_ne!(heroku.get("/apps/desk/config-vars").await.done()["LEDGER_URL"], "elsewhere");
}

#[tokio::test]
async fn a_second_database_gets_a_colour() {
    let heroku = with_database().await;
    let second =
        heroku.send("POST /apps/shop/addons", json!({ "plan": "heroku-postgresql:standard-0" })).await;
    let vars = second.done()["config_vars"].clone();
    let name = vars[0].as_str().unwrap();
    assert!(name.starts_with("HEROKU_POSTGRESQL_") && name.ends_with("_URL"), "{name}");
}

#[tokio::test]
async fn a_plan_changes_within_its_tier_and_not_out_of_essential() {
    let heroku = with_database().await;
    let change = |plan: &str| json!({ "plan": plan });
    let path = "PATCH /apps/shop/addons/DATABASE";
    let bigger = heroku.send(path, change("heroku-postgresql:standard-2")).await.done();
    assert_eq!(
        (&bigger["plan"]["name"], &bigger["name"]),
        (&json!("heroku-postgresql:standard-2"), &json!("ledger-db"))
    );
    heroku.send(path, change("heroku-postgresql:standard-2")).await.done();
    for plan in ["heroku-postgresql:essential-0", "heroku-postgresql:none", "papertrail:fixa"] {
        heroku.send(path, change(plan)).await.refused(422, "invalid_params");
    }
    assert_eq!(heroku.releases("shop").await[3..], ["Change plan to heroku-postgresql:standard-2"]);

    let heroku = Heroku::with_shop().await;
    order(&heroku, "heroku-postgresql:essential-0").await.done();
    heroku.send(path, change("heroku-postgresql:standard-0")).await.refused(422, "invalid_params");
    heroku.send(path, change("heroku-postgresql:essential-1")).await.done();
}

#[tokio::test]
async fn a_renamed_addon_keeps_its_plan_and_its_name_is_unique() {
    let heroku = with_database().await;
    heroku.send("POST /apps/shop/addons", json!({ "plan": "papertrail:fixa", "name": "logs" })).await.done();
    let renamed = json!({ "plan": "", "name": "journal" });
    let renamed = heroku.send("PATCH /apps/shop/addons/logs", renamed).await.done();
    assert_eq!((&renamed["name"], &renamed["plan"]["name"]), (&json!("journal"), &json!("papertrail:fixa")));
    let taken = json!({ "plan": "", "name": "ledger-db" });
    heroku.send("PATCH /apps/shop/addons/journal", taken).await.refused(422, "invalid_params");
}

#[tokio::test]
async fn an_addon_is_found_on_the_apps_that_use_it_only() {
    let heroku = with_database().await;
    heroku.get("/apps/desk/addons/ledger-db").await.refused(404, "not_found");
    attach(&heroku, json!({ "addon": "ledger-db", "app": "desk", "name": "LEDGER" })).await.done();
    let seen = heroku.get("/apps/desk/addons/LEDGER").await.done();
    assert_eq!((&seen["name"], &seen["app"]["name"]), (&json!("ledger-db"), &json!("shop")));
    let listed = heroku.get("/apps/desk/addons").await.done();
    assert_eq!(listed[0]["app"]["name"], "shop", "listed where it is attached, with its billing app");
    let change = json!({ "plan": "heroku-postgresql:standard-2" });
    heroku.send("PATCH /apps/desk/addons/LEDGER", change).await.refused(403, "forbidden");
    heroku.ask("DELETE /apps/desk/addons/LEDGER", &[], None).await.refused(403, "forbidden");
}

#[tokio::test]
async fn expansions_and_inclusions_show_more() {
    let heroku = with_database().await;
    let plain = heroku.get("/addons/ledger-db").await.done();
    assert!(plain["plan"]["price"].is_null());
    let rich = [("accept", VERSION), ("accept-expansion", "addon_service,plan")];
    let addon = heroku.ask("GET /addons/ledger-db", &rich, None).await.done();
    assert_eq!(
        (&addon["plan"]["price"]["cents"], &addon["addon_service"]["state"]),
        (&json!(5000), &json!("ga"))
    );
    let rich = [("accept", VERSION), ("accept-inclusion", "addon:plan,config_vars")];
    let attached = heroku.ask("GET /apps/shop/addon-attachments", &rich, None).await.done();
    assert_eq!(attached[0]["config_vars"], json!(["DATABASE_URL"]));
    assert_eq!(attached[0]["addon"]["plan"]["name"], "heroku-postgresql:standard-0");
}

// ---- attachments

#[tokio::test]
async fn an_attachment_gives_another_app_the_same_value_under_its_own_name() {
    let heroku = with_database().await;
    attach(&heroku, json!({ "addon": { "name": "ledger-db" }, "app": { "name": "desk" }, "name": "LEDGER" }))
        .await
        .done();
    let here = heroku.get("/apps/shop/config-vars").await.done();
    let there = heroku.get("/apps/desk/config-vars").await.done();
    assert_eq!(there["LEDGER_URL"], here["DATABASE_URL"]);
    assert_eq!(heroku.releases("desk").await.last().unwrap(), "Attach LEDGER");
    let vars = json!({ "LEDGER_URL": "mine" });
    heroku.send("PATCH /apps/desk/config-vars", vars).await.refused(422, "invalid_params");
}

#[tokio::test]
async fn a_taken_attachment_name_moves_only_when_confirmed_with_the_apps_name() {
    let heroku = with_database().await;
    let second = json!({ "plan": "heroku-postgresql:standard-0", "name": "second-db", "attachment": { "name": "SECOND" } });
    heroku.send("POST /apps/shop/addons", second).await.done();
    let body = |confirm: &str| json!({ "addon": "second-db", "app": "shop", "name": "DATABASE", "confirm": confirm });
    attach(&heroku, json!({ "addon": "ledger-db", "app": "shop", "name": "FORMER" })).await.done();
    for confirm in ["", "desk"] {
        attach(&heroku, body(confirm)).await.refused(423, "confirmation_required");
    }
    let moved = attach(&heroku, body("shop")).await.done();
    assert_eq!(moved["addon"]["name"], "second-db");
    let vars = heroku.get("/apps/shop/config-vars").await.done();
    assert_eq!(vars["DATABASE_URL"], vars["SECOND_URL"]);
    assert_ne!(vars["DATABASE_URL"], vars["FORMER_URL"]);
    let releases = heroku.releases("shop").await;
    assert_eq!(
        releases[releases.len() - 2..],
        ["Detach DATABASE", "Attach DATABASE"],
        "a move is two releases"
    );
}

#[tokio::test]
async fn the_last_attachment_on_the_billing_app_stays() {
    let heroku = with_database().await;
    let borrowed =
        attach(&heroku, json!({ "addon": "ledger-db", "app": "desk", "name": "LEDGER" })).await.done();
    let own = heroku.get("/apps/shop/addon-attachments/DATABASE").await.done();
    let path = |one: &Value| format!("DELETE /addon-attachments/{}", one["id"].as_str().unwrap());
    let message = heroku.ask(&path(&own), &[], None).await.refused(422, "invalid_params");
    assert_eq!(message, "Cannot destroy last attachment to billing app");
    heroku.ask(&path(&borrowed), &[], None).await.done();
    assert_eq!(heroku.releases("desk").await.last().unwrap(), "Detach LEDGER");
    attach(&heroku, json!({ "addon": "ledger-db", "app": "shop", "name": "OTHER" })).await.done();
    heroku.ask(&path(&own), &[], None).await.done();
}

#[tokio::test]
async fn an_addon_that_others_use_goes_only_by_force() {
    let heroku = with_database().await;
    attach(&heroku, json!({ "addon": "ledger-db", "app": "desk", "name": "LEDGER" })).await.done();
    let path = "DELETE /apps/shop/addons/ledger-db";
    heroku.send(path, json!({ "force": false })).await.refused(422, "invalid_params");
    heroku.send(path, json!({ "force": true })).await.done();
    assert_eq!(heroku.get("/apps/desk/addon-attachments").await.done(), json!([]));
    assert_eq!(heroku.releases("desk").await.last().unwrap(), "Detach LEDGER");
}

#[tokio::test]
async fn another_account_reaches_neither_addons_nor_attachments() {
    let heroku = with_database().await;
    let own = heroku.get("/apps/shop/addon-attachments/DATABASE").await.done();
    let attachment = format!("/addon-attachments/{}", own["id"].as_str().unwrap());
    let other = [("authorization", "Bearer other-token")];
    for line in
        ["GET /addons/ledger-db".to_owned(), format!("GET {attachment}"), format!("DELETE {attachment}")]
    {
        heroku.ask(&line, &other, None).await.refused(403, "forbidden");
    }
    assert_eq!(heroku.ask("GET /addons", &other, None).await.done(), json!([]));
}

// ---- the data API

#[tokio::test]
async fn a_database_keeps_one_backup_schedule_a_name() {
    let heroku = with_database().await;
    let path = format!("{DATABASE}/transfer-schedules");
    for hour in ["02", "03"] {
        let body =
            json!({ "hour": hour, "timezone": "America/Los_Angeles", "schedule_name": "DATABASE_URL" });
        heroku.send(&format!("POST {path}"), body).await.done();
    }
    let kept = heroku.get(&path).await.done();
    assert_eq!(kept.as_array().unwrap().len(), 1);
    assert_eq!((&kept[0]["hour"], &kept[0]["name"]), (&json!(3), &json!("DATABASE_URL")));
    heroku.send(&format!("POST {path}"), json!({ "hour": "24" })).await.refused(422, "unprocessable_entity");
    let id = kept[0]["uuid"].as_str().unwrap();
    heroku.ask(&format!("DELETE {path}/{id}"), &[], None).await.done();
    heroku.ask(&format!("DELETE {path}/{id}"), &[], None).await.refused(404, "not_found");
}

#[tokio::test]
async fn another_password_takes_a_while_and_comes_in_a_release_on_every_app_that_has_it() {
    let rotation = Duration::from_millis(100);
    let heroku = Heroku::with(Options { knobs: Knobs { rotation, ..quick() }, ..Options::default() }).await;
    for name in ["shop", "desk"] {
        heroku.send("POST /apps", json!({ "name": name })).await.done();
    }
    order(&heroku, "heroku-postgresql:essential-0").await.done();
    attach(&heroku, json!({ "app": "desk", "addon": "ledger-db", "name": "LEDGER" })).await.done();
    let url = async |app: &str, var: &str| {
        heroku.get(&format!("/apps/{app}/config-vars")).await.done()[var].as_str().unwrap().to_owned()
    };
    let before = url("shop", "DATABASE_URL").await;
    let credential = "/postgres/v0/databases/ledger-db/credentials/default";
    let rotate = format!("POST {credential}/credentials_rotation");
    heroku.send(&rotate, json!({ "force": true })).await.refused(422, "unprocessable_entity");
    heroku.send(&rotate, json!({})).await.done();
    heroku.send(&rotate, json!({})).await.refused(422, "unprocessable_entity");
    while heroku.get(credential).await.done()["state"] == "rotating" {}
    let after = url("shop", "DATABASE_URL").await;
    assert!(before != after && after == url("desk", "LEDGER_URL").await);
    assert_eq!(heroku.releases("shop").await.last().unwrap(), "Update DATABASE by heroku-postgresql");
    assert_eq!(heroku.releases("desk").await.last().unwrap(), "Update LEDGER by heroku-postgresql");
    let other = rotate.replace("default", "readonly");
    heroku.send(&other, json!({ "forced": true })).await.refused(404, "not_found");
}
