//! Config vars (heroku-api.md section 4). Every value is a secret: add-ons put passwords there.
//!
//! What must not live here: which vars should be set, and who owns them.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::call::Call;
use super::wire::SecretMap;
use super::{CloudError, Heroku};
use crate::cloud::Pace;
use crate::secret::Secret;

impl Heroku {
    /// All config vars by name, those of add-ons included. Names are as served, also where the spec would refuse them.
    pub async fn config_vars(&self, app: &str) -> Result<BTreeMap<String, Secret>, CloudError> {
        let SecretMap(vars) = self.fetch(Call::get(&["apps", app, "config-vars"])).await?;
        Ok(vars)
    }

    /// The same, read again for three seconds while they lack something: parts of Heroku catch up with each other.
    pub async fn config_vars_once_settled(
        &self,
        app: &str,
        lack: impl Fn(&BTreeMap<String, Secret>) -> bool + Send,
    ) -> Result<BTreeMap<String, Secret>, CloudError> {
        let mut vars = self.config_vars(app).await?;
        for pause in Pace::settling() {
            if !lack(&vars) {
                break;
            }
            tokio::time::sleep(pause).await;
            vars = self.config_vars(app).await?;
        }
        Ok(vars)
    }

    /// Sets vars, removes those that are `None`, leaves all others alone, and gives all vars as they are then. Makes
    /// one release and restarts all dynos, however many vars there are.
    pub async fn patch_config(
        &self,
        app: &str,
        changes: &BTreeMap<String, Option<Secret>>,
    ) -> Result<BTreeMap<String, Secret>, CloudError> {
        let body: Map<String, Value> = changes
            .iter()
            .map(|(name, value)| {
                let value = value.as_ref().map(|secret| secret.reveal().to_owned());
                (name.clone(), value.map_or(Value::Null, Value::String))
            })
            .collect();
        // Whether a PATCH that changes nothing makes a release is not known, so it is not repeated blindly.
        let call = Call::patch(&["apps", app, "config-vars"], &body).once();
        let call = call.hiding(changes.values().flatten());
        let SecretMap(vars) = self.fetch(call).await?;
        Ok(vars)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{Reply, Server};
    use super::*;

    #[tokio::test]
    async fn what_is_still_coming_is_read_again_for_a_moment() {
        let server = Server::start(|_, before| match before {
            0 | 1 => Reply::json(json!({})),
            _ => Reply::json(json!({ "DATABASE_URL": "postgres://x" })),
        })
        .await;
        let lack = |vars: &BTreeMap<String, Secret>| !vars.contains_key("DATABASE_URL");
        let vars = server.heroku().config_vars_once_settled("ledger", lack).await.unwrap();
        assert_eq!((vars.len(), server.calls().len()), (1, 3));
    }

    fn texts(vars: &BTreeMap<String, Secret>) -> Vec<(&str, &str)> {
        vars.iter().map(|(name, secret)| (name.as_str(), secret.reveal())).collect()
    }

    #[tokio::test]
    async fn all_vars_are_read_also_those_that_a_spec_could_not_name() {
        let server = Server::always(Reply::json(
            json!({ "RAILS_ENV": "production", "HEROKU_X": "1", "odd-one": "", "N": null }),
        ))
        .await;
        let vars = server.heroku().config_vars("ledger").await.unwrap();
        assert_eq!(texts(&vars), [("HEROKU_X", "1"), ("RAILS_ENV", "production"), ("odd-one", "")]);
        assert_eq!(format!("{vars:?}").matches("(sensitive)").count(), 3);
    }

    #[tokio::test]
    async fn a_patch_sets_and_removes_and_gives_what_is_there_then() {
        let server = Server::always(Reply::json(json!({ "A": "\u{e9} \"1\"\n", "C": "3" }))).await;
        let changes = [("A".to_owned(), Some(Secret::new("\u{e9} \"1\"\n"))), ("B".to_owned(), None)].into();
        let vars = server.heroku().patch_config("ledger", &changes).await.unwrap();
        assert_eq!(texts(&vars), [("A", "\u{e9} \"1\"\n"), ("C", "3")]);
        let seen = server.only();
        assert_eq!(seen.call, "PATCH /apps/ledger/config-vars");
        assert_eq!(seen.body, json!({ "A": "\u{e9} \"1\"\n", "B": null }));
    }

    #[tokio::test]
    async fn an_answer_of_another_shape_quotes_no_value() {
        let server = Server::always(Reply::json(json!({ "A": ["hunter2"] }))).await;
        let error = server.heroku().config_vars("ledger").await.unwrap_err();
        assert!(error.message.starts_with("the answer is not of the expected shape"), "{error}");
        assert!(!error.to_string().contains("hunter2"));
    }
}
