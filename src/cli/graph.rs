//! `trueup graph`: what an environment is made of and what needs what; offline.

use time::OffsetDateTime;

use super::Exit;
use super::arguments::{Graph as Request, GraphFormat};
use super::context::{Context, select_one};
use crate::lifecycle::graph;
use crate::message::Failure;
use crate::spec;
use crate::view;

pub(super) fn run(request: &Request, context: &Context<'_>) -> Result<Exit, Failure> {
    let project = context.project()?;
    let name = select_one(&project, request.name.as_deref())?;
    let environment = spec::load(&project, &name).map_err(Failure::Spec)?;
    let key = context.settings.fingerprint_key();
    let graph = graph::of(&environment, (OffsetDateTime::now_utc(), &key))
        .map_err(|mistakes| Failure::mistakes(&environment, mistakes))?;
    context.output.data(&match request.format {
        GraphFormat::Mermaid => view::graph::mermaid(&graph),
        GraphFormat::Dot => view::graph::dot(&graph),
        GraphFormat::Svg => view::html::resources(&graph),
    })
}
