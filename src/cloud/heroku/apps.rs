//! Apps (heroku-api.md section 2): read, create, change, delete.
//!
//! What must not live here: what an app should be.

use serde::{Deserialize, Serialize};

use super::call::Call;
use super::wire::{Named, name_of, or_default};
use super::{CloudError, Heroku};
use crate::spec::{AppName, HerokuRegion, StackName, TeamName};

/// An app as Heroku has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct App {
    /// Its UUID, which stays when the name changes.
    pub id: String,
    /// Its name, unique on all of Heroku.
    pub name: String,
    /// The team that owns it; `None` is a personal app.
    pub team: Option<String>,
    /// The private space it runs in.
    pub space: Option<String>,
    /// Where it runs: `us`, `eu`, or a region of a space.
    pub region: String,
    /// The stack of the next build, which is the one to compare.
    pub build_stack: String,
    /// The stack that runs now; follows `build_stack` at the next build.
    pub stack: String,
    /// Whether maintenance mode is on.
    pub maintenance: bool,
    /// Its address, which does not follow from its name.
    pub web_url: Option<String>,
    /// `cedar` or `fir`; served by the `3.sdk` variant.
    pub generation: Option<String>,
    /// When code was last released (RFC 3339); `None` before the first release of code.
    pub released_at: Option<String>,
    /// The e-mail of the owner; for a team app, of the team's own account.
    pub owner_email: Option<String>,
}

/// An app to create.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewApp {
    /// Its name.
    pub name: AppName,
    /// The team that will own it; `None` makes a personal app.
    pub team: Option<TeamName>,
    /// Where it will run, for good; `None` lets Heroku choose.
    pub region: Option<HerokuRegion>,
    /// Its stack; `None` lets Heroku choose.
    pub stack: Option<StackName>,
}

/// What can change on an app in place; `None` leaves a thing alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AppPatch {
    /// A new name.
    pub name: Option<AppName>,
    /// Maintenance mode.
    pub maintenance: Option<bool>,
    /// The stack of the next build.
    pub build_stack: Option<StackName>,
}

#[derive(Deserialize)]
struct WireApp {
    id: String,
    name: String,
    team: Option<Named>,
    organization: Option<Named>,
    space: Option<Named>,
    region: Option<Named>,
    build_stack: Option<Named>,
    stack: Option<Named>,
    #[serde(default, deserialize_with = "or_default")]
    maintenance: bool,
    web_url: Option<String>,
    generation: Option<Named>,
    released_at: Option<String>,
    owner: Option<WireOwner>,
}

#[derive(Deserialize)]
struct WireOwner {
    email: Option<String>,
}

impl From<WireApp> for App {
    fn from(wire: WireApp) -> Self {
        let stack = name_of(wire.stack).unwrap_or_default();
        Self {
            id: wire.id,
            name: wire.name,
            // Older answers call a team an organization.
            team: name_of(wire.team).or_else(|| name_of(wire.organization)),
            space: name_of(wire.space),
            region: name_of(wire.region).unwrap_or_default(),
            build_stack: name_of(wire.build_stack).unwrap_or_else(|| stack.clone()),
            stack,
            maintenance: wire.maintenance,
            web_url: wire.web_url,
            generation: name_of(wire.generation),
            released_at: wire.released_at,
            owner_email: wire.owner.and_then(|owner| owner.email),
        }
    }
}

#[derive(Serialize)]
struct WireNewApp<'a> {
    name: &'a AppName,
    #[serde(skip_serializing_if = "Option::is_none")]
    team: Option<&'a TeamName>,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<&'a HerokuRegion>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stack: Option<&'a StackName>,
}

#[derive(Serialize)]
struct WireAppPatch<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a AppName>,
    #[serde(skip_serializing_if = "Option::is_none")]
    maintenance: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    build_stack: Option<&'a StackName>,
}

impl Heroku {
    /// The app; `None` when there is none that this account may know of.
    pub async fn app(&self, id_or_name: &str) -> Result<Option<App>, CloudError> {
        let wire: Option<WireApp> = self.fetch_optional(Call::get(&["apps", id_or_name]).sdk()).await?;
        Ok(wire.map(App::from))
    }

    /// Creates an app. A name that is taken, by anybody, is `ErrorKind::Invalid`.
    pub async fn create_app(&self, new: &NewApp) -> Result<App, CloudError> {
        let NewApp { name, team, region, stack } = new;
        let body = WireNewApp { name, team: team.as_ref(), region: region.as_ref(), stack: stack.as_ref() };
        // Only the teams' path makes a team app.
        let path: &[&str] = if team.is_some() { &["teams", "apps"] } else { &["apps"] };
        self.fetch::<WireApp>(Call::post(path, &body).sdk()).await.map(App::from)
    }

    /// Changes an app in place.
    pub async fn update_app(&self, id_or_name: &str, patch: &AppPatch) -> Result<App, CloudError> {
        let AppPatch { name, maintenance, build_stack } = patch;
        let body = WireAppPatch {
            name: name.as_ref(),
            maintenance: *maintenance,
            build_stack: build_stack.as_ref(),
        };
        let call = Call::patch(&["apps", id_or_name], &body).sdk();
        // After a rename the old name in the path leads nowhere, or to someone else's app.
        let call = if name.is_some() { call.once() } else { call };
        self.fetch::<WireApp>(call).await.map(App::from)
    }

    /// Deletes an app, and with it its add-ons and their data, at once and for good. An app that is gone already
    /// counts as deleted.
    pub async fn delete_app(&self, id_or_name: &str) -> Result<(), CloudError> {
        self.remove(Call::delete(&["apps", id_or_name])).await
    }
}
