//! Add-ons that this environment creates and pays for, by attachment name (heroku-api.md sections 3 and 8).
//!
//! An add-on is usable when three clocks have rung: its state says provisioned, its config vars are present,
//! and, for Postgres, the data API's wait status is over. Ordering one and waiting for it are two steps, so
//! that other work goes on meanwhile, and so that a run after a killed one just waits.

use std::collections::BTreeSet;

use super::{
    Action, Block, Cost, Desired, Draft, Effects, Facts, Field, Look, Operation, Output, Outputs, Recheck,
    Resource, Row, Run, Section, World, addon_order,
    addon_removal::{self, Removal},
    attachment, formation, ready,
};
use crate::cloud::heroku::{Addon, AddonState, Attachment};
use crate::cloud::{CloudError, confirmed};
use crate::spec::{self, AddonPlan, AttachmentName, NewAddon, Spec};

/// The kind.
pub struct Kind;

/// What the kind says of itself.
pub static SECTION: Section =
    Section { key: "addons", part: None, kind: "heroku_addon", noun: "add-on", block: Block::Each };

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
        futures_util::future::try_join_all(plans.iter().map(|plan| look.ask_plan(plan))).await.map(drop)
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
                Some(attachment) => {
                    let live = world.addon_of(attachment);
                    compare(&Named { name, wanted }, attachment, live, world, draft);
                }
            }
        }
        addon_removal::beside(desired, world, draft);
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

struct Named<'a> {
    name: &'a AttachmentName,
    wanted: &'a NewAddon,
}

fn order(named: &Named<'_>, spec: &Spec, world: &World, draft: &mut Draft) {
    let Named { name, wanted } = *named;
    if addon_order::is_blocked(name, wanted, (spec, world), draft) {
        return;
    }
    draft.change(Change::Order {
        name: name.clone(),
        addon: wanted.clone(),
        monthly_cents: world.catalog.monthly_cents(&wanted.plan),
        restarts: formation::running(world),
    });
    draft.change(Change::Await { name: name.clone(), plan: wanted.plan.clone(), ordered_now: true });
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
    // The two lists are read at the same moment, not at one: what only the attachments show was ordered just now.
    let Some(live) = live else {
        return draft.change(Change::Await {
            name: name.clone(),
            plan: wanted.plan.clone(),
            ordered_now: false,
        });
    };
    if matches!(live.state, AddonState::Deprovisioning | AddonState::Deprovisioned) {
        return draft.blocked(
            address,
            "the add-on is being removed",
            "run the same command again when it is gone",
        );
    }
    let is_same_plan = wanted.plan.is(&live.plan);
    if !is_same_plan {
        change_plan(named, live, world, draft);
    }
    if is_ready(attachment, live, world) {
        if is_same_plan {
            draft.unchanged();
        }
    } else {
        draft.change(Change::Await { name: name.clone(), plan: wanted.plan.clone(), ordered_now: false });
    }
}

/// Two of the three clocks, as far as they tell without waiting: the state, and every config var present.
fn is_ready(attachment: &Attachment, live: &Addon, world: &World) -> bool {
    live.state == AddonState::Provisioned
        && attachment
            .config_vars
            .iter()
            .all(|var| world.config.get(var).is_some_and(|value| !value.is_empty()))
}

fn change_plan(named: &Named<'_>, live: &Addon, world: &World, draft: &mut Draft) {
    let Named { name, wanted } = *named;
    let address = SECTION.address(name).part("plan");
    if live.service != wanted.plan.service() {
        return draft.blocked(
            address,
            format!("{} → {} would replace the add-on and lose what it holds", live.plan, wanted.plan),
            format!("add the new one under another name, move the data, then remove `{name}`"),
        );
    }
    if wanted.plan.is_postgres() && family(&live.plan) != family(wanted.plan.as_str()) {
        return draft.blocked(
            address,
            format!("{} → {} would replace the database", live.plan, wanted.plan),
            "create the new database under another name, copy the data with `heroku pg:copy`, then promote it",
        );
    }
    draft.change(Change::ChangePlan {
        name: name.clone(),
        addon_id: live.id.clone(),
        before: live.plan.clone(),
        after: wanted.plan.clone(),
        cost: Cost {
            before_cents: live.price.as_ref().map_or(0, |price| price.cents),
            after_cents: world.catalog.monthly_cents(&wanted.plan).unwrap_or_default(),
        },
    });
}

