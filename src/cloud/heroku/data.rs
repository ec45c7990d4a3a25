//! The data API: what only a database knows (heroku-api.md section 8). Undocumented, so read with tolerance.
//!
//! What must not live here: the database's password and address, which other answers of this API carry.

use serde::{Deserialize, Serialize};

use super::call::Call;
use super::wire::{or_default, whole_number};
use super::{CloudError, ErrorKind, Heroku};
use crate::spec::AddonPlan;

/// Whether a database can be used yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitStatus {
    /// Not usable yet; ask again.
    pub waiting: bool,
    /// It failed.
    pub error: bool,
    /// The service's words: `available`, `preparing (31% completed)`.
    pub message: String,
}

/// A daily backup.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Schedule {
    /// Its UUID.
    pub uuid: String,
    /// What is backed up, as the config var of an attachment: `DATABASE_URL`.
    pub name: String,
    /// The hour of the day, 0 to 23, in `timezone`.
    pub hour: u32,
    /// An IANA name: `America/Los_Angeles`.
    pub timezone: String,
}

/// A daily backup to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSchedule {
    /// What to back up, as the config var of an attachment: `DATABASE_URL`.
    pub name: String,
    /// The hour of the day, 0 to 23, in `timezone`.
    pub hour: u8,
    /// An IANA name: `America/Los_Angeles`.
    pub timezone: String,
}

/// The keys really end in a question mark.
#[derive(Deserialize)]
struct WireWaitStatus {
    #[serde(rename = "waiting?", default, deserialize_with = "or_default")]
    waiting: bool,
    #[serde(rename = "error?", default, deserialize_with = "or_default")]
    error: bool,
    #[serde(default, deserialize_with = "or_default")]
    message: String,
}

/// Its users and passwords are dropped unread.
#[derive(Deserialize)]
struct WireCredential {
    #[serde(default, deserialize_with = "or_default")]
    name: String,
    #[serde(default, deserialize_with = "or_default")]
    state: String,
}

#[derive(Deserialize)]
struct WireSchedule {
    uuid: String,
    name: String,
    #[serde(deserialize_with = "whole_number")]
    hour: u32,
    #[serde(default, deserialize_with = "or_default")]
    timezone: String,
}

impl From<WireSchedule> for Schedule {
    fn from(wire: WireSchedule) -> Self {
        Self { uuid: wire.uuid, name: wire.name, hour: wire.hour, timezone: wire.timezone }
    }
}

#[derive(Serialize)]
struct WireNewSchedule<'a> {
    hour: String,
    timezone: &'a str,
    schedule_name: &'a str,
}

const ROOT: [&str; 3] = ["client", "v11", "databases"];
const ADVANCED: [&str; 3] = ["data", "postgres", "v1"];

