//! `trueup rotate`: shows what gets a new value, asks, and replaces it.

use super::Exit;
use super::arguments::Rotate as Request;
use super::context::{Context, select_one};
use super::handed;
use super::one::{One, Words};
use super::session::Session;
use crate::lifecycle::rotate::{self, Asked};
use crate::message::{Answer, Failure, Question, Refusal};
use crate::secret::Supplied;

pub(super) async fn run(request: &Request, context: &Context<'_>) -> Result<Exit, Failure> {
    Session::with(context, async |session| Box::pin(one(request, session)).await).await
}

async fn one(request: &Request, session: &Session<'_>) -> Result<Exit, Failure> {
    let writes = One::new(&request.writing, session)?;
    let environment = session.load(&select_one(&session.project, Some(&request.name))?)?;
    let name = environment.name.clone();
    let selection = rotate::select(&environment.spec, &request.vars, request.generated)
        .map_err(|wrong| Failure::NotRotated(name.clone(), wrong))?;
    let words = Words {
        question: (!request.writing.yes).then(|| Question::Rotate(name.clone())),
        nothing: Answer::NothingToRotate(name.clone()),
        blocked: Refusal::NotRotated(name),
    };
    let plan = async {
        let values = handed::values(&selection, &environment, request.allow_commands, session).await?;
        let reads = session.reads([&environment].into_iter()).await?;
        // What is rotated is drawn, made or handed in, so no source is asked for a value.
        let asked = (environment.clone(), Supplied::default());
        let terms = request.terms();
        session
            .plan_by(asked, &reads, async |overview| {
                Ok(rotate::draft(overview, &selection, &terms, values).await?)
            })
            .await
    };
    Box::pin(writes.run(&request.writing, &environment, plan, words)).await
}

impl Request {
    fn terms(&self) -> Asked {
        let Self { grace, settle, quiet_for, if_older_than, force, .. } = *self;
        Asked { grace, settle, quiet_for, if_older_than, is_forced: force }
    }
}
