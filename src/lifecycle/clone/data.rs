//! How a clone's databases come to hold what their origins hold: by a fork where Heroku makes one, else by a copy of what
//! is in them (life-and-ci.md sections 1.7 and 2).
//!
//! A copy overwrites everything in its target, so it goes into nothing but a database of the clone's own that no app uses
//! and that holds nothing, or what an earlier run left half done. What must not live here: how either is made.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::try_join_all;

use super::{Found, runs_code};
use crate::cloud::heroku::{Addon, AddonState, Attachment, Database, Transfer, TransferKind, label_of};
use crate::cloud::{CloudError, Reads};
use crate::resource::task::objects::size;
use crate::resource::task::transfer::{Change, DATA, Moves};
use crate::resource::{Draft, Overview, addon};
use crate::secret::Secret;
use crate::spec::{self, AddonPlan, AttachmentName, Environment};

/// A copy of more than this may time out (life-and-ci.md section 1.6).
const MUCH: u64 = 20_000_000_000;

/// Where each database of a clone comes from.
pub type Origins = BTreeMap<AttachmentName, Origin>;

/// A database of the source.
#[derive(Clone, Debug)]
pub struct Origin {
    addon: Addon,
    url: Option<Secret>,
    says: Database,
    /// The credentials besides the one that every database has.
    credentials: Vec<String>,
    way: Way,
}

/// How a database comes to hold what its origin holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Fork,
    Copy,
    /// Heroku does neither.
    Neither,
}

/// What is known of the clone's databases that are live and are to be filled by a copy.
pub type Targets = BTreeMap<AttachmentName, Target>;

/// A database of the clone.
#[derive(Clone, Debug, Default)]
pub struct Target {
    /// The copies into it that come from its origin, the newest first.
    copies: Vec<Transfer>,
    /// Every transfer of the app.
    known: BTreeSet<String>,
    /// The last lines of the newest copy, when that failed.
    log: Vec<String>,
    /// Why what is in it may be used by somebody.
    used: Option<String>,
}

/// Asks about each database of the source that one of the clone's is to be made from.
///
/// # Errors
/// What could not be asked.
pub async fn look(clone: &Environment, found: &Found, reads: &Reads) -> Result<Origins, CloudError> {
    let heroku = &reads.clouds().heroku;
    let each = databases(clone).filter_map(|(name, plan)| Some((name, plan, found.database(name)?)));
    let each = each.map(|(name, plan, (addon, url))| async move {
        let says = heroku.database(&addon.id).await?.unwrap_or_default();
        let way = way(&addon.plan, plan, says.follows);
        let names = if way == Way::Copy { heroku.credential_names(&addon.id).await? } else { None };
        let mut credentials = names.unwrap_or_default();
        credentials.retain(|name| name != "default");
        let (addon, url) = (addon.clone(), url.cloned());
        Ok((name.clone(), Origin { addon, url, says, credentials, way }))
    });
    Ok(try_join_all(each).await?.into_iter().collect())
}

/// Heroku forks no database on a shared server and none that follows another, copies none of the Shield plans, and does
/// both otherwise for the Advanced tier (heroku-api.md section 8.1).
fn way(from: &str, to: &AddonPlan, follows: bool) -> Way {
    let Ok(from) = AddonPlan::parse(from) else { return Way::Neither };
    let both = [&from, to];
    if both.iter().any(|plan| plan.is_advanced_postgres()) {
        Way::Neither
    } else if !follows && !both.iter().any(|plan| plan.is_shared_postgres()) {
        Way::Fork
    } else if both.iter().any(|plan| plan.tier().starts_with("shield")) {
        Way::Neither
    } else {
        Way::Copy
    }
}

/// The databases that a clone orders.
fn databases(clone: &Environment) -> impl Iterator<Item = (&AttachmentName, &AddonPlan)> {
    clone.spec.addons.iter().filter_map(|(name, addon)| match addon {
        spec::Addon::Create(addon) if addon.plan.is_postgres() => Some((name, &addon.plan)),
        spec::Addon::Create(_) | spec::Addon::Attach(_) => None,
    })
}

/// Has what can be forked made so: only what is ordered anew is, so what is live stays as it is.
pub fn fork(clone: &mut Environment, origins: &Origins) {
    for (name, addon) in &mut clone.spec.addons {
        let spec::Addon::Create(addon) = addon else { continue };
        if let Some(origin) = origins.get(name).filter(|origin| origin.way == Way::Fork) {
            // The fork has its origin's version and extensions.
            addon.config = [("fork".to_owned(), origin.addon.name.clone())].into();
            addon.extensions.clear();
        }
    }
}

