//! `trueup unlock`: shows who holds an environment's lock, and removes it.

use super::arguments::Unlock as Request;
use super::context::{Context, select_one};
use super::session::Session;
use super::{Exit, Failure, Output, lock};
use crate::lock::{Looked, Process, Site, State};
use crate::view;

pub(super) async fn run(request: &Request, context: &Context<'_>) -> Result<Exit, Failure> {
    Session::with(context, async |session| Box::pin(unlock(request, session)).await).await
}

async fn unlock(request: &Request, session: &Session<'_>) -> Result<Exit, Failure> {
    let environment = session.load(&select_one(&session.project, request.name.as_deref())?)?;
    let clouds = session.clouds().await?;
    let output = session.context.output;
    match crate::lock::find(&environment, clouds).await.map_err(lock::failure(&environment))? {
        Looked::At(site) => one(request, &site, output).await,
        Looked::NotLive(_) => not_locked(environment.name.as_str(), output),
    }
}

fn not_locked(environment: &str, output: &Output) -> Result<Exit, Failure> {
    output.data(&format!("{environment} is not locked\n"))
}

async fn one(request: &Request, site: &Site, output: &Output) -> Result<Exit, Failure> {
    let environment = site.environment().as_str();
    let Some((found, stamp)) = site.look().await? else { return not_locked(environment, output) };
    let state = found.state(Process::current().as_ref());
    output.data(&format!("{environment} is {}\n", view::lock::holder(&found)))?;
    if state == State::Held {
        agreed(request, environment, output).await?;
    } else {
        output.tell(&format!("{}\n", view::lock::why_over(state)));
    }
    if site.remove(&found, &stamp).await? {
        return output.data(&format!("{environment} is not locked any more\n"));
    }
    Err(Failure::message(
        format!("the lock of {environment} changed while it was removed, so it may still be held"),
        Some("run the same command again"),
    ))
}

async fn agreed(request: &Request, environment: &str, output: &Output) -> Result<(), Failure> {
    if request.yes {
        return Ok(());
    }
    if !output.is_interactive() {
        return Err(Failure::message(
            "nobody can be asked here, so the lock was left alone",
            Some("add --yes to break a lock that still holds"),
        ));
    }
    if output.confirm(&format!("Break the lock of {environment}, though its holder may still run?")).await {
        return Ok(());
    }
    Err(Failure::message("not confirmed, so the lock was left alone", None))
}
