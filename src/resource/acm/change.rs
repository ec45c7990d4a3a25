//! Certificates that Heroku manages, switched on or off.

use super::SECTION;
use crate::cloud::{CloudError, confirmed};
#[cfg(test)]
use crate::resource::World;
use crate::resource::{Action, Field, Operation, Output, Outputs, Recheck, Row, Run, domain};
use crate::spec::Hostname;

/// `POST` or `DELETE /apps/{app}/acm`.
#[derive(Clone, Debug)]
pub struct Change {
    /// Whether it will be on.
    pub on: bool,
    /// The domains that get certificates, whose targets may be others from then on.
    pub domains: Vec<Hostname>,
}

impl Operation for Change {
    fn describe(&self) -> Vec<Row> {
        let field = Field::plain("enabled", Some(&!self.on), Some(&self.on));
        let note = if self.on {
            "each domain gets its certificate once its DNS points at its target, which is not waited for"
        } else {
            "the certificates go: https on the app's own domains fails from then on"
        };
        vec![Row::new(SECTION.whole(), Action::Update).with([field.with_note(note)])]
    }

    fn needs(&self) -> Vec<Output> {
        vec![Output::App]
    }

    fn gives(&self) -> Vec<Output> {
        vec![Output::Nothing]
    }

    /// The dynos have to be paid ones by then, and what this says of targets is the last word.
    fn follows(&self) -> Vec<Output> {
        let targets = self.domains.iter().map(domain::target);
        targets.chain([Output::Formation]).collect()
    }

    async fn recheck(&self, run: &Run) -> Result<Recheck, CloudError> {
        let Some(live) = run.clouds.heroku.app(&run.app()).await? else {
            return Ok(Recheck::Moved(format!("the app `{}` is gone since the plan", run.app_name())));
        };
        let is_done = live.acm == self.on;
        Ok(Recheck::judge(!is_done, is_done, String::new))
    }

    async fn apply(&self, run: &Run) -> Result<Outputs, CloudError> {
        let (heroku, app) = (&run.clouds.heroku, run.app());
        let look = || async { Ok(heroku.app(&app).await?.filter(|live| live.acm == self.on).map(drop)) };
        confirmed(|| heroku.switch_acm(&app, self.on), look).await?;
        if self.domains.is_empty() {
            return Ok(Outputs::none());
        }
        // What cannot be read now is told by the next plan.
        let live = heroku.domains(&app).await.unwrap_or_default();
        let targets = self.domains.iter().filter_map(|hostname| {
            let live = live.iter().find(|live| live.hostname == hostname.as_str())?;
            Some((domain::target(hostname), live.cname.clone()?))
        });
        Ok(targets.fold(Outputs::none(), |outputs, (target, cname)| outputs.and(target, cname)))
    }

    #[cfg(test)]
    fn assume(&self, world: &mut World, _: &mut Outputs) {
        world.acm = Some(self.on);
    }
}
