//! Add-ons (heroku-api.md section 3): read, create, change the plan, delete.
//!
//! What must not live here: waiting for one to be ready, which is a series of reads that `resource` paces.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::call::Call;
use super::wire::{Named, list, name_of, number_if_any, or_default, truthy};
use super::{CloudError, Heroku};
use crate::spec::{AddonName, AddonPlan, AttachmentName};

/// An add-on as Heroku has it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Addon {
    /// Its UUID, which the data API asks for.
    pub id: String,
    /// Its own name, unique on all of Heroku: `postgresql-concave-52656`.
    pub name: String,
    /// The service: `heroku-postgresql`.
    pub service: String,
    /// The plan with its service: `heroku-postgresql:standard-0`; the service alone when Heroku does not tell the plan.
    pub plan: String,
    /// The app that it is billed to. A list for one app also holds add-ons that are merely attached there.
    pub app_name: String,
    /// Where it is in its life.
    pub state: AddonState,
    /// The config vars that it sets on the app that it is billed to.
    pub config_vars: Vec<String>,
    /// What it costs, where Heroku says so.
    pub price: Option<Price>,
}

impl Addon {
    /// The most that it comes to in a month, in US cents, as far as that can be told.
    #[must_use]
    pub fn monthly_at_most(&self) -> Option<i64> {
        self.price.as_ref()?.monthly_at_most()
    }
}

/// Where an add-on is in its life.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub enum AddonState {
    /// Being made.
    Provisioning,
    /// Made. A database may still need time: see [`Heroku::wait_status`].
    Provisioned,
    /// Being removed; not in the published schema, but served.
    Deprovisioning,
    /// Removed, or could not be made.
    Deprovisioned,
    /// A state that this version does not know, as served.
    Other(String),
}

/// A price as Heroku bills it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Price {
    /// US cents per `unit`.
    pub cents: i64,
    /// The unit of time: `month`.
    pub unit: String,
    /// Whether a contract sets the real price.
    pub contract: bool,
    /// Whether use is counted, so that `cents` is a bound and not a sum.
    pub metered: bool,
}

impl Price {
    /// What it comes to in a month, in US cents. Under a contract, or by another unit of time, nobody can tell, and of what
    /// is counted by use only the most is known.
    #[must_use]
    pub fn monthly(&self) -> Option<i64> {
        self.monthly_at_most().filter(|_| !self.metered)
    }

    /// The most that it comes to in a month, in US cents, as far as that can be told.
    #[must_use]
    pub fn monthly_at_most(&self) -> Option<i64> {
        (self.unit == "month" && !self.contract).then_some(self.cents)
    }
}

/// An add-on to create.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAddon {
    /// What to buy.
    pub plan: AddonPlan,
    /// The name under which it is attached to the app.
    pub attachment: AttachmentName,
    /// Options for the provider, which cannot be read back.
    pub config: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct WireAddon {
    id: String,
    name: String,
    addon_service: Option<Named>,
    plan: Option<WirePlan>,
    app: Option<Named>,
    #[serde(default, deserialize_with = "or_default")]
    state: String,
    #[serde(default, deserialize_with = "list")]
    config_vars: Vec<String>,
    billed_price: Option<WirePrice>,
}

/// With `Accept-Expansion: plan` the reference is a whole plan.
#[derive(Deserialize)]
#[serde(untagged)]
enum WirePlan {
    Name(String),
    Whole { name: Option<String>, price: Option<WirePrice> },
}

#[derive(Deserialize)]
pub(super) struct WirePrice {
    #[serde(default, deserialize_with = "number_if_any")]
    cents: Option<i64>,
    unit: Option<String>,
    #[serde(default, deserialize_with = "truthy")]
    contract: bool,
    #[serde(default, deserialize_with = "truthy")]
    metered: bool,
}

impl WirePrice {
    /// The price, when it has a sum.
    pub(super) fn into_price(self) -> Option<Price> {
        let unit = self.unit.unwrap_or_else(|| "month".to_owned());
        Some(Price { cents: self.cents?, unit, contract: self.contract, metered: self.metered })
    }
}

impl From<WireAddon> for Addon {
    fn from(wire: WireAddon) -> Self {
        let (plan, list_price) = match wire.plan {
            Some(WirePlan::Name(name)) => (Some(name), None),
            Some(WirePlan::Whole { name, price }) => (name, price),
            None => (None, None),
        };
        let plan = plan.filter(|plan| !plan.is_empty());
        let of_plan = || Some(plan.as_ref()?.split(':').next().unwrap_or_default().to_owned());
        let service = name_of(wire.addon_service).or_else(of_plan);
        let service = service.unwrap_or_else(|| AddonPlan::UNKNOWN.to_owned());
        Self {
            id: wire.id,
            name: wire.name,
            app_name: name_of(wire.app).unwrap_or_default(),
            state: AddonState::from(wire.state),
            config_vars: wire.config_vars,
            // What is billed may differ from the list price, under a contract.
            price: wire
                .billed_price
                .and_then(WirePrice::into_price)
                .or_else(|| list_price.and_then(WirePrice::into_price)),
            plan: plan.unwrap_or_else(|| service.clone()),
            service,
        }
    }
}

