//! `trueup backup ENV verify`: restores a backup into a database that is made for it, and says what came of it.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::programs::{self, Ran};
use super::server::Server;
use super::{Request, load};
use crate::cli::Exit;
use crate::cli::arguments::BackupFormat;
use crate::cli::session::Session;
use crate::cli::signal::Interruptions;
use crate::cloud::CloudError;
use crate::lifecycle::backup::{self, Held};
use crate::lifecycle::verify::{Checked, count};
use crate::message::{Failure, Task};
use crate::resource::proof::{Finding, Outcome};
use crate::resource::task::download::in_words;
use crate::resource::task::transfer::BACKUP;
use crate::spec::{AppName, AttachmentName};
use crate::view::progress::Alone;
use crate::view::verify::{self as view, Report};

pub(super) async fn verify(request: &Request, session: &Session<'_>) -> Result<Exit, Failure> {
    let began = Instant::now();
    let environment = load(request, session)?;
    let name = backup::database(&environment.spec, request.database.as_ref())
        .map_err(|none| Failure::NoDatabase(environment.name.clone(), none))?;
    let app = environment.spec.app.name.clone();
    let path = (session.context.lookup)("PATH");
    let mut interruptions = Interruptions::listen();
    let mut trial = Trial { name, path, checks: Vec::new() };
    if let Some(file) = &request.file {
        Box::pin(trial.run(file, request, &mut interruptions)).await?;
    } else {
        Box::pin(session.admit(&environment)).await?;
        let folder = tempfile::Builder::new().prefix("trueup-backup-").tempdir();
        let folder = folder.map_err(Failure::system(Task::Write(std::env::temp_dir())))?;
        let fetched = tokio::select! {
            fetched = Box::pin(trial.fetch(session, &app, request, folder.path())) => fetched?,
            _ = interruptions.next() => return Err(Failure::Interrupted),
        };
        if let Some(file) = fetched {
            Box::pin(trial.run(&file, request, &mut interruptions)).await?;
        }
    }
    let report = Report { environment: environment.name, app, checks: trial.checks, took: began.elapsed() };
    let output = session.context.output;
    output.data(&match request.format {
        BackupFormat::Text => view::text(&report, output.theme(), output.width()),
        BackupFormat::Json => view::json(&report),
    })?;
    Ok(if count(&report.checks, Outcome::Fail) > 0 { Exit::Error } else { Exit::Done })
}

/// One backup that is tried.
struct Trial {
    /// The database that it is of.
    name: AttachmentName,
    /// Where programs are looked for.
    path: Option<String>,
    checks: Vec<Checked>,
}

/// The checks, in their order.
const FILE: &str = "file";
const CONTENTS: &str = "contents";
const SERVER: &str = "server";
const EXTENSIONS: &str = "extensions";
const RESTORE: &str = "restore";
const TABLES: &str = "tables";

impl Trial {
    /// Notes what a check found; whether those after it can be made.
    fn note(&mut self, check: &str, began: Instant, finding: Finding) -> bool {
        let carries = finding.carries();
        let id = format!("addons.{}.backup.{check}", self.name);
        self.checks.push(Checked { id, finding, took: began.elapsed() });
        carries
    }

    /// The checks that cannot be made without this one.
    fn skip(&mut self, without: &str, checks: &[&str]) {
        for check in checks {
            let why = format!("not tried without `addons.{}.backup.{without}`", self.name);
            self.note(check, Instant::now(), Finding::skipped(why));
        }
    }

    /// Fetches the backup; `None` when it could not.
    async fn fetch(
        &mut self,
        session: &Session<'_>,
        app: &AppName,
        request: &Request,
        folder: &Path,
    ) -> Result<Option<PathBuf>, Failure> {
        let began = Instant::now();
        let fetched = fetch(session, (app, &self.name), request, folder).await?;
        Ok(match fetched {
            Ok((path, told)) => {
                self.note(FILE, began, Finding::pass(told));
                Some(path)
            }
            Err(finding) => {
                self.note(FILE, began, finding);
                self.skip(FILE, &[CONTENTS, SERVER, EXTENSIONS, RESTORE, TABLES]);
                None
            }
        })
    }

    /// Tries the backup in a file. When somebody asks to stop, what was made is removed all the same.
    async fn run(
        &mut self,
        file: &Path,
        request: &Request,
        interruptions: &mut Interruptions,
    ) -> Result<(), Failure> {
        let began = Instant::now();
        if request.file.is_some() && !self.note(FILE, began, of_file(file)) {
            self.skip(FILE, &[CONTENTS, SERVER, EXTENSIONS, RESTORE, TABLES]);
            return Ok(());
        }
        let began = Instant::now();
        let (finding, contents) = contents(file, self.path.as_deref()).await;
        if !self.note(CONTENTS, began, finding) {
            self.skip(CONTENTS, &[SERVER, EXTENSIONS, RESTORE, TABLES]);
            return Ok(());
        }
        let began = Instant::now();
        let server = match Server::ready(request.postgres.as_ref(), self.path.as_deref()).await {
            Ok(server) => server,
            Err(finding) => {
                self.note(SERVER, began, finding);
                self.skip(SERVER, &[EXTENSIONS, RESTORE, TABLES]);
                return Ok(());
            }
        };
        let is_interrupted = tokio::select! {
            () = self.on(&server, (file, &contents), began) => false,
            _ = interruptions.next() => true,
        };
        if let Some(left) = server.clean_up().await {
            self.note("cleanup", Instant::now(), left);
        }
        if is_interrupted { Err(Failure::Interrupted) } else { Ok(()) }
    }

