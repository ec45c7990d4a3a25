//! `trueup import`: looks at apps that are live and writes their environments. Reads only, and overwrites nothing.

mod files;
mod many;

use std::path::Path;

use time::OffsetDateTime;

use super::Exit;
use super::arguments::{Import as Request, SecretsArgument};
use super::context::Context;
use super::session::Session;
use crate::cloud::Reads;
use crate::lifecycle::import::{self, Asked, ImportError, Secrets};
use crate::message::{Failure, Notice};
use crate::spec::{self, AppName, Environment, EnvironmentName};
use files::Files;

pub(super) async fn run(request: &Request, context: &Context<'_>) -> Result<Exit, Failure> {
    let project = context.project_or_here()?;
    Session::within(context, project, async |session| match &request.app {
        Some(app) => Box::pin(one(request, app, session)).await,
        None => Box::pin(many::import(request, session)).await,
    })
    .await
}

async fn one(request: &Request, app: &AppName, session: &Session<'_>) -> Result<Exit, Failure> {
    let asked = Asked {
        environment: request.environment.clone().unwrap_or_else(|| named(app)),
        buckets: distinct(&request.bucket),
        users: distinct(&request.iam_user),
        ..asked(request, app)
    };
    let files = Files::of(&asked.environment);
    if let Some(taken) = files.taken(&session.project, asked.secrets) {
        return Err(ImportError::FileThere(taken).into());
    }
    let reads = Reads::new(session.clouds().await?.clone(), 1);
    let found = import::look(&asked, &reads).await?;
    let imported = import::write(&asked, &found, (OffsetDateTime::now_utc(), &session.key)).await?;
    let described = described(&session.project);
    files.write(&imported.document, imported.values.as_ref(), session)?;
    session.warn_of_few_calls();
    let output = session.context.output;
    if let Some((_, environment)) = described.into_iter().find(|(described, _)| described == app) {
        output.notice(&Notice::DescribedTwice { app: app.clone(), environment });
    }
    output.notice(&Notice::Imported {
        environment: asked.environment,
        external: imported.external,
        values: imported.values.is_some().then_some(files.values),
        left: imported.left,
    });
    Ok(Exit::Done)
}

/// An app by itself, in an environment of its own name.
fn asked(request: &Request, app: &AppName) -> Asked {
    Asked {
        app: app.clone(),
        environment: named(app),
        secrets: match request.secrets {
            SecretsArgument::External => Secrets::External,
            SecretsArgument::Env => Secrets::Env,
        },
        buckets: Vec::new(),
        users: Vec::new(),
        is_one_of_many: request.app.is_none(),
        telling: Vec::new(),
        left: Vec::new(),
    }
}

fn named(app: &AppName) -> EnvironmentName {
    EnvironmentName::parse(app.as_str()).expect("every app's name can be an environment's")
}

/// Each once, in the order asked.
fn distinct<T: Clone + PartialEq>(asked: &[T]) -> Vec<T> {
    let mut distinct: Vec<T> = Vec::new();
    for one in asked {
        if !distinct.contains(one) {
            distinct.push(one.clone());
        }
    }
    distinct
}

/// The apps that the project's environments describe.
fn described(project: &Path) -> Vec<(AppName, EnvironmentName)> {
    let described = environments(project).into_iter();
    described.map(|environment| (environment.spec.app.name, environment.name)).collect()
}

/// The project's environments, as far as their files can be read.
fn environments(project: &Path) -> Vec<Environment> {
    let names = spec::names(project).unwrap_or_default();
    names.iter().filter_map(|name| spec::load(project, name).ok()).collect()
}
