//! Domains go with the app. Their DNS stays, and points at a target that Heroku may give to somebody else.

use super::{Kind, SECTION};
use crate::cloud::CloudError;
use crate::cloud::heroku::Domain;
use crate::resource::removal::{Removal, Remove};
use crate::resource::{Action, Desired, Overview, Row, World};

impl Remove for Kind {
    /// The domains of an app whose spec says nothing of them.
    type Besides = Vec<Domain>;

    async fn look(overview: Overview<'_>) -> Result<Self::Besides, CloudError> {
        let is_observed = overview.desired.spec().app.domains.is_some();
        let Some(app) = overview.world.app.live().filter(|_| !is_observed) else { return Ok(Vec::new()) };
        let domains = overview.reads.clouds().heroku.domains(&app.id).await?;
        Ok(domains.into_iter().filter(|domain| domain.is_custom).collect())
    }

    fn remove(_: &Desired<'_>, world: &World, unspoken: &Self::Besides, removal: &mut Removal) {
        let all: Vec<&Domain> = world.domain.iter().chain(unspoken).collect();
        for domain in &all {
            let target = domain.cname.as_deref().map(|target| format!(" at {target}")).unwrap_or_default();
            let reason =
                format!("its DNS still points{target} afterwards: remove the record, which others could use");
            removal.draft.warning(SECTION.address(&domain.hostname), reason);
        }
        let rows = all.iter().map(|domain| Row::new(SECTION.address(&domain.hostname), Action::Delete));
        removal.goes_with_app(rows);
    }
}
