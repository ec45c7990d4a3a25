//! What Heroku offers and who is asking: plans, dyno sizes, regions, stacks, the account and its rate limit.
//!
//! What must not live here: things of one app.

use serde::Deserialize;

use super::addons::{Price, WirePrice};
use super::call::Call;
use super::wire::{list, number_if_any, or_default};
use super::{CloudError, ErrorKind, Heroku};
use crate::spec::AddonPlan;

/// A plan of an add-on service.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Plan {
    /// With its service: `heroku-postgresql:standard-0`.
    pub name: String,
    /// Its name for people: `Standard 0`.
    pub human_name: Option<String>,
    /// `ga`, `beta`, `alpha`, `deprecated`, `shutdown`; as served.
    pub state: String,
    /// What it costs.
    pub price: Option<Price>,
    /// The compliance regimes it is fit for: `HIPAA`, `PCI`.
    pub compliance: Vec<String>,
    /// Whether it can be bought for an app of the Common Runtime; true unless Heroku says otherwise.
    pub outside_private_spaces: bool,
    /// Whether it can be bought for an app in a private space; true unless Heroku says otherwise.
    pub inside_private_spaces: bool,
    /// Whether it is on show; a plan that is not may be open to some accounts only.
    pub visible: bool,
}

/// A dyno size and its price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DynoSizePrice {
    /// As served, in Heroku's own case: `Standard-1X`.
    pub name: String,
    /// US cents per `unit` for one dyno; `None` where Heroku names no price.
    pub cents: Option<i64>,
    /// The unit of time: `month`.
    pub unit: String,
}

impl DynoSizePrice {
    /// What a dyno of it costs a month, in US cents. Prices by the hour or the second cannot be told by the month.
    #[must_use]
    pub fn monthly(&self) -> Option<i64> {
        self.cents.filter(|_| self.unit == "month")
    }

    /// The same of the size of that name, in any case.
    #[must_use]
    pub fn monthly_of(sizes: &[Self], name: &str) -> Option<i64> {
        sizes.iter().find(|size| size.name.eq_ignore_ascii_case(name))?.monthly()
    }
}

/// A stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stack {
    /// `heroku-24`.
    pub name: String,
    /// `beta`, `public` or `deprecated`; as served.
    pub state: String,
}

#[derive(Deserialize)]
struct WirePlan {
    name: String,
    human_name: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    state: String,
    price: Option<WirePrice>,
    #[serde(default, deserialize_with = "list")]
    compliance: Vec<String>,
    installable_outside_private_network: Option<bool>,
    installable_inside_private_network: Option<bool>,
    visible: Option<bool>,
}

impl From<WirePlan> for Plan {
    fn from(wire: WirePlan) -> Self {
        Self {
            name: wire.name,
            human_name: wire.human_name,
            state: wire.state,
            price: wire.price.and_then(WirePrice::into_price),
            compliance: wire.compliance,
            outside_private_spaces: wire.installable_outside_private_network.unwrap_or(true),
            inside_private_spaces: wire.installable_inside_private_network.unwrap_or(true),
            visible: wire.visible.unwrap_or(true),
        }
    }
}

#[derive(Deserialize)]
struct WireDynoSize {
    name: String,
    cost: Option<WireCost>,
}

#[derive(Deserialize)]
struct WireCost {
    #[serde(default, deserialize_with = "number_if_any")]
    cents: Option<i64>,
    unit: Option<String>,
}

#[derive(Deserialize)]
struct WireStack {
    name: String,
    #[serde(default, deserialize_with = "or_default")]
    state: String,
}

#[derive(Deserialize)]
struct WireRegion {
    name: String,
}

/// An unknown plan or service is a 404 in some places and a 422 in others (heroku-api.md sections 1.3, 8.2).
fn known<T>(answer: Result<T, CloudError>) -> Result<Option<T>, CloudError> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.is_not_found() || error.kind == ErrorKind::Invalid => Ok(None),
        Err(error) => Err(error),
    }
}

impl Heroku {
    /// The plan; `None` when there is none of that name.
    pub async fn plan(&self, plan: &AddonPlan) -> Result<Option<Plan>, CloudError> {
        let wire: Option<WirePlan> = known(self.fetch(Call::get(&["plans", plan.as_str()])).await)?;
        Ok(wire.map(Plan::from))
    }

    /// The names of a service's plans that are on show; `None` when there is no such service.
    pub async fn service_plans(&self, service: &str) -> Result<Option<Vec<String>>, CloudError> {
        let call = Call::get(&["addon-services", service, "plans"]);
        let wire: Option<Vec<WirePlan>> = known(self.list(call).await)?;
        Ok(wire.map(|plans| {
            plans.into_iter().map(Plan::from).filter(|plan| plan.visible).map(|plan| plan.name).collect()
        }))
    }

