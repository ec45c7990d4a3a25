//! `trueup backup`: which databases and which of their backups a command is about, and what it does with them.
//!
//! What must not live here: making and fetching a backup, which are tasks.

use std::collections::BTreeMap;
use std::path::Path;

use time::{Duration, OffsetDateTime};

use crate::cloud::heroku::{Attachment, BackupName, Heroku, Transfer, TransferKind, TransferState};
use crate::cloud::{CloudError, Clouds};
use crate::resource::task::download;
use crate::resource::task::transfer::{self, Moves};
use crate::resource::{Draft, Overview, World};
use crate::spec::{Addon, AppName, AttachmentName, EnvironmentName, Spec};

/// Why a database was not chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoDatabase {
    /// The spec has none.
    None,
    /// This is none of the spec's, which are these.
    Unknown(AttachmentName, Vec<AttachmentName>),
    /// There are several, and one has to be named.
    Several(Vec<AttachmentName>),
}

/// The databases of a spec's own, or the one of them that was asked for.
///
/// # Errors
/// When there is none, or not that one.
pub fn databases(spec: &Spec, asked: Option<&AttachmentName>) -> Result<Vec<AttachmentName>, NoDatabase> {
    let is_database = |addon: &Addon| matches!(addon, Addon::Create(addon) if addon.plan.is_postgres());
    let own: Vec<AttachmentName> =
        spec.addons.iter().filter(|(_, addon)| is_database(addon)).map(|(name, _)| name.clone()).collect();
    match asked {
        Some(asked) if own.contains(asked) => Ok(vec![asked.clone()]),
        Some(asked) => Err(NoDatabase::Unknown(asked.clone(), own)),
        None if own.is_empty() => Err(NoDatabase::None),
        None => Ok(own),
    }
}

/// The one database that is meant.
///
/// # Errors
/// When there is none, or it is not clear which one.
pub fn database(spec: &Spec, asked: Option<&AttachmentName>) -> Result<AttachmentName, NoDatabase> {
    let mut own = databases(spec, asked)?;
    match (own.pop(), own.is_empty()) {
        (Some(only), true) => Ok(only),
        (last, _) => Err(NoDatabase::Several(own.into_iter().chain(last).collect())),
    }
}

/// Decides that each of these databases is backed up.
///
/// # Errors
/// What could not be looked at.
pub async fn capture(overview: Overview<'_>, names: &[AttachmentName]) -> Result<Draft, CloudError> {
    let (mut draft, mut asked) = (Draft::default(), Asked::nobody(&overview.reads.clouds().heroku));
    for name in names {
        let Some(database) = there(overview.world, name, &overview, &mut draft) else { continue };
        let transfers = asked.of(&overview.world.attachment, database).await?;
        let mut own = transfers.iter().filter(|one| one.kind == TransferKind::Backup);
        let running = own.find(|one| !one.state.is_over()).map(|one| one.id.clone());
        let known = transfers.iter().map(|one| one.id.clone()).collect();
        draft.change(transfer::Change {
            name: name.clone(),
            moves: Moves::Capture,
            running,
            known,
            spared_by: None,
        });
    }
    Ok(draft)
}

/// Decides that a backup of a database is fetched to a folder: the one that was asked for, or the newest good one.
///
/// # Errors
/// What could not be looked at.
pub async fn download(
    overview: Overview<'_>,
    (name, asked): (&AttachmentName, Option<&BackupName>),
    folder: &Path,
) -> Result<Draft, CloudError> {
    let mut draft = Draft::default();
    let Some(database) = there(overview.world, name, &overview, &mut draft) else { return Ok(draft) };
    let transfers = of(&overview.reads.clouds().heroku, &overview.world.attachment, database).await?;
    let environment = &overview.desired.environment.name;
    match chosen(&transfers, asked) {
        Ok(backup) => {
            let age = age(overview.desired.now - backup.begun);
            let title = format!("{backup}, {age} old");
            let backup = download::Backup::Known { number: backup.number, title };
            let (app, folder) = (database.addon_app.clone(), folder.to_owned());
            draft.change(download::Change {
                name: name.clone(),
                app,
                backup,
                folder,
                steps_around: false,
                spared_by: None,
            });
        }
        Err(reason) => draft.blocked(download::SECTION.address(name), reason, advice(environment)),
    }
    Ok(draft)
}

