//! Not a thing but what Heroku offers: plans, prices, regions and stacks. Read in the second wave, and only
//! for what the first wave showed to be missing, so that a plan without changes costs no call.

use std::collections::BTreeMap;

use super::{Desired, Draft, Resource, World};
use crate::cloud::heroku::{DynoSizePrice, Plan};
use crate::cloud::{CloudError, Clouds};
use crate::spec::{Addon, AddonPlan, DynoSize, NewAddon, Spec, nearest};

/// The kind.
#[derive(Clone, Debug)]
pub struct Kind;

/// Nothing can be done to it.
pub type Change = super::never::Never<Kind>;

/// What Heroku offers, as far as it was asked.
#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct Observed {
    /// Plans that the spec newly asks for: `None` for one that does not exist.
    plans: BTreeMap<AddonPlan, Option<Plan>>,
    /// The plans that exist, for services of which an unknown one was asked for.
    alternatives: BTreeMap<String, Vec<String>>,
    /// Dyno sizes in lower case and their monthly price in US cents; empty when not asked.
    dyno_sizes: BTreeMap<String, Option<i64>>,
    /// Regions; empty when not asked.
    regions: Vec<String>,
    /// Stacks; empty when not asked.
    stacks: Vec<String>,
}

impl Observed {
    /// The monthly price of a plan, when it was asked for.
    #[must_use]
    pub fn monthly_cents(&self, plan: &AddonPlan) -> Option<i64> {
        self.plans.get(plan)?.as_ref()?.price.as_ref().map(|price| price.cents)
    }

    /// The monthly price of a dyno, when Heroku tells one.
    #[must_use]
    pub fn dyno_cents(&self, size: &str) -> Option<i64> {
        self.dyno_sizes.get(size).copied().flatten()
    }
}

impl Resource for Kind {
    type Observed = Observed;
    type Change = Change;

    async fn observe(spec: &Spec, clouds: &Clouds, seen: &World) -> Result<Observed, CloudError> {
        let asked = questions(spec, seen);
        let heroku = &clouds.heroku;
        let plans = futures_util::future::try_join_all(asked.plans.iter().map(|plan| async move {
            let found = heroku.plan(plan).await?;
            let others = if found.is_none() { heroku.service_plans(plan.service()).await? } else { None };
            Ok::<_, CloudError>((plan.clone(), found, others))
        }));
        let sizes = async { if asked.dyno_sizes { heroku.dyno_sizes().await.map(Some) } else { Ok(None) } };
        let regions = async { if asked.regions { heroku.regions().await.map(Some) } else { Ok(None) } };
        let stacks = async { if asked.stacks { heroku.stacks().await.map(Some) } else { Ok(None) } };
        let (plans, sizes, regions, stacks) = tokio::try_join!(plans, sizes, regions, stacks)?;
        let alternatives = plans
            .iter()
            .filter_map(|(plan, _, others)| Some((plan.service().to_owned(), others.clone()?)))
            .collect();
        Ok(Observed {
            plans: plans.into_iter().map(|(plan, found, _)| (plan, found)).collect(),
            alternatives,
            dyno_sizes: sizes.unwrap_or_default().iter().map(monthly).collect(),
            regions: regions.unwrap_or_default(),
            stacks: stacks.unwrap_or_default().into_iter().map(|stack| stack.name).collect(),
        })
    }

