//! App features, or labs: which are on (heroku-api.md section 2).
//!
//! Only those that the spec names are switched. Others that are on are told where the spec speaks of features at all:
//! what Heroku can switch on is one list a call, and no other spec pays for it.

mod import;
mod proof;
mod removal;
mod rights;

use super::{
    Action, Desired, Draft, Effects, Facts, Field, Look, Operation, Output, Outputs, Recheck, Resource, Row,
    Run, Section, World, formation,
};
use crate::cloud::heroku::AppFeature;
use crate::cloud::{CloudError, confirmed};
use crate::spec::{FeatureName, Spec, nearest};

/// The kind.
pub struct Kind;

/// What the kind says of itself.
pub static SECTION: Section =
    Section::new("app.features").kind("heroku_app_feature").noun("feature").together();

/// The features that the app can have, in the order of their names; empty when the spec says nothing of features.
pub type Observed = Vec<AppFeature>;

/// The feature that tells dynos of their release in config vars: the one whose switch makes a release
/// (life-and-ci.md section 7).
const METADATA: &str = "runtime-dyno-metadata";

impl Resource for Kind {
    type Observed = Observed;
    type Change = Change;

    async fn observe(look: &Look<'_>) -> Result<Observed, CloudError> {
        if look.spec().app.features.is_none() {
            return Ok(Observed::new());
        }
        let features = look.of_app(|app| async move { look.clouds().heroku.features(&app).await }).await?;
        let mut features = features.unwrap_or_default();
        features.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(features)
    }

    fn heroku_calls(spec: &Spec) -> u64 {
        u64::from(spec.app.features.is_some())
    }

    fn facts(world: &World, facts: &mut Facts) {
        for live in &world.feature {
            facts.state(&SECTION.address(&live.name), live);
        }
    }

    fn diff(desired: &Desired<'_>, world: &World, draft: &mut Draft) {
        let Some(wanted) = &desired.spec().app.features else { return };
        for (name, &on) in wanted {
            let live = world.feature.iter().find(|live| live.name == name.as_str());
            match live {
                Some(live) if live.is_on == on => draft.unchanged(),
                Some(live) => draft.change(change(name, (Some(live), on), world)),
                // What there is, is known from the app that could have it.
                None if world.feature.is_empty() => draft.change(change(name, (None, on), world)),
                None => no_such_feature(name, world, draft),
            }
        }
        for live in world.feature.iter().filter(|live| live.is_on) {
            if !wanted.keys().any(|name| name.as_str() == live.name) {
                draft.unmanaged(SECTION.address(&live.name), "on, and not in the spec: left alone");
            }
        }
    }
}

fn change(name: &FeatureName, (live, on): (Option<&AppFeature>, bool), world: &World) -> Change {
    Change {
        name: name.clone(),
        before: live.map(|live| live.is_on),
        after: on,
        state: live
            .map(|live| live.state.clone())
            .filter(|state| !["public", "general", ""].contains(&state.as_str())),
        restarts: if name.as_str() == METADATA { formation::running(world) } else { Vec::new() },
    }
}

fn no_such_feature(name: &FeatureName, world: &World, draft: &mut Draft) {
    let known = world.feature.iter().map(|live| live.name.as_str());
    let help = nearest(name.as_str(), known).map_or_else(
        || "`heroku labs` lists the features of an app".to_owned(),
        |nearest| format!("did you mean `{nearest}`?"),
    );
    let address = SECTION.address(name);
    draft.mistake(address.as_str(), format!("Heroku has no app feature `{name}`"), Some(help));
}

/// `PATCH /apps/{app}/features/{feature}`.
#[derive(Clone, Debug)]
pub struct Change {
    /// The feature.
    name: FeatureName,
    /// Whether it is on; `None` of an app that is to be made.
    before: Option<bool>,
    /// Whether it will be.
    after: bool,
    /// How far Heroku is with it, when that is less than finished: `beta`.
    state: Option<String>,
    /// Process types that the switch restarts.
    restarts: Vec<String>,
}

impl Operation for Change {
    fn describe(&self) -> Vec<Row> {
        let field = Field::plain("", self.before.as_ref().map(|on| on as _), Some(&self.after));
        let field = match &self.state {
            Some(state) => field.with_note(&format!("{state} at Heroku")),
            None => field,
        };
        let action = if self.before.is_some() { Action::Update } else { Action::Create };
        vec![Row::new(SECTION.address(&self.name), action).with([field])]
    }

    fn effects(&self) -> Effects {
        let releases =
            u32::from(self.name.as_str() == METADATA && self.before.unwrap_or(false) != self.after);
        Effects { releases, restarts: self.restarts.clone(), notes: Vec::new() }
    }

    fn needs(&self) -> Vec<Output> {
        vec![Output::App]
    }

    fn gives(&self) -> Vec<Output> {
        vec![Output::Nothing]
    }

    async fn recheck(&self, run: &Run) -> Result<Recheck, CloudError> {
        let live = run.clouds.heroku.feature(&run.app(), &self.name).await?;
        // Of an app that was just made, it is what Heroku makes it.
        let Some(before) = self.before else {
            let is_done = live.is_some_and(|live| live.is_on == self.after);
            return Ok(Recheck::judge(!is_done, is_done, String::new));
        };
        let live = live.map(|live| live.is_on);
        let what = || format!("the feature {} is gone", self.name);
        Ok(Recheck::judge(live == Some(before), live == Some(self.after), what))
    }

    async fn apply(&self, run: &Run) -> Result<Outputs, CloudError> {
        let (heroku, app) = (&run.clouds.heroku, run.app());
        let look = || async {
            let live = heroku.feature(&app, &self.name).await?;
            Ok(live.filter(|live| live.is_on == self.after).map(drop))
        };
        confirmed(|| heroku.switch_feature(&app, &self.name, self.after), look).await?;
        Ok(Outputs::none())
    }

    #[cfg(test)]
    fn assume(&self, world: &mut World, _: &mut Outputs) {
        world.feature.retain(|live| live.name != self.name.as_str());
        let name = self.name.as_str().to_owned();
        world.feature.push(AppFeature { name, is_on: self.after, state: "public".to_owned() });
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