/// Essential databases live on shared servers, all others on their own: no PATCH moves one between them
/// (heroku-api.md section 8.2).
fn family(plan: &str) -> bool {
    let tier = plan.split_once(':').map_or(plan, |(_, tier)| tier);
    ["essential", "mini", "basic", "hobby", "dev"].iter().any(|shared| tier.starts_with(shared))
}

/// What can be done to an add-on.
#[derive(Clone, Debug)]
pub enum Change {
    /// `POST /apps/{app}/addons`.
    Order {
        /// The attachment name.
        name: AttachmentName,
        /// What is ordered.
        addon: NewAddon,
        /// Its price, when Heroku told.
        monthly_cents: Option<i64>,
        /// Process types that attaching it restarts.
        restarts: Vec<String>,
    },
    /// `PATCH /apps/{app}/addons/{addon}`.
    ChangePlan {
        /// The attachment name.
        name: AttachmentName,
        /// The add-on's id.
        addon_id: String,
        /// The plan that is live.
        before: String,
        /// The plan that will be.
        after: AddonPlan,
        /// Both prices.
        cost: Cost,
    },
    /// Waits until the add-on can be used. Changes nothing by itself.
    Await {
        /// The attachment name.
        name: AttachmentName,
        /// Its plan, which tells how to ask.
        plan: AddonPlan,
        /// Whether this run ordered it, so that the wait is part of the creation.
        ordered_now: bool,
    },
    /// Takes away one that was dropped from the spec.
    Remove(Removal),
}

impl Operation for Change {
    fn describe(&self) -> Vec<Row> {
        match self {
            Self::Order { name, addon, monthly_cents, restarts: _ } => {
                let cost = monthly_cents.map(|after_cents| Cost { before_cents: 0, after_cents });
                let row = Row::new(SECTION.address(name), Action::Create).titled(&addon.plan).costing(cost);
                vec![row.with(order_fields(addon))]
            }
            Self::ChangePlan { name, addon_id: _, before, after, cost } => vec![
                Row::new(SECTION.address(name), Action::Update)
                    .titled(after)
                    .costing(Some(*cost))
                    .with([Field::plain("plan", Some(before), Some(after))]),
            ],
            Self::Remove(removal) => vec![removal.row()],
            Self::Await { name, plan, ordered_now: true } => {
                vec![Row::new(SECTION.address(name), Action::Create).titled(plan).waiting_until("ready")]
            }
            Self::Await { name, plan, ordered_now: false } => vec![
                Row::new(SECTION.address(name), Action::Update)
                    .titled(plan)
                    .waiting_until("available")
                    .because("ordered before, and not ready yet")
                    .with([Field::plain("state", Some(&"provisioning"), Some(&"available"))]),
            ],
        }
    }

    fn effects(&self) -> Effects {
        match self {
            Self::Remove(removal) => removal.effects(),
            Self::Order { addon, restarts, .. } => Effects {
                releases: 1,
                restarts: restarts.clone(),
                notes: if addon.plan.is_postgres() { vec!["takes minutes".to_owned()] } else { Vec::new() },
            },
            Self::ChangePlan { after, .. } if after.is_postgres() => Effects {
                releases: 1,
                restarts: Vec::new(),
                notes: vec!["migrates in the background, then a short outage".to_owned()],
            },
            Self::ChangePlan { .. } => Effects { releases: 1, ..Effects::default() },
            Self::Await { .. } => Effects::default(),
        }
    }

    fn needs(&self) -> Vec<Output> {
        match self {
            // Names that no add-on of this spec has are given by no change, and hold nothing up.
            Self::Order { addon, .. } => {
                let origins = addon.origins().flat_map(|(_, value)| spec::origin_names(value));
                origins.map(Output::AddonReady).chain([Output::App]).collect()
            }
            Self::ChangePlan { .. } | Self::Remove(_) => vec![Output::App],
            Self::Await { name, .. } => vec![Output::App, Output::AddonOrdered(name.clone())],
        }
    }

