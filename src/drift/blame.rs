//! Who made a config var what it is: the newest release that touched it, by the releases' texts, and by their config
//! vars where a text does not say. Values are compared in memory and never printed.
//!
//! What must not live here: calls. Whoever asks is told which release's config vars are needed next.

use std::collections::BTreeMap;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::description::{Touch, brought, detached, is_of_buildpack, touch};
use crate::cloud::heroku::Release;
use crate::plan::{By, Who};
use crate::secret::Secret;

/// So many releases' config vars are read for an app at most.
const MOST_READ: usize = 20;

/// The config vars of a release; `None` where they cannot be read.
type Vars = Option<BTreeMap<String, Secret>>;

/// An app's releases, newest first, and what was read of them.
#[derive(Debug)]
pub struct Blame {
    releases: Vec<Release>,
    read: BTreeMap<u64, Vars>,
}

/// What the releases say of a var.
enum Found<'a> {
    /// It became what it is in one of these, from the newest to the oldest; one alone is certain.
    In(&'a [Release]),
    /// None of them touched it.
    Nowhere,
    /// The config vars of this one have to be read.
    Needs(u64),
}

impl Blame {
    /// Of an app's releases, in any order.
    #[must_use]
    pub fn of(mut releases: Vec<Release>) -> Self {
        releases.sort_by_key(|release| std::cmp::Reverse(release.version));
        Self { releases, read: BTreeMap::new() }
    }

    /// The release whose config vars are needed next, for these vars.
    #[must_use]
    pub fn next(&self, names: &[String]) -> Option<u64> {
        names.iter().find_map(|name| match self.find(name) {
            Found::Needs(version) => Some(version),
            Found::In(_) | Found::Nowhere => None,
        })
    }

    /// The config vars of a release, or that they cannot be read.
    pub fn give(&mut self, version: u64, vars: Vars) {
        self.read.insert(version, vars);
    }

    /// Who made a var what it is.
    #[must_use]
    pub fn by(&self, name: &str, now: OffsetDateTime) -> Option<By> {
        let Found::In(releases) = self.find(name) else { return None };
        Self::told(releases, now)
    }

    /// Who took an add-on from the app, by the name of its attachment.
    #[must_use]
    pub fn by_detaching(&self, attachment: &str, now: OffsetDateTime) -> Option<By> {
        self.by_text(now, |text| detached(text, attachment))
    }

    /// Who brought the app to a stack.
    #[must_use]
    pub fn by_stack(&self, stack: &str, now: OffsetDateTime) -> Option<By> {
        self.by_text(now, |text| brought(text, stack))
    }

    fn by_text(&self, now: OffsetDateTime, is_meant: impl Fn(&str) -> bool) -> Option<By> {
        let at = self.releases.iter().position(|release| is_meant(&release.description))?;
        Self::told(&self.releases[at..=at], now)
    }

    /// Of releases from the newest to the oldest, of which it was one.
    fn told(releases: &[Release], now: OffsetDateTime) -> Option<By> {
        let (newest, oldest) = (releases.first()?, releases.last()?);
        let is_certain = newest.version == oldest.version;
        let who = maker(newest).filter(|who| releases.iter().all(|one| maker(one).as_ref() == Some(who)));
        let when = newest.created_at.as_deref().and_then(|at| OffsetDateTime::parse(at, &Rfc3339).ok());
        let when = when.filter(|_| is_certain);
        Some(By {
            who,
            when,
            days: when.map(|when| (now - when).whole_days().max(0)),
            earliest: (!is_certain).then_some(oldest.version),
            release: newest.version,
            what: is_certain.then(|| newest.description.clone()),
        })
    }

    /// Whether a var was touched since the newest release by this account, as far as can be told.
    #[must_use]
    pub fn is_touched_since(&self, name: &str, own: &str) -> bool {
        let last = self.releases.iter().find(|release| release.user_email.as_deref() == Some(own));
        let last = last.map_or(0, |release| release.version);
        match self.find(name) {
            Found::In(releases) => releases.first().is_some_and(|newest| newest.version > last),
            Found::Nowhere => false,
            Found::Needs(_) => true,
        }
    }

    fn find(&self, name: &str) -> Found<'_> {
        for (at, release) in self.releases.iter().enumerate() {
            let touch = touch(&release.description, name);
            let one = Found::In(&self.releases[at..=at]);
            let older = &self.releases[at + 1..];
            let earlier = match (touch, older.first()) {
                (Touch::No, _) => continue,
                (Touch::Yes, _) | (Touch::Among, None) => return one,
                (Touch::Maybe, None) => return Found::Nowhere,
                // What nothing touched before was not the same before.
                (Touch::Among, Some(_)) if older.iter().all(|one| is_untouched(one, name)) => return one,
                (Touch::Among | Touch::Maybe, Some(earlier)) => earlier,
            };
            let (after, before) = match (self.vars(release.version), self.vars(earlier.version)) {
                (Err(version), _) | (_, Err(version)) => return Found::Needs(version),
                (Ok(Some(after)), Ok(Some(before))) => (after.get(name), before.get(name)),
                // Nobody can look, and the text names it.
                _ if touch == Touch::Among => return one,
                _ => return self.between(at, name),
            };
            let is_same = match (after, before) {
                (Some(after), Some(before)) => after.matches(before),
                (None, None) => true,
                _ => false,
            };
            if !is_same {
                return one;
            }
        }
        Found::Nowhere
    }

    /// What was read of a release, or that it has to be.
    fn vars(&self, version: u64) -> Result<Option<&BTreeMap<String, Secret>>, u64> {
        match self.read.get(&version) {
            Some(vars) => Ok(vars.as_ref()),
            None if self.read.len() < MOST_READ => Err(version),
            None => Ok(None),
        }
    }

    /// Where nobody can look: at latest in this release, at first in the newest that touched it for certain.
    fn between(&self, at: usize, name: &str) -> Found<'_> {
        let older = &self.releases[at..];
        let is_told =
            |release: &Release| matches!(touch(&release.description, name), Touch::Yes | Touch::Among);
        match older.iter().position(is_told) {
            Some(last) => Found::In(&older[..=last]),
            None => Found::In(older),
        }
    }
}

fn is_untouched(release: &Release, name: &str) -> bool {
    touch(&release.description, name) == Touch::No
}

fn maker(release: &Release) -> Option<Who> {
    let email = release.user_email.clone()?;
    Some(if email.ends_with("@addons.heroku.com") {
        Who::Provider(email)
    } else if email.ends_with("@herokumanager.com") {
        Who::Team(email)
    } else if is_of_buildpack(&release.description) {
        Who::Buildpack(email)
    } else {
        Who::Person(email)
    })
}

#[cfg(test)]
#[path = "blame_tests.rs"]
mod tests;
