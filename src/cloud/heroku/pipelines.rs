//! Pipelines, and which app is in which at what stage (heroku-api.md section 7).
//!
//! Names are not unique: two accounts, or one twice, may have pipelines of the same name. What must not live here:
//! which of them is meant.

use serde::{Deserialize, Serialize};
use tokio::sync::MutexGuard;

use super::call::Call;
use super::wire::{Named, name_of, or_default};
use super::{CloudError, Heroku};
use crate::spec::{PipelineName, Stage};

/// A pipeline that this account may see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Pipeline {
    /// Its UUID.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whose it is: `team` or `user`, and the owner's UUID; `None` when Heroku does not tell.
    pub owner: Option<PipelineOwner>,
    /// When it was made (RFC 3339).
    #[serde(skip)]
    created_at: String,
}

/// Whose a pipeline is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PipelineOwner {
    /// Their UUID.
    pub id: String,
    /// `team` or `user`.
    #[serde(rename = "type")]
    pub kind: String,
}

/// That an app is in a pipeline. An app is in one at most.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Coupling {
    /// Its UUID.
    pub id: String,
    /// The app's UUID.
    pub app_id: String,
    /// The pipeline's UUID.
    pub pipeline_id: String,
    /// The stage as served.
    pub stage: String,
}

/// A pipeline to create.
#[derive(Clone, Debug, Serialize)]
pub struct NewPipeline<'a> {
    name: &'a PipelineName,
    owner: PipelineOwner,
    /// Said only where it is not the usual one: all apps of a pipeline are of one generation.
    #[serde(skip_serializing_if = "Option::is_none")]
    generation: Option<Generation>,
}

#[derive(Clone, Debug, Serialize)]
struct Generation {
    name: String,
}

#[derive(Deserialize)]
struct WirePipeline {
    id: String,
    name: String,
    owner: Option<PipelineOwner>,
    #[serde(default, deserialize_with = "or_default")]
    created_at: String,
}

impl From<WirePipeline> for Pipeline {
    fn from(wire: WirePipeline) -> Self {
        Self { id: wire.id, name: wire.name, owner: wire.owner, created_at: wire.created_at }
    }
}

#[cfg(test)]
impl Pipeline {
    /// One as Heroku would serve it.
    pub(crate) fn of_json(body: serde_json::Value) -> Self {
        serde_json::from_value::<WirePipeline>(body).expect("a pipeline").into()
    }
}

#[derive(Deserialize)]
struct WireCoupling {
    id: String,
    app: Identified,
    pipeline: Identified,
    stage: String,
}

#[derive(Deserialize)]
struct Identified {
    id: String,
}

impl From<WireCoupling> for Coupling {
    fn from(wire: WireCoupling) -> Self {
        Self { id: wire.id, app_id: wire.app.id, pipeline_id: wire.pipeline.id, stage: wire.stage }
    }
}

#[derive(Deserialize)]
struct WireApp {
    team: Option<Identified>,
    generation: Option<Named>,
}

impl Heroku {
    /// The pipelines of that name, the oldest first.
    pub async fn pipelines_named(&self, name: &str) -> Result<Vec<Pipeline>, CloudError> {
        let call = Call::get(&["pipelines"]).query("eq[name]", name).of_pipelines();
        let wire: Vec<WirePipeline> = self.list(call).await?;
        // Whoever does not know the filter gives all of them.
        let mut pipelines: Vec<Pipeline> =
            wire.into_iter().map(Pipeline::from).filter(|pipeline| pipeline.name == name).collect();
        pipelines.sort_by(|one, other| (&one.created_at, &one.id).cmp(&(&other.created_at, &other.id)));
        Ok(pipelines)
    }

    /// A pipeline by its UUID; `None` when this account may not see it.
    pub async fn pipeline(&self, id: &str) -> Result<Option<Pipeline>, CloudError> {
        let call = Call::get(&["pipelines", id]).of_pipelines();
        match self.fetch_optional::<WirePipeline>(call).await {
            Err(error) if error.is_of_someone_else() => Ok(None),
            answer => Ok(answer?.map(Pipeline::from)),
        }
    }

