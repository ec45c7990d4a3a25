//! `trueup doctor`: whether a plan could run here, and what mends what is in its way. It only reads.

use time::OffsetDateTime;

use super::Exit;
use super::arguments::{Doctor as Request, DoctorFormat};
use super::context::Context;
use super::session::Session;
use crate::lifecycle::doctor::{self, Health, Patient};
use crate::message::Failure;
use crate::spec;
use crate::view::doctor as view;

pub(super) async fn run(request: &Request, context: &Context<'_>) -> Result<Exit, Failure> {
    let project = context.project_or_here()?;
    Session::within(context, project, async |session| Box::pin(examine(request, session)).await).await
}

async fn examine(request: &Request, session: &Session<'_>) -> Result<Exit, Failure> {
    // Without a project there are no environments, and the rest can be looked at all the same.
    let loaded = session.load_all(spec::names(&session.project).unwrap_or_default());
    let (mut environments, mut broken) = (Vec::new(), Vec::new());
    for one in loaded {
        match one.environment {
            Ok(environment) => environments.push(environment),
            Err(_) => broken.push(one.name),
        }
    }
    let settings = &session.context.settings;
    let trusted = settings.trust.look(settings.aws.ca_bundle.clone()).await;
    // Without clients it can be told why there are none.
    let clouds = session.clouds().await.map_err(|failure| match failure {
        Failure::Clouds(mut errors) if !errors.is_empty() => Ok(errors.remove(0)),
        other => Err(other),
    });
    let clouds = match clouds {
        Ok(clouds) => Ok(clouds),
        Err(Ok(error)) => Err(error),
        Err(Err(failure)) => return Err(failure),
    };
    let found = doctor::examine(Patient {
        clouds: clouds.as_ref().copied(),
        environments: &environments,
        broken: &broken,
        proxy: &settings.heroku.proxy,
        trusted: &trusted,
        now: OffsetDateTime::now_utc(),
    });
    let found = Box::pin(found).await;
    let output = session.context.output;
    output.data(&match request.format {
        DoctorFormat::Text => view::text(&found, output.theme(), output.width()),
        DoctorFormat::Json => view::json(&found),
    })?;
    let is_ill = found.iter().any(|one| one.health == Health::Fail);
    Ok(if is_ill { Exit::Error } else { Exit::Done })
}
