//! Dynos go with the app, and with them what they cost.

use super::{Kind, SECTION};
use crate::cloud::CloudError;
use crate::cloud::heroku::DynoSizePrice;
use crate::resource::removal::{Removal, Remove};
use crate::resource::{Action, Cost, Desired, Overview, Row, World};

impl Remove for Kind {
    /// What a dyno of each size costs.
    type Besides = Vec<DynoSizePrice>;

    async fn look(overview: Overview<'_>) -> Result<Self::Besides, CloudError> {
        if super::running(overview.world).is_empty() {
            return Ok(Vec::new());
        }
        overview.reads.dyno_sizes().await
    }

    fn remove(_: &Desired<'_>, world: &World, prices: &Self::Besides, removal: &mut Removal) {
        let rows = world.formation.iter().map(|live| {
            let each = live.size.as_ref().and_then(|size| DynoSizePrice::monthly_of(prices, size));
            let cost =
                each.map(|each| Cost { before_cents: each * i64::from(live.quantity), after_cents: 0 });
            Row::new(SECTION.address(&live.process_type), Action::Delete).costing(cost)
        });
        removal.goes_with_app(rows.collect::<Vec<_>>());
    }
}
