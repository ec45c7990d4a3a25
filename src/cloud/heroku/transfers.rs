//! What is moved between databases and the store of their backups: backups, restores and copies (heroku-api.md
//! section 8.4, life-and-ci.md section 1). Undocumented, so read with tolerance.
//!
//! Heroku does as it is told: it is the client that asks before what is in a database is overwritten. What must not live
//! here: waiting for the end of one, and the file that a backup is written to (`elsewhere`).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;

use super::call::Call;
use super::wire::{list, number_if_any, or_default};
use super::{CloudError, Heroku};
use crate::cloud::clean::clean_line;
use crate::secret::Secret;

/// As many lines of a log are of use, as the official client has it.
const LAST_LINES: usize = 5;
/// A line longer than this is cut.
const LONGEST_LINE: usize = 400;

/// A backup, a restore or a copy, or the attempt of one.
#[derive(Clone, Debug)]
pub struct Transfer {
    /// Its UUID.
    pub id: String,
    /// Its number on the app that the database is billed to.
    pub number: u32,
    /// What it is.
    pub kind: TransferKind,
    /// Where it comes from: the name of an attachment, as Heroku labels it.
    pub from: String,
    /// Where it goes to; `BACKUP` for a backup.
    pub to: String,
    /// When it was asked for.
    pub begun: OffsetDateTime,
    /// When nothing more came of it.
    pub ended: Option<OffsetDateTime>,
    /// How far it came.
    pub state: TransferState,
    /// What the database holds; 0 until that is known.
    pub source_bytes: u64,
    /// What was moved of it, packed.
    pub processed_bytes: u64,
    /// Where a backup lies: only Heroku can read it there, and restores it from there.
    pub address: Option<Secret>,
}

/// What a transfer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransferKind {
    /// A backup that somebody asked for.
    Backup,
    /// A backup that a schedule asked for.
    Scheduled,
    /// A backup that was put into a database.
    Restore,
    /// What was in one database, put into another.
    Copy,
}

/// How far a transfer came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransferState {
    /// It has not begun.
    Pending,
    /// It runs.
    Running,
    /// It succeeded, with so many warnings.
    Succeeded(u32),
    /// Somebody cancelled it.
    Cancelled,
    /// It failed.
    Failed,
}

impl TransferState {
    /// Whether it succeeded, warnings or not.
    #[must_use]
    pub fn is_good(self) -> bool {
        matches!(self, Self::Succeeded(_))
    }

    /// Whether nothing more comes of it.
    #[must_use]
    pub fn is_over(self) -> bool {
        !matches!(self, Self::Pending | Self::Running)
    }
}

impl Transfer {
    /// Whether it is one that can be downloaded and restored, once it has succeeded.
    #[must_use]
    pub fn is_backup(&self) -> bool {
        matches!(self.kind, TransferKind::Backup | TransferKind::Scheduled)
    }

    /// Whether it comes from a database that has one of these names. Heroku leaves out what it begins many names with.
    #[must_use]
    pub fn is_from(&self, names: &[&str]) -> bool {
        is_one_of(&self.from, names)
    }

    /// Whether it goes to a database that has one of these names.
    #[must_use]
    pub fn is_to(&self, names: &[&str]) -> bool {
        is_one_of(&self.to, names)
    }

    /// What it is called: `b001`, as the official client has it.
    #[must_use]
    pub fn name(&self) -> String {
        self.to_string()
    }
}

fn is_one_of(label: &str, names: &[&str]) -> bool {
    names.iter().any(|name| label == *name || label == label_of(name))
}

/// What a backup is called: `b001`, or `a002` when a schedule asked for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupName(String);

impl BackupName {
    /// How one is written.
    pub const RULE: &str = "a backup's name, such as b003 or a012";
}

impl FromStr for BackupName {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.strip_prefix(['a', 'b']).unwrap_or_default();
        let is_number = digits.len() >= 3 && digits.bytes().all(|byte| byte.is_ascii_digit());
        if is_number { Ok(Self(text.to_owned())) } else { Err(Self::RULE) }
    }
}

impl fmt::Display for BackupName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl PartialEq<Transfer> for BackupName {
    fn eq(&self, transfer: &Transfer) -> bool {
        self.0 == transfer.name()
    }
}

