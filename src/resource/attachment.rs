//! Attachments: the names under which the app uses add-ons, and other apps' add-ons attached to it
//! (heroku-api.md section 3.1).

mod proof;
mod removal;

use super::addon::verdict::{Verdict, judge};
use super::create::create;
use super::rights::{Asked, Entitled, Rights, Scope};
use super::{
    Action, Block, Desired, Draft, Effects, Facts, Field, Look, Operation, Output, Outputs, Recheck,
    Resource, Row, Run, Section, World, addon, formation,
};
use crate::cloud::heroku::{Addon, Attachment};
use crate::cloud::{CloudError, ErrorKind, confirmed};
use crate::spec::{self, AddonPart, AttachmentName, Namespace, Spec};

mod import;

/// The kind.
pub struct Kind;

/// What the kind says of itself.
pub static SECTION: Section = Section {
    key: "addons",
    part: None,
    kind: "heroku_addon_attachment",
    noun: "attachment",
    block: Block::Each,
};

/// Every attachment of the app.
pub type Observed = Vec<Attachment>;

impl Resource for Kind {
    type Observed = Observed;
    type Change = Change;

    async fn observe(look: &Look<'_>) -> Result<Observed, CloudError> {
        let asked = look.of_app(|app| async move { look.reads().attachments(&app).await });
        let (attachments, addons) = tokio::join!(asked, look.of::<addon::Kind>());
        let attachments = attachments?.unwrap_or_default();
        // What was ordered between the two answers would look like an add-on that lost its name.
        let is_attached = |addon: &Addon| attachments.iter().any(|one| one.addon_id == addon.id);
        if addons.map_or(true, |addons| addons.iter().all(is_attached)) {
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
        let wanted = wanted(look.spec()).filter(|(name, wanted)| {
            !attachments.iter().any(|live| live.name == name.as_str() && is_same(live, wanted))
        });
        futures_util::future::try_join_all(wanted.map(|(_, wanted)| look.ask_addon(wanted))).await.map(drop)
    }

    fn diff(desired: &Desired<'_>, world: &World, draft: &mut Draft) {
        for (name, wanted) in wanted(desired.spec()) {
            let address = SECTION.address(name);
            let live = world.attachment(name);
            match live {
                Some(live) if is_same(live, wanted) => {
                    let verdict =
                        world.addon_of(live).map(|addon| judge(&address, (addon, live), world, draft));
                    if verdict != Some(Verdict::Stuck) {
                        draft.unchanged();
                    }
                }
                // Another part of the same add-on takes nothing away.
                Some(live) if is_own(world, live) && !is_of(live, wanted) => draft.blocked(
                    address,
                    format!("`{name}` is the app's own add-on {}, with its data", live.addon_name),
                    format!(
                        "give {} another attachment name, or remove the add-on by hand first",
                        wanted.addon
                    ),
                ),
                None if is_blocked_by_vars(name, wanted, world, draft) => {}
                _ if !world.catalog.check_attached(&address, wanted, draft) => {}
                live => draft.change(Change {
                    name: name.clone(),
                    addon: wanted.clone(),
                    before: live.map(Part::of),
                    restarts: formation::running(world),
                }),
            }
        }
    }
}

/// What the spec attaches.
fn wanted(spec: &Spec) -> impl Iterator<Item = (&AttachmentName, &AddonPart)> {
    spec.addons.iter().filter_map(|(name, addon)| match addon {
        spec::Addon::Attach(wanted) => Some((name, wanted)),
        spec::Addon::Create(_) => None,
    })
}

/// Whether an attachment is one of that add-on, which people know by its name and by its id.
fn is_of(live: &Attachment, wanted: &AddonPart) -> bool {
    [&live.addon_name, &live.addon_id].iter().any(|known| *known == wanted.addon.as_str())
}

/// Whether an attachment stands for that part of that add-on.
fn is_same(live: &Attachment, wanted: &AddonPart) -> bool {
    is_of(live, wanted) && live.part() == wanted.namespace.as_ref().map(Namespace::as_str)
}

/// Attaching sets a var as ordering does. Of a service that nobody asked for the usual var is taken.
fn is_blocked_by_vars(name: &AttachmentName, wanted: &AddonPart, world: &World, draft: &mut Draft) -> bool {
    let service = world.catalog.addon(&wanted.addon).map(|addon| addon.service.as_str());
    let found = addon::vars::in_the_way(name, service, world);
    if !found.taken.is_empty() {
        let app = world.app.live().map_or_else(String::new, |app| app.name.clone());
        draft.blocked(SECTION.address(name), found.reason(), found.advice(&app));
    }
    !found.taken.is_empty()
}

fn is_own(world: &World, attachment: &Attachment) -> bool {
    world.app.live().is_some_and(|app| app.name == attachment.addon_app)
}

/// What a name stands for: an add-on, or a part of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    addon: String,
    namespace: Option<String>,
}

