//! What can be done to an app's place in a pipeline: it enters one, which may have to be created first, or moves to another
//! stage.
//!
//! What must not live here: when that is done, which `diff` decides.

use std::fmt::Display;

use super::{Place, SECTION};
use crate::cloud::heroku::Coupling;
use crate::cloud::{CloudError, ErrorKind, confirmed};
use crate::resource::create::create;
use crate::resource::{Action, Effects, Field, Operation, Output, Outputs, Recheck, Row, Run, app};
#[cfg(test)]
use crate::resource::{World, pipeline::Observed};
use crate::spec::{PipelineName, Stage, TeamName};

/// What can be done to an app's place in a pipeline.
#[derive(Clone, Debug)]
pub enum Change {
    /// `POST /pipelines`.
    Create {
        /// Its name.
        name: PipelineName,
        /// The team that will own it; `None` is the acting account.
        team: Option<TeamName>,
        /// Whether the app leaves another pipeline for it.
        is_move: bool,
    },
    /// `POST /pipeline-couplings`, after a `DELETE` of the one that the app has: it can be in one pipeline alone.
    Enter {
        /// The pipeline's name.
        name: PipelineName,
        /// The stage.
        stage: Stage,
        /// The pipeline; `None` is the one that an earlier step makes.
        pipeline_id: Option<String>,
        /// Where the app is now.
        before: Option<Place>,
    },
    /// `PATCH /pipeline-couplings/{id}`.
    ChangeStage {
        /// Where the app is now.
        place: Place,
        /// The stage that it will have.
        stage: Stage,
    },
}

/// The pipeline that a step made, or that another apply made meanwhile; its value is the id.
fn made() -> Output {
    Output::Of(SECTION.whole(), "pipeline")
}

impl Operation for Change {
    fn describe(&self) -> Vec<Row> {
        let row = |action| Row::new(SECTION.whole(), action);
        let action = |is_move: bool| if is_move { Action::Update } else { Action::Create };
        vec![match self {
            Self::Create { name, team, is_move } => {
                let owner =
                    team.as_ref().map_or("the acting account".to_owned(), |team| format!("the team {team}"));
                row(action(*is_move))
                    .titled(name)
                    .because(&format!("no pipeline has that name yet: a new one of {owner}"))
            }
            Self::Enter { name, stage, before, .. } => {
                let before = before.as_ref().map(|before| (before.name(), before.stage.as_str()));
                let old_name = before.as_ref().map(|(name, _)| name as &dyn Display);
                let old_stage = before.as_ref().map(|(_, stage)| stage as &dyn Display);
                let is_stage_kept = before.is_some_and(|(_, old)| old == stage.as_str());
                let fields = [
                    Some(Field::plain("name", old_name, Some(name))),
                    (!is_stage_kept).then(|| Field::plain("stage", old_stage, Some(stage))),
                ];
                row(action(before.is_some())).titled(name).with(fields.into_iter().flatten())
            }
            Self::ChangeStage { place, stage } => row(Action::Update)
                .titled(&place.name())
                .with([Field::plain("stage", Some(&place.stage), Some(stage))]),
        }]
    }

    fn effects(&self) -> Effects {
        match self {
            Self::Enter { before: Some(before), .. } => Effects {
                notes: vec![format!(
                    "leaves the pipeline {}, and for a moment the app is in none",
                    before.name()
                )],
                ..Effects::default()
            },
            Self::Create { .. } | Self::Enter { before: None, .. } | Self::ChangeStage { .. } => {
                Effects::default()
            }
        }
    }

    fn needs(&self) -> Vec<Output> {
        match self {
            Self::Create { .. } | Self::ChangeStage { .. } => vec![Output::App],
            Self::Enter { .. } => vec![Output::App, made()],
        }
    }

    fn gives(&self) -> Vec<Output> {
        match self {
            Self::Create { .. } => vec![made()],
            Self::Enter { .. } | Self::ChangeStage { .. } => vec![Output::Nothing],
        }
    }

