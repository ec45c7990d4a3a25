//! Releases: what made the app what it runs now, and rolling back to one (heroku-api.md section 6, life-and-ci.md
//! section 6.3).
//!
//! What must not live here: builds, which release an app should run, and waiting for a release phase.

use std::cmp::Reverse;

use serde::Deserialize;

use super::builds::{WireId, address, id_of};
use super::call::Call;
use super::wire::or_default;
use super::{CloudError, ErrorKind, Heroku};
use crate::secret::Secret;

/// So many failed ones in a row that the current one is not among these are rare enough.
const SOME: u16 = 20;

/// A release of an app. Where its release phase prints is a secret, and read apart from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// Its UUID.
    pub id: String,
    /// Its number on the app, from 1.
    pub version: u64,
    /// How far it came.
    pub status: ReleaseStatus,
    /// Whether the dynos run it.
    pub is_current: bool,
    /// Whether Heroku takes it as the aim of a rollback.
    pub is_eligible: bool,
    /// What made it: `Set FOO config vars`.
    pub description: String,
    /// The id of its slug; `None` without code, or with code of a kind that is no slug.
    pub slug: Option<String>,
    /// The e-mail of the account that made it.
    pub user_email: Option<String>,
    /// When it was made (RFC 3339).
    pub created_at: Option<String>,
}

/// The code that an app runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveSlug {
    /// Its UUID.
    pub id: String,
    /// The release that it runs by.
    pub version: u64,
}

/// How far a release came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReleaseStatus {
    /// Its release phase runs; the dynos keep the release before it.
    Pending,
    /// It took effect.
    Succeeded,
    /// Its release phase failed; it never took effect.
    Failed,
    /// Its code is no longer kept.
    Expired,
    /// A status that this version does not know, as served.
    Other(String),
}

#[derive(Deserialize)]
struct WireRelease {
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
    user: Option<WireUser>,
    created_at: Option<String>,
    output_stream_url: Option<String>,
}

#[derive(Deserialize)]
struct WireUser {
    email: Option<String>,
}

impl From<WireRelease> for Release {
    fn from(wire: WireRelease) -> Self {
        Self {
            id: wire.id,
            version: wire.version,
            status: ReleaseStatus::from(wire.status),
            is_current: wire.current,
            is_eligible: wire.eligible_for_rollback,
            description: wire.description,
            slug: id_of(wire.slug),
            user_email: wire.user.and_then(|user| user.email),
            created_at: wire.created_at,
        }
    }
}

impl From<String> for ReleaseStatus {
    fn from(status: String) -> Self {
        match status.as_str() {
            "pending" => Self::Pending,
            "succeeded" => Self::Succeeded,
            "failed" => Self::Failed,
            "expired" => Self::Expired,
            _ => Self::Other(status),
        }
    }
}

fn current(releases: Vec<Release>) -> Option<Release> {
    releases.into_iter().find(|release| release.is_current)
}

impl Heroku {
    /// The newest releases, so many at the most and the newest first.
    async fn newest(&self, app: &str, most: u16) -> Result<Vec<Release>, CloudError> {
        let call = Call::get(&["apps", app, "releases"]).range(&format!("version ..; order=desc,max={most}"));
        let wire: Vec<WireRelease> = self.list(call).await?;
        let mut releases: Vec<Release> = wire.into_iter().map(Release::from).collect();
        // A server that ignores the range serves them all, oldest first.
        releases.sort_by_key(|release| Reverse(release.version));
        Ok(releases)
    }

    /// The newest two hundred releases, the newest first: as far back as a change of a config var is looked for.
    pub async fn releases(&self, app: &str) -> Result<Vec<Release>, CloudError> {
        self.newest(app, 200).await
    }

    /// The newest fifty releases, the newest first: as far back as code is gone back to without being named.
    pub async fn recent_releases(&self, app: &str) -> Result<Vec<Release>, CloudError> {
        self.newest(app, 50).await
    }

    /// The newest release, whether it took effect or not; `None` when there is none yet.
    pub async fn latest_release(&self, app: &str) -> Result<Option<Release>, CloudError> {
        Ok(self.newest(app, 1).await?.into_iter().next())
    }

    /// The newest twenty releases, the newest first; none when the token may not know of them.
    pub async fn newest_releases(&self, app: &str) -> Result<Vec<Release>, CloudError> {
        match self.newest(app, SOME).await {
            Err(error) if error.is_not_found() || error.kind == ErrorKind::Forbidden => Ok(Vec::new()),
            releases => releases,
        }
    }

    /// The release that the dynos run: not always the newest, since that may have failed or wait for its release phase.
    /// `None` when there is none yet, or the token may not know of releases.
    pub async fn current_release(&self, app: &str) -> Result<Option<Release>, CloudError> {
        Ok(current(self.newest_releases(app).await?))
    }

    /// The release that the dynos run, when it brought them code as a slug.
    pub async fn current_slug(&self, app: &str) -> Result<Option<LiveSlug>, CloudError> {
        let current = current(self.newest(app, SOME).await?);
        Ok(current.and_then(|release| Some(LiveSlug { id: release.slug?, version: release.version })))
    }

    /// A release as it is now, by its id or its number, and where its release phase prints, when it has one.
    pub async fn release(&self, app: &str, id: &str) -> Result<(Release, Option<Secret>), CloudError> {
        let mut wire: WireRelease = self.fetch(Call::get(&["apps", app, "releases", id])).await?;
        let output = address(wire.output_stream_url.take());
        Ok((wire.into(), output))
    }

