//! `trueup apply`: shows the plan, asks, makes it so, and says what was done.

use std::time::{Duration, Instant};

use super::arguments::Apply as Request;
use super::plan::{shown, warn};
use super::session::{Planned, Session};
use super::{Exit, Failure, Output, saved};
use crate::apply::{self, Event, Report};
use crate::resource::Stop;
use crate::view::{self, progress::Progress};

pub(super) async fn run(
    request: &Request,
    session: &mut Session<'_>,
    output: &Output,
) -> Result<Exit, Failure> {
    if let Some(file) = &request.plan {
        let planned = Box::pin(saved::planned(file, request, session)).await?;
        let exit = shown_and_made(request, &planned, session, output).await?;
        session.close().await;
        return Ok(exit);
    }
    let mut worst = Exit::Done;
    for environment in session.environments(&request.environments)? {
        let planned = Box::pin(session.plan(environment, request.sources.allow_commands)).await?;
        let exit = shown_and_made(request, &planned, session, output).await?;
        if exit != Exit::Done {
            worst = exit;
        }
    }
    session.close().await;
    Ok(worst)
}

async fn shown_and_made(
    request: &Request,
    planned: &Planned,
    session: &Session<'_>,
    output: &Output,
) -> Result<Exit, Failure> {
    output.data(&shown(planned, false, session, output))?;
    warn(planned, output);
    one(request, planned, output).await
}

async fn one(request: &Request, planned: &Planned, output: &Output) -> Result<Exit, Failure> {
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
    let report = drive(planned, output).await;
    let calls = planned.clouds.meter.heroku() + planned.clouds.meter.aws() - before;
    if report.is_complete() {
        output.data(&view::report::complete(&planned.plan, began.elapsed(), calls, output.theme()))?;
        return Ok(Exit::Done);
    }
    output.insist(&format!("\n{}", view::report::incomplete(&planned.plan, &report, output.stderr_theme())));
    Err(Failure::Told(Exit::Error))
}

/// Applies with progress, and listens for Ctrl-C: the first asks to stop, the second ends at once.
async fn drive(planned: &Planned, output: &Output) -> Report {
    let began = Instant::now();
    let stop = Stop::default();
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
    let applying = apply::apply(&planned.plan, &planned.environment, &planned.clouds, &stop, tell);
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
