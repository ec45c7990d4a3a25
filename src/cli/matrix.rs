//! `trueup matrix`: the environments that were asked for, as a matrix for a CI system; offline.

use super::Exit;
use super::arguments::Environments;
use super::context::Context;
use super::tally::Tally;
use crate::message::{Failure, Notice};
use crate::spec;
use crate::view::selection;

/// GitHub refuses a run with more jobs of one matrix (life-and-ci.md section 14).
const MOST_JOBS: usize = 256;

pub(super) fn run(request: &Environments, context: &Context<'_>) -> Result<Exit, Failure> {
    let project = context.project()?;
    // A list of the fleet without a word of which is the list of them all.
    let asked = Environments { all: request.names.is_empty(), ..request.clone() };
    let selected = context.select(&project, &asked)?;
    let mut tally = Tally::of(selected.names.len(), context.output);
    let mut environments = Vec::new();
    for name in selected.names {
        // One that cannot be read is no job, and makes the command fail.
        match spec::load(&project, &name) {
            Ok(environment) => environments.push((name, environment.spec.app.name)),
            Err(error) => tally.add(&name, Err(Failure::Spec(error))),
        }
    }
    context.output.data(&selection::matrix(&environments))?;
    if environments.len() > MOST_JOBS {
        context.output.notice(&Notice::LargeMatrix { jobs: environments.len(), most: MOST_JOBS });
    }
    Ok(tally.end())
}
