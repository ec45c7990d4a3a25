//! Scales process types that only a release makes: what a plan of the spec puts off until there is code.

use std::collections::BTreeMap;

use super::build::released;
use crate::cloud::heroku::Scale;
use crate::cloud::{CloudError, ErrorKind, Service};
use crate::resource::formation;
use crate::resource::{
    Action, Catalog, Cost, Effects, Field, Operation, Output, Outputs, Recheck, Row, Run, Section, Verb,
};
use crate::spec::{Formation, ProcessType};

#[cfg(test)]
use crate::resource::World;

/// What the task says of itself: it works where the formation does.
pub static SECTION: &Section = &formation::SECTION;

static SCALE: Verb = Verb { does: "scale", doing: "scaling" };

/// How process types are to run, once there are.
#[derive(Clone, Debug)]
pub struct Change {
    types: BTreeMap<ProcessType, Wanted>,
}

/// How one is to run.
#[derive(Clone, Debug)]
struct Wanted {
    formation: Formation,
    cost: Option<Cost>,
}

impl Change {
    /// As the spec says.
    #[must_use]
    pub fn new<'a>(
        types: impl IntoIterator<Item = (&'a ProcessType, &'a Formation)>,
        catalog: &Catalog,
    ) -> Self {
        let wanted =
            |formation: &Formation| Wanted { formation: formation.clone(), cost: cost(formation, catalog) };
        Self { types: types.into_iter().map(|(name, formation)| (name.clone(), wanted(formation))).collect() }
    }

    /// Whether there is nothing to scale.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.types.is_empty()
    }
}

fn cost(formation: &Formation, catalog: &Catalog) -> Option<Cost> {
    let each = catalog.dyno_cents(formation.size.as_ref()?.as_str())?;
    let count = formation.quantity?.nearest(0);
    Some(Cost { before_cents: 0, after_cents: each * i64::from(count) })
}

impl Operation for Change {
    fn describe(&self) -> Vec<Row> {
        let row = |(name, wanted): (&ProcessType, &Wanted)| {
            let Wanted { formation, cost } = wanted;
            let quantity = formation.quantity.map(|quantity| Field::plain("quantity", None, Some(&quantity)));
            let size = formation.size.as_ref().map(|size| Field::plain("size", None, Some(size)));
            Row::new(SECTION.address(name), Action::Create)
                .of_task(&SCALE)
                .with(quantity.into_iter().chain(size))
                .costing(*cost)
        };
        self.types.iter().map(row).collect()
    }

    fn effects(&self) -> Effects {
        Effects::default()
    }

    fn needs(&self) -> Vec<Output> {
        vec![Output::App, released()]
    }

    fn gives(&self) -> Vec<Output> {
        vec![Output::Formation]
    }

    /// There was nothing to compare with.
    async fn recheck(&self, _: &Run) -> Result<Recheck, CloudError> {
        Ok(Recheck::AsPlanned)
    }

    async fn apply(&self, run: &Run) -> Result<Outputs, CloudError> {
        let (heroku, app) = (&run.clouds.heroku, run.app());
        let live = heroku.formation(&app).await?;
        let (mut scales, mut missing) = (Vec::new(), Vec::new());
        for (name, Wanted { formation, .. }) in &self.types {
            let Some(live) = live.iter().find(|live| live.process_type == name.as_str()) else {
                missing.push(format!("`{name}`"));
                continue;
            };
            let quantity = formation.quantity.map(|wanted| wanted.nearest(live.quantity));
            let quantity = quantity.filter(|wanted| *wanted != live.quantity);
            let differs = |live: &String| formation.size.as_ref().is_some_and(|size| !size.is(live));
            let size = formation.size.clone().filter(|_| live.size.as_ref().is_none_or(differs));
            if quantity.is_some() || size.is_some() {
                scales.push(Scale { process_type: name.clone(), quantity, size });
            }
        }
        if !scales.is_empty() {
            heroku.scale(&app, &scales).await?;
        }
        if missing.is_empty() { Ok(Outputs::none()) } else { Err(not_there(run, &missing)) }
    }

    #[cfg(test)]
    fn assume(&self, world: &mut World, _: &mut Outputs) {
        for (name, Wanted { formation, .. }) in &self.types {
            world.formation.push(formation::Live {
                process_type: name.to_string(),
                quantity: formation.quantity.map_or(0, |quantity| quantity.nearest(0)),
                asked: formation.quantity,
                size: formation.size.as_ref().map(ToString::to_string),
            });
        }
    }
}

fn not_there(run: &Run, missing: &[String]) -> CloudError {
    let message = format!(
        "the release has no process type {}: its Procfile must start what `formation` names",
        missing.join(", ")
    );
    let operation = format!("scale {}", run.app_name());
    CloudError::new(Service::Heroku("Heroku".to_owned()), operation, ErrorKind::Invalid, message)
}
