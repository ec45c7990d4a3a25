//! Vars that an add-on sets, and what becomes of a spec that names one. Heroku refuses to let anyone else set them, and
//! the whole call with it (heroku-api.md section 3.1).

use std::collections::{BTreeMap, BTreeSet};

use super::{Change, SECTION};
use crate::cloud::heroku::{Addon, Attachment};
use crate::cloud::{CloudError, ErrorKind, Service};
use crate::resource::addon::ready::{Readiness, readiness};
use crate::resource::{Draft, Run};
use crate::secret::Secret;
use crate::spec::{AttachmentName, ConfigValue, Spec, VarName, ending_after};

/// The spec names a var that an add-on owns: right when it says that someone else sets it.
pub(super) fn tell(name: &VarName, value: &ConfigValue, owner: &str, draft: &mut Draft) {
    if matches!(value, ConfigValue::External(_)) {
        return draft.unchanged();
    }
    draft.mistake(
        format!("config.{name}"),
        format!("`{name}` belongs to the add-on {owner}, and Heroku refuses to let anyone else set it"),
        Some("remove it from `config`, or write `{ external: true }`".to_owned()),
    );
}

/// The spec names a var that may turn out to be an add-on's.
pub(super) fn doubt(name: &VarName, addon: &AttachmentName, draft: &mut Draft) {
    let reason = format!(
        "it is set once the new add-on `{addon}` is ready; should that add-on set it too, it is left to the add-on"
    );
    draft.warning(SECTION.address(name), reason);
}

/// What is said when add-ons turned out to own vars of the spec; all others have been set.
pub(super) fn error(taken: &BTreeMap<String, String>) -> CloudError {
    let owners: BTreeSet<&str> = taken.values().map(String::as_str).collect();
    let message = format!(
        "`{}` turned out to belong to {}, which set it: remove it from `config`, or write `{{ external: true }}`; \
         every other var is set",
        taken.keys().map(String::as_str).collect::<Vec<_>>().join("`, `"),
        owners.into_iter().collect::<Vec<_>>().join(" and "),
    );
    CloudError::new(Service::Trueup, "PATCH config-vars", ErrorKind::Conflict, message)
}

/// Whether a var stands where an add-on of the spec would set one, and nothing is attached under its name.
pub(super) fn is_unexplained(
    spec: &Spec,
    attachments: &[Attachment],
    vars: &BTreeMap<String, Secret>,
) -> bool {
    let is_attached = |name: &AttachmentName| attachments.iter().any(|one| one.name == name.as_str());
    let mut missing = spec.addons.keys().filter(|name| !is_attached(name));
    let is_owned = |var: &String| attachments.iter().any(|one| one.config_vars.contains(var));
    missing.any(|name| vars.keys().any(|var| ending_after(name, var).is_some() && !is_owned(var)))
}

/// Whether a provisioned add-on of the spec lacks a var among these.
pub(super) fn lacks(
    spec: &Spec,
    addons: &[Addon],
    attachments: &[Attachment],
    vars: &BTreeMap<String, Secret>,
) -> bool {
    let named = attachments.iter().filter(|one| spec.addons.keys().any(|name| name.as_str() == one.name));
    let pairs = named.filter_map(|one| Some((addons.iter().find(|addon| addon.id == one.addon_id)?, one)));
    pairs.into_iter().any(|(addon, attachment)| {
        let readiness = readiness(addon, attachment, |var| vars.contains_key(var));
        matches!(readiness, Readiness::WithoutVars(_))
    })
}

impl Change {
    /// The vars of this change that an add-on owns by now, each with its add-on. Asked only where that is in doubt.
    pub(super) async fn taken(&self, run: &Run) -> Result<BTreeMap<String, String>, CloudError> {
        if self.doubtful.is_empty() {
            return Ok(BTreeMap::new());
        }
        let attachments = run.clouds.heroku.attachments(&run.app()).await?;
        let owned = attachments.into_iter().flat_map(|one| {
            let addon = format!("the add-on {}", one.addon_name);
            one.config_vars.into_iter().map(move |var| (var, addon.clone()))
        });
        let is_doubtful = |var: &str| self.doubtful.keys().any(|name| name.as_str() == var);
        Ok(owned.filter(|(var, _)| is_doubtful(var)).collect())
    }

    /// The same change without vars that turned out to be others'.
    pub(super) fn without(&self, taken: &BTreeMap<String, String>) -> Self {
        let mut rest = self.clone();
        rest.set.retain(|one| !taken.contains_key(one.name.as_str()));
        rest.remove.retain(|(name, _)| !taken.contains_key(name));
        rest
    }
}
