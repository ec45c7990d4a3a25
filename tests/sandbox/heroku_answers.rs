//! Every answer of the embedded Heroku, judged by Heroku's published schema.

use std::cell::RefCell;

use crate::heroku_client::{Answer, Heroku};
use serde_json::{Value, json};

/// Asks, and notes what the schema says against the answers.
struct Walk {
    heroku: Heroku,
    wrong: RefCell<Vec<String>>,
}

impl Walk {
    async fn start() -> Self {
        Self { heroku: Heroku::start().await, wrong: RefCell::default() }
    }

    fn judge(&self, line: &str, answer: &Answer) {
        let (method, path) = line.split_once(' ').expect("a method and a path");
        let verdict = crate::heroku_schema::validate(method, path, answer.status, &answer.body);
        if let Err(wrong) = verdict {
            self.wrong.borrow_mut().push(format!("{} {wrong}", answer.status));
        }
    }

    /// Reads, plain and with everything that the official clients ask for beyond that.
    async fn reads(&self, path: &str) -> Value {
        let line = format!("GET {path}");
        let rich = [
            ("accept", "application/vnd.heroku+json; version=3.sdk"),
            ("accept-expansion", "addon_service,plan"),
            ("accept-inclusion", "addon:plan,config_vars"),
        ];
        self.judge(&line, &self.heroku.ask(&line, &rich, None).await);
        let answer = self.heroku.get(path).await;
        assert!(answer.status < 300, "{line}: {answer:?}");
        self.judge(&line, &answer);
        answer.body
    }

    async fn writes(&self, line: &str, body: Value) -> Value {
        let answer = self.heroku.send(line, body).await;
        assert!(answer.status < 300, "{line}: {answer:?}");
        self.judge(line, &answer);
        answer.body
    }

    async fn is_refused(&self, line: &str, body: Value) {
        let answer = self.heroku.send(line, body).await;
        assert!(answer.status >= 400, "{line}: {answer:?}");
        self.judge(line, &answer);
    }

    fn end(self) {
        let wrong = self.wrong.into_inner();
        assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    }
}

fn text(value: &Value) -> &str {
    value.as_str().expect("text")
}

#[tokio::test]
async fn apps_are_as_published() {
    let walk = Walk::start().await;
    let app = walk.writes("POST /apps", json!({ "name": "shop", "region": "eu" })).await;
    walk.writes("POST /apps", json!({})).await;
    walk.reads("/apps").await;
    walk.reads("/apps/shop").await;
    walk.reads(&format!("/apps/{}", text(&app["id"]))).await;
    walk.writes("PATCH /apps/shop", json!({ "maintenance": true, "build_stack": "heroku-22" })).await;
    walk.reads("/apps/shop/features").await;
    walk.writes("PATCH /apps/shop/features/preboot", json!({ "enabled": true })).await;
    walk.reads("/apps/shop/features/preboot").await;
    walk.is_refused("PATCH /apps/shop/features/preboot", json!({ "enabled": "yes" })).await;
    walk.is_refused("PATCH /apps/shop/features/prebooot", json!({ "enabled": true })).await;
    people_are_as_published(&walk).await;
    walk.writes("POST /apps/shop/acm", json!({})).await;
    walk.writes("PATCH /apps/shop/acm", json!({ "acm_refresh": true })).await;
    walk.writes("DELETE /apps/shop/acm", Value::Null).await;
    walk.is_refused("PATCH /apps/shop/acm", json!({ "acm_refresh": true })).await;
    walk.reads("/apps/shop/domains").await;
    let drain = json!({ "url": "syslog+tls://logs.example:514" });
    let added = walk.writes("POST /apps/shop/log-drains", drain.clone()).await;
    walk.is_refused("POST /apps/shop/log-drains", drain).await;
    walk.is_refused("POST /apps/shop/log-drains", json!({ "url": "logs.example" })).await;
    walk.reads("/apps/shop/log-drains").await;
    walk.reads(&format!("/apps/shop/log-drains/{}", text(&added["id"]))).await;
    walk.writes(&format!("DELETE /apps/shop/log-drains/{}", text(&added["token"])), Value::Null).await;
    walk.reads("/apps/shop/webhooks").await;
    let (chain, key) =
        (include_str!("../support/tls/server.pem"), include_str!("../support/tls/server.key.pem"));
    let brought = json!({ "certificate_chain": chain, "private_key": key });
    let endpoint = walk.writes("POST /apps/shop/sni-endpoints", brought).await;
    walk.is_refused("POST /apps/shop/sni-endpoints", json!({ "certificate_chain": chain })).await;
    walk.reads("/apps/shop/sni-endpoints").await;
    let endpoint = format!("/apps/shop/sni-endpoints/{}", text(&endpoint["name"]));
    walk.reads(&endpoint).await;
    walk.writes(&format!("DELETE {endpoint}"), Value::Null).await;
    walk.reads("/apps/shop/available-stacks").await;
    walk.writes("DELETE /apps/shop", Value::Null).await;
    walk.is_refused("GET /apps/shop", Value::Null).await;
    walk.end();
}

