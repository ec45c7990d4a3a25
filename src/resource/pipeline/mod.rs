//! The pipeline that the app is in, and its stage there (heroku-api.md section 7).
//!
//! Names are not unique, so a pipeline is known by the app that is in it, or else by being the only one of its name. One
//! that nobody has is created; none is ever deleted, since others put their apps there.

mod change;
mod import;
mod proof;
mod removal;

use super::rights::{Asked, Entitled, Rights, Scope};
use super::{Desired, Draft, Facts, Look, Resource, Section, World, app};
use crate::cloud::heroku::{App, Pipeline};
use crate::cloud::{CloudError, Reads};
use crate::spec::{self, Spec};
pub use change::Change;

/// The kind.
pub struct Kind;

/// What the kind says of itself.
pub static SECTION: Section = Section::new("app.pipeline").kind("heroku_pipeline_coupling").noun("pipeline");

/// What Heroku said of the app's pipeline, and of those of the name that the spec has.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    /// Where the app is.
    pub place: Option<Place>,
    /// The pipelines of the name that the spec has, the oldest first.
    pub named: Vec<Pipeline>,
}

/// The place of an app in a pipeline.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Place {
    /// The UUID of the coupling.
    pub coupling_id: String,
    /// The UUID of the pipeline.
    pub pipeline_id: String,
    /// The pipeline's name; `None` when the account may not see it.
    pub pipeline: Option<String>,
    /// The stage as served.
    pub stage: String,
}

impl Place {
    /// What people call the pipeline.
    fn name(&self) -> &str {
        self.pipeline.as_deref().unwrap_or(&self.pipeline_id)
    }
}

impl Resource for Kind {
    type Observed = Observed;
    type Change = Change;

    async fn observe(look: &Look<'_>) -> Result<Observed, CloudError> {
        let Some(wanted) = &look.spec().app.pipeline else { return Ok(Observed::default()) };
        let named = look.reads().pipelines_named(wanted.name.as_str());
        // Under its old name, an app that is to be renamed is in a pipeline too.
        let coupling = async {
            match look.of::<app::Kind>().await?.live() {
                Some(app) => look.reads().coupling(app).await,
                None => Ok(None),
            }
        };
        let (named, coupling) = tokio::try_join!(named, coupling)?;
        let place = match coupling {
            Some(coupling) => Some(place_of(coupling, &named, look.reads()).await?),
            None => None,
        };
        Ok(Observed { place, named })
    }

    fn heroku_calls(spec: &Spec) -> u64 {
        if spec.app.pipeline.is_some() { 2 } else { 0 }
    }

    fn facts(world: &World, facts: &mut Facts) {
        let Observed { place, named } = &world.pipeline;
        if let Some(place) = place {
            facts.state(&SECTION.whole(), place);
        }
        // Whether there is one yet changes nothing: whoever comes first makes it.
        if named.len() > 1 {
            facts.state(&SECTION.whole(), named);
        }
    }

    fn diff(desired: &Desired<'_>, world: &World, draft: &mut Draft) {
        let Some(wanted) = &desired.spec().app.pipeline else { return };
        if matches!(world.app, app::Observed::Foreign) {
            return;
        }
        match &world.pipeline.place {
            Some(place) if place.pipeline.as_deref() == Some(wanted.name.as_str()) => {
                if place.stage == wanted.stage.as_str() {
                    draft.unchanged();
                } else {
                    draft.change(Change::ChangeStage { place: place.clone(), stage: wanted.stage });
                }
            }
            before => enter(wanted, before.as_ref(), desired, world, draft),
        }
    }
}

/// The place that a coupling tells, with the pipeline's name.
async fn place_of(
    coupling: crate::cloud::heroku::Coupling,
    named: &[Pipeline],
    reads: &Reads,
) -> Result<Place, CloudError> {
    let known = named.iter().find(|pipeline| pipeline.id == coupling.pipeline_id).cloned();
    let pipeline = match known {
        Some(pipeline) => Some(pipeline),
        None => reads.pipeline(&coupling.pipeline_id).await?,
    };
    Ok(Place {
        coupling_id: coupling.id,
        pipeline_id: coupling.pipeline_id,
        pipeline: pipeline.map(|pipeline| pipeline.name),
        stage: coupling.stage,
    })
}

/// Where an app is, for commands whose spec does not say.
pub async fn of_app(app: &App, reads: &Reads) -> Result<Observed, CloudError> {
    let place = match reads.coupling(app).await? {
        Some(coupling) => Some(place_of(coupling, &[], reads).await?),
        None => None,
    };
    Ok(Observed { place, named: Vec::new() })
}

/// The app is not in the pipeline yet.
fn enter(
    wanted: &spec::Pipeline,
    before: Option<&Place>,
    desired: &Desired<'_>,
    world: &World,
    draft: &mut Draft,
) {
    let pipeline_id = match world.pipeline.named.as_slice() {
        [] => {
            draft.change(Change::Create {
                name: wanted.name.clone(),
                team: desired.spec().app.team.clone(),
                is_move: before.is_some(),
            });
            None
        }
        [only] => Some(only.id.clone()),
        several => return ambiguous(wanted, several, desired, draft),
    };
    draft.change(Change::Enter {
        name: wanted.name.clone(),
        stage: wanted.stage,
        pipeline_id,
        before: before.cloned(),
    });
}

fn ambiguous(wanted: &spec::Pipeline, several: &[Pipeline], desired: &Desired<'_>, draft: &mut Draft) {
    let each = several.iter().map(|pipeline| match &pipeline.owner {
        Some(owner) => format!("{} (of the {} {})", pipeline.id, owner.kind, owner.id),
        None => pipeline.id.clone(),
    });
    let spec::Pipeline { name, stage } = wanted;
    let reason =
        format!("{} pipelines are called `{name}`: {}", several.len(), each.collect::<Vec<_>>().join(", "));
    let advice = format!(
        "say which by hand: heroku pipelines:add ID -a {} -s {stage}; or rename one: heroku pipelines:rename ID NAME",
        desired.spec().app.name
    );
    draft.blocked(SECTION.whole(), reason, advice);
}

impl Entitled for Kind {
    fn to_read(_: &Asked<'_>, rights: &mut Rights) {
        rights.scope(Scope::Read);
    }

    fn to_make(asked: &Asked<'_>, rights: &mut Rights) {
        if asked.spec.app.pipeline.is_some() {
            rights.scope(Scope::Write);
            // A new pipeline of a personal app is the acting account's, which has to be asked who it is.
            if asked.spec.app.team.is_none() {
                rights.scope(Scope::Identity);
            }
        }
    }

    /// The app's place in it goes with the app.
    fn to_remove(_: &Asked<'_>, _: &mut Rights) {}
}

#[cfg(test)]
mod tests;
