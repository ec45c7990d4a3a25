//! Versions in the specs that Heroku is to end: of PostgreSQL, and of stacks.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use super::Diagnosis;
use crate::cloud::heroku::Stack;
use crate::spec::{Addon, Environment, StackName};

/// The majors of PostgreSQL that Heroku offered in spring 2026. It keeps three, ends one six months after it says so, and
/// upgrades what is left after five (heroku-api.md section 8).
const OFFERED: RangeInclusive<u32> = 15..=17;
/// When stacks end (heroku-api.md section 2).
const ENDS: [(&str, &str); 2] = [("heroku-22", "April 2027"), ("heroku-24", "April 2029")];

/// The versions of PostgreSQL that specs name. What runs, `verify` tells.
pub(super) fn examine(environments: &[Environment]) -> Vec<Diagnosis> {
    let mut named: BTreeMap<u32, BTreeSet<&str>> = BTreeMap::new();
    for environment in environments {
        for addon in environment.spec.addons.values() {
            let Addon::Create(new) = addon else { continue };
            let version = new.config.get("version").filter(|_| new.plan.is_postgres());
            if let Some(major) = version.and_then(|version| version.split('.').next()?.parse().ok()) {
                named.entry(major).or_default().insert(environment.name.as_str());
            }
        }
    }
    named.into_iter().map(|(major, names)| postgres(major, &names)).collect()
}

fn postgres(major: u32, names: &BTreeSet<&str>) -> Diagnosis {
    let id = format!("postgres.{major}");
    let (oldest, newest) = (OFFERED.start(), OFFERED.end());
    let of: Vec<&str> = names.iter().copied().collect();
    let of = of.join(", ");
    let remedy = format!("upgrade it with `heroku pg:upgrade`, then write `version: \"{newest}\"`");
    match () {
        () if major < *oldest => {
            let detail = format!(
                "of {of}: Heroku offered {oldest} to {newest} in spring 2026, and upgrades older ones by itself"
            );
            Diagnosis::warn(&id, detail, remedy)
        }
        () if major == *oldest => {
            let detail = format!(
                "of {of}: the oldest that Heroku offered in spring 2026, so the next to end, six months after it says so"
            );
            Diagnosis::warn(&id, detail, remedy)
        }
        () => Diagnosis::ok(&id, format!("of {of}: not the next to end")),
    }
}

/// Stacks of the specs that Heroku is to end, or does not have.
pub(super) fn stacks(environments: &[Environment], stacks: &[Stack]) -> Vec<Diagnosis> {
    let named: BTreeSet<&str> =
        environments.iter().filter_map(|one| one.spec.app.stack.as_ref()).map(StackName::as_str).collect();
    let newest = stacks.iter().filter(|one| one.state == "public" && one.name.starts_with("heroku-"));
    let newest = newest.map(|one| one.name.as_str()).max().unwrap_or("another one");
    let told = named.into_iter().map(|name| {
        let id = format!("stack.{name}");
        let end = ENDS.iter().find(|(stack, _)| *stack == name).map(|(_, end)| *end);
        let remedy = format!("write `stack: {newest}`, and deploy");
        match stacks.iter().find(|one| one.name == name).map(|one| one.state.as_str()) {
            Some("deprecated") => {
                let when = end.map_or_else(|| "will end it".to_owned(), |end| format!("ends it in {end}"));
                Diagnosis::warn(&id, format!("deprecated: Heroku {when}"), remedy)
            }
            Some(state) => {
                let until = end.map(|end| format!(", and supported until {end}")).unwrap_or_default();
                Diagnosis::ok(&id, format!("{state}{until}"))
            }
            None => Diagnosis::warn(&id, "Heroku does not list it", remedy),
        }
    });
    told.collect()
}

#[cfg(test)]
mod tests {
    use super::super::Health;
    use super::*;

    #[test]
    fn a_version_of_postgres_that_is_the_next_to_end_is_told() {
        for (major, health) in
            [(14, Health::Warn), (15, Health::Warn), (16, Health::Ok), (17, Health::Ok), (18, Health::Ok)]
        {
            let found = postgres(major, &BTreeSet::from(["production"]));
            assert_eq!((found.health, found.id), (health, format!("postgres.{major}")));
            assert!(found.detail.starts_with("of production: "), "{}", found.detail);
        }
    }
}
