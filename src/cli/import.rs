//! `trueup import`: looks at an app that is live and writes its environment. Reads only, and overwrites nothing.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use time::OffsetDateTime;

use super::Exit;
use super::arguments::{Import as Request, SecretsArgument};
use super::context::Context;
use super::scratch::private;
use super::session::Session;
use crate::cloud::Reads;
use crate::lifecycle::import::{self, Asked, ImportError, Imported, Secrets};
use crate::message::{Answer, Failure, Notice, Task};
use crate::secret::Secret;
use crate::spec::EnvironmentName;

/// The folder of environments, and what git ignores in it.
const FOLDER: &str = "environments";
const IGNORED: &str = "*.env";

pub(super) async fn run(request: &Request, context: &Context<'_>) -> Result<Exit, Failure> {
    let project = context.project_or_here()?;
    Session::within(context, project, async |session| Box::pin(import(request, session)).await).await
}

async fn import(request: &Request, session: &Session<'_>) -> Result<Exit, Failure> {
    let asked = asked(request);
    let files = Files::of(&asked.environment);
    files.must_be_free(&session.project, asked.secrets)?;
    let reads = Reads::new(session.clouds().await?.clone(), 1);
    let found = import::look(&asked, &reads).await?;
    let imported = import::write(&asked, &found, (OffsetDateTime::now_utc(), &session.key)).await?;
    write(&files, &imported, session)?;
    session.warn_of_few_calls();
    session.context.output.notice(&Notice::Imported {
        environment: asked.environment,
        external: imported.external,
        values: imported.values.is_some().then_some(files.values),
        left: imported.left,
    });
    Ok(Exit::Done)
}

fn asked(request: &Request) -> Asked {
    let named =
        || EnvironmentName::parse(request.app.as_str()).expect("every app's name can be an environment's");
    Asked {
        app: request.app.clone(),
        environment: request.environment.clone().unwrap_or_else(named),
        secrets: match request.secrets {
            SecretsArgument::External => Secrets::External,
            SecretsArgument::Env => Secrets::Env,
        },
        buckets: distinct(&request.bucket),
        users: distinct(&request.iam_user),
    }
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

/// The files of an environment, relative to the project.
struct Files {
    document: String,
    /// The other ending that an environment may have.
    short: String,
    values: String,
}

impl Files {
    fn of(environment: &EnvironmentName) -> Self {
        let file = |ending: &str| format!("{FOLDER}/{environment}.{ending}");
        Self { document: file("yaml"), short: file("yml"), values: file("env") }
    }

    /// Whoever's they are, files that are there stay; best told before anything is asked.
    fn must_be_free(&self, project: &Path, secrets: Secrets) -> Result<(), ImportError> {
        let values = (secrets == Secrets::Env).then_some(&self.values);
        let taken = [&self.document, &self.short].into_iter().chain(values);
        let is_there = |file: &&String| std::fs::symlink_metadata(project.join(file)).is_ok();
        taken
            .filter(is_there)
            .map(|file| Err(ImportError::FileThere(PathBuf::from(file))))
            .next()
            .unwrap_or(Ok(()))
    }
}

/// The environment last: without it nothing else counts.
fn write(files: &Files, imported: &Imported, session: &Session<'_>) -> Result<(), Failure> {
    let project = &session.project;
    let folder = project.join(FOLDER);
    std::fs::create_dir_all(&folder).map_err(Failure::system(Task::Write(folder.clone())))?;
    let output = session.context.output;
    if let Some(values) = &imported.values {
        ignore(&folder).map_err(Failure::system(Task::Write(folder.join(".gitignore"))))?;
        write_new(project, &files.values, &private(), text_of(values))?;
        output.answer(&Answer::Wrote(files.values.clone().into()))?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true);
    write_new(project, &files.document, &options, &imported.document)?;
    output.answer(&Answer::Wrote(files.document.clone().into()))?;
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "what `--secrets env` asks for: a file that only its owner may read"
)]
fn text_of(values: &Secret) -> &str {
    values.reveal()
}

/// Writes a file that is not there; one that somebody made in the meantime stays.
fn write_new(project: &Path, file: &str, options: &std::fs::OpenOptions, text: &str) -> Result<(), Failure> {
    let path = project.join(file);
    let written = options.clone().create_new(true).open(&path).and_then(|mut opened| {
        opened.write_all(text.as_bytes())?;
        opened.sync_all()
    });
    match written {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            Err(ImportError::FileThere(PathBuf::from(file)).into())
        }
        written => written.map_err(Failure::system(Task::Write(path))),
    }
}

/// Has git ignore files of values, beside whatever else it ignores there.
fn ignore(folder: &Path) -> io::Result<()> {
    let file = folder.join(".gitignore");
    let before = match std::fs::read_to_string(&file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        before => before?,
    };
    if before.lines().any(|line| line.trim() == IGNORED) {
        return Ok(());
    }
    let line_end = if before.is_empty() || before.ends_with('\n') { "" } else { "\n" };
    let mut opened = std::fs::OpenOptions::new().append(true).create(true).open(&file)?;
    writeln!(opened, "{line_end}{IGNORED}")
}