/// Looks at the clone's databases that are live and are to be filled by a copy.
///
/// # Errors
/// What could not be looked at.
pub async fn targets(
    overview: Overview<'_>,
    source: &Environment,
    origins: &Origins,
) -> Result<Targets, CloudError> {
    let Overview { world, reads, .. } = overview;
    let Some(app) = world.app.live() else { return Ok(Targets::new()) };
    let to_fill = origins.iter().filter(|(_, origin)| origin.way == Way::Copy);
    let live: Vec<_> = to_fill.filter_map(|(name, _)| Some((name, world.attachment(name)?))).collect();
    if live.is_empty() {
        return Ok(Targets::new());
    }
    let heroku = &reads.clouds().heroku;
    let (transfers, runs) = tokio::join!(heroku.transfers(&app.name), runs_code(overview));
    let (transfers, runs) = (transfers?, runs?);
    let known: BTreeSet<String> = transfers.iter().map(|transfer| transfer.id.clone()).collect();
    let each = live.into_iter().map(|(name, attachment)| {
        let label = label(source, name);
        let is_ours = |one: &&Transfer| {
            one.kind == TransferKind::Copy && one.is_to(&[name.as_str()]) && one.is_from(&[&label])
        };
        let copies: Vec<Transfer> = transfers.iter().filter(is_ours).cloned().collect();
        let target = Target { copies, known: known.clone(), ..Target::default() };
        let own = attachment.config_vars.first().and_then(|var| world.config.get(var));
        let hidden: Vec<&Secret> = origins[name].url.iter().chain(own).collect();
        async move {
            let target = target.looked_at((overview, runs), attachment, &hidden).await?;
            Ok::<_, CloudError>((name.clone(), target))
        }
    });
    Ok(try_join_all(each).await?.into_iter().collect())
}

