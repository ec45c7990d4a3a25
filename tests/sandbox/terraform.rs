//! What Terraform's provider for Heroku asks, replayed in its order and with its headers (heroku-api.md section 9): each
//! resource is made, read, changed and deleted as it does it.

use base64::Engine as _;
use serde_json::{Value, json};

use crate::heroku_client::{Answer, Heroku, quick};
use trueup::sandbox::Options;

/// The provider, which signs in with an empty name and the token as password.
struct Provider(Heroku);

impl Provider {
    async fn start() -> Self {
        Self(Heroku::with(Options { knobs: quick(), ..Options::default() }).await)
    }

    async fn ask(&self, line: &str, body: Option<Value>) -> Answer {
        let basic = format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(":owner-token"));
        let headers = [
            ("authorization", basic.as_str()),
            ("accept", "application/vnd.heroku+json; version=3"),
            ("user-agent", "heroku/v6 (linux; amd64) terraform-provider-heroku/5"),
        ];
        self.0.ask(line, &headers, body).await
    }

    async fn get(&self, path: &str) -> Value {
        self.ask(&format!("GET {path}"), None).await.done()
    }

    async fn send(&self, line: &str, body: Value) -> Value {
        self.ask(line, Some(body)).await.done()
    }

    async fn delete(&self, path: &str) {
        self.ask(&format!("DELETE {path}"), None).await.done();
        assert_eq!(self.ask(&format!("GET {path}"), None).await.status, 404, "{path}");
    }

    /// `heroku_app` with config and a buildpack; its id.
    async fn app(&self) -> String {
        let body = json!({ "name": "shop", "region": "eu", "stack": "heroku-24" });
        let made = self.send("POST /apps", body).await;
        let id = made["id"].as_str().unwrap().to_owned();
        self.send(&format!("PATCH /apps/{id}/config-vars"), json!({ "RAILS_ENV": "production" })).await;
        let newest = [("range", "version ..; max=1,order=desc")];
        let released = self.0.ask(&format!("GET /apps/{id}/releases"), &newest, None).await.done();
        let release = released[0]["id"].as_str().unwrap().to_owned();
        assert_eq!(self.get(&format!("/apps/{id}/releases/{release}")).await["status"], "succeeded");
        let packs = json!({ "updates": [{ "buildpack": "heroku/ruby" }] });
        self.send(&format!("PUT /apps/{id}/buildpack-installations"), packs).await;
        id
    }
}

#[tokio::test]
async fn heroku_app_with_config_and_buildpacks() {
    let provider = Provider::start().await;
    let id = provider.app().await;
    let app = provider.get(&format!("/apps/{id}")).await;
    assert_eq!((&app["region"]["name"], &app["build_stack"]["name"]), (&json!("eu"), &json!("heroku-24")));
    let packs = provider.get(&format!("/apps/{id}/buildpack-installations")).await;
    assert_eq!(packs[0]["buildpack"]["name"], "heroku/ruby");
    assert_eq!(provider.get(&format!("/apps/{id}/config-vars")).await["RAILS_ENV"], "production");
    provider.send(&format!("PATCH /apps/{id}"), json!({ "maintenance": true })).await;
    provider.send(&format!("PATCH /apps/{id}/config-vars"), json!({ "RAILS_ENV": null })).await;
    assert_eq!(provider.get(&format!("/apps/{id}/config-vars")).await, json!({}));
    provider.delete(&format!("/apps/{id}")).await;
}

#[tokio::test]
async fn heroku_addon_and_heroku_addon_attachment() {
    let provider = Provider::start().await;
    let id = provider.app().await;
    let order = json!({ "confirm": "shop", "plan": "heroku-postgresql:essential-0" });
    let addon = provider.send(&format!("POST /apps/{id}/addons"), order).await;
    let addon = addon["id"].as_str().unwrap();
    assert_eq!(provider.get(&format!("/apps/{id}/addons/{addon}")).await["state"], "provisioned");
    let named = provider.get(&format!("/addons/{addon}")).await["config_vars"].clone();
    let vars = provider.get(&format!("/apps/{id}/config-vars")).await;
    assert!(named.as_array().unwrap().iter().all(|name| vars[name.as_str().unwrap()].is_string()), "{vars}");
    let attach = json!({ "addon": addon, "app": id, "name": "READER" });
    let attachment = provider.send("POST /addon-attachments", attach).await;
    let attachment = format!("/addon-attachments/{}", attachment["id"].as_str().unwrap());
    assert_eq!(provider.get(&attachment).await["name"], "READER");
    provider.delete(&attachment).await;
    provider.delete(&format!("/apps/{id}/addons/{addon}")).await;
}

#[tokio::test]
async fn heroku_domain() {
    let provider = Provider::start().await;
    let id = provider.app().await;
    let domain = json!({ "hostname": "shop.example", "sni_endpoint": null });
    let domain = provider.send(&format!("POST /apps/{id}/domains"), domain).await;
    let path = format!("/apps/{id}/domains/{}", domain["id"].as_str().unwrap());
    let read = provider.get(&path).await;
    assert_eq!((&read["hostname"], &read["app"]["id"]), (&json!("shop.example"), &json!(id)));
    assert!(read["cname"].as_str().unwrap().ends_with(".herokudns.com"));
    provider.delete(&path).await;
}

#[tokio::test]
async fn heroku_formation() {
    let provider = Provider::start().await;
    let id = provider.app().await;
    provider.0.deploy(&id, json!({ "web": "puma" })).await;
    let web = format!("/apps/{id}/formation/web");
    let change = json!({ "dyno_size": { "name": "standard-1x" }, "quantity": 2 });
    provider.send(&format!("PATCH {web}"), change).await;
    let read = provider.get(&web).await;
    assert_eq!((&read["quantity"], &read["size"]), (&json!(2), &json!("Standard-1X")));
}
