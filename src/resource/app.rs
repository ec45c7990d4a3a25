//! The Heroku app: its name, team, region, stack and maintenance mode (heroku-api.md section 2).

pub mod proof;
mod removal;

use super::create::create;
use super::recheck::Part;
use super::rights::{Asked, Entitled, Rights, Scope};
use super::{
    Action, Desired, Draft, Effects, Facts, Field, Look, Operation, Output, Outputs, Recheck, Resource, Row,
    Run, Section, World,
};
use crate::cloud::heroku::{App, AppPatch, NewApp};
use crate::cloud::{CloudError, ErrorKind, confirmed};
use crate::spec::{AppName, HerokuRegion, Spec, StackName, TeamName};

mod import;

/// The kind.
pub struct Kind;

/// What the kind says of itself.
pub static SECTION: Section = Section::new("app").kind("heroku_app").noun("app");

/// What Heroku said of the app.
#[derive(Clone, Debug, Default, serde::Serialize)]
pub enum Observed {
    /// No app of that name is visible.
    #[default]
    Absent,
    /// The app is live under its name.
    Live(App),
    /// Only the name that it is to be renamed from is live.
    OldName(App),
    /// The name belongs to someone else.
    Foreign,
}

impl Observed {
    /// The app that is live, under its new name or its old one.
    #[must_use]
    pub fn live(&self) -> Option<&App> {
        match self {
            Self::Live(app) | Self::OldName(app) => Some(app),
            Self::Absent | Self::Foreign => None,
        }
    }
}

impl Resource for Kind {
    type Observed = Observed;
    type Change = Change;

    async fn observe(look: &Look<'_>) -> Result<Observed, CloudError> {
        let app = &look.spec().app;
        match look.reads().app(app.name.as_str()).await {
            Ok(Some(app)) => return Ok(Observed::Live(app)),
            Ok(None) => {}
            Err(error) if error.is_of_someone_else() => return Ok(Observed::Foreign),
            Err(error) => return Err(error),
        }
        let Some(old) = &app.renamed_from else { return Ok(Observed::Absent) };
        Ok(look.reads().app(old.as_str()).await?.map_or(Observed::Absent, Observed::OldName))
    }

    async fn ask_catalog(look: &Look<'_>) -> Result<(), CloudError> {
        let Ok(observed) = look.of::<Self>().await else { return Ok(()) };
        let (asks_regions, asks_stacks) = questions(look.spec(), observed);
        let regions = async { if asks_regions { look.ask_regions().await } else { Ok(()) } };
        let stacks = async { if asks_stacks { look.ask_stacks().await } else { Ok(()) } };
        tokio::try_join!(regions, stacks).map(drop)
    }

    fn facts(world: &World, facts: &mut Facts) {
        facts.state(&SECTION.whole(), &world.app);
    }

    fn diff(desired: &Desired<'_>, world: &World, draft: &mut Draft) {
        let app = &desired.spec().app;
        if let Some(region) = &app.region {
            world.catalog.check_region(&SECTION.whole(), region.as_str(), draft);
        }
        if let Some(stack) = &app.stack {
            world.catalog.check_stack(&SECTION.whole(), stack.as_str(), draft);
        }
        match &world.app {
            Observed::Absent => plan_creation(desired, draft),
            Observed::Foreign => draft.blocked(
                SECTION.whole().part("name"),
                format!("the app `{}` belongs to someone else", app.name),
                "choose another `app.name`, or use a token of an account that may manage it",
            ),
            Observed::Live(live) | Observed::OldName(live) => {
                fixed(desired, live, draft);
                update(desired, live, draft);
            }
        }
    }
}

/// Whether Heroku's regions and its stacks have to be known: only what is new could be wrong.
fn questions(spec: &Spec, observed: &Observed) -> (bool, bool) {
    let live = observed.live();
    let is_new_stack =
        |stack: &StackName| live.is_none_or(|live| differs(live.build_stack.as_deref(), stack.as_str()));
    (live.is_none() && spec.app.region.is_some(), spec.app.stack.as_ref().is_some_and(is_new_stack))
}

/// Whether a live value is another than the one that is wanted. What Heroku does not tell differs from nothing.
fn differs(live: Option<&str>, wanted: &str) -> bool {
    live.is_some_and(|live| live != wanted)
}

fn plan_creation(desired: &Desired<'_>, draft: &mut Draft) {
    let app = &desired.spec().app;
    draft.change(Change::Create {
        name: app.name.clone(),
        team: app.team.clone(),
        region: app.region.clone(),
        stack: app.stack.clone(),
    });
    if app.maintenance == Some(true) {
        draft.change(Change::Update(Update { maintenance: Some((false, true)), ..Update::default() }));
    }
}

