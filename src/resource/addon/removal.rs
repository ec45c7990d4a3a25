//! Add-ons go with the app that they are billed to, and all that they hold with them (heroku-api.md section 11).

use super::{Kind, SECTION};
use crate::cloud::CloudError;
use crate::cloud::heroku::{Addon, Attachment};
use crate::resource::removal::{Removal, Remove};
use crate::resource::{Action, Address, Cost, Desired, Overview, Row, World};
use crate::spec::{self, AddonPlan};

impl Remove for Kind {
    /// The attachments of the app's own add-ons on other apps.
    type Besides = Vec<Attachment>;

    async fn look(overview: Overview<'_>) -> Result<Self::Besides, CloudError> {
        let world = overview.world;
        let Some(app) = world.app.live() else { return Ok(Vec::new()) };
        let heroku = &overview.reads.clouds().heroku;
        let own = owned(world).map(|(_, first)| heroku.attachments_of_addon(&first.addon_id));
        let all = futures_util::future::try_join_all(own).await?.into_iter().flatten();
        Ok(all.filter(|one| one.app_name != app.name).collect())
    }

    fn remove(desired: &Desired<'_>, world: &World, elsewhere: &Self::Besides, removal: &mut Removal) {
        let rows: Vec<Row> = owned(world).map(|(addon, first)| row(addon, first)).collect();
        for (addon, first) in owned(world) {
            protect(desired, addon, first, removal);
            for other in elsewhere.iter().filter(|other| other.addon_id == first.addon_id) {
                let reason = format!(
                    "{} is also `{}` of the app {}, which loses it",
                    first.addon_name, other.name, other.app_name
                );
                removal.draft.warning(address(first), reason);
            }
        }
        removal.goes_with_app(rows);
    }
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

/// What the spec says of an add-on, under whichever of its names.
fn wanted<'a>(desired: &'a Desired<'_>, live: &Attachment) -> Option<&'a spec::NewAddon> {
    desired.spec().addons.iter().find_map(|(name, addon)| match addon {
        spec::Addon::Create(addon) if name.as_str() == live.name => Some(addon),
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
    let price = addon.and_then(|addon| addon.price.as_ref()).filter(|price| price.unit == "month");
    let cost = price.map(|price| Cost { before_cents: price.cents, after_cents: 0 });
    let title = format!("{} {}", plan_of(addon, first), first.addon_name);
    Row::new(address(first), Action::Delete).titled(&title.trim()).costing(cost)
}

/// A database that the spec does not name is protected as one is that it names: nobody said that it may go.
fn protect(desired: &Desired<'_>, addon: Option<&Addon>, first: &Attachment, removal: &mut Removal) {
    let is_postgres = AddonPlan::parse(plan_of(addon, first)).is_ok_and(|plan| plan.is_postgres());
    let what = format!("{} of the app", first.addon_name);
    match wanted(desired, first) {
        Some(wanted) if wanted.protect => removal.is_protected(address(first), &what),
        Some(_) if is_postgres && !removal.terms.no_backup => removal.draft.blocked(
            address(first),
            format!("{what} would go without a last backup"),
            format!(
                "take one with `heroku pg:backups:capture {name} -a {app}` and `heroku pg:backups:download -a {app}`, \
                 then add `--no-backup`",
                name = first.addon_name,
                app = first.addon_app
            ),
        ),
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
