//! Attachments: the names under which the app uses add-ons, and other apps' add-ons attached to it
//! (heroku-api.md section 3.1).

mod change;
mod proof;
mod removal;

use super::addon::verdict::{Verdict, judge};
use super::rights::{Asked, Entitled, Rights, Scope};
use super::{Desired, Draft, Facts, Look, Resource, Section, World, addon, formation};
use crate::cloud::CloudError;
use crate::cloud::heroku::{Addon, Attachment};
use crate::spec::{self, AddonPart, AttachmentName, Namespace, Spec};
pub use change::Change;
use change::{Attach, NewCredential, Part};

mod import;

/// The kind.
pub struct Kind;

/// What the kind says of itself.
pub static SECTION: Section = Section::new("addons").kind("heroku_addon_attachment").noun("attachment");

/// Every attachment of the app.
pub type Observed = Vec<Attachment>;

impl Resource for Kind {
    type Observed = Observed;
    type Change = Change;

    async fn observe(look: &Look<'_>) -> Result<Observed, CloudError> {
        let asked = look.of_app(|app| async move { look.reads().attachments(&app).await });
        let (attachments, addons) = tokio::join!(asked, look.of::<addon::Kind>());
        let (mut attachments, addons) = (attachments?.unwrap_or_default(), addons.ok());
        if let Some(addons) = addons {
            name_payers(&mut attachments, addons);
        }
        // What was ordered between the two answers would look like an add-on that lost its name.
        let is_attached = |addon: &Addon| attachments.iter().any(|one| one.addon_id == addon.id);
        if addons.is_none_or(|addons| addons.iter().all(is_attached)) {
            return Ok(attachments);
        }
        let again = look.of_app(|app| async move { look.clouds().heroku.attachments(&app).await }).await?;
        Ok(again.unwrap_or_default())
    }

    fn facts(world: &World, facts: &mut Facts) {
        for attachment in &world.attachment {
            facts.state(&SECTION.address(&attachment.name), attachment);
        }
    }

    async fn ask_catalog(look: &Look<'_>) -> Result<(), CloudError> {
        let Ok(attachments) = look.of::<Self>().await else { return Ok(()) };
        let asked = wanted(look.spec()).filter(|wanted| {
            let own = wanted.own_id(attachments);
            !attachments.iter().any(|live| live.name == wanted.name.as_str() && wanted.is_same(live, own))
        });
        let asked = asked.map(|wanted| async move {
            match (wanted.own, wanted.own_id(attachments)) {
                (None, _) => look.ask_addon(wanted.part).await,
                (Some(_), Some(id)) => look.ask_credentials(wanted.part, id).await,
                // What is to be ordered has nothing yet.
                (Some(_), None) => Ok(()),
            }
        });
        futures_util::future::try_join_all(asked).await.map(drop)
    }

    fn diff(desired: &Desired<'_>, world: &World, draft: &mut Draft) {
        for wanted in wanted(desired.spec()) {
            let Wanted { name, part, .. } = wanted;
            let address = SECTION.address(name);
            let own = wanted.own_id(&world.attachment);
            let live = world.attachment(name);
            match live {
                Some(live) if wanted.is_same(live, own) => {
                    let verdict =
                        world.addon_of(live).map(|addon| judge(&address, (addon, live), world, draft));
                    if verdict != Some(Verdict::Stuck) {
                        draft.unchanged();
                    }
                }
                // Another part of the same add-on takes nothing away, nor does one of several names.
                Some(live) if is_own(world, live) && !is_of(live, part, own) && is_only_name(live, world) => {
                    draft.blocked(
                        address,
                        format!("`{name}` is the app's own add-on {}, with its data", live.addon_name),
                        format!(
                            "give {} another attachment name, or remove the add-on by hand first",
                            part.addon
                        ),
                    );
                }
                live if is_blocked_by_vars(&wanted, live, world, draft) => {}
                _ if !world.catalog.check_attached(&address, part, draft) => {}
                live => attach(&wanted, live, own, world, draft),
            }
        }
    }
}

/// Who pays for an add-on is told in two places, and one of them is enough.
fn name_payers(attachments: &mut [Attachment], addons: &[Addon]) {
    for one in attachments.iter_mut().filter(|one| one.addon_app.is_empty()) {
        let known = addons.iter().find(|addon| addon.id == one.addon_id);
        one.addon_app = known.map(|addon| addon.app_name.clone()).unwrap_or_default();
    }
}

/// A name that the spec attaches, and what it is to stand for.
#[derive(Clone, Copy)]
struct Wanted<'a> {
    name: &'a AttachmentName,
    part: &'a AddonPart,
    /// The add-on of the same spec that is meant, if one is.
    own: Option<(&'a AttachmentName, &'a spec::NewAddon)>,
}

