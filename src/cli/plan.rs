//! `trueup plan`: looks at everything, decides, shows the difference.

use std::pin::pin;

use futures_util::StreamExt;

use super::arguments::{Plan as Request, PlanFormat};
use super::context::Context;
use super::digests::Digests;
use super::session::{Loaded, Planned, Session};
use super::shown::{self, Paragraphs};
use super::tally::Tally;
use super::{Exit, saved};
use crate::cloud::Reads;
use crate::fleet;
use crate::message::{Failure, Notice};
use crate::plan::PlanDigest;
use crate::spec::{Environment, EnvironmentName};
use crate::view::json;

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
    if selection.names.is_empty() {
        let digest = PlanDigest::of_all([]);
        return session.context.output.data(&Layout::of(request, selection.is_list).end(Some(&digest)));
    }
    let loaded = session.load_all(selection.names);
    let reads = session.reads(loaded.iter().filter_map(|one| one.environment.as_ref().ok())).await?;
    let output = session.context.output;
    let mut tally = Tally::of(loaded.len(), output);
    let mut digests = Digests::default();
    let mut layout = Layout::of(request, selection.is_list);
    let answer = |loaded| answer(loaded, request, session, &reads);
    let mut answers = pin!(fleet::side_by_side(session.context.width, loaded, answer));
    // Each is printed at its turn, as soon as it is there.
    while let Some(answer) = answers.next().await {
        output.data(&layout.next(&answer))?;
        let Answer { environment, planned } = answer;
        digests.add(&environment, planned.as_ref().ok().map(|shown| shown.digest.clone()));
        let outcome = planned.and_then(|Shown { notices, saved, exit, .. }| {
            output.notices(&notices);
            saved.map(|()| exit)
        });
        tally.add(&environment, outcome);
    }
    output.data(&layout.end(digests.of_all().as_ref()))?;
    session.warn_of_few_calls();
    Ok(tally.end())
}

/// What there is to say of one environment.
struct Answer {
    environment: EnvironmentName,
    planned: Result<Shown, Failure>,
}

/// A plan that was made.
struct Shown {
    /// As it is printed.
    plan: String,
    digest: PlanDigest,
    notices: Vec<Notice>,
    /// Whether it could be saved, if it was to be.
    saved: Result<(), Failure>,
    exit: Exit,
}

async fn answer(loaded: Loaded, request: &Request, session: &Session<'_>, reads: &Reads) -> Answer {
    let Loaded { name, environment } = loaded;
    let planned = Box::pin(planned(environment, request, session, reads)).await;
    Answer { environment: name, planned }
}

async fn planned(
    environment: Result<Environment, Failure>,
    request: &Request,
    session: &Session<'_>,
    reads: &Reads,
) -> Result<Shown, Failure> {
    let planned = session.plan(environment?, reads, request.sources.allow_commands).await?;
    let mut notices = shown::notices(&planned);
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
    let digest = planned.plan.digest();
    Ok(Shown { plan: printed(&planned, request, session), digest, notices, saved, exit })
}

fn printed(planned: &Planned, request: &Request, session: &Session<'_>) -> String {
    match request.format {
        PlanFormat::Text => shown::plan(planned, request.reveal, session),
        PlanFormat::Json => json::plan(&planned.plan, &session.key),
    }
}

/// How several plans stand beside each other.
enum Layout {
    Text(Paragraphs),
    /// One object, or nothing when there is no plan.
    Object,
    List(json::List),
}

impl Layout {
    fn of(request: &Request, is_list: bool) -> Self {
        match request.format {
            PlanFormat::Text => Self::Text(Paragraphs::default()),
            PlanFormat::Json if is_list => Self::List(json::List::default()),
            PlanFormat::Json => Self::Object,
        }
    }

    fn next(&mut self, answer: &Answer) -> String {
        match (self, &answer.planned) {
            (Self::Text(paragraphs), Ok(shown)) => paragraphs.next(&shown.plan),
            (Self::Object, Ok(shown)) => shown.plan.clone(),
            (Self::Text(_) | Self::Object, Err(_)) => String::new(),
            (Self::List(list), Ok(shown)) => list.item(&shown.plan),
            (Self::List(list), Err(failure)) => list.failure(&answer.environment, failure),
        }
    }

    fn end(self, digest: Option<&PlanDigest>) -> String {
        match self {
            Self::Text(_) | Self::Object => String::new(),
            Self::List(list) => list.end(digest),
        }
    }
}
