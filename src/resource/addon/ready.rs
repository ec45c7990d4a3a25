//! Whether an add-on can be used: one question, which the plan asks once and an apply until the answer is yes.
//!
//! Only what passes by itself is waited for. What stays as it is until somebody mends it is told at once, with how.
//! What has been seen once is not asked for again, so that a wait of minutes costs one call a look. What must not live
//! here: what is ordered, which is `addon`'s.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::cloud::heroku::{Addon, AddonState, Attachment};
use crate::cloud::{CloudError, ErrorKind, Pace, Service};
use crate::resource::{Output, Run};
use crate::secret::Secret;
use crate::spec::{AddonPlan, AttachmentName, WaitLimit};

/// For so long a provisioned add-on may be without its name, its vars or its place in the data API, while Heroku's
/// parts catch up with each other; the official client asks the data API for as long (heroku-api.md section 8).
const SETTLES: Duration = Duration::from_mins(2);
/// How long a database is waited for that stood there before.
const USUAL: WaitLimit = WaitLimit::minutes(20);

/// How far an add-on is under one of its names. Of a database, the data API has the last word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::resource) enum Readiness {
    /// It is provisioned, and its config vars are set.
    Ready,
    /// It is being made.
    Provisioning,
    /// It is provisioned, and these config vars of its are not set: nothing sets them again by itself.
    WithoutVars(Vec<String>),
    /// It is being removed.
    Leaving,
    /// The provider gave up, or somebody removed it.
    Gone,
    /// A state that this version does not know, as served.
    Odd(String),
}

/// What Heroku says of an add-on under one of its names; `is_set` tells whether the app has a var, empty or not.
pub(in crate::resource) fn readiness(
    addon: &Addon,
    attachment: &Attachment,
    is_set: impl Fn(&str) -> bool,
) -> Readiness {
    if let Some(not_provisioned) = of_state(&addon.state) {
        return not_provisioned;
    }
    let missing: Vec<String> =
        vars_of(addon, attachment).filter(|var| !is_set(var)).map(str::to_owned).collect();
    if missing.is_empty() { Readiness::Ready } else { Readiness::WithoutVars(missing) }
}

/// How far an add-on is that is not provisioned.
fn of_state(state: &AddonState) -> Option<Readiness> {
    match state {
        AddonState::Provisioned => None,
        AddonState::Provisioning => Some(Readiness::Provisioning),
        AddonState::Deprovisioning => Some(Readiness::Leaving),
        AddonState::Deprovisioned => Some(Readiness::Gone),
        AddonState::Other(state) => Some(Readiness::Odd(state.clone())),
    }
}

/// The vars that the add-on sets under this name. A list that leaves them out is made up for by the add-on's own on the
/// app that it is billed to, as far as they bear the name.
pub(in crate::resource) fn vars_of<'a>(
    addon: &'a Addon,
    attachment: &'a Attachment,
) -> impl Iterator<Item = &'a str> {
    let own = attachment.config_vars.iter().map(String::as_str);
    let is_silent = attachment.config_vars.is_empty() && addon.app_name == attachment.app_name;
    let named = addon.config_vars.iter().map(String::as_str).filter(move |var| {
        is_silent && var.strip_prefix(attachment.name.as_str()).is_some_and(|rest| rest.starts_with('_'))
    });
    own.chain(named)
}

/// How to bring back the vars of an attachment: nothing but attaching it anew sets them. The last name of an add-on on
/// its own app cannot be taken away (heroku-api.md section 3.1), so it needs another one for the moment.
pub(in crate::resource) fn repair(addon: &Addon, attachment: &Attachment, has_another_name: bool) -> String {
    let (name, app) = (&attachment.name, &attachment.app_name);
    let part = attachment.namespace.as_deref().and_then(|part| part.strip_prefix("credential:"));
    let part = part.map(|credential| format!(" --credential {credential}")).unwrap_or_default();
    let again = format!(
        "heroku addons:detach {name} -a {app} && heroku addons:attach {}{part} --as {name} -a {app}",
        addon.name
    );
    if has_another_name || addon.app_name != *app {
        return format!("attach it anew: {again}");
    }
    let (spare, addon) = (format!("{name}_SPARE"), &addon.name);
    format!(
        "attach it anew: heroku addons:attach {addon} --as {spare} -a {app} && {again} && \
         heroku addons:detach {spare} -a {app}"
    )
}