    /// All dyno sizes with their prices.
    pub async fn dyno_sizes(&self) -> Result<Vec<DynoSizePrice>, CloudError> {
        let wire: Vec<WireDynoSize> = self.list(Call::get(&["dyno-sizes"])).await?;
        let price = |size: WireDynoSize| {
            let (cents, unit) = size.cost.map_or((None, None), |cost| (cost.cents, cost.unit));
            DynoSizePrice { name: size.name, cents, unit: unit.unwrap_or_else(|| "month".to_owned()) }
        };
        Ok(wire.into_iter().map(price).collect())
    }

    /// The names of all regions.
    pub async fn regions(&self) -> Result<Vec<String>, CloudError> {
        let wire: Vec<WireRegion> = self.list(Call::get(&["regions"])).await?;
        Ok(wire.into_iter().map(|region| region.name).collect())
    }

    /// All stacks.
    pub async fn stacks(&self) -> Result<Vec<Stack>, CloudError> {
        let wire: Vec<WireStack> = self.list(Call::get(&["stacks"])).await?;
        Ok(wire.into_iter().map(|WireStack { name, state }| Stack { name, state }).collect())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{Reply, Server};
    use super::*;

    #[tokio::test]
    async fn a_plan_has_its_price_and_where_it_can_be_bought() {
        let server = Server::always(Reply::json(json!({
            "name": "heroku-postgresql:standard-0", "human_name": "Standard 0", "state": "ga", "compliance": null,
            "price": { "cents": 5000, "contract": false, "unit": "month" }, "visible": true,
            "installable_inside_private_network": false, "installable_outside_private_network": true
        })))
        .await;
        let plan = AddonPlan::parse("heroku-postgresql:standard-0").unwrap();
        let plan = server.heroku().plan(&plan).await.unwrap().unwrap();
        assert_eq!((plan.state.as_str(), plan.price.unwrap().cents), ("ga", 5000));
        assert_eq!((plan.outside_private_spaces, plan.inside_private_spaces), (true, false));
        assert!(plan.compliance.is_empty());
        assert_eq!(server.calls(), ["GET /plans/heroku-postgresql:standard-0"]);
    }

    #[tokio::test]
    async fn an_unknown_plan_is_none_whatever_its_status_and_no_right_is_an_error() {
        let plan = AddonPlan::parse("heroku-postgresql:gold").unwrap();
        for (status, id) in [(404, "not_found"), (422, "invalid_params")] {
            let server = Server::always(Reply::error(
                status,
                id,
                "Couldn't find either the add-on service or the plan",
            ))
            .await;
            assert_eq!(server.heroku().plan(&plan).await.unwrap(), None);
            assert_eq!(server.heroku().service_plans("heroku-postgresql").await.unwrap(), None);
        }
        let server = Server::always(Reply::error(401, "unauthorized", "no")).await;
        assert_eq!(server.heroku().plan(&plan).await.unwrap_err().kind, ErrorKind::Unauthorized);
    }

    #[tokio::test]
    async fn plans_that_are_not_on_show_are_not_suggested() {
        let server = Server::always(Reply::json(json!([
            { "name": "heroku-redis:mini" }, { "name": "heroku-redis:secret", "visible": false }
        ])))
        .await;
        let plans = server.heroku().service_plans("heroku-redis").await.unwrap().unwrap();
        assert_eq!(plans, ["heroku-redis:mini"]);
        assert_eq!(server.calls(), ["GET /addon-services/heroku-redis/plans"]);
    }

    #[tokio::test]
    async fn dyno_sizes_have_prices_where_heroku_names_them() {
        let server = Server::always(Reply::json(json!([
            { "name": "Standard-1X", "cost": { "cents": 2500, "unit": "month" } }, { "name": "Private-S", "cost": null }
        ])))
        .await;
        let sizes = server.heroku().dyno_sizes().await.unwrap();
        let prices: Vec<_> =
            sizes.iter().map(|size| (size.name.as_str(), size.cents, size.unit.as_str())).collect();
        assert_eq!(prices, [("Standard-1X", Some(2500), "month"), ("Private-S", None, "month")]);
    }

    #[tokio::test]
    async fn stacks_are_read() {
        let stacks = json!([{ "name": "heroku-24", "state": "public", "default": true }]);
        let server = Server::always(Reply::json(stacks)).await;
        let stack = Stack { name: "heroku-24".to_owned(), state: "public".to_owned() };
        assert_eq!(server.heroku().stacks().await.unwrap(), [stack]);
        assert_eq!(server.calls(), ["GET /stacks"]);
    }
}
