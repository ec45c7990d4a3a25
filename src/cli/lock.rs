//! `apply --lock`: takes the environment's lock before anything is read, and gives it back at the end, whatever
//! the end.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, select};

use super::session::Session;
use super::signal::Interruptions;
use super::{Failure, Output};
use crate::lock::{self, Keeper, LockError, Looked, Loss, Released, Taken, Terms};
use crate::resource::Stop;
use crate::settings::Settings;
use crate::spec::Environment;
use crate::view;

/// How long giving the lock back may take before it is left to expire.
const PATIENCE: Duration = Duration::from_secs(30);

/// Takes the lock. `stop` is asked when it is lost. `None` on a first apply: there is no bucket to hold it yet.
///
/// Ctrl-C does not cut this off, since nobody would know whether the lock was taken: it is given back at once.
pub(super) async fn take(
    environment: &Environment,
    session: &mut Session<'_>,
    stop: &Stop,
    output: &Output,
) -> Result<Option<Keeper>, Failure> {
    let taking = Box::pin(taken(environment, session, stop, output));
    let mut interruptions = Interruptions::listen();
    match select(Box::pin(interruptions.next()), taking).await {
        Either::Right((taken, _)) => taken,
        Either::Left(((), taking)) => {
            if let Some(keeper) = taking.await? {
                release(keeper, environment.name.as_str(), output).await;
            }
            Err(stopped())
        }
    }
}

async fn taken(
    environment: &Environment,
    session: &mut Session<'_>,
    stop: &Stop,
    output: &Output,
) -> Result<Option<Keeper>, Failure> {
    let clouds = session.clouds(environment).await?;
    let theme = output.stderr_theme();
    let name = &environment.name;
    let site = match lock::find(environment, &clouds).await.map_err(failure(environment))? {
        Looked::At(site) => site,
        Looked::NotLive(bucket) => {
            let text = format!(
                "{name} is applied without a lock this time: {bucket}, the bucket that holds the lock, is not live yet"
            );
            output.tell(&view::error::warning(&text, theme));
            return Ok(None);
        }
    };
    let Taken { held, from } = site.take(terms(session.settings())).await.map_err(failure(environment))?;
    if let Some((found, state)) = from {
        let text = format!(
            "the lock of {name} was taken over, since {}; it was {}",
            view::lock::why_over(state),
            view::lock::holder(&found)
        );
        output.tell(&view::error::warning(&text, theme));
    }
    let (stop, output, name) = (stop.clone(), output.clone(), Arc::new(name.to_string()));
    Ok(Some(Keeper::start(held, move |loss: &Loss| {
        let why = view::lock::loss(loss);
        let text = format!("the lock of {name} was lost while it was applied, so nothing new starts: {why}");
        output.insist(&format!("\n{}", view::error::warning(&text, theme)));
        stop.ask();
    })))
}

/// Gives it back. What goes wrong is told and changes nothing else: the lock expires by itself.
pub(super) async fn release(keeper: Keeper, environment: &str, output: &Output) {
    let was_lost = keeper.is_lost();
    let mut interruptions = Interruptions::listen();
    let released = tokio::select! {
        released = tokio::time::timeout(PATIENCE, keeper.release()) => released.ok(),
        () = interruptions.next() => None,
    };
    let text = match released {
        Some(Ok(Released::Released)) => return,
        Some(Ok(Released::Broken)) if was_lost => return,
        Some(Ok(Released::Broken)) => format!(
            "the lock of {environment} was removed by someone before the end, so others may have changed it at the same time; `trueup plan {environment}` shows how it is"
        ),
        Some(Err(error)) => {
            format!("the lock of {environment} could not be given back, so it is left to expire: {error}")
        }
        None => format!("the lock of {environment} was not given back in time, so it is left to expire"),
    };
    output.insist(&view::error::warning(&text, output.stderr_theme()));
}

/// What ends a command that was interrupted before it wrote anything.
pub(super) fn stopped() -> Failure {
    Failure::message("interrupted, so nothing was done", None)
}

/// What ends an apply whose lock was lost.
pub(super) fn lost(environment: &str) -> Failure {
    Failure::Refused(
        format!("{environment} is no longer locked by this run, so it was stopped"),
        Some(
            "find out who broke the lock, then run the same command again: it goes on from what is there"
                .to_owned(),
        ),
    )
}

fn terms(settings: &Settings) -> Terms {
    let owner = settings.lock_owner.clone().unwrap_or_else(|| {
        let user = settings.user.as_deref().unwrap_or("someone");
        let host = settings.host.clone().or_else(|| lock::Process::current().map(|here| here.host));
        format!("{user}@{}, process {}", host.as_deref().unwrap_or("a machine"), std::process::id())
    });
    Terms { owner, lifetime: settings.lock_lifetime.unwrap_or(lock::USUAL_LIFETIME) }
}

/// Why there is no lock, with the way out.
pub(super) fn failure(environment: &Environment) -> impl Fn(LockError) -> Failure {
    let name = environment.name.to_string();
    move |error| match error {
        LockError::Cloud(error) => error.into(),
        LockError::NoBucket(_) => Failure::message(
            error.to_string(),
            Some(
                "add a bucket to the spec, or run without --lock and make sure that only one apply runs at a time",
            ),
        ),
        LockError::Foreign { .. } => Failure::Refused(
            format!("{error}, so nothing was done"),
            Some(format!("`trueup plan {name}` shows what to do about it")),
        ),
        LockError::Held(found) => Failure::Refused(
            format!("{name} is locked, so nothing was done: {}", view::lock::holder(&found)),
            Some(format!(
                "wait for it to end, at the latest until {}; or break the lock with `trueup unlock {name}`, when nothing runs any more",
                view::lock::until(&found)
            )),
        ),
        LockError::Restless => Failure::Refused(
            format!("{name} could not be locked, so nothing was done: {error}"),
            Some("run the same command again in a while".to_owned()),
        ),
    }
}
