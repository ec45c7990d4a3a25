//! One environment up to the question whether to go on: its lock, its plan, and what the rules refuse.

use std::sync::Arc;

use crate::cli::arguments::Apply as Request;
use crate::cli::lock::Lock;
use crate::cli::saved::Opened;
use crate::cli::session::{Planned, Session};
use crate::cli::{Failure, shown};
use crate::cloud::Reads;
use crate::plan::Plan;
use crate::resource::Stop;
use crate::spec::{Environment, EnvironmentName};
use crate::view::events::Journal;

/// What is to be planned.
pub(super) enum Source<'a> {
    /// An environment.
    Spec(EnvironmentName),
    /// What was planned before.
    Saved(Box<Opened<'a>>),
}

/// What became of an environment before the question.
pub(super) struct Prepared {
    pub(super) environment: EnvironmentName,
    /// Its plan, when there is one.
    pub(super) shown: Option<Shown>,
    /// What is to be done; nothing when the environment is as it should be.
    pub(super) outcome: Result<Option<Ready>, Failure>,
}

/// What is printed of a plan.
pub(super) struct Shown {
    pub(super) data: String,
    pub(super) notes: Vec<String>,
    pub(super) journal: Journal,
}

/// An environment that only waits for the answer.
pub(super) struct Ready {
    pub(super) environment: Arc<Environment>,
    pub(super) plan: Plan,
    pub(super) lock: Lock,
}

impl Source<'_> {
    fn name(&self) -> EnvironmentName {
        match self {
            Self::Spec(name) => name.clone(),
            Self::Saved(opened) => opened.environment().name.clone(),
        }
    }
}

/// What preparing an environment takes; the same for all of them.
#[derive(Clone, Copy)]
pub(super) struct Desk<'a> {
    pub(super) request: &'a Request,
    pub(super) session: &'a Session<'a>,
    pub(super) reads: &'a Reads,
    pub(super) stop: &'a Stop,
}

impl Desk<'_> {
    /// Takes the lock, plans under it, and gives it back unless there is something to do.
    pub(super) async fn prepare(self, source: Source<'_>) -> Prepared {
        let environment = source.name();
        let mut shown = None;
        let outcome = Box::pin(self.ready(source, &mut shown)).await;
        Prepared { environment, shown, outcome }
    }

    async fn ready(self, source: Source<'_>, shown: &mut Option<Shown>) -> Result<Option<Ready>, Failure> {
        let Self { request, session, reads, stop } = self;
        if stop.is_asked() {
            return Err(Failure::interrupted());
        }
        let (environment, opened) = match source {
            Source::Spec(name) => (session.load(&name)?, None),
            Source::Saved(opened) => (opened.environment().clone(), Some(opened)),
        };
        // An interruption does not cut this off, since nobody would know whether the lock was taken.
        let lock = if request.lock {
            Lock::take(&environment, session, stop).await?
        } else {
            Lock::none(&environment.name, stop)
        };
        let plan = async {
            let planned = session.plan(environment, reads, request.sources.allow_commands).await?;
            opened.map_or(Ok(()), |opened| opened.holds_for(&planned, session))?;
            Ok(planned)
        };
        let planned = tokio::select! {
            biased;
            () = stop.asked() => Err(Failure::interrupted()),
            planned = plan => planned,
        };
        let is_to_apply = planned.as_ref().map_or(Ok(false), |planned| {
            *shown = Some(Shown::of(planned, session));
            decide(&planned.plan, request)
        });
        match (planned, is_to_apply) {
            (Ok(Planned { environment, plan, .. }), Ok(true)) => Ok(Some(Ready { environment, plan, lock })),
            (planned, is_to_apply) => {
                lock.release(stop, session.context.output).await;
                planned.and(is_to_apply).map(|_| None)
            }
        }
    }
}

impl Shown {
    fn of(planned: &Planned, session: &Session<'_>) -> Self {
        Self {
            data: shown::plan(planned, false, session),
            notes: shown::warnings(planned, session),
            journal: Journal::of(&planned.plan),
        }
    }
}

/// Whether there is something to do, and the rules allow it.
fn decide(plan: &Plan, request: &Request) -> Result<bool, Failure> {
    let environment = &plan.environment;
    if !plan.blocked.is_empty() {
        return Err(Failure::Refused(
            format!("{environment} has differences that trueup refuses to make, so nothing was done"),
            Some("follow the advice beside each `blocked` line, then run the same command again".to_owned()),
        ));
    }
    match shown::large_change(plan).filter(|_| !request.allow_large_change) {
        Some(large) => Err(Failure::Refused(
            format!("{large}, so nothing was done"),
            Some("read the plan once more; if it is meant, add --allow-large-change".to_owned()),
        )),
        None => Ok(!plan.steps.is_empty()),
    }
}
