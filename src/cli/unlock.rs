//! `trueup unlock`: shows who holds an environment's lock, and removes it.

use super::arguments::Unlock as Request;
use super::context::{Context, select_one};
use super::session::Session;
use super::{Exit, Output};
use crate::cloud::Stop;
use crate::lock::{self, Looked, Process, Site, State};
use crate::message::{Answer, Failure, Notice, Question, Refusal};

pub(super) async fn run(request: &Request, context: &Context<'_>) -> Result<Exit, Failure> {
    Session::with(context, async |session| Box::pin(unlock(request, session)).await).await
}

async fn unlock(request: &Request, session: &Session<'_>) -> Result<Exit, Failure> {
    let environment = session.load(&select_one(&session.project, request.name.as_deref())?)?;
    session.admit(&environment).await?;
    let clouds = session.clouds().await?;
    let output = session.context.output;
    let of_lock = |error| Refusal::of_lock(&environment.name, error);
    match lock::find(&environment, clouds).await.map_err(of_lock)? {
        Looked::At(site) => one(request, &site, output).await,
        Looked::NotLive(_) => output.answer(&Answer::NotLocked(environment.name.clone())),
    }
}

async fn one(request: &Request, site: &Site, output: &Output) -> Result<Exit, Failure> {
    let environment = site.environment().clone();
    let Some((found, stamp)) = site.look().await? else {
        return output.answer(&Answer::NotLocked(environment));
    };
    let state = found.state(Process::current().as_ref());
    output.answer(&Answer::Locked(environment.clone(), Box::new(found.clone())))?;
    match state {
        State::Held if request.yes => {}
        // Until it is answered nothing was done, so what Ctrl-C does by default is right.
        State::Held => output.agree(Question::BreakLock(environment.clone()), &Stop::default()).await?,
        State::Expired | State::Dead => output.notice(&Notice::LockIsOver(state)),
    }
    if site.remove(&found, &stamp).await? {
        return output.answer(&Answer::Unlocked(environment));
    }
    Err(Failure::LockChanged(environment))
}
