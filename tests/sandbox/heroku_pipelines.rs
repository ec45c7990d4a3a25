//! Pipelines of the embedded Heroku: names that several have, one pipeline an app, owners, and what goes with an app.

use crate::heroku_client::{Answer, Heroku};
use serde_json::{Value, json};

const OTHER: (&str, &str) = ("authorization", "Bearer other-token");

async fn pipeline(heroku: &Heroku, name: &str) -> String {
    let made = heroku.send("POST /pipelines", json!({ "name": name })).await.done();
    made["id"].as_str().unwrap().to_owned()
}

async fn couple(heroku: &Heroku, app: &str, pipeline: &str, stage: &str) -> Answer {
    let body = json!({ "app": app, "pipeline": pipeline, "stage": stage });
    heroku.send("POST /pipeline-couplings", body).await
}

async fn names(heroku: &Heroku, query: &str) -> Vec<String> {
    let list = heroku.get(&format!("/pipelines{query}")).await.done();
    list.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn several_pipelines_may_have_one_name_and_a_list_is_narrowed_down_by_it() {
    let heroku = Heroku::with_shop().await;
    for name in ["ledger", "ledger", "other"] {
        pipeline(&heroku, name).await;
    }
    assert_eq!(names(&heroku, "").await.len(), 3);
    assert_eq!(names(&heroku, "?eq%5Bname%5D=ledger").await, ["ledger", "ledger"]);
    assert_eq!(names(&heroku, "?eq[name]=nobodys").await, [""; 0]);
    heroku.get("/pipelines/ledger").await.refused(422, "multiple_matches");
    heroku.ask("GET /pipelines/other", &[OTHER], None).await.refused(404, "not_found");
}

#[tokio::test]
async fn an_app_is_in_one_pipeline_at_one_of_five_stages() {
    let heroku = Heroku::with_shop().await;
    let (one, two) = (pipeline(&heroku, "one").await, pipeline(&heroku, "two").await);
    couple(&heroku, "shop", &one, "prod").await.refused(422, "invalid_params");
    couple(&heroku, "shop", "one", "staging").await.refused(404, "not_found");
    let coupling = couple(&heroku, "shop", &one, "staging").await.done();
    couple(&heroku, "shop", &two, "staging").await.refused(422, "invalid_params");
    let line = format!("PATCH /pipeline-couplings/{}", coupling["id"].as_str().unwrap());
    let change = json!({ "stage": "production", "pipeline": two });
    let moved = heroku.send(&line, change).await.done();
    assert_eq!((&moved["stage"], &moved["pipeline"]["id"]), (&json!("production"), &json!(one)));
    assert_eq!(heroku.get("/apps/shop/pipeline-couplings").await.done(), moved, "one object");
    assert_eq!(heroku.releases("shop").await.len(), 2, "it makes no release");
}

#[tokio::test]
async fn an_app_goes_without_its_pipeline() {
    let heroku = Heroku::with_shop().await;
    let one = pipeline(&heroku, "one").await;
    couple(&heroku, "shop", &one, "staging").await.done();
    heroku.ask("DELETE /apps/shop", &[], None).await.done();
    assert_eq!(names(&heroku, "").await, ["one"]);
    let left = heroku.get(&format!("/pipelines/{one}/pipeline-couplings")).await.done();
    assert_eq!(left, json!([]));
}

#[tokio::test]
async fn a_pipeline_is_whose_that_is_said_as_far_as_that_is_the_callers() {
    let heroku = Heroku::start().await;
    let team = heroku.send("POST /teams/apps", json!({ "name": "shop", "team": "books" })).await.done();
    let me = heroku.get("/users/~").await.done()["id"].clone();
    let own = |owner: Value| json!({ "name": "ledger", "owner": owner });
    for (kind, id) in [("team", &team["team"]["id"]), ("user", &me)] {
        let owner = json!({ "id": id, "type": kind });
        let made = heroku.send("POST /pipelines", own(owner.clone())).await.done();
        assert_eq!(made["owner"], owner);
    }
    let unsaid = heroku.send("POST /pipelines", json!({ "name": "ledger" })).await.done();
    assert_eq!(unsaid["owner"], json!({ "id": me, "type": "user" }));
    for owner in [json!({ "id": me, "type": "team" }), json!({ "id": team["id"], "type": "user" })] {
        heroku.send("POST /pipelines", own(owner)).await.refused(403, "forbidden");
    }
    heroku.send("POST /pipelines", own(json!({ "id": me }))).await.refused(422, "invalid_params");
}
