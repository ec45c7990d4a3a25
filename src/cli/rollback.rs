//! `trueup rollback`: shows what goes back and what does not, asks, and has the code of an earlier release run again.

use super::Exit;
use super::arguments::Rollback as Request;
use super::context::{Context, select_one};
use super::one::{One, Words};
use super::session::Session;
use crate::lifecycle::rollback;
use crate::message::{Answer, Failure, Question, Refusal};
use crate::secret::Supplied;

pub(super) async fn run(request: &Request, context: &Context<'_>) -> Result<Exit, Failure> {
    Session::with(context, async |session| Box::pin(one(request, session)).await).await
}

async fn one(request: &Request, session: &Session<'_>) -> Result<Exit, Failure> {
    let writes = One::new(&request.writing, session)?.waiting_at_most(request.wait);
    let environment = session.load(&select_one(&session.project, Some(&request.name))?)?;
    let name = environment.name.clone();
    let words = Words {
        question: (!request.writing.yes).then(|| Question::RollBack(name.clone())),
        nothing: Answer::RolledBack(name.clone(), request.release),
        blocked: Refusal::NotRolledBack(name),
    };
    let plan = async {
        let reads = session.reads([&environment].into_iter()).await?;
        // What is set again was on the app, so no source is asked for a value.
        let asked = (environment.clone(), Supplied::default());
        session
            .plan_by(asked, &reads, async |overview| Ok(rollback::draft(overview, request.release).await?))
            .await
    };
    Box::pin(writes.run(&request.writing, &environment, plan, words)).await
}
