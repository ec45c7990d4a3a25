//! What Heroku offers: plans, prices, regions and stacks. A fact, and nothing that can be changed; asked only for
//! what a kind found missing, so that a plan without changes costs no call.
//!
//! What must not live here: when something is asked for, which each kind decides.

use std::collections::BTreeMap;

use super::addon::Changing;
use super::{Address, Draft, Look};
use crate::cloud::CloudError;
use crate::cloud::heroku::{Addon, AddonState, DynoSizePrice, Plan, Price};
use crate::spec::{AddonName, AddonPart, AddonPlan, DynoSize, nearest};

/// What Heroku offers, as far as it was asked.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct Catalog {
    /// Add-ons that the spec newly attaches: `None` for one that this account cannot see.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    addons: BTreeMap<AddonName, Option<Addon>>,
    /// The credentials of those of which the spec attaches one, where Heroku tells them.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    credentials: BTreeMap<AddonName, Vec<String>>,
    /// Add-ons that get another plan, by their ids.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    changing: BTreeMap<String, Changing>,
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

impl Look<'_> {
    /// Asks for a plan, and for the others of its service when it does not exist.
    pub(super) async fn ask_plan(&self, plan: &AddonPlan) -> Result<(), CloudError> {
        let found = self.reads().plan(plan).await?;
        let others = if found.is_none() { self.reads().service_plans(plan.service()).await? } else { None };
        self.note(|catalog| {
            catalog.plans.insert(plan.clone(), found);
            catalog.alternatives.extend(others.map(|others| (plan.service().to_owned(), others)));
        });
        Ok(())
    }

    /// Asks for an add-on that is to be attached.
    pub(super) async fn ask_addon(&self, wanted: &AddonPart) -> Result<(), CloudError> {
        let found = self.reads().addon_named(&wanted.addon).await?;
        let credentials = match &found {
            Some(addon) if wanted.credential().is_some() => {
                self.clouds().heroku.credential_names(&addon.id).await?
            }
            Some(_) | None => None,
        };
        self.note(|catalog| {
            catalog.addons.insert(wanted.addon.clone(), found);
            catalog.credentials.extend(credentials.map(|names| (wanted.addon.clone(), names)));
        });
        Ok(())
    }

    /// Asks for the credentials of a database of the app, of which the spec attaches one.
    pub(super) async fn ask_credentials(&self, wanted: &AddonPart, addon_id: &str) -> Result<(), CloudError> {
        if wanted.credential().is_none() {
            return Ok(());
        }
        let names = self.clouds().heroku.credential_names(addon_id).await?;
        self.note(|catalog| {
            catalog.credentials.extend(names.map(|names| (wanted.addon.clone(), names)));
        });
        Ok(())
    }

    /// Asks for the dyno sizes.
    pub(super) async fn ask_dyno_sizes(&self) -> Result<(), CloudError> {
        let sizes = self.reads().dyno_sizes().await?;
        let priced = |size: &DynoSizePrice| (size.name.to_ascii_lowercase(), size.monthly());
        self.note(|catalog| catalog.dyno_sizes = sizes.iter().map(priced).collect());
        Ok(())
    }

    /// Asks for the regions.
    pub(super) async fn ask_regions(&self) -> Result<(), CloudError> {
        let regions = self.reads().regions().await?;
        self.note(|catalog| catalog.regions = regions);
        Ok(())
    }

    /// Asks for the stacks.
    pub(super) async fn ask_stacks(&self) -> Result<(), CloudError> {
        let stacks = self.reads().stacks().await?;
        self.note(|catalog| catalog.stacks = stacks.into_iter().map(|stack| stack.name).collect());
        Ok(())
    }
}

impl Catalog {
    /// Whether nothing was asked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The most that a plan costs a month, when it was asked for and that can be told.
    #[must_use]
    pub fn monthly_cents(&self, plan: &AddonPlan) -> Option<i64> {
        self.price(plan)?.monthly_at_most()
    }

    /// What a plan costs, when it was asked for and Heroku told.
    fn price(&self, plan: &AddonPlan) -> Option<&Price> {
        self.plans.get(plan)?.as_ref()?.price.as_ref()
    }

    /// The monthly price of a dyno of a size, in any case, when Heroku tells one.
    #[must_use]
    pub fn dyno_cents(&self, size: &str) -> Option<i64> {
        self.dyno_sizes.get(&size.to_ascii_lowercase()).copied().flatten()
    }

    /// An add-on that is to be attached, when it was asked for and is there.
    #[must_use]
    pub fn addon(&self, name: &AddonName) -> Option<&Addon> {
        self.addons.get(name)?.as_ref()
    }

    /// What a change of an add-on's plan touches, when it was asked.
    pub(super) fn changing(&self, addon_id: &str) -> Option<&Changing> {
        self.changing.get(addon_id)
    }

    /// Notes what a change of an add-on's plan touches.
    pub(super) fn will_change(&mut self, addon_id: &str, known: Changing) {
        self.changing.insert(addon_id.to_owned(), known);
    }

    /// Whether what the spec attaches at this address can be; the draft says why not.
    pub(super) fn check_attached(&self, address: &Address, wanted: &AddonPart, draft: &mut Draft) -> bool {
        let name = &wanted.addon;
        match self.addons.get(name) {
            None => true,
            Some(None) => {
                let message = format!("there is no add-on `{name}` that this account may use");
                let help = "`heroku addons --all` lists add-ons by the names that they can be attached by";
                draft.mistake(address.part("attach").as_str(), message, Some(help.to_owned()));
                false
            }
            Some(Some(addon)) => {
                let is_going = matches!(addon.state, AddonState::Deprovisioning | AddonState::Deprovisioned);
                if is_going {
                    let reason = format!("the add-on {name} of the app {} is being removed", addon.app_name);
                    draft.blocked(address.clone(), reason, "attach another one");
                    return false;
                }
                self.check_part(address, wanted, addon, draft)
            }
        }
    }

