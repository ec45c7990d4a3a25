//! `trueup clone`: writes the file of a new environment, which is an old one but for its names, and makes it so. The same
//! clone again goes on from the file that is there. Nothing is written to where it comes from.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use time::OffsetDateTime;
use tokio::sync::OnceCell;

use super::Exit;
use super::arguments::CloneEnvironment as Request;
use super::context::{Context, select_one};
use super::one::{One, Words};
use super::session::{Planned, Session};
use crate::lifecycle::clone::{self, Asked, Code, Terms};
use crate::message::{Answer, Failure, Notice, Question, Refusal, Task};
use crate::resource::Overview;
use crate::spec::{self, Environment};

pub(super) async fn run(request: &Request, context: &Context<'_>) -> Result<Exit, Failure> {
    Session::with(context, async |session| Box::pin(one(request, session)).await).await
}

async fn one(request: &Request, session: &Session<'_>) -> Result<Exit, Failure> {
    let writes = One::new(&request.writing, session)?;
    let source = session.load(&select_one(&session.project, Some(&request.source))?)?;
    let Draft { mut clone, text } = draft(request, &source, session)?;
    let name = clone.name.clone();
    let words = Words {
        question: (!request.writing.yes).then(|| Question::Apply(vec![name.clone()])),
        nothing: Answer::AsAsked(name.clone()),
        blocked: Refusal::Blocked(name),
    };
    let shown = clone.clone();
    let plan = async {
        let reads = session.reads([&clone].into_iter()).await?;
        Box::pin(session.admit(&clone)).await?;
        let seen = OnceCell::new();
        let look = || seen.get_or_try_init(|| clone::look(&source, &reads, request.code));
        let origins =
            if request.data { Some(clone::data::look(&clone, look().await?, &reads).await?) } else { None };
        if let Some(origins) = &origins {
            clone::data::fork(&mut clone, origins);
        }
        let supplied = session.supply(&clone, request.sources.allow_commands).await?;
        let decide = async |overview: Overview<'_>| {
            let code = if !request.code {
                Code::Left
            } else if clone::runs_code(overview).await? {
                Code::Kept
            } else {
                Code::Released
            };
            let lacking =
                if request.objects { Some(clone::objects::look(overview, &source).await?) } else { None };
            let targets = match &origins {
                Some(origins) => clone::data::targets(overview, &source, origins).await?,
                None => clone::data::Targets::new(),
            };
            let terms = Terms {
                source: &source,
                copies: &request.copy_vars,
                is_new: text.is_some(),
                data: origins.as_ref().map(|origins| (origins, &targets)),
                code,
                objects: lacking.as_ref(),
            };
            Ok(clone::draft(overview, terms, look().await?))
        };
        // The source is looked at while the clone is.
        let ahead = async { Ok(look().await.map(drop)?) };
        let planned = Box::pin(session.plan_by((clone, supplied), &reads, decide));
        let (planned, ()) = tokio::try_join!(planned, ahead)?;
        if let Some(text) = &text {
            keep(&planned, text, session)?;
        }
        Ok(planned)
    };
    Box::pin(writes.run(&request.writing, &shown, plan, words)).await
}

/// The clone's environment.
struct Draft {
    clone: Environment,
    /// The text of its file, when that is not there yet.
    text: Option<String>,
}

/// The environment that was cloned before, or a new one.
fn draft(request: &Request, source: &Environment, session: &Session<'_>) -> Result<Draft, Failure> {
    let name = &request.name;
    if *name == source.name {
        return Err(Refusal::CloneOfItself(name.clone()).into());
    }
    let project = &session.project;
    let is_there =
        |ending: &str| std::fs::symlink_metadata(project.join(file(name.as_str(), ending))).is_ok();
    let draft = if is_there("yaml") || is_there("yml") {
        let draft = Draft { clone: session.load(name)?, text: None };
        if request.app.is_some() || request.ttl.is_some() || !request.set.is_empty() {
            session.context.output.notice(&Notice::CloneStands(name.clone()));
        }
        draft
    } else {
        let asked = Asked { name: name.clone(), app: request.app.clone(), settings: request.set.clone() };
        let expires = request.ttl.and_then(|ttl| ttl.end(OffsetDateTime::now_utc()));
        let text = clone::document(&asked, source, expires);
        Draft { clone: spec::load_as(project, name, &text).map_err(Failure::Spec)?, text: Some(text) }
    };
    if draft.clone.spec.cloned_from.as_ref() != Some(&source.name) {
        let (environment, source) = (name.clone(), source.name.clone());
        return Err(Refusal::NotAClone { environment, source }.into());
    }
    let names = spec::names(project).unwrap_or_default();
    let others: Vec<Environment> = names.iter().filter_map(|name| spec::load(project, name).ok()).collect();
    let collisions = clone::collisions(source, &draft.clone, &others);
    if !collisions.is_empty() {
        return Err(Refusal::Collides { environment: name.clone(), collisions }.into());
    }
    Ok(draft)
}

fn file(name: &str, ending: &str) -> PathBuf {
    Path::new("environments").join(format!("{name}.{ending}"))
}

/// Writes the file of a clone that may be made. What is made later is known by it.
fn keep(planned: &Planned, text: &str, session: &Session<'_>) -> Result<(), Failure> {
    if !planned.plan.blocked.is_empty() {
        return Ok(());
    }
    Refusal::of_limit(&planned.plan)?;
    let file = file(planned.environment.name.as_str(), "yaml");
    let path = session.project.join(&file);
    // One that somebody made in the meantime stays.
    let written =
        std::fs::OpenOptions::new().write(true).create_new(true).open(&path).and_then(|mut opened| {
            opened.write_all(text.as_bytes())?;
            opened.sync_all()
        });
    written.map_err(Failure::system(Task::Write(path)))?;
    session.context.output.answer(&Answer::Wrote(file.display().to_string().into())).map(drop)
}
