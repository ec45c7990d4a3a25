//! `trueup apply`: shows the plan, asks, makes it so, and says what was done.

use std::time::{Duration, Instant};

use super::arguments::Apply as Request;
use super::events::Events;
use super::plan::{large_change, shown, warn};
use super::session::{Planned, Session};
use super::signal::Interruptions;
use super::{Exit, Failure, Output, lock, saved};
use crate::apply::{self, Report};
use crate::lock::Keeper;
use crate::resource::Stop;
use crate::spec::Environment;
use crate::view::{self, progress::Progress};

pub(super) async fn run(
    request: &Request,
    session: &mut Session<'_>,
    output: &Output,
) -> Result<Exit, Failure> {
    let mut events = Events::open(request.events.as_deref())?;
    if let Some(file) = &request.plan {
        let saved = Source::Saved(Box::new(saved::open(file, session).await?));
        let exit = Box::pin(locked(request, saved, session, &mut events, output)).await?;
        session.close().await;
        return Ok(exit);
    }
    let mut worst = Exit::Done;
    for environment in session.environments(&request.environments)? {
        let spec = Source::Spec(Box::new(environment));
        let exit = Box::pin(locked(request, spec, session, &mut events, output)).await?;
        if exit != Exit::Done {
            worst = exit;
        }
    }
    session.close().await;
    Ok(worst)
}

/// What is to be planned.
enum Source<'a> {
    /// An environment.
    Spec(Box<Environment>),
    /// What was planned before.
    Saved(Box<saved::Opened<'a>>),
}

impl Source<'_> {
    fn environment(&self) -> &Environment {
        match self {
            Self::Spec(environment) => environment,
            Self::Saved(opened) => opened.environment(),
        }
    }

    async fn planned(self, request: &Request, session: &mut Session<'_>) -> Result<Planned, Failure> {
        match self {
            Self::Spec(environment) => session.plan(*environment, request.sources.allow_commands).await,
            Self::Saved(opened) => opened.planned(request, session).await,
        }
    }
}

/// One environment, under its lock when that was asked for: the plan is made under it, too.
async fn locked(
    request: &Request,
    source: Source<'_>,
    session: &mut Session<'_>,
    events: &mut Events,
    output: &Output,
) -> Result<Exit, Failure> {
    let stop = Stop::default();
    let name = source.environment().name.to_string();
    let keeper =
        if request.lock { lock::take(source.environment(), session, &stop, output).await? } else { None };
    let applying = Applying { request, stop: &stop, keeper: keeper.as_ref(), output };
    let outcome = Box::pin(applying.one(source, session, events)).await;
    if let Some(keeper) = keeper {
        lock::release(keeper, &name, output).await;
    }
    outcome
}

/// What every step of one apply needs to know.
struct Applying<'a> {
    request: &'a Request,
    stop: &'a Stop,
    /// Holds the lock; `None` without one.
    keeper: Option<&'a Keeper>,
    output: &'a Output,
}

