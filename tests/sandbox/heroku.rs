//! The rules of Heroku that bite, asked of the embedded one over HTTP: apps, config vars, formation, buildpacks and
//! access. Add-ons, lists and the budget of calls, and what is kept on disk have files of their own.

use std::time::Duration;

use crate::heroku_client::{Heroku, VERSION, quick};
use serde_json::{Value, json};
use trueup::sandbox::{Knobs, Options};

const OTHER: (&str, &str) = ("authorization", "Bearer other-token");

// ---- releases

#[tokio::test]
async fn a_new_app_has_two_releases() {
    let heroku = Heroku::with_shop().await;
    assert_eq!(heroku.releases("shop").await, ["Initial release", "Enable Logplex"]);
    let first = heroku.get("/apps/shop/releases/1").await.done();
    assert_eq!((&first["version"], &first["current"]), (&json!(1), &json!(false)));
}

#[tokio::test]
async fn a_patch_of_many_vars_is_one_release_and_one_that_changes_nothing_is_none() {
    let heroku = Heroku::with_shop().await;
    let vars = json!({ "ONE": "1", "TWO": "2" });
    assert_eq!(heroku.send("PATCH /apps/shop/config-vars", vars.clone()).await.done(), vars);
    heroku.send("PATCH /apps/shop/config-vars", vars).await.done();
    heroku.send("PATCH /apps/shop/config-vars", json!({ "NONE": null })).await.done();
    let left = heroku.send("PATCH /apps/shop/config-vars", json!({ "ONE": null, "TWO": "3" })).await.done();
    assert_eq!(left, json!({ "TWO": "3" }));
    let releases = heroku.releases("shop").await;
    assert_eq!(releases[2..], ["Set ONE, TWO config vars", "Set TWO, remove ONE config vars"]);
}

#[tokio::test]
async fn scaling_and_buildpacks_make_no_release() {
    let heroku = Heroku::with_shop().await;
    heroku.deploy("shop", json!({ "web": "puma" })).await;
    let before = heroku.releases("shop").await.len();
    heroku.send("PATCH /apps/shop/formation/web", json!({ "quantity": 0 })).await.done();
    let updates = json!({ "updates": [{ "buildpack": "heroku/ruby" }] });
    heroku.send("PUT /apps/shop/buildpack-installations", updates).await.done();
    heroku.send("PATCH /apps/shop", json!({ "maintenance": true })).await.done();
    assert_eq!(heroku.releases("shop").await.len(), before);
}

