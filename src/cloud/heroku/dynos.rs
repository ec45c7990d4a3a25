//! Dynos: what runs at the moment, and which release each runs (heroku-api.md section 5).
//!
//! What must not live here: how many there should be, which is the formation's business.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::call::Call;
use super::wire::{SecretMap, or_default};
use super::{CloudError, ErrorKind, Heroku};
use crate::secret::Secret;

/// A dyno of an app, of its formation or started by somebody with a command of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dyno {
    /// Its name: `web.1`, `run.4711`.
    pub name: String,
    /// The process that it runs: `web`, `run`.
    pub process_type: String,
    /// Whether its process runs, or may: one that crashed or was taken down does not.
    pub is_running: bool,
    /// Whether it has started, an idle one included, which a request wakes.
    pub is_up: bool,
    /// The number of the release that it runs; `None` when Heroku does not say.
    pub release: Option<u64>,
}

#[derive(Deserialize)]
struct WireDyno {
    name: String,
    #[serde(default, rename = "type", deserialize_with = "or_default")]
    process_type: String,
    #[serde(default, deserialize_with = "or_default")]
    state: String,
    release: Option<WireRelease>,
}

#[derive(Deserialize)]
struct WireRelease {
    version: Option<u64>,
}

impl From<WireDyno> for Dyno {
    fn from(wire: WireDyno) -> Self {
        Self {
            process_type: wire.process_type,
            is_up: matches!(wire.state.as_str(), "up" | "idle"),
            name: wire.name,
            is_running: !matches!(wire.state.as_str(), "crashed" | "down"),
            release: wire.release.and_then(|release| release.version),
        }
    }
}

impl Heroku {
    /// Every dyno of an app, one-off dynos among them.
    pub async fn dynos(&self, app: &str) -> Result<Vec<Dyno>, CloudError> {
        let wire: Vec<WireDyno> = self.list(Call::get(&["apps", app, "dynos"])).await?;
        Ok(wire.into_iter().map(Dyno::from).collect())
    }

    /// The config vars that the dynos of a release run with; `None` when there is no such release, or the token may
    /// not see them.
    pub async fn config_vars_of(
        &self,
        app: &str,
        release: u64,
    ) -> Result<Option<BTreeMap<String, Secret>>, CloudError> {
        let version = release.to_string();
        match self.fetch(Call::get(&["apps", app, "releases", &version, "config-vars"])).await {
            Err(error) if error.is_not_found() || error.kind == ErrorKind::Forbidden => Ok(None),
            answer => answer.map(|SecretMap(vars)| Some(vars)),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::testing::{Reply, Server};

    fn wire(name: &str, state: &str, release: &Value) -> Value {
        json!({ "id": name, "name": name, "state": state, "release": release, "type": "web", "size": "Basic" })
    }

    #[tokio::test]
    async fn a_dyno_says_which_release_it_runs_and_whether_it_does() {
        let release = json!({ "id": "r7", "version": 7 });
        for (state, release, expected) in [
            ("up", release.clone(), (true, Some(7))),
            ("starting", release.clone(), (true, Some(7))),
            ("idle", release.clone(), (true, Some(7))),
            ("odd", release.clone(), (true, Some(7))),
            ("crashed", release.clone(), (false, Some(7))),
            ("down", release, (false, Some(7))),
            ("up", Value::Null, (true, None)),
            ("up", json!({ "id": "r7" }), (true, None)),
        ] {
            let server = Server::always(Reply::json(json!([wire("run.1", state, &release)]))).await;
            let dynos = server.heroku().dynos("ledger").await.unwrap();
            assert_eq!((dynos[0].is_running, dynos[0].release), expected, "{state}");
        }
    }

    #[tokio::test]
    async fn the_vars_of_a_release_are_its_own_and_unknown_where_they_may_not_be_read() {
        let server = Server::always(Reply::json(json!({ "KEY_ID": "AKIAOLD" }))).await;
        let vars = server.heroku().config_vars_of("ledger", 7).await.unwrap().unwrap();
        assert!(vars["KEY_ID"].contains("AKIAOLD"));
        assert_eq!(server.only().call, "GET /apps/ledger/releases/7/config-vars");
        for status in [403, 404] {
            let id = if status == 403 { "forbidden" } else { "not_found" };
            let server = Server::always(Reply::error(status, id, "no")).await;
            assert!(server.heroku().config_vars_of("ledger", 7).await.unwrap().is_none(), "{status}");
        }
    }
}
