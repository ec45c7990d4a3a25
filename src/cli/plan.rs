//! `trueup plan`: looks at everything, decides, shows the difference.

use std::pin::pin;

use futures_util::StreamExt;

use super::arguments::{Plan as Request, PlanFormat};
use super::context::{Context, select};
use super::session::{Planned, Session};
use super::shown::{self, Paragraphs};
use super::tally::Tally;
use super::{Exit, Failure, saved};
use crate::cloud::Reads;
use crate::fleet::{self, Selection};
use crate::spec::EnvironmentName;
use crate::view::{self, json};

pub(super) async fn run(request: &Request, context: &Context<'_>) -> Result<Exit, Failure> {
    if request.reveal && (context.settings.is_ci || !context.output.is_interactive()) {
        return Err(Failure::message(
            "`--reveal` shows secrets, so it works on a terminal only",
            Some("run it by hand, outside CI"),
        ));
    }
    Session::with(context, async |session| Box::pin(plans(request, session)).await).await
}

/// The plan of one environment, ready to be printed.
struct Answer {
    environment: EnvironmentName,
    /// What goes to standard output; nothing when there is no plan.
    data: String,
    /// What goes to standard error besides.
    notes: Vec<String>,
    outcome: Result<Exit, Failure>,
}

async fn plans(request: &Request, session: &Session<'_>) -> Result<Exit, Failure> {
    let selection = select(&session.project, &request.environments)?;
    if request.out.is_some() && selection.names.len() > 1 {
        return Err(Failure::message(
            "`--out` saves the plan of one environment at a time, and these are several",
            Some("name one, and a file of its own"),
        ));
    }
    let tally = print(request, &selection, session).await?;
    shown::few_calls_left(session);
    Ok(tally.end())
}

/// Prints each plan at its turn, as soon as it is made.
async fn print<'a>(
    request: &Request,
    selection: &Selection,
    session: &Session<'a>,
) -> Result<Tally<'a>, Failure> {
    let output = session.context.output;
    let mut tally = Tally::of(selection.names.len(), output);
    let mut paragraphs = Paragraphs::default();
    let mut list = (selection.is_list && request.format == PlanFormat::Json).then(json::List::default);
    let reads = session.reads(selection.names.len()).await?;
    let answer = |environment| answer(environment, request, session, &reads);
    let mut answers =
        pin!(fleet::side_by_side(session.context.width, selection.names.iter().cloned(), answer));
    while let Some(Answer { environment, data, notes, outcome }) = answers.next().await {
        let data = match (&mut list, &outcome) {
            (Some(list), Err(failure)) if data.is_empty() => {
                let (message, hint) = failure.words();
                list.failure(environment.as_str(), &message, hint.as_deref())
            }
            (Some(list), _) => list.item(&data),
            (None, _) => paragraphs.next(data),
        };
        output.data(&data)?;
        for note in &notes {
            output.tell(note);
        }
        tally.add(&environment, outcome);
    }
    if let Some(list) = list {
        output.data(&list.end())?;
    }
    Ok(tally)
}

async fn answer(
    environment: EnvironmentName,
    request: &Request,
    session: &Session<'_>,
    reads: &Reads,
) -> Answer {
    let planned = async {
        let environment = session.load(&environment)?;
        Box::pin(session.plan(environment, reads, request.sources.allow_commands)).await
    };
    let planned = match planned.await {
        Ok(planned) => planned,
        Err(failure) => {
            return Answer { environment, data: String::new(), notes: Vec::new(), outcome: Err(failure) };
        }
    };
    let mut notes = shown::warnings(&planned, session);
    notes.extend(shown::large_change(&planned.plan).map(|large| {
        let text = format!("{large}: `apply` will want --allow-large-change");
        view::error::warning(&text, session.context.output.stderr_theme())
    }));
    let saved = match &request.out {
        Some(file) => saved::save(file, request, &planned, session).await.map(|note| notes.push(note)),
        None => Ok(()),
    };
    let outcome = saved.map(|()| exit(&planned, request));
    Answer { environment, data: data(&planned, request, session), notes, outcome }
}

fn data(planned: &Planned, request: &Request, session: &Session<'_>) -> String {
    match request.format {
        PlanFormat::Text => shown::plan(planned, request.reveal, session),
        PlanFormat::Json => json::plan(&planned.plan, &session.key),
    }
}

fn exit(planned: &Planned, request: &Request) -> Exit {
    let is_different = request.detailed_exitcode && !planned.plan.is_empty();
    if is_different { Exit::Difference } else { Exit::Done }
}
