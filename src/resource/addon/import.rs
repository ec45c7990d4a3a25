//! What a spec would say of the app's own add-ons: a name and a plan each.

use super::{Kind, SECTION};
use crate::cloud::heroku::{Addon, Attachment};
use crate::resource::{Importable, SpecDraft, World};
use crate::spec::{AddonPlan, AttachmentName, Spec};

impl Importable for Kind {
    fn import(_: &Spec, world: &World, draft: &mut SpecDraft) {
        for (name, addon) in named(world) {
            match AddonPlan::parse(&addon.plan) {
                Ok(plan) => draft.set(&["addons", name.as_str(), "plan"], plan.as_str()),
                Err(_) => draft
                    .leave(SECTION.address(&name), format!("{}: Heroku does not state its plan", addon.name)),
            }
        }
    }
}

/// The app's own add-ons, each by the one name that a spec calls it by: of several names the one that somebody chose, the
/// shortest of them.
#[must_use]
pub fn named(world: &World) -> Vec<(AttachmentName, &Addon)> {
    let Some(app) = world.app.live() else { return Vec::new() };
    let own = world.addon.iter().filter(|addon| addon.app_name == app.name);
    let mut named: Vec<_> = own.filter_map(|addon| Some((name_of(addon, world)?, addon))).collect();
    named.sort_by(|(one, _), (other, _)| one.cmp(other));
    named
}

fn name_of(addon: &Addon, world: &World) -> Option<AttachmentName> {
    let as_such = world.attachment.iter().filter(|one| one.addon_id == addon.id && one.part().is_none());
    let names = as_such.filter_map(|one| AttachmentName::parse(&one.name).ok());
    names.min_by_key(|name| {
        let name = name.as_str();
        (is_given(name), name != "DATABASE", name.len(), name.to_owned())
    })
}

/// Whether an attachment is a further name that Heroku gave an add-on: `HEROKU_POSTGRESQL_AMBER` beside `DATABASE`
/// (heroku-api.md section 8).
#[must_use]
pub fn is_given_name(attachment: &Attachment) -> bool {
    attachment.part().is_none() && is_given(&attachment.name)
}

fn is_given(name: &str) -> bool {
    name.starts_with("HEROKU_")
}
