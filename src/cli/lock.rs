//! `apply --lock`: takes the environment's lock before anything is read, and gives it back at the end, whatever
//! the end.

use std::time::Duration;

use super::session::Session;
use super::{Failure, Output};
use crate::lock::{self, Keeper, LockError, Looked, Loss, Released, Taken, Terms};
use crate::resource::Stop;
use crate::settings::Settings;
use crate::spec::{Environment, EnvironmentName};
use crate::view;

/// How long giving the lock back may take before it is left to expire.
const PATIENCE: Duration = Duration::from_secs(30);

/// What keeps others from an environment while it is applied, or nothing when that was not asked for or there is
/// no bucket yet.
pub(super) struct Lock {
    environment: EnvironmentName,
    /// Asked with the whole run, and when the lock is lost.
    pub(super) stop: Stop,
    keeper: Option<Keeper>,
}

impl Lock {
    /// No lock, and a way to stop all the same.
    pub(super) fn none(environment: &EnvironmentName, stop: &Stop) -> Self {
        Self { environment: environment.clone(), stop: stop.child(), keeper: None }
    }

    /// Takes it, unless there is no bucket yet to hold it: on a first apply.
    pub(super) async fn take(
        environment: &Environment,
        session: &Session<'_>,
        stop: &Stop,
    ) -> Result<Self, Failure> {
        let none = Self::none(&environment.name, stop);
        let output = session.context.output;
        let site = match lock::find(environment, session.clouds().await?)
            .await
            .map_err(failure(environment))?
        {
            Looked::At(site) => site,
            Looked::NotLive(bucket) => {
                warn(
                    output,
                    &format!(
                        "{} is applied without a lock this time: {bucket}, the bucket that holds the lock, is not live yet",
                        environment.name
                    ),
                );
                return Ok(none);
            }
        };
        let terms = terms(&session.context.settings);
        let Taken { held, from } = site.take(terms).await.map_err(failure(environment))?;
        if let Some((found, state)) = from {
            warn(
                output,
                &format!(
                    "the lock of {} was taken over, since {}; it was {}",
                    environment.name,
                    view::lock::why_over(state),
                    view::lock::holder(&found)
                ),
            );
        }
        let (stop, output, name) = (none.stop.clone(), output.clone(), environment.name.clone());
        let keeper = Keeper::start(held, move |loss: &Loss| {
            let why = view::lock::loss(loss);
            let text =
                format!("the lock of {name} was lost while it was applied, so nothing new starts: {why}");
            output.insist(&format!("\n{}", view::error::warning(&text, output.stderr_theme())));
            stop.ask();
        });
        Ok(Self { keeper: Some(keeper), ..none })
    }

    /// Whether it was taken, and is not ours any more.
    pub(super) fn is_lost(&self) -> bool {
        self.keeper.as_ref().is_some_and(Keeper::is_lost)
    }

    /// Gives it back. What goes wrong is told and changes nothing else: the lock expires by itself.
    pub(super) async fn release(self, stop: &Stop, output: &Output) {
        let (was_lost, environment) = (self.is_lost(), self.environment);
        let Some(keeper) = self.keeper else { return };
        let was_asked = stop.is_asked();
        let released = tokio::select! {
            released = tokio::time::timeout(PATIENCE, keeper.release()) => released.ok(),
            () = stop.asked(), if !was_asked => None,
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
}

fn warn(output: &Output, text: &str) {
    output.tell(&view::error::warning(text, output.stderr_theme()));
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
