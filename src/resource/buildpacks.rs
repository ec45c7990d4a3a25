//! The app's ordered buildpacks (heroku-api.md section 6). Replaced as a whole; effective at the next build.

mod proof;
mod removal;

use super::rights::{Asked, Entitled, Rights, Scope};
use super::{
    Action, Desired, Draft, Facts, Field, Look, Operation, Output, Outputs, Recheck, Resource, Row, Run,
    Section, World, app,
};
use crate::cloud::CloudError;
use crate::cloud::heroku::{App, LiveBuildpack};
use crate::spec::{Buildpack, Spec};

mod import;

/// The kind.
pub struct Kind;

/// What the kind says of itself.
pub static SECTION: Section = Section::new("buildpacks").kind("heroku_buildpacks").noun("list of buildpacks");

/// The live buildpacks, in order.
pub type Observed = Vec<LiveBuildpack>;

impl Resource for Kind {
    type Observed = Observed;
    type Change = Change;

    async fn observe(look: &Look<'_>) -> Result<Observed, CloudError> {
        if look.spec().buildpacks.is_none() {
            return Ok(Vec::new());
        }
        let read = look.of_app(|app| async move { look.clouds().heroku.buildpacks(&app).await }).await;
        match read {
            // An app of the Fir generation has none, and need not be able to tell so.
            Err(_) if is_fir(look.of::<app::Kind>().await?.live()) => Ok(Vec::new()),
            read => Ok(read?.unwrap_or_default()),
        }
    }

    fn heroku_calls(spec: &Spec) -> u64 {
        u64::from(spec.buildpacks.is_some())
    }

    fn facts(world: &World, facts: &mut Facts) {
        facts.state(&SECTION.whole(), &world.buildpacks.len());
        for live in &world.buildpacks {
            facts.state_secret(&SECTION.whole(), live.secret());
        }
    }

    fn diff(desired: &Desired<'_>, world: &World, draft: &mut Draft) {
        let Some(wanted) = &desired.spec().buildpacks else { return };
        if are(&world.buildpacks, wanted) {
            draft.unchanged();
        } else if let Some((reason, advice)) = unfit(desired, world) {
            draft.blocked(SECTION.whole(), reason, advice);
        } else {
            draft.change(Change { before: world.buildpacks.clone(), after: wanted.clone() });
        }
    }
}

fn is_fir(live: Option<&App>) -> bool {
    live.is_some_and(|app| app.generation.as_deref() == Some("fir"))
}

/// Why the live app takes no buildpacks, and what to do (heroku-api.md sections 6 and 7).
fn unfit(desired: &Desired<'_>, world: &World) -> Option<(&'static str, &'static str)> {
    let live = world.app.live()?;
    if is_fir(Some(live)) {
        let reason =
            "the app is of the Fir generation, whose buildpacks stand in the project.toml of its code";
        return Some((reason, "remove `buildpacks` from the spec"));
    }
    let is_container = live.build_stack.as_deref() == Some("container") && desired.spec().app.stack.is_none();
    let reason = "the app's stack is `container`, whose Dockerfile says what is built";
    is_container.then_some((reason, "remove `buildpacks` from the spec, or choose another `app.stack`"))
}

fn are(live: &[LiveBuildpack], wanted: &[Buildpack]) -> bool {
    live.len() == wanted.len() && live.iter().zip(wanted).all(|(live, wanted)| live.is(wanted))
}

/// `PUT /apps/{app}/buildpack-installations`.
#[derive(Clone, Debug)]
pub struct Change {
    /// What is live.
    pub before: Vec<LiveBuildpack>,
    /// What will be.
    pub after: Vec<Buildpack>,
}

impl Operation for Change {
    fn describe(&self) -> Vec<Row> {
        let Self { before, after } = self;
        let action = if before.is_empty() { Action::Create } else { Action::Update };
        let list = |lines: Vec<String>| (!lines.is_empty()).then(|| lines.join("\n"));
        // What stays is no difference, however the spec writes it.
        let spelling = |live: &LiveBuildpack| {
            after.iter().find(|wanted| live.is(wanted)).map_or_else(|| live.shown(), Buildpack::shown)
        };
        let before = list(before.iter().map(spelling).collect());
        let after = list(after.iter().map(Buildpack::shown).collect());
        let shown = |text: &Option<String>| {
            text.as_ref().map_or(super::Shown::Nothing, |text| super::Shown::plain(text))
        };
        let field = Field {
            path: "order".to_owned(),
            before: shown(&before),
            after: shown(&after),
            note: Some("from the next build on".to_owned()),
        };
        vec![Row::new(SECTION.whole(), action).with([field])]
    }

    fn needs(&self) -> Vec<Output> {
        vec![Output::App]
    }

    fn gives(&self) -> Vec<Output> {
        vec![Output::Nothing]
    }

    async fn recheck(&self, run: &Run) -> Result<Recheck, CloudError> {
        if run.has_made(&app::SECTION.whole()) {
            return Ok(Recheck::AsPlanned);
        }
        let live = run.clouds.heroku.buildpacks(&run.app()).await?;
        let (is_as_before, is_as_after) = (live == self.before, are(&live, &self.after));
        Ok(Recheck::judge(is_as_before, is_as_after, || "`buildpacks` changed".to_owned()))
    }

    async fn apply(&self, run: &Run) -> Result<Outputs, CloudError> {
        run.clouds.heroku.put_buildpacks(&run.app(), &self.after).await?;
        Ok(Outputs::none())
    }

    #[cfg(test)]
    fn assume(&self, world: &mut World, _: &mut Outputs) {
        world.buildpacks = self.after.iter().map(LiveBuildpack::from).collect();
    }
}

impl Entitled for Kind {
    fn to_read(_: &Asked<'_>, rights: &mut Rights) {
        rights.scope(Scope::Read);
    }

    fn to_make(asked: &Asked<'_>, rights: &mut Rights) {
        if asked.spec.buildpacks.is_some() {
            rights.scope(Scope::Write);
        }
    }

    /// It goes with the app.
    fn to_remove(_: &Asked<'_>, _: &mut Rights) {}
}

#[cfg(test)]
#[path = "buildpacks_tests.rs"]
mod tests;
