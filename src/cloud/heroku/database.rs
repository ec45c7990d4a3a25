//! What a database says of itself, as far as another one that is made from it rests on that (heroku-api.md section 8).
//!
//! What must not live here: the database's password and address, which the same answer carries.

use serde::Deserialize;
use time::OffsetDateTime;

use super::call::Call;
use super::data::path;
use super::transfers::moment;
use super::wire::{list, number_if_any, or_default};
use super::{CloudError, ErrorKind, Heroku};

/// What a database says of itself, as far as another one that is made from it rests on that.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Database {
    /// Whether Heroku can make another one from it now, as far as that is a matter of time.
    pub is_copyable: bool,
    /// Whether it follows another one, so that none can be made from it.
    pub follows: bool,
    /// How many tables it has, when that is told.
    pub tables: Option<u64>,
    /// How much it holds, when that is told.
    pub bytes: Option<u64>,
    /// When it was made, when that is told.
    pub created: Option<OffsetDateTime>,
}

/// What a database says of itself, as far as it tells whether it can be copied.
#[derive(Deserialize)]
struct WireDatabase {
    #[serde(rename = "waiting?", default, deserialize_with = "or_default")]
    waiting: bool,
    #[serde(default, deserialize_with = "list")]
    info: Vec<WireInfo>,
    #[serde(default, deserialize_with = "number_if_any")]
    num_bytes: Option<u64>,
    #[serde(default, deserialize_with = "number_if_any")]
    num_tables: Option<u64>,
    #[serde(default, deserialize_with = "or_default")]
    created_at: String,
    #[serde(default)]
    following: Option<serde_json::Value>,
    /// Null for one that is made from none.
    #[serde(default, deserialize_with = "as_told")]
    forked_from: Option<serde_json::Value>,
}

/// Tells a null from nothing at all.
fn as_told<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<serde_json::Value>, D::Error> {
    serde_json::Value::deserialize(deserializer).map(Some)
}

#[derive(Deserialize)]
struct WireInfo {
    #[serde(default, deserialize_with = "or_default")]
    name: String,
    #[serde(default, deserialize_with = "list")]
    values: Vec<serde_json::Value>,
}

impl WireDatabase {
    /// What may be copied later says so; what never may is for Heroku to refuse, with its words.
    fn is_copyable(&self) -> bool {
        let copies = self.info.iter().filter(|info| info.name == "Fork/Follow");
        let mut words = copies.flat_map(|info| &info.values).filter_map(serde_json::Value::as_str);
        !self.waiting && !words.any(|word| word.to_ascii_lowercase().contains("temporarily"))
    }
}

impl Heroku {
    /// What a database says of itself; `None` for one that this API does not know, as one that is being made.
    pub async fn database(&self, addon_id: &str) -> Result<Option<Database>, CloudError> {
        let wire: Option<WireDatabase> =
            self.fetch_optional(Call::get(&path(addon_id, &[])).at_data()).await?;
        Ok(wire.map(|database| Database {
            is_copyable: database.is_copyable(),
            follows: database.following.is_some_and(|leader| !leader.is_null()),
            tables: database.num_tables,
            bytes: database.num_bytes,
            created: moment(&database.created_at),
        }))
    }

    /// Whether Heroku can make another database from this one now. What it does not tell is not waited for.
    pub async fn is_copyable(&self, addon_id: &str) -> Result<bool, CloudError> {
        let wire: Option<WireDatabase> =
            self.fetch_optional(Call::get(&path(addon_id, &[])).at_data()).await?;
        Ok(wire.is_none_or(|database| database.is_copyable()))
    }

    /// How much the database holds; `None` when that is not told, or the token may not ask.
    pub async fn database_bytes(&self, addon_id: &str) -> Result<Option<u64>, CloudError> {
        let call = Call::get(&path(addon_id, &[])).at_data();
        match self.fetch_optional::<WireDatabase>(call).await {
            Err(error) if matches!(error.kind, ErrorKind::Forbidden | ErrorKind::Unauthorized) => Ok(None),
            answer => Ok(answer?.and_then(|database| database.num_bytes)),
        }
    }

    /// Whether the database was made from another one; `None` when Heroku does not tell. A wish for a fork that Heroku does
    /// not understand gives an empty database (heroku-api.md section 8.1).
    pub async fn is_fork(&self, addon_id: &str) -> Result<Option<bool>, CloudError> {
        let wire: Option<WireDatabase> =
            self.fetch_optional(Call::get(&path(addon_id, &[])).at_data()).await?;
        Ok(wire.and_then(|database| database.forked_from).map(|origin| !origin.is_null()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{Reply, Server};
    use super::*;

    #[tokio::test]
    async fn only_what_passes_by_itself_keeps_a_database_from_being_copied() {
        for (says, is_copyable) in [
            (json!({ "info": [{ "name": "Fork/Follow", "values": ["Available"] }] }), true),
            (json!({ "info": [{ "name": "Fork/Follow", "values": ["Temporarily Unavailable"] }] }), false),
            (json!({ "info": [{ "name": "Fork/Follow", "values": ["Unavailable on followers"] }] }), true),
            (json!({ "info": [{ "name": "Status", "values": ["Temporarily Unavailable"] }] }), true),
            (json!({ "waiting?": true, "info": null }), false),
            (json!({}), true),
        ] {
            let server = Server::always(Reply::json(says.clone())).await;
            assert_eq!(server.heroku().is_copyable("a1").await.unwrap(), is_copyable, "{says}");
            assert_eq!(server.calls(), ["GET /client/v11/databases/a1"]);
        }
    }

    #[tokio::test]
    async fn a_database_says_whether_it_follows_another_and_what_it_holds() {
        for (says, expected) in [
            (
                json!({ "following": "postgresql-flat-1", "num_tables": 73, "num_bytes": 9,
                    "created_at": "2026-11-26 02:00:00 +0000" }),
                Database {
                    is_copyable: true,
                    follows: true,
                    tables: Some(73),
                    bytes: Some(9),
                    created: Some(time::macros::datetime!(2026-11-26 2:00 UTC)),
                },
            ),
            (
                json!({ "following": null, "waiting?": true, "num_tables": 0 }),
                Database { tables: Some(0), ..Database::default() },
            ),
            (json!({}), Database { is_copyable: true, ..Database::default() }),
        ] {
            let server = Server::always(Reply::json(says)).await;
            assert_eq!(server.heroku().database("a1").await.unwrap(), Some(expected));
        }
        let server = Server::always(Reply::error(404, "not_found", "not yet provisioned")).await;
        assert_eq!(server.heroku().database("a1").await.unwrap(), None);
    }

    #[tokio::test]
    async fn how_much_a_database_holds_is_known_or_not() {
        for (answer, expected) in [
            (
                Reply::json(json!({ "num_bytes": 9_000_000_000_u64, "database_password": "p" })),
                Some(9_000_000_000),
            ),
            (Reply::json(json!({ "num_bytes": null })), None),
            (Reply::error(404, "not_found", "not yet provisioned"), None),
            (Reply::error(403, "forbidden", "The scope of this OAuth authorization"), None),
        ] {
            let server = Server::always(answer).await;
            assert_eq!(server.heroku().database_bytes("a1").await.unwrap(), expected);
        }
    }
}
