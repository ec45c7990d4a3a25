//! `trueup plan`: looks at everything, decides, shows the difference.

use std::pin::pin;

use futures_util::StreamExt;

use super::arguments::{Plan as Request, PlanFormat};
use super::context::Context;
use super::digests::Digests;
use super::layout::{Comment, Layout};
use super::session::{Ask, Loaded, Planned, Session, Since};
use super::shown;
use super::tally::Tally;
use super::{Exit, saved};
use crate::cloud::Reads;
use crate::fleet;
use crate::message::{Failure, Notice};
use crate::plan::Plan;
use crate::spec::{Environment, EnvironmentName};
use crate::view::{json, markdown};

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
    let base = session.base(request.since.base.as_ref())?;
    let ask = Ask {
        allow_commands: request.sources.allow_commands,
        since: Since::revision(base.as_ref()),
        prune: request.since.prune,
    };
    let loaded = session.load_all(selection.names);
    let output = session.context.output;
    let mut tally = Tally::of(loaded.len(), output);
    let mut digests = Digests::default();
    let mut layout = Layout::of(request.format, selection.is_list);
    let mut comment = Comment::new(selection.is_list);
    if !loaded.is_empty() {
        let environments = loaded.iter().filter_map(|one| one.environment.as_ref().ok());
        let reads = session.reads(environments).await?;
        let answer = |loaded| answer(loaded, ask, request, session, &reads);
        let mut answers = pin!(fleet::side_by_side(session.context.width, loaded, answer));
        // Each is printed at its turn, as soon as it is there.
        while let Some(Answer { environment, planned }) = answers.next().await {
            output.data(&layout.next(&environment, planned.as_ref().map(|shown| shown.text.as_str())))?;
            digests.add(&environment, planned.as_ref().ok().map(|shown| shown.plan.digest()));
            if keeps(request, session) {
                comment.add(&environment, planned.as_ref().map(|shown| shown.plan.clone()));
            }
            let outcome = planned.and_then(|Shown { notices, saved, exit, .. }| {
                output.notices(&notices);
                saved.map(|()| exit)
            });
            tally.add(&environment, outcome);
        }
    }
    let digest = digests.of_all();
    output.data(&layout.end(digest.as_ref()))?;
    if request.format == PlanFormat::Markdown {
        output.data(&comment.text(digest.as_ref(), &session.key, markdown::COMMENT))?;
    }
    if output.has_summary() {
        output.summarize(&comment.text(digest.as_ref(), &session.key, markdown::STEP_SUMMARY));
    }
    session.warn_of_few_calls();
    Ok(tally.end())
}

/// Whether the plans are needed once more when all are there.
fn keeps(request: &Request, session: &Session<'_>) -> bool {
    request.format == PlanFormat::Markdown || session.context.output.has_summary()
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
    /// Whether it could be saved, if it was to be.
    saved: Result<(), Failure>,
    exit: Exit,
}

async fn answer(
    loaded: Loaded,
    ask: Ask<'_>,
    request: &Request,
    session: &Session<'_>,
    reads: &Reads,
) -> Answer {
    let Loaded { name, environment } = loaded;
    let planned = Box::pin(planned(environment, ask, request, session, reads)).await;
    Answer { environment: name, planned }
}

async fn planned(
    environment: Result<Environment, Failure>,
    ask: Ask<'_>,
    request: &Request,
    session: &Session<'_>,
    reads: &Reads,
) -> Result<Shown, Failure> {
    let planned = session.plan(environment?, reads, ask).await?;
    let mut notices = shown::notices(&planned, ask);
    let summary = planned.plan.summary();
    if summary.is_large_change() {
        notices.push(Notice::LargeChange { environment: planned.environment.name.clone(), summary });
    }
    let saved = match &request.out {
        Some(file) => saved::save(file, request, &planned, session).await.map(|saved| notices.push(saved)),
        None => Ok(()),
    };
    let is_different = request.detailed_exitcode && !planned.plan.is_empty();
    let exit = if is_different { Exit::Difference } else { Exit::Done };
    Ok(Shown { text: printed(&planned, request, session), plan: planned.plan, notices, saved, exit })
}

fn printed(planned: &Planned, request: &Request, session: &Session<'_>) -> String {
    match request.format {
        PlanFormat::Text => shown::plan(planned, request.reveal, session),
        PlanFormat::Json => json::plan(&planned.plan, &session.key),
        PlanFormat::Markdown => String::new(),
    }
}
