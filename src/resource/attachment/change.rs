//! What can be done to a name of the app: it is attached or moved, and the credential that it is to stand for is made.
//!
//! What must not live here: when that is done, which `diff` decides.

use std::fmt::Display;

use super::{SECTION, is_of, is_part};
use crate::cloud::heroku::Attachment;
use crate::cloud::{CloudError, ErrorKind, Pace, confirmed};
use crate::resource::addon::{order::why_unconfirmed, vars::in_the_way};
use crate::resource::create::create;
use crate::resource::{Action, Effects, Field, Operation, Output, Outputs, Recheck, Row, Run, World, config};
use crate::spec::{AddonPart, AttachmentName, Namespace, WaitLimit};

/// What a name stands for: an add-on, or a part of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    pub(super) addon: String,
    pub(super) namespace: Option<String>,
}

impl Part {
    pub(super) fn of(live: &Attachment) -> Self {
        Self { addon: live.addon_name.clone(), namespace: live.part().map(str::to_owned) }
    }
}

/// What can be done to a name of the app.
#[derive(Clone, Debug)]
pub enum Change {
    /// `POST /postgres/v0/databases/{addon}/credentials`, of a database of this app.
    MakeCredential(NewCredential),
    /// `POST /addon-attachments`: attaches, or moves the name to another add-on or another part of it.
    Attach(Attach),
}

/// A credential that a name is to stand for.
#[derive(Clone, Debug)]
pub struct NewCredential {
    /// The attachment name that it is for.
    pub name: AttachmentName,
    /// The name that the database has.
    pub of: AttachmentName,
    /// Its own name.
    pub credential: String,
    /// Whether the attachment name stands for something else now.
    pub is_move: bool,
}

/// A name, and what it will stand for.
#[derive(Clone, Debug)]
pub struct Attach {
    /// The attachment name.
    pub name: AttachmentName,
    /// What it will stand for.
    pub addon: AddonPart,
    /// The name of the add-on on this app, when the same spec creates it.
    pub own: Option<AttachmentName>,
    /// Whether it stands for another add-on now.
    pub is_other_addon: bool,
    /// What it stands for now.
    pub before: Option<Part>,
    /// The service of the add-on, where it is known.
    pub service: Option<String>,
    /// Process types that this restarts.
    pub restarts: Vec<String>,
}

impl NewCredential {
    fn made(&self) -> Output {
        made(&self.name)
    }
}

fn made(name: &AttachmentName) -> Output {
    Output::Of(SECTION.address(name), "credential")
}

impl Operation for Change {
    fn describe(&self) -> Vec<Row> {
        vec![match self {
            Self::MakeCredential(NewCredential { name, of, credential, is_move }) => {
                let action = if *is_move { Action::Update } else { Action::Create };
                Row::new(SECTION.address(name), action).titled(&format!("{of} (attached)")).because(&format!(
                    "{of} gets the credential {credential}, which may do nothing until SQL grants it something"
                ))
            }
            Self::Attach(attach) => attach.row(),
        }]
    }

    fn effects(&self) -> Effects {
        match self {
            Self::MakeCredential(_) => Effects::default(),
            Self::Attach(Attach { before, restarts, .. }) => {
                // A move is a detach and an attach, each with its release (heroku-api.md section 3.1).
                let releases = if before.is_some() { 2 } else { 1 };
                Effects { releases, restarts: restarts.clone(), notes: Vec::new() }
            }
        }
    }

    fn needs(&self) -> Vec<Output> {
        match self {
            Self::MakeCredential(new) => vec![Output::App, Output::AddonReady(new.of.clone())],
            Self::Attach(Attach { name, own, .. }) => {
                let own = own.iter().cloned().map(Output::AddonReady);
                [Output::App, made(name)].into_iter().chain(own).collect()
            }
        }
    }

    fn gives(&self) -> Vec<Output> {
        match self {
            Self::MakeCredential(new) => vec![new.made()],
            Self::Attach(Attach { name, .. }) => {
                vec![Output::AddonOrdered(name.clone()), Output::AddonReady(name.clone())]
            }
        }
    }

    async fn recheck(&self, run: &Run) -> Result<Recheck, CloudError> {
        // Whether a name is free is told by the attachment itself; only a move could hit another add-on.
        let Self::Attach(attach @ Attach { name, before: Some(before), .. }) = self else {
            return Ok(Recheck::AsPlanned);
        };
        let live = run.attachment(name).await?;
        let is_as_before = live.as_ref().map(Part::of).as_ref() == Some(before);
        let is_as_after = match live {
            Some(live) => attach.is_done(run, &live).await?,
            None => false,
        };
        let set = if is_as_before { attach.overwritten(run).await? } else { None };
        if let Some(vars) = set {
            let what = || format!("`{vars}`, which moving `{name}` would overwrite, was set on the app");
            return Ok(Recheck::judge(false, false, what));
        }
        Ok(Recheck::judge(is_as_before, is_as_after, || format!("what `{name}` stands for changed")))
    }

    async fn apply(&self, run: &Run) -> Result<Outputs, CloudError> {
        match self {
            Self::MakeCredential(new) => {
                new.make(run).await?;
                Ok(Outputs::none().and(new.made(), new.credential.as_str()))
            }
            Self::Attach(attach) => attach.apply(run).await.map(|()| Outputs::none()),
        }
    }

    #[cfg(test)]
    fn assume(&self, world: &mut World, outputs: &mut Outputs) {
        match self {
            Self::MakeCredential(new) => outputs.merge(Outputs::none().and(new.made(), "made")),
            Self::Attach(attach) => attach.assume(world),
        }
    }
}