    async fn on(&mut self, server: &Server, (file, contents): (&Path, &Contents), began: Instant) {
        let version = match server.connect().await {
            Ok(database) => database.version().await,
            Err(error) => Err(error),
        };
        let finding = told(version, |version| Finding::pass(format!("PostgreSQL {version}")));
        if !self.note(SERVER, began, finding) {
            return self.skip(SERVER, &[EXTENSIONS, RESTORE, TABLES]);
        }
        let began = Instant::now();
        let finding =
            told(missing(server, &contents.extensions).await, |missing| of_extensions(contents, &missing));
        if !self.note(EXTENSIONS, began, finding) {
            return self.skip(EXTENSIONS, &[RESTORE, TABLES]);
        }
        let began = Instant::now();
        let finding = restore(file, server, self.path.as_deref()).await;
        if !self.note(RESTORE, began, finding) {
            return self.skip(RESTORE, &[TABLES]);
        }
        let began = Instant::now();
        let counted = match server.connect().await {
            Ok(database) => database.count().await,
            Err(error) => Err(error),
        };
        let finding = told(counted, |counted| {
            if counted.tables == 0 {
                Finding::warn(
                    "there is no table in it",
                    "look whether this is the database that the app uses",
                )
            } else {
                Finding::pass(format!(
                    "{} with {} in all",
                    number(counted.tables, "table"),
                    number(counted.rows, "row")
                ))
            }
        });
        self.note(TABLES, began, finding);
    }
}

/// `1 table`, `12 tables`.
fn number(number: u64, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

fn told<T>(answer: Result<T, CloudError>, told: impl FnOnce(T) -> Finding) -> Finding {
    match answer {
        Ok(found) => told(found),
        Err(error) => Finding::failed(&error, "run it again; `-v` shows what was asked"),
    }
}

/// Fetches the backup that is meant to a folder: its path, and what is to be told of it.
async fn fetch(
    session: &Session<'_>,
    (app, name): (&AppName, &AttachmentName),
    request: &Request,
    folder: &Path,
) -> Result<Result<(PathBuf, String), Finding>, Failure> {
    let (clouds, output) = (session.clouds().await?, session.context.output);
    let names = std::slice::from_ref(name);
    let (_, held) = backup::list(clouds, app, names).await?.remove(0);
    let Some(Held { app: billed, backups }) = held else {
        let reason = format!("the app {app} has no database {name}");
        return Ok(Err(Finding::fail(reason, format!("trueup apply {}", request.name))));
    };
    let backup = match backup::chosen(&backups, request.backup.as_ref()) {
        Ok(backup) => backup,
        Err(reason) => return Ok(Err(Finding::fail(reason, format!("trueup backup {} list", request.name)))),
    };
    let path = folder.join(format!("{backup}.dump"));
    let write = Failure::system(Task::Write(path.clone()));
    let mut file = crate::cli::scratch::private().create_new(true).open(&path).map_err(write)?;
    let began = Instant::now();
    let address = BACKUP.address(name);
    let say = |line: Option<String>| line.into_iter().for_each(|line| output.progress(&line));
    let (mut progress, first) =
        Alone::begin(address.as_str(), &format!("fetching {backup}"), output.is_interactive());
    say(first);
    let tell = |done, of| {
        let spent = began.elapsed();
        say(progress.update(&in_words(done, of, spent.as_secs_f64()), spent));
    };
    let fetched = clouds.heroku.download_backup((&billed, backup.number), &mut file, tell).await?;
    Ok(Ok((path, format!("{backup}: {} bytes, SHA-256 {}", fetched.bytes, fetched.sha256))))
}

fn of_file(file: &Path) -> Finding {
    let read = || {
        let mut head = [0; 5];
        let mut opened = File::open(file)?;
        let bytes = opened.metadata()?.len();
        opened.read_exact(&mut head)?;
        Ok::<_, std::io::Error>((bytes, head))
    };
    match read() {
        Ok((bytes, head)) if head == *b"PGDMP" => Finding::pass(format!("{}: {bytes} bytes", file.display())),
        Ok(_) => {
            let remedy = "name a file that `trueup backup ENV download` wrote";
            Finding::fail(format!("{} is no dump in PostgreSQL's custom format", file.display()), remedy)
        }
        Err(error) => {
            let remedy = "name a file that `trueup backup ENV download` wrote";
            Finding::fail(format!("{} cannot be read: {error}", file.display()), remedy)
        }
    }
}

/// What a dump says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Contents {
    entries: usize,
    /// The version of the server that it is of.
    version: Option<String>,
    extensions: Vec<String>,
}

