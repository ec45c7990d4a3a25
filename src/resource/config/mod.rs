//! Config vars: every difference goes out in one PATCH, which makes one release (heroku-api.md section 4).
//!
//! Every live value is a secret. Vars that an add-on owns are never written. `wanted` says how each should be.

mod beside;
pub mod copied;
mod import;
mod ownership;
mod patch;
mod plain;
mod proof;
mod quoted;
pub(in crate::resource) mod release;
mod removal;
pub mod restored;
mod rights;
pub mod rotation;
mod wanted;

use std::collections::{BTreeMap, BTreeSet};

use super::addon::vars::Coming;
use super::recheck::Part;
use super::{
    Action, Address, Desired, Draft, Effects, Facts, Field, Look, Operation, Output, Outputs, Recheck,
    Resource, Row, Run, Section, Shown, Value, World, access_key, addon, app, attachment, formation,
};
use crate::cloud::heroku::Attachment;
use crate::cloud::{Certainty, CloudError};
use crate::secret::Secret;
use crate::spec::{AttachmentName, ConfigValue, LocalName, Spec, VarName};
use wanted::{Decision, decide};

/// The kind.
pub struct Kind;

/// What the kind says of itself.
pub static SECTION: Section = Section::new("config").kind("heroku_config_var").noun("var").together();

/// The name of the var at an address, when one is.
#[must_use]
pub fn name_of(address: &Address) -> Option<&str> {
    address.within_block().filter(|_| address.section().key == SECTION.key)
}

/// Every config var of the app.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    vars: BTreeMap<String, Secret>,
}

impl Observed {
    /// Every live var, by name.
    #[must_use]
    pub fn vars(&self) -> &BTreeMap<String, Secret> {
        &self.vars
    }

    /// What must not show in what others print: all values but those that stand in the spec, and those that are plainly
    /// no secret. A build prints what it likes.
    #[must_use]
    pub fn hidden(&self, spec: &Spec) -> Vec<Secret> {
        let is_written = |name: &str| {
            let mut vars = spec.config.iter();
            vars.any(|(var, value)| var.as_str() == name && matches!(value, ConfigValue::Literal(_)))
        };
        let hidden = self
            .vars
            .iter()
            .filter(|(name, value)| !is_written(name) && plain::literal(name, value).is_none());
        hidden.map(|(_, value)| value.clone()).collect()
    }

    /// The live value of a var.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Secret> {
        self.vars.get(name)
    }
}

impl From<BTreeMap<String, Secret>> for Observed {
    fn from(vars: BTreeMap<String, Secret>) -> Self {
        Self { vars }
    }
}

impl Resource for Kind {
    type Observed = Observed;
    type Change = Change;

    async fn observe(look: &Look<'_>) -> Result<Observed, CloudError> {
        let read = look.of_app(|app| async move { look.reads().config_vars(&app).await });
        let lists = async { tokio::join!(look.of::<addon::Kind>(), look.of::<attachment::Kind>()) };
        let (vars, lists) = tokio::join!(read, lists);
        let mut vars = vars?.unwrap_or_default();
        let (Ok(addons), Ok(attachments)) = lists else { return Ok(Observed { vars }) };
        // What was attached between the answers would look like vars that somebody set by hand.
        if ownership::is_unexplained(look.spec(), attachments, &vars) {
            let now = look.of_app(|app| async move { look.clouds().heroku.attachments(&app).await });
            let now = now.await?.unwrap_or_default();
            let is_new = |one: &&Attachment| attachments.iter().all(|before| before.id != one.id);
            let newly_owned = now.iter().filter(is_new).flat_map(|one| &one.config_vars);
            newly_owned.for_each(|var| drop(vars.remove(var)));
        }
        // What became ready between the answers would look like an add-on that lost its vars.
        let lack = |vars: &_| ownership::lacks(look.spec(), addons, attachments, vars);
        if !lack(&vars) {
            return Ok(Observed { vars });
        }
        let again =
            look.of_app(|app| async move { look.clouds().heroku.config_vars_once_settled(&app, lack).await });
        Ok(Observed { vars: again.await?.unwrap_or_default() })
    }

    fn heroku_calls(_: &Spec) -> u64 {
        1
    }

    fn facts(world: &World, facts: &mut Facts) {
        for (name, value) in &world.config.vars {
            facts.state_secret(&SECTION.address(name), value);
        }
    }

