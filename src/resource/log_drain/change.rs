//! A log drain that the app lacks.

use crate::cloud::heroku::Drain;
use crate::cloud::{CloudError, ErrorKind};
#[cfg(test)]
use crate::resource::World;
use crate::resource::create::create;
use crate::resource::{Action, Address, Field, Operation, Output, Outputs, Recheck, Row, Run, Shown};
use crate::secret::Secret;

/// `POST /apps/{app}/log-drains`.
#[derive(Clone, Debug)]
pub struct Change {
    /// Where it stands in the spec.
    pub address: Address,
    /// Where it leads.
    pub url: Secret,
    /// Where that comes from.
    pub note: String,
}

impl Operation for Change {
    fn describe(&self) -> Vec<Row> {
        let field = Field {
            path: String::new(),
            before: Shown::Nothing,
            after: Shown::Hidden(self.url.clone()),
            note: Some(self.note.clone()),
        };
        vec![Row::new(self.address.clone(), Action::Create).with([field])]
    }

    fn needs(&self) -> Vec<Output> {
        vec![Output::App]
    }

    fn gives(&self) -> Vec<Output> {
        vec![Output::Nothing]
    }

    /// Whether the app has it by now is told by the addition itself.
    async fn recheck(&self, _: &Run) -> Result<Recheck, CloudError> {
        Ok(Recheck::AsPlanned)
    }

    async fn apply(&self, run: &Run) -> Result<Outputs, CloudError> {
        let (heroku, app) = (&run.clouds.heroku, run.app());
        let find = || async {
            let live: Vec<Drain> = heroku.drains(&app).await?;
            Ok(live.into_iter().find(|live| live.leads_to(&self.url)))
        };
        let is_taken = |error: &CloudError| matches!(error.kind, ErrorKind::Invalid | ErrorKind::Conflict);
        let taken = || format!("the drain {} was added by someone else", self.address);
        create(|| heroku.add_drain(&app, &self.url), find, is_taken, taken).await?;
        Ok(Outputs::none())
    }

    #[cfg(test)]
    fn assume(&self, world: &mut World, _: &mut Outputs) {
        world.log_drain.push(Drain::new(self.address.as_str(), self.url.clone(), false));
    }
}
