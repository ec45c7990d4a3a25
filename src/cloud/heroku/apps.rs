//! Apps (heroku-api.md section 2): read, create, change, delete.
//!
//! What must not live here: what an app should be.

use serde::{Deserialize, Serialize};

use super::call::Call;
use super::wire::{Named, name_of, or_default};
use super::{CloudError, Heroku};
use crate::spec::{AppName, HerokuRegion, StackName, TeamName};

/// An app as Heroku has it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct App {
    /// Its UUID, which stays when the name changes.
    pub id: String,
    /// Its name, unique on all of Heroku.
    pub name: String,
    /// The team that owns it; `None` is a personal app.
    pub team: Option<String>,
    /// The private space it runs in.
    pub space: Option<String>,
    /// Where it runs: `us`, `eu`, or a region of a space; `None` when Heroku does not tell.
    pub region: Option<String>,
    /// The stack of the next build, which is the one to compare; `None` when Heroku does not tell.
    pub build_stack: Option<String>,
    /// The stack that runs now; follows `build_stack` at the next build.
    pub stack: Option<String>,
    /// Whether maintenance mode is on.
    pub maintenance: bool,
    /// Whether Heroku manages the certificates of its domains.
    #[serde(skip)]
    pub acm: bool,
    /// Its address, which does not follow from its name.
    pub web_url: Option<String>,
    /// `cedar` or `fir`; served by the `3.sdk` variant.
    pub generation: Option<String>,
    /// When code was last released (RFC 3339); `None` before the first release of code.
    #[serde(skip)]
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
    #[serde(default, deserialize_with = "or_default")]
    acm: bool,
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
        let stack = name_of(wire.stack);
        Self {
            id: wire.id,
            name: wire.name,
            // Older answers call a team an organization.
            team: name_of(wire.team).or_else(|| name_of(wire.organization)),
            space: name_of(wire.space),
            region: name_of(wire.region),
            build_stack: name_of(wire.build_stack).or_else(|| stack.clone()),
            stack,
            maintenance: wire.maintenance,
            acm: wire.acm,
            web_url: wire.web_url.filter(|url| !url.is_empty()),
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

    /// Every app that this account may see; `None` when that takes more than so many pages of a thousand.
    pub async fn all_apps(&self, most_pages: usize) -> Result<Option<Vec<App>>, CloudError> {
        let wire: Option<Vec<WireApp>> = self.whole_list(Call::get(&["apps"]).sdk(), most_pages).await?;
        Ok(wire.map(|wire| wire.into_iter().map(App::from).collect()))
    }

    /// Every app of a team that this account may see (heroku-api.md section 2).
    pub async fn apps_of_team(&self, team: &str) -> Result<Vec<App>, CloudError> {
        let path: &[&str] = &["teams", team, "apps"];
        let wire: Option<Vec<WireApp>> = self.whole_list(Call::get(path).sdk(), usize::MAX).await?;
        Ok(wire.unwrap_or_default().into_iter().map(App::from).collect())
    }

    /// Creates an app. A name that is taken, by anybody, is `ErrorKind::Invalid`.
    pub async fn create_app(&self, new: &NewApp) -> Result<App, CloudError> {
        let NewApp { name, team, region, stack } = new;
        let body = WireNewApp { name, team: team.as_ref(), region: region.as_ref(), stack: stack.as_ref() };
        // Only the teams' path makes a team app.
        let path: &[&str] = if team.is_some() { &["teams", "apps"] } else { &["apps"] };
        let app = self.fetch::<WireApp>(Call::post(path, &body).sdk()).await.map(App::from)?;
        self.fresh.note(&app);
        Ok(app)
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

    /// Deletes an app, with its add-ons and all that they hold; one that is gone already is fine. By its id, since a
    /// name could be someone else's by now.
    pub async fn delete_app(&self, id: &str) -> Result<(), CloudError> {
        match self.send(&Call::delete(&["apps", id]).sdk()).await {
            Err(error) if error.is_not_found() => Ok(()),
            answer => answer.map(drop),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{Reply, Server};
    use super::*;

    fn new(team: Option<&str>) -> NewApp {
        NewApp {
            name: AppName::parse("ledger").unwrap(),
            team: team.map(|team| TeamName::parse(team).unwrap()),
            region: Some(HerokuRegion::parse("eu").unwrap()),
            stack: None,
        }
    }

    #[tokio::test]
    async fn an_app_is_read_with_all_that_matters() {
        let server = Server::always(Reply::json(json!({
            "id": "01234567-89ab-cdef-0123-456789abcdef", "name": "ledger", "maintenance": true, "acm": true,
            "team": { "id": "t", "name": "books" }, "organization": { "id": "t", "name": "books" },
            "space": null, "region": { "id": "r", "name": "us" }, "build_stack": { "id": "s", "name": "heroku-24" },
            "stack": { "id": "s", "name": "heroku-22" }, "web_url": "https://ledger-1a2b.herokuapp.com/",
            "generation": { "id": "g", "name": "cedar" }, "released_at": null, "owner": { "id": "o", "email": "o@x" },
            "something_new": [1, 2]
        })))
        .await;
        let app = server.heroku().app("ledger").await.unwrap().unwrap();
        let expected = App {
            id: "01234567-89ab-cdef-0123-456789abcdef".to_owned(),
            name: "ledger".to_owned(),
            team: Some("books".to_owned()),
            space: None,
            region: Some("us".to_owned()),
            build_stack: Some("heroku-24".to_owned()),
            stack: Some("heroku-22".to_owned()),
            maintenance: true,
            acm: true,
            web_url: Some("https://ledger-1a2b.herokuapp.com/".to_owned()),
            generation: Some("cedar".to_owned()),
            released_at: None,
            owner_email: Some("o@x".to_owned()),
        };
        assert_eq!(app, expected);
        let seen = server.only();
        assert_eq!(seen.call, "GET /apps/ledger");
        assert_eq!(seen.header("accept"), Some("application/vnd.heroku+json; version=3.sdk"));
    }

    #[tokio::test]
    async fn the_accounts_list_shows_an_app_as_a_question_for_it_would() {
        let server = Server::always(Reply::json(json!([{ "id": "1", "name": "ledger" }]))).await;
        assert_eq!(server.heroku().all_apps(1).await.unwrap().unwrap()[0].name, "ledger");
        let seen = server.only();
        assert_eq!(seen.call, "GET /apps");
        assert_eq!(seen.header("accept"), Some("application/vnd.heroku+json; version=3.sdk"));
    }

    #[tokio::test]
    async fn an_app_is_read_from_the_least_that_could_come() {
        let server = Server::always(Reply::json(
            json!({ "id": "1", "name": "a", "stack": "heroku-24", "web_url": "" }),
        ))
        .await;
        let app = server.heroku().app("a").await.unwrap().unwrap();
        assert_eq!(
            (app.build_stack.as_deref(), app.region.as_deref(), app.maintenance),
            (Some("heroku-24"), None, false)
        );
        assert_eq!(app.web_url, None, "an empty address is none");
    }

    #[tokio::test]
    async fn a_personal_app_and_a_team_app_are_made_in_their_own_places() {
        let server = Server::always(Reply::new(201, r#"{"id":"1","name":"ledger"}"#)).await;
        server.heroku().create_app(&new(None)).await.unwrap();
        server.heroku().create_app(&new(Some("books"))).await.unwrap();
        let [personal, team] = server.seen().try_into().ok().unwrap();
        assert_eq!(personal.call, "POST /apps");
        assert_eq!(personal.body, json!({ "name": "ledger", "region": "eu" }));
        assert_eq!(personal.header("content-type"), Some("application/json"));
        assert_eq!(team.call, "POST /teams/apps");
        assert_eq!(team.body, json!({ "name": "ledger", "team": "books", "region": "eu" }));
    }

    #[tokio::test]
    async fn an_app_that_is_gone_has_been_deleted() {
        let server = Server::always(Reply::new(404, r#"{"id":"not_found","message":"no"}"#)).await;
        server.heroku().delete_app("0123").await.unwrap();
        assert_eq!(server.only().call, "DELETE /apps/0123");
    }

    #[tokio::test]
    async fn a_patch_holds_only_what_changes() {
        let server = Server::always(Reply::json(json!({ "id": "1", "name": "ledger" }))).await;
        let patch =
            AppPatch { build_stack: Some(StackName::parse("heroku-24").unwrap()), ..AppPatch::default() };
        server.heroku().update_app("ledger", &patch).await.unwrap();
        let seen = server.only();
        assert_eq!(
            (seen.call.as_str(), seen.body),
            ("PATCH /apps/ledger", json!({ "build_stack": "heroku-24" }))
        );
    }
}
