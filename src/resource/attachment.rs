//! Attachments: the names under which the app uses add-ons, and other apps' add-ons attached to it
//! (heroku-api.md section 3.1).

use super::create::create;
use super::rights::{Asked, Entitled, Rights, Scope};
use super::{
    Action, Block, Desired, Draft, Effects, Facts, Field, Look, Operation, Output, Outputs, Recheck,
    Resource, Row, Run, Section, World, addon, addon_vars, formation,
};
use crate::cloud::heroku::{Addon, Attachment};
use crate::cloud::{CloudError, ErrorKind, confirmed};
use crate::spec::{self, AddonName, AttachmentName};

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

    fn diff(desired: &Desired<'_>, world: &World, draft: &mut Draft) {
        for (name, addon) in &desired.spec().addons {
            let spec::Addon::Attach(wanted) = addon else { continue };
            let live = world.attachment(name);
            match live {
                Some(live) if live.addon_name == wanted.as_str() => draft.unchanged(),
                Some(live) if is_own(world, live) => draft.blocked(
                    SECTION.address(name),
                    format!("`{name}` is the app's own add-on {}, with its data", live.addon_name),
                    format!("give {wanted} another attachment name, or remove the add-on by hand first"),
                ),
                None if is_blocked_by_vars(name, world, draft) => {}
                live => draft.change(Change {
                    name: name.clone(),
                    addon: wanted.clone(),
                    before: live.map(|live| live.addon_name.clone()),
                    restarts: formation::running(world),
                }),
            }
        }
    }
}

/// Attaching sets a var as ordering does. Which service it is only shows once it is attached.
fn is_blocked_by_vars(name: &AttachmentName, world: &World, draft: &mut Draft) -> bool {
    let found = addon_vars::in_the_way(name, None, world);
    if !found.taken.is_empty() {
        let app = world.app.live().map_or_else(String::new, |app| app.name.clone());
        draft.blocked(SECTION.address(name), found.reason(), found.advice(&app));
    }
    !found.taken.is_empty()
}

fn is_own(world: &World, attachment: &Attachment) -> bool {
    world.app.live().is_some_and(|app| app.name == attachment.addon_app)
}

/// `POST /addon-attachments`: attaches, or moves the name to another add-on.
#[derive(Clone, Debug)]
pub struct Change {
    /// The attachment name.
    pub name: AttachmentName,
    /// The add-on that it will name.
    pub addon: AddonName,
    /// The add-on that it names now.
    pub before: Option<String>,
    /// Process types that this restarts.
    pub restarts: Vec<String>,
}

impl Operation for Change {
    fn describe(&self) -> Vec<Row> {
        let Self { name, addon, before, restarts: _ } = self;
        let action = if before.is_some() { Action::Update } else { Action::Create };
        let before = before.as_ref().map(|before| before as &dyn std::fmt::Display);
        vec![
            Row::new(SECTION.address(name), action)
                .titled(&format!("{addon} (attached)"))
                .with([Field::plain("attach", before, Some(addon))]),
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
        let (before, after) = (self.before.clone(), Some(self.addon.to_string()));
        Ok(Recheck::of(&live, &before, &after, || format!("what `{}` names changed", self.name)))
    }

    async fn apply(&self, run: &Run) -> Result<Outputs, CloudError> {
        let (heroku, app) = (&run.clouds.heroku, run.app_name());
        let is_move = self.before.is_some();
        let send = || async { heroku.attach(self.addon.as_str(), &app, &self.name, is_move).await.map(drop) };
        let is_there = |addon: &String| *addon == self.addon.as_str();
        let look = || async { Ok(self.live(run).await?.filter(is_there).map(drop)) };
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
            attachment.addon_name = self.addon.to_string();
        }
    }
}

impl Change {
    /// The add-on that the name stands for now.
    async fn live(&self, run: &Run) -> Result<Option<String>, CloudError> {
        Ok(run.attachment(&self.name).await?.map(|live| live.addon_name))
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
