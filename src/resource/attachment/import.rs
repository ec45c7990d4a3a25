//! What a spec would say of what is attached: other apps' add-ons, parts of add-ons, and further names of the app's own.

use super::{Kind, SECTION, is_own};
use crate::cloud::heroku::Attachment;
use crate::resource::addon::import::{is_given_name, named};
use crate::resource::{Importable, SpecDraft, World};
use crate::spec::{AddonName, AttachmentName, Namespace, Spec};

impl Importable for Kind {
    fn import(_: &Spec, world: &World, draft: &mut SpecDraft) {
        let own = named(world);
        let is_called = |one: &Attachment| own.iter().any(|(name, _)| name.as_str() == one.name);
        let has_name = |one: &Attachment| own.iter().any(|(_, addon)| addon.id == one.addon_id);
        for one in &world.attachment {
            // A further name that Heroku gave an add-on comes and goes with it.
            if is_called(one) || (has_name(one) && is_given_name(one)) {
                continue;
            }
            let key = own.iter().find(|(_, addon)| addon.id == one.addon_id).map(|(name, _)| name);
            say_one(one, key, world, draft);
        }
        for addon in &world.addon {
            let is_attached = world.attachment.iter().any(|one| one.addon_id == addon.id);
            if !is_attached {
                let reason = format!("the add-on {} has no name on this app", addon.name);
                draft.leave(SECTION.address(&addon.name), reason);
            }
        }
    }
}

fn say_one(one: &Attachment, key: Option<&AttachmentName>, world: &World, draft: &mut SpecDraft) {
    let address = SECTION.address(&one.name);
    let (Ok(name), Ok(addon)) = (AttachmentName::parse(&one.name), AddonName::parse(&one.addon_name)) else {
        return draft
            .leave(address, format!("attaches {} by a name that a spec cannot write", one.addon_name));
    };
    let part = one.part().map(Namespace::parse);
    if let Some(Err(_)) = part {
        return draft
            .leave(address, format!("stands for a part of {} that a spec cannot write", one.addon_name));
    }
    let name = name.as_str();
    // By its key, so that a copy of the spec attaches its own add-on and not this one.
    draft.set(&["addons", name, "attach"], key.map_or(addon.as_str(), AttachmentName::as_str));
    match part.and_then(Result::ok).as_ref().map(Namespace::as_str) {
        Some("connection-pooling:default") => draft.set(&["addons", name, "pool"], true),
        Some(part) => match part.strip_prefix("credential:") {
            Some(credential) => draft.set(&["addons", name, "credential"], credential),
            None => draft.set(&["addons", name, "namespace"], part),
        },
        None => {}
    }
    let whose = if is_own(world, one) {
        "This app's own, under a further name.".to_owned()
    } else {
        format!("It belongs to the app {}.", one.addon_app)
    };
    draft.remark(format!("addons.{name}"), whose);
}
