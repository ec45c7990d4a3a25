//! Add-ons go with the app that they are billed to, and all that they hold with them (heroku-api.md section 11).

use time::{Duration, OffsetDateTime};

use super::{Kind, SECTION};
use crate::cloud::CloudError;
use crate::cloud::heroku::{Addon, Attachment, Transfer, TransferKind};
use crate::resource::removal::{LastBackups, Removal, Remove};
use crate::resource::task::download;
use crate::resource::task::transfer::{self, Moves};
use crate::resource::{Action, Address, Cost, Desired, Overview, Row, World};
use crate::spec::{self, AddonPlan, AttachmentName};

/// A backup counts as the last one for so long after it was made.
const FRESH: Duration = Duration::hours(1);

impl Remove for Kind {
    type Besides = Besides;

    async fn look(overview: Overview<'_>) -> Result<Self::Besides, CloudError> {
        let world = overview.world;
        let Some(app) = world.app.live() else { return Ok(Besides::default()) };
        let heroku = &overview.reads.clouds().heroku;
        let own = owned(world).map(|(_, first)| heroku.attachments_of_addon(&first.addon_id));
        let all = futures_util::future::try_join_all(own).await?.into_iter().flatten();
        let elsewhere = all.filter(|one| one.app_name != app.name).collect();
        Ok(Besides { elsewhere, last: LastBackups::default() })
    }

    fn remove(desired: &Desired<'_>, world: &World, besides: &Besides, removal: &mut Removal) {
        let rows: Vec<Row> = owned(world).map(|(addon, first)| row(addon, first)).collect();
        for (addon, first) in owned(world) {
            protect(desired, addon, first, removal);
            for other in besides.elsewhere.iter().filter(|other| other.addon_id == first.addon_id) {
                let reason = format!(
                    "{} is also `{}` of the app {}, which loses it",
                    first.addon_name, other.name, other.app_name
                );
                removal.draft.warning(address(first), reason);
            }
        }
        keep(desired, world, &besides.last, removal);
        removal.goes_with_app(rows);
    }
}

/// What is looked at besides.
#[derive(Clone, Debug, Default)]
pub struct Besides {
    /// The attachments of the app's own add-ons on other apps.
    elsewhere: Vec<Attachment>,
    /// What the last backups of databases are made from.
    pub last: LastBackups,
}

/// The add-ons that are billed to the app, each with the attachment that it is known by: of several the one that comes
/// first.
pub(in crate::resource) fn owned(world: &World) -> impl Iterator<Item = (Option<&Addon>, &Attachment)> {
    let app = world.app.live().map(|app| app.name.as_str());
    let attachments = &world.attachment;
    let is_first = move |(index, one): &(usize, &Attachment)| {
        attachments.iter().take(*index).all(|earlier| earlier.addon_id != one.addon_id)
    };
    let own = attachments.iter().enumerate().filter(is_first).map(|(_, one)| one);
    own.filter(move |one| Some(one.addon_app.as_str()) == app).map(|one| (world.addon_of(one), one))
}

/// The app's own databases that may go: what there is a last backup of.
pub(in crate::resource) fn databases<'a>(
    desired: &'a Desired<'_>,
    world: &'a World,
) -> impl Iterator<Item = (&'a AttachmentName, &'a Attachment)> {
    owned(world).filter_map(|(addon, first)| {
        let (name, wanted) = wanted(desired, first)?;
        let is_postgres = AddonPlan::parse(plan_of(addon, first)).is_ok_and(|plan| plan.is_postgres());
        (is_postgres && !wanted.protect).then_some((name, first))
    })
}

/// What goes on without the last backup.
const NO_BACKUP: Option<&str> = Some("--no-backup");

