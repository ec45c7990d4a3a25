//! `trueup validate`: offline, every mistake of every environment at once.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::StreamExt;

use super::Exit;
use super::arguments::Environments;
use super::context::Context;
use super::tally::Tally;
use crate::fleet;
use crate::message::{Answer, Failure, Notice};
use crate::render::Own;
use crate::spec::{self, Environment, EnvironmentName, Finding, ProjectFile, SpecError};
use crate::view::markdown;
use crate::{render, view};

pub(super) async fn run(request: &Environments, context: &Context<'_>) -> Result<Exit, Failure> {
    let project = context.project()?;
    // Checking is cheap and safe: without names it checks them all.
    let asked = Environments { all: true, ..request.clone() };
    let selection = context.select(&project, &asked)?;
    let output = context.output;
    let mut tally = Tally::of(selection.names.len(), output);
    if request.names.is_empty() {
        for warning in spec::misnamed(&project).unwrap_or_default() {
            output.notice(&Notice::Spec(Box::new(warning)));
        }
    }
    let all = if request.names.is_empty() { selection.names.clone() } else { known(&project) };
    let project = Arc::new(Project { folder: project, environments: all, own: context.own_templates() });
    let check = |name: EnvironmentName| check_in_background(Arc::clone(&project), name);
    let checks = fleet::side_by_side(context.width, selection.names.iter().cloned(), check);
    let checked: Vec<Checked> = checks.collect().await;
    let mut shared = spec::shared(checked.iter().filter_map(|(_, one)| Some(&one.as_ref().ok()?.0)));
    let mut summary = Vec::new();
    for (name, outcome) in checked {
        let outcome = match (outcome, shared.remove(&name)) {
            (Ok(_), Some(mistakes)) => Err(Failure::Spec(SpecError::from_findings(mistakes))),
            (Ok((_, warnings)), None) => {
                for warning in warnings {
                    output.notice(&Notice::Spec(Box::new(warning)));
                }
                Ok(output.answer(&Answer::Valid(name.clone()))?)
            }
            (Err(error), _) => Err(Failure::Spec(error)),
        };
        summary.push((name.clone(), outcome.as_ref().err().map(view::failure::in_short)));
        tally.add(&name, outcome);
    }
    output.summarize(|limit| markdown::validated(&summary, limit));
    match ProjectFile::load(&project.folder) {
        Ok(_) => Ok(tally.end()),
        Err(error) => {
            output.failure(&Failure::Spec(error), None);
            Ok(tally.end().or(Exit::Error))
        }
    }
}

/// An environment and its warnings, or its mistakes.
type Checked = (EnvironmentName, Result<(Environment, Vec<Finding>), SpecError>);

/// What a check may look at.
struct Project {
    folder: PathBuf,
    /// All of its environments.
    environments: Vec<EnvironmentName>,
    /// Whether its templates count.
    own: Own,
}

/// The environments of a project; whoever needs them says why there are none.
fn known(project: &Path) -> Vec<EnvironmentName> {
    spec::names(project).unwrap_or_default()
}

/// Reading and checking keeps a processor busy, so it goes to a thread of its own.
async fn check_in_background(project: Arc<Project>, name: EnvironmentName) -> Checked {
    let checking = {
        let name = name.clone();
        tokio::task::spawn_blocking(move || check(&project, &name))
    };
    let checked = checking.await.unwrap_or_else(|panicked| std::panic::resume_unwind(panicked.into_panic()));
    (name, checked)
}

/// An environment that is valid by itself, with its warnings.
fn check(project: &Project, name: &EnvironmentName) -> Result<(Environment, Vec<Finding>), SpecError> {
    let environment = spec::load(&project.folder, name)?;
    let mut warnings = environment.warnings().to_vec();
    warnings.extend(render::warnings(&project.folder, &environment, &project.environments, project.own));
    Ok((environment, warnings))
}
