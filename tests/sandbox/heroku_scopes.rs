//! Tokens with scopes: made, listed, refused where they are too narrow, and over.

use serde_json::{Value, json};

use crate::heroku_client::{Answer, Heroku};

async fn token(heroku: &Heroku, body: Value) -> (String, String) {
    let made = heroku.send("POST /oauth/authorizations", body).await;
    assert_eq!(made.status, 201, "{made:?}");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (text(&made.body["id"]), text(&made.body["access_token"]["token"]))
}

fn header<'a>(answer: &'a Answer, name: &str) -> &'a str {
    answer.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

#[tokio::test]
async fn every_answer_says_what_the_token_has_and_what_the_call_takes() {
    let heroku = Heroku::with_shop().await;
    let (_, read) = token(&heroku, json!({ "scope": ["read", "identity"] })).await;
    let bearer = format!("Bearer {read}");
    let app = heroku.ask("GET /apps/shop", &[("authorization", &bearer)], None).await;
    assert_eq!((app.status, header(&app, "oauth-scope")), (200, "read identity"));
    assert_eq!(header(&app, "oauth-scope-accepted"), "global read read-protected write write-protected");
    assert_eq!(header(&heroku.get("/apps/shop").await, "oauth-scope"), "global");
    for line in ["GET /apps/shop/config-vars", "GET /apps/shop/releases", "PATCH /apps/shop"] {
        let body = line.starts_with("PATCH").then(|| json!({ "maintenance": true }));
        let refused = heroku.ask(line, &[("authorization", &bearer)], body).await;
        assert_eq!((refused.status, &refused.body["id"]), (403, &json!("forbidden")), "{line}");
        let text = "The scope of this OAuth authorization does not allow access to this resource.";
        assert_eq!(refused.body["message"], text);
        assert!(header(&refused, "oauth-scope-accepted").starts_with("global "), "{refused:?}");
    }
}

#[tokio::test]
async fn a_token_is_shown_once_and_refused_when_it_is_over() {
    let heroku = Heroku::with_shop().await;
    let (id, key) = token(&heroku, json!({ "scope": ["global"], "description": "trueup" })).await;
    let (_, short) = token(&heroku, json!({ "scope": ["global"], "expires_in": 0 })).await;
    let listed = heroku.get("/oauth/authorizations").await;
    let listed = listed.body.as_array().unwrap().clone();
    assert_eq!(listed.len(), 1, "one is over already: {listed:?}");
    let masked = listed[0]["access_token"]["token"].as_str().unwrap();
    assert!(masked.contains("**********") && masked != key, "{masked}");
    let ask = async |key: &str| {
        let bearer = format!("Bearer {key}");
        heroku.ask("GET /apps/shop", &[("authorization", &bearer)], None).await.status
    };
    assert_eq!((ask(&key).await, ask(&short).await), (200, 401));
    heroku.send(&format!("DELETE /oauth/authorizations/{id}"), Value::Null).await;
    assert_eq!(ask(&key).await, 401);
    heroku.get(&format!("/oauth/authorizations/{id}")).await.refused(404, "not_found");
}

#[tokio::test]
async fn what_is_no_scope_is_refused() {
    let heroku = Heroku::start().await;
    for scope in [json!(null), json!([]), json!(["everything"]), json!([7])] {
        let body = json!({ "scope": scope });
        heroku.send("POST /oauth/authorizations", body).await.refused(422, "invalid_params");
    }
}
