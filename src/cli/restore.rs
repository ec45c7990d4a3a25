//! `trueup restore`: shows what is overwritten with what, asks for the app's name, keeps a backup, and restores.

use super::Exit;
use super::arguments::Restore as Request;
use super::context::{Context, select_one};
use super::one::{One, Words};
use super::session::Session;
use crate::lifecycle::restore::{self, Asked, From, Origin};
use crate::lifecycle::{backup, destroy};
use crate::message::{Answer, Failure, Question, Refusal};
use crate::secret::Supplied;
use crate::spec::AttachmentName;

pub(super) async fn run(request: &Request, context: &Context<'_>) -> Result<Exit, Failure> {
    Session::with(context, async |session| Box::pin(one(request, session)).await).await
}

async fn one(request: &Request, session: &Session<'_>) -> Result<Exit, Failure> {
    let writes = One::new(&request.writing, session)?.waiting_at_most(request.wait);
    let environment = session.load(&select_one(&session.project, Some(&request.name))?)?;
    let (name, app) = (environment.name.clone(), environment.spec.app.name.clone());
    let database = backup::database(&environment.spec, request.database.as_ref())
        .map_err(|none| Failure::NoDatabase(name.clone(), none))?;
    let question = match &request.confirm {
        Some(given) if destroy::is_confirmed(given, &app) => None,
        Some(given) => return Err(Refusal::WrongName { given: given.clone(), app }.into()),
        None => Some(Question::Restore { database: database.clone(), app }),
    };
    let origin = resolve(request.from(session.context)?, &database, session)?;
    let words =
        Words { question, nothing: Answer::AsAsked(name.clone()), blocked: Refusal::NotRestored(name) };
    let plan = async {
        let reads = session.reads([&environment].into_iter()).await?;
        // What is in a database needs no values.
        let given = (environment.clone(), Supplied::default());
        let asked = Asked { name: &database, origin: &origin, allow_protected: request.allow_protected };
        session.plan_by(given, &reads, async |overview| Ok(restore::draft(overview, asked).await?)).await
    };
    Box::pin(writes.run(&request.writing, &environment, plan, words)).await
}

/// An environment is read, with its database: of the same name where it has one.
fn resolve(from: From, database: &AttachmentName, session: &Session<'_>) -> Result<Origin, Failure> {
    let name = match from {
        From::Backup(backup) => return Ok(Origin::Backup(backup)),
        From::Address(address) => return Ok(Origin::Address(address)),
        From::Environment(name) => name,
    };
    let environment = session.load(&name)?;
    let named = backup::database(&environment.spec, Some(database));
    let database = named
        .or_else(|_| backup::database(&environment.spec, None))
        .map_err(|none| Failure::NoDatabase(name, none))?;
    Ok(Origin::Database(Box::new(environment), database))
}

impl Request {
    fn from(&self, context: &Context<'_>) -> Result<From, Failure> {
        let (given, from) = match (&self.from, &self.from_env) {
            (Some(from), _) => ("--from".to_owned(), Some(from.clone())),
            (None, Some(variable)) => {
                let value = (context.lookup)(variable).filter(|value| !value.is_empty());
                (variable.clone(), value.map(|value| value.trim().parse()))
            }
            (None, None) => ("--from".to_owned(), None),
        };
        match from {
            Some(Ok(from)) => Ok(from),
            Some(Err(why)) => Err(Failure::NoOrigin { given, why: Some(why) }),
            None => Err(Failure::NoOrigin { given, why: None }),
        }
    }
}
