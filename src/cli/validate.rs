//! `trueup validate`: offline, every mistake of every environment at once.

use std::path::Path;

use super::arguments::{Environments, Global};
use super::render::{not_started, rendered};
use super::session::{chosen, project};
use super::{Exit, Failure, Output};
use crate::resource::Mistake;
use crate::settings::Settings;
use crate::spec::{self, Environment, Finding, Severity};
use crate::view::Theme;

pub(super) fn run(
    request: &Environments,
    global: &Global,
    settings: &Settings,
    output: &Output,
) -> Result<Exit, Failure> {
    let project = project(global, settings)?;
    // Checking is cheap and safe: without names it checks them all.
    let asked = Environments { all: true, ..request.clone() };
    let mut mistakes = Vec::new();
    for name in chosen(&project, &asked)? {
        match spec::load(&project, &name) {
            Ok(environment) => {
                for warning in environment.warnings() {
                    output.tell(&warning.render(output.stderr_theme() == Theme::Colour));
                }
                for warning in template(&project, &environment) {
                    output.tell(&warning.render(output.stderr_theme() == Theme::Colour));
                }
                output.data(&format!("{name}: valid\n"))?;
            }
            Err(error) => mistakes.push(error),
        }
    }
    if mistakes.is_empty() { Ok(Exit::Done) } else { Err(Failure::Spec(mistakes)) }
}

/// What `render` would refuse or warn of. Only warnings: an environment can be planned and applied without its app.
fn template(project: &Path, environment: &Environment) -> Vec<Finding> {
    if environment.spec.template.is_none() {
        return Vec::new();
    }
    let warning = |one: Mistake| {
        let message = format!("`render` will refuse this: {}", one.message);
        let finding = environment.finding(&one.key, message, one.help.as_deref());
        Finding { severity: Severity::Warning, ..finding }
    };
    match rendered(project, environment) {
        Ok(rendered) => not_started(environment, &rendered),
        Err(error) => error.mistakes().into_iter().map(warning).collect(),
    }
}
