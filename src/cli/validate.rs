//! `trueup validate`: offline, every mistake of every environment at once.

use super::arguments::{Environments, Global};
use super::session::{chosen, project};
use super::{Exit, Failure, Output};
use crate::settings::Settings;
use crate::spec;
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
                output.data(&format!("{name}: valid\n"))?;
            }
            Err(error) => mistakes.push(error),
        }
    }
    if mistakes.is_empty() { Ok(Exit::Done) } else { Err(Failure::Spec(mistakes)) }
}
