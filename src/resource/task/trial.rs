//! Whether a value that somebody else makes works once the app has it, as a program of the operator's tells.
//!
//! What must not live here: whether it is delivered at all, for which it has passed the same test before.

use crate::cloud::{CloudError, ErrorKind, Service};
#[cfg(test)]
use crate::resource::World;
use crate::resource::config;
use crate::resource::{Action, Address, Operation, Output, Outputs, Recheck, Row, Run, Section, Verb};
use crate::secret::try_out;
use crate::spec::VarName;

/// What the task says of itself: it works where config vars do.
pub static SECTION: &Section = &config::SECTION;

static TEST: Verb = Verb { does: "test", doing: "testing" };

/// Runs the test on what the app has.
#[derive(Clone, Debug)]
pub struct Change {
    /// The var.
    pub var: VarName,
    /// The program and its arguments.
    pub argv: Vec<String>,
}

impl Change {
    fn address(&self) -> Address {
        SECTION.address(&self.var)
    }
}

impl Operation for Change {
    fn describe(&self) -> Vec<Row> {
        vec![Row::new(self.address(), Action::Update).of_task(&TEST)]
    }

    fn needs(&self) -> Vec<Output> {
        vec![Output::App, Output::Config]
    }

    fn gives(&self) -> Vec<Output> {
        vec![Output::Of(self.address(), "passes its test")]
    }

    /// It changes nothing.
    async fn recheck(&self, _: &Run) -> Result<Recheck, CloudError> {
        Ok(Recheck::AsPlanned)
    }

    async fn apply(&self, run: &Run) -> Result<Outputs, CloudError> {
        let vars = run.clouds.heroku.config_vars(&run.app()).await?;
        let failed = |why: String| {
            let operation = format!("test {} as the app has it", self.var);
            CloudError::new(Service::Trueup, operation, ErrorKind::Invalid, why)
        };
        let value =
            vars.get(self.var.as_str()).ok_or_else(|| failed("the app does not have it".to_owned()))?;
        let tried = try_out(&run.environment.project, &self.argv, &self.var, value).await;
        tried.map_err(|why| failed(format!("{why}; it is delivered, and passed before")))?;
        Ok(Outputs::none())
    }

    #[cfg(test)]
    fn assume(&self, _: &mut World, _: &mut Outputs) {}
}
