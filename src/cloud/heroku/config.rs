//! Config vars (heroku-api.md section 4). Every value is a secret: add-ons put passwords there.
//!
//! What must not live here: which vars should be set, and who owns them.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::call::Call;
use super::wire::SecretMap;
use super::{CloudError, Heroku};
use crate::secret::Secret;
use crate::spec::VarName;

impl Heroku {
    /// All config vars by name, those of add-ons included. Names are as served, also where the spec would refuse them.
    pub async fn config_vars(&self, app: &str) -> Result<BTreeMap<String, Secret>, CloudError> {
        let SecretMap(vars) = self.fetch(Call::get(&["apps", app, "config-vars"])).await?;
        Ok(vars)
    }

    /// Sets vars, removes those that are `None`, leaves all others alone, and gives all vars as they are then. Makes
    /// one release and restarts all dynos, however many vars there are.
    pub async fn patch_config(
        &self,
        app: &str,
        changes: &BTreeMap<VarName, Option<Secret>>,
    ) -> Result<BTreeMap<String, Secret>, CloudError> {
        let body: Map<String, Value> = changes
            .iter()
            .map(|(name, value)| {
                let value = value.as_ref().map(|secret| secret.reveal().to_owned());
                (name.as_str().to_owned(), value.map_or(Value::Null, Value::String))
            })
            .collect();
        let call = Call::patch(&["apps", app, "config-vars"], &body).hiding(changes.values().flatten());
        let SecretMap(vars) = self.fetch(call).await?;
        Ok(vars)
    }
}
