//! `trueup restore`: what is in a database is replaced by what a backup holds, once what was there has a backup of its own
//! (life-and-ci.md section 1.3).
//!
//! What must not live here: making a backup and restoring one, which are tasks.

use std::fmt;
use std::str::FromStr;

use time::{Duration, OffsetDateTime};

use super::backup::{advice, age, chosen, of, there};
use crate::cloud::CloudError;
use crate::cloud::heroku::{Attachment, BackupName, Transfer, TransferKind, TransferState};
use crate::resource::task::transfer::{self, Moves};
use crate::resource::{Desired, Draft, Overview, World, app, formation};
use crate::secret::Secret;
use crate::spec::{Addon, AttachmentName, Environment, EnvironmentName, NewAddon};

/// After a restore that failed so shortly ago, the backup that was made for it still holds what was there before.
const FRESH: Duration = Duration::hours(1);

/// Where what is restored comes from, as it is typed.
#[derive(Clone, Debug)]
pub enum From {
    /// A backup of the database itself: `b003`.
    Backup(BackupName),
    /// The newest backup of another environment's database.
    Environment(EnvironmentName),
    /// What lies at an address, which whoever knows it may read.
    Address(Secret),
}

/// Why something is no place to restore from. What was typed may be a secret, so it is not repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotFrom;

impl fmt::Display for NotFrom {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "expected {}, the name of an environment, or an address that begins with https://",
            BackupName::RULE
        )
    }
}

impl std::error::Error for NotFrom {}

impl FromStr for From {
    type Err = NotFrom;

    fn from_str(text: &str) -> Result<Self, NotFrom> {
        if text.starts_with("https://") && !text.contains(char::is_whitespace) {
            return Ok(Self::Address(Secret::new(text)));
        }
        if let Ok(backup) = text.parse() {
            return Ok(Self::Backup(backup));
        }
        EnvironmentName::parse(text).map(Self::Environment).map_err(|_| NotFrom)
    }
}

/// The same, with the environment read.
#[derive(Clone, Debug)]
pub enum Origin {
    /// A backup of the database itself.
    Backup(BackupName),
    /// The newest backup of a database of an environment.
    Database(Box<Environment>, AttachmentName),
    /// What lies at an address.
    Address(Secret),
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Into which database.
    pub name: &'a AttachmentName,
    /// From where.
    pub origin: &'a Origin,
    /// Whether one that is protected may be overwritten.
    pub allow_protected: bool,
}

/// What was looked at.
#[derive(Debug, Default)]
struct Seen {
    /// The transfers of the database, the newest first.
    transfers: Vec<Transfer>,
    /// The attachments of the database on other apps.
    elsewhere: Vec<Attachment>,
}

/// What is restored.
#[derive(Debug)]
struct Found {
    /// In words: `b003 of ledger-production, 3 days old`.
    words: String,
    /// Where it lies.
    address: Secret,
}

/// Looks for what is to be restored, and decides what is done so that it is.
///
/// # Errors
/// What could not be looked at.
pub async fn draft(overview: Overview<'_>, asked: Asked<'_>) -> Result<Draft, CloudError> {
    let mut draft = Draft::default();
    let world = overview.world;
    let Some(database) = there(world, asked.name, &overview, &mut draft) else { return Ok(draft) };
    let heroku = &overview.reads.clouds().heroku;
    let (transfers, attached) = tokio::join!(
        of(heroku, &world.attachment, database),
        heroku.attachments_of_addon(&database.addon_id),
    );
    let elsewhere = attached?.into_iter().filter(|one| one.app_name != database.app_name).collect();
    let seen = Seen { transfers: transfers?, elsewhere };
    let found = find(overview, asked, database, &seen.transfers).await?;
    decide((overview.desired, world), asked, &seen, found, &mut draft);
    Ok(draft)
}

/// What is to be restored, or why there is nothing.
async fn find(
    overview: Overview<'_>,
    asked: Asked<'_>,
    database: &Attachment,
    transfers: &[Transfer],
) -> Result<Result<Found, String>, CloudError> {
    let now = overview.desired.now;
    match asked.origin {
        Origin::Address(address) => {
            Ok(Ok(Found { words: "the address that was given".to_owned(), address: address.clone() }))
        }
        Origin::Backup(name) => {
            Ok(chosen(transfers, Some(name)).and_then(|backup| found(backup, &database.addon_app, now)))
        }
        Origin::Database(environment, name) => {
            let heroku = &overview.reads.clouds().heroku;
            let app = environment.spec.app.name.as_str();
            let attachments = match heroku.attachments(app).await {
                Err(error) if error.is_not_found() => Vec::new(),
                attachments => attachments?,
            };
            let Some(database) = attachments.iter().find(|one| one.name == name.as_str()) else {
                return Ok(Err(format!("the app {app} has no database {name}")));
            };
            let transfers = of(heroku, &attachments, database).await?;
            Ok(chosen(&transfers, None)
                .map_err(|reason| format!("{}: {reason}", environment.name))
                .and_then(|backup| found(backup, &database.addon_app, now)))
        }
    }
}

