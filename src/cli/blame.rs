//! Asks an app's releases who moved what they tell of: once, and only where something moved.
//!
//! What must not live here: what the releases mean, which is `drift`'s.

use crate::cloud::Clouds;
use crate::drift::{self, Blame};
use crate::plan::Plan;
use crate::resource::{Desired, Note, World, config};

/// Tells who moved what; releases that cannot be read are a warning of the plan, and no failure.
pub(super) async fn tell(plan: &mut Plan, desired: &Desired<'_>, world: &World, clouds: &Clouds) {
    let moved = drift::moved(plan, desired);
    let is_told = drift::is_told_by_releases(plan, desired);
    let Some(app) = plan.place.app_id.clone().filter(|_| is_told) else { return };
    let releases = match clouds.heroku.releases(&app).await {
        Ok(releases) => releases,
        Err(error) => {
            let reason = format!("who changed it is not known, since the releases cannot be read: {error}");
            return plan.warnings.push(Note { address: config::SECTION.whole(), reason, cause: None });
        }
    };
    let mut blame = Blame::of(releases);
    while let Some(version) = blame.next(&moved) {
        let vars = clouds.heroku.config_vars_of(&app, version).await;
        blame.give(version, vars.unwrap_or_default());
    }
    let own = if drift::supplied(&moved, desired).is_empty() {
        None
    } else {
        clouds.heroku.account_email().await.ok().flatten()
    };
    drift::settle(plan, desired, world, &blame, own.as_deref());
}