/// A backup of each database comes to the disk before anything goes.
fn keep(desired: &Desired<'_>, world: &World, last: &LastBackups, removal: &mut Removal) {
    if removal.terms.no_backup {
        return;
    }
    for (name, database) in databases(desired, world) {
        let transfers = transfer::of_database(&world.attachment, database, last.transfers.clone());
        let (capture, backup) = last_backup(name, &transfers, desired.now);
        if let Some(capture) = capture {
            removal.draft.change(capture);
        }
        let (app, folder) = (database.addon_app.clone(), last.folder.clone());
        removal.draft.change(download::Change {
            name: name.clone(),
            app,
            backup,
            folder,
            steps_around: true,
            spared_by: NO_BACKUP,
        });
        removal.comes_before_app(download::downloaded(name));
    }
}

/// The last backup of a database: one that has just been made or still runs, which an earlier run began, or a new one
/// (docs/decisions/0023).
fn last_backup(
    name: &AttachmentName,
    transfers: &[Transfer],
    now: OffsetDateTime,
) -> (Option<transfer::Change>, download::Backup) {
    let own = || transfers.iter().filter(|one| one.kind == TransferKind::Backup);
    let is_fresh = |one: &&Transfer| one.ended.is_some_and(|ended| now - ended < FRESH);
    let fresh = own().filter(|one| one.state.is_good()).find(is_fresh);
    if let Some(fresh) = fresh {
        let minutes = (now - fresh.begun).whole_minutes().max(0);
        let title = format!("{fresh}, made {minutes} min ago");
        return (None, download::Backup::Known { number: fresh.number, title });
    }
    let running = own().find(|one| !one.state.is_over()).map(|one| one.id.clone());
    let known = transfers.iter().map(|one| one.id.clone()).collect();
    let (name, moves) = (name.clone(), Moves::Capture);
    let capture = transfer::Change { name, moves, running, known, spared_by: NO_BACKUP };
    (Some(capture), download::Backup::Captured)
}

/// What the spec says of an add-on, under whichever of its names.
fn wanted<'a>(
    desired: &'a Desired<'_>,
    live: &Attachment,
) -> Option<(&'a AttachmentName, &'a spec::NewAddon)> {
    desired.spec().addons.iter().find_map(|(name, addon)| match addon {
        spec::Addon::Create(addon) if name.as_str() == live.name => Some((name, addon)),
        spec::Addon::Create(_) | spec::Addon::Attach(_) => None,
    })
}

fn address(first: &Attachment) -> Address {
    SECTION.address(&first.name)
}

fn plan_of<'a>(addon: Option<&'a Addon>, attachment: &'a Attachment) -> &'a str {
    addon.map(|addon| addon.plan.as_str()).or(attachment.addon_plan.as_deref()).unwrap_or_default()
}

fn row(addon: Option<&Addon>, first: &Attachment) -> Row {
    let cents = addon.and_then(Addon::monthly_at_most);
    let cost = cents.map(|before_cents| Cost { before_cents, after_cents: 0 });
    let title = format!("{} {}", plan_of(addon, first), first.addon_name);
    Row::new(address(first), Action::Delete).titled(&title.trim()).costing(cost)
}

/// A database that the spec does not name is protected as one is that it names: nobody said that it may go.
fn protect(desired: &Desired<'_>, addon: Option<&Addon>, first: &Attachment, removal: &mut Removal) {
    let is_postgres = AddonPlan::parse(plan_of(addon, first)).is_ok_and(|plan| plan.is_postgres());
    let what = format!("{} of the app", first.addon_name);
    match wanted(desired, first) {
        Some((_, wanted)) if wanted.protect => removal.is_protected(address(first), &what),
        None if is_postgres => removal.draft.blocked(
            address(first),
            format!("{what} is a database that the spec does not name, and it would go with the app"),
            format!(
                "remove it by hand; or write `{}: {{ plan: \"{}\", protect: false }}` at addons to let it go",
                first.name,
                plan_of(addon, first)
            ),
        ),
        Some(_) | None => {}
    }
}
