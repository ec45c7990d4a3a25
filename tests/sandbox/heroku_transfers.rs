//! Backups, restores and copies of databases (life-and-ci.md section 1).

use std::time::Duration;

use serde_json::{Value, json};
use trueup::sandbox::{Knobs, Options};

use crate::heroku_client::{Heroku, quick};

/// An app with databases, each an attachment and a tier; their ids.
async fn with_databases(knobs: Knobs, databases: &[(&str, &str)]) -> (Heroku, Vec<String>) {
    let heroku = Heroku::with(Options { knobs, ..Options::default() }).await;
    heroku.send("POST /apps", json!({ "name": "shop" })).await.done();
    let mut ids = Vec::new();
    for (name, tier) in databases {
        let order = json!({ "plan": format!("heroku-postgresql:{tier}"), "attachment": { "name": name } });
        let addon = heroku.send("POST /apps/shop/addons", order).await.done();
        ids.push(addon["id"].as_str().unwrap().to_owned());
    }
    (heroku, ids)
}

async fn capture(heroku: &Heroku, id: &str) -> Value {
    heroku.ask(&format!("POST /client/v11/databases/{id}/backups"), &[], None).await.done()
}

async fn transfers(heroku: &Heroku, app: &str) -> Vec<Value> {
    let all = heroku.get(&format!("/client/v11/apps/{app}/transfers")).await.done();
    all.as_array().unwrap().clone()
}

async fn public_url(heroku: &Heroku, number: &Value) -> String {
    let line = format!("POST /client/v11/apps/shop/transfers/{number}/actions/public-url");
    heroku.ask(&line, &[], None).await.done()["url"].as_str().unwrap().to_owned()
}

async fn fetch(url: &str, header: Option<(&str, &str)>) -> (u16, Option<u64>, Vec<u8>) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut request = client.get(url);
    if let Some((name, value)) = header {
        request = request.header(name, value);
    }
    let answer = request.send().await.unwrap();
    let (status, length) = (answer.status().as_u16(), answer.content_length());
    (status, length, answer.bytes().await.unwrap().to_vec())
}

#[tokio::test]
async fn a_backup_is_pending_then_runs_and_then_is_finished() {
    let takes = Duration::from_mins(10);
    let (heroku, ids) =
        with_databases(Knobs { transfer: takes, ..quick() }, &[("DATABASE", "standard-0")]).await;
    let begun = capture(&heroku, &ids[0]).await;
    assert_eq!(
        (&begun["num"], &begun["to_type"], &begun["from_name"]),
        (&json!(1), &json!("gof3r"), &json!("DATABASE"))
    );
    assert_eq!((&begun["started_at"], &begun["succeeded"]), (&Value::Null, &Value::Null));
    let line = "POST /client/v11/apps/shop/transfers/1/actions/public-url";
    heroku.ask(line, &[], None).await.refused(422, "unprocessable_entity");

    let (heroku, ids) = with_databases(quick(), &[("DATABASE", "standard-0")]).await;
    let done = capture(&heroku, &ids[0]).await;
    assert_eq!(done["succeeded"], true);
    let path = format!("/client/v11/apps/shop/transfers/{}", done["uuid"].as_str().unwrap());
    let told = heroku.get(&path).await.done();
    assert_eq!((told["num"].clone(), told.get("logs")), (json!(1), None));
    assert!(heroku.get(&format!("{path}?verbose=true")).await.done()["logs"].is_array());
}

#[tokio::test]
async fn they_are_listed_under_the_app_that_pays_alone_and_to_nobody_else() {
    let (heroku, ids) = with_databases(quick(), &[("DATABASE", "standard-0")]).await;
    heroku.send("POST /apps", json!({ "name": "other" })).await.done();
    let attach = json!({ "addon": ids[0], "app": "other", "name": "SHARED" });
    heroku.send("POST /addon-attachments", attach).await.done();
    capture(&heroku, &ids[0]).await;
    assert_eq!((transfers(&heroku, "shop").await.len(), transfers(&heroku, "other").await.len()), (1, 0));
    let stranger = [("authorization", "Bearer other-1")];
    let asked = heroku.ask("GET /client/v11/apps/shop/transfers", &stranger, None).await;
    assert_eq!(asked.status, 403);
}

#[tokio::test]
async fn a_database_that_is_unknown_or_not_ready_has_none() {
    let knobs = Knobs { provisioning: Duration::from_mins(10), ..quick() };
    let (heroku, ids) = with_databases(knobs, &[("DATABASE", "standard-0")]).await;
    for id in [ids[0].as_str(), "4d1f1a52-0000-4000-8000-000000000000"] {
        let asked = heroku.ask(&format!("POST /client/v11/databases/{id}/backups"), &[], None).await;
        asked.refused(404, "not_found");
    }
}