#[tokio::test]
async fn a_rollback_brings_the_earlier_slug_back() {
    let heroku = Heroku::with_shop().await;
    let first = heroku.deploy("shop", json!({ "web": "puma" })).await;
    heroku.deploy("shop", json!({ "web": "puma", "worker": "jobs" })).await;
    let back = heroku.send("POST /apps/shop/releases", json!({ "release": first["id"] })).await.done();
    assert_eq!((&back["version"], &back["description"]), (&json!(5), &json!("Rollback to v3")));
    assert_eq!(heroku.get("/apps/shop/formation").await.done().as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_release_keeps_its_config_vars_and_a_rollback_brings_them_back() {
    let heroku = Heroku::with_shop().await;
    heroku.send("PATCH /apps/shop/config-vars", json!({ "KEY": "old" })).await.done();
    let first = heroku.deploy("shop", json!({ "web": "puma" })).await;
    heroku.send("PATCH /apps/shop/config-vars", json!({ "KEY": "new" })).await.done();
    let of = async |version: u8| {
        heroku.get(&format!("/apps/shop/releases/{version}/config-vars")).await.done()["KEY"].clone()
    };
    assert_eq!([of(2).await, of(4).await, of(5).await], [json!(null), json!("old"), json!("new")]);
    heroku.send("POST /apps/shop/releases", json!({ "release": first["id"] })).await.done();
    assert_eq!(heroku.get("/apps/shop/config-vars").await.done(), json!({ "KEY": "old" }));
}

// ---- dynos

#[tokio::test]
async fn the_formation_runs_a_new_release_after_a_moment_and_a_one_off_dyno_never() {
    let knobs = Knobs { restart: Duration::from_millis(400), ..quick() };
    let heroku = Heroku::with(Options { knobs, ..Options::default() }).await;
    heroku.send("POST /apps", json!({ "name": "shop" })).await.done();
    heroku.deploy("shop", json!({ "web": "puma" })).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let console = json!({ "command": "bin/rails console", "attach": false });
    let one_off = heroku.send("POST /apps/shop/dynos", console).await.done();
    assert_eq!((&one_off["name"], &one_off["release"]["version"]), (&json!("run.1"), &json!(3)));
    heroku.send("PATCH /apps/shop/config-vars", json!({ "KEY": "new" })).await.done();
    let running = async || {
        let dynos = heroku.get("/apps/shop/dynos").await.done();
        let each = dynos.as_array().unwrap().iter();
        let mut each: Vec<_> = each
            .map(|dyno| format!("{} v{}", dyno["name"].as_str().unwrap(), dyno["release"]["version"]))
            .collect();
        each.sort();
        each
    };
    assert_eq!(running().await, ["run.1 v3", "web.1 v3"]);
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(running().await, ["run.1 v3", "web.1 v4"]);
    heroku.send("POST /apps/shop/dynos/run.1/actions/stop", json!({})).await.done();
    assert_eq!(running().await, ["web.1 v4"]);
}

// ---- config vars

#[tokio::test]
async fn a_patch_that_touches_an_owned_var_is_refused_whole() {
    let heroku = Heroku::with_shop().await;
    heroku.send("POST /apps/shop/addons", json!({ "plan": "heroku-postgresql:standard-0" })).await.done();
    for value in [json!("postgres://elsewhere"), Value::Null] {
        let vars = json!({ "FREE": "1", "DATABASE_URL": value });
        let message = heroku.send("PATCH /apps/shop/config-vars", vars).await.refused(422, "invalid_params");
        assert_eq!(message, "Cannot overwrite attachment values DATABASE_URL.");
    }
    assert!(heroku.get("/apps/shop/config-vars").await.done()["FREE"].is_null());
}

#[tokio::test]
async fn vars_that_are_no_text_or_have_odd_names_are_refused() {
    let heroku = Heroku::with_shop().await;
    for vars in [json!({ "A": 5 }), json!({ "A": true }), json!({ "A-B": "1" }), json!({ "": "1" })] {
        heroku.send("PATCH /apps/shop/config-vars", vars).await.refused(422, "invalid_params");
    }
    assert_eq!(heroku.releases("shop").await.len(), 2);
}

#[tokio::test]
async fn all_vars_together_have_a_largest_size() {
    let heroku = Heroku::with_shop().await;
    let half = "x".repeat(33 * 1024);
    heroku.send("PATCH /apps/shop/config-vars", json!({ "ONE": half })).await.done();
    heroku.send("PATCH /apps/shop/config-vars", json!({ "TWO": half })).await.refused(422, "invalid_params");
    assert_eq!(heroku.get("/apps/shop/config-vars").await.done(), json!({ "ONE": half }));
}

// ---- apps

#[tokio::test]
async fn names_follow_herokus_rule() {
    let heroku = Heroku::start().await;
    let long = "a".repeat(31);
    for name in ["ab", "Shop", "1shop", "shop-", "sh_op", long.as_str()] {
        heroku.send("POST /apps", json!({ "name": name })).await.refused(422, "invalid_params");
    }
    for name in ["abc", "shop-1", &long[1..]] {
        assert_eq!(heroku.send("POST /apps", json!({ "name": name })).await.done()["name"], name);
    }
}

#[tokio::test]
async fn names_are_taken_on_all_of_heroku() {
    let heroku = Heroku::with_shop().await;
    heroku.ask("GET /apps/shop", &[OTHER], None).await.refused(403, "forbidden");
    let message = heroku.ask("POST /apps", &[OTHER], Some(json!({ "name": "shop" }))).await;
    assert_eq!(message.refused(422, "invalid_params"), "Name shop is already taken");
    assert_eq!(heroku.ask("GET /apps", &[OTHER], None).await.done(), json!([]));
    let message = heroku.send("POST /apps", json!({ "name": "shop" })).await.refused(422, "invalid_params");
    assert_eq!(message, "Name shop is already taken");
}

#[tokio::test]
async fn a_renamed_app_keeps_its_id_and_frees_its_name() {
    let heroku = Heroku::with_shop().await;
    let id = heroku.get("/apps/shop").await.done()["id"].clone();
    let renamed = heroku.send("PATCH /apps/shop", json!({ "name": "store" })).await.done();
    assert_eq!((&renamed["id"], &renamed["name"]), (&id, &json!("store")));
    heroku.get("/apps/shop").await.refused(404, "not_found");
    heroku.send("POST /apps", json!({ "name": "shop" })).await.done();
    heroku.send("PATCH /apps/store", json!({ "name": "shop" })).await.refused(422, "invalid_params");
}

#[tokio::test]
async fn unknown_regions_and_stacks_are_refused() {
    let heroku = Heroku::start().await;
    for body in [json!({ "region": "mars" }), json!({ "stack": "cedar-14" })] {
        heroku.send("POST /apps", body).await.refused(404, "not_found");
    }
    assert_eq!(heroku.get("/apps").await.done(), json!([]));
}

#[tokio::test]
async fn the_stack_follows_the_build_stack_at_the_next_build_only() {
    let heroku = Heroku::with_shop().await;
    let stacks = |app: &Value| (app["stack"]["name"].clone(), app["build_stack"]["name"].clone());
    let fresh = heroku.send("PATCH /apps/shop", json!({ "build_stack": "heroku-22" })).await.done();
    assert_eq!(stacks(&fresh), (json!("heroku-22"), json!("heroku-22")), "nothing runs yet");
    heroku.deploy("shop", json!({ "web": "puma" })).await;
    let asked = heroku.send("PATCH /apps/shop", json!({ "build_stack": "heroku-24" })).await.done();
    assert_eq!(stacks(&asked), (json!("heroku-22"), json!("heroku-24")));
    heroku.deploy("shop", json!({ "web": "puma" })).await;
    let built = heroku.get("/apps/shop").await.done();
    assert_eq!(stacks(&built), (json!("heroku-24"), json!("heroku-24")));
}

#[tokio::test]
async fn a_deleted_app_takes_its_addons_along_and_detaches_them_elsewhere() {
    let heroku = Heroku::with_shop().await;
    heroku.send("POST /apps", json!({ "name": "desk" })).await.done();
    let order = json!({ "plan": "heroku-postgresql:standard-0", "name": "ledger-db" });
    heroku.send("POST /apps/shop/addons", order).await.done();
    let attach = json!({ "addon": "ledger-db", "app": "desk", "name": "LEDGER" });
    heroku.send("POST /addon-attachments", attach).await.done();
    heroku.ask("DELETE /apps/shop", &[], None).await.done();
    heroku.get("/addons/ledger-db").await.refused(404, "not_found");
    assert_eq!(heroku.get("/apps/desk/addon-attachments").await.done(), json!([]));
    assert_eq!(heroku.get("/apps/desk/config-vars").await.done(), json!({}));
    assert_eq!(heroku.releases("desk").await.last().unwrap(), "Detach LEDGER");
}

// ---- formation

#[tokio::test]
async fn the_formation_is_empty_before_a_release_with_process_types() {
    let heroku = Heroku::with_shop().await;
    assert_eq!(heroku.get("/apps/shop/formation").await.done(), json!([]));
    let answer = heroku.send("PATCH /apps/shop/formation/web", json!({ "quantity": 1 })).await;
    assert_eq!(answer.refused(404, "not_found"), "Couldn't find that process type (web).");
}

#[tokio::test]
async fn web_starts_at_one_and_all_others_at_none() {
    let heroku = Heroku::with_shop().await;
    heroku.deploy("shop", json!({ "web": "puma", "worker": "jobs" })).await;
    assert_eq!(dynos(&heroku).await, ["web 1 Basic", "worker 0 Basic"]);
    heroku.send("PATCH /apps/shop/formation/worker", json!({ "quantity": 1 })).await.done();
    heroku.deploy("shop", json!({ "worker": "jobs", "clock": "tick" })).await;
    assert_eq!(dynos(&heroku).await, ["clock 0 Basic", "worker 1 Basic"], "known types keep their quantity");
}

#[tokio::test]
async fn quantities_and_sizes_come_in_the_forms_that_real_clients_send() {
    let heroku = Heroku::with_shop().await;
    heroku.deploy("shop", json!({ "web": "puma" })).await;
    for (update, expected) in [
        (json!({ "quantity": 2, "dyno_size": { "name": "standard-1x" } }), "web 2 Standard-1X"),
        (json!({ "quantity": "3", "size": "Standard-2X" }), "web 3 Standard-2X"),
        (json!({ "quantity": "+1" }), "web 4 Standard-2X"),
        (json!({ "quantity": "-2", "dyno_size": "performance-m" }), "web 2 Performance-M"),
        (json!({ "quantity": "-9" }), "web 0 Performance-M"),
    ] {
        heroku.send("PATCH /apps/shop/formation/web", update.clone()).await.done();
        assert_eq!(dynos(&heroku).await, [expected], "{update}");
    }
    for update in [json!({ "quantity": -1 }), json!({ "quantity": "many" }), json!({ "quantity": 101 })] {
        heroku.send("PATCH /apps/shop/formation/web", update).await.refused(422, "invalid_params");
    }
    heroku
        .send("PATCH /apps/shop/formation/web", json!({ "size": "huge" }))
        .await
        .refused(422, "invalid_params");
}

#[tokio::test]
async fn tiers_do_not_mix_and_change_only_all_at_once() {
    let heroku = Heroku::with_shop().await;
    heroku.deploy("shop", json!({ "web": "puma", "worker": "jobs" })).await;
    heroku.send("PATCH /apps/shop/formation/worker", json!({ "quantity": 1 })).await.done();
    let answer = heroku.send("PATCH /apps/shop/formation/web", json!({ "size": "standard-1x" })).await;
    let message = answer.refused(422, "invalid_params");
    assert!(message.starts_with("Cannot use the following dyno types in the same app: "), "{message}");
    let both = ["web", "worker"].map(|kind| json!({ "type": kind, "size": "standard-1x" }));
    heroku.send("PATCH /apps/shop/formation", json!({ "updates": both })).await.done();
    assert_eq!(dynos(&heroku).await, ["web 1 Standard-1X", "worker 1 Standard-1X"]);
}

#[tokio::test]
async fn a_batch_with_one_wrong_update_changes_nothing() {
    let heroku = Heroku::with_shop().await;
    heroku.deploy("shop", json!({ "web": "puma" })).await;
    let updates = json!([{ "type": "web", "quantity": 5 }, { "type": "none", "quantity": 1 }]);
    let answer = heroku.send("PATCH /apps/shop/formation", json!({ "updates": updates })).await;
    answer.refused(404, "not_found");
    assert_eq!(dynos(&heroku).await, ["web 1 Basic"]);
}

#[tokio::test]
async fn eco_and_basic_allow_one_dyno_a_type() {
    let heroku = Heroku::with_shop().await;
    heroku.deploy("shop", json!({ "web": "puma" })).await;
    for size in ["eco", "basic"] {
        heroku.send("PATCH /apps/shop/formation/web", json!({ "size": size, "quantity": 1 })).await.done();
        heroku
            .send("PATCH /apps/shop/formation/web", json!({ "quantity": 2 }))
            .await
            .refused(422, "invalid_params");
    }
}

/// The process types of `shop`: `web 1 Basic`.
async fn dynos(heroku: &Heroku) -> Vec<String> {
    let formation = heroku.get("/apps/shop/formation").await.done();
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let each = formation.as_array().expect("a list").iter();
    each.map(|one| format!("{} {} {}", text(&one["type"]), one["quantity"], text(&one["size"]))).collect()
}

// ---- buildpacks

#[tokio::test]
async fn a_buildpack_is_a_name_a_urn_or_a_url() {
    let heroku = Heroku::with_shop().await;
    let updates = ["heroku/nodejs", "urn:buildpack:heroku/ruby", "https://github.com/acme/buildpack"];
    let body = json!({ "updates": updates.map(|buildpack| json!({ "buildpack": buildpack })) });
    let installed = heroku.send("PUT /apps/shop/buildpack-installations", body).await.done();
    let expected = json!([
        { "ordinal": 0, "buildpack": { "name": "heroku/nodejs", "url": "urn:buildpack:heroku/nodejs" } },
        { "ordinal": 1, "buildpack": { "name": "heroku/ruby", "url": "urn:buildpack:heroku/ruby" } },
        { "ordinal": 2, "buildpack": { "name": "https://github.com/acme/buildpack", "url": "https://github.com/acme/buildpack" } },
    ]);
    assert_eq!(installed, expected);
    let wrong = json!({ "updates": [{ "buildpack": "heroku/ruby" }, { "buildpack": "ruby" }] });
    heroku.send("PUT /apps/shop/buildpack-installations", wrong).await.refused(422, "invalid_params");
    assert_eq!(heroku.get("/apps/shop/buildpack-installations").await.done(), expected);
    let none = heroku.send("PUT /apps/shop/buildpack-installations", json!({ "updates": [] })).await.done();
    assert_eq!(none, json!([]));
}

// ---- who asks, and how

#[tokio::test]
async fn tokens_are_taken_as_bearer_and_as_basic_password() {
    let heroku = Heroku::with_shop().await;
    // `:owner-token` and `:bad`
    for (header, status) in [
        ("Bearer owner-token", 200),
        ("Basic Om93bmVyLXRva2Vu", 200),
        ("Bearer bad-token", 401),
        ("Bearer ", 401),
        ("Basic OmJhZA==", 401),
        ("Basic !", 401),
    ] {
        let answer = heroku.ask("GET /apps/shop", &[("authorization", header)], None).await;
        assert_eq!(answer.status, status, "{header}");
    }
    let answer = heroku.ask("GET /apps/shop", &[("authorization", "")], None).await;
    answer.refused(401, "unauthorized");
}

#[tokio::test]
async fn a_token_without_rights_may_look_and_change_nothing() {
    let heroku = Heroku::with_shop().await;
    let weak = ("authorization", "Bearer forbidden-token");
    heroku.ask("GET /apps/shop", &[weak], None).await.done();
    let body = Some(json!({ "A": "1" }));
    heroku.ask("PATCH /apps/shop/config-vars", &[weak], body).await.refused(403, "forbidden");
    assert_eq!(heroku.get("/apps/shop/config-vars").await.done(), json!({}));
}

#[tokio::test]
async fn only_version_3_is_answered() {
    let heroku = Heroku::with_shop().await;
    for (accept, status) in [
        (VERSION, 200),
        ("application/vnd.heroku+json; version=3.sdk", 200),
        ("application/vnd.heroku+json", 406),
        ("application/json", 406),
        ("*/*", 406),
    ] {
        let answer = heroku.ask("GET /apps/shop", &[("accept", accept)], None).await;
        assert_eq!(answer.status, status, "{accept}");
    }
}

#[tokio::test]
async fn a_log_drain_of_people_has_no_add_on() {
    let heroku = Heroku::with_shop().await;
    let url = "syslog+tls://logs.example:514";
    heroku.send("POST /apps/shop/log-drains", json!({ "url": url })).await.done();
    let drains = heroku.get("/apps/shop/log-drains").await.done();
    assert_eq!((&drains[0]["url"], &drains[0]["addon"]), (&json!(url), &Value::Null));
}
