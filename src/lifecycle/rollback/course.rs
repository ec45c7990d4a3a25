//! What a rollback has to do, from an app's releases alone. Pure.

use std::collections::BTreeSet;

use super::ReleaseNumber;
use crate::cloud::heroku::{Release, ReleaseStatus};

/// So many releases are named to choose from.
const NAMED: usize = 5;

/// What is left to do.
#[derive(Clone, Copy, Debug)]
pub(super) enum Course<'a> {
    /// The code of a release is to run again.
    Back {
        target: &'a Release,
        current: &'a Release,
        /// An earlier rollback that may not have come to its end.
        last: Option<&'a Release>,
    },
    /// A rollback runs its release phase.
    Follow { release: &'a Release, current: &'a Release },
    /// The code runs; the rollback that brought it back, if one did, may not have come to its end.
    Finish { last: Option<&'a Release> },
}

/// Why nothing is rolled back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) reason: String,
    pub(super) advice: String,
}

/// The releases next to one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Beside<'a> {
    pub(super) before: Option<&'a Release>,
    pub(super) after: Option<&'a Release>,
}

pub(super) fn beside<'a>(releases: &'a [Release], release: &Release) -> Beside<'a> {
    let version = release.version;
    let before = releases.iter().filter(|one| one.version < version).max_by_key(|one| one.version);
    let after = releases.iter().filter(|one| one.version > version).min_by_key(|one| one.version);
    Beside { before, after }
}

/// The number of the release that a release went back to, by its text (life-and-ci.md section 7).
fn went_back_to(release: &Release) -> Option<u64> {
    release.description.strip_prefix("Rollback to v")?.parse().ok()
}

impl<'a> Course<'a> {
    /// From the releases, the newest first, and the one that was named.
    pub(super) fn of(releases: &'a [Release], asked: Option<ReleaseNumber>) -> Result<Self, Refused> {
        let current = releases.iter().find(|release| release.is_current && release.slug.is_some());
        let current = current.ok_or_else(|| Refused {
            reason: "the app runs no code yet".to_owned(),
            advice: "bring it code with `trueup deploy`".to_owned(),
        })?;
        if let Some(newest) = releases.first().filter(|release| release.status == ReleaseStatus::Pending) {
            return pending(newest, current, asked);
        }
        let last = last(releases);
        let is_back = last.is_some_and(|last| last.slug == current.slug && last.version <= current.version);
        let target = match asked {
            None if is_back => return Ok(Self::Finish { last }),
            None => newest_before(releases, current)?,
            Some(ReleaseNumber(version)) => {
                let named = releases.iter().find(|release| release.version == version);
                let named = named.ok_or_else(|| {
                    refused(releases, current, format!("the app has no release v{version}"))
                })?;
                if let Some(reason) = unfit(named, current) {
                    return Err(refused(releases, current, reason));
                }
                if named.slug == current.slug {
                    return Ok(Self::Finish { last });
                }
                named
            }
        };
        Ok(Self::Back { target, current, last })
    }

    /// The last rollback, when what it changed may still be so.
    pub(super) fn last(&self) -> Option<&'a Release> {
        match *self {
            Self::Back { last, .. } | Self::Finish { last } => last,
            Self::Follow { release, .. } => Some(release),
        }
    }

    /// The releases whose config vars have to be known.
    pub(super) fn reads(&self, releases: &'a [Release]) -> BTreeSet<u64> {
        let target = match self {
            Self::Back { target, .. } => Some(*target),
            Self::Follow { .. } | Self::Finish { .. } => None,
        };
        let last = self.last();
        let beside = last.map(|last| beside(releases, last));
        let around = beside.into_iter().flat_map(|beside| [beside.before, beside.after]).flatten();
        target.into_iter().chain(last).chain(around).map(|release| release.version).collect()
    }
}

