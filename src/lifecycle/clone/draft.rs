//! What a clone's plan holds: what its spec asks for, the values and the code that are copied, and what would lead it to its
//! source, which blocks the whole. Pure.

use std::collections::BTreeMap;

use super::Found;
use super::data::{self, Origins, Targets};
use super::objects::{self, Lacking};
use super::pieces::{self, Held, Pieces};
use crate::resource::task::slug;
use crate::resource::{self, Draft, Overview, addon, app, bucket, config, formation};
use crate::secret::Secret;
use crate::spec::{self, ConfigValue, Environment, EnvironmentName, Spec, UnmanagedConfig, VarName};

/// What is asked of a clone's plan besides what its spec asks.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// Where it comes from.
    pub source: &'a Environment,
    /// Config vars whose live values are copied.
    pub copies: &'a [VarName],
    /// Whether its file is only to be written, so that nothing of it can be live.
    pub is_new: bool,
    /// Where its databases are to take from what they hold, and those that are live; nothing when nobody asked.
    pub data: Option<(&'a Origins, &'a Targets)>,
    /// Whether it is to run what the source runs.
    pub code: Code,
    /// What the clone's buckets lack of the source's; nothing when nobody asked.
    pub objects: Option<&'a Lacking>,
}

/// What becomes of the source's code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// Nobody asked for it.
    Left,
    /// It is released on the clone.
    Released,
    /// The clone has code of its own, which stays.
    Kept,
}

/// Decides what the clone needs: what its spec says, and the values that are copied. What would lead it to its source
/// blocks the whole.
#[must_use]
pub fn draft(overview: Overview<'_>, terms: Terms<'_>, found: &Found) -> Draft {
    let (Overview { desired, world, .. }, Terms { source, .. }) = (overview, terms);
    let mut draft = Draft::default();
    resource::diff(desired, world, &mut draft);
    if terms.is_new && world.app.live().is_some() {
        draft.blocked(
            app::SECTION.whole(),
            format!(
                "the app {} is live already, and nothing shows that it is a clone",
                desired.spec().app.name
            ),
            "name another one with `--app`",
        );
    }
    let pieces = Pieces::of(&found.addons, &found.attachments, &found.vars);
    copy(overview, terms, (found, &pieces), &mut draft);
    hold_apart(overview, source, (found, &pieces), &mut draft);
    tell_names(desired.spec(), source, &mut draft);
    if let Some(known) = terms.data {
        data::add(overview, source, known, &mut draft);
    }
    match terms.code {
        Code::Left => {}
        Code::Released => release(overview, source, found, &mut draft),
        Code::Kept => draft.warning(slug::SECTION.whole(), "the app runs code already, which stays"),
    }
    if let Some(lacking) = terms.objects {
        objects::add(desired.spec(), source, lacking, &mut draft);
    }
    if desired.spec().expires.is_some() {
        draft.warning(
            app::SECTION.whole(),
            "it expires, so nothing that it owns is protected (`protect: false`)",
        );
    }
    draft
}

/// Releases the source's code once all that it needs is there, and then sets the dynos.
fn release(overview: Overview<'_>, source: &Environment, found: &Found, draft: &mut Draft) {
    let (desired, source) = (overview.desired, &source.spec.app.name);
    let Some((code, types)) = &found.code else {
        let reason = format!("{source} runs no code that can be released elsewhere");
        return draft.blocked(slug::SECTION.whole(), reason, "leave out `--code`, and deploy to the clone");
    };
    let dynos = formation::Change::first(desired, types, slug::released(), draft);
    draft.change(slug::Change {
        slug: code.id.clone(),
        origin: format!("v{} of {source}", code.version),
        addons: desired.spec().addons.keys().cloned().collect(),
    });
    if let Some(dynos) = dynos {
        draft.change(dynos);
    }
}

