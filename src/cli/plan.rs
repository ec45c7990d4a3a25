//! `trueup plan`: looks at everything, decides, shows the difference.

use std::pin::pin;

use futures_util::StreamExt;

use super::arguments::{Plan as Request, PlanFormat};
use super::checks::Checks;
use super::context::Context;
use super::digests::Digests;
use super::layout::{Layout, Whole};
use super::session::{Ask, Loaded, Planned, Session, Since};
use super::shown;
use super::tally::Tally;
use super::{Exit, saved};
use crate::cloud::Reads;
use crate::fleet;
use crate::message::{Failure, Notice, Refusal};
use crate::plan::Plan;
use crate::spec::{Environment, EnvironmentName};
use crate::view::{Total, json, markdown};

pub(super) async fn run(request: &Request, context: &Context<'_>) -> Result<Exit, Failure> {
    if request.reveal && (context.settings.is_ci || !context.output.is_interactive()) {
        return Err(Failure::RevealWithoutTerminal);
    }
    Session::with(context, async |session| Box::pin(plans(request, session)).await).await
}

async fn plans(request: &Request, session: &Session<'_>) -> Result<Exit, Failure> {
    let selection = session.select(&request.environments)?;
    if request.out.is_some() && selection.names.len() > 1 {
        return Err(Failure::SeveralPlansToSave);
    }
    let checks = Checks::of(&request.checks, session)?;
    let base = session.base(request.since.base.as_ref())?;
    let ask = Ask {
        allow_commands: request.sources.allow_commands,
        since: Since::revision(base.as_ref()),
        prune: request.since.prune,
    };
    let loaded = session.load_all(selection.names);
    let output = session.context.output;
    let mut tally = Tally::of(loaded.len(), output);
    let (mut digests, mut total) = (Digests::default(), Total::default());
    let mut layout = Layout::of(request.format, selection.is_list);
    let mut whole = Whole::new(selection.is_list);
    if !loaded.is_empty() {
        let environments = loaded.iter().filter_map(|one| one.environment.as_ref().ok());
        let reads = session.reads(environments).await?;
        let desk = Desk { request, session, ask, reads: &reads, checks: &checks };
        let answer = |loaded| answer(loaded, desk);
        let mut answers = pin!(fleet::side_by_side(session.context.width, loaded, answer));
        // Each is printed at its turn, as soon as it is there.
        while let Some(Answer { environment, planned }) = answers.next().await {
            output.data(&layout.next(&environment, planned.as_ref().map(|shown| shown.text.as_str())))?;
            digests.add(&environment, planned.as_ref().ok().map(|shown| shown.plan.digest()));
            total.add(planned.as_ref().ok().map(|shown| &shown.plan));
            if keeps(request, session) {
                let refused = planned.as_ref().ok().and_then(|shown| shown.outcome.as_ref().err());
                whole.add(&environment, planned.as_ref().map(|shown| shown.plan.clone()), refused);
            }
            let outcome = planned.and_then(|Shown { notices, outcome, .. }| {
                output.notices(&notices);
                outcome
            });
            tally.add(&environment, outcome);
        }
    }
    let digest = digests.of_all();
    output.data(&layout.end(digest.as_ref(), &total))?;
    let digest = digest.as_ref();
    match request.format {
        PlanFormat::Markdown => output.data(&whole.comment(digest, &session.key, markdown::COMMENT))?,
        PlanFormat::Html => output.data(&whole.page(digest, &session.key))?,
        PlanFormat::Text | PlanFormat::Json => Exit::Done,
    };
    output.summarize(|limit| whole.comment(digest, &session.key, limit));
    session.warn_of_few_calls();
    Ok(tally.end())
}

/// Whether the plans are needed once more when all are there.
fn keeps(request: &Request, session: &Session<'_>) -> bool {
    matches!(request.format, PlanFormat::Markdown | PlanFormat::Html) || session.context.output.has_summary()
}

/// What there is to say of one environment.
struct Answer {
    environment: EnvironmentName,
    planned: Result<Shown, Failure>,
}

/// A plan that was made.
struct Shown {
    /// As it is printed.
    text: String,
    plan: Plan,
    notices: Vec<Notice>,
    /// Whether it could be saved, if it was to be, and may be applied.
    outcome: Result<Exit, Failure>,
}

/// What planning an environment takes; the same for all of them.
#[derive(Clone, Copy)]
struct Desk<'a> {
    request: &'a Request,
    session: &'a Session<'a>,
    ask: Ask<'a>,
    reads: &'a Reads,
    checks: &'a Checks,
}

async fn answer(loaded: Loaded, desk: Desk<'_>) -> Answer {
    let Loaded { name, environment } = loaded;
    let planned = Box::pin(planned(environment, desk)).await;
    Answer { environment: name, planned }
}

async fn planned(environment: Result<Environment, Failure>, desk: Desk<'_>) -> Result<Shown, Failure> {
    let Desk { request, session, ask, reads, checks } = desk;
    let planned = session.plan(environment?, reads, ask).await?;
    let mut notices = shown::notices(&planned, ask.since);
    let summary = planned.plan.summary();
    if summary.is_large_change() {
        notices.push(Notice::LargeChange { environment: planned.environment.name.clone(), summary });
    }
    let allowed = match Refusal::of_limit(&planned.plan) {
        Ok(()) => checks.hold(&planned, session).await,
        Err(refusal) => Err(refusal.into()),
    };
    let saved = match &request.out {
        Some(file) => {
            let saved = saved::save(file, request, &planned, session, allowed.is_ok()).await;
            saved.map(|saved| notices.push(saved))
        }
        None => Ok(()),
    };
    let is_different = request.detailed_exitcode && !planned.plan.is_empty();
    let exit = if is_different { Exit::Difference } else { Exit::Done };
    let outcome = saved.and(allowed).map(|()| exit);
    Ok(Shown { text: printed(&planned, request, session), plan: planned.plan, notices, outcome })
}

fn printed(planned: &Planned, request: &Request, session: &Session<'_>) -> String {
    match request.format {
        PlanFormat::Text => shown::plan(planned, request.reveal, session),
        PlanFormat::Json => json::plan(&planned.plan, &session.key),
        PlanFormat::Markdown | PlanFormat::Html => String::new(),
    }
}
