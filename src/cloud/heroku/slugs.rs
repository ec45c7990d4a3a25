//! Slugs: code that was built once and can be released on any app of its owner (heroku-api.md section 6).
//!
//! What must not live here: which slug an app runs (`releases`), builds, and waiting for a release phase.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::call::Call;
use super::wire::or_default;
use super::{CloudError, Heroku};

#[derive(Deserialize)]
struct WireSlug {
    #[serde(default, deserialize_with = "or_default")]
    process_types: BTreeMap<String, String>,
}

impl Heroku {
    /// The process types that a slug of an app defines.
    pub async fn process_types(&self, app: &str, slug: &str) -> Result<Vec<String>, CloudError> {
        let wire: WireSlug = self.fetch(Call::get(&["apps", app, "slugs", slug])).await?;
        Ok(wire.process_types.into_keys().collect())
    }

    /// Has an app run a slug, of whichever app it was built for. Makes one release.
    pub async fn release_slug(&self, app: &str, slug: &str, description: &str) -> Result<(), CloudError> {
        let body = serde_json::json!({ "slug": slug, "description": description });
        // Each makes a release of its own, so it is not repeated blindly.
        let call = Call::post(&["apps", app, "releases"], &body).once();
        self.fetch::<serde::de::IgnoredAny>(call).await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{Reply, Server};

    #[tokio::test]
    async fn a_slug_is_released_once() {
        let server = Server::always(Reply::new(502, "")).await;
        server.heroku().release_slug("ledger", "s1", "Clone of v7").await.unwrap_err();
        let seen = server.only();
        assert_eq!(seen.call, "POST /apps/ledger/releases");
        assert_eq!(seen.body, json!({ "slug": "s1", "description": "Clone of v7" }));
    }
}
