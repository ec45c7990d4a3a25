//! `trueup deploy`: has the code of a folder built and released, and scales what the release brings.

use std::path::Path;

use super::Exit;
use super::arguments::Deploy as Request;
use super::context::{Context, select_one};
use super::one::{One, Words};
use super::session::Session;
use crate::lifecycle::deploy;
use crate::message::{Answer, Failure, Question, Refusal};
use crate::secret::Supplied;
use crate::source::Source;

pub(super) async fn run(request: &Request, context: &Context<'_>) -> Result<Exit, Failure> {
    Session::with(context, async |session| Box::pin(one(request, session)).await).await
}

async fn one(request: &Request, session: &Session<'_>) -> Result<Exit, Failure> {
    let writes = One::new(&request.writing, session)?.waiting_at_most(request.wait);
    let environment = session.load(&select_one(&session.project, request.name.as_deref())?)?;
    let source = read(request.source.as_deref().unwrap_or(&session.project)).await?;
    let name = environment.name.clone();
    let words = Words {
        question: (!request.writing.yes).then(|| Question::Deploy(name.clone())),
        nothing: Answer::Deployed(name.clone()),
        blocked: Refusal::NotDeployed(name),
    };
    let plan = async {
        let reads = session.reads([&environment].into_iter()).await?;
        // Code needs no values: the app has its config already.
        let asked = (environment.clone(), Supplied::default());
        session.plan_by(asked, &reads, async |overview| Ok(deploy::draft(overview, &source).await?)).await
    };
    Box::pin(writes.run(&request.writing, &environment, plan, words)).await
}

/// A large tree takes seconds to pack; an interruption does not wait for it.
async fn read(folder: &Path) -> Result<Source, Failure> {
    let folder = folder.to_owned();
    let read = tokio::task::spawn_blocking(move || Source::read(&folder)).await;
    Ok(read.map_err(|_| Failure::Interrupted)??)
}
