//! App features, which the official program calls labs (heroku-api.md section 2).
//!
//! What must not live here: which of them should be on.

use serde::{Deserialize, Serialize};

use super::call::Call;
use super::wire::or_default;
use super::{CloudError, Heroku};
use crate::spec::FeatureName;

/// A feature that an app can have.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct AppFeature {
    /// Its name.
    pub name: String,
    /// Whether it is on.
    pub is_on: bool,
    /// How far Heroku is with it, in a word of its own: `public`, `beta`. Empty when it does not tell.
    #[serde(skip)]
    pub state: String,
}

#[derive(Deserialize)]
struct WireFeature {
    name: String,
    #[serde(default, deserialize_with = "or_default")]
    enabled: bool,
    #[serde(default, deserialize_with = "or_default")]
    state: String,
}

impl From<WireFeature> for AppFeature {
    fn from(wire: WireFeature) -> Self {
        Self { name: wire.name, is_on: wire.enabled, state: wire.state }
    }
}

#[derive(Serialize)]
struct WireSwitch {
    enabled: bool,
}

impl Heroku {
    /// The features that an app can have, those that are off included.
    pub async fn features(&self, app: &str) -> Result<Vec<AppFeature>, CloudError> {
        let wire: Vec<WireFeature> = self.list(Call::get(&["apps", app, "features"])).await?;
        Ok(wire.into_iter().map(AppFeature::from).collect())
    }

    /// One of them; `None` when the app cannot have such a feature.
    pub async fn feature(&self, app: &str, name: &FeatureName) -> Result<Option<AppFeature>, CloudError> {
        let call = Call::get(&["apps", app, "features", name.as_str()]);
        let wire: Option<WireFeature> = self.fetch_optional(call).await?;
        Ok(wire.map(AppFeature::from))
    }

    /// Switches a feature. Doing it again changes nothing.
    pub async fn switch_feature(&self, app: &str, name: &FeatureName, on: bool) -> Result<(), CloudError> {
        let body = WireSwitch { enabled: on };
        self.done(Call::patch(&["apps", app, "features", name.as_str()], &body)).await
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{Reply, Server};
    use super::*;

    #[tokio::test]
    async fn a_feature_is_read_from_the_least_that_could_come() {
        let server = Server::always(Reply::json(json!([
            { "name": "preboot", "enabled": true, "state": "public", "id": "1", "doc_url": "https://x.example" },
            { "name": "new-thing", "state": null },
        ])))
        .await;
        let [preboot, new] = server.heroku().features("ledger").await.unwrap().try_into().unwrap();
        assert_eq!((preboot.is_on, preboot.state.as_str()), (true, "public"));
        assert_eq!((new.is_on, new.state.as_str()), (false, ""));
        assert_eq!(server.calls(), ["GET /apps/ledger/features"]);
    }

    #[tokio::test]
    async fn a_switch_says_on_or_off() {
        let server = Server::always(Reply::json(json!({ "name": "preboot", "enabled": false }))).await;
        let name = FeatureName::parse("preboot").unwrap();
        server.heroku().switch_feature("ledger", &name, false).await.unwrap();
        let seen = server.only();
        assert_eq!(seen.call, "PATCH /apps/ledger/features/preboot");
        assert_eq!(seen.body, json!({ "enabled": false }));
    }

    #[tokio::test]
    async fn a_feature_that_no_app_has_is_none() {
        let server = Server::always(Reply::error(404, "not_found", "Couldn't find that feature.")).await;
        let name = FeatureName::parse("preeboot").unwrap();
        assert_eq!(server.heroku().feature("ledger", &name).await.unwrap(), None);
    }
}
