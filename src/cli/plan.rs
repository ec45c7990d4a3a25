//! `trueup plan`: looks at everything, decides, shows the difference.

use super::arguments::{Plan as Request, PlanFormat};
use super::session::{Planned, Session};
use super::{Exit, Failure, Output, saved};
use crate::plan::Plan;
use crate::view::{self, Looking, Options};

pub(super) async fn run(
    request: &Request,
    session: &mut Session<'_>,
    output: &Output,
) -> Result<Exit, Failure> {
    if request.reveal && (session.settings().is_ci || !output.is_interactive()) {
        return Err(Failure::message(
            "`--reveal` shows secrets, so it works on a terminal only",
            Some("run it by hand, outside CI"),
        ));
    }
    let environments = session.environments(&request.environments)?;
    if request.out.is_some() && environments.len() > 1 {
        return Err(Failure::message(
            "`--out` saves the plan of one environment at a time, and these are several",
            Some("name one, and a file of its own"),
        ));
    }
    let mut plans = Vec::new();
    for environment in environments {
        let planned = Box::pin(session.plan(environment, request.sources.allow_commands)).await?;
        if request.format == PlanFormat::Text {
            output.data(&shown(&planned, request.reveal, session, output))?;
        }
        warn(&planned, output);
        if let Some(large) = large_change(&planned.plan) {
            let text = format!("{large}: `apply` will want --allow-large-change");
            output.tell(&view::error::warning(&text, output.stderr_theme()));
        }
        if let Some(file) = &request.out {
            saved::save(file, request, &planned, session, output).await?;
        }
        plans.push(planned.plan);
    }
    session.close().await;
    if request.format == PlanFormat::Json {
        output.data(&view::json::plans(&plans, session.key()))?;
    }
    let is_different = plans.iter().any(|plan: &Plan| !plan.is_empty());
    Ok(if is_different && request.detailed_exitcode { Exit::Difference } else { Exit::Done })
}

/// The plan as text.
pub(super) fn shown(planned: &Planned, reveal: bool, session: &Session<'_>, output: &Output) -> String {
    let looking = Looking {
        calls: planned.clouds.meter.heroku() + planned.clouds.meter.aws(),
        elapsed: planned.elapsed,
    };
    let options =
        Options { theme: output.theme(), reveal, width: output.width(), key: session.key().clone() };
    view::plan(&planned.plan, looking, &options)
}

/// Few calls are left when Heroku says so: the budget is shared with the user's CI and dashboard.
const FEW: u64 = 500;

/// What does not belong to the plan, and should be known.
pub(super) fn warn(planned: &Planned, output: &Output) {
    for warning in planned.environment.warnings() {
        output.tell(&warning.render(output.stderr_theme() == view::Theme::Colour));
    }
    if let Some(left) = planned.clouds.meter.heroku_remaining().filter(|left| *left < FEW) {
        let text = format!("Heroku allows {left} more calls for now, of about 4500 an hour for this account");
        output.tell(&view::error::warning(&text, output.stderr_theme()));
    }
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
