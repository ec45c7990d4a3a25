//! How transfers are read, told apart and named.

#![cfg(test)]

use serde_json::{Value, json};

use super::super::testing::{Reply, Server};
use super::*;

fn wire(at: &str, more: &Value) -> Value {
    let mut whole = json!({
        "uuid": "t1", "num": 1, "from_name": "DATABASE", "from_type": "pg_dump", "to_name": "BACKUP", "to_type": "gof3r",
        "to_url": "https://store.example/canary", "created_at": at, "started_at": at, "finished_at": at,
        "canceled_at": null, "succeeded": true, "deleted_at": null, "warnings": null, "source_bytes": 10,
        "processed_bytes": 4
    });
    whole.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    whole
}

async fn read(more: &Value) -> Transfer {
    let server = Server::always(Reply::json(json!([wire("2026-11-26T02:00:00Z", more)]))).await;
    server.heroku().transfers("ledger").await.unwrap().remove(0)
}

#[tokio::test]
async fn the_newest_comes_first_and_what_is_there_no_more_is_left_out() {
    let server = Server::always(Reply::json(json!([
        wire("2026-11-24T02:00:00Z", &json!({})),
        wire("2026-11-26 02:00:00 +0000", &json!({ "succeeded": false })),
        wire("2026-11-25T02:00:00Z", &json!({ "finished_at": null, "succeeded": null })),
        wire("2026-11-27T02:00:00Z", &json!({ "deleted_at": "2026-11-27T03:00:00Z" })),
        wire("soon", &json!({})),
    ])))
    .await;
    let transfers = server.heroku().transfers("ledger").await.unwrap();
    let days: Vec<u8> = transfers.iter().map(|transfer| transfer.begun.day()).collect();
    assert_eq!(days, [26, 25, 24]);
    assert_eq!(server.calls(), ["GET /client/v11/apps/ledger/transfers"]);
    assert!(!format!("{transfers:?}").contains("canary"));
}

#[tokio::test]
async fn a_state_is_told_as_the_official_client_tells_it() {
    use TransferState::{Cancelled, Failed, Pending, Running, Succeeded};
    let at = "2026-11-26T02:00:00Z";
    for (more, expected) in [
        (json!({}), Succeeded(0)),
        (json!({ "warnings": 2 }), Succeeded(2)),
        (json!({ "succeeded": true, "canceled_at": at }), Succeeded(0)),
        (json!({ "succeeded": false, "canceled_at": at }), Cancelled),
        (json!({ "succeeded": false }), Failed),
        (json!({ "succeeded": null, "finished_at": null }), Running),
        (json!({ "succeeded": null, "finished_at": null, "started_at": null }), Pending),
    ] {
        assert_eq!(read(&more).await.state, expected, "{more}");
    }
}

#[tokio::test]
async fn a_name_says_what_it_is() {
    for (more, expected) in [
        (json!({}), "b001"),
        (json!({ "num": 1234 }), "b1234"),
        (json!({ "schedule": { "uuid": "s1" }, "num": 12 }), "a012"),
        (json!({ "from_type": "gof3r", "to_type": "pg_restore" }), "r001"),
        (json!({ "from_type": "pg_dump", "to_type": "pg_restore" }), "c001"),
    ] {
        assert_eq!(read(&more).await.name(), expected, "{more}");
    }
}

#[test]
fn a_backup_is_named_as_it_is_listed() {
    for name in ["b001", "a012", "b1234"] {
        assert_eq!(name.parse::<BackupName>().unwrap().to_string(), name);
    }
    for odd in ["", "b", "b1", "1", "r001", "b00x", "b001 ", "../b001"] {
        assert!(odd.parse::<BackupName>().is_err(), "{odd}");
    }
}

#[test]
fn a_label_is_a_name_without_what_heroku_begins_many_with() {
    for (name, label) in
        [("DATABASE", "DATABASE"), ("HEROKU_POSTGRESQL_BLUE", "BLUE"), ("DATABASE_URL", "DATABASE")]
    {
        assert_eq!(label_of(name), label);
    }
}

#[tokio::test]
async fn each_is_asked_for_once_and_by_the_databases_id() {
    let server = Server::always(Reply::new(202, json!({ "uuid": "t9", "extra": {} }).to_string())).await;
    let heroku = server.heroku();
    let (from, to) = (Secret::new("postgres://from"), Secret::new("postgres://to"));
    assert_eq!(heroku.capture("a1").await.unwrap(), "t9");
    heroku.restore("a1", &from, &[]).await.unwrap();
    heroku.restore("a1", &from, &["vector".to_owned()]).await.unwrap();
    heroku.copy_database("a1", ("BLUE", &from), ("DATABASE", &to)).await.unwrap();
    let seen = server.seen();
    let calls: Vec<(&str, &Value)> = seen.iter().map(|seen| (seen.call.as_str(), &seen.body)).collect();
    let names = json!({
        "from_name": "BLUE", "from_url": "postgres://from", "to_name": "DATABASE", "to_url": "postgres://to"
    });
    assert_eq!(
        calls,
        [
            ("POST /client/v11/databases/a1/backups", &Value::Null),
            ("POST /client/v11/databases/a1/restores", &json!({ "backup_url": "postgres://from" })),
            (
                "POST /client/v11/databases/a1/restores",
                &json!({ "backup_url": "postgres://from", "extensions": ["vector"] })
            ),
            ("POST /client/v11/databases/a1/transfers", &names),
        ]
    );
    let server = Server::always(Reply::new(502, "")).await;
    server.heroku().capture("a1").await.unwrap_err();
    assert_eq!(server.calls().len(), 1, "whether it was begun is not known");
}

#[tokio::test]
async fn the_last_lines_of_a_log_are_told_without_secrets() {
    let lines = ["one", "two", "", "three", "four of canary-1", "five", "six\u{1b}[31m"];
    let logs: Vec<Value> = lines.iter().map(|line| json!({ "message": line })).collect();
    let server = Server::always(Reply::json(json!({ "uuid": "t1", "logs": logs }))).await;
    let hidden = Secret::new("canary-1");
    let log = server.heroku().transfer_log("ledger", "t1", &[&hidden]).await.unwrap();
    assert_eq!(log, ["two", "three", "four of (sensitive)", "five", "six"]);
    assert_eq!(server.calls(), ["GET /client/v11/apps/ledger/transfers/t1?verbose=true"]);
}

#[tokio::test]
async fn the_address_of_a_backup_is_a_secret() {
    let server = Server::always(Reply::json(json!({ "url": "https://store.example/b?canary" }))).await;
    let address = server.heroku().backup_address("ledger", 7).await.unwrap();
    assert!(address.contains("canary") && !format!("{address:?}").contains("canary"));
    assert_eq!(server.calls(), ["POST /client/v11/apps/ledger/transfers/7/actions/public-url"]);
}
