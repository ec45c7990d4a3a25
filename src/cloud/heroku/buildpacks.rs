//! Buildpacks of the next build, in order (heroku-api.md section 6).
//!
//! What must not live here: builds.

use serde::{Deserialize, Serialize};

use super::call::Call;
use super::failure;
use super::{CloudError, ErrorKind, Heroku};
use crate::spec::Buildpack;

#[derive(Deserialize)]
struct WireInstallation {
    #[serde(default)]
    ordinal: Option<i64>,
    buildpack: WireBuildpack,
}

#[derive(Deserialize)]
struct WireBuildpack {
    name: Option<String>,
    url: Option<String>,
}

impl WireBuildpack {
    /// The name of a registry buildpack is shorter and steadier than its URL; for others both are the URL.
    fn parse(&self) -> Option<Buildpack> {
        [&self.name, &self.url].into_iter().flatten().find_map(|text| Buildpack::parse(text).ok())
    }
}

#[derive(Serialize)]
struct WireUpdates<'a> {
    updates: Vec<WireUpdate<'a>>,
}

#[derive(Serialize)]
struct WireUpdate<'a> {
    buildpack: &'a Buildpack,
}

impl Heroku {
    /// The app's buildpacks in order; empty means that each build finds its own.
    pub async fn buildpacks(&self, app: &str) -> Result<Vec<Buildpack>, CloudError> {
        let wire = self.list(Call::get(&["apps", app, "buildpack-installations"])).await?;
        self.in_order(&Call::get(&["apps", app, "buildpack-installations"]), wire)
    }

    /// Replaces the whole list, and gives it as it is then. Makes no release; the next build uses it.
    pub async fn put_buildpacks(
        &self,
        app: &str,
        buildpacks: &[Buildpack],
    ) -> Result<Vec<Buildpack>, CloudError> {
        let updates = buildpacks.iter().map(|buildpack| WireUpdate { buildpack }).collect();
        let call = Call::put(&["apps", app, "buildpack-installations"], &WireUpdates { updates });
        let wire: Option<Vec<WireInstallation>> = self.transport.send(&call).await?.decode(&call)?;
        self.in_order(&call, wire.unwrap_or_default())
    }

    fn in_order(&self, call: &Call, mut wire: Vec<WireInstallation>) -> Result<Vec<Buildpack>, CloudError> {
        wire.sort_by_key(|installation| installation.ordinal);
        let parsed = wire.iter().zip(1..).map(|(installation, position)| {
            installation.buildpack.parse().ok_or_else(|| {
                // The URL is not shown: one that is refused may hold a password.
                let message = format!("buildpack {position} is neither a registry name nor an https URL");
                failure::harmless(call, self.transport.service_of(call), ErrorKind::Invalid, &message)
            })
        });
        parsed.collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{Reply, Server};
    use super::*;

    fn buildpack(text: &str) -> Buildpack {
        Buildpack::parse(text).unwrap()
    }

    #[tokio::test]
    async fn buildpacks_come_in_their_order_by_name_where_they_have_one() {
        let server = Server::always(Reply::json(json!([
            { "ordinal": 1, "buildpack": { "name": null, "url": "https://example.com/pack.tgz" } },
            { "ordinal": 0, "buildpack": { "name": "heroku/ruby", "url": "urn:buildpack:heroku/ruby" } }
        ])))
        .await;
        let buildpacks = server.heroku().buildpacks("ledger").await.unwrap();
        assert_eq!(buildpacks, [buildpack("heroku/ruby"), buildpack("https://example.com/pack.tgz")]);
        assert_eq!(server.calls(), ["GET /apps/ledger/buildpack-installations"]);
    }

    #[tokio::test]
    async fn the_whole_list_is_replaced() {
        let server = Server::always(Reply::new(201, "[]")).await;
        let wanted = [buildpack("heroku/nodejs"), buildpack("heroku/ruby")];
        assert!(server.heroku().put_buildpacks("ledger", &wanted).await.unwrap().is_empty());
        let seen = server.only();
        assert_eq!(seen.call, "PUT /apps/ledger/buildpack-installations");
        assert_eq!(
            seen.body,
            json!({ "updates": [{ "buildpack": "heroku/nodejs" }, { "buildpack": "heroku/ruby" }] })
        );
    }

    #[tokio::test]
    async fn one_that_no_spec_could_name_is_an_error_that_does_not_show_it() {
        let nothing = json!({ "ordinal": 0, "buildpack": { "name": "", "url": "" } });
        let server = Server::always(Reply::json(json!([nothing]))).await;
        let error = server.heroku().buildpacks("ledger").await.unwrap_err();
        assert_eq!(error.message, "buildpack 1 is neither a registry name nor an https URL");
    }
}