/// Why an add-on whose vars are gone is not as it should be.
pub(in crate::resource) fn why_without(vars: &[String]) -> String {
    let (verb, them) = if vars.len() == 1 { ("is", "it") } else { ("are", "them") };
    format!(
        "it is provisioned, and `{}` {verb} not set: a rollback takes such vars away, and nothing brings {them} back \
         by itself",
        vars.join("`, `")
    )
}

/// An add-on that is waited for.
#[derive(Clone, Debug)]
pub struct Awaited {
    /// Its plan, which tells how to ask.
    pub plan: AddonPlan,
    /// How long at most.
    pub limit: WaitLimit,
    /// How long such a thing usually takes.
    pub takes: Option<&'static str>,
    /// Its id, when it was live before this run.
    pub id: Option<String>,
    /// The database that it is to be a fork of.
    pub fork: Option<String>,
}

/// What a look saw.
enum Seen {
    Ready,
    /// It passes by itself.
    Waiting(String),
    /// It passes within a moment, or never.
    Unsettled(&'static str, CloudError),
}

/// What a wait has seen so far.
struct Wait<'a> {
    run: &'a Run,
    name: &'a AttachmentName,
    awaited: &'a Awaited,
    attachment: Option<Attachment>,
    /// The add-on, once it is provisioned.
    provisioned: Option<Addon>,
    has_vars: bool,
}

/// Waits as long as it was told to, and tells what it waits for.
pub(super) async fn wait(run: &Run, name: &AttachmentName, awaited: &Awaited) -> Result<(), CloudError> {
    let mut wait = Wait { run, name, awaited, attachment: None, provisioned: None, has_vars: false };
    let (mut saying, mut unsettled) = (String::new(), Duration::ZERO);
    let limit = run.limit(awaited.limit);
    for pause in Pace::heroku(limit.duration()) {
        let message = match wait.look().await? {
            Seen::Ready => return Ok(()),
            Seen::Waiting(message) => message,
            Seen::Unsettled(_, error) if unsettled >= SETTLES => return Err(error),
            Seen::Unsettled(message, _) => {
                unsettled += pause;
                message.to_owned()
            }
        };
        if message != saying {
            run.progress.update(&message);
            saying = message;
        }
        let stopped = |_| gave_up(name, "stopped while waiting; it is ordered and goes on by itself");
        run.pause(pause).await.map_err(stopped)?;
    }
    Err(gave_up(
        name,
        &format!(
            "not ready after {}; it is ordered, costs money, and goes on by itself; `wait` at `addons.{name}`, or \
             `--wait`, sets how long is waited",
            limit.in_words()
        ),
    ))
}