/// What cannot change in place: region, and who owns the app (heroku-api.md section 2).
fn fixed(desired: &Desired<'_>, live: &App, draft: &mut Draft) {
    let app = &desired.spec().app;
    let environment = &desired.environment.name;
    if let (Some(region), Some(live)) = (&app.region, &live.region)
        && live != region.as_str()
    {
        draft.blocked(
            SECTION.whole().part("region"),
            format!("{live} → {region} cannot change in place"),
            format!(
                "write `region: {live}`, or move: a new app in {region} under another name, then its data"
            ),
        );
    }
    let team = app.team.as_ref().map(TeamName::as_str);
    if team != live.team.as_deref() {
        let name =
            |team: Option<&str>| team.map_or("a personal app".to_owned(), |team| format!("team {team}"));
        draft.blocked(
            SECTION.whole().part("team"),
            format!("{} → {} cannot change by plan", name(live.team.as_deref()), name(team)),
            format!("transfer it with `heroku apps:transfer`, or change `app.team` in {environment}"),
        );
    }
}

fn update(desired: &Desired<'_>, live: &App, draft: &mut Draft) {
    let app = &desired.spec().app;
    let stack =
        live.build_stack.clone().zip(app.stack.clone()).filter(|(live, wanted)| live != wanted.as_str());
    // The generation follows from where the app lives, and Fir's has one stack (heroku-api.md section 7).
    let is_fir = live.generation.as_deref() == Some("fir");
    if let Some((_, wanted)) = stack.as_ref().filter(|_| is_fir) {
        draft.blocked(
            SECTION.whole().part("stack"),
            format!("the app is of the Fir generation, which has no stack `{wanted}`"),
            "remove `app.stack` from the spec",
        );
    }
    let update = Update {
        name: (live.name != app.name.as_str()).then(|| (live.name.clone(), app.name.clone())),
        maintenance: app
            .maintenance
            .filter(|wanted| *wanted != live.maintenance)
            .map(|wanted| (live.maintenance, wanted)),
        stack: stack.filter(|_| !is_fir),
    };
    if update.is_empty() { draft.unchanged() } else { draft.change(Change::Update(update)) }
}

/// What can be done to an app.
#[derive(Clone, Debug)]
pub enum Change {
    /// `POST /apps`, or `POST /teams/apps`.
    Create {
        /// Its name.
        name: AppName,
        /// The team that will own it.
        team: Option<TeamName>,
        /// Where.
        region: Option<HerokuRegion>,
        /// The stack.
        stack: Option<StackName>,
    },
    /// `PATCH /apps/{app}`.
    Update(Update),
    /// `DELETE /apps/{app}`.
    Delete(removal::Deletion),
}

/// The keys that a PATCH may change, each before and after.
#[derive(Clone, Debug, Default)]
pub struct Update {
    name: Option<(String, AppName)>,
    maintenance: Option<(bool, bool)>,
    stack: Option<(String, StackName)>,
}

impl Update {
    fn is_empty(&self) -> bool {
        let Self { name, maintenance, stack } = self;
        name.is_none() && maintenance.is_none() && stack.is_none()
    }

    fn compare_with(&self, live: &App) -> Recheck {
        let Self { name, maintenance, stack } = self;
        let name = name.as_ref().map(|(before, after)| (live.name == *before, live.name == after.as_str()));
        let maintenance =
            maintenance.map(|(before, after)| (live.maintenance == before, live.maintenance == after));
        let stack = stack.as_ref().map(|(before, after)| {
            let live = live.build_stack.as_deref();
            (live == Some(before), live == Some(after.as_str()))
        });
        let parts = [("name", name), ("maintenance", maintenance), ("stack", stack)];
        let parts = parts.into_iter().filter_map(|(key, state)| {
            let (is_as_before, is_as_after) = state?;
            Some(Part { name: format!("`{}`", SECTION.whole().part(key)), is_as_before, is_as_after })
        });
        Recheck::of_parts(parts, |names| format!("{} changed", names.join(", ")))
    }
}

impl Operation for Change {
    fn describe(&self) -> Vec<Row> {
        let row = |action| Row::new(SECTION.whole(), action);
        vec![match self {
            Self::Delete(deletion) => return deletion.rows(),
            Self::Create { name, team, region, stack } => row(Action::Create).titled(name).with(
                [
                    Some(Field::plain("name", None, Some(name))),
                    team.as_ref().map(|team| Field::plain("team", None, Some(team))),
                    region.as_ref().map(|region| Field::plain("region", None, Some(region))),
                    stack.as_ref().map(|stack| Field::plain("stack", None, Some(stack))),
                ]
                .into_iter()
                .flatten(),
            ),
            Self::Update(Update { name, maintenance, stack }) => row(Action::Update).with(
                [
                    name.as_ref().map(|(before, after)| Field::plain("name", Some(before), Some(after))),
                    maintenance
                        .as_ref()
                        .map(|(before, after)| Field::plain("maintenance", Some(before), Some(after))),
                    stack.as_ref().map(|(before, after)| {
                        Field::plain("stack", Some(before), Some(after)).with_note("from the next build on")
                    }),
                ]
                .into_iter()
                .flatten(),
            ),
        }]
    }

    fn effects(&self) -> Effects {
        Effects::default()
    }