pub(super) fn advice(environment: &EnvironmentName) -> String {
    format!("`trueup backup {environment} list` shows what there is, `trueup backup {environment}` makes one")
}

/// A database that is live; of one that is not, the plan says so.
pub(super) fn there<'a>(
    world: &'a World,
    name: &AttachmentName,
    overview: &Overview<'_>,
    draft: &mut Draft,
) -> Option<&'a Attachment> {
    let found = world.attachment(name);
    if found.is_none() {
        let app = &overview.desired.spec().app.name;
        let advice = format!("run `trueup apply {}` first", overview.desired.environment.name);
        draft.blocked(
            transfer::BACKUP.address(name),
            format!("the app {app} has no database {name}"),
            advice,
        );
    }
    found
}

/// The transfers of a database, the newest first.
pub(super) async fn of(
    heroku: &Heroku,
    attachments: &[Attachment],
    database: &Attachment,
) -> Result<Vec<Transfer>, CloudError> {
    Asked::nobody(heroku).of(attachments, database).await
}

/// The apps that pay for databases, each asked once for its transfers.
struct Asked<'a> {
    heroku: &'a Heroku,
    by_app: BTreeMap<String, Vec<Transfer>>,
}

impl<'a> Asked<'a> {
    fn nobody(heroku: &'a Heroku) -> Self {
        Self { heroku, by_app: BTreeMap::new() }
    }

    async fn of(
        &mut self,
        attachments: &[Attachment],
        database: &Attachment,
    ) -> Result<Vec<Transfer>, CloudError> {
        let app = &database.addon_app;
        if !self.by_app.contains_key(app) {
            self.by_app.insert(app.clone(), self.heroku.transfers(app).await?);
        }
        let all = self.by_app.get(app).cloned().unwrap_or_default();
        Ok(transfer::of_database(attachments, database, all))
    }
}

/// The backup that is meant, or why there is none.
pub fn chosen<'a>(transfers: &'a [Transfer], asked: Option<&BackupName>) -> Result<&'a Transfer, String> {
    let mut backups = transfers.iter().filter(|one| one.is_backup());
    let Some(asked) = asked else {
        return backups
            .find(|one| one.state.is_good())
            .ok_or_else(|| "no backup has succeeded yet".to_owned());
    };
    match backups.find(|one| *asked == **one) {
        Some(backup) if backup.state.is_good() => Ok(backup),
        Some(backup) if backup.state.is_over() => Err(format!("the backup {asked} did not succeed")),
        Some(_) => Err(format!("the backup {asked} is not done yet")),
        None => Err(format!("there is no backup {asked}")),
    }
}

/// `12 min`, `5 hours`, `3 days`.
pub(super) fn age(age: Duration) -> String {
    match (age.whole_days(), age.whole_hours(), age.whole_minutes().max(0)) {
        (days @ 2.., ..) => format!("{days} days"),
        (_, hours @ 2.., _) => format!("{hours} hours"),
        (.., minutes) => format!("{minutes} min"),
    }
}

/// The backups of databases, as they are listed.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Which environment.
    pub environment: EnvironmentName,
    /// Its app.
    pub app: AppName,
    /// Each database with its backups; `None` for one that is not live.
    pub databases: Vec<(AttachmentName, Option<Vec<Entry>>)>,
}

/// A backup, as it is listed.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What it is called: `b001`.
    pub name: String,
    /// Whether a schedule asked for it.
    pub is_scheduled: bool,
    /// How far it came.
    pub status: Status,
    /// When it was asked for.
    pub begun: OffsetDateTime,
    /// When nothing more came of it.
    pub ended: Option<OffsetDateTime>,
    /// How large it is, packed.
    pub bytes: u64,
    /// What the database held, when that is known.
    pub source_bytes: Option<u64>,
}

/// How far a backup came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It has not begun.
    Pending,
    /// It runs.
    Running,
    /// It succeeded, with so many warnings.
    Completed(u32),
    /// Somebody cancelled it.
    Cancelled,
    /// It failed.
    Failed,
}

