//! Add-ons that this environment creates and pays for, by attachment name (heroku-api.md sections 3 and 8).
//!
//! An add-on is usable when three clocks have rung: its state says provisioned, its config vars are present,
//! and, for Postgres, the data API's wait status is over. Ordering one and waiting for it are two steps, so
//! that other work goes on meanwhile, and so that a run after a killed one just waits.

mod bill;
mod change;
mod dropped;
pub mod import;
pub(super) mod order;
mod plan_change;
mod proof;
pub(super) mod ready;
mod removal;
mod rights;
pub(super) mod vars;
pub(super) mod verdict;

use std::collections::BTreeSet;

use super::{Address, Bill, Desired, Draft, Facts, Look, Resource, Section, World, attachment, formation};
use crate::cloud::CloudError;
use crate::cloud::heroku::{Addon, Attachment};
use crate::spec::{self, AddonPlan, AttachmentName, NewAddon, Spec};
pub use change::Change;
pub use plan_change::Changing;
pub(super) use proof::database;
use ready::Awaited;
pub(super) use removal::{databases, owned};
use verdict::Verdict;

/// The kind.
pub struct Kind;

/// What the kind says of itself.
pub static SECTION: Section = Section::new("addons").kind("heroku_addon").noun("add-on");

/// The add-ons that the app sees, its own and those attached from other apps.
pub type Observed = Vec<Addon>;

impl Resource for Kind {
    type Observed = Observed;
    type Change = Change;

    async fn observe(look: &Look<'_>) -> Result<Observed, CloudError> {
        let addons = look.of_app(|app| async move { look.reads().addons(&app).await }).await?;
        Ok(addons.unwrap_or_default())
    }

    async fn ask_catalog(look: &Look<'_>) -> Result<(), CloudError> {
        let (addons, attachments) = tokio::join!(look.of::<Self>(), look.of::<attachment::Kind>());
        let (Ok(addons), Ok(attachments)) = (addons, attachments) else { return Ok(()) };
        let plans = missing_plans(look.spec(), addons, attachments);
        let plans = futures_util::future::try_join_all(plans.iter().map(|plan| look.ask_plan(plan)));
        let moved = moved(look.spec(), addons, attachments);
        let moved = moved.map(|(addon, plan)| plan_change::ask(look, addon, plan));
        tokio::try_join!(plans, futures_util::future::try_join_all(moved)).map(drop)
    }

    fn facts(world: &World, facts: &mut Facts) {
        for attachment in &world.attachment {
            facts.state(&SECTION.address(&attachment.name), &world.addon_of(attachment));
        }
    }

    fn diff(desired: &Desired<'_>, world: &World, draft: &mut Draft) {
        for (name, addon) in &desired.spec().addons {
            let spec::Addon::Create(wanted) = addon else { continue };
            world.catalog.check_plan(&SECTION.address(name), &wanted.plan, draft);
            match world.attachment(name) {
                None => order(&Named { name, wanted }, desired.spec(), world, draft),
                Some(attachment) if let Some(twin) = twin(name, attachment, desired.spec(), world) => {
                    is_a_twin(name, twin, attachment, draft);
                }
                Some(attachment) => {
                    let live = world.addon_of(attachment);
                    compare(&Named { name, wanted }, attachment, live, world, draft);
                }
            }
        }
        dropped::beside(desired, world, draft);
    }

    fn bill(desired: &Desired<'_>, world: &World, bill: &mut Bill) {
        bill::add(desired, world, bill);
    }
}

/// The plans that Heroku is asked about: those that some attachment of the spec does not have yet. By name, since
/// a second database of a plan that is live already has a price too.
fn missing_plans(spec: &Spec, addons: &[Addon], attachments: &[Attachment]) -> BTreeSet<AddonPlan> {
    let is_live = |name: &AttachmentName, plan: &AddonPlan| {
        let attachment = attachments.iter().find(|one| one.name == name.as_str());
        let id = attachment.map(|one| one.addon_id.as_str());
        addons.iter().any(|addon| Some(addon.id.as_str()) == id && plan.is(&addon.plan))
    };
    let wanted = spec.addons.iter().filter_map(|(name, addon)| match addon {
        spec::Addon::Create(addon) if !is_live(name, &addon.plan) => Some(addon.plan.clone()),
        spec::Addon::Create(_) | spec::Addon::Attach(_) => None,
    });
    wanted.collect()
}

/// The add-ons that are to have another plan of their service, each with that plan.
fn moved<'a>(
    spec: &'a Spec,
    addons: &'a [Addon],
    attachments: &'a [Attachment],
) -> impl Iterator<Item = (&'a Addon, &'a AddonPlan)> {
    spec.addons.iter().filter_map(|(name, wanted)| {
        let spec::Addon::Create(wanted) = wanted else { return None };
        let attachment = attachments.iter().find(|one| one.name == name.as_str())?;
        let addon = addons.iter().find(|addon| addon.id == attachment.addon_id)?;
        let is_moved = addon.app_name == attachment.app_name
            && addon.service == wanted.plan.service()
            && !wanted.plan.is(&addon.plan);
        is_moved.then_some((addon, &wanted.plan))
    })
}

