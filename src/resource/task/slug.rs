//! The code of another app, released on this one, so that it runs without a build (heroku-api.md section 6).
//!
//! What must not live here: what the dynos are, which is the formation's.

use super::transfer;
use crate::cloud::{CloudError, confirmed};
#[cfg(test)]
use crate::resource::World;
use crate::resource::{
    Action, Effects, Operation, Output, Outputs, Recheck, Row, Run, Section, Verb, config,
};
use crate::spec::AttachmentName;

/// What the task says of itself.
pub static SECTION: Section = Section::new("code").kind("heroku_release").noun("release");

static RELEASE: Verb = Verb { does: "release", doing: "releasing" };

/// That the code is released.
#[must_use]
pub fn released() -> Output {
    Output::Of(SECTION.whole(), "release")
}

/// `POST /apps/{app}/releases` with a slug.
#[derive(Clone, Debug)]
pub struct Change {
    /// The slug's id.
    pub slug: String,
    /// Where it runs: `v7 of ledger-production`.
    pub origin: String,
    /// Add-ons that its release phase may use.
    pub addons: Vec<AttachmentName>,
}

impl Operation for Change {
    fn describe(&self) -> Vec<Row> {
        vec![Row::new(SECTION.whole(), Action::Create).titled(&self.origin).of_task(&RELEASE)]
    }

    fn effects(&self) -> Effects {
        Effects { releases: 1, ..Effects::default() }
    }

    fn needs(&self) -> Vec<Output> {
        let ready = self.addons.iter().cloned().map(Output::AddonReady);
        // What its release phase changes in a database has to be there before.
        let loaded = self.addons.iter().map(transfer::loaded);
        [Output::App, Output::Config].into_iter().chain(ready).chain(loaded).collect()
    }

    fn gives(&self) -> Vec<Output> {
        vec![released()]
    }

    async fn recheck(&self, run: &Run) -> Result<Recheck, CloudError> {
        let live = run.clouds.heroku.current_slug(&run.app()).await?;
        let is_other = live.as_ref().is_some_and(|live| live.id != self.slug);
        Ok(Recheck::judge(!is_other && live.is_none(), !is_other && live.is_some(), || {
            "the app has got other code since the plan".to_owned()
        }))
    }

    async fn apply(&self, run: &Run) -> Result<Outputs, CloudError> {
        let (heroku, app) = (&run.clouds.heroku, run.app());
        let description = format!("Clone of {}", self.origin);
        let send = || async { heroku.release_slug(&app, &self.slug, &description).await };
        let look = || async {
            let live = heroku.current_slug(&app).await?;
            Ok(live.filter(|live| live.id == self.slug).map(drop))
        };
        confirmed(send, look).await?;
        config::release::settled_with(run, "the app runs as it did before", "the code").await?;
        Ok(Outputs::none())
    }

    /// What a spec asks for does not tell which code runs.
    #[cfg(test)]
    fn assume(&self, _: &mut World, _: &mut Outputs) {}
}
