//! The data API: what only a database knows (heroku-api.md section 8). Undocumented, so read with tolerance.
//!
//! What must not live here: the database's password and address, which its answers carry and we drop unread.

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

/// A database, without what would open it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Database {
    /// The add-on's name.
    pub name: String,
    /// The plan as served: `standard-0`.
    pub plan: String,
    /// The version of PostgreSQL: `17.2`.
    pub postgres_version: Option<String>,
    /// How much data it holds, in bytes.
    pub bytes: Option<u64>,
    /// How many tables it has.
    pub tables: Option<u64>,
}

/// A daily backup.
#[derive(Clone, Debug, PartialEq, Eq)]
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

/// Has no place for `database_password` and `resource_url`, so that they go no further.
#[derive(Deserialize)]
struct WireDatabase {
    #[serde(default, deserialize_with = "or_default")]
    name: String,
    #[serde(default, deserialize_with = "or_default")]
    plan: String,
    postgres_version: Option<String>,
    num_bytes: Option<u64>,
    num_tables: Option<u64>,
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

    /// The database; `None` while it is being made.
    pub async fn database(&self, addon_id: &str) -> Result<Option<Database>, CloudError> {
        let wire: Option<WireDatabase> =
            self.fetch_optional(Call::get(&path(addon_id, &[])).at_data()).await?;
        Ok(wire.map(|wire| Database {
            name: wire.name,
            plan: wire.plan,
            postgres_version: wire.postgres_version,
            bytes: wire.num_bytes,
            tables: wire.num_tables,
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

    /// Ends a daily backup. One that is gone already counts as ended.
    pub async fn unschedule(&self, addon_id: &str, schedule_uuid: &str) -> Result<(), CloudError> {
        self.remove(Call::delete(&path(addon_id, &["transfer-schedules", schedule_uuid])).at_data()).await
    }
}