fn found(backup: &Transfer, app: &str, now: OffsetDateTime) -> Result<Found, String> {
    let address = backup.address.clone().ok_or_else(|| format!("Heroku does not say where {backup} lies"))?;
    Ok(Found { words: format!("{backup} of {app}, {} old", age(now - backup.begun)), address })
}

/// What the spec says of a database.
fn wanted<'a>(desired: &'a Desired<'_>, name: &AttachmentName) -> Option<&'a NewAddon> {
    match desired.spec().addons.get(name) {
        Some(Addon::Create(addon)) => Some(addon),
        Some(Addon::Attach(_)) | None => None,
    }
}

fn decide(
    (desired, world): (&Desired<'_>, &World),
    Asked { name, allow_protected, .. }: Asked<'_>,
    seen: &Seen,
    found: Result<Found, String>,
    draft: &mut Draft,
) {
    let address = transfer::DATA.address(name);
    let wanted = wanted(desired, name);
    if wanted.is_some_and(|addon| addon.protect) && !allow_protected {
        let reason = "the database is protected, and everything in it would be overwritten";
        draft.blocked(address.clone(), reason, "if that is what you want, add `--allow-protected`");
    }
    let found = match found {
        Ok(found) => found,
        Err(reason) => return draft.blocked(address, reason, advice(&desired.environment.name)),
    };
    let known = || seen.transfers.iter().map(|one| one.id.clone()).collect();
    for other in &seen.elsewhere {
        let reason =
            format!("it is also `{}` of the app {}, whose data it is as well", other.name, other.app_name);
        draft.warning(address.clone(), reason);
    }
    if !formation::running(world).is_empty() && !world.app.live().is_some_and(|app| app.maintenance) {
        let reason = "dynos keep running meanwhile, and may read incomplete data: `heroku maintenance:on` keeps visitors away";
        draft.warning(app::SECTION.whole(), reason);
    }
    let restore = |from: String, running: Option<String>, kept: Option<String>| {
        let mut extensions = wanted.map(|addon| addon.extensions.clone()).unwrap_or_default();
        extensions.sort();
        extensions.dedup();
        let moves = Moves::Restore { from, source: found.address.clone(), extensions, kept };
        transfer::Change { name: name.clone(), moves, running, known: known(), spared_by: None }
    };
    match last(&seen.transfers, desired.now) {
        // What is half overwritten is not worth a backup.
        Last::Running { restore: running, kept } => {
            draft.change(restore(format!("what {running} restores"), Some(running.id.clone()), kept));
        }
        Last::Failed { kept } => draft.change(restore(found.words.clone(), None, Some(kept))),
        Last::Over => {
            let mut own = seen.transfers.iter().filter(|one| one.kind == TransferKind::Backup);
            let running = own.find(|one| !one.state.is_over()).map(|one| one.id.clone());
            let (name, moves) = (name.clone(), Moves::Capture);
            draft.change(transfer::Change { name, moves, running, known: known(), spared_by: None });
            draft.change(restore(found.words.clone(), None, None));
        }
    }
}

/// How what was last put into a database ended.
enum Last<'a> {
    /// It still runs; the backup of what was there before.
    Running { restore: &'a Transfer, kept: Option<String> },
    /// It failed a moment ago, and this is the backup of what was there before.
    Failed { kept: String },
    /// Nothing is half done.
    Over,
}

fn last(transfers: &[Transfer], now: OffsetDateTime) -> Last<'_> {
    let is_load = |one: &&Transfer| matches!(one.kind, TransferKind::Restore | TransferKind::Copy);
    let Some(at) = transfers.iter().position(|one| is_load(&one)) else { return Last::Over };
    let load = &transfers[at];
    let before = transfers[at + 1..].iter().take_while(|one| !is_load(one));
    let is_of_it = |one: &&Transfer| one.is_backup() && one.state.is_good() && load.begun - one.begun < FRESH;
    let kept = before.filter(|one| one.kind == TransferKind::Backup).find(is_of_it).map(Transfer::name);
    match (load.state, kept) {
        (TransferState::Pending | TransferState::Running, kept) => Last::Running { restore: load, kept },
        (TransferState::Failed | TransferState::Cancelled, Some(kept)) if now - load.begun < FRESH => {
            Last::Failed { kept }
        }
        _ => Last::Over,
    }
}

#[cfg(test)]
mod tests;
