//! The formation: how many dynos of each process type run, and of what size (heroku-api.md section 5).
//!
//! What must not live here: which sizes may stand together, and dynos themselves.

use serde::{Deserialize, Serialize};

use super::call::Call;
use super::wire::{Named, name_of, or_default, whole_number};
use super::{CloudError, Heroku};
use crate::spec::{DynoSize, ProcessType};

/// One process type as Heroku has it. There is none before the first release of code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Formation {
    /// The process type of the Procfile: `web`.
    pub process_type: String,
    /// How many dynos; 0 is off.
    pub quantity: u32,
    /// The size as served, in Heroku's own case: `Standard-1X`; `None` when Heroku does not tell.
    pub size: Option<String>,
    /// What runs.
    pub command: String,
}

/// How a process type is to run, in absolute terms; `None` leaves a thing alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scale {
    /// The process type; one that is not released yet is refused.
    pub process_type: ProcessType,
    /// How many dynos.
    pub quantity: Option<u32>,
    /// Their size.
    pub size: Option<DynoSize>,
}

#[derive(Deserialize)]
struct WireFormation {
    #[serde(rename = "type")]
    process_type: String,
    #[serde(deserialize_with = "whole_number")]
    quantity: u32,
    size: Option<Named>,
    dyno_size: Option<Named>,
    #[serde(default, deserialize_with = "or_default")]
    command: String,
}

impl From<WireFormation> for Formation {
    fn from(wire: WireFormation) -> Self {
        Self {
            process_type: wire.process_type,
            quantity: wire.quantity,
            size: name_of(wire.size).or_else(|| name_of(wire.dyno_size)),
            command: wire.command,
        }
    }
}

#[derive(Serialize)]
struct WireUpdates<'a> {
    updates: Vec<WireUpdate<'a>>,
}

#[derive(Serialize)]
struct WireUpdate<'a> {
    #[serde(rename = "type")]
    process_type: &'a ProcessType,
    #[serde(skip_serializing_if = "Option::is_none")]
    quantity: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dyno_size: Option<WireSize<'a>>,
}

#[derive(Serialize)]
struct WireSize<'a> {
    /// As it was written.
    name: &'a str,
}

impl<'a> From<&'a Scale> for WireUpdate<'a> {
    fn from(scale: &'a Scale) -> Self {
        let Scale { process_type, quantity, size } = scale;
        let dyno_size = size.as_ref().map(|size| WireSize { name: size.written() });
        Self { process_type, quantity: *quantity, dyno_size }
    }
}

impl Heroku {
    /// The app's process types; empty before the first release of code.
    pub async fn formation(&self, app: &str) -> Result<Vec<Formation>, CloudError> {
        let wire: Vec<WireFormation> = self.list(Call::get(&["apps", app, "formation"])).await?;
        Ok(wire.into_iter().map(Formation::from).collect())
    }

    /// Scales process types in one call, which is the only way across the tiers that do not mix. Gives those types as
    /// they are then.
    pub async fn scale(&self, app: &str, scales: &[Scale]) -> Result<Vec<Formation>, CloudError> {
        let body = WireUpdates { updates: scales.iter().map(WireUpdate::from).collect() };
        let wire: Option<Vec<WireFormation>> =
            self.fetch(Call::patch(&["apps", app, "formation"], &body)).await?;
        Ok(wire.unwrap_or_default().into_iter().map(Formation::from).collect())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{Reply, Server};
    use super::*;

    #[tokio::test]
    async fn quantities_and_sizes_are_read_in_every_form() {
        let server = Server::always(Reply::json(json!([
            { "type": "web", "quantity": 2, "size": "Standard-1X", "dyno_size": { "name": "Standard-1X" }, "command": "x" },
            { "type": "worker", "quantity": "0", "size": null, "dyno_size": { "id": "d", "name": "Basic" }, "command": null },
            { "type": "clock", "quantity": 1, "size": "", "dyno_size": { "id": "d" } }
        ])))
        .await;
        let [web, worker, clock] =
            server.heroku().formation("ledger").await.unwrap().try_into().ok().unwrap();
        assert_eq!(
            (web.process_type.as_str(), web.quantity, web.size.as_deref()),
            ("web", 2, Some("Standard-1X"))
        );
        assert_eq!((worker.quantity, worker.size.as_deref()), (0, Some("Basic")));
        assert_eq!((clock.quantity, clock.size), (1, None));
    }

    #[tokio::test]
    async fn all_types_are_scaled_in_one_call_and_sizes_are_sent_as_they_were_written() {
        let server = Server::always(Reply::json(json!([]))).await;
        let scale = |name, quantity, size: Option<&str>| Scale {
            process_type: ProcessType::parse(name).unwrap(),
            quantity,
            size: size.map(|size| DynoSize::parse(size).unwrap()),
        };
        let scales = [
            scale("web", Some(2), Some("Standard-1X")),
            scale("worker", Some(0), None),
            scale("clock", None, Some("Basic")),
        ];
        server.heroku().scale("ledger", &scales).await.unwrap();
        let seen = server.only();
        assert_eq!(seen.call, "PATCH /apps/ledger/formation");
        let updates = json!([
            { "type": "web", "quantity": 2, "dyno_size": { "name": "Standard-1X" } },
            { "type": "worker", "quantity": 0 },
            { "type": "clock", "dyno_size": { "name": "Basic" } }
        ]);
        assert_eq!(seen.body, json!({ "updates": updates }));
    }
}
