//! `trueup verify`: acts as the app does, and says what works. It writes nothing but what it deletes again, and with
//! `--fix` what is missing and can be made.

use std::time::Instant;

use time::OffsetDateTime;

use super::Exit;
use super::arguments::{Verify as Request, VerifyFormat};
use super::context::{Context, select_one};
use super::session::Session;
use crate::lifecycle::verify;
use crate::message::Failure;
use crate::resource::proof::{self, Asked, Origin, Outcome};
use crate::resource::{self, Desired, Overview};
use crate::secret::Supplied;
use crate::view::verify::Report;
use crate::view::{html, markdown, verify as view};

pub(super) async fn run(request: &Request, context: &Context<'_>) -> Result<Exit, Failure> {
    Session::with(context, async |session| Box::pin(checks(request, session)).await).await
}

async fn checks(request: &Request, session: &Session<'_>) -> Result<Exit, Failure> {
    let began = Instant::now();
    let environment = session.load(&select_one(&session.project, request.name.as_deref())?)?;
    session.admit(&environment).await?;
    let reads = session.reads([&environment].into_iter()).await?;
    let world = Box::pin(resource::observe(&environment.spec, &reads)).await?;
    // What is live is proven by what is live: no value of the operator's is needed.
    let (supplied, now) = (Supplied::default(), OffsetDateTime::now_utc());
    let desired = Desired { environment: &environment, supplied: &supplied, now, before: None };
    let overview = Overview { desired: &desired, world: &world, reads: &reads };
    let cloned_from = environment.spec.cloned_from.as_ref();
    // A source whose file is gone or broken is said where it is missed.
    let source = cloned_from.and_then(|name| session.load(name).ok());
    let origin = cloned_from.map(|name| Origin {
        name: name.as_str(),
        app: source.as_ref().map(|source| source.spec.app.name.as_str()),
    });
    let made = verify::make(proof::prove(Asked { overview, fix: request.fix, origin })).await;
    let report = Report {
        environment: environment.name.clone(),
        app: environment.spec.app.name.clone(),
        checks: made,
        took: began.elapsed(),
    };
    let output = session.context.output;
    output.data(&match request.format {
        VerifyFormat::Text => view::text(&report, output.theme(), output.width()),
        VerifyFormat::Json => view::json(&report),
        VerifyFormat::Junit => view::junit(&report),
        VerifyFormat::Markdown => view::markdown(&report, markdown::COMMENT),
        VerifyFormat::Html => html::checks(&report),
    })?;
    output.summarize(|limit| view::markdown(&report, limit));
    session.warn_of_few_calls();
    Ok(if verify::count(&report.checks, Outcome::Fail) > 0 { Exit::Error } else { Exit::Done })
}