/// Collaborators of a personal app, and of one of a team that gives them rights.
async fn people_are_as_published(walk: &Walk) {
    let ops = "ops@ledger.example";
    walk.reads("/apps/shop/collaborators").await;
    walk.writes("POST /apps/shop/collaborators", json!({ "user": ops })).await;
    walk.reads(&format!("/apps/shop/collaborators/{ops}")).await;
    walk.is_refused("POST /apps/shop/collaborators", json!({ "user": ops })).await;
    let rights = json!({ "user": "b@ledger.example", "permissions": ["view"] });
    walk.is_refused("POST /teams/apps/shop/collaborators", rights.clone()).await;
    walk.writes(&format!("DELETE /apps/shop/collaborators/{ops}"), Value::Null).await;
    walk.is_refused(&format!("DELETE /apps/shop/collaborators/{ops}"), Value::Null).await;
    walk.is_refused("DELETE /apps/shop/collaborators/sandbox@trueup.example", Value::Null).await;
    for team in ["acme", "acme-enterprise"] {
        let app = json!({ "name": format!("desk-of-{team}"), "team": team });
        walk.writes("POST /teams/apps", app).await;
        walk.reads(&format!("/teams/{team}/features")).await;
    }
    let people = "/teams/apps/desk-of-acme-enterprise/collaborators";
    walk.is_refused("POST /teams/apps/desk-of-acme/collaborators", rights.clone()).await;
    walk.is_refused("POST /apps/desk-of-acme-enterprise/collaborators", json!({ "user": ops })).await;
    walk.writes(&format!("POST {people}"), rights).await;
    let more = json!({ "permissions": ["view", "deploy"] });
    walk.writes(&format!("PATCH {people}/b@ledger.example"), more).await;
    walk.is_refused(&format!("PATCH {people}/b@ledger.example"), json!({ "permissions": ["own"] })).await;
    walk.reads(people).await;
}

#[tokio::test]
async fn pipelines_are_as_published() {
    let walk = Walk::start().await;
    walk.writes("POST /apps", json!({ "name": "shop" })).await;
    walk.is_refused("GET /apps/shop/pipeline-couplings", Value::Null).await;
    let pipeline = walk.writes("POST /pipelines", json!({ "name": "ledger" })).await;
    let pipeline = text(&pipeline["id"]);
    walk.reads("/pipelines").await;
    walk.reads(&format!("/pipelines/{pipeline}")).await;
    walk.reads("/pipelines/ledger").await;
    walk.writes(&format!("PATCH /pipelines/{pipeline}"), json!({ "name": "books" })).await;
    let coupling = json!({ "app": "shop", "pipeline": pipeline, "stage": "staging" });
    let coupling = walk.writes("POST /pipeline-couplings", coupling).await;
    let coupling = text(&coupling["id"]);
    walk.reads("/pipeline-couplings").await;
    walk.reads(&format!("/pipeline-couplings/{coupling}")).await;
    walk.reads(&format!("/pipelines/{pipeline}/pipeline-couplings")).await;
    walk.reads("/apps/shop/pipeline-couplings").await;
    let change = json!({ "stage": "production" });
    walk.writes(&format!("PATCH /pipeline-couplings/{coupling}"), change).await;
    walk.is_refused("POST /pipelines", json!({ "name": "Ledger" })).await;
    walk.writes(&format!("DELETE /pipeline-couplings/{coupling}"), Value::Null).await;
    walk.writes(&format!("DELETE /pipelines/{pipeline}"), Value::Null).await;
    walk.is_refused(&format!("GET /pipelines/{pipeline}"), Value::Null).await;
    walk.end();
}