impl From<String> for AddonState {
    fn from(state: String) -> Self {
        match state.as_str() {
            "provisioning" => Self::Provisioning,
            "provisioned" => Self::Provisioned,
            "deprovisioning" => Self::Deprovisioning,
            "deprovisioned" => Self::Deprovisioned,
            _ => Self::Other(state),
        }
    }
}

#[derive(Serialize)]
struct WireNewAddon<'a> {
    plan: &'a AddonPlan,
    attachment: WireAttachmentName<'a>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    config: &'a BTreeMap<String, String>,
}

#[derive(Serialize)]
struct WireAttachmentName<'a> {
    name: &'a AttachmentName,
}

/// With the plan's price and the service's name.
fn expanded(call: Call) -> Call {
    call.sdk().header("Accept-Expansion", "addon_service,plan")
}

impl Heroku {
    /// The app's add-ons, those that are merely attached to it included.
    pub async fn addons(&self, app: &str) -> Result<Vec<Addon>, CloudError> {
        let wire: Vec<WireAddon> = self.list(expanded(Call::get(&["apps", app, "addons"]))).await?;
        Ok(wire.into_iter().map(Addon::from).collect())
    }

    /// Every add-on that this account may see; `None` when that takes more than so many pages of a thousand.
    pub async fn all_addons(&self, most_pages: usize) -> Result<Option<Vec<Addon>>, CloudError> {
        let call = expanded(Call::get(&["addons"]));
        let wire: Option<Vec<WireAddon>> = self.whole_list(call, most_pages).await?;
        Ok(wire.map(|wire| wire.into_iter().map(Addon::from).collect()))
    }

    /// One add-on of the app, by UUID or name; `None` when it is gone.
    pub async fn addon(&self, app: &str, id_or_name: &str) -> Result<Option<Addon>, CloudError> {
        let call = expanded(Call::get(&["apps", app, "addons", id_or_name]));
        let wire: Option<WireAddon> = self.fetch_optional(call).await?;
        Ok(wire.map(Addon::from))
    }

    /// An add-on of any app, by its name; `None` when there is none that this account may see.
    pub async fn addon_named(&self, name: &AddonName) -> Result<Option<Addon>, CloudError> {
        let call = expanded(Call::get(&["addons", name.as_str()]));
        match self.fetch_optional::<WireAddon>(call).await {
            Err(error) if error.is_of_someone_else() => Ok(None),
            wire => Ok(wire?.map(Addon::from)),
        }
    }

    /// Creates an add-on on the app. The answer may still say `Provisioning`; billing begins now. What Heroku wants
    /// confirmed is refused: nobody was asked whether a var that the add-on would overwrite may go.
    pub async fn create_addon(&self, app: &str, new: &NewAddon) -> Result<Addon, CloudError> {
        let NewAddon { plan, attachment, config } = new;
        let attachment = WireAttachmentName { name: attachment };
        let body = WireNewAddon { plan, attachment, config };
        let call = expanded(Call::post(&["apps", app, "addons"], &body));
        self.fetch::<WireAddon>(call).await.map(Addon::from)
    }

    /// Removes an add-on with all that it holds. Refused while other apps use it.
    pub async fn remove_addon(&self, app: &str, id: &str) -> Result<(), CloudError> {
        self.gone(Call::delete(&["apps", app, "addons", id])).await
    }

