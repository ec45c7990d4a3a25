//! `trueup apply`: shows the plan, asks, makes it so, and says what was done.

use std::time::{Duration, Instant};

use super::arguments::Apply as Request;
use super::events::Events;
use super::plan::{shown, warn};
use super::session::{Planned, Session};
use super::{Exit, Failure, Output, saved};
use crate::apply::{self, Event, Report};
use crate::plan::Plan;
use crate::resource::Stop;
use crate::view::{self, progress::Progress};

pub(super) async fn run(
    request: &Request,
    session: &mut Session<'_>,
    output: &Output,
) -> Result<Exit, Failure> {
    let mut events = Events::open(request.events.as_deref())?;
    if let Some(file) = &request.plan {
        let planned = Box::pin(saved::planned(file, request, session)).await?;
        output.data(&shown(&planned, false, session, output))?;
        let exit = told(request, &planned, &mut events, output).await?;
        session.close().await;
        return Ok(exit);
    }
    let mut worst = Exit::Done;
    for environment in session.environments(&request.environments)? {
        let planned = Box::pin(session.plan(environment, request.sources.allow_commands)).await?;
        output.data(&shown(&planned, false, session, output))?;
        let exit = told(request, &planned, &mut events, output).await?;
        if exit != Exit::Done {
            worst = exit;
        }
    }
    session.close().await;
    Ok(worst)
}

/// Applies between the first and the last event.
async fn told(
    request: &Request,
    planned: &Planned,
    events: &mut Events,
    output: &Output,
) -> Result<Exit, Failure> {
    warn(planned, output);
    events.plan(planned, output);
    let outcome = one(request, planned, events, output).await;
    events.finished(&outcome, planned, output);
    outcome
}

async fn one(
    request: &Request,
    planned: &Planned,
    events: &mut Events,
    output: &Output,
) -> Result<Exit, Failure> {
    let environment = &planned.plan.environment;
    if !planned.plan.blocked.is_empty() {
        return Err(Failure::Refused(
            format!("{environment} has differences that trueup refuses to make, so nothing was done"),
            Some("follow the advice beside each `blocked` line, then run the same command again".to_owned()),
        ));
    }
    if planned.plan.steps.is_empty() {
        return Ok(Exit::Done);
    }
    if let Some(large) = large_change(&planned.plan).filter(|_| !request.allow_large_change) {
        return Err(Failure::Refused(
            format!("{large}, so nothing was done"),
            Some("read the plan once more; if it is meant, add --allow-large-change".to_owned()),
        ));
    }
    // A saved plan was looked at and agreed to.
    if !request.yes && request.plan.is_none() {
        if !output.is_interactive() {
            return Err(Failure::message(
                "nobody can be asked here, so nothing was done",
                Some("add --yes to apply without a question"),
            ));
        }
        if !output.confirm(&format!("Make {environment} so?")) {
            return Err(Failure::message("not confirmed, so nothing was done", None));
        }
    }
    let began = Instant::now();
    let before = planned.clouds.meter.heroku() + planned.clouds.meter.aws();
    let report = drive(planned, events, output).await;
    let calls = planned.clouds.meter.heroku() + planned.clouds.meter.aws() - before;
    if report.is_complete() {
        output.data(&view::report::complete(&planned.plan, began.elapsed(), calls, output.theme()))?;
        return Ok(Exit::Done);
    }
    output.insist(&format!("\n{}", view::report::incomplete(&planned.plan, &report, output.stderr_theme())));
    Err(Failure::Told(if report.is_refusal() { Exit::Refused } else { Exit::Error }))
}

/// What is large about a plan, in words.
pub(super) fn large_change(plan: &Plan) -> Option<String> {
    let summary = plan.summary();
    summary.is_large_change().then(|| {
        let (touched, existing) = (summary.touched(), summary.existing());
        format!(
            "{}: {touched} of {existing} existing things would change or go, more than 30 %",
            plan.environment
        )
    })
}

/// Applies with progress, and listens for Ctrl-C: the first asks to stop, the second ends at once.
async fn drive(planned: &Planned, events: &mut Events, output: &Output) -> Report {
    let began = Instant::now();
    let stop = Stop::default();
    let theme = output.stderr_theme();
    let mut progress = if output.is_interactive() {
        Progress::on_terminal(&planned.plan, theme)
    } else {
        Progress::in_lines(&planned.plan, theme)
    };
    let (said, mut happened) = tokio::sync::mpsc::unbounded_channel::<Event>();
    let tell = move |event: &Event| {
        // The receiver lives as long as this apply.
        let _ = said.send(event.clone());
    };
    let applying = apply::apply(&planned.plan, &planned.environment, &planned.clouds, &stop, tell);
    tokio::pin!(applying);
    let mut heartbeat = tokio::time::interval(Duration::from_secs(1));
    loop {
        let text = tokio::select! {
            biased;
            Some(event) = happened.recv() => {
                events.event(&event, output);
                progress.event(&event, began.elapsed())
            }
            report = &mut applying => {
                while let Ok(event) = happened.try_recv() {
                    events.event(&event, output);
                    print(progress.event(&event, began.elapsed()), output);
                }
                return report;
            }
            _ = heartbeat.tick() => progress.tick(began.elapsed()),
            Ok(()) = tokio::signal::ctrl_c() => {
                if stop.is_asked() {
                    output.insist("ended at once: what was running is unknown; run the same command again to see\n");
                    std::process::abort();
                }
                stop.ask();
                None
            }
        };
        print(text, output);
    }
}

fn print(text: Option<String>, output: &Output) {
    if let Some(text) = text {
        output.tell(&format!("{text}\n"));
    }
}