    fn diff(desired: &Desired<'_>, world: &World, draft: &mut Draft) {
        let owned = owned(world);
        let coming = Coming::of(desired.spec(), world);
        let mut patch = Change { restarts: formation::running(world), ..Change::default() };
        for (name, value) in &desired.spec().config {
            let live = owned.get(name.as_str()).map(ToString::to_string);
            if let Some(owner) = live.or_else(|| coming.owner(name.as_str()).map(|name| format!("`{name}`")))
            {
                ownership::tell(name, value, &owner, draft);
                continue;
            }
            match decide(name, value, desired, world) {
                Decision::Same => draft.unchanged(),
                Decision::Set(assignment) => {
                    if let Some(addon) = coming.possible_owner(name.as_str()) {
                        ownership::doubt(name, addon, draft);
                        patch.doubtful.insert(name.clone(), addon.clone());
                    }
                    patch.set.push(assignment);
                }
                Decision::Remove(before) => patch.remove.push((name.to_string(), before)),
                Decision::Missing => draft.warning(
                    SECTION.address(name),
                    format!(
                        "not set, and `external` says that someone else sets it: heroku config:set {name}=…"
                    ),
                ),
                Decision::Off => draft.warning(
                    SECTION.address(name),
                    "not looked at: `file` and `command` are off in a project that is not trusted",
                ),
                Decision::NoAddress => draft.warning(
                    SECTION.address(name),
                    "Heroku shows no address of the app, so it stays as it is",
                ),
            }
        }
        beside::beside(desired, world, &owned, &mut patch, draft);
        quoted::warn(desired, draft);
        patch.addons = desired.spec().addons.keys().cloned().collect();
        if !patch.set.is_empty() || !patch.remove.is_empty() {
            draft.change(patch);
        }
    }
}

/// Vars that add-ons own, each with its add-on: the union over all attachments (heroku-api.md section 3.1).
pub(super) fn owned(world: &World) -> BTreeMap<&str, &str> {
    let attached = world
        .attachment
        .iter()
        .flat_map(|one| one.config_vars.iter().map(|var| (var.as_str(), one.addon_name.as_str())));
    let app = world.app.live().map(|app| app.name.as_str());
    let own = world.addon.iter().filter(move |addon| Some(addon.app_name.as_str()) == app);
    own.flat_map(|addon| addon.config_vars.iter().map(|var| (var.as_str(), addon.name.as_str())))
        .chain(attached)
        .collect()
}

/// `PATCH /apps/{app}/config-vars`: every var that differs, in one call.
#[derive(Clone, Debug, Default)]
pub struct Change {
    set: Vec<Assignment>,
    remove: Vec<(String, Secret)>,
    restarts: Vec<String>,
    addons: Vec<AttachmentName>,
    /// Vars that may turn out to be a new add-on's, which only Heroku can tell, once it is there.
    doubtful: BTreeMap<VarName, AttachmentName>,
    /// What must have ended before, however it ended.
    follows: Vec<Output>,
}

/// One var that is set.
#[derive(Clone, Debug)]
struct Assignment {
    name: VarName,
    value: Value,
    shown: Shown,
    note: Option<String>,
    before: Option<Secret>,
}

impl Operation for Change {
    fn describe(&self) -> Vec<Row> {
        let field = |before: Option<&Secret>, after: Shown, note: Option<String>| Field {
            path: String::new(),
            before: before.map_or(Shown::Nothing, |before| Shown::Hidden(before.clone())),
            after,
            note,
        };
        let row = |name: &dyn std::fmt::Display, action| Row::new(SECTION.address(name), action);
        let set = self.set.iter().map(|one| {
            let action = if one.before.is_some() { Action::Update } else { Action::Create };
            row(&one.name, action).with([field(one.before.as_ref(), one.shown.clone(), one.note.clone())])
        });
        let remove = self.remove.iter().map(|(name, before)| {
            row(name, Action::Delete).with([field(Some(before), Shown::Nothing, None)])
        });
        let mut rows: Vec<Row> = set.chain(remove).collect();
        rows.sort_by(|one, other| one.address.cmp(&other.address));
        rows
    }

    fn effects(&self) -> Effects {
        Effects { releases: 1, restarts: self.restarts.clone(), notes: Vec::new() }
    }

    fn needs(&self) -> Vec<Output> {
        let from = self.set.iter().filter_map(|one| match &one.value {
            Value::From(output) => Some(output.clone()),
            Value::Known(_) | Value::Generate(_) => None,
        });
        // Ordered first, so that the release with the new config is not overtaken by those of attachments.
        let addons = self.addons.iter().cloned().map(Output::AddonOrdered);
        let owners = self.doubtful.values().cloned().map(Output::AddonReady);
        [Output::App].into_iter().chain(from).chain(addons).chain(owners).collect()
    }