/// How Heroku labels a database in a transfer: by an attachment's name, without what it begins many with
/// (life-and-ci.md section 1.7).
#[must_use]
pub fn label_of(attachment: &str) -> &str {
    attachment.trim_start_matches("HEROKU_POSTGRESQL_").trim_end_matches("_URL")
}

/// `b001`, `a002`, `r003`, `c004` (life-and-ci.md section 1.2).
impl fmt::Display for Transfer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letter = match self.kind {
            TransferKind::Backup => 'b',
            TransferKind::Scheduled => 'a',
            TransferKind::Restore => 'r',
            TransferKind::Copy => 'c',
        };
        write!(formatter, "{letter}{:03}", self.number)
    }
}

#[derive(Deserialize)]
struct Wire {
    uuid: String,
    #[serde(default, deserialize_with = "number_if_any")]
    num: Option<u32>,
    #[serde(default, deserialize_with = "or_default")]
    from_name: String,
    #[serde(default, deserialize_with = "or_default")]
    from_type: String,
    #[serde(default, deserialize_with = "or_default")]
    to_name: String,
    #[serde(default, deserialize_with = "or_default")]
    to_type: String,
    to_url: Option<String>,
    schedule: Option<Value>,
    #[serde(default, deserialize_with = "or_default")]
    created_at: String,
    started_at: Option<String>,
    finished_at: Option<String>,
    canceled_at: Option<String>,
    deleted_at: Option<String>,
    succeeded: Option<bool>,
    #[serde(default, deserialize_with = "number_if_any")]
    warnings: Option<u32>,
    #[serde(default, deserialize_with = "number_if_any")]
    source_bytes: Option<u64>,
    #[serde(default, deserialize_with = "number_if_any")]
    processed_bytes: Option<u64>,
}

impl Wire {
    /// In the order in which the official client tells it (life-and-ci.md section 1.2).
    fn state(&self) -> TransferState {
        match () {
            () if self.succeeded == Some(true) => TransferState::Succeeded(self.warnings.unwrap_or_default()),
            () if self.canceled_at.is_some() => TransferState::Cancelled,
            () if self.finished_at.is_some() => TransferState::Failed,
            () if self.started_at.is_some() => TransferState::Running,
            () => TransferState::Pending,
        }
    }

    fn kind(&self) -> TransferKind {
        match (self.from_type.as_str(), self.to_type.as_str()) {
            ("pg_dump", "pg_restore") => TransferKind::Copy,
            (_, "pg_restore") => TransferKind::Restore,
            _ if self.schedule.is_some() => TransferKind::Scheduled,
            _ => TransferKind::Backup,
        }
    }

    /// `None` for what is there no more, and for what nobody knows the hour of.
    fn transfer(self) -> Option<Transfer> {
        let begun = moment(&self.created_at).filter(|_| self.deleted_at.is_none())?;
        Some(Transfer {
            kind: self.kind(),
            state: self.state(),
            id: self.uuid,
            number: self.num.unwrap_or_default(),
            from: self.from_name,
            to: self.to_name,
            begun,
            ended: self.finished_at.as_deref().or(self.canceled_at.as_deref()).and_then(moment),
            source_bytes: self.source_bytes.unwrap_or_default(),
            processed_bytes: self.processed_bytes.unwrap_or_default(),
            address: self.to_url.map(Secret::new),
        })
    }
}

#[derive(Deserialize)]
struct WireBegun {
    uuid: String,
}

#[derive(Deserialize)]
struct WireLogged {
    #[serde(default, deserialize_with = "list")]
    logs: Vec<WireLine>,
}

#[derive(Deserialize)]
struct WireLine {
    #[serde(default, deserialize_with = "or_default")]
    message: String,
}

#[derive(Deserialize)]
struct WireAddress {
    url: String,
}

#[derive(Serialize)]
struct WireRestore<'a> {
    backup_url: &'a str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    extensions: &'a [String],
}

#[derive(Serialize)]
struct WireCopy<'a> {
    from_name: &'a str,
    from_url: &'a str,
    to_name: &'a str,
    to_url: &'a str,
}

