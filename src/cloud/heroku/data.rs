//! The data API: what only a database knows (heroku-api.md section 8). Undocumented, so read with tolerance.
//!
//! What must not live here: the database's password and address, which other answers of this API carry.

use serde::{Deserialize, Serialize};

use super::call::Call;
use super::wire::{or_default, whole_number};
use super::{CloudError, Heroku};

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

/// The path of a database, and of what is under it.
fn path<'a>(addon_id: &'a str, rest: &[&'a str]) -> Vec<&'a str> {
    ROOT.into_iter().chain([addon_id]).chain(rest.iter().copied()).collect()
}

impl Heroku {
    /// Whether the database can be used. One that this API does not know yet is waiting: its clock is another than
    /// that of the add-on's state.
    pub async fn wait_status(&self, addon_id: &str) -> Result<WaitStatus, CloudError> {
        let call = Call::get(&path(addon_id, &["wait_status"])).at_data();
        let wire: Option<WireWaitStatus> = self.fetch_optional(call).await?;
        let unknown = || WaitStatus {
            waiting: true,
            error: false,
            message: "not known to the data API yet".to_owned(),
        };
        Ok(wire.map_or_else(unknown, |WireWaitStatus { waiting, error, message }| WaitStatus {
            waiting,
            error,
            message,
        }))
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
    use serde_json::json;

    use super::super::testing::{Reply, Server, TOKEN, settings};
    use super::*;
    use crate::cloud::{Meter, Stop};

    #[tokio::test]
    async fn calls_go_to_the_data_api_with_the_same_token() {
        let platform = Server::always(Reply::json(json!([]))).await;
        let data = Server::always(Reply::json(json!({ "waiting?": false, "message": "available" }))).await;
        let settings =
            super::super::HerokuSettings { data_api_url: data.url.clone(), ..settings(&platform.url) };
        let status = Heroku::connect(settings, Meter::default(), &Stop::default())
            .unwrap()
            .wait_status("a1")
            .await
            .unwrap();
        assert_eq!(status, WaitStatus { waiting: false, error: false, message: "available".to_owned() });
        assert!(platform.calls().is_empty());
        let seen = data.only();
        assert_eq!(seen.call, "GET /client/v11/databases/a1/wait_status");
        assert_eq!(seen.header("authorization"), Some(format!("Bearer {TOKEN}").as_str()));
    }

    #[tokio::test]
    async fn a_database_that_is_not_known_yet_is_waiting_and_has_no_schedules() {
        let server = Server::always(Reply::error(404, "not_found", "not yet provisioned")).await;
        let heroku = server.heroku();
        assert!(heroku.wait_status("a1").await.unwrap().waiting);
        assert_eq!(heroku.backup_schedules("a1").await.unwrap(), []);
    }

    #[tokio::test]
    async fn a_wait_that_failed_says_so() {
        let server =
            Server::always(Reply::json(json!({ "waiting?": true, "error?": true, "message": "broken" })))
                .await;
        let status = server.heroku().wait_status("a1").await.unwrap();
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
