//! One environment up to the question whether to go on: its lock, its plan, and what the rules refuse.

use crate::cli::arguments::Apply as Request;
use crate::cli::carry_out::Ready;
use crate::cli::checks::Checks;
use crate::cli::lock::Lock;
use crate::cli::saved::Expected;
use crate::cli::session::{Ask, Loaded, Planned, Session};
use crate::cli::shown;
use crate::cloud::Reads;
use crate::cloud::Stop;
use crate::message::{Failure, Notice, Refusal};
use crate::plan::{Plan, PlanDigest};
use crate::spec::{Environment, EnvironmentName};
use crate::view::events::Journal;

/// What is to be planned.
pub(super) struct Source<'a> {
    name: EnvironmentName,
    environment: Result<Environment, Failure>,
    /// What must come out, when a plan was saved before.
    expected: Option<Expected<'a>>,
}

/// What became of an environment before the question.
pub(super) struct Prepared {
    pub(super) environment: EnvironmentName,
    /// What its plan would do, when there is one.
    pub(super) digest: Option<PlanDigest>,
    /// Its plan, when there is one.
    pub(super) shown: Option<Shown>,
    /// What is to be done; nothing when the environment is as it should be.
    pub(super) outcome: Result<Option<Ready>, Failure>,
}

/// What is printed of a plan.
pub(super) struct Shown {
    pub(super) plan: String,
    pub(super) digest: PlanDigest,
    pub(super) notices: Vec<Notice>,
    pub(super) journal: Journal,
}

impl<'a> Source<'a> {
    /// An environment as its file is.
    pub(super) fn spec(loaded: Loaded) -> Self {
        let Loaded { name, environment } = loaded;
        Self { name, environment, expected: None }
    }

    /// The environment of a plan that was saved before.
    pub(super) fn saved(environment: Environment, expected: Expected<'a>) -> Self {
        Self { name: environment.name.clone(), environment: Ok(environment), expected: Some(expected) }
    }

    /// The environment, unless it cannot be used.
    pub(super) fn environment(&self) -> Option<&Environment> {
        self.environment.as_ref().ok()
    }
}

/// What preparing an environment takes; the same for all of them.
#[derive(Clone, Copy)]
pub(super) struct Desk<'a> {
    pub(super) request: &'a Request,
    pub(super) session: &'a Session<'a>,
    pub(super) ask: Ask<'a>,
    pub(super) reads: &'a Reads,
    pub(super) checks: &'a Checks,
    pub(super) stop: &'a Stop,
}

impl Desk<'_> {
    /// Takes the lock, plans under it, and releases it unless there is something to do.
    pub(super) async fn prepare(self, source: Source<'_>) -> Prepared {
        let Source { name, environment, expected } = source;
        let mut shown = None;
        let outcome = match environment {
            Ok(environment) => Box::pin(self.ready(environment, expected, &mut shown)).await,
            Err(failure) => Err(failure),
        };
        let digest = shown.as_ref().map(|shown: &Shown| shown.digest.clone());
        Prepared { environment: name, digest, shown, outcome }
    }

    async fn ready(
        self,
        environment: Environment,
        expected: Option<Expected<'_>>,
        shown: &mut Option<Shown>,
    ) -> Result<Option<Ready>, Failure> {
        let Self { request, session, ask, reads, checks, stop } = self;
        if stop.is_asked() {
            return Err(Failure::Interrupted);
        }
        let lock = Lock::when(request.writing.lock, &environment, session, stop).await?;
        let plan = async {
            let planned = session.plan(environment, reads, ask).await?;
            expected.map_or(Ok(()), |expected| expected.holds_for(&planned, session))?;
            Ok(planned)
        };
        let planned = tokio::select! {
            biased;
            () = stop.asked() => Err(Failure::Interrupted),
            planned = plan => planned,
        };
        let is_to_apply = planned.as_ref().map_or(Ok(false), |planned| {
            *shown = Some(Shown::of(planned, ask, session));
            decide(&planned.plan, request)
        });
        let is_to_apply = match (&planned, is_to_apply) {
            (Ok(planned), Ok(is_to_apply)) => tokio::select! {
                biased;
                () = stop.asked() => Err(Failure::Interrupted),
                held = checks.hold(planned, session) => held.map(|()| is_to_apply),
            },
            (_, is_to_apply) => is_to_apply.map_err(Failure::from),
        };
        match (planned, is_to_apply) {
            (Ok(Planned { environment, plan, .. }), Ok(true)) => Ok(Some(Ready { environment, plan, lock })),
            (planned, is_to_apply) => {
                lock.release(stop, session.context.output).await;
                planned?;
                is_to_apply?;
                Ok(None)
            }
        }
    }
}

impl Shown {
    fn of(planned: &Planned, ask: Ask<'_>, session: &Session<'_>) -> Self {
        Self {
            plan: shown::plan(planned, false, session),
            digest: planned.plan.digest(),
            notices: shown::notices(planned, ask.since),
            journal: Journal::of(&planned.plan),
        }
    }
}

/// Whether there is something to do, and the rules allow it.
fn decide(plan: &Plan, request: &Request) -> Result<bool, Refusal> {
    let environment = || plan.environment.clone();
    if !plan.blocked.is_empty() {
        return Err(Refusal::Blocked(environment()));
    }
    Refusal::of_limit(plan)?;
    let summary = plan.summary();
    // Whoever reviewed a plan has seen how large it is; one that is another is refused for that.
    let is_meant = request.allow_large_change || request.expect.is_some();
    if summary.is_large_change() && !is_meant {
        return Err(Refusal::LargeChange { environment: environment(), summary });
    }
    Ok(!plan.steps.is_empty())
}
