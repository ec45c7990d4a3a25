//! `trueup status`: how environments are, from what a plan reads and the release that runs; read-only.

use std::pin::pin;

use futures_util::StreamExt;
use time::OffsetDateTime;

use super::Exit;
use super::arguments::{Environments, Status as Request, StatusFormat};
use super::context::Context;
use super::session::{Ask, Loaded, Session, Since};
use super::tally::Tally;
use crate::cloud::Reads;
use crate::fleet;
use crate::message::Failure;
use crate::spec::{AppName, Environment, EnvironmentName};
use crate::status::{Besides, Status, has_dynos};
use crate::view::status::{self, Row};
use crate::view::{html, markdown};

/// What is asked of Heroku for an environment besides what a plan asks: its release.
const CALLS: u64 = 1;

pub(super) async fn run(request: &Request, context: &Context<'_>) -> Result<Exit, Failure> {
    Session::with(context, async |session| Box::pin(rows(request, session)).await).await
}

async fn rows(request: &Request, session: &Session<'_>) -> Result<Exit, Failure> {
    // It only looks: without a word of which, it looks at them all.
    let asked = Environments { all: request.environments.names.is_empty(), ..request.environments.clone() };
    let selection = session.select(&asked)?;
    let loaded = session.load_all(selection.names);
    let output = session.context.output;
    let mut tally = Tally::of(loaded.len(), output);
    let mut rows = Vec::new();
    if !loaded.is_empty() {
        let environments = loaded.iter().filter_map(|one| one.environment.as_ref().ok());
        let reads = session.reads_and(environments, CALLS).await?;
        let answer = |loaded| answer(loaded, request, session, &reads);
        let mut answers = pin!(fleet::side_by_side(session.context.width, loaded, answer));
        while let Some(Answer { environment, app, seen }) = answers.next().await {
            rows.push(Row::of(&environment, app, seen.as_ref()));
            tally.add(&environment, seen.map(|_| Exit::Done));
        }
    }
    let now = OffsetDateTime::now_utc();
    let comment = |limit| status::markdown(&rows, selection.is_list, now, limit);
    output.data(&match request.format {
        StatusFormat::Text => status::text(&rows, output.theme(), now),
        StatusFormat::Json => status::json(&rows),
        StatusFormat::Markdown => comment(markdown::COMMENT),
        StatusFormat::Html => html::fleet(&rows, now),
    })?;
    output.summarize(comment);
    session.warn_of_few_calls();
    Ok(tally.end())
}

/// How one environment is, or why that is not known.
struct Answer {
    environment: EnvironmentName,
    /// The app that its file names, when it can be read.
    app: Option<AppName>,
    seen: Result<Status, Failure>,
}

async fn answer(loaded: Loaded, request: &Request, session: &Session<'_>, reads: &Reads) -> Answer {
    let Loaded { name, environment } = loaded;
    let app = environment.as_ref().ok().map(|environment| environment.spec.app.name.clone());
    let seen = Box::pin(seen(environment, request, session, reads)).await;
    Answer { environment: name, app, seen }
}

async fn seen(
    environment: Result<Environment, Failure>,
    request: &Request,
    session: &Session<'_>,
    reads: &Reads,
) -> Result<Status, Failure> {
    // A line or an item has no room for who moved what, which takes calls of its own.
    let is_told = matches!(request.format, StatusFormat::Html | StatusFormat::Markdown);
    let since = if is_told { Since::Now } else { Since::Never };
    let ask = Ask { allow_commands: request.sources.allow_commands, since, prune: false };
    let planned = session.plan(environment?, reads, ask).await?;
    let live = planned.world.app.live();
    let release = async {
        match live {
            Some(app) => reads.clouds().heroku.current_release(&app.name).await,
            None => Ok(None),
        }
    };
    let sizes = async { if has_dynos(&planned.world) { reads.dyno_sizes().await } else { Ok(Vec::new()) } };
    let (release, sizes) = tokio::try_join!(release, sizes)?;
    let expires = planned.environment.spec.expires.map(|expiry| expiry.to_string());
    let besides = Besides { release: release.map(Into::into), expires, sizes };
    Ok(Status::of(&planned.plan, &planned.world, besides, OffsetDateTime::now_utc()))
}