    /// The pipeline that an app is in, and its stage there; `None` when it is in none.
    pub async fn coupling(&self, app: &str) -> Result<Option<Coupling>, CloudError> {
        let call = Call::get(&["apps", app, "pipeline-couplings"]).of_pipelines();
        let wire: Option<WireCoupling> = self.fetch_optional(call).await?;
        Ok(wire.map(Coupling::from))
    }

    /// Which of the account's apps is in which pipeline; `None` when that takes more than so many pages of a thousand.
    pub async fn all_couplings(&self, most_pages: usize) -> Result<Option<Vec<Coupling>>, CloudError> {
        let call = Call::get(&["pipeline-couplings"]).of_pipelines();
        let wire: Option<Vec<WireCoupling>> = self.whole_list(call, most_pages).await?;
        Ok(wire.map(|wire| wire.into_iter().map(Coupling::from).collect()))
    }

    /// The apps of a pipeline.
    pub async fn couplings_of(&self, pipeline_id: &str) -> Result<Vec<Coupling>, CloudError> {
        let call = Call::get(&["pipelines", pipeline_id, "pipeline-couplings"]).of_pipelines();
        let wire: Vec<WireCoupling> = self.list(call).await?;
        Ok(wire.into_iter().map(Coupling::from).collect())
    }