/// The path of a database, and of what is under it.
pub(super) fn path<'a>(addon_id: &'a str, rest: &[&'a str]) -> Vec<&'a str> {
    ROOT.into_iter().chain([addon_id]).chain(rest.iter().copied()).collect()
}

impl Heroku {
    /// Whether the database can be used; `None` for one that this API does not know: its clock is another than that of
    /// the add-on's state. Databases of the Advanced tier stand in a tree of their own (heroku-api.md section 8).
    pub async fn wait_status(
        &self,
        addon_id: &str,
        plan: &AddonPlan,
    ) -> Result<Option<WaitStatus>, CloudError> {
        let status = ["wait_status"];
        let path = if plan.is_advanced_postgres() {
            ADVANCED.into_iter().chain([addon_id]).chain(status).collect()
        } else {
            path(addon_id, &status)
        };
        let wire: Option<WireWaitStatus> = self.fetch_optional(Call::get(&path).at_data()).await?;
        Ok(wire.map(|WireWaitStatus { waiting, error, message }| WaitStatus { waiting, error, message }))
    }

    /// The names of the database's credentials; `None` when that cannot be known: databases on shared servers have no
    /// others, and a token may not be let near them.
    pub async fn credential_names(&self, addon_id: &str) -> Result<Option<Vec<String>>, CloudError> {
        let call = Call::get(&["postgres", "v0", "databases", addon_id, "credentials"]).at_data();
        match self.list::<WireCredential>(call).await {
            Ok(wire) => Ok(Some(wire.into_iter().map(|credential| credential.name).collect())),
            Err(error)
                if matches!(
                    error.kind,
                    ErrorKind::NotFound | ErrorKind::Invalid | ErrorKind::Forbidden | ErrorKind::Unauthorized
                ) =>
            {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// How far a credential of a database is: `active` once it can be used; `None` when it is not there.
    pub async fn credential_state(&self, addon_id: &str, name: &str) -> Result<Option<String>, CloudError> {
        let call = Call::get(&["postgres", "v0", "databases", addon_id, "credentials", name]).at_data();
        let wire: Option<WireCredential> = self.fetch_optional(call).await?;
        Ok(wire.map(|credential| credential.state))
    }

    /// Makes a credential, which may do nothing in the database until SQL grants it something.
    pub async fn create_credential(&self, addon_id: &str, name: &str) -> Result<(), CloudError> {
        let body = serde_json::json!({ "name": name });
        self.done(Call::post(&["postgres", "v0", "databases", addon_id, "credentials"], &body).at_data())
            .await
    }

    /// Has the password of a credential replaced (life-and-ci.md section 4). Never repeated when it may have been done.
    pub async fn rotate_credential(
        &self,
        addon: &str,
        credential: &str,
        is_forced: bool,
    ) -> Result<(), CloudError> {
        let path = ["postgres", "v0", "databases", addon, "credentials", credential, "credentials_rotation"];
        let body = if is_forced { serde_json::json!({ "forced": true }) } else { serde_json::json!({}) };
        self.done(Call::post(&path, &body).at_data().basic()).await
    }

    /// The database's daily backups; none while it is being made.
    pub async fn backup_schedules(&self, addon_id: &str) -> Result<Vec<Schedule>, CloudError> {
        let call = Call::get(&path(addon_id, &["transfer-schedules"])).at_data();
        match self.list::<WireSchedule>(call).await {
            Ok(wire) => Ok(wire.into_iter().map(Schedule::from).collect()),
            Err(error) if error.is_not_found() => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// Makes a daily backup; there is one for each name.
    pub async fn schedule_backup(&self, addon_id: &str, new: &NewSchedule) -> Result<(), CloudError> {
        let NewSchedule { name, hour, timezone } = new;
        let body = WireNewSchedule { hour: format!("{hour:02}"), timezone, schedule_name: name };
        self.done(Call::post(&path(addon_id, &["transfer-schedules"]), &body).at_data()).await
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use serde_json::json;

    use super::super::testing::{Reply, Server, TOKEN, settings};
    use super::*;
    use crate::cloud::{Meter, Stop};

    fn plan(tier: &str) -> AddonPlan {
        AddonPlan::parse(&format!("heroku-postgresql:{tier}")).unwrap()
    }

    #[tokio::test]
    async fn the_advanced_tier_is_asked_for_in_its_own_tree() {
        let server = Server::always(Reply::json(json!({ "waiting?": false }))).await;
        for tier in ["advanced-0", "performance-2"] {
            server.heroku().wait_status("a1", &plan(tier)).await.unwrap().unwrap();
        }
        assert_eq!(server.calls(), ["GET /data/postgres/v1/a1/wait_status"; 2]);
    }

    #[tokio::test]
    async fn credentials_are_known_by_name_or_not_at_all() {
        let path = "GET /postgres/v0/databases/a1/credentials";
        let answer = json!([{ "name": "default", "credentials": [{ "user": "u", "password": "p" }] }, { "name": "ro" }]);
        let server = Server::always(Reply::json(answer)).await;
        let names = server.heroku().credential_names("a1").await.unwrap();
        assert_eq!(names.unwrap(), ["default", "ro"]);
        assert_eq!(server.calls(), [path]);
        for (status, id) in [(404, "not_found"), (422, "unprocessable_entity"), (403, "forbidden")] {
            let server = Server::always(Reply::error(status, id, "no")).await;
            assert_eq!(server.heroku().credential_names("a1").await.unwrap(), None, "{status}");
        }
    }

    #[tokio::test]
    async fn a_rotation_is_asked_for_once_and_with_the_token_as_a_password() {
        for (is_forced, body) in [(false, json!({})), (true, json!({ "forced": true }))] {
            let server = Server::always(Reply::json(json!({}))).await;
            server.heroku().rotate_credential("postgresql-flat-1", "default", is_forced).await.unwrap();
            let seen = server.only();
            let path =
                "POST /postgres/v0/databases/postgresql-flat-1/credentials/default/credentials_rotation";
            assert_eq!((seen.call.as_str(), &seen.body), (path, &body));
            let encoded = base64::engine::general_purpose::STANDARD.encode(format!(":{TOKEN}"));
            assert_eq!(seen.header("authorization"), Some(format!("Basic {encoded}").as_str()));
        }
        let server = Server::always(Reply::error(503, "unavailable", "later")).await;
        server.heroku().rotate_credential("a1", "default", false).await.unwrap_err();
        assert_eq!(server.calls().len(), 1);
    }

    #[tokio::test]
    async fn calls_go_to_the_data_api_with_the_same_token() {
        let platform = Server::always(Reply::json(json!([]))).await;
        let data = Server::always(Reply::json(json!({ "waiting?": false, "message": "available" }))).await;
        let settings =
            super::super::HerokuSettings { data_api_url: data.url.clone(), ..settings(&platform.url) };
        let status = Heroku::connect(settings, Meter::default(), &Stop::default())
            .unwrap()
            .wait_status("a1", &plan("standard-0"))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(status, WaitStatus { waiting: false, error: false, message: "available".to_owned() });
        assert!(platform.calls().is_empty());
        let seen = data.only();
        assert_eq!(seen.call, "GET /client/v11/databases/a1/wait_status");
        assert_eq!(seen.header("authorization"), Some(format!("Bearer {TOKEN}").as_str()));
    }

    #[tokio::test]
    async fn a_database_that_is_not_known_yet_has_no_status_and_no_schedules() {
        let server = Server::always(Reply::error(404, "not_found", "not yet provisioned")).await;
        let heroku = server.heroku();
        assert_eq!(heroku.wait_status("a1", &plan("standard-0")).await.unwrap(), None);
        assert_eq!(heroku.backup_schedules("a1").await.unwrap(), []);
    }

    #[tokio::test]
    async fn a_wait_that_failed_says_so() {
        let server =
            Server::always(Reply::json(json!({ "waiting?": true, "error?": true, "message": "broken" })))
                .await;
        let status = server.heroku().wait_status("a1", &plan("standard-0")).await.unwrap().unwrap();
        assert_eq!((status.waiting, status.error), (true, true));
    }

    #[tokio::test]
    async fn schedules_are_read_and_made() {
        let server = Server::start(|seen, _| match seen.call.split(' ').next() {
            Some("GET") => Reply::json(json!([
                { "uuid": "s1", "name": "DATABASE_URL", "hour": "2", "timezone": "America/Los_Angeles" }
            ])),
            _ => Reply::new(201, ""),
        })
        .await;
        let heroku = server.heroku();
        let schedules = heroku.backup_schedules("a1").await.unwrap();
        assert_eq!((schedules[0].hour, schedules[0].name.as_str()), (2, "DATABASE_URL"));
        let new = NewSchedule { name: "DATABASE_URL".to_owned(), hour: 2, timezone: "UTC".to_owned() };
        heroku.schedule_backup("a1", &new).await.unwrap();
        let path = "/client/v11/databases/a1/transfer-schedules";
        assert_eq!(server.calls(), [format!("GET {path}"), format!("POST {path}")]);
        assert_eq!(
            server.seen()[1].body,
            json!({ "hour": "02", "timezone": "UTC", "schedule_name": "DATABASE_URL" })
        );
    }
}
