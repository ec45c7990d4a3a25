//! Ordering an add-on: what stands against it, and how the order is placed.
//!
//! What must not live here: when one is ordered, which is `addon`'s.

use super::{SECTION, ready, vars};
use crate::cloud::heroku::{Addon, AddonState, NewAddon as Order};
use crate::cloud::{CloudError, ErrorKind, UNCONFIRMED};
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
    let own = unnamed(wanted, spec, world);
    if let [first, rest @ ..] = own.as_slice() {
        let of_each = |words: &dyn Fn(&Addon) -> String, between: &str| {
            own.iter().map(|own| words(own)).collect::<Vec<_>>().join(between)
        };
        let (that, meant) = if rest.is_empty() {
            ("that is the one, give it its name", "a second one is meant, write the first into the spec too")
        } else {
            ("one of them is meant, give it its name", "another one is meant, write these into the spec too")
        };
        draft.blocked(
            SECTION.address(name),
            format!(
                "the app has {}, which no name of the spec stands for",
                of_each(&|own| format!("{} ({})", own.name, own.plan), " and ")
            ),
            format!(
                "if {that}: {}; if {meant}, under a name that it has",
                of_each(
                    &|own| format!("heroku addons:attach {} --as {name} -a {}", own.name, first.app_name),
                    ", or "
                )
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

/// The add-ons of the app that hold what the wanted one would hold, and that have lost their names or never had them in
/// the spec: ordering another one would give the app an empty one, and a second bill.
fn unnamed<'a>(wanted: &NewAddon, spec: &Spec, world: &'a World) -> Vec<&'a Addon> {
    let is_kept = wanted.protect || wanted.plan.is_postgres();
    let Some(app) = world.app.live().filter(|_| is_kept) else { return Vec::new() };
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
    let is_unnamed = |addon: &&Addon| {
        addon.app_name == app.name
            && addon.service == wanted.plan.service()
            && !is_going(addon)
            && !is_named(addon)
    };
    world.addon.iter().filter(is_unnamed).collect()
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
        Err(error) if error.wants_confirmation() => {
            Err(why_unconfirmed(run, name, Some(addon.plan.service()), error).await)
        }
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

/// An order or an attachment that Heroku wants confirmed is not what the plan showed. Most often there is a var that the
/// add-on would overwrite: one that somebody has set since, of which the next plan says how to make room for it, or one
/// that nobody could know to be the add-on's.
pub(in crate::resource) async fn why_unconfirmed(
    run: &Run,
    name: &AttachmentName,
    service: Option<&str>,
    error: CloudError,
) -> CloudError {
    let (heroku, app) = (&run.clouds.heroku, run.app());
    let read = tokio::try_join!(heroku.config_vars(&app), heroku.attachments(&app));
    let Ok((vars, attachment)) = read else { return error };
    let world = World { config: config::Observed::from(vars), attachment, ..World::default() };
    let found = vars::in_the_way(name, service, &world);
    if !found.taken.is_empty() {
        return CloudError::moved(found.reason());
    }
    match vars::behind_refusal(name, &error.message, &world).unconfirmed(&run.app_name()) {
        Some(why) => {
            let message = format!("{} {UNCONFIRMED}: {why}", error.message);
            CloudError { message, ..error }
        }
        None => error,
    }
}