    /// Keeps others of this run from making pipelines until it is dropped: environments that share one are often
    /// made side by side, and Heroku would make each its own.
    pub async fn alone_making_pipelines(&self) -> MutexGuard<'_, ()> {
        self.making_pipelines.lock().await
    }

    /// A pipeline for an app: of the app's team, or of whoever's token this is.
    pub async fn pipeline_for<'a>(
        &self,
        app: &str,
        name: &'a PipelineName,
    ) -> Result<NewPipeline<'a>, CloudError> {
        let WireApp { team, generation } = self.fetch(Call::get(&["apps", app]).sdk()).await?;
        let (kind, Identified { id }) = match team {
            Some(team) => ("team", team),
            None => ("user", self.fetch(Call::get(&["users", "~"])).await?),
        };
        let generation = name_of(generation).filter(|name| name != "cedar").map(|name| Generation { name });
        Ok(NewPipeline { name, owner: PipelineOwner { id, kind: kind.to_owned() }, generation })
    }

    /// Creates a pipeline, also beside others of that name.
    pub async fn create_pipeline(&self, new: &NewPipeline<'_>) -> Result<Pipeline, CloudError> {
        let call = Call::post(&["pipelines"], new).of_pipelines();
        self.fetch::<WirePipeline>(call).await.map(Pipeline::from)
    }

    /// Puts an app, by its UUID, into a pipeline. Makes no release.
    pub async fn couple(&self, app: &str, pipeline_id: &str, stage: Stage) -> Result<Coupling, CloudError> {
        let body = serde_json::json!({ "app": app, "pipeline": pipeline_id, "stage": stage });
        let call = Call::post(&["pipeline-couplings"], &body).of_pipelines();
        self.fetch::<WireCoupling>(call).await.map(Coupling::from)
    }

    /// Moves an app to another stage of its pipeline.
    pub async fn change_stage(&self, coupling_id: &str, stage: Stage) -> Result<Coupling, CloudError> {
        let body = serde_json::json!({ "stage": stage });
        let call = Call::patch(&["pipeline-couplings", coupling_id], &body).of_pipelines();
        self.fetch::<WireCoupling>(call).await.map(Coupling::from)
    }

    /// Takes an app out of its pipeline.
    pub async fn uncouple(&self, coupling_id: &str) -> Result<(), CloudError> {
        self.gone(Call::delete(&["pipeline-couplings", coupling_id]).of_pipelines()).await
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::testing::{Reply, Server};
    use super::*;

    fn name(text: &str) -> PipelineName {
        PipelineName::parse(text).unwrap()
    }

    fn ledger(id: &str, created_at: &str) -> Value {
        let owner = json!({ "id": "t", "type": "team" });
        json!({ "id": id, "name": "ledger", "owner": owner, "created_at": created_at, "updated_at": created_at })
    }

    #[tokio::test]
    async fn pipelines_are_asked_for_by_name_and_the_oldest_comes_first() {
        let others = json!({ "id": "9", "name": "other", "owner": null });
        let list = json!([ledger("2", "2026-11-02T00:00:00Z"), others, ledger("1", "2026-11-01T00:00:00Z")]);
        let server = Server::always(Reply::json(list)).await;
        let found = server.heroku().pipelines_named("ledger").await.unwrap();
        let ids: Vec<&str> = found.iter().map(|pipeline| pipeline.id.as_str()).collect();
        assert_eq!(ids, ["1", "2"]);
        let seen = server.only();
        assert_eq!(seen.call, "GET /pipelines?eq%5Bname%5D=ledger");
        assert_eq!(seen.header("accept"), Some("application/vnd.heroku+json; version=3.pipelines"));
    }

    #[tokio::test]
    async fn an_app_is_in_one_pipeline_or_none() {
        let coupling =
            json!({ "id": "c", "app": { "id": "a" }, "pipeline": { "id": "p" }, "stage": "staging" });
        let server = Server::always(Reply::json(coupling)).await;
        let found = server.heroku().coupling("ledger").await.unwrap().unwrap();
        assert_eq!((found.pipeline_id.as_str(), found.stage.as_str()), ("p", "staging"));
        assert_eq!(server.calls(), ["GET /apps/ledger/pipeline-couplings"]);
        let none = Reply::error(404, "not_found", "Couldn't find that pipeline coupling.");
        assert_eq!(Server::always(none).await.heroku().coupling("ledger").await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_new_pipeline_is_the_teams_or_the_users_own() {
        for (app, owner, generation) in [
            (json!({ "team": { "id": "t", "name": "books" } }), json!({ "id": "t", "type": "team" }), None),
            (json!({ "team": null, "generation": "cedar" }), json!({ "id": "u", "type": "user" }), None),
            (json!({ "generation": { "name": "fir" } }), json!({ "id": "u", "type": "user" }), Some("fir")),
        ] {
            let server = Server::start(move |seen, _| match seen.call.as_str() {
                "GET /users/~" => Reply::json(json!({ "id": "u", "email": "o@ledger.example" })),
                "GET /apps/ledger" => Reply::json(app.clone()),
                _ => Reply::new(201, ledger("1", "2026-11-01T00:00:00Z").to_string()),
            })
            .await;
            let (heroku, name) = (server.heroku(), name("ledger"));
            let new = heroku.pipeline_for("ledger", &name).await.unwrap();
            heroku.create_pipeline(&new).await.unwrap();
            let sent = server.seen().pop().unwrap();
            assert_eq!(sent.call, "POST /pipelines");
            let generation = generation.map(|name| json!({ "name": name })).unwrap_or_default();
            assert_eq!((&sent.body["owner"], &sent.body["generation"]), (&owner, &generation));
        }
    }

    #[tokio::test]
    async fn a_coupling_is_sent_as_texts_and_only_its_stage_changes() {
        let coupling =
            json!({ "id": "c", "app": { "id": "a" }, "pipeline": { "id": "p" }, "stage": "production" });
        let server = Server::always(Reply::new(201, coupling.to_string())).await;
        let heroku = server.heroku();
        heroku.couple("a", "p", Stage::Production).await.unwrap();
        heroku.change_stage("c", Stage::Staging).await.unwrap();
        heroku.uncouple("c").await.unwrap();
        let seen = server.seen();
        assert_eq!(
            server.calls(),
            ["POST /pipeline-couplings", "PATCH /pipeline-couplings/c", "DELETE /pipeline-couplings/c"]
        );
        assert_eq!(seen[0].body, json!({ "app": "a", "pipeline": "p", "stage": "production" }));
        assert_eq!(seen[1].body, json!({ "stage": "staging" }));
    }
}
