//! `trueup validate`: offline, every mistake of every environment at once.

use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;

use futures_util::StreamExt;

use super::arguments::Environments;
use super::context::{Context, select};
use super::render::{not_started, rendered};
use super::tally::Tally;
use super::{Exit, Failure};
use crate::fleet;
use crate::resource::Mistake;
use crate::spec::{self, Environment, EnvironmentName, Finding, Severity, SpecError};
use crate::view::Theme;

pub(super) async fn run(request: &Environments, context: &Context<'_>) -> Result<Exit, Failure> {
    let project = context.project()?;
    // Checking is cheap and safe: without names it checks them all.
    let asked = Environments { all: true, ..request.clone() };
    let selection = select(&project, &asked)?;
    let output = context.output;
    let mut tally = Tally::of(selection.names.len(), output);
    let all = if request.names.is_empty() { selection.names.clone() } else { known(&project) };
    let project = Arc::new(Project { folder: project, environments: all });
    let check = |name: EnvironmentName| check_in_background(Arc::clone(&project), name);
    let mut checks = pin!(fleet::side_by_side(context.width, selection.names.iter().cloned(), check));
    while let Some((name, checked)) = checks.next().await {
        let outcome = match checked {
            Ok(warnings) => {
                for warning in warnings {
                    output.tell(&warning.render(output.stderr_theme() == Theme::Colour));
                }
                Ok(output.data(&format!("{name}: valid\n"))?)
            }
            Err(error) => Err(Failure::Spec(error)),
        };
        tally.add(&name, outcome);
    }
    Ok(tally.end())
}

/// What a check may look at.
struct Project {
    folder: PathBuf,
    /// All of its environments.
    environments: Vec<EnvironmentName>,
}

/// The environments of a project; an unreadable folder is told by whoever needs it.
fn known(project: &Path) -> Vec<EnvironmentName> {
    spec::names(project).unwrap_or_default()
}

/// Reading and checking keeps a processor busy, so it goes to a thread of its own.
async fn check_in_background(
    project: Arc<Project>,
    name: EnvironmentName,
) -> (EnvironmentName, Result<Vec<Finding>, SpecError>) {
    let checking = {
        let name = name.clone();
        tokio::task::spawn_blocking(move || check(&project, &name))
    };
    let checked = checking.await.unwrap_or_else(|panicked| std::panic::resume_unwind(panicked.into_panic()));
    (name, checked)
}

/// The warnings of an environment that is valid.
fn check(project: &Project, name: &EnvironmentName) -> Result<Vec<Finding>, SpecError> {
    let environment = spec::load(&project.folder, name)?;
    let mut warnings = environment.warnings().to_vec();
    warnings.extend(template(project, &environment));
    Ok(warnings)
}

/// What `render` would refuse or warn of. Only warnings: an environment can be planned and applied without its app.
fn template(project: &Project, environment: &Environment) -> Vec<Finding> {
    if environment.spec.template.is_none() {
        return Vec::new();
    }
    let warning = |one: Mistake| {
        let message = format!("`render` will refuse this: {}", one.message);
        let finding = environment.finding(&one.key, message, one.help.as_deref());
        Finding { severity: Severity::Warning, ..finding }
    };
    match rendered(&project.folder, environment, &project.environments) {
        Ok(rendered) => not_started(environment, &rendered),
        Err(error) => error.mistakes().into_iter().map(warning).collect(),
    }
}