/// `2026-11-26T02:00:00Z`, or as older answers have it: `2026-11-26 02:00:00 +0000`.
pub(super) fn moment(text: &str) -> Option<OffsetDateTime> {
    use time::format_description::well_known::Rfc3339;
    let older = time::macros::format_description!(
        "[year]-[month]-[day] [hour]:[minute]:[second] [offset_hour sign:mandatory][offset_minute]"
    );
    OffsetDateTime::parse(text, &Rfc3339).or_else(|_| OffsetDateTime::parse(text, older)).ok()
}

fn of_app<'a>(app: &'a str, rest: &[&'a str]) -> Vec<&'a str> {
    ["client", "v11", "apps", app, "transfers"].into_iter().chain(rest.iter().copied()).collect()
}

impl Heroku {
    /// The transfers of the databases that are billed to an app, the newest first. Under an app that merely uses a
    /// database there are none (life-and-ci.md section 1.1).
    pub async fn transfers(&self, app: &str) -> Result<Vec<Transfer>, CloudError> {
        let wire: Vec<Wire> = match self.list(Call::get(&of_app(app, &[])).at_data()).await {
            Err(error) if error.is_not_found() => Vec::new(),
            wire => wire?,
        };
        let mut transfers: Vec<Transfer> = wire.into_iter().filter_map(Wire::transfer).collect();
        transfers.sort_by_key(|transfer| std::cmp::Reverse((transfer.begun, transfer.number)));
        Ok(transfers)
    }

    /// One transfer as it is now; `None` when it is there no more.
    pub async fn transfer(&self, app: &str, id: &str) -> Result<Option<Transfer>, CloudError> {
        let wire: Option<Wire> = self.fetch_optional(Call::get(&of_app(app, &[id])).at_data()).await?;
        Ok(wire.and_then(Wire::transfer))
    }

    /// The last lines that a transfer printed, without what is to be hidden.
    pub async fn transfer_log(
        &self,
        app: &str,
        id: &str,
        hidden: &[&Secret],
    ) -> Result<Vec<String>, CloudError> {
        let call = Call::get(&of_app(app, &[id])).query("verbose", "true").at_data();
        let WireLogged { logs } = self.fetch(call).await?;
        let lines = logs.iter().map(|line| clean_line(&line.message, hidden, LONGEST_LINE));
        let lines: Vec<String> = lines.filter(|line| !line.is_empty()).collect();
        Ok(lines[lines.len().saturating_sub(LAST_LINES)..].to_vec())
    }

    /// Begins a backup of a database; gives its id.
    pub async fn capture(&self, addon_id: &str) -> Result<String, CloudError> {
        let call = Call::post_nothing(&["client", "v11", "databases", addon_id, "backups"]).at_data().once();
        Ok(self.fetch::<WireBegun>(call).await?.uuid)
    }

    /// Begins to overwrite a database with what lies at an address, after these extensions were made in it; gives the
    /// transfer's id.
    pub async fn restore(
        &self,
        addon_id: &str,
        backup: &Secret,
        extensions: &[String],
    ) -> Result<String, CloudError> {
        let body = WireRestore { backup_url: backup.reveal(), extensions };
        let call = Call::post(&["client", "v11", "databases", addon_id, "restores"], &body);
        Ok(self.fetch::<WireBegun>(call.at_data().hiding([backup])).await?.uuid)
    }

    /// Begins to overwrite a database with what is in another, each a label and its URL; gives the transfer's id.
    pub async fn copy_database(
        &self,
        addon_id: &str,
        (from_name, from): (&str, &Secret),
        (to_name, to): (&str, &Secret),
    ) -> Result<String, CloudError> {
        let body = WireCopy { from_name, from_url: from.reveal(), to_name, to_url: to.reveal() };
        let call = Call::post(&["client", "v11", "databases", addon_id, "transfers"], &body);
        Ok(self.fetch::<WireBegun>(call.at_data().hiding([from, to])).await?.uuid)
    }

    /// Where a backup can be downloaded for a while, by anybody who knows the address (life-and-ci.md section 1.4).
    pub async fn backup_address(&self, app: &str, number: u32) -> Result<Secret, CloudError> {
        let number = number.to_string();
        let call = Call::post_nothing(&of_app(app, &[&number, "actions", "public-url"])).at_data();
        Ok(Secret::new(self.fetch::<WireAddress>(call).await?.url))
    }
}

#[cfg(test)]
#[path = "transfers_tests.rs"]
mod tests;