    async fn recheck(&self, run: &Run) -> Result<Recheck, CloudError> {
        let (before, stage, pipeline_id) = match self {
            // Whether there is one by now is looked at when no other environment of this run makes any.
            Self::Create { .. } => return Ok(Recheck::AsPlanned),
            Self::Enter { before, stage, pipeline_id, .. } => {
                (before.as_ref(), *stage, entered(run, pipeline_id.as_deref())?)
            }
            Self::ChangeStage { place, stage } => (Some(place), *stage, place.pipeline_id.clone()),
        };
        if before.is_none() && run.has_made(&app::SECTION.whole()) {
            return Ok(Recheck::AsPlanned);
        }
        let live = run.clouds.heroku.coupling(&run.app()).await?;
        let is_as_before = match (before, &live) {
            (None, None) => true,
            (Some(before), Some(live)) => {
                before.coupling_id == live.id
                    && before.pipeline_id == live.pipeline_id
                    && before.stage == live.stage
            }
            (None, Some(_)) | (Some(_), None) => false,
        };
        let is_as_after = live.is_some_and(|live| is_at(&live, &pipeline_id, stage));
        Ok(Recheck::judge(is_as_before, is_as_after, || "the app's place in a pipeline changed".to_owned()))
    }

    async fn apply(&self, run: &Run) -> Result<Outputs, CloudError> {
        match self {
            Self::Create { name, .. } => {
                return Ok(Outputs::none().and(made(), make(run, name).await?));
            }
            Self::Enter { stage, pipeline_id, before, .. } => {
                let pipeline_id = entered(run, pipeline_id.as_deref())?;
                enter(run, (&pipeline_id, *stage), before.as_ref()).await?;
            }
            Self::ChangeStage { place, stage } => {
                let heroku = &run.clouds.heroku;
                heroku.change_stage(&place.coupling_id, *stage).await?;
            }
        }
        Ok(Outputs::none())
    }

    #[cfg(test)]
    fn assume(&self, world: &mut World, outputs: &mut Outputs) {
        let Observed { place, .. } = &mut world.pipeline;
        match self {
            Self::Create { .. } => outputs.merge(Outputs::none().and(made(), "made")),
            Self::Enter { name, stage, pipeline_id, .. } => {
                *place = Some(Place {
                    coupling_id: "coupled".to_owned(),
                    pipeline_id: pipeline_id.clone().unwrap_or_else(|| "made".to_owned()),
                    pipeline: Some(name.to_string()),
                    stage: stage.to_string(),
                });
            }
            Self::ChangeStage { stage, .. } => {
                if let Some(place) = place {
                    place.stage = stage.to_string();
                }
            }
        }
    }
}

/// The pipeline that the app enters.
fn entered(run: &Run, pipeline_id: Option<&str>) -> Result<String, CloudError> {
    let made_now = || run.plain(&made());
    let id = pipeline_id.map(str::to_owned).or_else(made_now);
    id.ok_or_else(|| CloudError::defect("no earlier step made the pipeline"))
}

fn is_at(live: &Coupling, pipeline_id: &str, stage: Stage) -> bool {
    live.pipeline_id == pipeline_id && live.stage == stage.as_str()
}

/// Makes the pipeline unless somebody has meanwhile; gives its id.
async fn make(run: &Run, name: &PipelineName) -> Result<String, CloudError> {
    let heroku = &run.clouds.heroku;
    let _alone = heroku.alone_making_pipelines().await;
    let oldest = || async { Ok(heroku.pipelines_named(name.as_str()).await?.into_iter().next()) };
    if let Some(there) = oldest().await? {
        return Ok(there.id);
    }
    let new = heroku.pipeline_for(&run.app(), name).await?;
    let own = confirmed(|| heroku.create_pipeline(&new), oldest).await?;
    // Another run may have made one in the same moment. Both take the older one, so that their apps meet.
    Ok(oldest().await?.map_or(own.id, |oldest| oldest.id))
}

async fn enter(
    run: &Run,
    (pipeline_id, stage): (&str, Stage),
    before: Option<&Place>,
) -> Result<(), CloudError> {
    let (heroku, app) = (&run.clouds.heroku, run.app());
    if let Some(before) = before {
        heroku.uncouple(&before.coupling_id).await?;
    }
    let send = || async { heroku.couple(&app, pipeline_id, stage).await.map(drop) };
    let look = || async {
        let live = heroku.coupling(&app).await?;
        Ok(live.filter(|live| is_at(live, pipeline_id, stage)).map(drop))
    };
    let is_taken = |error: &CloudError| error.kind == ErrorKind::Invalid;
    create(send, look, is_taken, || "the app was put into the pipeline by someone else".to_owned()).await
}