/// Copies values live to live, each within the one change of config.
fn copy(overview: Overview<'_>, terms: Terms<'_>, (found, pieces): (&Found, &Pieces), draft: &mut Draft) {
    let (desired, source) = (overview.desired, &terms.source.name);
    let owners: BTreeMap<&str, &str> = pieces::owners(&found.addons, &found.attachments).collect();
    for name in terms.copies {
        let address = config::SECTION.address(name);
        let Some(value) = found.vars.get(name.as_str()) else {
            draft.blocked(
                address,
                format!("{source} has no var `{name}` to copy"),
                "take it out of `--copy-vars`, or correct its name",
            );
            continue;
        };
        if let Some(addon) = owners.get(name.as_str()) {
            let reason = format!("it is the add-on {addon}'s: a clone that had it would write to {source}");
            draft.blocked(
                address,
                reason,
                "take it out of `--copy-vars`; the clone's own add-on sets its own",
            );
            continue;
        }
        if let Some(held) = pieces.held_by(value) {
            let_down(&held, name, source, draft);
            continue;
        }
        let is_free = match desired.spec().config.get(name) {
            Some(ConfigValue::External(_) | ConfigValue::Generate(_)) => true,
            None => desired.spec().unmanaged.config == UnmanagedConfig::Keep,
            Some(_) => false,
        };
        if !is_free {
            let advice = "take it out of `--copy-vars`, or write `external: true` for it";
            draft.blocked(address, format!("the spec says what `{name}` is, so it is not copied"), advice);
            continue;
        }
        config::copied::add((desired, overview.world), (name, value), source, draft);
    }
}

/// Refuses what would lead the clone to an add-on of its source.
fn hold_apart(
    overview: Overview<'_>,
    source: &Environment,
    (found, pieces): (&Found, &Pieces),
    draft: &mut Draft,
) {
    let Overview { desired, world, .. } = overview;
    for (name, value) in &desired.spec().config {
        let value = match value {
            ConfigValue::Literal(text) => Some(Secret::new(text.clone())),
            ConfigValue::Env(_) | ConfigValue::File(_) | ConfigValue::Command(_)
                if !desired.supplied.is_off(name) =>
            {
                Some(desired.supplied.get(name))
            }
            _ => world.config.get(name.as_str()).cloned(),
        };
        if let Some(held) = value.and_then(|value| pieces.held_by(&value)) {
            let_down(&held, name, &source.name, draft);
        }
    }
    for (name, addon) in &desired.spec().addons {
        let spec::Addon::Attach(part) = addon else { continue };
        let app = source.spec.app.name.as_str();
        let live = found.addons.iter().find(|one| [&one.name, &one.id].contains(&&part.addon.to_string()));
        let address = addon::SECTION.address(name);
        match live {
            Some(live) if live.app_name == app => draft.blocked(
                address,
                format!("it attaches {}, which is {}'s own: the clone would write to it", part.addon, source.name),
                format!("leave it out with `--set addons.{name}=null`, or order one: `--set 'addons.{name}={{ attach: null, plan: … }}'`"),
            ),
            _ => draft.warning(address, format!("{} uses the add-on {} too", source.name, part.addon)),
        }
    }
}

fn let_down(held: &Held, name: &VarName, source: &EnvironmentName, draft: &mut Draft) {
    let Held { what, addon } = held;
    draft.blocked(
        config::SECTION.address(name),
        format!("it holds {what} of {addon}, an add-on of {source}: the clone would write to it"),
        format!("give it another value, or none: `--set config.{name}=…`, `--set config.{name}=null`"),
    );
}

/// Warns of what stands in the clone's file, or is inherited, and names something of the source's.
fn tell_names(clone: &Spec, source: &Environment, draft: &mut Draft) {
    let spec = &source.spec;
    let domains = spec.app.domains.iter().flatten().map(|domain| ("the domain", domain.to_string()));
    let buckets = spec.buckets.values().map(|bucket| ("the bucket", bucket.name.to_string()));
    let users = spec.iam_users.values().map(|user| ("the IAM user", user.name.to_string()));
    let app = ("the app", spec.app.name.to_string());
    let names: Vec<(&str, String)> = domains.chain(buckets).chain(users).chain([app]).collect();
    let held = |text: &str| names.iter().find(|(_, name)| holds(text, name));
    let tell = |what: &str, name: &str| format!("names {what} {name} of {}", source.name);
    for (var, value) in &clone.config {
        if let ConfigValue::Literal(text) = value
            && let Some((what, name)) = held(text)
        {
            draft.warning(config::SECTION.address(var), tell(what, name));
        }
    }
    for (local, bucket) in &clone.buckets {
        let origins = bucket.cors.iter().flat_map(|cors| &cors.origins);
        for (what, name) in origins.filter_map(|origin| held(origin)) {
            draft.warning(bucket::SECTION.address(local), format!("`cors` {}", tell(what, name)));
        }
    }
}

/// Whether a text has a name that is not only a part of a longer one.
pub(super) fn holds(text: &str, name: &str) -> bool {
    let is_end = |side: Option<char>| {
        side.is_none_or(|character| !character.is_ascii_alphanumeric() && character != '-')
    };
    text.match_indices(name).any(|(at, _)| {
        is_end(text[..at].chars().next_back()) && is_end(text[at + name.len()..].chars().next())
    })
}
