//! `trueup apply`: shows the plan, asks, makes it so, and says what was done.

use std::time::{Duration, Instant};

use super::arguments::Apply as Request;
use super::plan::{shown, warn};
use super::session::{Planned, Session};
use super::{Exit, Failure, Output, lock};
use crate::apply::{self, Event, Report};
use crate::resource::Stop;
use crate::spec::Environment;
use crate::view::{self, progress::Progress};

pub(super) async fn run(
    request: &Request,
    session: &mut Session<'_>,
    output: &Output,
) -> Result<Exit, Failure> {
    let mut worst = Exit::Done;
    for environment in session.environments(&request.environments)? {
        let exit = Box::pin(locked(request, environment, session, output)).await?;
        if exit != Exit::Done {
            worst = exit;
        }
    }
    session.close().await;
    Ok(worst)
}

/// One environment, under its lock when that was asked for: the plan is made under it, too.
async fn locked(
    request: &Request,
    environment: Environment,
    session: &mut Session<'_>,
    output: &Output,
) -> Result<Exit, Failure> {
    let stop = Stop::default();
    let name = environment.name.to_string();
    let keeper = if request.lock { lock::take(&environment, session, &stop, output).await? } else { None };
    let outcome = one(request, environment, session, &stop, output).await;
    let Some(keeper) = keeper else { return outcome };
    let is_lost = keeper.is_lost();
    lock::release(keeper, &name, output).await;
    match outcome {
        // An apply that did not finish has told so already; why it stopped is what counts.
        Ok(_) | Err(Failure::Told(_)) if is_lost => Err(lock::lost(&name)),
        outcome => outcome,
    }
}

async fn one(
    request: &Request,
    environment: Environment,
    session: &mut Session<'_>,
    stop: &Stop,
    output: &Output,
) -> Result<Exit, Failure> {
    let agreed = async {
        let planned = Box::pin(session.plan(environment, request.sources.allow_commands)).await?;
        output.data(&shown(&planned, false, session, output))?;
        warn(&planned, output);
        Ok::<_, Failure>(agreed(request, &planned, output).await?.then_some(planned))
    };
    let agreed = tokio::select! {
        agreed = agreed => agreed?,
        // By default the process would just end here, and leave a lock behind.
        () = lock::interrupted() => {
            return Err(Failure::message("interrupted, so nothing was done", None));
        }
    };
    match agreed {
        Some(_) if stop.is_asked() => Err(Failure::Told(Exit::Refused)),
        Some(planned) => make(&planned, stop, output).await,
        None => Ok(Exit::Done),
    }
}

/// Whether there is something to do and it may be done.
async fn agreed(request: &Request, planned: &Planned, output: &Output) -> Result<bool, Failure> {
    let environment = &planned.plan.environment;
    if !planned.plan.blocked.is_empty() {
        return Err(Failure::Refused(
            format!("{environment} has differences that trueup refuses to make, so nothing was done"),
            Some("follow the advice beside each `blocked` line, then run the same command again".to_owned()),
        ));
    }
    if planned.plan.steps.is_empty() {
        return Ok(false);
    }
    if !request.yes {
        if !output.is_interactive() {
            return Err(Failure::message(
                "nobody can be asked here, so nothing was done",
                Some("add --yes to apply without a question"),
            ));
        }
        if !output.confirm(&format!("Make {environment} so?")).await {
            return Err(Failure::message("not confirmed, so nothing was done", None));
        }
    }
    Ok(true)
}

async fn make(planned: &Planned, stop: &Stop, output: &Output) -> Result<Exit, Failure> {
    let began = Instant::now();
    let before = planned.clouds.meter.heroku() + planned.clouds.meter.aws();
    let report = drive(planned, stop, output).await;
    let calls = planned.clouds.meter.heroku() + planned.clouds.meter.aws() - before;
    if report.is_complete() {
        output.data(&view::report::complete(&planned.plan, began.elapsed(), calls, output.theme()))?;
        return Ok(Exit::Done);
    }
    output.insist(&format!("\n{}", view::report::incomplete(&planned.plan, &report, output.stderr_theme())));
    Err(Failure::Told(Exit::Error))
}

/// Applies with progress, and listens for Ctrl-C: the first asks to stop, the second ends at once.
async fn drive(planned: &Planned, stop: &Stop, output: &Output) -> Report {
    let began = Instant::now();
    let theme = output.stderr_theme();
    let mut progress = if output.is_interactive() {
        Progress::on_terminal(&planned.plan, theme)
    } else {
        Progress::in_lines(&planned.plan, theme)
    };
    let (events, mut happened) = tokio::sync::mpsc::unbounded_channel::<Event>();
    let tell = move |event: &Event| {
        // The receiver lives as long as this apply.
        let _ = events.send(event.clone());
    };
    let applying = apply::apply(&planned.plan, &planned.environment, &planned.clouds, stop, tell);
    tokio::pin!(applying);
    let mut heartbeat = tokio::time::interval(Duration::from_secs(1));
    loop {
        let text = tokio::select! {
            biased;
            Some(event) = happened.recv() => progress.event(&event, began.elapsed()),
            report = &mut applying => {
                while let Ok(event) = happened.try_recv() {
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