impl Wanted<'_> {
    /// The id of the add-on of the same spec that is meant, once it is there.
    fn own_id<'b>(&self, attachments: &'b [Attachment]) -> Option<&'b str> {
        let (own, _) = self.own?;
        let live = attachments.iter().find(|live| live.name == own.as_str())?;
        Some(&live.addon_id)
    }

    /// Whether an attachment stands for that part of that add-on.
    fn is_same(&self, live: &Attachment, own: Option<&str>) -> bool {
        is_of(live, self.part, own) && is_part(live, self.part)
    }
}

/// What the spec attaches.
fn wanted(spec: &Spec) -> impl Iterator<Item = Wanted<'_>> {
    spec.addons.iter().filter_map(|(name, addon)| match addon {
        spec::Addon::Attach(part) => Some(Wanted { name, part, own: spec.created(part) }),
        spec::Addon::Create(_) => None,
    })
}

/// Whether an attachment is one of that add-on, which people know by its name, by its id, and within one spec by its key.
fn is_of(live: &Attachment, wanted: &AddonPart, own: Option<&str>) -> bool {
    own == Some(live.addon_id.as_str())
        || [&live.addon_name, &live.addon_id].iter().any(|known| *known == wanted.addon.as_str())
}

/// Whether an attachment stands for that part of its add-on.
fn is_part(live: &Attachment, wanted: &AddonPart) -> bool {
    live.part() == wanted.namespace.as_ref().map(Namespace::as_str)
}

/// Whether an add-on has no other name on the app.
fn is_only_name(live: &Attachment, world: &World) -> bool {
    world.attachment.iter().all(|other| other.addon_id != live.addon_id || other.name == live.name)
}

fn attach(
    wanted: &Wanted<'_>,
    live: Option<&Attachment>,
    own: Option<&str>,
    world: &World,
    draft: &mut Draft,
) {
    let Wanted { name, part, .. } = *wanted;
    let own_name = wanted.own.map(|(own, _)| own.clone());
    if let (Some(of), Some(credential)) = (&own_name, part.credential())
        && (own.is_none() || world.catalog.lacks_credential(part))
    {
        draft.change(Change::MakeCredential(NewCredential {
            name: name.clone(),
            of: of.clone(),
            credential: credential.to_owned(),
            is_move: live.is_some(),
        }));
    }
    draft.change(Change::Attach(Attach {
        name: name.clone(),
        addon: part.clone(),
        own: own_name,
        is_other_addon: live.is_none_or(|live| !is_of(live, part, own)),
        before: live.map(Part::of),
        service: service(wanted, world).map(str::to_owned),
        restarts: formation::running(world),
    }));
}

/// The service of what is attached, where it is known.
fn service<'a>(wanted: &Wanted<'a>, world: &'a World) -> Option<&'a str> {
    match wanted.own {
        Some((_, new)) => Some(new.plan.service()),
        None => world.catalog.addon(&wanted.part.addon).map(|addon| addon.service.as_str()),
    }
}

/// Attaching sets a var as ordering does. Of a service that nobody asked for the usual var is taken. A move is confirmed
/// by the plan that shows it, and that would confirm the loss of any other var too.
fn is_blocked_by_vars(
    wanted: &Wanted<'_>,
    live: Option<&Attachment>,
    world: &World,
    draft: &mut Draft,
) -> bool {
    let name = wanted.name;
    let found = addon::vars::in_the_way(name, service(wanted, world), world).beside(live);
    if !found.taken.is_empty() {
        let app = world.app.live().map_or_else(String::new, |app| app.name.clone());
        draft.blocked(SECTION.address(name), found.reason(), found.advice(&app));
    }
    !found.taken.is_empty()
}

fn is_own(world: &World, attachment: &Attachment) -> bool {
    world.app.live().is_some_and(|app| app.name == attachment.addon_app)
}

impl Entitled for Kind {
    fn to_read(_: &Asked<'_>, rights: &mut Rights) {
        rights.scope(Scope::Read);
    }

    /// An attachment sets config vars.
    fn to_make(asked: &Asked<'_>, rights: &mut Rights) {
        if asked.spec.addons.values().any(|addon| matches!(addon, spec::Addon::Attach(_))) {
            rights.scope(Scope::WriteProtected);
        }
    }

    /// They go with the app.
    fn to_remove(_: &Asked<'_>, _: &mut Rights) {}
}

#[cfg(test)]
#[path = "attachment_tests.rs"]
mod tests;
