//! Dynos go with the app, and with them what they cost.

use std::collections::BTreeMap;

use super::{Kind, SECTION};
use crate::cloud::CloudError;
use crate::resource::removal::{Removal, Remove};
use crate::resource::{Action, Cost, Desired, Overview, Row, World};

impl Remove for Kind {
    /// What a dyno of each size costs a month, in US cents; sizes are in lower case.
    type Besides = BTreeMap<String, i64>;

    async fn look(overview: Overview<'_>) -> Result<Self::Besides, CloudError> {
        if super::running(overview.world).is_empty() {
            return Ok(BTreeMap::new());
        }
        let sizes = overview.reads.dyno_sizes().await?.into_iter().filter(|size| size.unit == "month");
        Ok(sizes.filter_map(|size| Some((size.name.to_ascii_lowercase(), size.cents?))).collect())
    }

    fn remove(_: &Desired<'_>, world: &World, prices: &Self::Besides, removal: &mut Removal) {
        let rows = world.formation.iter().map(|live| {
            let size = live.size.as_ref().map(|size| size.to_ascii_lowercase());
            let each = size.and_then(|size| prices.get(&size));
            let cost =
                each.map(|each| Cost { before_cents: each * i64::from(live.quantity), after_cents: 0 });
            Row::new(SECTION.address(&live.process_type), Action::Delete).costing(cost)
        });
        removal.goes_with_app(rows.collect::<Vec<_>>());
    }
}
