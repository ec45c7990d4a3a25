//! What is sent of a change of config vars, in one call.
//!
//! What must not live here: what should be, and what becomes of vars that turn out to be an add-on's.

use std::collections::BTreeMap;

use super::Change;
use crate::cloud::{CloudError, confirmed};
use crate::resource::{Run, Value};
use crate::secret::{self, Secret};

/// Vars to set, and `None` for those to remove.
type Patch = BTreeMap<String, Option<Secret>>;

fn is_live(patch: &Patch, live: &BTreeMap<String, Secret>) -> bool {
    patch.iter().all(|(name, wanted)| match (wanted, live.get(name)) {
        (Some(wanted), Some(live)) => wanted.matches(live),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    })
}

impl Change {
    /// Sends what differs; false when nothing is left of it.
    pub(super) async fn send(&self, run: &Run) -> Result<bool, CloudError> {
        let patch = self.patch(run)?;
        if patch.is_empty() {
            return Ok(false);
        }
        let (heroku, app) = (&run.clouds.heroku, run.app());
        let send = || async { heroku.patch_config(&app, &patch).await.map(drop) };
        let look = || async { Ok(is_live(&patch, &heroku.config_vars(&app).await?).then_some(())) };
        confirmed(send, look).await.map(|()| true)
    }

    /// What is sent; generated values are drawn here, once.
    fn patch(&self, run: &Run) -> Result<Patch, CloudError> {
        let mut patch: Patch = self.remove.iter().map(|(name, _)| (name.clone(), None)).collect();
        for one in &self.set {
            let value = match &one.value {
                Value::Known(secret) => secret.clone(),
                Value::Generate(form) => secret::generate(*form),
                Value::From(output) => run.output(output)?,
            };
            patch.insert(one.name.to_string(), Some(value));
        }
        Ok(patch)
    }
}