    /// Whether a database is known not to have the credential that the spec attaches.
    pub(super) fn lacks_credential(&self, wanted: &AddonPart) -> bool {
        let names = self.credentials.get(&wanted.addon);
        wanted
            .credential()
            .is_some_and(|name| names.is_some_and(|names| !names.iter().any(|one| one == name)))
    }

    /// Whether an add-on has the part that the spec attaches, as far as Heroku tells.
    fn check_part(&self, address: &Address, wanted: &AddonPart, addon: &Addon, draft: &mut Draft) -> bool {
        let name = &wanted.addon;
        let Some(credential) = wanted.credential() else { return true };
        let has_it = !self.lacks_credential(wanted);
        if !has_it {
            draft.blocked(
                address.clone(),
                format!("the database {name} has no credential `{credential}`"),
                format!(
                    "make it, and give it its rights: heroku pg:credentials:create {name} --name {credential} -a {}",
                    addon.app_name
                ),
            );
        }
        has_it
    }

    /// A plan that the spec asks for at this address, and that cannot be ordered, is a mistake.
    pub(super) fn check_plan(&self, address: &Address, plan: &AddonPlan, draft: &mut Draft) {
        let (message, help) = match self.plans.get(plan) {
            Some(None) => (format!("Heroku has no add-on plan `{plan}`"), Some(self.alternatives_to(plan))),
            Some(Some(found)) if !is_open(found) => {
                let state = &found.state;
                (format!("the add-on plan `{plan}` is not open for new orders: its state is `{state}`"), None)
            }
            Some(Some(_)) | None => return,
        };
        draft.mistake(address.part("plan").as_str(), message, help);
    }

    /// A region that does not exist is a mistake.
    pub(super) fn check_region(&self, address: &Address, region: &str, draft: &mut Draft) {
        check_one_of(&self.regions, &address.part("region"), ("region", region), draft);
    }

    /// A stack that does not exist is a mistake.
    pub(super) fn check_stack(&self, address: &Address, stack: &str, draft: &mut Draft) {
        check_one_of(&self.stacks, &address.part("stack"), ("stack", stack), draft);
    }

    /// A dyno size that does not exist is a mistake.
    pub(super) fn check_size(&self, address: &Address, size: &DynoSize, draft: &mut Draft) {
        if !self.dyno_sizes.keys().any(|offered| size.is(offered)) {
            let offered: Vec<String> = self.dyno_sizes.keys().cloned().collect();
            check_one_of(&offered, &address.part("size"), ("dyno size", size.written()), draft);
        }
    }

    fn alternatives_to(&self, plan: &AddonPlan) -> String {
        let service = plan.service();
        let Some(plans) = self.alternatives.get(service).filter(|plans| !plans.is_empty()) else {
            return format!("there is no add-on service `{service}` either; see `heroku addons:services`");
        };
        let mut tiers: Vec<&str> =
            plans.iter().map(|plan| plan.split_once(':').map_or(plan.as_str(), |(_, tier)| tier)).collect();
        tiers.sort_unstable();
        let listed = format!("{service} has the plans {}", tiers.join(", "));
        let meant = nearest(plan.as_str(), plans.iter().map(String::as_str));
        match plan.name_of_today().or(meant) {
            Some(meant) => format!("did you mean `{meant}`? {listed}"),
            None => listed,
        }
    }
}

/// What was not asked for offers nothing, and refuses nothing.
fn check_one_of(offered: &[String], address: &Address, (what, name): (&str, &str), draft: &mut Draft) {
    if !offered.is_empty() && !offered.iter().any(|one| one == name) {
        let help = format!("it has {}", offered.join(", "));
        draft.mistake(address.as_str(), format!("Heroku has no {what} `{name}`"), Some(help));
    }
}

/// A plan that is on its way out takes no new orders; unknown states are taken at their word.
fn is_open(plan: &Plan) -> bool {
    !matches!(plan.state.as_str(), "deprecated" | "shutdown" | "retired" | "disabled")
}

#[cfg(test)]
impl Catalog {
    /// A catalogue that was asked for one add-on that is to be attached.
    pub(crate) fn with_addon(name: &AddonName, addon: Option<Addon>) -> Self {
        Self { addons: BTreeMap::from([(name.clone(), addon)]), ..Self::default() }
    }

    /// A catalogue with the prices of these dyno sizes and plans.
    pub(crate) fn with_prices(sizes: &[(&str, i64)], plans: &[(&str, Price)]) -> Self {
        let plan = |(name, price): &(&str, Price)| {
            let plan = Plan {
                name: (*name).to_owned(),
                human_name: None,
                state: "ga".to_owned(),
                price: Some(price.clone()),
                compliance: Vec::new(),
                outside_private_spaces: true,
                inside_private_spaces: true,
                visible: true,
            };
            (AddonPlan::parse(name).expect("a good plan"), Some(plan))
        };
        Self {
            dyno_sizes: sizes.iter().map(|(name, cents)| ((*name).to_owned(), Some(*cents))).collect(),
            plans: plans.iter().map(plan).collect(),
            ..Self::default()
        }
    }

    /// A catalogue in which a plan does not exist, and its service has these.
    pub(crate) fn without_plan(plan: &AddonPlan, others: &[&str]) -> Self {
        let others = others.iter().map(|name| (*name).to_owned()).collect();
        Self {
            plans: BTreeMap::from([(plan.clone(), None)]),
            alternatives: BTreeMap::from([(plan.service().to_owned(), others)]),
            ..Self::default()
        }
    }
}
