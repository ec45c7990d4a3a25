//! `trueup validate`: offline, every mistake of every environment at once.

use std::path::Path;

use super::arguments::{Environments, Global};
use super::session::{chosen, project};
use super::{Exit, Failure, Output};
use crate::render::{RenderError, Source, render};
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

/// What `render` would refuse. Only a warning: an environment can be planned and applied without its app.
fn template(project: &Path, environment: &Environment) -> Vec<Finding> {
    let Some(template) = &environment.spec.template else { return Vec::new() };
    let outcome = Source::find(project, &template.name).and_then(|source| render(&source, environment, &[]));
    let warning = |key: &str, message: &str, help: Option<&str>| {
        let finding = environment.finding(key, format!("`render` will refuse this: {message}"), help);
        Finding { severity: Severity::Warning, ..finding }
    };
    match outcome {
        Ok(_) => Vec::new(),
        Err(RenderError::Variables(mistakes)) => {
            mistakes.iter().map(|one| warning(&one.key, &one.message, one.help.as_deref())).collect()
        }
        Err(error) => vec![warning("template.name", &error.to_string(), None)],
    }
}
