//! Releases: what made the app what it runs now (heroku-api.md section 6).
//!
//! What must not live here: builds, and waiting for a release phase.

use serde::Deserialize;

use super::call::Call;
use super::wire::or_default;
use super::{CloudError, ErrorKind, Heroku};

/// A release of an app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// Its UUID.
    pub id: String,
    /// Its number on the app, from 1.
    pub version: u64,
    /// How far it came.
    pub status: ReleaseStatus,
    /// Whether the dynos run it.
    pub current: bool,
    /// What made it: `Set FOO config vars`.
    pub description: String,
    /// The e-mail of the account that made it.
    pub user_email: Option<String>,
    /// When it was made (RFC 3339).
    pub created_at: Option<String>,
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
    description: String,
    user: Option<WireUser>,
    created_at: Option<String>,
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
            current: wire.current,
            description: wire.description,
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

impl Heroku {
    /// The newest release, whether it took effect or not; `None` when there is none yet.
    pub async fn latest_release(&self, app: &str) -> Result<Option<Release>, CloudError> {
        let call = Call::get(&["apps", app, "releases"]).range("version ..; order=desc,max=1");
        let wire: Vec<WireRelease> = self.list(call).await?;
        // A server that ignores the range serves them all, oldest first.
        Ok(wire.into_iter().max_by_key(|release| release.version).map(Release::from))
    }

    /// The release that the dynos run: not always the newest, since that may have failed or wait for its release phase.
    /// `None` when there is none yet, or the token may not know of releases.
    pub async fn current_release(&self, app: &str) -> Result<Option<Release>, CloudError> {
        // So many failed ones in a row that the current one is not among these are rare enough.
        let releases = self.newest_releases(app).await?;
        Ok(releases.into_iter().find(|release| release.current))
    }

    /// The newest twenty releases, the newest first; none when the token may not know of them.
    pub async fn newest_releases(&self, app: &str) -> Result<Vec<Release>, CloudError> {
        let call = Call::get(&["apps", app, "releases"]).range("version ..; order=desc,max=20");
        let mut releases: Vec<WireRelease> = match self.list(call).await {
            Err(error) if error.is_not_found() || error.kind == ErrorKind::Forbidden => return Ok(Vec::new()),
            releases => releases?,
        };
        releases.sort_by_key(|release| std::cmp::Reverse(release.version));
        Ok(releases.into_iter().map(Release::from).collect())
    }
}

impl Heroku {
    /// The newest two hundred releases, the newest first.
    pub async fn releases(&self, app: &str) -> Result<Vec<Release>, CloudError> {
        let call = Call::get(&["apps", app, "releases"]).range("version ..; order=desc,max=200");
        let wire: Vec<WireRelease> = self.list(call).await?;
        let mut releases: Vec<Release> = wire.into_iter().map(Release::from).collect();
        releases.sort_by_key(|release| std::cmp::Reverse(release.version));
        Ok(releases)
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
            "description": "Set FOO config vars", "user": { "id": "u", "email": "me@x" }, "slug": null,
            "created_at": "2026-11-23T08:00:00Z"
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
        assert_eq!((newest.version, newest.status, newest.current), (3, ReleaseStatus::Failed, false));
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
            assert_eq!((release.status, release.current), (expected, true));
        }
    }
}