impl Wait<'_> {
    /// Asks at once for all that is not known yet: what is ready costs one wait, and what takes minutes one call a
    /// look.
    async fn look(&mut self) -> Result<Seen, CloudError> {
        let ordered = Output::AddonOrdered(self.name.clone());
        let known = self.run.plain(&ordered).or_else(|| self.awaited.id.clone());
        let id = match known {
            Some(id) => id,
            None => match self.run.attachment(self.name).await? {
                Some(attachment) => attachment.addon_id,
                None => return Err(gave_up(self.name, "it is not there any more")),
            },
        };
        let is_first = self.attachment.is_none();
        if is_first {
            let (attachment, addon, vars, database) = tokio::join!(
                self.run.attachment(self.name),
                self.addon(&id),
                self.vars(),
                self.database(&id)
            );
            let (addon, vars) = (addon?, vars?);
            self.attachment = self.named(attachment?, &id)?;
            let addon = addon.judged(self.attachment.as_ref(), &vars);
            let (Some(attachment), State::Provisioned(provisioned)) = (&self.attachment, &addon) else {
                return Ok(self.unfinished(addon));
            };
            self.has_vars = missing(provisioned, attachment, &vars).is_empty();
            self.provisioned = Some(provisioned.clone());
            if self.has_vars {
                return database;
            }
        }
        if self.provisioned.is_none() {
            let mut addon = self.addon(&id).await?;
            if matches!(addon, State::Odd(..)) {
                addon = addon.judged(self.attachment.as_ref(), &self.vars().await?);
            }
            match addon {
                State::Provisioned(addon) => self.provisioned = Some(addon),
                unfinished => return Ok(self.unfinished(unfinished)),
            }
        }
        let (Some(provisioned), Some(attachment)) = (&self.provisioned, &self.attachment) else {
            return Ok(Seen::Waiting("provisioning".to_owned()));
        };
        if !self.has_vars {
            let missing = missing(provisioned, attachment, &self.vars().await?);
            if !missing.is_empty() {
                let why = format!("{}; {}", why_without(&missing), repair(provisioned, attachment, false));
                return Ok(Seen::Unsettled("waiting for its config vars", stuck(self.name, &why)));
            }
            self.has_vars = true;
        }
        self.database(&id).await
    }

    /// The attachment, if it is one of the add-on that is waited for.
    fn named(&self, attachment: Option<Attachment>, id: &str) -> Result<Option<Attachment>, CloudError> {
        match attachment {
            Some(other) if other.addon_id != id => Err(CloudError::moved(format!(
                "`{}` stands for another add-on, {}, since the plan",
                self.name, other.addon_name
            ))),
            attachment => Ok(attachment),
        }
    }

    /// What is said of an add-on that is not provisioned, or not attached.
    fn unfinished(&self, addon: State) -> Seen {
        match addon {
            State::OnItsWay(message) | State::Odd(_, message) => Seen::Waiting(match self.awaited.takes {
                Some(takes) => format!("{message}; this {takes}"),
                None => message,
            }),
            State::Provisioned(addon) => {
                let (name, app) = (self.name, self.run.app_name());
                let why = format!(
                    "it is provisioned, and the app has no attachment `{name}` any more: \
                     heroku addons:attach {} --as {name} -a {app}",
                    addon.name
                );
                Seen::Unsettled("attaching", stuck(name, &why))
            }
        }
    }

    /// How far the add-on itself is, asked for by its id.
    async fn addon(&self, id: &str) -> Result<State, CloudError> {
        let Some(addon) = self.run.clouds.heroku.addon(&self.run.app(), id).await? else {
            return Err(gave_up(self.name, "it disappeared while it was being provisioned"));
        };
        match of_state(&addon.state) {
            None | Some(Readiness::Ready | Readiness::WithoutVars(_)) => Ok(State::Provisioned(addon)),
            Some(Readiness::Leaving | Readiness::Gone) => {
                Err(gave_up(self.name, "the provider could not provision it, or somebody removed it"))
            }
            Some(Readiness::Provisioning) => Ok(State::OnItsWay("provisioning".to_owned())),
            Some(Readiness::Odd(state)) => Ok(State::Odd(addon, format!("its state is `{state}`"))),
        }
    }

    async fn vars(&self) -> Result<BTreeMap<String, Secret>, CloudError> {
        self.run.clouds.heroku.config_vars(&self.run.app()).await
    }

    async fn database(&self, id: &str) -> Result<Seen, CloudError> {
        if !self.awaited.plan.is_postgres() {
            return Ok(Seen::Ready);
        }
        let Some(status) = self.run.clouds.heroku.wait_status(id, &self.awaited.plan).await? else {
            let why = "it is provisioned, and Heroku's data API does not know it";
            return Ok(Seen::Unsettled("waiting for the database", stuck(self.name, why)));
        };
        match (status.error, status.waiting) {
            (true, _) => Err(gave_up(self.name, &status.message)),
            (false, true) => Ok(Seen::Waiting("waiting for the database".to_owned())),
            (false, false) => self.proven(id).await,
        }
    }

    /// A database that was to be a fork is one, and not an empty one.
    async fn proven(&self, id: &str) -> Result<Seen, CloudError> {
        let Some(origin) = &self.awaited.fork else { return Ok(Seen::Ready) };
        match self.run.clouds.heroku.is_fork(id).await? {
            Some(false) => {
                let why =
                    format!("it is ready, and Heroku shows no fork of {origin}: it is an empty database");
                Err(stuck(self.name, &why))
            }
            Some(true) | None => Ok(Seen::Ready),
        }
    }
}

