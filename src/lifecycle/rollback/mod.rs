//! `trueup rollback`: the code of an earlier release runs again, with the config vars of today.
//!
//! `course` decides from the releases alone what is to be done. A rollback that was cut off is found by its release,
//! and what the app had before it in the config vars of the release before (life-and-ci.md section 6.3).

mod course;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use crate::cloud::CloudError;
use crate::cloud::heroku::{App, Release};
use crate::resource::config::restored::{self, Revived, Vars};
use crate::resource::task::rollback::{self, Begins};
use crate::resource::{Desired, Draft, Overview, World, app, config, formation};
use course::{Course, Refused};

/// The number of a release, written `v12` or `12`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReleaseNumber(u64);

impl FromStr for ReleaseNumber {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.strip_prefix('v').unwrap_or(text);
        let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
        let number = digits.parse().ok().filter(|_| is_plain);
        number.map(Self).ok_or("expected the number of a release, such as v12")
    }
}

impl fmt::Display for ReleaseNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "v{}", self.0)
    }
}

/// What was looked at for a rollback.
#[derive(Clone, Debug, Default)]
struct Seen {
    /// The newest releases, and the one that was named, the newest first.
    releases: Vec<Release>,
    /// The config vars of those that matter; `None` where the token may not read them.
    vars: BTreeMap<u64, Option<Vars>>,
}

/// Looks at the releases, and decides what is to be done so that the code of an earlier one runs.
///
/// # Errors
/// What could not be looked at.
pub async fn draft(overview: Overview<'_>, asked: Option<ReleaseNumber>) -> Result<Draft, CloudError> {
    let Some(app) = overview.world.app.live() else { return Ok(without_app(overview.desired)) };
    let seen = look(overview, app, asked).await?;
    Ok(decide(overview.desired, overview.world, &seen, asked))
}

async fn look(overview: Overview<'_>, app: &App, asked: Option<ReleaseNumber>) -> Result<Seen, CloudError> {
    let heroku = &overview.reads.clouds().heroku;
    let mut releases = heroku.recent_releases(&app.id).await?;
    if let Some(ReleaseNumber(asked)) = asked
        && releases.iter().all(|release| release.version != asked)
    {
        releases.extend(heroku.release_of(&app.id, asked).await?);
    }
    let wanted: BTreeSet<u64> = match Course::of(&releases, asked) {
        Ok(course) => course.reads(&releases),
        Err(_) => BTreeSet::new(),
    };
    let read = wanted.into_iter().map(|version| async move {
        Ok::<_, CloudError>((version, heroku.config_vars_of(&app.id, version).await?))
    });
    let vars = futures_util::future::try_join_all(read).await?.into_iter().collect();
    Ok(Seen { releases, vars })
}

fn without_app(desired: &Desired<'_>) -> Draft {
    let mut draft = Draft::default();
    let reason = format!("there is no app `{}` yet", desired.spec().app.name);
    draft.blocked(app::SECTION.whole(), reason, "there is nothing that could be rolled back");
    draft
}

fn decide(desired: &Desired<'_>, world: &World, seen: &Seen, asked: Option<ReleaseNumber>) -> Draft {
    let mut draft = Draft::default();
    let course = match Course::of(&seen.releases, asked) {
        Ok(course) => course,
        Err(Refused { reason, advice }) => {
            draft.blocked(rollback::SECTION.whole(), reason, advice);
            return draft;
        }
    };
    if let Some((version, _)) = seen.vars.iter().find(|(_, vars)| vars.is_none()) {
        draft.blocked(
            rollback::SECTION.whole(),
            format!(
                "the config vars of v{version} cannot be read, so today's could not be set again after it"
            ),
            "use a token that may read them (scope `read-protected`)",
        );
        return draft;
    }
    let today = today(&course, world, seen);
    let (live, empty) = (world.config.vars(), Vars::new());
    let vars_of = |release: &Release| seen.vars_of(release.version).unwrap_or(&empty);
    let revived = match course {
        Course::Back { target, current, .. } => {
            let id = target.id.clone();
            let slug = target.slug.clone().unwrap_or_default();
            let newest = seen.releases.iter().map(|release| release.version).max().unwrap_or_default();
            let code = course::brought_by(&seen.releases, target);
            draft.change(change(Begins::New { id, slug, newest }, (target, code), current, (desired, world)));
            tell(target, vars_of(target), world, &mut draft);
            Some(Revived { release: target.version, vars: vars_of(target) })
        }
        Course::Follow { release, current, .. } => {
            let begins = Begins::Releasing(release.id.clone());
            let code = course::brought_by(&seen.releases, release);
            draft.change(change(begins, (release, code), current, (desired, world)));
            tell(release, vars_of(release), world, &mut draft);
            Some(Revived { release: release.version, vars: live })
        }
        Course::Finish { last: Some(last), .. } => Some(Revived { release: last.version, vars: live }),
        Course::Finish { last: None, .. } => None,
    };
    if let Some(revived) = revived {
        restored::restore((desired, world), &today, revived, rollback::released(), &mut draft);
    }
    draft
}

impl Seen {
    fn vars_of(&self, version: u64) -> Option<&Vars> {
        self.vars.get(&version)?.as_ref()
    }
}

fn change(
    begins: Begins,
    (release, code): (&Release, &str),
    current: &Release,
    (desired, world): (&Desired<'_>, &World),
) -> rollback::Change {
    rollback::Change {
        begins,
        version: release.version,
        code: code.to_owned(),
        current: current.version,
        hidden: world.config.hidden(desired.spec()),
        restarts: formation::running(world),
    }
}

/// What a rollback leaves as it is, and what it may take away.
fn tell(target: &Release, then: &Vars, world: &World, draft: &mut Draft) {
    draft.warning(
        rollback::SECTION.whole(),
        "only code is rolled back: data, the database's schema, add-ons, their attachments, the formation, the stack, \
         buildpacks and objects in buckets stay as they are",
    );
    for var in restored::lost(world, then) {
        let reason = format!(
            "its add-on was attached after v{}, and the rollback may take it away: `trueup plan` then shows how to \
             bring it back",
            target.version
        );
        draft.warning(config::SECTION.address(&var), reason);
    }
}

/// The config vars as they are to be: those that are live, but for what the last rollback changed and nobody has touched
/// since, which are as they were before it.
fn today(course: &Course<'_>, world: &World, seen: &Seen) -> Vars {
    let mut today = world.config.vars().clone();
    let Some(last) = course.last() else { return today };
    let beside = course::beside(&seen.releases, last);
    let then = seen.vars_of(last.version);
    let before = beside.before.and_then(|release| seen.vars_of(release.version));
    let next = beside.after.and_then(|release| seen.vars_of(release.version));
    let (Some(then), Some(before)) = (then, before) else { return today };
    let names: BTreeSet<&String> = then.keys().chain(before.keys()).collect();
    for name in names {
        let same = |vars: &Vars, others: &Vars| match (vars.get(name), others.get(name)) {
            (Some(one), Some(other)) => one.matches(other),
            (None, None) => true,
            (None, Some(_)) | (Some(_), None) => false,
        };
        let is_untouched = same(then, &today) && next.is_none_or(|next| same(then, next));
        if same(then, before) || !is_untouched {
            continue;
        }
        match before.get(name) {
            Some(value) => drop(today.insert(name.clone(), value.clone())),
            None => drop(today.remove(name)),
        }
    }
    today
}

#[cfg(test)]
mod tests;
