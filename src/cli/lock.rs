//! `apply --lock`: takes the environment's lock before anything is read, and releases it at the end, whatever
//! the end.

use std::time::Duration;

use super::Output;
use super::session::Session;
use crate::cloud::Stop;
use crate::lock::{self, Keeper, Looked, Loss, Released, Taken, Terms};
use crate::message::{Failure, LockLeft, Notice, Refusal};
use crate::settings::Settings;
use crate::spec::{Environment, EnvironmentName};

/// How long releasing the lock may take before it is left to expire.
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
    fn none(environment: &EnvironmentName, stop: &Stop) -> Self {
        Self { environment: environment.clone(), stop: stop.child(), keeper: None }
    }

    /// Takes it where that was asked for. An interruption must not cut this off, since nobody would know whether the lock
    /// was taken.
    pub(super) async fn when(
        is_asked_for: bool,
        environment: &Environment,
        session: &Session<'_>,
        stop: &Stop,
    ) -> Result<Self, Failure> {
        if is_asked_for {
            Self::take(environment, session, stop).await
        } else {
            Ok(Self::none(&environment.name, stop))
        }
    }

    /// Takes it, unless there is no bucket yet to hold it: on a first apply.
    async fn take(environment: &Environment, session: &Session<'_>, stop: &Stop) -> Result<Self, Failure> {
        session.admit(environment).await?;
        let none = Self::none(&environment.name, stop);
        let output = session.context.output;
        let of_lock = |error| Refusal::of_lock(&environment.name, error);
        let site = match lock::find(environment, session.clouds().await?).await.map_err(of_lock)? {
            Looked::At(site) => site,
            Looked::NotLive(bucket) => {
                output.notice(&Notice::NotLocked { environment: environment.name.clone(), bucket });
                return Ok(none);
            }
        };
        let terms = terms(&session.context.settings);
        let Taken { held, from } = site.take(terms).await.map_err(of_lock)?;
        if let Some((found, state)) = from {
            let environment = environment.name.clone();
            output.notice(&Notice::LockTakenOver { environment, found: Box::new(found), state });
        }
        let (stop, output, environment) = (none.stop.clone(), output.clone(), environment.name.clone());
        let keeper = Keeper::start(held, move |loss: &Loss| {
            output.notice(&Notice::LockLost { environment, loss: loss.clone() });
            stop.ask();
        });
        Ok(Self { keeper: Some(keeper), ..none })
    }

    /// Whether it was taken, and is not ours any more.
    pub(super) fn is_lost(&self) -> bool {
        self.keeper.as_ref().is_some_and(Keeper::is_lost)
    }

    /// Releases it. What goes wrong is said and changes nothing else: the lock expires by itself.
    pub(super) async fn release(self, stop: &Stop, output: &Output) {
        let (was_lost, environment) = (self.is_lost(), self.environment);
        let Some(keeper) = self.keeper else { return };
        let was_asked = stop.is_asked();
        let released = tokio::select! {
            released = tokio::time::timeout(PATIENCE, keeper.release()) => released.ok(),
            () = stop.asked(), if !was_asked => None,
        };
        let why = match released {
            Some(Ok(Released::Released)) => return,
            Some(Ok(Released::Broken)) if was_lost => return,
            // A bucket that is gone took the lock with it.
            Some(Err(error)) if error.is_not_found() => return,
            Some(Ok(Released::Broken)) => LockLeft::Removed,
            Some(Err(error)) => LockLeft::Failed(error),
            None => LockLeft::TimedOut,
        };
        output.notice(&Notice::LockLeft { environment, why });
    }
}

fn terms(settings: &Settings) -> Terms {
    let owner = settings.lock_owner.clone().unwrap_or_else(|| {
        let user = settings.user.as_deref().unwrap_or("someone");
        let host = settings.host.clone().or_else(|| lock::Process::current().map(|here| here.host));
        format!("{user}@{}, process {}", host.as_deref().unwrap_or("a machine"), std::process::id())
    });
    Terms { owner, lifetime: settings.lock_lifetime.unwrap_or(lock::USUAL_LIFETIME) }
}
