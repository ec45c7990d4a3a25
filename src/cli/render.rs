//! `trueup render`: the environment's app from its template, offline, into a folder.

use std::path::Path;

use super::Exit;
use super::arguments::Render as Request;
use super::context::{Context, select_one};
use crate::message::{Failure, Notice, Refusal};
use crate::render::{self, Fate, RenderError, Survey};
use crate::spec::{self, Environment};
use crate::view::{self, FilesOptions};

pub(super) fn run(request: &Request, context: &Context<'_>) -> Result<Exit, Failure> {
    let output = context.output;
    let project = context.project()?;
    let name = select_one(&project, request.name.as_deref())?;
    let environment = spec::load(&project, &name).map_err(Failure::Spec)?;
    let warn = |warning| output.notice(&Notice::Spec(Box::new(warning)));
    environment.warnings().iter().cloned().for_each(warn);
    let all = spec::names(&project).unwrap_or_default();
    let rendered = render::app(&project, &environment, &all, context.own_templates())
        .map_err(|error| failure(&environment, error))?;
    render::not_started(&rendered, &environment).into_iter().for_each(warn);
    let folder = request.out.clone().unwrap_or(project);
    let survey = render::survey(rendered, &folder).map_err(Failure::Folder)?;
    if survey.is_first() && !request.check && !request.force {
        refuse_the_work_of_others(&survey, &folder)?;
    }
    if !request.check {
        render::write(&survey, request.force).map_err(Failure::Folder)?;
    }
    let options = FilesOptions {
        theme: output.theme(),
        diff: request.diff,
        force: request.force,
        check: request.check,
    };
    output.data(&view::files(&environment, &folder, &survey.changes, options))?;
    // One folder holds one app; whose, is worth a word when it changes.
    if let Some(before) = survey.other_environment.clone() {
        output.notice(&Notice::OtherApp { before, now: name });
    }
    ended(&survey, request)
}

fn ended(survey: &Survey, request: &Request) -> Result<Exit, Failure> {
    let is_different = survey.changes.iter().any(|change| change.fate != Fate::Same);
    if request.check {
        return Ok(if is_different { Exit::Difference } else { Exit::Done });
    }
    let left = survey.changes.iter().filter(|change| change.fate.is_conflict()).count();
    if left == 0 || request.force { Ok(Exit::Done) } else { Err(Refusal::FilesLeft(left).into()) }
}

/// In a folder into which nothing was rendered, files that would be overwritten: most likely it is the wrong one.
fn refuse_the_work_of_others(survey: &Survey, folder: &Path) -> Result<(), Failure> {
    let others = survey.changes.iter().filter(|change| change.fate == Fate::NotOurs);
    let files: Vec<String> = others.map(|change| change.path.clone()).collect();
    if files.is_empty() {
        return Ok(());
    }
    Err(Refusal::FolderOfOthers { folder: folder.to_owned(), files }.into())
}

/// Mistakes of the spec are shown at their places.
fn failure(environment: &Environment, error: RenderError) -> Failure {
    match error {
        RenderError::Template { .. } => Failure::Template(error),
        error => Failure::mistakes(environment, error.mistakes()),
    }
}