    /// The release of that number; `None` when the app has none.
    pub async fn release_of(&self, app: &str, version: u64) -> Result<Option<Release>, CloudError> {
        match self.release(app, &version.to_string()).await {
            Err(error) if error.is_not_found() => Ok(None),
            answer => answer.map(|(release, _)| Some(release)),
        }
    }

    /// Makes a release of the code and the config vars that an earlier one had; gives the new one.
    pub async fn roll_back(&self, app: &str, id: &str) -> Result<Release, CloudError> {
        // Each makes a release of its own, so it is not repeated blindly.
        let body = serde_json::json!({ "release": id });
        let call = Call::post(&["apps", app, "releases"], &body).sdk();
        self.fetch::<WireRelease>(call).await.map(Release::from)
    }

    /// The e-mail of the account whose token this is.
    pub async fn account_email(&self) -> Result<Option<String>, CloudError> {
        Ok(self.fetch::<WireUser>(Call::get(&["account"])).await?.email)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::testing::{Reply, Server};
    use super::*;

    fn wire(version: u64, status: &str) -> Value {
        json!({
            "id": format!("r{version}"), "version": version, "status": status, "current": version == 2,
            "description": "Set FOO config vars", "user": { "id": "u", "email": "me@x" }, "slug": { "id": "s1" },
            "created_at": "2026-11-23T08:00:00Z", "eligible_for_rollback": true, "output_stream_url": null
        })
    }

    #[tokio::test]
    async fn the_newest_is_found_even_where_the_range_is_ignored() {
        let server = Server::always(Reply::json(json!([
            wire(1, "succeeded"),
            wire(2, "succeeded"),
            wire(3, "failed")
        ])))
        .await;
        let newest = server.heroku().latest_release("ledger").await.unwrap().unwrap();
        assert_eq!((newest.version, newest.status, newest.is_current), (3, ReleaseStatus::Failed, false));
        assert_eq!(newest.user_email.as_deref(), Some("me@x"));
    }

    #[tokio::test]
    async fn what_the_dynos_run_may_be_older_than_the_newest() {
        let failed = json!([wire(4, "pending"), wire(3, "failed"), wire(2, "succeeded")]);
        let server = Server::always(Reply::json(failed)).await;
        assert_eq!(server.heroku().current_release("ledger").await.unwrap().unwrap().version, 2);
        assert_eq!(server.only().header("range"), Some("version ..; order=desc,max=20"));
        for nothing in [Reply::json(json!([])), Reply::error(403, "forbidden", "no")] {
            let server = Server::always(nothing).await;
            assert_eq!(server.heroku().current_release("ledger").await.unwrap(), None);
        }
    }

    #[tokio::test]
    async fn an_app_may_have_no_release() {
        let none = Server::always(Reply::json(json!([]))).await;
        assert_eq!(none.heroku().latest_release("ledger").await.unwrap(), None);
    }

    #[tokio::test]
    async fn every_status_is_read() {
        let table = [
            ("pending", ReleaseStatus::Pending),
            ("succeeded", ReleaseStatus::Succeeded),
            ("expired", ReleaseStatus::Expired),
            ("odd", ReleaseStatus::Other("odd".to_owned())),
        ];
        for (text, expected) in table {
            let server = Server::always(Reply::json(json!([wire(2, text)]))).await;
            let release = server.heroku().latest_release("ledger").await.unwrap().unwrap();
            assert_eq!((release.status, release.is_current), (expected, true));
        }
    }

    #[tokio::test]
    async fn the_code_of_an_app_is_that_of_its_current_release() {
        let release = |version: u64, slug: Value| {
            let mut release = wire(version, "succeeded");
            release["slug"] = slug;
            release
        };
        for (releases, slug) in [
            (json!([release(3, json!({ "id": "c" })), release(2, json!({ "id": "b" }))]), Some(("b", 2))),
            (json!([release(2, json!(null))]), None),
            (json!([]), None),
        ] {
            let server = Server::always(Reply::json(releases)).await;
            let found = server.heroku().current_slug("ledger").await.unwrap();
            assert_eq!(found, slug.map(|(id, version): (&str, u64)| LiveSlug { id: id.to_owned(), version }));
        }
    }

    #[tokio::test]
    async fn a_rollback_names_a_release_and_is_sent_once() {
        let server = Server::always(Reply::new(201, wire(9, "succeeded").to_string())).await;
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
        let server = Server::always(Reply::json(wire(7, "succeeded"))).await;
        assert_eq!(server.heroku().release_of("ledger", 7).await.unwrap().unwrap().id, "r7");
        assert_eq!(server.only().call, "GET /apps/ledger/releases/7");
        let server = Server::always(Reply::error(404, "not_found", "no")).await;
        assert!(server.heroku().release_of("ledger", 99).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn where_a_release_prints_comes_beside_it() {
        for (url, expected) in [(json!("https://store.example/x?token=1"), true), (json!(""), false)] {
            let mut release = wire(7, "pending");
            release["output_stream_url"] = url;
            let server = Server::always(Reply::json(release)).await;
            let (release, output) = server.heroku().release("ledger", "r7").await.unwrap();
            assert_eq!((release.status, output.is_some()), (ReleaseStatus::Pending, expected));
        }
    }
}
