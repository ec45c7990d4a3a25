//! What can be done to an add-on: ordered, moved to another plan, waited for.
//!
//! What must not live here: when that is done, which `diff` decides.

use super::dropped::{Detachment, Removal};
use super::ready::{self, Awaited};
use super::{SECTION, order};
use crate::cloud::{CloudError, confirmed};
use crate::resource::{Action, Cost, Effects, Field, Operation, Output, Outputs, Recheck, Row, Run};
use crate::spec::{self, AddonPlan, AppName, AttachmentName, NewAddon};
#[cfg(test)]
use crate::{cloud::heroku::AddonState, resource::World};

/// What can be done to an add-on.
#[derive(Clone, Debug)]
pub enum Change {
    /// `POST /apps/{app}/addons`.
    Order {
        /// The attachment name.
        name: AttachmentName,
        /// What is ordered.
        addon: NewAddon,
        /// The app that it is for, by which others of its add-ons can be named.
        app: AppName,
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
        /// Process types that it restarts.
        restarts: Vec<String>,
        /// What happens, how long it takes, and who else is touched.
        notes: Vec<String>,
    },
    /// Waits until the add-on can be used. Changes nothing by itself.
    Await {
        /// The attachment name.
        name: AttachmentName,
        /// What is known of it.
        addon: Awaited,
        /// Whether this run ordered it, so that the wait is part of the creation.
        ordered_now: bool,
    },
    /// Takes away one that was dropped from the spec.
    Remove(Removal),
    /// Takes another app's add-on from the app.
    Detach(Detachment),
}

impl Operation for Change {
    fn describe(&self) -> Vec<Row> {
        match self {
            Self::Order { name, addon, monthly_cents, .. } => {
                let cost = monthly_cents.map(|after_cents| Cost { before_cents: 0, after_cents });
                let row = Row::new(SECTION.address(name), Action::Create).titled(&addon.plan).costing(cost);
                vec![row.with(order_fields(addon))]
            }
            Self::ChangePlan { name, before, after, cost, .. } => vec![
                Row::new(SECTION.address(name), Action::Update)
                    .titled(after)
                    .costing(Some(*cost))
                    .with([Field::plain("plan", Some(before), Some(after))]),
            ],
            Self::Remove(removal) => vec![removal.row()],
            Self::Detach(detachment) => vec![detachment.row()],
            Self::Await { name, addon, ordered_now: true } => {
                let row = Row::new(SECTION.address(name), Action::Create).titled(&addon.plan);
                vec![row.waiting_until("ready")]
            }
            Self::Await { name, addon, ordered_now: false } => vec![
                Row::new(SECTION.address(name), Action::Update)
                    .titled(&addon.plan)
                    .waiting_until("available")
                    .because("ordered before, and not ready yet")
                    .with([Field::plain("state", Some(&"provisioning"), Some(&"available"))]),
            ],
        }
    }

    fn effects(&self) -> Effects {
        match self {
            Self::Remove(removal) => removal.effects(),
            Self::Detach(detachment) => detachment.effects(),
            Self::Order { addon, restarts, .. } => {
                Effects { releases: 1, restarts: restarts.clone(), notes: usually(addon.usually_takes()) }
            }
            Self::ChangePlan { restarts, notes, .. } => {
                Effects { releases: 1, restarts: restarts.clone(), notes: notes.clone() }
            }
            Self::Await { addon, ordered_now: false, .. } => {
                Effects { notes: usually(addon.takes), ..Effects::default() }
            }
            Self::Await { ordered_now: true, .. } => Effects::default(),
        }
    }

    fn needs(&self) -> Vec<Output> {
        match self {
            // Names that no add-on of this spec has are given by no change, and hold nothing up.
            Self::Order { addon, app, .. } => {
                let origins = addon.origins().flat_map(|(_, value)| spec::origin_names(value, app));
                origins.map(Output::AddonReady).chain([Output::App]).collect()
            }
            Self::ChangePlan { .. } | Self::Remove(_) | Self::Detach(_) => vec![Output::App],
            Self::Await { name, .. } => vec![Output::App, Output::AddonOrdered(name.clone())],
        }
    }

    fn gives(&self) -> Vec<Output> {
        match self {
            Self::Order { name, .. } | Self::ChangePlan { name, .. } => {
                vec![Output::AddonOrdered(name.clone())]
            }
            Self::Await { name, .. } => vec![Output::AddonReady(name.clone())],
            Self::Remove(_) | Self::Detach(_) => Vec::new(),
        }
    }

    fn follows(&self) -> Vec<Output> {
        // What goes, goes last: the app may have been told of another one meanwhile.
        if matches!(self, Self::Remove(_) | Self::Detach(_)) { vec![Output::Config] } else { Vec::new() }
    }

    async fn recheck(&self, run: &Run) -> Result<Recheck, CloudError> {
        // Whether an attachment name is free is told by the order itself.
        let (name, addon_id, before, after) = match self {
            Self::ChangePlan { name, addon_id, before, after, .. } => (name, addon_id, before, after),
            Self::Remove(removal) => return removal.recheck(run).await,
            Self::Detach(detachment) => return detachment.recheck(run).await,
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
                let id = order::place(run, name, addon).await?;
                return Ok(Outputs::none().and(Output::AddonOrdered(name.clone()), id));
            }
            Self::ChangePlan { addon_id, after, .. } => change_to(run, addon_id, after).await?,
            Self::Await { name, addon, .. } => ready::wait(run, name, addon).await?,
            Self::Remove(removal) => removal.apply(run).await?,
            Self::Detach(detachment) => detachment.apply(run).await?,
        }
        Ok(Outputs::none())
    }

    #[cfg(test)]
    fn assume(&self, world: &mut World, _: &mut Outputs) {
        match self {
            Self::Remove(removal) => removal.assume(world),
            Self::Detach(detachment) => detachment.assume(world),
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

/// How long it usually takes, where that is known.
fn usually(takes: Option<&'static str>) -> Vec<String> {
    takes.map(str::to_owned).into_iter().collect()
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