impl Target {
    /// With what only the database tells.
    async fn looked_at(
        mut self,
        (overview, runs): (Overview<'_>, bool),
        attachment: &Attachment,
        hidden: &[&Secret],
    ) -> Result<Self, CloudError> {
        let Overview { world, reads, .. } = overview;
        let (heroku, app) = (&reads.clouds().heroku, attachment.app_name.as_str());
        let (says, attached) = tokio::join!(
            heroku.database(&attachment.addon_id),
            heroku.attachments_of_addon(&attachment.addon_id)
        );
        let says = says?;
        // What went into one of that name before is gone with it.
        let created = says.as_ref().and_then(|says| says.created);
        self.copies.retain(|copy| created.is_none_or(|created| copy.begun >= created));
        if let Some(newest) = self.copies.first()
            && newest.state.is_over()
            && !newest.state.is_good()
        {
            self.log = heroku.transfer_log(app, &newest.id, hidden).await?;
        }
        let other = attached?.into_iter().map(|one| one.app_name).find(|other| other != app);
        let is_new = world.addon_of(attachment).is_none_or(|one| one.state == AddonState::Provisioning);
        self.used = match (other, says.map(|says| says.tables)) {
            (Some(other), _) => Some(format!("the app {other} uses it")),
            _ if runs => Some("the app runs code that may use it".to_owned()),
            // What an earlier run left half done is no more than that.
            _ if is_new || !self.copies.is_empty() => None,
            (None, Some(Some(0)) | None) => None,
            (None, Some(Some(1))) => Some("it has a table".to_owned()),
            (None, Some(Some(tables))) => Some(format!("it has {tables} tables")),
            (None, Some(None)) => Some("Heroku does not say whether it is empty".to_owned()),
        };
        Ok(self)
    }
}

/// What the copies of a database are known by: as Heroku names what is another app's.
fn label(source: &Environment, name: &AttachmentName) -> String {
    format!("{}::{}", source.spec.app.name, label_of(name.as_str()))
}

/// Says how each database comes to hold what the source's holds, and has it copied where no fork is made. What cannot be
/// done blocks, so that nobody takes an empty one for a copy.
pub(super) fn add(
    overview: Overview<'_>,
    source: &Environment,
    (origins, targets): (&Origins, &Targets),
    draft: &mut Draft,
) {
    let Overview { desired, world, .. } = overview;
    for (name, plan) in databases(desired.environment) {
        let address = addon::SECTION.address(name);
        let Some(origin) = origins.get(name) else {
            let reason = format!("{} has no database `{name}` to take data from", source.name);
            draft.blocked(address, reason, "leave out `--data`");
            continue;
        };
        let from = &origin.addon;
        match origin.way {
            Way::Neither => {
                let reason = format!("Heroku can neither fork nor copy a {} into a {plan}", from.plan);
                let advice = format!(
                    "leave out `--data`, or choose a plan that can be forked: \
                     `--set addons.{name}.plan=heroku-postgresql:standard-0`"
                );
                draft.blocked(address, reason, advice);
            }
            Way::Fork if world.attachment(name).is_some() => {
                draft.warning(address, "it is there already, so its data stays as it is");
            }
            Way::Fork if origin.says.is_copyable => {
                draft.warning(address, format!("a fork of {}, which is not affected", from.name));
            }
            Way::Fork => draft.warning(
                address,
                format!(
                    "a fork of {}, which is too young to be forked: the clone waits until Heroku can",
                    from.name
                ),
            ),
            Way::Copy => copy((name, plan), source, (origin, targets.get(name)), draft),
        }
    }
}

/// Has one copied, unless that is done.
fn copy(
    (name, plan): (&AttachmentName, &AddonPlan),
    source: &Environment,
    (origin, target): (&Origin, Option<&Target>),
    draft: &mut Draft,
) {
    let address = DATA.address(name);
    let Origin { addon: from, url: Some(url), .. } = origin else {
        let reason = format!("{} has no config var that holds the URL of {}", source.name, origin.addon.name);
        return draft.blocked(address, reason, "leave out `--data`, or attach the database again");
    };
    let copies = target.map(|target| target.copies.as_slice()).unwrap_or_default();
    if copies.iter().any(|copy| copy.state.is_good()) {
        return draft.unchanged();
    }
    let running = copies.iter().find(|copy| !copy.state.is_over());
    if let Some(why) = target.and_then(|target| target.used.as_ref()).filter(|_| running.is_none()) {
        let reason = format!("`{name}` is there, and {why}: a copy overwrites everything in it");
        return draft.blocked(address, reason, "leave out `--data`, or take that database away first");
    }
    let why = if origin.says.follows {
        format!("{} follows another one, and Heroku forks no follower", from.name)
    } else {
        format!("Heroku cannot fork a {} into a {plan}", from.plan)
    };
    draft.warning(address.clone(), format!("{why}, so what is in it is copied; nothing is written to it"));
    tell_limits(origin, draft, &address);
    if let (Some(failed), Some(target)) = (copies.first().filter(|_| running.is_none()), target) {
        let log = target.log.join(" / ");
        draft.warning(address, format!("the copy {failed} failed, and is made again; its log ends: {log}"));
    }
    draft.change(Change {
        name: name.clone(),
        moves: Moves::Copy {
            from: format!("{} of {}", from.name, source.spec.app.name),
            label: label(source, name),
            source: url.clone(),
            is_to_fill: true,
        },
        running: running.map(|copy| copy.id.clone()),
        known: target.map(|target| target.known.clone()).unwrap_or_default(),
        spared_by: None,
    });
}

/// What does not travel, and what may not arrive.
fn tell_limits(origin: &Origin, draft: &mut Draft, address: &crate::resource::Address) {
    if !origin.credentials.is_empty() {
        let names = origin.credentials.join(", ");
        draft.warning(
            address.clone(),
            format!("its credentials besides the default ({names}) and what they may do are not copied"),
        );
    }
    if let Some(bytes) = origin.says.bytes.filter(|bytes| *bytes > MUCH) {
        draft.warning(
            address.clone(),
            format!("it holds {}, and a copy of more than {} may time out", size(bytes), size(MUCH)),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fork_is_made_where_heroku_makes_one_and_else_a_copy() {
        for (from, to, follows, expected) in [
            ("standard-0", "standard-0", false, Way::Fork),
            ("premium-2", "standard-0", false, Way::Fork),
            ("standard-0", "standard-0", true, Way::Copy),
            ("essential-0", "essential-0", false, Way::Copy),
            ("mini", "standard-0", false, Way::Copy),
            ("standard-0", "essential-1", false, Way::Copy),
            ("shield-0", "shield-0", false, Way::Fork),
            ("shield-0", "essential-1", false, Way::Neither),
            ("shield-0", "shield-0", true, Way::Neither),
            ("advanced-4gb", "standard-0", false, Way::Neither),
        ] {
            let to = AddonPlan::parse(&format!("heroku-postgresql:{to}")).unwrap();
            assert_eq!(way(&format!("heroku-postgresql:{from}"), &to, follows), expected, "{from} {to}");
        }
    }
}