impl From<&Transfer> for Entry {
    fn from(backup: &Transfer) -> Self {
        Self {
            name: backup.name(),
            is_scheduled: backup.kind == TransferKind::Scheduled,
            status: match backup.state {
                TransferState::Pending => Status::Pending,
                TransferState::Running => Status::Running,
                TransferState::Succeeded(warnings) => Status::Completed(warnings),
                TransferState::Cancelled => Status::Cancelled,
                TransferState::Failed => Status::Failed,
            },
            begun: backup.begun,
            ended: backup.ended,
            bytes: backup.processed_bytes,
            source_bytes: Some(backup.source_bytes).filter(|bytes| *bytes > 0),
        }
    }
}

/// The backups of a database.
#[derive(Clone, Debug)]
pub struct Held {
    /// The app that the database is billed to.
    pub app: String,
    /// The backups, the newest first.
    pub backups: Vec<Transfer>,
}

/// The backups of each of these databases.
///
/// # Errors
/// What could not be looked at.
pub async fn list(
    clouds: &Clouds,
    app: &AppName,
    names: &[AttachmentName],
) -> Result<Vec<(AttachmentName, Option<Held>)>, CloudError> {
    let heroku = &clouds.heroku;
    let attachments = match heroku.attachments(app.as_str()).await {
        Err(error) if error.is_not_found() => Vec::new(),
        attachments => attachments?,
    };
    let (mut databases, mut asked) = (Vec::new(), Asked::nobody(heroku));
    for name in names {
        let held = match attachments.iter().find(|one| one.name == name.as_str()) {
            Some(database) => {
                let own = asked.of(&attachments, database).await?;
                let backups = own.into_iter().filter(Transfer::is_backup).collect();
                Some(Held { app: database.addon_app.clone(), backups })
            }
            None => None,
        };
        databases.push((name.clone(), held));
    }
    Ok(databases)
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::resource::testing::want;

    fn backup(number: u32, state: TransferState) -> Transfer {
        let begun = datetime!(2026-11-26 12:00 UTC);
        Transfer {
            id: format!("t{number}"),
            number,
            kind: TransferKind::Backup,
            from: "DATABASE".to_owned(),
            to: "BACKUP".to_owned(),
            begun,
            ended: state.is_over().then_some(begun),
            state,
            source_bytes: 0,
            processed_bytes: 0,
            address: None,
        }
    }

    #[test]
    fn the_newest_that_succeeded_is_meant_unless_one_is_named() {
        let backups = [
            backup(4, TransferState::Running),
            backup(3, TransferState::Failed),
            backup(2, TransferState::Succeeded(1)),
            backup(1, TransferState::Succeeded(0)),
        ];
        let choose = |asked: Option<&str>| {
            let asked = asked.map(|asked| asked.parse::<BackupName>().unwrap());
            chosen(&backups, asked.as_ref()).map(Transfer::name)
        };
        assert_eq!(choose(None).unwrap(), "b002");
        assert_eq!(choose(Some("b001")).unwrap(), "b001");
        assert_eq!(choose(Some("b003")).unwrap_err(), "the backup b003 did not succeed");
        assert_eq!(choose(Some("b004")).unwrap_err(), "the backup b004 is not done yet");
        assert_eq!(choose(Some("b009")).unwrap_err(), "there is no backup b009");
        assert!(chosen(&backups[..2], None).is_err());
    }

    #[test]
    fn databases_are_the_specs_own_and_one_has_to_be_named_among_several() {
        let name = |name: &str| AttachmentName::parse(name).unwrap();
        let two = want(
            "addons: { DATABASE: { plan: \"heroku-postgresql:standard-0\" }, \
             CACHE: { plan: \"heroku-redis:mini\" }, REPORTS: { plan: \"heroku-postgresql:essential-0\" } }",
        );
        let desired = two.desired();
        let spec = desired.spec();
        assert_eq!(databases(spec, None).unwrap(), [name("DATABASE"), name("REPORTS")]);
        assert_eq!(database(spec, Some(&name("REPORTS"))).unwrap(), name("REPORTS"));
        assert_eq!(database(spec, None), Err(NoDatabase::Several(vec![name("DATABASE"), name("REPORTS")])));
        let unknown = databases(spec, Some(&name("CACHE"))).unwrap_err();
        assert_eq!(unknown, NoDatabase::Unknown(name("CACHE"), vec![name("DATABASE"), name("REPORTS")]));
        assert_eq!(databases(want("").desired().spec(), None), Err(NoDatabase::None));
    }
}
