//! Taking away an add-on that was dropped from the spec and was not protected there, or another app's from the app, and
//! telling of those that live beside the spec.

use super::SECTION;
use crate::cloud::CloudError;
use crate::cloud::heroku::{Addon, Attachment};
use crate::resource::{Action, Cost, Desired, Draft, Effects, Field, Recheck, Row, Run, World, formation};
use crate::spec::{self, AttachmentName};

/// `DELETE /apps/{app}/addons/{addon}`. Heroku refuses it while other apps use the add-on, and is not forced.
#[derive(Clone, Debug)]
pub struct Removal {
    name: AttachmentName,
    addon: Addon,
    restarts: Vec<String>,
}

impl Removal {
    pub(super) fn row(&self) -> Row {
        let before_cents = self.addon.monthly_at_most().unwrap_or_default();
        Row::new(SECTION.address(&self.name), Action::Delete)
            .titled(&self.addon.plan)
            .costing(Some(Cost { before_cents, after_cents: 0 }))
            .with([
                Field::plain("plan", Some(&self.addon.plan), None),
                Field::plain("name", Some(&self.addon.name), None),
            ])
    }

    pub(super) fn effects(&self) -> Effects {
        let notes = vec!["all that it holds is lost".to_owned()];
        Effects { releases: 1, restarts: self.restarts.clone(), notes }
    }

    /// It must still be what the name stands for.
    pub(super) async fn recheck(&self, run: &Run) -> Result<Recheck, CloudError> {
        let live = run.attachment(&self.name).await?;
        let id = live.as_ref().map(|live| live.addon_id.as_str());
        Ok(Recheck::judge(id == Some(self.addon.id.as_str()), id.is_none(), || {
            format!("what `{}` names changed", self.name)
        }))
    }

    pub(super) async fn apply(&self, run: &Run) -> Result<(), CloudError> {
        run.clouds.heroku.remove_addon(&run.app(), &self.addon.id).await
    }

    #[cfg(test)]
    pub(super) fn assume(&self, world: &mut World) {
        world.attachment.retain(|one| one.addon_id != self.addon.id);
        world.addon.retain(|one| one.id != self.addon.id);
    }
}

/// `DELETE /addon-attachments/{id}`: the add-on stays where it is, and the app has it no more.
#[derive(Clone, Debug)]
pub struct Detachment {
    name: AttachmentName,
    attachment: Attachment,
    restarts: Vec<String>,
}

impl Detachment {
    pub(super) fn row(&self) -> Row {
        let addon = &self.attachment.addon_name;
        Row::new(SECTION.address(&self.name), Action::Delete)
            .titled(&format!("{addon} (attached)"))
            .with([Field::plain("attach", Some(addon), None)])
    }

    pub(super) fn effects(&self) -> Effects {
        let notes = vec![format!("the add-on stays with {}", self.attachment.addon_app)];
        Effects { releases: 1, restarts: self.restarts.clone(), notes }
    }

    /// The name must still stand for the same attachment.
    pub(super) async fn recheck(&self, run: &Run) -> Result<Recheck, CloudError> {
        let live = run.attachment(&self.name).await?;
        let id = live.as_ref().map(|live| live.id.as_str());
        Ok(Recheck::judge(id == Some(self.attachment.id.as_str()), id.is_none(), || {
            format!("what `{}` names changed", self.name)
        }))
    }

    pub(super) async fn apply(&self, run: &Run) -> Result<(), CloudError> {
        run.clouds.heroku.detach(&self.attachment.id).await
    }

    #[cfg(test)]
    pub(super) fn assume(&self, world: &mut World) {
        world.attachment.retain(|one| one.name != self.attachment.name);
    }
}

/// Tells of add-ons that the spec does not name, and takes away what was dropped, when that was asked.
pub(super) fn beside(desired: &Desired<'_>, world: &World, draft: &mut Draft) {
    let spec = desired.spec();
    let is_named = |attachment: &Attachment| spec.addons.keys().any(|name| name.as_str() == attachment.name);
    let managed: Vec<&str> =
        world.attachment.iter().filter(|one| is_named(one)).map(|one| one.addon_id.as_str()).collect();
    for attachment in &world.attachment {
        // A second name of an add-on that the spec names is no add-on of its own: the first database of an
        // app gets a colour besides DATABASE.
        if is_named(attachment) || managed.contains(&attachment.addon_id.as_str()) {
            continue;
        }
        let address = SECTION.address(&attachment.name);
        let dropped = desired.before.and_then(|before| {
            let mut addons = before.spec.addons.iter();
            let (name, addon) = addons.find(|(name, _)| name.as_str() == attachment.name)?;
            Some((name, addon, before.prune))
        });
        match dropped {
            None => {
                draft.unmanaged(address, &format!("{}: live, not in the spec", attachment.addon_name));
            }
            Some((name, spec::Addon::Create(then), prune)) if is_own(attachment, world) => {
                match world.addon_of(attachment) {
                    _ if then.protect => draft.protected(address),
                    Some(addon) if prune => {
                        draft.pruned.push(address);
                        draft.change(super::Change::Remove(Removal {
                            name: name.clone(),
                            addon: addon.clone(),
                            restarts: formation::running(world),
                        }));
                    }
                    _ => draft.prunable(address),
                }
            }
            Some((name, spec::Addon::Attach(_), prune)) if !is_own(attachment, world) => {
                if prune {
                    draft.pruned.push(address);
                    draft.change(super::Change::Detach(Detachment {
                        name: name.clone(),
                        attachment: attachment.clone(),
                        restarts: formation::running(world),
                    }));
                } else {
                    draft.prunable(address);
                }
            }
            Some(_) => {
                let name = &attachment.name;
                draft.dropped(
                    address,
                    format!("dropped from the spec, and stays, since the name stands for another add-on now: `heroku addons:detach {name}` takes it from the app"),
                );
            }
        }
    }
}

fn is_own(attachment: &Attachment, world: &World) -> bool {
    world.app.live().is_some_and(|app| app.name == attachment.addon_app)
}