impl Part {
    fn of(live: &Attachment) -> Self {
        Self { addon: live.addon_name.clone(), namespace: live.part().map(str::to_owned) }
    }
}

/// `POST /addon-attachments`: attaches, or moves the name to another add-on or another part of it.
#[derive(Clone, Debug)]
pub struct Change {
    /// The attachment name.
    pub name: AttachmentName,
    /// What it will stand for.
    pub addon: AddonPart,
    /// What it stands for now.
    pub before: Option<Part>,
    /// Process types that this restarts.
    pub restarts: Vec<String>,
}

impl Operation for Change {
    fn describe(&self) -> Vec<Row> {
        let Self { name, addon, before, restarts: _ } = self;
        let action = if before.is_some() { Action::Update } else { Action::Create };
        let old = before.as_ref().filter(|before| before.addon != addon.addon.as_str());
        let attach = Field::plain(
            "attach",
            old.map(|before| &before.addon as &dyn std::fmt::Display),
            Some(&addon.addon),
        );
        let whole = "default".to_owned();
        let now = before.as_ref().map(|before| before.namespace.as_ref().unwrap_or(&whole));
        let then = addon.namespace.as_ref().map_or(whole.as_str(), Namespace::as_str);
        let part = Field::plain("namespace", now.map(|now| now as &dyn std::fmt::Display), Some(&then));
        let is_other_part = now.map_or(then != whole, |now| now != then);
        let is_other_addon = before.is_none() || old.is_some();
        let fields = [is_other_addon.then_some(attach), is_other_part.then_some(part)];
        vec![
            Row::new(SECTION.address(name), action)
                .titled(&format!("{} (attached)", addon.addon))
                .with(fields.into_iter().flatten()),
        ]
    }

    fn effects(&self) -> Effects {
        // A move is a detach and an attach, each with its release (heroku-api.md section 3.1).
        let releases = if self.before.is_some() { 2 } else { 1 };
        Effects { releases, restarts: self.restarts.clone(), notes: Vec::new() }
    }

    fn needs(&self) -> Vec<Output> {
        vec![Output::App]
    }

    fn gives(&self) -> Vec<Output> {
        vec![Output::AddonOrdered(self.name.clone()), Output::AddonReady(self.name.clone())]
    }

    async fn recheck(&self, run: &Run) -> Result<Recheck, CloudError> {
        // Whether a name is free is told by the attachment itself; only a move could hit another add-on.
        if self.before.is_none() {
            return Ok(Recheck::AsPlanned);
        }
        let live = self.live(run).await?;
        let is_as_before = live.as_ref().map(Part::of) == self.before;
        let is_as_after = live.is_some_and(|live| is_same(&live, &self.addon));
        Ok(Recheck::judge(is_as_before, is_as_after, || format!("what `{}` stands for changed", self.name)))
    }

    async fn apply(&self, run: &Run) -> Result<Outputs, CloudError> {
        let (heroku, app) = (&run.clouds.heroku, run.app_name());
        let is_move = self.before.is_some();
        let send = || async { heroku.attach(&self.addon, &app, &self.name, is_move).await.map(drop) };
        let look = || async { Ok(self.live(run).await?.filter(|live| is_same(live, &self.addon)).map(drop)) };
        if is_move {
            return confirmed(send, look).await.map(|()| Outputs::none());
        }
        let is_taken = |error: &CloudError| error.kind == ErrorKind::Invalid;
        let taken = || format!("`{}` was attached by someone else", self.name);
        create(send, look, is_taken, taken).await.map(|()| Outputs::none())
    }

    #[cfg(test)]
    fn assume(&self, world: &mut World, _: &mut Outputs) {
        world.attachment.retain(|attachment| attachment.name != self.name.as_str());
        let another = world.clone().with_addon(self.name.as_str(), "another", "heroku-redis:mini");
        *world = another;
        for attachment in world.attachment.iter_mut().filter(|one| one.name == self.name.as_str()) {
            attachment.addon_name = self.addon.addon.to_string();
            attachment.namespace = self.addon.namespace.as_ref().map(ToString::to_string);
        }
    }
}

impl Change {
    /// The attachment of that name as it is now.
    async fn live(&self, run: &Run) -> Result<Option<Attachment>, CloudError> {
        run.attachment(&self.name).await
    }
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