impl Applying<'_> {
    async fn one(
        &self,
        source: Source<'_>,
        session: &mut Session<'_>,
        events: &mut Events,
    ) -> Result<Exit, Failure> {
        let planned = uninterrupted(Box::pin(source.planned(self.request, session))).await?;
        self.output.data(&shown(&planned, false, session, self.output))?;
        warn(&planned, self.output);
        events.plan(&planned, self.output);
        let outcome = self.if_agreed(&planned, events).await;
        events.finished(&outcome, &planned, self.output);
        outcome
    }

    async fn if_agreed(&self, planned: &Planned, events: &mut Events) -> Result<Exit, Failure> {
        if !uninterrupted(self.agreed(planned)).await? {
            return Ok(Exit::Done);
        }
        let is_lost = || self.keeper.is_some_and(Keeper::is_lost);
        let outcome = if is_lost() { Ok(Exit::Refused) } else { self.make(planned, events).await };
        match outcome {
            // What was done and what not has been told; why it was stopped is what counts.
            Ok(_) | Err(Failure::Reported(_)) if is_lost() => {
                Err(lock::lost(planned.plan.environment.as_str()))
            }
            outcome => outcome,
        }
    }

    /// Whether there is something to do, and it may be done.
    async fn agreed(&self, planned: &Planned) -> Result<bool, Failure> {
        let Self { request, output, .. } = self;
        let environment = &planned.plan.environment;
        if !planned.plan.blocked.is_empty() {
            return Err(Failure::Refused(
                format!("{environment} has differences that trueup refuses to make, so nothing was done"),
                Some(
                    "follow the advice beside each `blocked` line, then run the same command again"
                        .to_owned(),
                ),
            ));
        }
        if planned.plan.steps.is_empty() {
            return Ok(false);
        }
        if let Some(large) = large_change(&planned.plan).filter(|_| !request.allow_large_change) {
            return Err(Failure::Refused(
                format!("{large}, so nothing was done"),
                Some("read the plan once more; if it is meant, add --allow-large-change".to_owned()),
            ));
        }
        // A saved plan was looked at and agreed to.
        if request.yes || request.plan.is_some() {
            return Ok(true);
        }
        if !output.is_interactive() {
            return Err(Failure::message(
                "nobody can be asked here, so nothing was done",
                Some("add --yes to apply without a question"),
            ));
        }
        if output.confirm(&format!("Make {environment} so?")).await {
            return Ok(true);
        }
        Err(Failure::message("not confirmed, so nothing was done", None))
    }

    async fn make(&self, planned: &Planned, events: &mut Events) -> Result<Exit, Failure> {
        let output = self.output;
        let began = Instant::now();
        let before = planned.clouds.meter.heroku() + planned.clouds.meter.aws();
        let report = drive(planned, self.stop, events, output).await;
        let calls = planned.clouds.meter.heroku() + planned.clouds.meter.aws() - before;
        if report.is_complete() {
            output.data(&view::report::complete(&planned.plan, began.elapsed(), calls, output.theme()))?;
            return Ok(Exit::Done);
        }
        let told = view::report::incomplete(&planned.plan, &report, output.stderr_theme());
        output.insist(&format!("\n{told}"));
        Err(Failure::Reported(if report.is_refusal() { Exit::Refused } else { Exit::Error }))
    }
}

/// While nothing is written yet, Ctrl-C just ends the work. By default the process would end at that place,
/// and leave a lock behind.
async fn uninterrupted<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let mut interruptions = Interruptions::listen();
    tokio::select! {
        outcome = work => outcome,
        () = interruptions.next() => Err(lock::stopped()),
    }
}

/// Applies with progress, and listens for interruptions: the first asks to stop, the second ends at once.
async fn drive(planned: &Planned, stop: &Stop, events: &mut Events, output: &Output) -> Report {
    let began = Instant::now();
    let theme = output.stderr_theme();
    let mut progress = if output.is_interactive() {
        Progress::on_terminal(&planned.plan, theme)
    } else {
        Progress::in_lines(&planned.plan, theme)
    };
    let mut applying = apply::Applying::start(&planned.plan, &planned.environment, &planned.clouds, stop);
    let mut interruptions = Interruptions::listen();
    let mut heartbeat = tokio::time::interval(Duration::from_secs(1));
    loop {
        let text = tokio::select! {
            biased;
            () = interruptions.next() => {
                if stop.is_asked() {
                    output.insist("ended at once: what was running is unknown; run the same command again to see\n");
                    std::process::abort();
                }
                stop.ask();
                None
            }
            event = applying.next() => {
                let Some(event) = event else { return applying.report() };
                events.event(&event, output);
                progress.event(&event, began.elapsed())
            }
            _ = heartbeat.tick() => progress.tick(began.elapsed()),
        };
        print(text, output);
    }
}

fn print(text: Option<String>, output: &Output) {
    if let Some(text) = text {
        output.tell(&format!("{text}\n"));
    }
}