    /// The preflight: what the spec asks for and Heroku does not offer.
    fn diff(desired: &Desired<'_>, world: &World, draft: &mut Draft) {
        let spec = desired.spec();
        let catalog = &world.catalog;
        for (name, addon) in new_addons(spec) {
            match catalog.plans.get(&addon.plan) {
                Some(None) => draft.mistake(
                    format!("addons.{name}.plan"),
                    format!("Heroku has no add-on plan `{}`", addon.plan),
                    Some(alternatives(catalog, &addon.plan)),
                ),
                Some(Some(plan)) if !is_open(plan) => draft.mistake(
                    format!("addons.{name}.plan"),
                    format!(
                        "the add-on plan `{}` is not open for new orders: its state is `{}`",
                        addon.plan, plan.state
                    ),
                    None,
                ),
                Some(Some(_)) | None => {}
            }
        }
        let wanted = spec
            .app
            .region
            .as_ref()
            .map(|region| ("app.region", "region", region.as_str(), &catalog.regions));
        let stack =
            spec.app.stack.as_ref().map(|stack| ("app.stack", "stack", stack.as_str(), &catalog.stacks));
        for (key, what, name, offered) in wanted.into_iter().chain(stack) {
            if !offered.is_empty() && !offered.iter().any(|one| one == name) {
                draft.mistake(
                    key,
                    format!("Heroku has no {what} `{name}`"),
                    Some(format!("it has {}", offered.join(", "))),
                );
            }
        }
        for (process_type, formation) in &spec.formation {
            if let Some(size) = formation.size.as_ref().filter(|size| is_unknown(catalog, size)) {
                let offered: Vec<&str> = catalog.dyno_sizes.keys().map(String::as_str).collect();
                draft.mistake(
                    format!("formation.{process_type}.size"),
                    format!("Heroku has no dyno size `{size}`"),
                    Some(format!("it has {}", offered.join(", "))),
                );
            }
        }
    }
}

fn is_unknown(catalog: &Observed, size: &DynoSize) -> bool {
    !catalog.dyno_sizes.is_empty() && !catalog.dyno_sizes.contains_key(size.as_str())
}

/// Prices by the hour or the second cannot be told by the month.
fn monthly(size: &DynoSizePrice) -> (String, Option<i64>) {
    (size.name.to_ascii_lowercase(), size.cents.filter(|_| size.unit == "month"))
}

/// A plan that is on its way out takes no new orders; unknown states are taken at their word.
fn is_open(plan: &Plan) -> bool {
    !matches!(plan.state.as_str(), "deprecated" | "shutdown" | "retired" | "disabled")
}

fn alternatives(catalog: &Observed, plan: &AddonPlan) -> String {
    let service = plan.service();
    let Some(plans) = catalog.alternatives.get(service).filter(|plans| !plans.is_empty()) else {
        return format!("there is no add-on service `{service}` either; see `heroku addons:services`");
    };
    let mut tiers: Vec<&str> =
        plans.iter().map(|plan| plan.split_once(':').map_or(plan.as_str(), |(_, tier)| tier)).collect();
    tiers.sort_unstable();
    let listed = format!("{service} has the plans {}", tiers.join(", "));
    match nearest(&plan.to_string(), plans.iter().map(String::as_str)) {
        Some(meant) => format!("did you mean `{meant}`? {listed}"),
        None => listed,
    }
}

fn new_addons(spec: &Spec) -> impl Iterator<Item = (&crate::spec::AttachmentName, &NewAddon)> {
    spec.addons.iter().filter_map(|(name, addon)| match addon {
        Addon::Create(addon) => Some((name, addon)),
        Addon::Attach(_) => None,
    })
}

/// What has to be asked, given what is live: a pure answer to "what is missing".
struct Questions {
    plans: Vec<AddonPlan>,
    dyno_sizes: bool,
    regions: bool,
    stacks: bool,
}

fn questions(spec: &Spec, seen: &World) -> Questions {
    let is_live = |plan: &AddonPlan| seen.addon.iter().any(|addon| addon.plan == plan.as_str());
    let mut plans: Vec<AddonPlan> = new_addons(spec).map(|(_, addon)| addon.plan.clone()).collect();
    plans.retain(|plan| !is_live(plan));
    plans.sort();
    plans.dedup();
    let live = seen.app.live();
    let stack = spec.app.stack.as_ref();
    Questions {
        plans,
        dyno_sizes: spec.formation.iter().any(|(process_type, wanted)| {
            let live = seen.formation.iter().find(|live| live.process_type == process_type.as_str());
            live.is_none_or(|live| {
                live.quantity != wanted.quantity
                    || wanted.size.as_ref().is_some_and(|size| size.as_str() != live.size)
            })
        }),
        regions: live.is_none() && spec.app.region.is_some(),
        stacks: stack.is_some_and(|stack| live.is_none_or(|live| live.build_stack != stack.as_str())),
    }
}