#[tokio::test]
async fn a_backup_is_downloaded_by_whoever_has_the_address_and_by_nobody_else() {
    let (heroku, ids) = with_databases(quick(), &[("DATABASE", "standard-0")]).await;
    let number = capture(&heroku, &ids[0]).await["num"].clone();
    let url = public_url(&heroku, &number).await;
    let (status, length, bytes) = fetch(&url, None).await;
    assert_eq!((status, length), (200, Some(bytes.len() as u64)));
    assert!(bytes.starts_with(b"PGDMP"));
    let (status, _, rest) = fetch(&url, Some(("range", "bytes=100-"))).await;
    assert_eq!((status, rest.as_slice()), (206, &bytes[100..]));
    for (url, header, expected) in [
        (format!("{url}0"), None, 403),
        (url.split('?').next().unwrap().to_owned(), None, 403),
        (url.clone(), Some(("authorization", "Bearer owner-token")), 400),
        (url.replace("/backups/", "/backups/x"), None, 404),
    ] {
        assert_eq!(fetch(&url, header).await.0, expected, "{header:?}");
    }
}

#[tokio::test]
async fn one_that_fails_says_why_in_its_log_and_has_no_address() {
    let knobs = Knobs { transfer_status: "failed".to_owned(), ..quick() };
    let (heroku, ids) = with_databases(knobs, &[("DATABASE", "standard-0")]).await;
    let failed = capture(&heroku, &ids[0]).await;
    assert_eq!((&failed["succeeded"], failed["finished_at"].is_string()), (&json!(false), true));
    let told = heroku.get("/client/v11/apps/shop/transfers/1?verbose=true").await.done();
    assert!(told["logs"].to_string().contains("pg_dump: error"), "{told}");
    let line = "POST /client/v11/apps/shop/transfers/1/actions/public-url";
    heroku.ask(line, &[], None).await.refused(422, "unprocessable_entity");
}

#[tokio::test]
async fn what_was_restored_or_copied_is_what_the_other_held() {
    let (heroku, ids) = with_databases(
        quick(),
        &[("DATABASE", "standard-0"), ("COPY", "essential-0"), ("RESTORED", "essential-0")],
    )
    .await;
    let kept = async |id: &str| {
        let number = capture(&heroku, id).await["num"].clone();
        fetch(&public_url(&heroku, &number).await, None).await.2
    };
    let original = kept(&ids[0]).await;
    assert_ne!(kept(&ids[1]).await, original);

    let vars = heroku.get("/apps/shop/config-vars").await.done();
    let body = json!({
        "from_name": "DATABASE", "from_url": vars["DATABASE_URL"], "to_name": "COPY", "to_url": vars["COPY_URL"]
    });
    let path = format!("POST /client/v11/databases/{}/transfers", ids[1]);
    let copy = heroku.send(&path, body.clone()).await.done();
    assert_eq!((&copy["from_type"], &copy["to_type"]), (&json!("pg_dump"), &json!("pg_restore")));
    assert_eq!(kept(&ids[1]).await, original);

    let first = &transfers(&heroku, "shop").await[0];
    let path = format!("POST /client/v11/databases/{}/restores", ids[2]);
    let backup = transfers(&heroku, "shop").await.into_iter().find(|one| one["num"] == 1).unwrap();
    let restored = heroku.send(&path, json!({ "backup_url": backup["to_url"] })).await.done();
    assert_eq!(
        (&restored["to_type"], &restored["succeeded"]),
        (&json!("pg_restore"), &json!(true)),
        "{first}"
    );
    assert_eq!(kept(&ids[2]).await, original);
    let by_address = json!({ "backup_url": public_url(&heroku, &json!(1)).await, "extensions": ["vector"] });
    assert_eq!(heroku.send(&path, by_address).await.done()["succeeded"], true);
}

#[tokio::test]
async fn what_names_no_database_and_no_backup_is_refused() {
    let (heroku, ids) = with_databases(quick(), &[("DATABASE", "standard-0"), ("OTHER", "standard-0")]).await;
    let vars = heroku.get("/apps/shop/config-vars").await.done();
    let restore = format!("POST /client/v11/databases/{}/restores", ids[0]);
    let copy = format!("POST /client/v11/databases/{}/transfers", ids[0]);
    let urls = |from: &Value, to: &Value| json!({ "from_name": "A", "from_url": from, "to_name": "B", "to_url": to });
    for (line, body) in [
        (&restore, json!({})),
        (&restore, json!({ "backup_url": "http://files.example/dump" })),
        (&restore, json!({ "backup_url": "https://files.example/dump", "extensions": ["Vector"] })),
        (&copy, json!({})),
        (&copy, urls(&vars["OTHER_URL"], &vars["OTHER_URL"])),
        (&copy, urls(&json!("https://files.example"), &vars["DATABASE_URL"])),
    ] {
        heroku.send(line, body).await.refused(422, "unprocessable_entity");
    }
    assert!(transfers(&heroku, "shop").await.is_empty());
    let gone = json!({ "backup_url": "https://backups.sandbox.example/none" });
    assert_eq!(heroku.send(&restore, gone).await.done()["succeeded"], false);
}

#[tokio::test]
async fn as_many_are_kept_as_the_tier_keeps_and_numbers_are_not_used_again() {
    let (heroku, ids) = with_databases(quick(), &[("DATABASE", "essential-0")]).await;
    for _ in 0..7 {
        capture(&heroku, &ids[0]).await;
    }
    let mut numbers: Vec<u64> =
        transfers(&heroku, "shop").await.iter().map(|one| one["num"].as_u64().unwrap()).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, [3, 4, 5, 6, 7]);
    heroku.ask(&format!("DELETE /apps/shop/addons/{}", ids[0]), &[], None).await.done();
    assert!(transfers(&heroku, "shop").await.is_empty());
}
