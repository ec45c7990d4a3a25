//! Waits until an add-on can be used: attached, provisioned, its config vars set, its database up. What has been seen
//! once is not asked for again, so that a wait of minutes costs one call a look.
//!
//! What must not live here: what is ordered, which is `addon`'s.

use super::Run;
use crate::cloud::heroku::{Addon, AddonState, Attachment};
use crate::cloud::{CloudError, Pace};
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
                run.progress.tell(message);
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
    async fn look(&mut self) -> Result<Readiness, CloudError> {
        if self.attachment.is_none() {
            self.attachment = self.run.attachment(self.name).await?;
        }
        let Some(attachment) = &self.attachment else { return Ok(Readiness::Waiting("attaching")) };
        if self.provisioned.is_none() {
            let addon = self.run.clouds.heroku.addon(&self.run.app(), &attachment.addon_id).await?;
            let Some(addon) = addon else {
                return Err(gave_up(self.name, "it disappeared while it was being provisioned"));
            };
            match addon.state {
                AddonState::Provisioned => self.provisioned = Some(addon),
                AddonState::Deprovisioned | AddonState::Deprovisioning => {
                    return Err(gave_up(self.name, "the provider could not provision it"));
                }
                AddonState::Provisioning | AddonState::Other(_) => {
                    return Ok(Readiness::Waiting("provisioning"));
                }
            }
        }
        let Some(addon) = &self.provisioned else { return Ok(Readiness::Waiting("provisioning")) };
        if !self.has_vars {
            let expected =
                if attachment.config_vars.is_empty() { &addon.config_vars } else { &attachment.config_vars };
            let vars = self.run.clouds.heroku.config_vars(&self.run.app()).await?;
            self.has_vars = expected.iter().all(|var| vars.contains_key(var.as_str()));
        }
        match (self.has_vars, self.is_postgres) {
            (false, _) => Ok(Readiness::Waiting("waiting for its config vars")),
            (true, false) => Ok(Readiness::Ready),
            (true, true) => self.database(&addon.id).await,
        }
    }

    async fn database(&self, id: &str) -> Result<Readiness, CloudError> {
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
