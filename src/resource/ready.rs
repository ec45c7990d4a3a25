//! Waits until an add-on can be used: attached, provisioned, its config vars set, its database up. What has been seen
//! once is not asked for again, so that a wait of minutes costs one call a look.
//!
//! What must not live here: what is ordered, which is `addon`'s.

use std::collections::BTreeMap;

use super::Run;
use crate::cloud::heroku::{Addon, AddonState, Attachment};
use crate::cloud::{CloudError, Pace};
use crate::secret::Secret;
use crate::spec::{AddonPlan, AttachmentName};

/// How far an add-on is.
enum Readiness {
    Ready,
    Waiting(&'static str),
}

/// What a wait has seen so far.
struct Wait<'a> {
    run: &'a Run,
    name: &'a AttachmentName,
    is_postgres: bool,
    attachment: Option<Attachment>,
    /// The add-on, once it is provisioned.
    provisioned: Option<Addon>,
    has_vars: bool,
}

/// Waits as long as the official clients do, and tells what it waits for.
pub(super) async fn wait(run: &Run, name: &AttachmentName, plan: &AddonPlan) -> Result<(), CloudError> {
    let is_postgres = plan.is_postgres();
    let mut wait = Wait { run, name, is_postgres, attachment: None, provisioned: None, has_vars: false };
    let mut saying = "";
    for pause in Pace::addon() {
        match wait.look().await? {
            Readiness::Ready => return Ok(()),
            Readiness::Waiting(message) if message != saying => {
                run.progress.update(message);
                saying = message;
            }
            Readiness::Waiting(_) => {}
        }
        let stopped = |_| gave_up(name, "stopped while waiting; it is ordered and goes on by itself");
        run.pause(pause).await.map_err(stopped)?;
    }
    Err(gave_up(name, "not ready after 20 minutes; it is ordered, costs money, and goes on by itself"))
}

impl Wait<'_> {
    /// Asks at once for all that is not known yet: what is ready costs one wait, and what takes minutes one call a
    /// look.
    async fn look(&mut self) -> Result<Readiness, CloudError> {
        let Some(id) = self.run.addon_id(self.name).await? else {
            return Ok(Readiness::Waiting("attaching"));
        };
        let is_first = self.attachment.is_none();
        if is_first {
            let (attachment, addon, vars, database) = tokio::join!(
                self.run.attachment(self.name),
                self.addon(&id),
                self.vars(),
                self.database(&id)
            );
            self.attachment = attachment?;
            self.provisioned = addon?;
            if let Some(provisioned) = &self.provisioned {
                self.has_vars = self.has_all(provisioned, &vars?);
                if self.has_vars {
                    return database;
                }
            }
        }
        if self.attachment.is_none() {
            return Ok(Readiness::Waiting("attaching"));
        }
        if self.provisioned.is_none() && !is_first {
            self.provisioned = self.addon(&id).await?;
        }
        let Some(provisioned) = &self.provisioned else { return Ok(Readiness::Waiting("provisioning")) };
        if !self.has_vars && !is_first {
            self.has_vars = self.has_all(provisioned, &self.vars().await?);
        }
        if !self.has_vars {
            return Ok(Readiness::Waiting("waiting for its config vars"));
        }
        self.database(&id).await
    }

    /// The add-on, once it is provisioned.
    async fn addon(&self, id: &str) -> Result<Option<Addon>, CloudError> {
        let Some(addon) = self.run.clouds.heroku.addon(&self.run.app(), id).await? else {
            return Err(gave_up(self.name, "it disappeared while it was being provisioned"));
        };
        match addon.state {
            AddonState::Provisioned => Ok(Some(addon)),
            AddonState::Deprovisioned | AddonState::Deprovisioning => {
                Err(gave_up(self.name, "the provider could not provision it"))
            }
            AddonState::Provisioning | AddonState::Other(_) => Ok(None),
        }
    }

    async fn vars(&self) -> Result<BTreeMap<String, Secret>, CloudError> {
        self.run.clouds.heroku.config_vars(&self.run.app()).await
    }

    /// Whether every var that the add-on sets under this name is there.
    fn has_all(&self, addon: &Addon, vars: &BTreeMap<String, Secret>) -> bool {
        let own = self.attachment.as_ref().map_or(&[][..], |attachment| &attachment.config_vars);
        let expected = if own.is_empty() { &addon.config_vars[..] } else { own };
        expected.iter().all(|var| vars.contains_key(var.as_str()))
    }

    async fn database(&self, id: &str) -> Result<Readiness, CloudError> {
        if !self.is_postgres {
            return Ok(Readiness::Ready);
        }
        let status = self.run.clouds.heroku.wait_status(id).await?;
        match (status.error, status.waiting) {
            (true, _) => Err(gave_up(self.name, &status.message)),
            (false, true) => Ok(Readiness::Waiting("waiting for the database")),
            (false, false) => Ok(Readiness::Ready),
        }
    }
}

fn gave_up(name: &AttachmentName, message: &str) -> CloudError {
    CloudError::gave_up(format!("wait for add-on {name}"), message)
}