#[tokio::test]
async fn domains_are_as_published() {
    let walk = Walk::start().await;
    walk.writes("POST /apps", json!({ "name": "shop" })).await;
    walk.writes("POST /apps", json!({ "name": "desk" })).await;
    let app = json!({ "hostname": "app.ledger.example", "sni_endpoint": null });
    let added = walk.writes("POST /apps/shop/domains", app.clone()).await;
    let all = json!({ "hostname": "*.ledger.example", "sni_endpoint": null });
    walk.writes("POST /apps/shop/domains", all).await;
    for domain in walk.reads("/apps/shop/domains").await.as_array().expect("a list") {
        walk.reads(&format!("/apps/shop/domains/{}", text(&domain["id"]))).await;
        walk.reads(&format!("/apps/shop/domains/{}", text(&domain["hostname"]))).await;
    }
    let change = json!({ "sni_endpoint": null });
    walk.writes("PATCH /apps/shop/domains/app.ledger.example", change).await;
    walk.is_refused("POST /apps/desk/domains", app).await;
    walk.is_refused("POST /apps/shop/domains", json!({ "hostname": "desk.ledger.example" })).await;
    walk.writes(&format!("DELETE /apps/shop/domains/{}", text(&added["id"])), Value::Null).await;
    walk.writes("DELETE /apps/shop/domains/*.ledger.example", Value::Null).await;
    walk.is_refused("DELETE /apps/shop/domains/app.ledger.example", Value::Null).await;
    let (chain, key) =
        (include_str!("../support/tls/server.pem"), include_str!("../support/tls/server.key.pem"));
    let brought = json!({ "certificate_chain": chain, "private_key": key });
    let endpoint = walk.writes("POST /apps/shop/sni-endpoints", brought).await;
    walk.is_refused("POST /apps/shop/sni-endpoints", json!({ "certificate_chain": chain })).await;
    walk.reads("/apps/shop/sni-endpoints").await;
    let endpoint = format!("/apps/shop/sni-endpoints/{}", text(&endpoint["name"]));
    walk.reads(&endpoint).await;
    walk.writes(&format!("DELETE {endpoint}"), Value::Null).await;
    walk.end();
}

#[tokio::test]
async fn authorizations_are_as_published() {
    let walk = Walk::start().await;
    let asked = json!({ "scope": ["read-protected"], "description": "trueup", "expires_in": 7_776_000 });
    let made = walk.writes("POST /oauth/authorizations", asked).await;
    walk.reads("/oauth/authorizations").await;
    let one = format!("/oauth/authorizations/{}", text(&made["id"]));
    walk.reads(&one).await;
    walk.writes(&format!("DELETE {one}"), Value::Null).await;
    walk.is_refused(&format!("GET {one}"), Value::Null).await;
    walk.end();
}

#[tokio::test]
async fn team_apps_are_as_published() {
    let walk = Walk::start().await;
    walk.writes("POST /teams/apps", json!({ "name": "ledger", "team": "acme" })).await;
    walk.reads("/teams").await;
    walk.reads("/teams/acme/apps").await;
    walk.reads("/teams/apps/ledger").await;
    walk.reads("/apps/ledger").await;
    walk.end();
}

#[tokio::test]
async fn addons_and_attachments_are_as_published() {
    let walk = Walk::start().await;
    walk.writes("POST /apps", json!({ "name": "shop" })).await;
    walk.writes("POST /apps", json!({ "name": "desk" })).await;
    let order = json!({ "plan": "heroku-postgresql:standard-0", "name": "ledger-db", "attachment": { "name": "DATABASE" } });
    let addon = walk.writes("POST /apps/shop/addons", order).await;
    let id = text(&addon["id"]);
    walk.reads("/addons").await;
    walk.reads("/addons/ledger-db").await;
    walk.reads("/apps/shop/addons").await;
    walk.reads(&format!("/apps/shop/addons/{id}")).await;
    walk.writes("PATCH /apps/shop/addons/ledger-db", json!({ "plan": "heroku-postgresql:standard-2" })).await;
    walk.writes("POST /actions/addons/resolve", json!({ "addon": "ledger-db" })).await;
    let attached = json!({ "addon": "ledger-db", "app": "desk", "name": "LEDGER" });
    let attached = walk.writes("POST /addon-attachments", attached).await;
    let attachment = format!("/addon-attachments/{}", text(&attached["id"]));
    walk.reads("/addon-attachments").await;
    walk.reads(&attachment).await;
    walk.reads("/apps/desk/addon-attachments").await;
    walk.reads("/apps/desk/addon-attachments/LEDGER").await;
    walk.reads(&format!("/addons/{id}/addon-attachments")).await;
    let asked = json!({ "app": "desk", "addon_attachment": "LEDGER_URL" });
    walk.writes("POST /actions/addon-attachments/resolve", asked).await;
    walk.is_refused("DELETE /apps/shop/addons/ledger-db", Value::Null).await;
    walk.writes(&format!("DELETE {attachment}"), Value::Null).await;
    walk.writes("DELETE /apps/shop/addons/ledger-db", Value::Null).await;
    walk.end();
}

