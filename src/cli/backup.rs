//! `trueup backup`: has databases backed up, lists their backups, fetches one, and tries one.

mod programs;
mod server;
mod verify;

use std::path::PathBuf;

use super::Exit;
use super::arguments::{Backup as Request, BackupAction, BackupFormat};
use super::context::{Context, select_one};
use super::one::{One, Words};
use super::session::{Planned, Session};
use crate::lifecycle::backup::{self, Entry, Held, Listed};
use crate::message::{Answer, Failure, Question, Refusal};
use crate::resource::{Draft, Overview};
use crate::secret::Supplied;
use crate::spec::Environment;
use crate::view::backup as view;

pub(super) async fn run(request: &Request, context: &Context<'_>) -> Result<Exit, Failure> {
    if let Some(option) = request.out_of_place() {
        return Err(Failure::OutOfPlace { option, action: request.action.word() });
    }
    Session::with(context, async |session| match request.action {
        BackupAction::Capture => Box::pin(capture(request, session)).await,
        BackupAction::List => Box::pin(list(request, session)).await,
        BackupAction::Download => Box::pin(download(request, session)).await,
        BackupAction::Verify => Box::pin(verify::verify(request, session)).await,
    })
    .await
}

async fn capture(request: &Request, session: &Session<'_>) -> Result<Exit, Failure> {
    let environment = load(request, session)?;
    let names = backup::databases(&environment.spec, request.database.as_ref())
        .map_err(|none| Failure::NoDatabase(environment.name.clone(), none))?;
    let question = (!request.writing.yes).then(|| Question::BackUp(environment.name.clone()));
    let decide = async |overview: Overview<'_>| Ok(backup::capture(overview, &names).await?);
    carry_out(request, session, environment, question, decide).await
}

/// Nothing is written anywhere but to a file, so nothing is asked.
async fn download(request: &Request, session: &Session<'_>) -> Result<Exit, Failure> {
    let environment = load(request, session)?;
    let name = backup::database(&environment.spec, request.database.as_ref())
        .map_err(|none| Failure::NoDatabase(environment.name.clone(), none))?;
    let folder = request.folder(session);
    let decide = async |overview: Overview<'_>| {
        Ok(backup::download(overview, (&name, request.backup.as_ref()), &folder).await?)
    };
    carry_out(request, session, environment, None, decide).await
}

async fn carry_out(
    request: &Request,
    session: &Session<'_>,
    environment: Environment,
    question: Option<Question>,
    decide: impl AsyncFnOnce(Overview<'_>) -> Result<Draft, Failure>,
) -> Result<Exit, Failure> {
    let writes = One::new(&request.writing, session)?.waiting_at_most(request.wait);
    let name = environment.name.clone();
    let (nothing, blocked) = (Answer::AsAsked(name.clone()), Refusal::NotBackedUp(name));
    let plan = async {
        let reads = session.reads([&environment].into_iter()).await?;
        // What is in a database needs no values.
        let asked = (environment.clone(), Supplied::default());
        let planned: Planned = session.plan_by(asked, &reads, decide).await?;
        Ok(planned)
    };
    let words = Words { question, nothing, blocked };
    Box::pin(writes.run(&request.writing, &environment, plan, words)).await
}

async fn list(request: &Request, session: &Session<'_>) -> Result<Exit, Failure> {
    let environment = load(request, session)?;
    let names = backup::databases(&environment.spec, request.database.as_ref())
        .map_err(|none| Failure::NoDatabase(environment.name.clone(), none))?;
    session.admit(&environment).await?;
    let app = environment.spec.app.name.clone();
    let databases = backup::list(session.clouds().await?, &app, &names).await?;
    let entries = |held: Held| held.backups.iter().map(Entry::from).collect();
    let databases = databases.into_iter().map(|(name, held)| (name, held.map(entries))).collect();
    let listed = Listed { environment: environment.name, app, databases };
    let output = session.context.output;
    output.data(&match request.format {
        BackupFormat::Text => view::text(&listed, output.theme()),
        BackupFormat::Json => view::json(&listed),
    })?;
    Ok(Exit::Done)
}

fn load(request: &Request, session: &Session<'_>) -> Result<Environment, Failure> {
    session.load(&select_one(&session.project, Some(&request.name))?)
}

impl Request {
    /// Where files are put.
    fn folder(&self, session: &Session<'_>) -> PathBuf {
        self.to.clone().unwrap_or_else(|| session.project.clone())
    }

    /// An option that says nothing to what is done.
    fn out_of_place(&self) -> Option<&'static str> {
        let fetches = self.action == BackupAction::Download;
        let (lists, tries) = (self.action == BackupAction::List, self.action == BackupAction::Verify);
        let given = [
            ("BACKUP", self.backup.is_some() && !fetches && (!tries || self.file.is_some())),
            ("--to", self.to.is_some() && !fetches),
            ("--format", self.format != BackupFormat::Text && !lists && !tries),
            ("--file", self.file.is_some() && !tries),
            ("--postgres", self.postgres.is_some() && !tries),
            ("--wait", self.wait.is_some() && self.action != BackupAction::Capture),
        ];
        given.into_iter().find(|(_, is_out_of_place)| *is_out_of_place).map(|(option, _)| option)
    }
}
