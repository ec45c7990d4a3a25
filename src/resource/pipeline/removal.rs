//! The app's place in a pipeline goes with the app. The pipeline stays, also when no app is left in it.

use super::{Kind, Place, SECTION, of_app};
use crate::cloud::CloudError;
use crate::resource::removal::{Removal, Remove};
use crate::resource::{Action, Desired, Overview, Row, World};

impl Remove for Kind {
    /// Where the app is, and how many others are there.
    type Besides = Option<(Place, usize)>;

    async fn look(overview: Overview<'_>) -> Result<Self::Besides, CloudError> {
        let Overview { desired, world, reads } = overview;
        let Some(app) = world.app.live() else { return Ok(None) };
        let place = match &desired.spec().app.pipeline {
            Some(_) => world.pipeline.place.clone(),
            None => of_app(app, reads).await?.place,
        };
        let Some(place) = place else { return Ok(None) };
        let all = reads.clouds().heroku.couplings_of(&place.pipeline_id).await?;
        let others = all.iter().filter(|coupling| coupling.app_id != app.id).count();
        Ok(Some((place, others)))
    }

    fn remove(_: &Desired<'_>, _: &World, besides: &Self::Besides, removal: &mut Removal) {
        let Some((place, others)) = besides else { return };
        let title = format!("{} ({})", place.name(), place.stage);
        removal.goes_with_app([Row::new(SECTION.whole(), Action::Delete).titled(&title)]);
        if *others == 0 {
            let name = place.name();
            let reason = format!(
                "the pipeline {name} stays, without any app: `heroku pipelines:destroy {name}` removes it"
            );
            removal.draft.warning(SECTION.whole(), reason);
        }
    }
}
