//! Releases as far as they bring code to run, and rolling back to one (heroku-api.md section 6, life-and-ci.md
//! section 6.3).
//!
//! What must not live here: which release an app should run, and waiting for a release phase.

use serde::Deserialize;

use super::builds::{WireId, address, id_of};
use super::call::Call;
use super::wire::or_default;
use super::{CloudError, Heroku, ReleaseStatus};
use crate::secret::Secret;

/// A release, as far as it brings code to run.
#[derive(Clone, Debug)]
pub struct Rollout {
    /// Its UUID.
    pub id: String,
    /// Its number on the app.
    pub version: u64,
    /// How far it came.
    pub status: ReleaseStatus,
    /// Whether the dynos run it.
    pub is_current: bool,
    /// Whether Heroku takes it as the aim of a rollback.
    pub is_eligible: bool,
    /// What made it: `Deploy 1a2b3c4d`.
    pub description: String,
    /// The id of its slug; `None` without code.
    pub slug: Option<String>,
    /// Where its release phase prints, when it has one.
    pub output: Option<Secret>,
}

#[derive(Deserialize)]
struct WireRollout {
    id: String,
    version: u64,
    #[serde(default, deserialize_with = "or_default")]
    status: String,
    #[serde(default, deserialize_with = "or_default")]
    current: bool,
    #[serde(default, deserialize_with = "or_default")]
    eligible_for_rollback: bool,
    #[serde(default, deserialize_with = "or_default")]
    description: String,
    slug: Option<WireId>,
    output_stream_url: Option<String>,
}

impl From<WireRollout> for Rollout {
    fn from(wire: WireRollout) -> Self {
        Self {
            id: wire.id,
            version: wire.version,
            status: wire.status.into(),
            is_current: wire.current,
            is_eligible: wire.eligible_for_rollback,
            description: wire.description,
            slug: id_of(wire.slug),
            output: address(wire.output_stream_url),
        }
    }
}

impl Heroku {
    /// The newest releases, the newest first.
    pub async fn rollouts(&self, app: &str) -> Result<Vec<Rollout>, CloudError> {
        let call = Call::get(&["apps", app, "releases"]).range("version ..; order=desc,max=50");
        let wire: Vec<WireRollout> = self.list(call).await?;
        let mut rollouts: Vec<Rollout> = wire.into_iter().map(Rollout::from).collect();
        rollouts.sort_by_key(|rollout| std::cmp::Reverse(rollout.version));
        Ok(rollouts)
    }

    /// A release as it is now, by its id.
    pub async fn rollout(&self, app: &str, id: &str) -> Result<Rollout, CloudError> {
        self.fetch::<WireRollout>(Call::get(&["apps", app, "releases", id])).await.map(Rollout::from)
    }

    /// The release of that number; `None` when the app has none.
    pub async fn rollout_of(&self, app: &str, version: u64) -> Result<Option<Rollout>, CloudError> {
        match self.rollout(app, &version.to_string()).await {
            Err(error) if error.is_not_found() => Ok(None),
            answer => answer.map(Some),
        }
    }

    /// Makes a release of the code and the config vars that an earlier one had; gives the new one.
    pub async fn roll_back(&self, app: &str, id: &str) -> Result<Rollout, CloudError> {
        // Each makes a release of its own, so it is not repeated blindly.
        let body = serde_json::json!({ "release": id });
        let call = Call::post(&["apps", app, "releases"], &body).sdk();
        self.fetch::<WireRollout>(call).await.map(Rollout::from)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::testing::{Reply, Server};

    fn wire(version: u64) -> Value {
        json!({
            "id": format!("r{version}"), "version": version, "status": "succeeded", "current": false,
            "eligible_for_rollback": true, "description": "Deploy 1a2b3c4d", "slug": { "id": "s1" },
            "output_stream_url": null
        })
    }

    #[tokio::test]
    async fn a_rollback_names_a_release_and_is_sent_once() {
        let server = Server::always(Reply::new(201, wire(9).to_string())).await;
        let made = server.heroku().roll_back("ledger", "r7").await.unwrap();
        assert_eq!((made.version, made.slug.as_deref(), made.is_eligible), (9, Some("s1"), true));
        let seen = server.only();
        assert_eq!(
            (seen.call.as_str(), &seen.body),
            ("POST /apps/ledger/releases", &json!({ "release": "r7" }))
        );
        assert_eq!(seen.header("accept"), Some("application/vnd.heroku+json; version=3.sdk"));
        let server = Server::always(Reply::new(502, "")).await;
        server.heroku().roll_back("ledger", "r7").await.unwrap_err();
        server.only();
    }

    #[tokio::test]
    async fn a_release_is_found_by_its_number_or_not_there() {
        let server = Server::always(Reply::json(wire(7))).await;
        assert_eq!(server.heroku().rollout_of("ledger", 7).await.unwrap().unwrap().id, "r7");
        assert_eq!(server.only().call, "GET /apps/ledger/releases/7");
        let server = Server::always(Reply::error(404, "not_found", "no")).await;
        assert!(server.heroku().rollout_of("ledger", 99).await.unwrap().is_none());
    }
}
