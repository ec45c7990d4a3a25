//! Databases that are made from each other, and parts of one: what the embedded Heroku allows, asked over HTTP.

use std::time::Duration;

use crate::heroku_client::{Answer, Heroku, quick};
use serde_json::{Value, json};
use trueup::sandbox::{Knobs, Options};

const DATABASE: &str = "/client/v11/databases/ledger-db";

/// A cloud with the apps `shop` and `desk`, and a database `ledger-db` on the first that takes so long.
async fn with_database(provisioning: Duration) -> Heroku {
    let heroku =
        Heroku::with(Options { knobs: Knobs { provisioning, ..quick() }, ..Options::default() }).await;
    for app in ["shop", "desk"] {
        heroku.send("POST /apps", json!({ "name": app })).await.done();
    }
    let body = json!({ "plan": "heroku-postgresql:standard-0", "name": "ledger-db", "attachment": { "name": "DATABASE" } });
    heroku.send("POST /apps/shop/addons", body).await.done();
    heroku
}

async fn attach(heroku: &Heroku, body: Value) -> Answer {
    heroku.send("POST /addon-attachments", body).await
}

// ---- copies

#[tokio::test]
async fn a_copy_names_its_origin_in_every_way_that_heroku_reads() {
    let heroku = with_database(Duration::ZERO).await;
    for (app, config, key) in [
        ("shop", json!({ "fork": "DATABASE" }), "forked_from"),
        ("shop", json!({ "fork": "database_url" }), "forked_from"),
        ("desk", json!({ "follow": "ledger-db" }), "following"),
        ("desk", json!({ "rollback": "shop::DATABASE_URL", "by": "2 hours" }), "forked_from"),
    ] {
        let body = json!({ "plan": "heroku-postgresql:standard-0", "config": config });
        let copy = heroku.send(&format!("POST /apps/{app}/addons"), body).await.done();
        let path = format!("/client/v11/databases/{}", copy["id"].as_str().unwrap());
        assert_eq!(heroku.get(&path).await.done()[key], "ledger-db", "{config}");
    }
}

#[tokio::test]
async fn what_cannot_be_copied_is_refused_and_nothing_is_made() {
    let heroku = with_database(Duration::ZERO).await;
    let follower = json!({ "plan": "heroku-postgresql:standard-0", "name": "follower", "config": { "follow": "DATABASE" } });
    heroku.send("POST /apps/shop/addons", follower).await.done();
    let shared = json!({ "plan": "heroku-postgresql:essential-0", "name": "shared" });
    heroku.send("POST /apps/shop/addons", shared).await.done();
    for (plan, origin) in [
        ("standard-0", "MISSING"),
        ("standard-0", "follower"),
        ("standard-0", "shared"),
        ("essential-0", "DATABASE"),
    ] {
        let plan = format!("heroku-postgresql:{plan}");
        let body = json!({ "plan": plan, "config": { "fork": origin } });
        heroku.send("POST /apps/shop/addons", body).await.refused(422, "invalid_params");
    }
    assert_eq!(heroku.get("/addons").await.done().as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn a_database_that_was_just_made_cannot_be_copied_yet_and_says_so() {
    let heroku = with_database(Duration::from_millis(300)).await;
    let copy = json!({ "plan": "heroku-postgresql:standard-0", "config": { "fork": "ledger-db" } });
    let copies = |info: &Value| {
        let items = info["info"].as_array().unwrap().iter();
        items
            .filter(|item| item["name"] == "Fork/Follow")
            .map(|item| item["values"][0].clone())
            .next()
            .unwrap()
    };
    let mut young = Value::Null;
    loop {
        let info = heroku.get(DATABASE).await;
        if info.status == 200 {
            let says = copies(&info.done());
            let answer = heroku.send("POST /apps/shop/addons", copy.clone()).await;
            // Its time may have come between the two.
            if answer.status < 300 {
                break;
            }
            answer.refused(422, "invalid_params");
            assert_ne!(says, "Available", "what may be copied is copied");
            young = says;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(young, "Temporarily Unavailable");
    assert_eq!(copies(&heroku.get(DATABASE).await.done()), "Available");
}

// ---- parts

#[tokio::test]
async fn a_part_of_a_database_has_a_name_and_an_address_of_its_own() {
    let heroku = with_database(Duration::ZERO).await;
    let part = |name: &str, namespace: &str| json!({ "addon": "ledger-db", "app": "desk", "name": name, "namespace": namespace });
    for unknown in ["credential:reader", "connection-pooling:other", "reader"] {
        attach(&heroku, part("READER", unknown)).await.refused(422, "invalid_params");
    }
    let credentials = "/postgres/v0/databases/ledger-db/credentials";
    heroku.send(&format!("POST {credentials}"), json!({ "name": "reader" })).await.done();
    assert_eq!(heroku.get(credentials).await.done()[1]["name"], "reader");
    let reader = attach(&heroku, part("READER", "credential:reader")).await.done();
    assert_eq!(reader["namespace"], "credential:reader");
    attach(&heroku, part("POOL", "connection-pooling:default")).await.done();
    assert_eq!(attach(&heroku, part("WHOLE", "credential:default")).await.done()["namespace"], json!(null));
    let vars = heroku.get("/apps/desk/config-vars").await.done();
    assert!(vars["READER_URL"] != vars["WHOLE_URL"] && vars["POOL_URL"] != vars["READER_URL"], "{vars}");
}