#[tokio::test]
async fn what_runs_is_as_published() {
    let walk = Walk::start().await;
    walk.writes("POST /apps", json!({ "name": "shop" })).await;
    walk.reads("/apps/shop/formation").await;
    walk.writes("PATCH /apps/shop/config-vars", json!({ "ONE": "1", "TWO": "2" })).await;
    walk.reads("/apps/shop/config-vars").await;
    walk.reads("/apps/shop/releases/1/config-vars").await;
    let updates =
        json!({ "updates": [{ "buildpack": "heroku/ruby" }, { "buildpack": "https://github.com/a/b" }] });
    walk.writes("PUT /apps/shop/buildpack-installations", updates).await;
    walk.reads("/apps/shop/buildpack-installations").await;
    let slug = walk.writes("POST /apps/shop/slugs", json!({ "process_types": { "web": "puma" } })).await;
    walk.reads(&format!("/apps/shop/slugs/{}", text(&slug["id"]))).await;
    walk.writes("POST /apps/shop/releases", json!({ "slug": slug["id"] })).await;
    let source = json!({ "source_blob": { "url": "https://example.com/source.tgz", "version": "abc" } });
    walk.writes("POST /apps/shop/builds", source).await;
    walk.reads("/apps/shop/builds").await;
    walk.reads("/apps/shop/releases").await;
    walk.reads("/apps/shop/releases/1").await;
    walk.reads("/apps/shop/formation").await;
    walk.reads("/apps/shop/formation/web").await;
    let update = json!({ "updates": [{ "type": "web", "quantity": 2, "size": "standard-1x" }] });
    walk.writes("PATCH /apps/shop/formation", update).await;
    walk.writes("PATCH /apps/shop/formation/web", json!({ "quantity": 1 })).await;
    walk.reads("/apps/shop/dynos").await;
    walk.writes("DELETE /apps/shop/dynos", Value::Null).await;
    walk.end();
}

#[tokio::test]
async fn the_catalog_and_the_account_are_as_published() {
    let walk = Walk::start().await;
    for path in [
        "/account",
        "/users/~",
        "/account/rate-limits",
        "/account/features",
        "/regions",
        "/stacks",
        "/dyno-sizes",
        "/addon-services",
        "/addon-services/heroku-postgresql",
        "/addon-services/heroku-postgresql/plans",
        "/plans/heroku-postgresql:standard-0",
    ] {
        walk.reads(path).await;
    }
    walk.end();
}

#[tokio::test]
async fn refusals_are_errors_of_herokus_form() {
    let walk = Walk::start().await;
    walk.writes("POST /apps", json!({ "name": "shop" })).await;
    for (line, body) in [
        ("GET /nowhere", Value::Null),
        ("POST /apps", json!({ "name": "No" })),
        ("POST /apps", json!({ "name": "shop" })),
        ("GET /apps/none", Value::Null),
        ("PATCH /apps/shop/config-vars", json!([1])),
        ("POST /apps/shop/addons", json!({ "plan": "heroku-postgresql:mini" })),
        ("PATCH /apps/shop/formation/web", json!({ "quantity": 1 })),
        ("PUT /apps/shop/buildpack-installations", json!({ "updates": [{ "buildpack": "ruby" }] })),
        ("POST /apps/shop/releases", json!({})),
        ("GET /plans/none", Value::Null),
        ("DELETE /addon-attachments/none", Value::Null),
        ("GET /client/v11/databases/none", Value::Null),
    ] {
        walk.is_refused(line, body).await;
    }
    walk.end();
}

#[test]
fn the_judge_can_say_no() {
    let stack = json!({ "id": "not a uuid", "name": "heroku-24" });
    let verdict =
        crate::heroku_schema::validate("GET", "/stacks", 200, &json!([stack])).expect_err("it is wrong");
    assert!(verdict.contains("uuid") && verdict.contains("created_at"), "{verdict}");
    assert!(crate::heroku_schema::validate("GET", "/nowhere", 200, &json!({})).is_err());
    assert!(crate::heroku_schema::validate("GET", "/apps", 404, &json!({ "message": "?" })).is_err());
    assert!(crate::heroku_schema::knows("PATCH", "/apps/shop/config-vars"));
}