    fn gives(&self) -> Vec<Output> {
        vec![Output::Config]
    }

    fn follows(&self) -> Vec<Output> {
        self.follows.clone()
    }

    async fn recheck(&self, run: &Run) -> Result<Recheck, CloudError> {
        let app = run.app();
        let (live, lost, taken) =
            tokio::join!(run.clouds.heroku.config_vars(&app), self.lost_key(run), Box::pin(self.taken(run)));
        let (mut taken, live) = (taken?, live?);
        let mut recheck = self.without(&taken).compare_with(&live);
        // What moved may be what an add-on has set, which nobody could know to be its own.
        if let Recheck::Moved(_) = recheck {
            taken.extend(self.owned(run).await?);
            recheck = self.without(&taken).compare_with(&live);
        }
        if !taken.is_empty() && !matches!(recheck, Recheck::Moved(_)) {
            recheck = Recheck::AsPlanned;
        }
        if let Recheck::AsPlanned = recheck
            && let Some(user) = lost?
        {
            recheck =
                Recheck::Moved(format!("the new access key of iam_users.{user} was removed since the plan"));
        }
        if let Recheck::Moved(_) = recheck {
            self.withdraw_keys(run).await?;
        }
        Ok(recheck)
    }

    async fn apply(&self, run: &Run) -> Result<Outputs, CloudError> {
        let mut taken = self.taken(run).await?;
        let mut sent = self.without(&taken).send(run).await;
        if let Err(error) = &sent {
            let refused = self.without(&taken).refused(run, error).await.unwrap_or_default();
            if !refused.is_empty() {
                taken.extend(refused);
                sent = self.without(&taken).send(run).await;
            }
        }
        match sent {
            Ok(true) => {}
            Ok(false) => return Err(ownership::error(&taken)),
            Err(error) => {
                if error.certainty == Certainty::NotDone {
                    self.withdraw_keys(run).await?;
                }
                return Err(error);
            }
        }
        // An app that this run made has no code yet, and so no release phase.
        if !run.has_made(&app::SECTION.whole()) {
            release::settled(run).await?;
        }
        if taken.is_empty() { Ok(Outputs::none()) } else { Err(ownership::error(&taken)) }
    }

    #[cfg(test)]
    fn assume(&self, world: &mut World, outputs: &mut Outputs) {
        for one in &self.set {
            let value = match &one.value {
                Value::Known(secret) => secret.clone(),
                Value::Generate(form) => crate::secret::generate(*form),
                Value::From(output) => outputs.get(output).expect("an earlier step brought it about"),
            };
            world.config.vars.insert(one.name.to_string(), value);
        }
        for (name, _) in &self.remove {
            world.config.vars.remove(name);
        }
    }
}

impl Change {
    /// Each var must be as the plan saw it, or be already as it should.
    fn compare_with(&self, live: &BTreeMap<String, Secret>) -> Recheck {
        let same = |one: Option<&Secret>, other: Option<&Secret>| match (one, other) {
            (None, None) => true,
            (Some(one), Some(other)) => one.matches(other),
            (None, Some(_)) | (Some(_), None) => false,
        };
        let set = self.set.iter().map(|one| {
            let now = live.get(one.name.as_str());
            let is_as_after = matches!(&one.value, Value::Known(value) if same(now, Some(value)));
            Part { name: one.name.to_string(), is_as_before: same(now, one.before.as_ref()), is_as_after }
        });
        let removed = self.remove.iter().map(|(name, before)| {
            let now = live.get(name);
            Part { name: name.clone(), is_as_before: same(now, Some(before)), is_as_after: now.is_none() }
        });
        Recheck::of_parts(set.chain(removed), |names| {
            format!("config: {} changed on the app", names.join(", "))
        })
    }

    /// The users whose new access key this change delivers.
    fn key_owners(&self) -> BTreeSet<&LocalName> {
        let owners = self.set.iter().filter_map(|one| match &one.value {
            Value::From(Output::AccessKeyId(user) | Output::SecretAccessKey(user)) => Some(user),
            Value::From(_) | Value::Known(_) | Value::Generate(_) => None,
        });
        owners.collect()
    }

    /// A user whose new access key somebody else removed: delivering it would cut the app off.
    async fn lost_key(&self, run: &Run) -> Result<Option<&LocalName>, CloudError> {
        for user in self.key_owners() {
            if !access_key::is_there(run, user).await? {
                return Ok(Some(user));
            }
        }
        Ok(None)
    }

    async fn withdraw_keys(&self, run: &Run) -> Result<(), CloudError> {
        for user in self.key_owners() {
            access_key::withdraw(run, user).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