/// How far the add-on itself is.
enum State {
    Provisioned(Addon),
    OnItsWay(String),
    /// In a state that this version does not know, with what is said of it.
    Odd(Addon, String),
}

impl State {
    /// In a state that nobody knows, an add-on whose vars are set is taken as it is, as a plan takes it.
    fn judged(self, attachment: Option<&Attachment>, vars: &BTreeMap<String, Secret>) -> Self {
        let Self::Odd(addon, message) = self else { return self };
        let is_set = |attachment| {
            let mut owned = vars_of(&addon, attachment).peekable();
            owned.peek().is_some() && owned.all(|var| vars.contains_key(var))
        };
        if attachment.is_some_and(is_set) { Self::Provisioned(addon) } else { Self::OnItsWay(message) }
    }
}

fn missing(addon: &Addon, attachment: &Attachment, vars: &BTreeMap<String, Secret>) -> Vec<String> {
    match readiness(addon, attachment, |var| vars.contains_key(var)) {
        Readiness::WithoutVars(missing) => missing,
        _ => Vec::new(),
    }
}

/// Waits until the data API knows a database, and lets it be used.
pub(in crate::resource) async fn until_usable(
    run: &Run,
    name: &AttachmentName,
    (addon_id, plan): (&str, &AddonPlan),
) -> Result<(), CloudError> {
    let limit = run.limit(USUAL);
    for pause in Pace::heroku(limit.duration()) {
        match run.clouds.heroku.wait_status(addon_id, plan).await? {
            Some(status) if status.error => return Err(gave_up(name, &status.message)),
            Some(status) if !status.waiting => return Ok(()),
            _ => run.progress.update("waiting for the database"),
        }
        run.pause(pause).await.map_err(|_| gave_up(name, "stopped while waiting for the database"))?;
    }
    Err(gave_up(name, &format!("the database is not ready after {}", limit.in_words())))
}

/// Waits until a database can be copied: one that was just made cannot be for a while (heroku-api.md section 8.1).
pub(super) async fn until_copyable(run: &Run, addon_id: &str, limit: WaitLimit) -> Result<(), CloudError> {
    let limit = run.limit(limit);
    for pause in Pace::heroku(limit.duration()) {
        if run.clouds.heroku.is_copyable(addon_id).await? {
            return Ok(());
        }
        run.progress.update("waiting until Heroku can copy the database that it is made from");
        let stopped = |_| CloudError::gave_up("wait for the database to copy", "stopped while waiting");
        run.pause(pause).await.map_err(stopped)?;
    }
    let message = format!("Heroku cannot copy it yet, {} on", limit.in_words());
    Err(CloudError::gave_up("wait for the database to copy", message))
}

fn gave_up(name: &AttachmentName, message: &str) -> CloudError {
    CloudError::gave_up(format!("wait for add-on {name}"), message)
}

/// What no run brings to an end by itself.
fn stuck(name: &AttachmentName, message: &str) -> CloudError {
    let heroku = Service::Heroku("Heroku".to_owned());
    CloudError::new(heroku, format!("wait for add-on {name}"), ErrorKind::Conflict, message)
}
