//! Slugs: code that was built once and can be released on any app of its owner (heroku-api.md section 6).
//!
//! What must not live here: builds, and waiting for a release phase.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::call::Call;
use super::wire::or_default;
use super::{CloudError, Heroku};

/// The code that an app runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveSlug {
    /// Its UUID.
    pub id: String,
    /// The release that it runs by.
    pub version: u64,
}

#[derive(Deserialize)]
struct WireRelease {
    version: u64,
    #[serde(default, deserialize_with = "or_default")]
    current: bool,
    slug: Option<WireId>,
}

#[derive(Deserialize)]
struct WireId {
    id: String,
}

#[derive(Deserialize)]
struct WireSlug {
    #[serde(default, deserialize_with = "or_default")]
    process_types: BTreeMap<String, String>,
}

impl Heroku {
    /// The code that the dynos of an app run; `None` when it has none, or of a kind that is no slug.
    pub async fn current_slug(&self, app: &str) -> Result<Option<LiveSlug>, CloudError> {
        let call = Call::get(&["apps", app, "releases"]).range("version ..; order=desc,max=20");
        let releases: Vec<WireRelease> = self.list(call).await?;
        let current = releases.into_iter().filter(|release| release.current).max_by_key(|one| one.version);
        Ok(current.and_then(|release| Some(LiveSlug { id: release.slug?.id, version: release.version })))
    }

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
    use super::*;

    #[tokio::test]
    async fn the_code_of_an_app_is_that_of_its_current_release() {
        let release =
            |version, current, slug| json!({ "version": version, "current": current, "slug": slug });
        for (releases, slug) in [
            (
                json!([release(3, false, json!({ "id": "c" })), release(2, true, json!({ "id": "b" }))]),
                Some(("b", 2)),
            ),
            (json!([release(1, true, json!(null))]), None),
            (json!([]), None),
        ] {
            let server = Server::always(Reply::json(releases)).await;
            let found = server.heroku().current_slug("ledger").await.unwrap();
            assert_eq!(found, slug.map(|(id, version): (&str, u64)| LiveSlug { id: id.to_owned(), version }));
        }
    }

    #[tokio::test]
    async fn a_slug_is_released_once() {
        let server = Server::always(Reply::new(502, "")).await;
        server.heroku().release_slug("ledger", "s1", "Clone of v7").await.unwrap_err();
        let seen = server.only();
        assert_eq!(seen.call, "POST /apps/ledger/releases");
        assert_eq!(seen.body, json!({ "slug": "s1", "description": "Clone of v7" }));
    }
}
