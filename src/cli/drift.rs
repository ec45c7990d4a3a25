//! `trueup drift`: what is live and not as it should be. It only reads, and takes no lock.

use std::path::PathBuf;
use std::pin::pin;

use futures_util::StreamExt;
use time::{Date, OffsetDateTime};

use super::Exit;
use super::arguments::{Drift as Request, DriftFormat};
use super::context::Context;
use super::session::{Ask, Loaded, Session, Since};
use super::shown::{self, Paragraphs};
use super::tally::Tally;
use crate::cloud::Reads;
use crate::drift::{Acknowledgements, Drift};
use crate::fleet;
use crate::message::{Failure, Notice, Task};
use crate::spec::{self, Environment, EnvironmentName};
use crate::view::drift::{self, Item, Total};
use crate::view::{failure, html, json, markdown};

/// Where acknowledgements stand unless another file is named.
const FILE: &str = "acknowledged.yaml";

pub(super) async fn run(request: &Request, context: &Context<'_>) -> Result<Exit, Failure> {
    Session::with(context, async |session| Box::pin(findings(request, session)).await).await
}

async fn findings(request: &Request, session: &Session<'_>) -> Result<Exit, Failure> {
    let selection = session.select(&request.environments)?;
    let acknowledgements = acknowledgements(request, session)?;
    let base = session.base(request.base.as_ref())?;
    let ask = Ask {
        allow_commands: request.sources.allow_commands,
        since: base.as_ref().map_or(Since::Now, Since::Revision),
        prune: false,
    };
    let today = OffsetDateTime::now_utc().date();
    let desk = Desk { ask, session, acknowledgements: &acknowledgements, today };
    let loaded = session.load_all(selection.names);
    let output = session.context.output;
    let mut tally = Tally::of(loaded.len(), output);
    let (mut page, mut total) = (Page::of(request.format), Total::default());
    // What begins with what matters is written when all is there.
    let is_whole = matches!(request.format, DriftFormat::Markdown | DriftFormat::Html);
    let keeps = is_whole || output.has_summary();
    let mut items = Vec::new();
    if !loaded.is_empty() {
        let reads = session.reads(loaded.iter().filter_map(|one| one.environment.as_ref().ok())).await?;
        let look = async |Loaded { name, environment }: Loaded| {
            let found = Box::pin(desk.look(environment, &reads)).await;
            (name, found)
        };
        let mut answers = pin!(fleet::side_by_side(session.context.width, loaded, look));
        while let Some((environment, found)) = answers.next().await {
            total.add(found.as_ref().ok().map(|(found, _)| found));
            output.data(&page.next(&environment, found.as_ref().map(|(found, _)| found), session))?;
            if keeps {
                let found = found.as_ref().map(|(found, _)| found.clone()).map_err(failure::words);
                items.push(Item { environment: environment.clone(), found });
            }
            let outcome = found.map(|(found, notices)| {
                output.notices(&notices);
                if found.is_some() { Exit::Difference } else { Exit::Done }
            });
            tally.add(&environment, outcome);
        }
    }
    let whole = match request.format {
        DriftFormat::Text | DriftFormat::Json => page.end(&total),
        DriftFormat::Markdown => drift::markdown(&items, selection.is_list, &session.key, markdown::COMMENT),
        DriftFormat::Html => html::findings(&items, selection.is_list, &session.key),
    };
    output.data(&whole)?;
    output.summarize(|limit| drift::markdown(&items, selection.is_list, &session.key, limit));
    session.warn_of_few_calls();
    Ok(tally.end())
}

/// What is printed of each environment at its turn.
enum Page {
    Text(Paragraphs),
    Json(json::List),
    /// Nothing: the document is written at the end.
    Whole,
}

impl Page {
    fn of(format: DriftFormat) -> Self {
        match format {
            DriftFormat::Text => Self::Text(Paragraphs::default()),
            DriftFormat::Json => Self::Json(json::List::default()),
            DriftFormat::Markdown | DriftFormat::Html => Self::Whole,
        }
    }

    fn next(
        &mut self,
        environment: &EnvironmentName,
        found: Result<&Drift, &Failure>,
        session: &Session<'_>,
    ) -> String {
        match (self, found) {
            (Self::Text(paragraphs), Ok(found)) => {
                paragraphs.next(&drift::text(found, &shown::options(false, session)))
            }
            (Self::Json(list), Ok(found)) => list.item(&drift::json(found, &session.key)),
            (Self::Json(list), Err(failure)) => list.failure(environment, failure),
            (Self::Text(_), Err(_)) | (Self::Whole, _) => String::new(),
        }
    }

    fn end(self, total: &Total) -> String {
        match self {
            Self::Json(list) => list.end(),
            // Of none it was said that nothing is selected.
            Self::Text(_) if total.is_of_none() => String::new(),
            Self::Text(mut paragraphs) => paragraphs.next(&total.line()),
            Self::Whole => String::new(),
        }
    }
}

/// What somebody answers for. Without a file nobody does; one that was named has to be there.
fn acknowledgements(request: &Request, session: &Session<'_>) -> Result<Acknowledgements, Failure> {
    let project = &session.project;
    let file = match &request.acknowledged {
        Some(file) => std::env::current_dir().map_err(Failure::system(Task::FindCurrentFolder))?.join(file),
        None if !project.join(FILE).exists() => return Ok(Acknowledgements::default()),
        None => PathBuf::from(FILE),
    };
    // A folder that cannot be read was said when environments were chosen from it.
    let known = spec::names(project).unwrap_or_default();
    Acknowledgements::load(project, &file, &known).map_err(Failure::Spec)
}

/// What looking at an environment takes; the same for all of them.
#[derive(Clone, Copy)]
struct Desk<'a> {
    ask: Ask<'a>,
    session: &'a Session<'a>,
    acknowledgements: &'a Acknowledgements,
    today: Date,
}

impl Desk<'_> {
    async fn look(
        self,
        environment: Result<Environment, Failure>,
        reads: &Reads,
    ) -> Result<(Drift, Vec<Notice>), Failure> {
        let Self { ask, session, acknowledgements, today } = self;
        let planned = session.plan(environment?, reads, ask).await?;
        Ok((Drift::of(&planned.plan, acknowledgements, today), shown::notices(&planned, ask.since)))
    }
}