struct Named<'a> {
    name: &'a AttachmentName,
    wanted: &'a NewAddon,
}

fn order(named: &Named<'_>, spec: &Spec, world: &World, draft: &mut Draft) {
    let Named { name, wanted } = *named;
    if order::is_blocked(name, wanted, (spec, world), draft) {
        return;
    }
    draft.change(Change::Order {
        name: name.clone(),
        addon: wanted.clone(),
        app: spec.app.name.clone(),
        monthly_cents: world.catalog.monthly_cents(&wanted.plan),
        restarts: formation::running(world),
    });
    draft.change(Change::Await { name: name.clone(), addon: awaited(wanted, None), ordered_now: true });
}

/// What is known of an add-on that is to be waited for.
fn awaited(wanted: &NewAddon, id: Option<&str>) -> Awaited {
    Awaited {
        plan: wanted.plan.clone(),
        limit: wanted.wait_limit(),
        takes: wanted.usually_takes(),
        id: id.map(str::to_owned),
        fork: wanted.config.get("fork").filter(|_| wanted.plan.is_postgres()).cloned(),
    }
}

fn compare(
    named: &Named<'_>,
    attachment: &Attachment,
    live: Option<&Addon>,
    world: &World,
    draft: &mut Draft,
) {
    let Named { name, wanted } = *named;
    let address = SECTION.address(name);
    if world.app.live().is_none_or(|app| app.name != attachment.addon_app) {
        let owner = &attachment.addon_app;
        return draft.blocked(
            address,
            format!("`{name}` is the add-on {} of the app {owner}", attachment.addon_name),
            format!(
                "write `{name}: {{ attach: {} }}`, or detach it with `heroku addons:detach {name}`",
                attachment.addon_name
            ),
        );
    }
    let wait = || Change::Await {
        name: name.clone(),
        addon: awaited(wanted, Some(&attachment.addon_id)),
        ordered_now: false,
    };
    // The two lists are read at the same moment, not at one: what only the attachments show was ordered just now.
    let Some(live) = live else { return draft.change(wait()) };
    if let Some(part) = attachment.part() {
        return is_a_part(&address, part, attachment, draft);
    }
    let verdict = verdict::judge(&address, (live, attachment), world, draft);
    if verdict == Verdict::Stuck {
        return;
    }
    let is_same_plan = wanted.plan.is(&live.plan);
    if !is_same_plan {
        plan_change::change(named, live, world, draft);
    }
    match verdict {
        Verdict::OnItsWay => draft.change(wait()),
        Verdict::Usable if is_same_plan => draft.unchanged(),
        Verdict::Usable | Verdict::Stuck => {}
    }
}

/// The name before this one by which the spec orders an add-on, and which stands for the same one: two are asked for, and
/// one is there.
fn twin<'a>(
    name: &AttachmentName,
    attachment: &Attachment,
    spec: &'a Spec,
    world: &World,
) -> Option<&'a AttachmentName> {
    let before = spec.addons.iter().take_while(|(other, _)| *other != name);
    let mut ordered = before.filter(|(_, addon)| matches!(addon, spec::Addon::Create(_)));
    let is_same = |other| world.attachment(other).is_some_and(|one| one.addon_id == attachment.addon_id);
    ordered.find(|(other, _)| is_same(other)).map(|(other, _)| other)
}

fn is_a_twin(name: &AttachmentName, twin: &AttachmentName, attachment: &Attachment, draft: &mut Draft) {
    let Attachment { addon_name, app_name: app, .. } = attachment;
    draft.blocked(
        SECTION.address(name),
        format!("`{name}` and `{twin}` are two names of {addon_name}, and the spec asks for two add-ons"),
        format!(
            "if one is meant, write `{name}: {{ attach: {twin} }}`; if two are, free the name, and the next apply orders \
             the second: heroku addons:detach {name} -a {app}"
        ),
    );
}

/// The name stands for a credential or a pool of the add-on: whoever did that may have meant it.
fn is_a_part(address: &Address, part: &str, attachment: &Attachment, draft: &mut Draft) {
    let Attachment { name, addon_name, app_name: app, .. } = attachment;
    draft.blocked(
        address.clone(),
        format!("`{name}` stands for the part {part} of {addon_name}, not for the add-on as such"),
        format!(
            "let it stand for the add-on: heroku addons:attach {addon_name} --as {name} -a {app} --confirm {app}; \
             or write what it is: `{name}: {{ attach: {addon_name}, namespace: \"{part}\" }}`"
        ),
    );
}

#[cfg(test)]
mod tests;