impl Attach {
    fn row(&self) -> Row {
        let Self { name, addon, before, is_other_addon, .. } = self;
        let action = if before.is_some() { Action::Update } else { Action::Create };
        let old = before.as_ref().filter(|_| *is_other_addon);
        let attach =
            Field::plain("attach", old.map(|before| &before.addon as &dyn Display), Some(&addon.addon));
        let whole = "default".to_owned();
        let now = before.as_ref().map(|before| before.namespace.as_ref().unwrap_or(&whole));
        let then = addon.namespace.as_ref().map_or(whole.as_str(), Namespace::as_str);
        let part = Field::plain("namespace", now.map(|now| now as &dyn Display), Some(&then));
        let is_other_part = now.map_or(then != whole, |now| now != then);
        let fields = [is_other_addon.then_some(attach), is_other_part.then_some(part)];
        Row::new(SECTION.address(name), action)
            .titled(&format!("{} (attached)", addon.addon))
            .with(fields.into_iter().flatten())
    }

    /// The id of the add-on of this app that is attached.
    async fn own_id(&self, run: &Run) -> Result<Option<String>, CloudError> {
        match &self.own {
            Some(own) => run.addon_id(own).await,
            None => Ok(None),
        }
    }

    /// What somebody has set since the plan that a move would overwrite: it is confirmed, so that Heroku does not ask.
    async fn overwritten(&self, run: &Run) -> Result<Option<String>, CloudError> {
        let (heroku, app) = (&run.clouds.heroku, run.app());
        let (vars, attachment) = tokio::try_join!(heroku.config_vars(&app), heroku.attachments(&app))?;
        let world = World { config: config::Observed::from(vars), attachment, ..World::default() };
        let found =
            in_the_way(&self.name, self.service.as_deref(), &world).beside(world.attachment(&self.name));
        Ok((!found.taken.is_empty()).then(|| found.taken.join("`, `")))
    }

    async fn is_done(&self, run: &Run, live: &Attachment) -> Result<bool, CloudError> {
        let own = self.own_id(run).await?;
        Ok(is_of(live, &self.addon, own.as_deref()) && is_part(live, &self.addon))
    }

    async fn apply(&self, run: &Run) -> Result<(), CloudError> {
        let (heroku, app) = (&run.clouds.heroku, run.app_name());
        let own = self.own_id(run).await?;
        if let (Some(of), None) = (&self.own, &own) {
            return Err(CloudError::moved(format!("`{of}` is no add-on of the app any more")));
        }
        let is_move = self.before.is_some();
        let addon = own.as_deref().unwrap_or(self.addon.addon.as_str());
        let part = (addon, self.addon.namespace.as_ref());
        let send = || async { heroku.attach(part, &app, &self.name, is_move).await.map(drop) };
        let is_done =
            |live: &Attachment| is_of(live, &self.addon, own.as_deref()) && is_part(live, &self.addon);
        let look = || async { Ok(run.attachment(&self.name).await?.filter(is_done).map(drop)) };
        if is_move {
            return confirmed(send, look).await;
        }
        let is_taken = |error: &CloudError| error.kind == ErrorKind::Invalid;
        let taken = || format!("`{}` was attached by someone else", self.name);
        match create(send, look, is_taken, taken).await {
            Err(error) if error.wants_confirmation() => {
                Err(why_unconfirmed(run, &self.name, self.service.as_deref(), error).await)
            }
            attached => attached,
        }
    }

    #[cfg(test)]
    fn assume(&self, world: &mut World) {
        world.attachment.retain(|attachment| attachment.name != self.name.as_str());
        let own = self.own.as_ref().and_then(|own| world.attachment(own)).map(|own| own.addon_id.clone());
        *world = match &own {
            Some(id) => world.clone().attached(self.name.as_str(), id),
            None => world.clone().with_addon(self.name.as_str(), "another", "heroku-redis:mini"),
        };
        for attachment in world.attachment.iter_mut().filter(|one| one.name == self.name.as_str()) {
            if own.is_none() {
                attachment.addon_name = self.addon.addon.to_string();
            }
            attachment.namespace = self.addon.namespace.as_ref().map(ToString::to_string);
        }
    }
}

/// How long a credential that is being made is waited for.
const USUAL: WaitLimit = WaitLimit::minutes(10);

impl NewCredential {
    /// Makes it unless it is there, and waits until it can be used: no attachment can stand for it before.
    async fn make(&self, run: &Run) -> Result<(), CloudError> {
        let heroku = &run.clouds.heroku;
        let Some(addon) = run.addon_id(&self.of).await? else {
            return Err(CloudError::moved(format!("`{}` is no add-on of the app any more", self.of)));
        };
        let state = || heroku.credential_state(&addon, &self.credential);
        if state().await?.is_none() {
            let send = || heroku.create_credential(&addon, &self.credential);
            confirmed(send, || async { Ok(state().await?.map(drop)) }).await?;
        }
        let gave_up = |message: &str| {
            CloudError::gave_up(
                format!("wait for the credential {} of {}", self.credential, self.of),
                message,
            )
        };
        let limit = run.limit(USUAL);
        let mut pace = Pace::heroku(limit.duration());
        loop {
            match state().await? {
                Some(state) if state == "active" => return Ok(()),
                Some(_) => run.progress.update("waiting for its credential"),
                None => return Err(gave_up("it disappeared while it was being made")),
            }
            let pause = pace.next().ok_or_else(|| {
                let limit = limit.in_words();
                gave_up(&format!("not ready after {limit}; it was made, and goes on by itself; `--wait` sets how long is waited"))
            })?;
            if run.pause(pause).await.is_err() {
                return Err(gave_up("stopped while waiting; it was made, and goes on by itself"));
            }
        }
    }
}