/// Nothing else is begun while a release is not done.
fn pending<'a>(
    newest: &'a Release,
    current: &'a Release,
    asked: Option<ReleaseNumber>,
) -> Result<Course<'a>, Refused> {
    match went_back_to(newest) {
        Some(version) if asked.is_none_or(|asked| asked == ReleaseNumber(version)) => {
            Ok(Course::Follow { release: newest, current })
        }
        _ => Err(Refused {
            reason: format!(
                "{} runs its release phase, and v{} runs until it succeeds",
                shown(newest),
                current.version
            ),
            advice: "wait until that has ended, then run the same command again".to_owned(),
        }),
    }
}

/// The last rollback, unless somebody has brought other code since.
fn last(releases: &[Release]) -> Option<&Release> {
    let last = releases.iter().find(|release| went_back_to(release).is_some())?;
    let mut older = releases.iter().filter(|release| release.version <= last.version);
    let ran = older.find(|release| release.status != ReleaseStatus::Failed)?;
    let mut later = releases.iter().filter(|release| release.version > last.version);
    later.all(|release| release.slug == ran.slug).then_some(last)
}

fn newest_before<'a>(releases: &'a [Release], current: &Release) -> Result<&'a Release, Refused> {
    let newest = choices(releases, current).next();
    newest.ok_or_else(|| {
        refused(
            releases,
            current,
            format!("no release before v{} has other code to go back to", current.version),
        )
    })
}

/// Releases that can be gone back to and would change something, the newest first.
fn choices<'a>(releases: &'a [Release], current: &Release) -> impl Iterator<Item = &'a Release> {
    let (version, slug) = (current.version, current.slug.clone());
    releases.iter().filter(move |release| {
        let is_other = release.slug.is_some() && release.slug != slug;
        let is_kept = release.is_eligible && release.status == ReleaseStatus::Succeeded;
        release.version < version && is_other && is_kept
    })
}

/// Why a release that was named is no aim.
fn unfit(named: &Release, current: &Release) -> Option<String> {
    let which = shown(named);
    if named.version == current.version {
        return Some(format!("{which} is what runs now"));
    }
    match named.status {
        ReleaseStatus::Failed => return Some(format!("{which} failed in its release phase, and never ran")),
        ReleaseStatus::Expired => {
            return Some(format!("{which} has expired: Heroku no longer keeps its code"));
        }
        ReleaseStatus::Pending | ReleaseStatus::Succeeded | ReleaseStatus::Other(_) => {}
    }
    if named.slug.is_none() {
        return Some(format!("{which} has no code"));
    }
    (!named.is_eligible).then(|| format!("{which} is not eligible for a rollback, as Heroku says"))
}

fn refused(releases: &[Release], current: &Release, reason: String) -> Refused {
    let mut known: Vec<&Option<String>> = Vec::new();
    let mut names: Vec<String> = Vec::new();
    for choice in choices(releases, current) {
        if !known.contains(&&choice.slug) && names.len() < NAMED {
            known.push(&choice.slug);
            names.push(format!("v{} ({})", choice.version, brought_by(releases, choice)));
        }
    }
    let advice = if names.is_empty() {
        "there is none to choose: build the code that should run with `trueup deploy`".to_owned()
    } else {
        format!("choose one of {}", names.join(", "))
    };
    Refused { reason, advice }
}

/// What brought the code of a release, as far back as is known: config changes that keep it do not tell.
pub(super) fn brought_by<'a>(releases: &'a [Release], release: &'a Release) -> &'a str {
    let same = releases.iter().filter(|one| one.slug == release.slug && one.version <= release.version);
    let is_of_code = |one: &&Release| went_back_to(one).is_none();
    let oldest = same.filter(is_of_code).min_by_key(|one| one.version);
    oldest.unwrap_or(release).description.as_str()
}

/// `v10 (Deploy 1a2b3c4d)`
fn shown(release: &Release) -> String {
    format!("v{} ({})", release.version, release.description)
}