    fn gives(&self) -> Vec<Output> {
        match self {
            Self::Order { name, .. } | Self::ChangePlan { name, .. } => {
                vec![Output::AddonOrdered(name.clone())]
            }
            Self::Await { name, .. } => vec![Output::AddonReady(name.clone())],
            Self::Remove(_) => Vec::new(),
        }
    }

    fn follows(&self) -> Vec<Output> {
        // What goes, goes last: the app may have been told of another one meanwhile.
        if matches!(self, Self::Remove(_)) { vec![Output::Config] } else { Vec::new() }
    }

    async fn recheck(&self, run: &Run) -> Result<Recheck, CloudError> {
        // Whether an attachment name is free is told by the order itself.
        let (name, addon_id, before, after) = match self {
            Self::ChangePlan { name, addon_id, before, after, .. } => (name, addon_id, before, after),
            Self::Remove(removal) => return removal.recheck(run).await,
            Self::Order { .. } | Self::Await { .. } => return Ok(Recheck::AsPlanned),
        };
        let live = run.clouds.heroku.addon(&run.app(), addon_id).await?.map(|addon| addon.plan);
        Ok(Recheck::judge(
            live.as_deref() == Some(before.as_str()),
            live.as_deref().is_some_and(|live| after.is(live)),
            || format!("the plan of `{name}` changed"),
        ))
    }

    async fn apply(&self, run: &Run) -> Result<Outputs, CloudError> {
        match self {
            Self::Order { name, addon, .. } => {
                let id = addon_order::place(run, name, addon).await?;
                return Ok(Outputs::none().and(Output::AddonOrdered(name.clone()), id));
            }
            Self::ChangePlan { addon_id, after, .. } => change_to(run, addon_id, after).await?,
            Self::Await { name, plan, .. } => ready::wait(run, name, plan).await?,
            Self::Remove(removal) => removal.apply(run).await?,
        }
        Ok(Outputs::none())
    }

    #[cfg(test)]
    fn assume(&self, world: &mut World, _: &mut Outputs) {
        match self {
            Self::Remove(removal) => removal.assume(world),
            Self::Order { name, addon, .. } => {
                let app = world.app.live().map(|app| app.name.clone()).unwrap_or_default();
                *world = world.clone().with_addon(name.as_str(), &app, addon.plan.as_str());
            }
            Self::ChangePlan { addon_id, after, .. } => {
                for addon in world.addon.iter_mut().filter(|addon| addon.id == *addon_id) {
                    addon.plan = after.to_string();
                }
            }
            Self::Await { name, .. } => {
                let Some(attachment) = world.attachment(name).cloned() else { return };
                for addon in world.addon.iter_mut().filter(|addon| addon.id == attachment.addon_id) {
                    addon.state = AddonState::Provisioned;
                }
                let vars: Vec<(&str, &str)> =
                    attachment.config_vars.iter().map(|var| (var.as_str(), "a value")).collect();
                *world = world.clone().with_config(&vars);
            }
        }
    }
}

fn order_fields(addon: &NewAddon) -> Vec<Field> {
    let mut fields = vec![Field::plain("plan", None, Some(&addon.plan))];
    if !addon.extensions.is_empty() {
        fields.push(Field::plain("extensions", None, Some(&addon.extensions.join(", "))));
    }
    let once = |(key, value)| Field::plain(key, None, Some(value)).with_note("at creation only");
    fields.extend(addon.config.iter().map(|(key, value)| once((key.as_str(), value))));
    fields
}

async fn change_to(run: &Run, addon_id: &str, plan: &AddonPlan) -> Result<(), CloudError> {
    let (heroku, app) = (&run.clouds.heroku, run.app());
    let send = || async { heroku.change_plan(&app, addon_id, plan).await.map(drop) };
    let look = || async {
        let live = heroku.addon(&app, addon_id).await?;
        Ok(live.filter(|live| plan.is(&live.plan)).map(drop))
    };
    confirmed(send, look).await
}

#[cfg(test)]
#[path = "addon_tests.rs"]
mod tests;