impl Contents {
    /// Reads what `pg_restore --list` prints.
    fn read(list: &str) -> Self {
        let mut contents = Self::default();
        for line in list.lines() {
            if let Some(rest) = line.strip_prefix(';') {
                let version = rest.trim().strip_prefix("Dumped from database version: ");
                contents.version = contents.version.or_else(|| Some(version?.split(' ').next()?.to_owned()));
                continue;
            }
            // `2; 3079 16385 EXTENSION - vector`
            let words: Vec<&str> = line.split_whitespace().collect();
            contents.entries += usize::from(words.len() > 3);
            if let [_, _, _, "EXTENSION", _, name, ..] = words.as_slice() {
                contents.extensions.push((*name).to_owned());
            }
        }
        contents
    }
}

fn no_pg_restore() -> Finding {
    let remedy = "install PostgreSQL's client programs, of the database's version or newer: `apt install \
                  postgresql-client`, `brew install libpq`";
    Finding::fail("PostgreSQL's programs are not installed: there is no `pg_restore`", remedy)
}

async fn contents(file: &Path, path: Option<&str>) -> (Finding, Contents) {
    let Some(program) = programs::find("pg_restore", path) else {
        return (no_pg_restore(), Contents::default());
    };
    match programs::run(&program, &["--list", &file.display().to_string()], &[]).await {
        Ran::Missing => (no_pg_restore(), Contents::default()),
        Ran::Badly(said) => {
            let remedy =
                "take another backup; where it names a version, install programs of that version or newer";
            (Finding::fail(format!("`pg_restore` cannot read it: {said}"), remedy), Contents::default())
        }
        Ran::Well(list) => {
            let contents = Contents::read(&list);
            let of = contents.version.as_ref().map(|version| format!(" of a PostgreSQL {version}"));
            (Finding::pass(format!("{} entries{}", contents.entries, of.unwrap_or_default())), contents)
        }
    }
}

/// The extensions that the server cannot add.
async fn missing(server: &Server, extensions: &[String]) -> Result<Vec<String>, CloudError> {
    let database = server.connect().await?;
    let mut missing = Vec::new();
    for extension in extensions {
        if !database.has_extension(extension).await? {
            missing.push(extension.clone());
        }
    }
    Ok(missing)
}

fn of_extensions(contents: &Contents, missing: &[String]) -> Finding {
    match (contents.extensions.is_empty(), missing.is_empty()) {
        (true, _) => Finding::pass("none"),
        (false, true) => Finding::pass(contents.extensions.join(", ")),
        (false, false) => Finding::fail(
            format!("the server that it is tried on has no {}", missing.join(", ")),
            "install them there, such as `apt install postgresql-17-pgvector`, or name a server that has them with \
             `--postgres URL`",
        ),
    }
}

async fn restore(file: &Path, server: &Server, path: Option<&str>) -> Finding {
    let Some(program) = programs::find("pg_restore", path) else { return no_pg_restore() };
    let file = file.display().to_string();
    let variables = server.address.variables();
    let database = variables.iter().find(|(name, _)| *name == "PGDATABASE").map(|(_, name)| name.clone());
    let database = database.unwrap_or_default();
    let arguments =
        ["--no-owner", "--no-acl", "--no-password", "--exit-on-error", "--dbname", &database, &file];
    match programs::run(&program, &arguments, &variables).await {
        Ran::Missing => no_pg_restore(),
        Ran::Well(_) => Finding::pass("restored without an error"),
        Ran::Badly(said) => Finding::fail(
            format!("`pg_restore` ended with an error: {said}"),
            "what it names is missing on the server that it is tried on, or the backup is broken: try `--postgres URL` \
             with a server like Heroku's, or another backup",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dump_tells_its_version_and_its_extensions() {
        let list = ";\n; Archive created at 2026-11-26 02:00:00 UTC\n;     Dumped from database version: 17.6 (Ubuntu)\n\
                    ;     Dumped by pg_dump version: 17.6\n;\n2; 3079 16385 EXTENSION - vector\n\
                    3500; 0 0 COMMENT - EXTENSION vector\n217; 1259 16389 TABLE public users u1\n";
        let expected =
            Contents { entries: 3, version: Some("17.6".to_owned()), extensions: vec!["vector".to_owned()] };
        assert_eq!(Contents::read(list), expected);
    }

    #[test]
    fn an_extension_that_the_server_lacks_is_told() {
        let contents = Contents { extensions: vec!["vector".to_owned()], ..Contents::default() };
        let finding = of_extensions(&contents, &["vector".to_owned()]);
        assert_eq!((finding.outcome, finding.detail.contains("vector")), (Outcome::Fail, true));
        assert_eq!(of_extensions(&contents, &[]).outcome, Outcome::Pass);
    }
}
