//! `trueup destroy`: shows everything that goes, asks for the app's name, and has it taken away.

mod expired;

use super::Exit;
use super::arguments::{Destroy as Request, Losses};
use super::context::{Context, select_one};
use super::one::{One, Words};
use super::session::Session;
use crate::lifecycle::destroy;
use crate::message::{Answer, Failure, Question, Refusal};
use crate::resource::removal::Terms;
use crate::secret::Supplied;

pub(super) async fn run(request: &Request, context: &Context<'_>) -> Result<Exit, Failure> {
    Session::with(context, async |session| match request.names.as_slice() {
        _ if request.expired => Box::pin(expired::run(request, session)).await,
        [name] if request.confirm.len() < 2 => Box::pin(one(name, request, session)).await,
        _ => Err(Failure::SeveralToDestroy),
    })
    .await
}

async fn one(name: &str, request: &Request, session: &Session<'_>) -> Result<Exit, Failure> {
    let writes = One::new(&request.writing, session)?;
    let environment = session.load(&select_one(&session.project, Some(name))?)?;
    let (name, app) = (environment.name.clone(), environment.spec.app.name.clone());
    // What was not meant is told before anything is asked.
    let question = match request.confirm.first() {
        Some(given) if destroy::is_confirmed(given, &app) => None,
        Some(given) => return Err(Refusal::WrongName { given: given.clone(), app }.into()),
        None => Some(Question::Destroy { environment: name.clone(), app }),
    };
    let words = Words { question, nothing: Answer::NothingLeft(name.clone()), blocked: Refusal::Kept(name) };
    let plan = async {
        let reads = session.reads([&environment].into_iter()).await?;
        // What is taken away needs no values.
        let asked = (environment.clone(), Supplied::default());
        let terms = request.losses.terms();
        session
            .plan_by(asked, &reads, async |overview| {
                Ok(Box::pin(destroy::draft(overview, terms, &session.project)).await?)
            })
            .await
    };
    Box::pin(writes.run(&request.writing, &environment, plan, words)).await
}

impl Losses {
    fn terms(self) -> Terms {
        let Self { no_backup, empty_buckets, include_adopted } = self;
        Terms { include_adopted, empty_buckets, no_backup }
    }
}