    fn needs(&self) -> Vec<Output> {
        match self {
            Self::Create { .. } => Vec::new(),
            Self::Delete(deletion) => deletion.after.clone(),
            // A rename comes first: everything else knows the app by its new name.
            Self::Update(update) if update.name.is_some() => Vec::new(),
            Self::Update(_) => vec![Output::App],
        }
    }

    fn gives(&self) -> Vec<Output> {
        match self {
            Self::Create { .. } => vec![Output::App, Output::AppWebUrl],
            Self::Update(update) if update.name.is_some() => vec![Output::App, Output::AppWebUrl],
            Self::Update(_) => vec![Output::Nothing],
            Self::Delete(_) => vec![Output::Gone(SECTION.whole())],
        }
    }

    async fn recheck(&self, run: &Run) -> Result<Recheck, CloudError> {
        // Whether a name is free is told by the creation itself.
        let update = match self {
            Self::Create { .. } => return Ok(Recheck::AsPlanned),
            Self::Delete(deletion) => return deletion.recheck(run).await,
            Self::Update(update) => update,
        };
        let Some(live) = run.clouds.heroku.app(&run.app()).await? else {
            return Ok(Recheck::Moved(format!("the app `{}` is gone since the plan", run.app_name())));
        };
        Ok(update.compare_with(&live))
    }

    async fn apply(&self, run: &Run) -> Result<Outputs, CloudError> {
        match self {
            Self::Create { name, team, region, stack } => {
                let new = NewApp {
                    name: name.clone(),
                    team: team.clone(),
                    region: region.clone(),
                    stack: stack.clone(),
                };
                let made = Output::Made(SECTION.whole());
                Ok(outputs(create_app(run, &new).await?).and(made, new.name.as_str()))
            }
            Self::Update(update) => Ok(outputs(update_app(run, update).await?)),
            Self::Delete(deletion) => deletion.apply(run).await.map(|()| Outputs::none()),
        }
    }

    #[cfg(test)]
    fn assume(&self, world: &mut World, outputs: &mut Outputs) {
        match self {
            Self::Create { name, team, region, stack } => {
                let mut app = super::testing::live_app(name.as_str());
                app.team = team.as_ref().map(ToString::to_string);
                app.region = region.as_ref().map(ToString::to_string).or(app.region);
                app.build_stack = stack.as_ref().map(ToString::to_string).or(app.build_stack);
                outputs.merge(self::outputs(app.clone()));
                world.app = Observed::Live(app);
            }
            Self::Update(Update { name, maintenance, stack }) => {
                let Some(mut app) = world.app.live().cloned() else { return };
                app.name = name.as_ref().map_or(app.name, |(_, after)| after.to_string());
                app.maintenance = maintenance.map_or(app.maintenance, |(_, after)| after);
                app.build_stack = stack.as_ref().map(|(_, after)| after.to_string()).or(app.build_stack);
                outputs.merge(self::outputs(app.clone()));
                world.app = Observed::Live(app);
            }
            Self::Delete(_) => {
                let World { iam_user, iam_policy, access_key, bucket, .. } = std::mem::take(world);
                *world = World { iam_user, iam_policy, access_key, bucket, ..World::default() };
            }
        }
    }
}

fn outputs(app: App) -> Outputs {
    let outputs = Outputs::none().and(Output::App, app.id);
    app.web_url.into_iter().fold(outputs, |outputs, url| outputs.and(Output::AppWebUrl, url))
}

async fn create_app(run: &Run, new: &NewApp) -> Result<App, CloudError> {
    let heroku = &run.clouds.heroku;
    let name = new.name.as_str();
    let is_taken = |error: &CloudError| error.kind == ErrorKind::Invalid;
    let taken = || format!("the app `{name}` was created by someone else");
    create(|| heroku.create_app(new), || heroku.app(name), is_taken, taken).await
}

async fn update_app(run: &Run, update: &Update) -> Result<App, CloudError> {
    let heroku = &run.clouds.heroku;
    let Update { name, maintenance, stack } = update;
    let patch = AppPatch {
        name: name.as_ref().map(|(_, after)| after.clone()),
        maintenance: maintenance.map(|(_, after)| after),
        build_stack: stack.as_ref().map(|(_, after)| after.clone()),
    };
    let app = run.app();
    let is_done = |live: &App| matches!(update.compare_with(live), Recheck::Done(_));
    let look = || async { Ok(heroku.app(&app).await?.filter(is_done)) };
    confirmed(|| heroku.update_app(&app, &patch), look).await
}

impl Entitled for Kind {
    fn to_read(_: &Asked<'_>, rights: &mut Rights) {
        rights.scope(Scope::Read);
    }

    fn to_make(_: &Asked<'_>, rights: &mut Rights) {
        rights.scope(Scope::Write);
    }

    fn to_remove(_: &Asked<'_>, rights: &mut Rights) {
        // A last backup of its databases comes first.
        rights.scope(Scope::WriteProtected);
    }
}

#[cfg(test)]
#[path = "app_tests.rs"]
mod tests;
