//! `trueup render`: the environment's app from its template, offline, into a folder.

use std::path::Path;

use super::arguments::Render as Request;
use super::context::{Context, select_one};
use super::{Exit, Failure, Output};
use crate::render::{self, Fate, FolderError, RenderError, Rendered, Source, Survey};
use crate::spec::{self, Environment, EnvironmentName, Finding, ProcessType, Severity};
use crate::view::{self, FilesOptions};

pub(super) fn run(request: &Request, context: &Context<'_>) -> Result<Exit, Failure> {
    let output = context.output;
    let project = context.project()?;
    let name = select_one(&project, request.name.as_deref())?;
    let environment = spec::load(&project, &name).map_err(Failure::Spec)?;
    for warning in environment.warnings() {
        output.tell(&warning.render(output.stderr_theme() == view::Theme::Colour));
    }
    let all = spec::names(&project).unwrap_or_default();
    let rendered = rendered(&project, &environment, &all).map_err(|error| failure(&environment, error))?;
    for warning in not_started(&environment, &rendered) {
        output.tell(&warning.render(output.stderr_theme() == view::Theme::Colour));
    }
    let folder = request.out.clone().unwrap_or(project);
    let survey = render::survey(rendered, &folder).map_err(|error| refused(&error))?;
    if survey.is_first() && !request.check && !request.force {
        refuse_the_work_of_others(&survey, &folder)?;
    }
    if !request.check {
        render::write(&survey, request.force).map_err(|error| refused(&error))?;
    }
    let options = FilesOptions {
        theme: output.theme(),
        diff: request.diff,
        force: request.force,
        check: request.check,
    };
    output.data(&view::files(&head(&environment, &folder), &survey.changes, options))?;
    tell_of_another(&survey, &environment, output);
    ended(&survey, request)
}

/// The app of an environment, from its template. `all` are the environments of the project.
pub(super) fn rendered(
    project: &Path,
    environment: &Environment,
    all: &[EnvironmentName],
) -> Result<Rendered, RenderError> {
    let names: Vec<String> = all.iter().map(ToString::to_string).collect();
    let source = Source::find(project, render::template_of(environment))?;
    render::render(&source, environment, &names)
}

/// Warnings of processes that `plan` would defer for ever.
pub(super) fn not_started(environment: &Environment, rendered: &Rendered) -> Vec<Finding> {
    let warning = |process: &ProcessType| {
        let message = format!("the Procfile does not start `{process}`");
        let help = format!(
            "add it to the template's Procfile; `rails` takes `processes: [\"{process}: COMMAND\"]` in `template.vars`"
        );
        let finding = environment.finding(&format!("formation.{process}"), message, Some(&help));
        Finding { severity: Severity::Warning, ..finding }
    };
    render::not_started(rendered, &environment.spec).into_iter().map(warning).collect()
}

fn head(environment: &Environment, folder: &Path) -> String {
    let folder = match folder.to_str() {
        Some("" | ".") | None => "this folder",
        Some(text) => text,
    };
    format!("{} · template {} · {folder}", environment.name, render::template_of(environment))
}

fn ended(survey: &Survey, request: &Request) -> Result<Exit, Failure> {
    let is_different = survey.changes.iter().any(|change| change.fate != Fate::Same);
    if request.check {
        return Ok(if is_different { Exit::Difference } else { Exit::Done });
    }
    let left = survey.changes.iter().filter(|change| change.fate.is_conflict()).count();
    match left {
        0 => Ok(Exit::Done),
        _ if request.force => Ok(Exit::Done),
        1 => Err(left_alone("1 file is its owner's, and left as it is")),
        left => Err(left_alone(&format!("{left} files are their owners', and left as they are"))),
    }
}

fn left_alone(message: &str) -> Failure {
    let hint = "take over by hand what you want of the differences above, or overwrite with `--force`";
    Failure::Refused(message.to_owned(), Some(hint.to_owned()))
}

/// In a folder into which nothing was rendered, files that would be overwritten: most likely it is the wrong one.
fn refuse_the_work_of_others(survey: &Survey, folder: &Path) -> Result<(), Failure> {
    const SHOWN: usize = 5;
    let others = survey.changes.iter().filter(|change| change.fate == Fate::NotOurs);
    let others: Vec<String> = others.map(|change| format!("`{}`", change.path)).collect();
    let listed = others.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    let more = match others.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    if others.is_empty() {
        return Ok(());
    }
    let noun = if others.len() == 1 { "a file" } else { "files" };
    Err(Failure::Refused(
        format!(
            "`{}` holds {noun} that trueup did not render and would overwrite: {listed}{more}; nothing was written",
            folder.display()
        ),
        Some(
            "name another folder with `--out DIR`; `--check --diff` shows the differences, `--force` overwrites"
                .to_owned(),
        ),
    ))
}

/// One folder holds one app; whose, is worth a word when it changes.
fn tell_of_another(survey: &Survey, environment: &Environment, output: &Output) {
    if let Some(other) = &survey.other_environment {
        let text = format!("what was there is `{other}`'s app, and this is `{}`'s", environment.name);
        output.tell(&view::error::warning(&text, output.stderr_theme()));
    }
}

/// Mistakes of the spec are shown at their places.
fn failure(environment: &Environment, error: RenderError) -> Failure {
    match error {
        RenderError::Template { .. } => {
            Failure::message(error.to_string(), Some("correct the template; nothing was written"))
        }
        error => Failure::mistakes(environment, error.mistakes()),
    }
}

fn refused(error: &FolderError) -> Failure {
    Failure::message(error.to_string(), Some(error.hint()))
}
