//! Vars that an add-on sets, and what becomes of a spec that names one. Heroku refuses to let anyone else set them, and
//! the whole call with it (heroku-api.md section 3.1).

use std::collections::{BTreeMap, BTreeSet};

use super::{Assignment, Change, SECTION};
use crate::cloud::heroku::{Addon, Attachment};
use crate::cloud::{Certainty, CloudError, ErrorKind, Service};
use crate::resource::addon::ready::{Readiness, readiness};
use crate::resource::{Draft, Output, Run, Value};
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

/// The vars that add-ons own on the app now, each with its add-on: those that attachments tell, and those that the
/// app's own add-ons do.
async fn owned_by_now(run: &Run) -> Result<BTreeMap<String, String>, CloudError> {
    let (heroku, app) = (&run.clouds.heroku, run.app());
    let (attachments, addons) = tokio::try_join!(heroku.attachments(&app), heroku.addons(&app))?;
    let name = run.app_name();
    let own = addons.into_iter().filter(|addon| addon.app_name == name);
    let own = own.map(|addon| (addon.name, addon.config_vars));
    let attached = attachments.into_iter().map(|one| (one.addon_name, one.config_vars));
    let owned = own
        .chain(attached)
        .flat_map(|(addon, vars)| vars.into_iter().map(move |var| (var, format!("the add-on {addon}"))));
    Ok(owned.collect())
}

impl Change {
    /// The vars of this change that an add-on owns by now, each with its add-on. Asked only where that is in doubt.
    pub(super) async fn taken(&self, run: &Run) -> Result<BTreeMap<String, String>, CloudError> {
        if self.doubtful.is_empty() {
            return Ok(BTreeMap::new());
        }
        let mut owned = owned_by_now(run).await?;
        owned.retain(|var, _| self.doubtful.keys().any(|name| name.as_str() == var));
        Ok(owned)
    }

    /// What an add-on turned out to own when Heroku refused the whole call for it, which nobody could know before: a
    /// service may call its vars as it likes. Nothing where the refusal is about something else.
    pub(super) async fn refused(
        &self,
        run: &Run,
        error: &CloudError,
    ) -> Result<BTreeMap<String, String>, CloudError> {
        if error.kind != ErrorKind::Invalid || error.certainty != Certainty::NotDone {
            return Ok(BTreeMap::new());
        }
        let mut owned = self.owned(run).await?;
        if let Some((_, named)) = error.message.split_once("attachment values ") {
            let names = named.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            for name in names.filter(|name| self.touches(name) && !self.brings_a_key(name)) {
                owned.entry(name.to_owned()).or_insert_with(|| "an add-on".to_owned());
            }
        }
        Ok(owned)
    }

    /// The vars of this change that an add-on owns by now, each with its add-on. Nothing of a new access key, which is
    /// delivered whole or not at all.
    pub(super) async fn owned(&self, run: &Run) -> Result<BTreeMap<String, String>, CloudError> {
        let mut owned = owned_by_now(run).await?;
        owned.retain(|var, _| self.touches(var) && !self.brings_a_key(var));
        Ok(owned)
    }

    fn brings_a_key(&self, var: &str) -> bool {
        let is_of_a_key = |one: &Assignment| {
            matches!(one.value, Value::From(Output::AccessKeyId(_) | Output::SecretAccessKey(_)))
        };
        self.set.iter().any(|one| one.name.as_str() == var && is_of_a_key(one))
    }

    fn touches(&self, var: &str) -> bool {
        self.set.iter().any(|one| one.name.as_str() == var) || self.remove.iter().any(|(name, _)| name == var)
    }

    /// The same change without vars that turned out to be others'.
    pub(super) fn without(&self, taken: &BTreeMap<String, String>) -> Self {
        let mut rest = self.clone();
        rest.set.retain(|one| !taken.contains_key(one.name.as_str()));
        rest.remove.retain(|(name, _)| !taken.contains_key(name));
        rest
    }
}