    /// Moves an add-on to another plan of its service. For a database this goes on in the background for long.
    pub async fn change_plan(
        &self,
        app: &str,
        id_or_name: &str,
        plan: &AddonPlan,
    ) -> Result<Addon, CloudError> {
        let path = ["apps", app, "addons", id_or_name];
        // Twice could begin two migrations, and the second would be refused although the first goes on.
        let call = expanded(Call::patch(&path, &serde_json::json!({ "plan": plan })).once());
        self.fetch::<WireAddon>(call).await.map(Addon::from)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::testing::{Reply, Server};
    use super::*;

    fn database() -> Value {
        json!({
            "id": "a1", "name": "postgresql-concave-52656", "state": "provisioning", "config_vars": null,
            "addon_service": { "id": "s", "name": "heroku-postgresql" }, "app": { "id": "1", "name": "ledger" },
            "plan": { "id": "p", "name": "heroku-postgresql:standard-0",
                      "price": { "cents": 5000, "contract": false, "unit": "month", "metered": false } },
            "provider_id": "x"
        })
    }

    #[tokio::test]
    async fn an_addon_is_read_with_its_price_and_state() {
        let server = Server::always(Reply::json(json!([database()]))).await;
        let addons = server.heroku().addons("ledger").await.unwrap();
        let expected = Addon {
            id: "a1".to_owned(),
            name: "postgresql-concave-52656".to_owned(),
            service: "heroku-postgresql".to_owned(),
            plan: "heroku-postgresql:standard-0".to_owned(),
            app_name: "ledger".to_owned(),
            state: AddonState::Provisioning,
            config_vars: Vec::new(),
            price: Some(Price { cents: 5000, unit: "month".to_owned(), contract: false, metered: false }),
        };
        assert_eq!(addons, [expected]);
        let seen = server.only();
        assert_eq!(seen.call, "GET /apps/ledger/addons");
        assert_eq!(seen.header("accept-expansion"), Some("addon_service,plan"));
    }

    #[tokio::test]
    async fn the_accounts_list_has_prices_too() {
        let server = Server::always(Reply::json(json!([database()]))).await;
        let addons = server.heroku().all_addons(1).await.unwrap().unwrap();
        assert_eq!(addons[0].price.as_ref().map(|price| price.cents), Some(5000));
        let seen = server.only();
        assert_eq!(seen.call, "GET /addons");
        assert_eq!(seen.header("accept-expansion"), Some("addon_service,plan"));
    }

    #[tokio::test]
    async fn without_the_expansion_the_service_comes_from_the_plan_and_what_is_billed_counts() {
        let server = Server::always(Reply::json(json!({
            "id": "a1", "name": "n", "state": "resting", "plan": { "id": "p", "name": "heroku-redis:mini" },
            "billed_price": { "cents": 300, "contract": true, "unit": "month" }
        })))
        .await;
        let addon = server.heroku().addon("ledger", "a1").await.unwrap().unwrap();
        assert_eq!(addon.service, "heroku-redis");
        assert_eq!(addon.state, AddonState::Other("resting".to_owned()));
        assert_eq!(addon.price.map(|price| (price.cents, price.contract)), Some((300, true)));
    }

    #[tokio::test]
    async fn a_plan_that_is_not_told_leaves_the_service_and_never_stops_a_plan() {
        for plan in [Value::Null, json!({}), json!({ "id": "p", "name": null }), json!({ "name": "" })] {
            let body = json!([{ "id": "a1", "name": "n", "state": "provisioned", "plan": plan,
                "addon_service": { "name": "heroku-redis" } }]);
            let server = Server::always(Reply::json(body)).await;
            let addons = server.heroku().addons("ledger").await.unwrap();
            assert_eq!(
                (addons[0].plan.as_str(), addons[0].service.as_str()),
                ("heroku-redis", "heroku-redis")
            );
        }
    }

    #[test]
    fn states_have_their_names() {
        let state = |text: &str| AddonState::from(text.to_owned());
        assert_eq!(state("provisioned"), AddonState::Provisioned);
        assert_eq!(state("deprovisioning"), AddonState::Deprovisioning);
        assert_eq!(state("deprovisioned"), AddonState::Deprovisioned);
    }

    #[tokio::test]
    async fn a_new_addon_is_ordered_and_nothing_is_confirmed_for_the_user() {
        let server = Server::always(Reply::new(202, database().to_string())).await;
        let new = NewAddon {
            plan: AddonPlan::parse("heroku-postgresql:standard-0").unwrap(),
            attachment: AttachmentName::parse("DATABASE").unwrap(),
            config: [("version".to_owned(), "17".to_owned())].into(),
        };
        let addon = server.heroku().create_addon("ledger", &new).await.unwrap();
        assert_eq!(addon.state, AddonState::Provisioning);
        let seen = server.only();
        assert_eq!(seen.call, "POST /apps/ledger/addons");
        let body = json!({
            "plan": "heroku-postgresql:standard-0", "attachment": { "name": "DATABASE" },
            "config": { "version": "17" }
        });
        assert_eq!(seen.body, body);
    }

    #[tokio::test]
    async fn a_change_of_plan_is_sent_once() {
        let server = Server::always(Reply::new(502, "")).await;
        let plan = AddonPlan::parse("heroku-postgresql:standard-2").unwrap();
        server.heroku().change_plan("ledger", "a1", &plan).await.unwrap_err();
        let seen = server.only();
        assert_eq!(seen.call, "PATCH /apps/ledger/addons/a1");
        assert_eq!(seen.body, json!({ "plan": "heroku-postgresql:standard-2" }));
    }
}
