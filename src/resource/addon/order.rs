//! Ordering an add-on: what stands against it, and how the order is placed.
//!
//! What must not live here: when one is ordered, which is `addon`'s.

use super::{SECTION, ready, vars};
use crate::cloud::heroku::{Addon, AddonState, NewAddon as Order};
use crate::cloud::{CloudError, ErrorKind};
use crate::resource::create::create;
use crate::resource::{Draft, Run, World, config};
use crate::spec::{self, AddonName, AttachmentName, NewAddon, Spec};

/// Whether something on the app would be overwritten or doubled by an order; the draft says what.
pub(super) fn is_blocked(
    name: &AttachmentName,
    wanted: &NewAddon,
    (spec, world): (&Spec, &World),
    draft: &mut Draft,
) -> bool {
    let found = vars::in_the_way(name, Some(wanted.plan.service()), world);
    if !found.taken.is_empty() {
        let app = world.app.live().map_or_else(String::new, |app| app.name.clone());
        draft.blocked(SECTION.address(name), found.reason(), found.advice(&app));
        return true;
    }
    if let Some(own) = unnamed(wanted, spec, world) {
        draft.blocked(
            SECTION.address(name),
            format!("the app has {} ({}), which no name of the spec stands for", own.name, own.plan),
            format!(
                "if that is the one, give it its name: heroku addons:attach {} --as {name} -a {}; if a second one \
                 is meant, write the first into the spec too, under a name that it has",
                own.name, own.app_name
            ),
        );
        return true;
    }
    for var in found.doubtful {
        let reason =
            format!("`{var}` is set by hand: if the new add-on sets it too, Heroku will refuse the order");
        draft.warning(SECTION.address(name), reason);
    }
    false
}

/// An add-on of the app that holds what the wanted one would hold, and that has lost its name or never had it in the
/// spec: ordering another one would give the app an empty one, and a second bill.
fn unnamed<'a>(wanted: &NewAddon, spec: &Spec, world: &'a World) -> Option<&'a Addon> {
    if !wanted.protect && !wanted.plan.is_postgres() {
        return None;
    }
    let app = world.app.live()?;
    let is_going =
        |addon: &Addon| matches!(addon.state, AddonState::Deprovisioning | AddonState::Deprovisioned);
    let is_named = |addon: &Addon| {
        spec.addons.iter().any(|(name, wanted)| match wanted {
            spec::Addon::Create(_) => world.attachment(name).is_some_and(|live| live.addon_id == addon.id),
            spec::Addon::Attach(wanted) => {
                [&addon.name, &addon.id].iter().any(|known| *known == wanted.addon.as_str())
            }
        })
    };
    world.addon.iter().find(|addon| {
        addon.app_name == app.name
            && addon.service == wanted.plan.service()
            && !is_going(addon)
            && !is_named(addon)
    })
}

/// Orders an add-on, and gives its id.
pub(super) async fn place(run: &Run, name: &AttachmentName, addon: &NewAddon) -> Result<String, CloudError> {
    if let Some(origin) = origin(run, addon).await? {
        ready::until_copyable(run, &origin, addon.wait_limit()).await?;
    }
    let mut config = addon.config.clone();
    if !addon.extensions.is_empty() {
        config.insert("extensions".to_owned(), addon.extensions.join(","));
    }
    let order = Order { plan: addon.plan.clone(), attachment: name.clone(), config };
    let (heroku, app) = (&run.clouds.heroku, run.app_name());
    let send = || async { heroku.create_addon(&app, &order).await.map(|addon| addon.id) };
    // An attachment of that name tells that the order was taken.
    let look = || async { Ok(run.attachment(name).await?.map(|live| live.addon_id)) };
    let is_taken = |error: &CloudError| error.kind == ErrorKind::Invalid;
    let placed = create(send, look, is_taken, || format!("`{name}` was attached by someone else")).await;
    match placed {
        Err(error) if error.wants_confirmation() => Err(why_unconfirmed(run, name, addon, error).await),
        placed => placed,
    }
}

/// The id of the add-on that a new database is made from: the app's own by the name of an attachment, or any by its own
/// name.
async fn origin(run: &Run, addon: &NewAddon) -> Result<Option<String>, CloudError> {
    if !addon.plan.is_postgres() {
        return Ok(None);
    }
    let (app, heroku) = (&run.environment.spec.app.name, &run.clouds.heroku);
    let names: Vec<AttachmentName> =
        addon.origins().flat_map(|(_, value)| spec::origin_names(value, app)).collect();
    if !names.is_empty() {
        let attachments = heroku.attachments(&run.app()).await?;
        let found = attachments.into_iter().find(|one| names.iter().any(|name| name.as_str() == one.name));
        if let Some(found) = found {
            return Ok(Some(found.addon_id));
        }
    }
    let elsewhere = addon.origins().find_map(|(_, value)| AddonName::parse(value).ok());
    match elsewhere {
        Some(name) => Ok(heroku.addon_named(&name).await?.map(|addon| addon.id)),
        None => Ok(None),
    }
}

/// An order that Heroku wants confirmed is not what the plan showed. Most often somebody has set a var since then
/// that the add-on would overwrite; the next plan says how to make room for it.
async fn why_unconfirmed(
    run: &Run,
    name: &AttachmentName,
    addon: &NewAddon,
    error: CloudError,
) -> CloudError {
    let Ok(vars) = run.clouds.heroku.config_vars(&run.app()).await else { return error };
    let world = World { config: config::Observed::from(vars), ..World::default() };
    let found = vars::in_the_way(name, Some(addon.plan.service()), &world);
    if found.taken.is_empty() { error } else { CloudError::moved(found.reason()) }
}
